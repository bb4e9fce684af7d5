"""Forecasts as they were made: of a period for the company, a team or a person, and of a deal's chance to be won."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import AsOf, Dimension, Reason, Relation, names

SAME = "metric, from_on, to_on, coalesce(person_key, ''), coalesce(team_key, ''), coalesce(deal_key, ''), coalesce(kind, '')"


def forecasts(session: Session, as_of: AsOf) -> str:
    """Forecasts made by then. Of those of the same thing `by_start` marks the last one made by the first day of the period
    that it is about, and `is_last` the last one made by its last day."""
    return f"""
        WITH made AS (
            SELECT f.key AS forecast_key, f.made_on, coalesce(f.metric, 'bookings_amount') AS metric, f.from_on, f.to_on,
                   f.person_id AS person_key, f.team_id AS team_key, f.deal_id AS deal_key, f.kind, f.amount, f.probability,
                   f.p10, f.p50, f.p90, f.connection, f.url,
                   CASE WHEN f.merged_into IS NOT NULL THEN 'merged' WHEN f.is_deleted THEN 'deleted' END AS removed
            FROM {aliases.source(session, "forecasts")} f WHERE f.made_on <= {as_of.day_sql})
        SELECT *, person_key AS owner_key, to_on <= {as_of.day_sql} AS is_over,
               made_on <= from_on AND row_number() OVER (PARTITION BY {SAME}, removed IS NULL, made_on <= from_on
                   ORDER BY made_on DESC, forecast_key) = 1 AS by_start,
               made_on <= to_on AND row_number() OVER (PARTITION BY {SAME}, removed IS NULL, made_on <= to_on
                   ORDER BY made_on DESC, forecast_key) = 1 AS is_last
        FROM made"""


FORECASTS = Relation(
    "forecasts",
    forecasts,
    names(
        "forecast_key made_on metric from_on to_on person_key team_key deal_key kind amount probability p10 p50 p90 "
        "by_start is_last is_over"
    ),
    days=names("from_on to_on made_on"),
    key="forecast_key",
    shown=names("made_on from_on to_on rep team kind amount probability p10 p50 p90"),
    reasons=(
        Reason("deleted", "Deleted", "r.removed = 'deleted'"),
        Reason("merged", "Merged", "r.removed = 'merged'"),
        Reason("not_over", "About a period that is not over", "NOT r.is_over"),
        Reason("not_the_origin", "Another forecast of the same period is the one scored", "TRUE"),
    ),
    dimensions=(
        Dimension("rep", "r.person_key", (), "people"),
        Dimension("team", "r.team_key", (), "teams"),
        Dimension("kind", "r.kind"),
    ),
)
