"""What metrics are computed from: a few relations of facts, each with its columns and the days that may anchor it.

Each relation is one SELECT as of a day: rows that did not exist by then are absent, and what happened later is empty.
Row-level rules that hold for every metric (deleted and merged rows never count) stand here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from omzet.engines import Session
from omzet.history import aliases, versions
from omzet.history.stages import facts_as_of


@dataclass(frozen=True)
class AsOf:
    """A moment: what was true by `day`'s end, or by `moment` (UTC) where a timestamp was given.

    `latest` says that no deal changed state after the day, so that the present facts answer.
    """

    day: date
    moment: datetime | None
    latest: bool
    currency: str
    rates: tuple[tuple[str, str], ...] = ()

    @property
    def day_sql(self) -> str:
        return f"DATE '{self.day.isoformat()}'"

    @property
    def amount_sql(self) -> str:
        """SQL for an open deal's `amount` in the reporting currency at the day's rate; NULL where there is none."""
        cases = "".join(f" WHEN '{currency}' THEN amount * {rate}" for currency, rate in self.rates)
        return f"CASE currency WHEN '{self.currency}' THEN amount{cases} END"

    def happened(self, instant: str, day: str) -> str:
        """SQL condition: it had happened."""
        if self.moment is None:
            return f"{day} <= {self.day_sql}"
        return f"{instant} <= TIMESTAMP '{self.moment:%Y-%m-%d %H:%M:%S.%f}'"


@dataclass(frozen=True)
class Reason:
    """Why a row of a relation is left out: its id, what people read, and the SQL condition, tried in order."""

    id: str
    text: str
    condition: str


@dataclass(frozen=True)
class Relation:
    """One relation: how it is selected, its columns and which of them are days, its key, and the reasons to leave a row out."""

    name: str
    select: Callable[[Session, AsOf], str]
    columns: tuple[str, ...]
    days: tuple[str, ...]
    key: str
    shown: tuple[str, ...]
    standing: str = "r.removed IS NULL"
    reasons: tuple[Reason, ...] = ()


def names(text: str) -> tuple[str, ...]:
    """Column names written in one text."""
    return tuple(text.split())


DEAL_DYNAMIC = names(
    "status closed_on stage pipeline furthest qualified_on is_qualified amount currency owner_key team_key "
    "expected_close_on probability "
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
    moving = versions.moving(session)
    kept = ", ".join(f'f."{c}"' for c in session.names("SELECT * FROM deal_facts") if c not in moving)
    return f"""SELECT *, {as_of.amount_sql} AS amount_as_of FROM (
               SELECT {", ".join(f"v.{c}" for c in moving)}, {kept} FROM deal_versions v
                   JOIN deal_facts f ON f.deal_no = v.deal_no
               WHERE v.from_on <= {as_of.day_sql} AND {as_of.day_sql} < v.to_on)"""


STAGE = """o.connection, nullif(o.pipeline, '') AS pipeline, o.stage, o.position, o.kind AS stage_kind, o.has_next, o.is_first,
    o.stage_key"""


def stages(session: Session, as_of: AsOf) -> str:
    """Each deal's way through the stages of its pipeline, one row for each stage reached or entered."""
    facts = "stage_facts"
    if not as_of.latest:
        known = f"""SELECT deal_no, visit, stage_no, entered_on, CASE WHEN left_on <= {as_of.day_sql} THEN left_on END AS left_on
            FROM stage_visits WHERE entered_on <= {as_of.day_sql}"""
        facts = f"({facts_as_of(known, f'({deals(session, as_of)})')})"
    return f"SELECT s.*, {STAGE} FROM {facts} s JOIN stage_order o ON o.stage_no = s.stage_no"


def visits(session: Session, as_of: AsOf) -> str:
    """Each stay of a deal in a stage."""
    return f"""SELECT v.deal_no, v.entered_on, CASE WHEN v.left_on <= {as_of.day_sql} THEN v.left_on END AS left_on,
        d.status, d.owner_key,
                      d.team_key, d.removed, d.created_on, {STAGE}
               FROM stage_visits v JOIN ({deals(session, as_of)}) d ON d.deal_no = v.deal_no
               JOIN stage_order o ON o.stage_no = v.stage_no
               WHERE v.entered_on <= {as_of.day_sql}"""


