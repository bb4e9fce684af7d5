"""Deals as they stood, alone, by customer won and by person credited."""

from __future__ import annotations

from dataclasses import replace

from omzet.engines import Session
from omzet.history import aliases, versions
from omzet.metrics.relations.base import (
    DEAL_TEXTS,
    DELETED,
    DISQUALIFIED,
    MERGED,
    OWNER,
    UNCREATED,
    AsOf,
    Dimension,
    Reason,
    Relation,
    names,
)

DEAL_DYNAMIC = names(
    "status closed_on stage pipeline furthest qualified_on is_qualified amount currency owner_key team_key "
    "expected_close_on pushes probability "
    "forecast_category amount_reporting amount_plan"
)
"""What a deal's state on a day decides."""

DEAL_STATIC = names(
    "deal_no deal_key settled_on first_owner_key first_team_key exists_on first_contact_on removed connection "
    "deal_id name account_key "
    "product_key campaign_key kind source competitor playbook loss_reason loss_kind url monthly_amount "
    "created_on"
)
"""What of a deal holds whatever the day."""


def deals(session: Session, as_of: AsOf) -> str:
    """Deals as they stood: present facts, or the version that held on the day."""
    if as_of.latest:
        return f"SELECT *, {as_of.amount_sql} AS amount_as_of FROM deal_facts"
    told = (*versions.STATE, *versions.ALONG)
    kept = ", ".join(f'f."{c}"' for c in session.names("SELECT * FROM deal_facts") if c not in told)
    # Every version has its facts. Told otherwise, the engine looks those up of the versions that are left, not of all.
    return f"""SELECT *, {as_of.amount_sql} AS amount_as_of FROM (
               SELECT {", ".join(f"v.{c}" for c in told)}, {kept} FROM deal_versions v
                   LEFT JOIN deal_facts f ON f.deal_no = v.deal_no
               WHERE {as_of.holds("v.from_on", "v.to_on")})"""


def lean_deals(session: Session, as_of: AsOf) -> str:
    """Deals as they stood, with only what versions tell."""
    if as_of.latest:
        return ""
    return f"SELECT *, {as_of.amount_sql} AS amount_as_of FROM deal_versions WHERE {as_of.holds('from_on', 'to_on')}"


LEAN = frozenset((*versions.STATE, *versions.ALONG, "deal_no", "amount_as_of"))


def customers(session: Session, as_of: AsOf) -> str:
    """Each account's first won deal ever; accounts that bought before the data began are not new."""
    # Present facts are cheaper to read again than to keep between; a past state is not.
    kept = "AS NOT MATERIALIZED" if as_of.latest else "AS"
    return f"""WITH standing {kept} ({deals(session, as_of)}),
        firsts AS (SELECT account_key, {session.sql.earliest("deal_no", "(closed_on, deal_key)")} AS deal_no FROM standing
            WHERE status = 'won' AND removed IS NULL AND account_key IS NOT NULL AND closed_on IS NOT NULL GROUP BY 1)
        SELECT s.*, CASE WHEN a.customer_since_on < s.closed_on THEN TRUE ELSE FALSE END AS bought_before
        FROM standing s JOIN firsts f ON f.deal_no = s.deal_no LEFT JOIN accounts a ON a.key = s.account_key"""


def lean_customers(session: Session, as_of: AsOf) -> str:
    """Those, with only what most questions ask of the first win: its columns are taken on the way, not looked up again."""
    if not as_of.latest:
        return ""
    first = session.sql.earliest
    told = ", ".join(f"{first(column, '(closed_on, deal_key)')} AS {column}" for column in FIRST_WIN)
    wins = f"""SELECT account_key, 'won' AS status, CAST(NULL AS VARCHAR) AS removed, min(closed_on) AS closed_on, {told}
        FROM deal_facts
        WHERE status = 'won' AND removed IS NULL AND account_key IS NOT NULL AND closed_on IS NOT NULL GROUP BY 1"""
    if not session.once("SELECT 1 FROM accounts WHERE customer_since_on IS NOT NULL LIMIT 1"):
        return f"SELECT *, FALSE AS bought_before FROM ({wins})"
    return f"""SELECT w.*, coalesce(a.customer_since_on < w.closed_on, FALSE) AS bought_before
        FROM ({wins}) w LEFT JOIN accounts a ON a.key = w.account_key"""


