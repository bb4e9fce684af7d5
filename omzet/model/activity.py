"""Activities: calls, e-mails, meetings and what else people do."""

from omzet.model.table import choice, flag, identity, instant, reference, seconds, table, text

ACTIVITY_KINDS = ("call", "email", "meeting", "message", "quote", "task", "note")

ACTIVITIES = table(
    "activities",
    "What people did or plan to do with leads, deals and accounts",
    identity("activity_id", "The activity's id"),
    choice("kind", ACTIVITY_KINDS, "What it is", required=True),
    reference("owner_id", "people", "Person who did it"),
    reference("deal_id", "deals", "Deal it belongs to"),
    reference("lead_id", "leads", "Lead it belongs to"),
    reference("account_id", "accounts", "Account it belongs to"),
    reference("contact_id", "contacts", "Contact it was with"),
    instant("happened_at", "When it took or will take place; never the due date of something done"),
    choice("status", ("done", "planned", "cancelled", "no_show"), "Empty means done once it has happened, else planned"),
    choice("direction", ("outbound", "inbound"), "Who reached out; empty means outbound"),
    text("outcome", "What came of it: connected, voicemail, replied, …"),
    flag("automated", "Sent by a machine; empty means no"),
    seconds("duration_s", "How long it took"),
    text("thread_id", "Conversation it belongs to"),
    instant("logged_at", "When the record was made: call logged, meeting booked; empty means known from the start"),
    key=("activity_id",),
)

ACTIVITY_LINKS = table(
    "activity_links",
    "Further records an activity belongs to; it counts once in totals and once for each record",
    reference("activity_id", "activities", "Activity", required=True),
    reference("person_id", "people", "Further person"),
    reference("contact_id", "contacts", "Further contact"),
    reference("deal_id", "deals", "Further deal"),
    reference("lead_id", "leads", "Further lead"),
    reference("account_id", "accounts", "Further account"),
    key=("activity_id", "person_id", "contact_id", "deal_id", "lead_id", "account_id"),
    parent="activity_id",
    one_of=("person_id", "contact_id", "deal_id", "lead_id", "account_id"),
)
