"""Leads, with what had happened to them."""

from __future__ import annotations

from dataclasses import replace

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import OWNER, UNCREATED, AsOf, Dimension, Reason, Relation, names


def leads(session: Session, as_of: AsOf) -> str:
    """Leads that had come in, with what had happened to them by then. A lead also converts by the deal it became."""
    converted = f"""CASE WHEN {as_of.happened("l.converted_at", "l.converted_on")} THEN l.converted_on
        WHEN l.converted_on IS NULL AND d.created_on <= {as_of.day_sql} THEN d.created_on END AS converted_on"""
    joins = """LEFT JOIN deal_facts d ON d.deal_key = l.deal_id
        LEFT JOIN person_teams t ON t.person_key = l.owner_id AND t.from_on <= l.created_on AND l.created_on < t.to_on"""
    return _leads(session, as_of, f"{converted}, coalesce(l.team_id, t.team_key) AS team_key,", joins)


def lean_leads(session: Session, as_of: AsOf) -> str:
    """Those, without what takes looking up their deal or their owner's team."""
    return _leads(session, as_of, "", "")


def _leads(session: Session, as_of: AsOf, looked_up: str, joins: str) -> str:
    steps = ", ".join(
        f"CASE WHEN {as_of.happened('l.' + stem + '_at', 'l.' + stem + '_on')} THEN l.{stem}_on END AS {stem}_on"
        for stem in ("contacted", "marketing_qualified", "qualified", "disqualified")
    )
    given = ", ".join(f'l."{c}"' for c in session.names("SELECT * FROM leads") if c.startswith("x_"))
    return f"""SELECT l.key AS lead_key, l.lead_id, l.name, l.owner_id AS owner_key, l.team_id AS own_team,
        l.account_id AS account_key,
                      l.source, l.campaign_id AS campaign_key, l.deal_id AS deal_key, l.created_on, l.created_at, {steps},
                      CASE WHEN {as_of.happened("l.contacted_at", "l.contacted_on")} THEN l.contacted_at END AS contacted_at,
                      CASE WHEN l.merged_into IS NOT NULL THEN 'merged' WHEN l.is_deleted THEN 'deleted' END AS removed,
                      {looked_up} l.connection, l.url {"," + given if given else ""}
               FROM {aliases.source(session, "leads")} l {joins}
               WHERE l.created_on IS NULL OR {as_of.happened("l.created_at", "l.created_on")}"""


LEAN = frozenset(
    names(
        "lead_key lead_id name owner_key account_key source campaign_key deal_key created_on contacted_on "
        "marketing_qualified_on qualified_on disqualified_on removed connection"
    )
)


LEADS = Relation(
    "leads",
    leads,
    names(
        "lead_key lead_id name source created_on contacted_on marketing_qualified_on qualified_on disqualified_on "
        "converted_on deal_key"
    ),
    days=names("created_on qualified_on marketing_qualified_on converted_on"),
    key="lead_key",
    shown=names("lead_id name account rep team source created_on contacted_on qualified_on converted_on"),
    reasons=(
        Reason("deleted", "Deleted, spam or a test", "r.removed = 'deleted'"),
        Reason("merged", "Duplicate of another lead", "r.removed = 'merged'"),
        UNCREATED,
    ),
    dimensions=(
        *OWNER,
        Dimension("account", "r.account_key", (), "accounts"),
        Dimension("campaign", "r.campaign_key", (), "campaigns"),
        Dimension("source", "r.source"),
    ),
    account=("account",),
    table="leads",
    lean=lean_leads,
    lean_columns=LEAN,
)
ALL_LEADS = replace(
    LEADS,
    name="all_leads",
    columns=(*LEADS.columns, "removed"),
    standing="(r.removed IS NULL OR r.removed = 'merged')",
    reasons=(LEADS.reasons[0], UNCREATED),
)
"""Leads with those that turned out to be another one."""
