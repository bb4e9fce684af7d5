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


def counted(session: Session, as_of: AsOf) -> str:
    """Activities counted: `items` of them were the same in all that `COUNTED` names. Empty text for a moment of a day."""
    if as_of.moment is not None:
        return ""
    return f"""SELECT kind, owner_key, happened_on,
            CASE WHEN happened_on <= {as_of.day_sql} THEN status ELSE 'planned' END AS status, direction,
            outcome, automated, NULL AS removed, items,
            coalesce(outcome = 'replied' OR replied_on <= {as_of.day_sql}, FALSE) AS is_replied,
            {session.sql.days_between("happened_on", as_of.day_sql)} AS age_days
        FROM activity_days WHERE logged_on IS NULL OR logged_on <= {as_of.day_sql} OR happened_on <= {as_of.day_sql}"""


COUNTED = frozenset(names("kind owner_key happened_on status direction outcome automated removed items"))


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
    counted=counted,
    counted_columns=COUNTED,
)
