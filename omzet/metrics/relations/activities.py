"""Calls, e-mails, meetings and other activities."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import AsOf, Dimension, Reason, Relation, names, of_deal


def activities(session: Session, as_of: AsOf) -> str:
    """Activities known by then. What had not happened yet is planned, whatever its row says today."""
    happened = as_of.happened("a.happened_at", "a.happened_on")
    given = ", ".join(f'a."{c}"' for c in session.names("SELECT * FROM activities") if c.startswith("x_"))
    logged = as_of.happened("a.logged_at", "a.logged_on")
    lag = f"CASE WHEN {logged} THEN {session.sql.minutes_between('a.happened_at', 'a.logged_at')} / 60 END"
    return f"""SELECT a.key AS activity_key, a.activity_id, a.kind, a.owner_id AS owner_key, a.deal_id AS deal_key,
        a.contact_id AS contact_key, a.happened_at,
        a.lead_id AS lead_key,
                      a.account_id AS own_account, a.happened_on, CASE WHEN {happened} THEN coalesce(a.status, 'done')
                          ELSE 'planned' END AS status,
                      coalesce(a.direction, 'outbound') AS direction, a.outcome, coalesce(a.automated, FALSE) AS automated,
                          a.duration_s, {lag} AS logged_after_hours,
                      CASE WHEN a.merged_into IS NOT NULL THEN 'merged' WHEN a.is_deleted THEN 'deleted' END AS removed,
                          a.connection, a.url
                      {"," + given if given else ""}
               FROM {aliases.source(session, "activities")} a
               WHERE a.logged_on IS NULL OR {logged} OR {happened}"""


TOUCH = "kind IN ('call', 'email', 'meeting') AND status = 'done' AND NOT automated AND removed IS NULL"


def belonging(session: Session, record: str, as_of: AsOf) -> str:
    """Activities that stand, once for each record they belong to (`deal_key`, `lead_key` or `contact_key`), links included."""
    known = f"SELECT * FROM ({activities(session, as_of)}) WHERE removed IS NULL"
    own = f"SELECT {record} AS record_key, * FROM ({known}) WHERE {record} IS NOT NULL"
    if not session.once("SELECT 1 FROM activity_links LIMIT 1"):
        return own
    column = record.replace("_key", "_id")
    return f"""{own} UNION SELECT l.{column} AS record_key, k.* FROM ({known}) k
        JOIN {aliases.source(session, "activity_links")} l ON l.activity_id = k.activity_key
        WHERE l.{column} IS NOT NULL AND l.is_deleted IS NOT TRUE"""


ACTIVITIES = Relation(
    "activities",
    activities,
    names("activity_key activity_id kind happened_on status direction outcome automated duration_s deal_key logged_after_hours"),
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
    dimensions=(
        Dimension("rep", "r.owner_key", (), "people"),
        Dimension("team", "placed.team_key", ("person_team",), "teams"),
        Dimension("manager", "owner.manager_id", ("owner",), "people"),
        Dimension("kind", "r.kind"),
        Dimension("account", "coalesce(r.own_account, deal.account_key)", ("deal",), "accounts"),
        *of_deal("deal", without=("account", "campaign", "kind", "status")),
    ),
    account=("deal", "own_account"),
    deal=("deal",),
    table="activities",
)