def customers(session: Session, as_of: AsOf) -> str:
    """Each account's first won deal ever; accounts that bought before the data began are not new."""
    # Present facts are cheaper to read again than to keep between; a past state is not.
    kept = "AS NOT MATERIALIZED" if as_of.latest else "AS"
    return f"""WITH standing {kept} ({deals(session, as_of)}),
        bought AS MATERIALIZED (
            SELECT account_key, closed_on, deal_no, deal_key FROM standing
            WHERE status = 'won' AND removed IS NULL AND account_key IS NOT NULL AND closed_on IS NOT NULL),
        days AS (SELECT account_key, min(closed_on) AS closed_on FROM bought GROUP BY 1),
        firsts AS (SELECT b.account_key, {session.sql.earliest("b.deal_no", "b.deal_key")} AS deal_no
                   FROM bought b JOIN days y ON y.account_key = b.account_key AND y.closed_on = b.closed_on GROUP BY 1)
        SELECT s.*, CASE WHEN a.customer_since_on < s.closed_on THEN TRUE ELSE FALSE END AS bought_before
        FROM standing s JOIN firsts f ON f.deal_no = s.deal_no LEFT JOIN accounts a ON a.key = s.account_key"""


def credits(session: Session, as_of: AsOf) -> str:
    """Deals by the person credited: the revenue split where it sums to the whole, else the owner. Overlays never count."""
    standing = deals(session, as_of)
    if not session.rows("SELECT 1 FROM deal_credits LIMIT 1"):
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


def leads(session: Session, as_of: AsOf) -> str:
    """Leads that had come in, with what had happened to them by then. A lead also converts by the deal it became."""
    steps = ", ".join(
        f"CASE WHEN {as_of.happened('l.' + stem + '_at', 'l.' + stem + '_on')} THEN l.{stem}_on END AS {stem}_on"
        for stem in ("contacted", "marketing_qualified", "qualified", "disqualified")
    )
    given = ", ".join(f'l."{c}"' for c in session.names("SELECT * FROM leads") if c.startswith("x_"))
    return f"""SELECT l.key AS lead_key, l.lead_id, l.name, l.owner_id AS owner_key, l.team_id AS own_team,
        l.account_id AS account_key,
                      l.source, l.campaign_id AS campaign_key, l.deal_id AS deal_key, l.created_on, {steps},
                      CASE WHEN {as_of.happened("l.converted_at", "l.converted_on")} THEN l.converted_on
                           WHEN l.converted_on IS NULL AND d.created_on <= {as_of.day_sql} THEN d.created_on END AS converted_on,
                      CASE WHEN l.merged_into IS NOT NULL THEN 'merged' WHEN l.is_deleted THEN 'deleted' END AS removed,
                      coalesce(l.team_id, t.team_key) AS team_key, l.connection, l.url {"," + given if given else ""}
               FROM {aliases.source(session, "leads")} l LEFT JOIN deal_facts d ON d.deal_key = l.deal_id
               LEFT JOIN person_teams t ON t.person_key = l.owner_id AND t.from_on <= l.created_on AND l.created_on < t.to_on
               WHERE l.created_on IS NULL OR {as_of.happened("l.created_at", "l.created_on")}"""


def activities(session: Session, as_of: AsOf) -> str:
    """Activities known by then. What had not happened yet is planned, whatever its row says today."""
    happened = as_of.happened("a.happened_at", "a.happened_on")
    given = ", ".join(f'a."{c}"' for c in session.names("SELECT * FROM activities") if c.startswith("x_"))
    return f"""SELECT a.key AS activity_key, a.activity_id, a.kind, a.owner_id AS owner_key, a.deal_id AS deal_key,
        a.lead_id AS lead_key,
                      a.account_id AS own_account, a.happened_on, CASE WHEN {happened} THEN coalesce(a.status, 'done')
                          ELSE 'planned' END AS status,
                      coalesce(a.direction, 'outbound') AS direction, a.outcome, coalesce(a.automated, FALSE) AS automated,
                          a.duration_s,
                      CASE WHEN a.merged_into IS NOT NULL THEN 'merged' WHEN a.is_deleted THEN 'deleted' END AS removed,
                          a.connection, a.url
                      {"," + given if given else ""}
               FROM {aliases.source(session, "activities")} a
               WHERE a.logged_on IS NULL OR {as_of.happened("a.logged_at", "a.logged_on")}"""


def revenue(session: Session, as_of: AsOf) -> str:
    """Revenue lines in the reporting currency, at the rate of their day."""
    own = f"coalesce(upper(r.currency), '{as_of.currency}') = '{as_of.currency}'"
    return f"""SELECT r.key AS revenue_key, r.revenue_id, r.account_id AS account_key, r.deal_id AS deal_key,
        r.product_id AS product_key,
                      r.recognised_on, r.amount, upper(coalesce(r.currency, '{as_of.currency}')) AS currency, r.is_recurring,
                      CASE WHEN {own} THEN r.amount ELSE r.amount * x.rate END AS amount_reporting,
                      CASE WHEN {own} THEN r.amount ELSE r.amount * x.plan_rate END AS amount_plan, r.connection, r.url,
                      CASE WHEN r.merged_into IS NOT NULL THEN 'merged' WHEN r.is_deleted THEN 'deleted' END AS removed
               FROM {aliases.source(session, "revenue")} r
               LEFT JOIN rates x ON x.currency = upper(r.currency) AND x.day = r.recognised_on
               WHERE r.recognised_on <= {as_of.day_sql}"""


