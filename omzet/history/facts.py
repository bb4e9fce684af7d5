"""Derived facts: what queries read. Rebuilt for the deals that were touched, or for all of them."""

from __future__ import annotations

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.history import aliases, stages, versions
from omzet.history.merge import Loading
from omzet.settings import Settings

STATIC = """s.connection, s.deal_id, s.name, s.account_id AS account_key, s.product_id AS product_key,
    s.campaign_id AS campaign_key,
    s.kind, s.source, s.competitor, s.playbook, s.loss_reason, s.loss_kind, s.url, s.monthly_amount, s.created_on"""


def derive(session: Session, settings: Settings, touched: str | None, loading: Loading | None = None) -> None:
    """Bring the derived tables up to date for the deals in relation `touched` (column `key`), or for all (None)."""
    if touched and _attribute_columns(session) != _fact_attributes(session):
        touched = None  # a new attribute is a new column of every deal
    touched = versions.derive(session, settings, touched, loading)
    _deal_facts(session, touched)
    aliases.apply(session)
    stages.derive(session, touched)
    session.run("DROP TABLE deals_now")


def _deal_facts(session: Session, touched: str | None) -> None:
    """`deal_facts`: the last state of each deal with everything metrics need.

    `settled_on` is the day from which the state holds: a question as of that day or later reads this row.
    """
    attributes = "".join(f", s.{quoted(name)}" for name in _attribute_columns(session))
    moving = versions.moving(session)
    state = ", ".join(
        [*(f"v.{c}" for c in moving), *(f"{sql} AS {c}" for c, sql in versions.CONSTANT.items() if c not in moving)]
    )
    first = "f.owner_key AS first_owner_key, f.team_key AS first_team_key"
    begun = "JOIN deal_versions f ON f.deal_no = d.deal_no AND f.from_on = d.exists_on"
    if "owner_key" not in moving:
        first = "d.owner_id AS first_owner_key, coalesce(d.team_id, t.team_key) AS first_team_key"
        begun = "LEFT JOIN person_teams t ON t.person_key = d.owner_id"
    versions.put(
        session,
        "deal_facts",
        f"""
        SELECT d.deal_no, d.key AS deal_key, v.from_on AS settled_on, {state}, {first}, d.exists_on,
            d.contact_on AS first_contact_on,
               CASE WHEN s.merged_into IS NOT NULL THEN 'merged' WHEN s.is_deleted THEN 'deleted' END AS removed,
               {STATIC}{attributes}
        FROM deals s
        JOIN deals_now d ON d.deal_no = s.deal_no
        JOIN deal_versions v ON v.deal_no = s.deal_no AND v.to_on = DATE '9999-12-31'
        {begun}
        """,
        touched,
    )


def _attribute_columns(session: Session) -> list[str]:
    return [f"x_{name}" for (name,) in session.rows("SELECT name FROM attributes WHERE table_name = 'deals' ORDER BY name")]


def _fact_attributes(session: Session) -> list[str]:
    return sorted(c for c in session.names("SELECT * FROM deal_facts") if c.startswith("x_"))
