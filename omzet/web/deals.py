"""Deals as forms give them: their address, and the entry that a form makes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from omzet.desk.refusals import NotAllowed
from omzet.errors import CallError, unknown
from omzet.history.entered import Entry
from omzet.query.record import EDITED, DealRecord
from omzet.web.reader import Reader

CLOSED = ("won", "lost")


def single_deals(reader: Reader) -> Reader:
    """The reader, who may see deals one by one. Raises NotAllowed for one who sees them only added up."""
    if not reader.sees_deals:
        raise NotAllowed("web.only_added_up", "Single deals are not shown to your role, only what they add up to.")
    return reader


def deal_path(key: str) -> str:
    """The address of a deal's page."""
    return f"/deals/{quote(key, safe=':')}"


def move_entry(record: DealRecord, stage: str, seen: str = "", *, reason: Mapping[str, str | None] | None = None) -> Entry:
    """What moving a deal to another stage enters: the stage, and the status where the stage closes or reopens it.

    `seen` is the stage it was seen in. Raises CallError for a stage that its pipeline doesn't have.
    """
    kinds = {own: kind for own, _, kind in record.stages}
    if stage not in kinds:
        raise unknown("stage", stage, kinds)
    kind = kinds[stage] or "open"
    values: dict[str, str | None] = {"stage": stage}
    if kind in CLOSED:
        values |= {"status": kind, "closed_at": datetime.now(UTC).isoformat(), **(reason or {})}
    elif record.status in CLOSED:
        values |= {"status": "open", "closed_at": None}
    shown = {"stage": seen} if seen else {"stage": record.values.get("stage")}
    return Entry("deals", record.key, values, seen=shown)


def edit_entry(record: DealRecord, given: Mapping[str, str], seen: Mapping[str, str]) -> Entry | None:
    """What a form changes on a deal, in place of what it showed; None where it changes nothing."""
    values: dict[str, str | None] = {}
    before: dict[str, str | None] = {}
    for name in EDITED:
        if name not in given or name not in seen:
            continue  # who did not see a value does not replace it
        value = given[name].strip() or None
        shown = seen[name] or None
        if plain(value) != plain(shown):
            values[name] = value
            before[name] = shown
    return Entry("deals", record.key, values, seen=before) if values else None


def plain(value: str | None) -> str | None:
    """A value without what doesn't matter in it: 130900.0000 is 130900."""
    if value is None:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return f"{number.normalize():f}" if number.is_finite() else value


def new_deal(key: str, given: Mapping[str, str], owner: str | None) -> Entry:
    """A new deal from a form. Raises CallError without a name."""
    values: dict[str, str | None] = {name: given[name].strip() or None for name in EDITED if name in given}
    if not values.get("name"):
        raise CallError("A deal needs a name.")
    values.setdefault("status", "open")
    values["owner_id"] = values.get("owner_id") or owner
    return Entry("deals", key, {**values, "created_at": datetime.now(UTC).isoformat()})


def activity(key: str, given: Mapping[str, str], owner: str | None, when: datetime) -> Entry:
    """A call, e-mail, meeting or the like, done or planned, from a form."""
    kind = given.get("kind", "")
    if kind not in ("call", "email", "meeting", "message", "quote", "task", "note"):
        raise unknown("kind of activity", kind, ("call", "email", "meeting", "message", "quote", "task", "note"))
    values = {
        "kind": kind,
        "owner_id": owner,
        "deal_id": given.get("deal", "") or None,
        "happened_at": when.isoformat(),
        "logged_at": datetime.now(UTC).isoformat(),
        "status": "planned" if when > datetime.now(UTC) else "done",
        "direction": given.get("direction", "") or "outbound",
        "outcome": given.get("outcome", "") or None,
    }
    return Entry("activities", key, values)