FIRST_WIN = names("owner_key team_key amount_reporting amount currency created_on")


def credits(session: Session, as_of: AsOf) -> str:
    """Deals by the person credited: the revenue split where it sums to the whole, else the owner. Overlays never count."""
    standing = deals(session, as_of)
    if not session.once("SELECT 1 FROM deal_credits LIMIT 1"):
        return f"SELECT *, CAST(1 AS DECIMAL(12,8)) AS credit FROM ({standing})"
    return f"""WITH standing AS ({standing}),
        splits AS (SELECT deal_id AS deal_key, person_id, share FROM {aliases.source(session, "deal_credits")}
                   WHERE is_deleted IS NOT TRUE AND coalesce(kind, 'revenue') = 'revenue'),
        whole AS (SELECT deal_key FROM splits GROUP BY 1 HAVING abs(sum(share) - 1) < 0.0001),
        credited AS (SELECT s.* FROM splits s JOIN whole w ON w.deal_key = s.deal_key)
        SELECT s.* REPLACE (coalesce(c.person_id, s.owner_key) AS owner_key, CASE WHEN c.person_id IS NULL THEN s.team_key
            ELSE t.team_key END AS team_key),
               CAST(coalesce(c.share, 1) AS DECIMAL(12,8)) AS credit
        FROM standing s LEFT JOIN credited c ON c.deal_key = s.deal_key
        LEFT JOIN person_teams t ON t.person_key = c.person_id AND t.from_on <= s.closed_on AND s.closed_on < t.to_on"""


DEAL_SHOWN = names("deal_id name account rep team stage status created_on closed_on amount currency")
DEAL_REASONS = (
    DELETED,
    MERGED,
    DISQUALIFIED,
    Reason("undated", "Closed without a closing date", "r.status <> 'open' AND r.closed_on IS NULL"),
    UNCREATED,
    Reason("open", "Still open", "r.status = 'open'"),
    Reason("unqualified", "Not an opportunity yet", "NOT r.is_qualified"),
    Reason("lost", "Lost", "r.status = 'lost'"),
    Reason("no_amount", "Without an amount", "r.amount IS NULL"),
    Reason("won", "Won", "r.status = 'won'"),
)

DEAL_DIMENSIONS = (
    *OWNER,
    Dimension("stage", "r.connection || ':' || r.pipeline || '|' || r.stage", (), "stages"),
    Dimension("account", "r.account_key", (), "accounts"),
    Dimension("product", "r.product_key", (), "products"),
    Dimension("product_family", "product.family", ("product",)),
    Dimension("campaign", "r.campaign_key", (), "campaigns"),
    Dimension("cycle_days", "(r.closed_on - coalesce(r.first_contact_on, r.created_on))"),
    *(Dimension(name, f"r.{name}") for name in DEAL_TEXTS),
)

DEALS = Relation(
    "deals",
    deals,
    (*DEAL_DYNAMIC, *DEAL_STATIC, "amount_as_of"),
    days=names("closed_on created_on expected_close_on qualified_on"),
    key="deal_key",
    shown=DEAL_SHOWN,
    reasons=DEAL_REASONS,
    dimensions=DEAL_DIMENSIONS,
    account=("account",),
    table="deals",
    lean=lean_deals,
    lean_columns=LEAN,
)
CUSTOMERS = replace(
    DEALS,
    name="customers",
    select=customers,
    lean=lean_customers,
    lean_columns=frozenset(("account_key", "status", "removed", "closed_on", "bought_before", *FIRST_WIN)),
    columns=(*DEAL_DYNAMIC, *DEAL_STATIC, "bought_before"),
    days=names("closed_on"),
    reasons=(DELETED, MERGED, Reason("bought_before", "Customer since before the data", "r.bought_before")),
)
CREDITS = replace(
    DEALS,
    name="credits",
    select=credits,
    lean=None,
    columns=(*DEAL_DYNAMIC, *DEAL_STATIC, "credit"),
    days=names("closed_on"),
    shown=(*DEAL_SHOWN, "credit"),
)
