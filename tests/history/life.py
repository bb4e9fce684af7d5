"""What a deal's life looks like day by day, told in plain Python from its row and its changes: the rules without the SQL.

For deals of one pipeline and currency, by the rules of the metrics' definitions: changes count in the order of their
instant, then of their value; a close comes last within a day and is dated by the row; a deal's row wins over its log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")
POSITIONS = {"Lead": 10, "Talk": 20, "Offer": 30, "Deal": 40, "Won": 50}
KINDS = {"Won": "won", "Lost": "lost"}
EVER = date(9999, 12, 31)

Row = Mapping[str, str]


@dataclass(frozen=True)
class State:
    """What held at the end of a day."""

    status: str
    stage: str | None
    closed_on: date | None
    owner: str | None
    amount: float | None
    furthest: int | None


@dataclass(frozen=True)
class Step:
    """Something that sets values: the day it happened on, never before the deal's creation in `day`; within a day by rank."""

    on: date
    day: date
    rank: int
    moment: datetime
    values: Mapping[str, str]


def moment_of(text: str, *, ends_day: bool = False) -> datetime:
    """The instant that a text means: a bare date is its local day's start, or its end."""
    if len(text) > 10:
        return datetime.fromisoformat(text)
    day = date.fromisoformat(text) + timedelta(days=1 if ends_day else 0)
    start = datetime.combine(day, time(), ZONE).astimezone(UTC)
    return start - timedelta(microseconds=1) if ends_day else start


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def steps(row: Row, changes: Sequence[Row]) -> list[Step]:
    """A deal's creation, its changes and its close, in order. Each field's first value is what its first change left."""
    created = moment_of(row["created_at"])
    closed = moment_of(row["closed_at"], ends_day=True) if row["closed_at"] else None
    logged = sorted(changes, key=lambda c: (moment_of(c["changed_at"]), c["field"], c["value"]))
    first: dict[str, str] = {"status": "open"}
    for name in ("stage", "owner_id", "amount"):
        own = [change for change in logged if change["field"] == name]
        if own:
            first[name] = own[0]["old_value"]
        elif name != "stage":
            first[name] = row[name]
        elif row["stage"] not in KINDS and row["stage"]:
            first[name] = row["stage"]
    found = [Step(day_of(created), day_of(created), 0, created, first)]
    others = [c for c in logged if c["field"] == "stage" and KINDS.get(c["value"], "open") != row["status"]]
    outcomes = [moment_of(c["changed_at"]) for c in others]
    last_other = max([created, *(at for at in outcomes if closed and day_of(at) <= day_of(closed))])
    for change in logged:
        at = moment_of(change["changed_at"])
        day, rank, values = day_of(at), 1, {change["field"]: change["value"]}
        if change["field"] == "stage":
            values["status"] = KINDS.get(change["value"], "open")
            if closed and values["status"] == "open" and day > day_of(closed):
                continue  # nothing reopens a deal after the close that its row shows
            if closed and values["status"] != "open" and at > last_other:
                day, rank = day_of(closed), 2
        found.append(Step(day, max(day, day_of(created)), rank, at, values))
    if closed:
        last = {"status": row["status"]}
        if row["status"] == "won":
            last["stage"] = "Won"
        elif not any(c["field"] == "stage" for c in logged) or row["stage"] == "Lost":
            last |= {"stage": row["stage"]} if row["stage"] in KINDS else {}
        found.append(Step(day_of(closed), max(day_of(closed), day_of(created)), 3, closed, last))
    return sorted(found, key=lambda s: (s.day, s.rank, s.moment if s.rank < 2 else datetime.min.replace(tzinfo=UTC), s.moment))


def states(row: Row, changes: Sequence[Row]) -> list[tuple[date, State]]:
    """The state at each day's end on which something was set, oldest first."""
    values: dict[str, str] = {}
    closed_on, furthest = None, 0
    days: dict[date, State] = {}
    for step in steps(row, changes):
        values |= step.values
        if "status" in step.values:
            closed_on = step.on if values["status"] != "open" else None
        if "stage" in step.values:
            furthest = max(furthest, POSITIONS.get(values["stage"], 0))
        days[step.day] = State(
            values["status"],
            values.get("stage") or None,
            closed_on,
            values["owner_id"] or None,
            float(values["amount"]) if values["amount"] else None,
            furthest or None,
        )
    return _held(sorted(days.items()))


def _held(days: list[tuple[date, State]]) -> list[tuple[date, State]]:
    """A closed deal keeps the owner of its close; an amount that was empty then takes the first one recorded after."""
    found: list[tuple[date, State]] = []
    for day, state in days:
        before = found[-1][1] if found else None
        if before and state.closed_on is not None and before.closed_on == state.closed_on:
            amount = before.amount if before.amount is not None else state.amount
            state = State(state.status, state.stage, state.closed_on, before.owner, amount, state.furthest)
        found.append((day, state))
    return found


def visits(row: Row, changes: Sequence[Row]) -> list[tuple[str, date]]:
    """The stages a deal was in, one after the other, with the day it entered each."""
    found: list[tuple[str, date]] = []
    for step in steps(row, changes):
        if stage := step.values.get("stage"):
            if not found or found[-1][0] != stage:
                found.append((stage, step.day))
        elif "stage" in step.values and found:
            found.append(("", step.day))
    return [visit for visit in found if visit[0]]


def reached(row: Row, changes: Sequence[Row]) -> dict[str, date]:
    """The first day at or beyond each stage that has a place in the order."""
    found: dict[str, date] = {}
    for stage, day in visits(row, changes):
        for known, position in POSITIONS.items():
            if position <= POSITIONS.get(stage, 0):
                found.setdefault(known, day)
    return found