DEAL_SHOWN = names("deal_id name account rep team stage status created_on closed_on amount currency")
DELETED = Reason("deleted", "Deleted or marked as a test", "r.removed = 'deleted'")
MERGED = Reason("merged", "Merged into another deal", "r.removed = 'merged'")
DISQUALIFIED = Reason("disqualified", "Disqualified", "r.status = 'disqualified'")
UNCREATED = Reason("uncreated", "Without a creation date", "r.created_on IS NULL")
DEAL_REASONS = (
    DELETED,
    MERGED,
    DISQUALIFIED,
    Reason("undated", "Closed without a closing date", "r.status <> 'open' AND r.closed_on IS NULL"),
    UNCREATED,
    Reason("open", "Still open", "r.status = 'open'"),
    Reason("lost", "Lost", "r.status = 'lost'"),
    Reason("no_amount", "Without an amount", "r.amount IS NULL"),
    Reason("won", "Won", "r.status = 'won'"),
)

DEALS = Relation(
    "deals",
    deals,
    (*DEAL_DYNAMIC, *DEAL_STATIC, "amount_as_of"),
    days=names("closed_on created_on expected_close_on qualified_on"),
    key="deal_key",
    shown=DEAL_SHOWN,
    reasons=DEAL_REASONS,
)
CUSTOMERS = Relation(
    "customers",
    customers,
    (*DEAL_DYNAMIC, *DEAL_STATIC, "bought_before"),
    days=names("closed_on"),
    key="deal_key",
    shown=DEAL_SHOWN,
    reasons=(DELETED, MERGED, Reason("bought_before", "Customer since before the data", "r.bought_before")),
)
CREDITS = Relation(
    "credits",
    credits,
    (*DEAL_DYNAMIC, *DEAL_STATIC, "credit"),
    days=names("closed_on"),
    key="deal_key",
    shown=(*DEAL_SHOWN, "credit"),
    reasons=DEAL_REASONS,
)
STAGES = Relation(
    "stages",
    stages,
    names(
        "deal_no pipeline stage position stage_kind has_next is_first is_furthest reached_on next_reached_on "
        "entered_on next_entered_on "
        "last_entered_on last_left_on visits completed days status created_on"
    ),
    days=names("reached_on entered_on last_left_on created_on"),
    key="deal_no, r.stage_key",
    shown=names("deal_id name account rep stage status reached_on next_reached_on entered_on last_left_on days"),
    reasons=(
        DELETED,
        MERGED,
        DISQUALIFIED,
        Reason("unplaced", "The stage has no place in the order", "r.position IS NULL"),
        Reason("unreached", "Not entered, only passed", "r.entered_on IS NULL"),
        Reason("staying", "Still in the stage", "r.last_left_on IS NULL"),
    ),
)
VISITS = Relation(
    "visits",
    visits,
    names("deal_no pipeline stage position stage_kind entered_on left_on status created_on"),
    days=names("entered_on left_on"),
    key="deal_no, r.stage_key",
    shown=names("deal_id name account rep stage status entered_on left_on"),
    reasons=(DELETED, MERGED, DISQUALIFIED, Reason("staying", "Still in the stage", "r.left_on IS NULL")),
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
)
ACTIVITIES = Relation(
    "activities",
    activities,
    names("activity_key activity_id kind happened_on status direction outcome automated duration_s deal_key"),
    days=names("happened_on"),
    key="activity_key",
    shown=names("activity_id kind happened_on rep deal status direction outcome"),
    reasons=(
        Reason("deleted", "Deleted", "r.removed = 'deleted'"),
        Reason("merged", "Merged into another activity", "r.removed = 'merged'"),
        Reason("automated", "Sent by a machine", "r.automated"),
        Reason("planned", "Planned, not done yet", "r.status = 'planned'"),
        Reason("cancelled", "Cancelled", "r.status = 'cancelled'"),
        Reason("no_show", "Nobody showed up", "r.status = 'no_show'"),
        Reason("inbound", "Inbound", "r.direction = 'inbound'"),
        Reason("undated", "Without a date", "r.happened_on IS NULL"),
    ),
)
REVENUE = Relation(
    "revenue",
    revenue,
    names("revenue_key revenue_id recognised_on amount currency is_recurring amount_reporting amount_plan"),
    days=names("recognised_on"),
    key="revenue_key",
    shown=names("revenue_id recognised_on account product amount currency"),
    reasons=(
        Reason("deleted", "Deleted", "r.removed = 'deleted'"),
        Reason("merged", "Merged", "r.removed = 'merged'"),
    ),
)

RELATIONS: dict[str, Relation] = {
    each.name: each for each in (DEALS, CUSTOMERS, CREDITS, STAGES, VISITS, LEADS, ACTIVITIES, REVENUE)
}
"""Every relation by name."""
