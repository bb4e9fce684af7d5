"""What selling and marketing cost, spread evenly over the calendar days that each cost covers."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import AsOf, Dimension, Reason, Relation, names


def costs(session: Session, as_of: AsOf) -> str:
    """One row for each cost and day that it covers, up to as-of: the day's part, at the rate of the cost's last day."""
    first, last = "coalesce((SELECT min(from_on) FROM costs), DATE '2000-01-01')", as_of.day_sql
    own = f"coalesce(upper(c.currency), '{as_of.currency}') = '{as_of.currency}'"
    covered = session.sql.days_between("c.from_on", "c.to_on")
    part = f"CAST(c.amount AS DOUBLE) / ({covered} + 1)"
    return f"""
        SELECT c.key AS cost_key, c.cost_id, y.day AS spent_on, coalesce(c.kind, 'actual') AS cost_kind, c.category,
               {part} AS amount, upper(coalesce(c.currency, '{as_of.currency}')) AS currency,
               CASE WHEN {own} THEN {part} ELSE {part} * x.rate END AS amount_reporting,
               CASE WHEN {own} THEN {part} ELSE {part} * x.plan_rate END AS amount_plan,
               c.person_id AS owner_key, coalesce(c.team_id, t.team_key) AS team_key, c.campaign_id AS campaign_key,
               c.source, c.connection, c.url,
               CASE WHEN c.merged_into IS NOT NULL THEN 'merged' WHEN c.is_deleted THEN 'deleted' END AS removed
        FROM {aliases.source(session, "costs")} c
        JOIN {session.sql.spine(first, last)} y ON y.day BETWEEN c.from_on AND c.to_on
        LEFT JOIN rates x ON x.currency = upper(c.currency) AND x.day = least(c.to_on, {as_of.day_sql})
        LEFT JOIN person_teams t ON t.person_key = c.person_id AND t.from_on <= y.day AND y.day < t.to_on"""


COSTS = Relation(
    "costs",
    costs,
    names("cost_key cost_id spent_on cost_kind category amount currency amount_reporting amount_plan source"),
    days=names("spent_on"),
    key="cost_key",
    shown=names("cost_id spent_on kind rep team campaign source amount currency"),
    reasons=(
        Reason("deleted", "Deleted", "r.removed = 'deleted'"),
        Reason("merged", "Merged", "r.removed = 'merged'"),
        Reason("budget", "Budgeted, not spent", "r.cost_kind = 'budget'"),
        Reason("other_category", "Neither selling nor marketing, or not the one asked for", "TRUE"),
    ),
    dimensions=(
        Dimension("rep", "r.owner_key", (), "people"),
        Dimension("team", "r.team_key", (), "teams"),
        Dimension("manager", "owner.manager_id", ("owner",), "people"),
        Dimension("campaign", "r.campaign_key", (), "campaigns"),
        Dimension("source", "r.source"),
        Dimension("kind", "r.category"),
        Dimension("currency", "r.currency"),
    ),
)
