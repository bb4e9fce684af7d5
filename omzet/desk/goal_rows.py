"""Goals as they are kept and read: what was proposed, how it stands, and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Row, select

from omzet.desk.refusals import Refused
from omzet.desk.store import Desk
from omzet.desk.tables import goal_steps, goals
from omzet.desk.writing import Reading
from omzet.history.entered import new_key

Level = Literal["company", "team", "rep"]
LEVELS: tuple[Level, ...] = ("company", "team", "rep")
OPEN, AGREED, DECLINED, WITHDRAWN, REPLACED = "open", "agreed", "declined", "withdrawn", "replaced"


@dataclass(frozen=True)
class Draft:
    """A goal as it is proposed: `value` in the metric's unit, from the day `from_on` to before `to_on`, both local days.

    `subject` is the key of the team or person, empty for the company; `days_off` the working days the person won't be there.
    """

    objective: str
    metric: str
    level: Level
    subject: str
    from_on: date
    to_on: date
    value: Decimal
    days_off: int = 0
    text: str = ""
    parent_id: int | None = None
    replaces_id: int | None = None


@dataclass(frozen=True)
class Goal:
    """A goal as it stands. `value` is the last number on the table; `waits_for` is who has to answer it, None once closed."""

    id: int
    objective: str
    metric: str
    level: Level
    subject: str
    from_on: date
    to_on: date
    value: Decimal
    status: str
    days_off: int
    proposed_by: int
    proposed_to: int
    waits_for: int | None
    parent_id: int | None
    replaces_id: int | None
    agreed_on: date | None
    created_at: datetime
    version: int

    @property
    def parties(self) -> tuple[int, int]:
        """The two who agree it: who proposed first, and whom it was proposed to."""
        return self.proposed_by, self.proposed_to

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer."""
        return self.status == OPEN

    @property
    def target_key(self) -> str:
        """The key of the target that it becomes."""
        return target_key(self.id)


@dataclass(frozen=True)
class Step:
    """One thing said: `kind` is proposed, countered, commented, agreed, declined, withdrawn or replaced."""

    user_id: int
    made_at: datetime
    kind: str
    value: Decimal | None
    text: str


def target_key(id: int) -> str:
    """The key, among the targets of the sales data, of what a goal becomes."""
    return new_key(f"goal{id}")


def target_of(goal: Goal, on: date, currency: str | None = None) -> dict[str, str | None]:
    """The target that a goal becomes, by column as history reads them; its last day is included there."""
    return {
        "metric": goal.metric,
        "person_id": goal.subject if goal.level == "rep" else None,
        "team_id": goal.subject if goal.level == "team" else None,
        "from_on": goal.from_on.isoformat(),
        "to_on": date.fromordinal(goal.to_on.toordinal() - 1).isoformat(),
        "value": f"{goal.value:f}",
        "currency": currency,
        "status": "agreed",
        "agreed_on": on.isoformat(),
    }


def find_goal(desk: Desk, id: int) -> Goal:
    """The goal of that id; whether a reader may see it is the caller's to decide. Raises Refused when there is none."""
    with desk.reading() as tx:
        return goal_in(tx, id)


def list_goals(desk: Desk, *, metric: str | None = None) -> list[Goal]:
    """All goals, newest first; which of them a reader may see is the caller's to decide."""
    query = select(goals).order_by(goals.c.id.desc())
    with desk.reading() as tx:
        return [goal_of_row(row) for row in tx.all(query if metric is None else query.where(goals.c.metric == metric))]


def waiting_for(desk: Desk, user_id: int) -> int:
    """How many goals wait for somebody's answer."""
    with desk.reading() as tx:
        return len(tx.all(select(goals.c.id).where(goals.c.waits_for == user_id)))


def steps_of(desk: Desk, id: int) -> list[Step]:
    """What was said of a goal, in order."""
    with desk.reading() as tx:
        rows = tx.all(select(goal_steps).where(goal_steps.c.goal_id == id).order_by(goal_steps.c.id))
    return [
        Step(row.user_id, row.made_at, row.kind, None if row.value is None else plain_number(row.value), row.text) for row in rows
    ]


def goal_in(tx: Reading, id: int) -> Goal:
    """The goal of that id, as this transaction sees it."""
    row = tx.first(select(goals).where(goals.c.id == id))
    if row is None:
        raise Refused("desk.goal.absent", "There is no such goal.")
    return goal_of_row(row)


def goal_of_row(row: Row[Any]) -> Goal:
    """A goal out of a row of the table."""
    return Goal(
        id=row.id,
        objective=row.objective,
        metric=row.metric,
        level=row.level,
        subject=row.subject_key,
        from_on=row.from_on,
        to_on=row.to_on,
        value=plain_number(row.value),
        status=row.status,
        days_off=row.days_off,
        proposed_by=row.proposed_by,
        proposed_to=row.proposed_to,
        waits_for=row.waits_for,
        parent_id=row.parent_id,
        replaces_id=row.replaces_id,
        agreed_on=row.agreed_on,
        created_at=row.created_at,
        version=row.version,
    )


def plain_number(value: Decimal) -> Decimal:
    """A number without the zeros that a database puts behind it."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()
