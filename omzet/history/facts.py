"""Derived facts: what queries read. Rebuilt for the deals that were touched, or for all of them."""

from __future__ import annotations

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.history import aliases, stages, versions
from omzet.history.merge import Loading
from omzet.settings import Settings

STATIC = """s.deal_id, s.name, s.product_id AS product_key, s.campaign_id AS campaign_key, s.kind, s.source, s.competitor,
    s.playbook, s.loss_reason, s.loss_kind, s.url, s.monthly_amount, s.created_on"""


def derive(session: Session, settings: Settings, touched: str | None, loading: Loading | None = None) -> None:
    """Bring the derived tables up to date for the deals in relation `touched` (column `key`), or for all (None)."""
    if touched and _attribute_columns(session) != _fact_attributes(session):
        touched = None  # a new attribute is a new column of every deal
    versions.derive(session, settings, touched, loading)
    _deal_facts(session, touched)
    aliases.apply(session)
    stages.derive(session, touched)
    session.run("DROP TABLE deals_now")


def _deal_facts(session: Session, touched: str | None) -> None:
    """`deal_facts`: the last state of each deal with everything metrics need.

    `settled_on` is the day from which the state holds: a question as of that day or later reads this row.
    """
    state = ", ".join(f"v.{c}" for c in (*versions.STATE, *versions.ALONG) if c != "created_on")
    session.run(
        f"""
        CREATE TEMP TABLE lasts_now AS
        SELECT d.deal_no, v.from_on AS settled_on, {state}, f.owner_key AS first_owner_key, f.team_key AS first_team_key,
               d.contact_on AS first_contact_on
        FROM deals_now d JOIN deal_versions v ON v.deal_no = d.deal_no
        JOIN deal_versions f ON f.deal_no = d.deal_no AND f.from_on = d.exists_on
        WHERE v.to_on = DATE '9999-12-31'
        """
    )
    # Joined once more by itself: told that there is one state a deal, the engine looks the narrow states up for each wide row.
    names = ", ".join(f"l.{name}" for name in session.names("SELECT * FROM lasts_now"))
    attributes = "".join(f", s.{quoted(name)}" for name in _attribute_columns(session))
    versions.put(
        session,
        "deal_facts",
        f"""
        SELECT {names}, s.key AS deal_key, {STATIC}{attributes}
        FROM deals s JOIN lasts_now l ON l.deal_no = s.deal_no
        """,
        touched,
    )
    session.run("DROP TABLE lasts_now")


def _attribute_columns(session: Session) -> list[str]:
    return [f"x_{name}" for (name,) in session.rows("SELECT name FROM attributes WHERE table_name = 'deals' ORDER BY name")]


def _fact_attributes(session: Session) -> list[str]:
    return sorted(c for c in session.names("SELECT * FROM deal_facts") if c.startswith("x_"))
