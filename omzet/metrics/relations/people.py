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


def hires(session: Session, as_of: AsOf) -> str:
    """People with their first and last day, those who had started by then."""
    return f"""SELECT p.key AS person_key, p.person_id, p.name, p.key AS owner_key, p.started_on, p.started_on AS happened_on,
        CASE WHEN p.ended_on <= {as_of.day_sql} THEN p.ended_on END AS ended_on, coalesce(p.role, 'rep') AS role, p.connection,
        CASE WHEN p.merged_into IS NOT NULL THEN 'merged' WHEN p.is_deleted THEN 'deleted' END AS removed
        FROM people p WHERE p.started_on <= {as_of.day_sql}"""


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
HIRES = Relation(
    "hires",
    hires,
    names("person_key person_id name started_on ended_on role"),
    days=names("started_on"),
    key="person_key",
    shown=names("rep team started_on ended_on"),
    reasons=(
        Reason("deleted", "Deleted", "r.removed = 'deleted'"),
        Reason("merged", "Merged", "r.removed = 'merged'"),
        Reason("other_role", "In another role", "r.role <> 'rep'"),
    ),
    dimensions=(
        Dimension("rep", "r.owner_key", (), "people"),
        Dimension("team", "placed.team_key", ("person_team",), "teams"),
        Dimension("manager", "owner.manager_id", ("owner",), "people"),
    ),
)
