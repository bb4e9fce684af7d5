"""What happens with people: absences, hours, reviews, actions, trainings and recognitions."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import AsOf, Dimension, Reason, Relation, names


def person_events(session: Session, as_of: AsOf) -> str:
    """Events begun by then. What was done later is not done yet."""
    done = f"CASE WHEN e.done_on <= {as_of.day_sql} THEN e.done_on END"
    return f"""SELECT e.key AS event_key, e.event_id, e.person_id AS owner_key, e.kind, e.from_on, e.from_on AS happened_on,
        coalesce(e.to_on, e.from_on) AS to_on, e.hours, e.share, e.due_on, {done} AS done_on,
        coalesce({done}, e.from_on) AS held_on, e.status, e.topic, e.metric, e.by_person_id, e.connection, e.url,
        coalesce({done} IS NOT NULL OR lower(e.status) IN ('done', 'held', 'completed')
            OR (e.status IS NULL AND e.done_on IS NULL AND e.kind <> 'action'), FALSE) AS is_done,
        CASE WHEN e.merged_into IS NOT NULL THEN 'merged' WHEN e.is_deleted THEN 'deleted' END AS removed
        FROM {aliases.source(session, "person_events")} e WHERE e.from_on <= {as_of.day_sql}"""


PERSON_EVENTS = Relation(
    "person_events",
    person_events,
    names("event_key event_id kind from_on to_on hours share due_on done_on held_on status topic metric is_done"),
    days=names("from_on due_on done_on held_on"),
    key="event_key",
    shown=names("event_id kind rep from_on due_on done_on hours topic"),
    reasons=(
        Reason("deleted", "Deleted", "r.removed = 'deleted'"),
        Reason("merged", "Merged", "r.removed = 'merged'"),
        Reason("other_kind", "Of another kind, or not done", "r.kind IS NOT NULL"),
    ),
    dimensions=(
        Dimension("rep", "r.owner_key", (), "people"),
        Dimension("team", "placed.team_key", ("person_team",), "teams"),
        Dimension("manager", "owner.manager_id", ("owner",), "people"),
        Dimension("kind", "r.kind"),
        Dimension("topic", "r.topic"),
    ),
)
