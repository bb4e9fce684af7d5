"""Leads with their first answer, deals with what followed the first touch, and e-mails with their reply."""

from __future__ import annotations

from dataclasses import replace

from omzet.engines import Session
from omzet.history import touches
from omzet.metrics.relations.activities import ACTIVITIES, COUNTED, activities
from omzet.metrics.relations.base import AsOf, Reason, Relation, names
from omzet.metrics.relations.deals import DEALS, deals, lean_deals
from omzet.metrics.relations.leads import LEADS, LEAN, leads, lean_leads


def responses(session: Session, as_of: AsOf) -> str:
    """Leads with the minutes until somebody reached out, and those they have waited so far.

    An answer is a done outbound call, e-mail or meeting by a person, at or after the lead came in; where a lead has no
    activity at all, its own time of contact.
    """
    return _responses(session, as_of, leads(session, as_of))


def lean_responses(session: Session, as_of: AsOf) -> str:
    """Those, without what takes looking up a lead's deal or its owner's team."""
    return _responses(session, as_of, lean_leads(session, as_of))


def _responses(session: Session, as_of: AsOf, incoming: str) -> str:
    between = session.sql.minutes_between
    known, answered = (as_of.happened(f"a.{name}_at", f"a.{name}_on") for name in ("known", "answered"))
    first = f"""CASE WHEN {known} THEN CASE WHEN {answered} THEN a.answered_at END
        WHEN i.contacted_at >= i.created_at THEN i.contacted_at END"""
    return f"""SELECT i.*, {between("i.created_at", first)} AS response_minutes,
               {between("i.created_at", as_of.instant_sql)} AS age_minutes
        FROM ({incoming}) i LEFT JOIN lead_answers a ON a.lead_key = i.lead_key"""


def customers_by_lead(session: Session, as_of: AsOf) -> str:
    """Leads with whether the deal they became is won."""
    return f"""SELECT i.*, coalesce(s.status = 'won' AND s.removed IS NULL, FALSE) AS is_customer
        FROM ({leads(session, as_of)}) i LEFT JOIN ({deals(session, as_of)}) s ON s.deal_key = i.deal_key"""


def follow_ups(session: Session, as_of: AsOf) -> str:
    """Deals with the done outbound touches after their first touch, up to the close, by kind too."""
    kinds = ("call", "email", "meeting")
    others = ", ".join(
        f"coalesce(n.{kind}s - CASE WHEN n.opened = '{kind}' THEN 1 ELSE 0 END, 0) AS follow_up_{kind}s" for kind in kinds
    )
    every = f"coalesce({' + '.join(f'n.{kind}s' for kind in kinds)} - CASE WHEN n.opened <> 'inbound' THEN 1 ELSE 0 END, 0)"
    return f"""SELECT s.*, {every} AS follow_ups, {others}
        FROM ({deals(session, as_of)}) s LEFT JOIN ({touches_of_deals(session, as_of)}) n ON n.deal_no = s.deal_no"""


def touches_of_deals(session: Session, as_of: AsOf) -> str:
    """What had been done for each deal by then, with the columns of `deal_touches`."""
    later = f"SELECT 1 FROM deal_touches WHERE settled_on > {as_of.day_sql} LIMIT 1"
    if as_of.latest and as_of.moment is None and not session.once(later):
        return "SELECT * FROM deal_touches"
    standing = lean_deals(session, as_of) or "SELECT deal_no, closed_on FROM deal_facts"
    settled = f"""SELECT n.deal_no FROM deal_touches n JOIN deal_facts f ON f.deal_no = n.deal_no
        WHERE n.settled_on < {as_of.day_sql} AND f.settled_on < {as_of.day_sql}"""
    happened = as_of.happened("happened_at", "happened_on")
    rest = f"(SELECT * FROM touches WHERE {happened} AND deal_no NOT IN ({settled}))"
    return f"""SELECT * FROM deal_touches WHERE deal_no IN ({settled})
        UNION ALL SELECT * FROM ({touches.summed(session, rest, f"({standing})")})"""


FOLLOW_UPS = names("follow_ups follow_up_calls follow_up_emails follow_up_meetings")


def emails(session: Session, as_of: AsOf) -> str:
    """Outbound e-mails that people sent, with whether they were replied to: by their outcome, or by something inbound on the
    same lead, deal or contact at most 14 days later."""
    replied = as_of.happened("b.replied_at", "b.replied_on")
    return f"""SELECT a.*, coalesce(a.outcome = 'replied' OR {replied}, FALSE) AS is_replied,
               {session.sql.days_between("a.happened_on", as_of.day_sql)} AS age_days
        FROM ({activities(session, as_of)}) a LEFT JOIN email_replies b ON b.activity_key = a.activity_key"""


RESPONSES = replace(
    LEADS,
    name="responses",
    select=responses,
    lean=lean_responses,
    lean_columns=LEAN | {"response_minutes", "age_minutes"},
    columns=(*LEADS.columns, "response_minutes", "age_minutes"),
    reasons=(
        *LEADS.reasons,
        Reason("unanswered", "Not answered yet", "r.response_minutes IS NULL"),
        Reason("recent", "Came in too recently", "r.age_minutes >= 0"),
    ),
)
LEAD_CUSTOMERS = replace(
    LEADS, name="lead_customers", select=customers_by_lead, lean=None, columns=(*LEADS.columns, "is_customer")
)
FOLLOWED = replace(DEALS, name="follow_ups", select=follow_ups, lean=None, columns=(*DEALS.columns, *FOLLOW_UPS))
EMAILS: Relation = replace(
    ACTIVITIES,
    name="emails",
    select=emails,
    columns=(*ACTIVITIES.columns, "is_replied", "age_days"),
    counted_columns=COUNTED | {"is_replied", "age_days"},
)
