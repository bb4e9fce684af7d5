"""Leads with their first answer, deals with what followed the first touch, and e-mails with their reply."""

from __future__ import annotations

from dataclasses import replace

from omzet.engines import Session
from omzet.metrics.relations.activities import ACTIVITIES, TOUCH, activities, belonging
from omzet.metrics.relations.base import AsOf, Reason, Relation, names
from omzet.metrics.relations.deals import DEALS, deals
from omzet.metrics.relations.leads import LEADS, leads


def responses(session: Session, as_of: AsOf) -> str:
    """Leads with the minutes until somebody reached out, and those they have waited so far.

    An answer is a done outbound call, e-mail or meeting by a person, at or after the lead came in; where a lead has no
    activity at all, its own time of contact.
    """
    between = session.sql.minutes_between
    return f"""WITH incoming AS ({leads(session, as_of)}),
        touched AS ({belonging(session, "lead_key", as_of)}),
        came AS (SELECT i.lead_key, l.created_at, CASE WHEN {as_of.happened("l.contacted_at", "l.contacted_on")}
                     THEN l.contacted_at END AS contacted_at
                 FROM incoming i JOIN leads l ON l.key = i.lead_key),
        answers AS (SELECT t.record_key AS lead_key, min(CASE WHEN {TOUCH} AND direction = 'outbound'
                        AND t.happened_at >= c.created_at THEN t.happened_at END) AS answered_at
                    FROM touched t JOIN came c ON c.lead_key = t.record_key GROUP BY 1),
        met AS (SELECT c.lead_key, c.created_at, CASE WHEN a.lead_key IS NOT NULL THEN a.answered_at
                    WHEN c.contacted_at >= c.created_at THEN c.contacted_at END AS answered_at
                FROM came c LEFT JOIN answers a ON a.lead_key = c.lead_key)
        SELECT i.*, {between("m.created_at", "m.answered_at")} AS response_minutes,
               {between("m.created_at", as_of.instant_sql)} AS age_minutes
        FROM incoming i JOIN met m ON m.lead_key = i.lead_key"""


def customers_by_lead(session: Session, as_of: AsOf) -> str:
    """Leads with whether the deal they became is won."""
    return f"""SELECT i.*, coalesce(s.status = 'won' AND s.removed IS NULL, FALSE) AS is_customer
        FROM ({leads(session, as_of)}) i LEFT JOIN ({deals(session, as_of)}) s ON s.deal_key = i.deal_key"""


def follow_ups(session: Session, as_of: AsOf) -> str:
    """Deals with the done outbound touches after their first touch, up to the close, by kind too."""
    counts = ", ".join(
        f"count(*) FILTER (WHERE t.direction = 'outbound'{condition}) - CASE WHEN {first} THEN 1 ELSE 0 END AS {name}"
        for name, condition, first in (
            ("follow_ups", "", "f.opened <> 'inbound'"),
            *((f"follow_up_{kind}s", f" AND t.kind = '{kind}'", f"f.opened = '{kind}'") for kind in ("call", "email", "meeting")),
        )
    )
    opened = session.sql.earliest("CASE WHEN t.direction = 'outbound' THEN t.kind ELSE 'inbound' END", "t.happened_at")
    zeros = ", ".join(f"coalesce(n.{name}, 0) AS {name}" for name in FOLLOW_UPS)
    return f"""WITH standing AS ({deals(session, as_of)}),
        touched AS (SELECT t.record_key AS deal_key, t.kind, t.direction, t.happened_at
                    FROM ({belonging(session, "deal_key", as_of)}) t JOIN standing s ON s.deal_key = t.record_key
                    WHERE {TOUCH.replace("kind", "t.kind").replace("status", "t.status").replace("removed", "t.removed")}
                        AND (s.closed_on IS NULL OR t.happened_on <= s.closed_on)),
        firsts AS (SELECT t.deal_key, {opened} AS opened FROM touched t GROUP BY 1),
        counted AS (SELECT t.deal_key, {counts} FROM touched t JOIN firsts f ON f.deal_key = t.deal_key
                    GROUP BY t.deal_key, f.opened)
        SELECT s.*, {zeros} FROM standing s LEFT JOIN counted n ON n.deal_key = s.deal_key"""


FOLLOW_UPS = names("follow_ups follow_up_calls follow_up_emails follow_up_meetings")


def emails(session: Session, as_of: AsOf) -> str:
    """Outbound e-mails that people sent, with whether they were replied to: by their outcome, or by something inbound on the
    same lead, deal or contact at most 14 days later."""
    answered = " UNION ".join(
        f"""SELECT s.activity_key FROM ({belonging(session, key, as_of)}) s JOIN ({belonging(session, key, as_of)}) b
            ON b.record_key = s.record_key WHERE s.kind = 'email' AND s.status = 'done' AND s.direction = 'outbound'
            AND b.status = 'done' AND b.direction = 'inbound' AND NOT b.automated AND b.happened_at >= s.happened_at
            AND {session.sql.days_between("s.happened_on", "b.happened_on")} <= 14"""
        for key in ("lead_key", "deal_key", "contact_key")
    )
    return f"""WITH answered AS ({answered})
        SELECT a.*, coalesce(a.outcome = 'replied', FALSE) OR b.activity_key IS NOT NULL AS is_replied,
               {session.sql.days_between("a.happened_on", as_of.day_sql)} AS age_days
        FROM ({activities(session, as_of)}) a LEFT JOIN answered b ON b.activity_key = a.activity_key"""


RESPONSES = replace(
    LEADS,
    name="responses",
    select=responses,
    columns=(*LEADS.columns, "response_minutes", "age_minutes"),
    reasons=(
        *LEADS.reasons,
        Reason("unanswered", "Not answered yet", "r.response_minutes IS NULL"),
        Reason("recent", "Came in too recently", "r.age_minutes >= 0"),
    ),
)
LEAD_CUSTOMERS = replace(LEADS, name="lead_customers", select=customers_by_lead, columns=(*LEADS.columns, "is_customer"))
FOLLOWED = replace(DEALS, name="follow_ups", select=follow_ups, lean=None, columns=(*DEALS.columns, *FOLLOW_UPS))
EMAILS: Relation = replace(ACTIVITIES, name="emails", select=emails, columns=(*ACTIVITIES.columns, "is_replied", "age_days"))
