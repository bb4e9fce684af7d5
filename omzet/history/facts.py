"""Derived facts: what queries read. Rebuilt for the deals that were touched, or for all of them."""

from __future__ import annotations

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.history import stages, versions
from omzet.settings import Settings

STATIC = """d.connection, d.deal_id, d.name, d.account_id AS account_key, d.product_id AS product_key, d.campaign_id AS campaign_key, d.kind,
    d.source, d.competitor, d.playbook, d.loss_reason, d.loss_kind, d.url, d.monthly_amount, d.created_on"""

WORKING = ("deals_now", "steps_now", "versions_now", "visits_now", "stage_facts_now", "deal_facts_now")


def derive(session: Session, settings: Settings, touched: str | None) -> None:
    """Bring the derived tables up to date for the deals in relation `touched` (column `key`), or for all (None)."""
    if touched and _attribute_columns(session) != _fact_attributes(session):
        touched = None  # a new attribute is a new column of every deal
    versions.derive(session, settings.currency, touched)
    stages.derive_visits(session)
    _deal_facts(session)
    _put(
        session,
        "deal_versions",
        "SELECT * FROM versions_now ORDER BY from_on" if not touched else "SELECT * FROM versions_now",
        touched,
    )
    _put(session, "deal_facts", "SELECT * FROM deal_facts_now", touched)
    _put(session, "stage_visits", stages.visits_with_keys(), touched)
    _put(session, "stage_facts", stages.with_deals(f"({stages.visits_with_keys()})", "deal_facts_now"), touched)
    for name in WORKING:
        session.run(f"DROP TABLE IF EXISTS {name}")


def _put(session: Session, table: str, select: str, touched: str | None) -> None:
    if touched is None:
        session.run(f"CREATE OR REPLACE TABLE {table} AS {select}")
        return
    session.run(f"DELETE FROM {table} WHERE deal_key IN (SELECT key FROM {touched})")
    session.run(f"INSERT INTO {table} BY NAME {select}")


def _deal_facts(session: Session) -> None:
    """`deal_facts_now`: the last state of each deal with everything metrics need.

    `settled_on` is the day from which the state holds: a question as of that day or later reads this row.
    """
    attributes = "".join(f", d.{quoted(name)}" for name in _attribute_columns(session))
    session.run(
        f"""
        CREATE TEMP TABLE deal_facts_now AS
        SELECT v.deal_key, v.from_on AS settled_on, v.status, v.closed_on, v.stage, v.pipeline, v.furthest, v.qualified_on, v.is_qualified, v.amount,
               v.currency, v.owner_key, v.team_key, v.expected_close_on, v.probability, v.forecast_category, v.amount_reporting, v.amount_plan,
               f.owner_key AS first_owner_key, f.team_key AS first_team_key, n.exists_on, n.contact_on AS first_contact_on,
               CASE WHEN d.merged_into IS NOT NULL THEN 'merged' WHEN d.is_deleted THEN 'deleted' END AS removed,
               {STATIC}{attributes}
        FROM versions_now v
        JOIN deals_now n ON n.key = v.deal_key
        JOIN deals d ON d.key = v.deal_key
        JOIN versions_now f ON f.deal_key = v.deal_key AND f.from_on = n.exists_on
        WHERE v.to_on = DATE '9999-12-31'
        """
    )


def _attribute_columns(session: Session) -> list[str]:
    return [f"x_{name}" for (name,) in session.rows("SELECT name FROM attributes WHERE table_name = 'deals' ORDER BY name")]


def _fact_attributes(session: Session) -> list[str]:
    return sorted(c for c in session.names("SELECT * FROM deal_facts") if c.startswith("x_"))
