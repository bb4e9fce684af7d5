"""Derived facts: what queries read. Rebuilt for the deals that were touched, or for all of them."""

from __future__ import annotations

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.history import aliases, stages, versions
from omzet.history.merge import Loading
from omzet.settings import Settings

STATIC = """d.connection, d.deal_id, d.name, d.account_id AS account_key, d.product_id AS product_key, d.campaign_id AS campaign_key,
    d.kind, d.source, d.competitor, d.playbook, d.loss_reason, d.loss_kind, d.url, d.monthly_amount, d.created_on"""

def derive(session: Session, settings: Settings, touched: str | None, loading: Loading | None = None) -> None:
    """Bring the derived tables up to date for the deals in relation `touched` (column `key`), or for all (None)."""
    if touched and _attribute_columns(session) != _fact_attributes(session):
        touched = None  # a new attribute is a new column of every deal
    logged = versions.derive(session, settings, touched, loading)
    _deal_facts(session, logged, touched)
    aliases.apply(session)
    stages.derive(session, touched)
    session.run("DROP TABLE deals_now")


def _deal_facts(session: Session, logged: list[str], touched: str | None) -> None:
    """`deal_facts`: the last state of each deal with everything metrics need.

    `settled_on` is the day from which the state holds: a question as of that day or later reads this row.
    """
    attributes = "".join(f", d.{quoted(name)}" for name in _attribute_columns(session))
    moving = {"owner_id", "team_id"} & set(logged) or session.rows("SELECT 1 FROM person_teams GROUP BY person_key HAVING count(*) > 1 LIMIT 1")
    first, begun = "v", ""
    if moving:
        first, begun = "f", "JOIN deal_versions f ON f.deal_no = v.deal_no AND f.from_on = n.exists_on"
    versions.put(
        session,
        "deal_facts",
        f"""
        SELECT v.deal_no, d.key AS deal_key, v.from_on AS settled_on, v.status, v.closed_on, v.stage, v.pipeline, v.furthest, v.qualified_on,
               v.is_qualified, v.amount, v.currency, v.owner_key, v.team_key, v.expected_close_on, v.probability, v.forecast_category,
               v.amount_reporting, v.amount_plan, {first}.owner_key AS first_owner_key, {first}.team_key AS first_team_key, n.exists_on,
               n.contact_on AS first_contact_on,
               CASE WHEN d.merged_into IS NOT NULL THEN 'merged' WHEN d.is_deleted THEN 'deleted' END AS removed,
               {STATIC}{attributes}
        FROM deal_versions v
        JOIN deals_now n ON n.deal_no = v.deal_no
        JOIN deals d ON d.deal_no = v.deal_no
        {begun}
        WHERE v.to_on = DATE '9999-12-31'
        """,
        touched,
    )


def _attribute_columns(session: Session) -> list[str]:
    return [f"x_{name}" for (name,) in session.rows("SELECT name FROM attributes WHERE table_name = 'deals' ORDER BY name")]


def _fact_attributes(session: Session) -> list[str]:
    return sorted(c for c in session.names("SELECT * FROM deal_facts") if c.startswith("x_"))
