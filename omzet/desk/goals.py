"""Goals: what two people agree to reach, and what they said on the way. What both agree becomes a target of the sales data.

One of the two proposes, and the other has to answer: agree, counter with another number, or decline. A counter turns the
table round. Until both agree nothing counts. An agreed goal is never changed: a new one takes its place once that is agreed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from omzet.desk.entries import Entered, keep
from omzet.desk.goal_rows import AGREED, DECLINED, LEVELS, OPEN, REPLACED, WITHDRAWN, Draft, Goal, goal_in, goal_of_row, target_of
from omzet.desk.refusals import Conflict, NotAllowed, Refused
from omzet.desk.roles import Permission, permissions
from omzet.desk.store import Desk
from omzet.desk.tables import goal_steps, goals, users
from omzet.desk.users import require, signed_in, user_in
from omzet.desk.writing import By, Reading, Writing
from omzet.history.entered import Entry

LARGEST = Decimal(10) ** 15
LONGEST_DAYS = 731
TEXT_LIMIT = 4000


def propose(desk: Desk, by: By, draft: Draft, *, to: int) -> Goal:
    """Propose a goal to somebody, who then has to answer.

    For oneself it needs `agree_goals`, for others `set_targets`; which teams and people these may be is the caller's to
    decide. A goal of the company or a team may be one's own to answer where nobody else may set targets. Raises NotAllowed,
    and Refused for a draft that makes no sense.
    """
    _check(draft)
    with desk.writing(by) as tx:
        own, other = signed_in(by), user_in(tx, to)
        if to == own and (draft.level == "rep" or _others_set(tx, own)):
            raise Refused("desk.goal.two", "A goal is agreed between two people. Choose somebody else to answer it.")
        is_own = draft.level == "rep" and user_in(tx, own).person_key == draft.subject
        require(tx, by, Permission.AGREE_GOALS if is_own else Permission.SET_TARGETS)
        theirs = draft.level == "rep" and not is_own
        needed = Permission.AGREE_GOALS if theirs else Permission.SET_TARGETS
        if not other.is_active or needed not in permissions(other.role) or (theirs and other.person_key != draft.subject):
            raise NotAllowed("desk.goal.other", "This person can't agree that goal. Choose somebody else.")
        values = {
            "objective": draft.objective,
            "metric": draft.metric,
            "level": draft.level,
            "subject_key": draft.subject,
            "from_on": draft.from_on,
            "to_on": draft.to_on,
            "value": draft.value,
            "status": OPEN,
            "days_off": draft.days_off,
            "proposed_by": own,
            "proposed_to": to,
            "waits_for": to,
            "parent_id": draft.parent_id,
            "replaces_id": draft.replaces_id,
            "created_at": tx.now,
        }
        id = tx.insert(goals, values, "proposed")
        _say(tx, id, "proposed", draft.text, draft.value)
        return goal_in(tx, id)


def counter(desk: Desk, by: By, id: int, value: Decimal, text: str = "", *, version: int) -> Goal:
    """Answer with another number, which the other has to answer then. Raises Conflict when the goal moved on meanwhile."""
    _check_value(value)
    with desk.writing(by) as tx:
        goal = _answered(tx, by, id, version)
        if value == goal.value:
            raise Refused("desk.goal.same", "This is the number on the table. Agree to it, or propose another one.")
        other = next((each for each in goal.parties if each != goal.waits_for), goal.waits_for)
        tx.change(goals, id, {"value": value, "waits_for": other}, "countered", version=version)
        _say(tx, id, "countered", text, value)
        return goal_in(tx, id)


def comment(desk: Desk, by: By, id: int, text: str) -> Goal:
    """Say something without answering. Only the two of them may."""
    if not text.strip():
        raise Refused("desk.goal.silent", "Write something first.")
    with desk.writing(by) as tx:
        require(tx, by, Permission.AGREE_GOALS)
        goal = _of_party(tx, by, id)
        _say(tx, id, "commented", text)
        return goal


def agree(
    desk: Desk, by: By, id: int, text: str = "", *, version: int, on: date, ends: Sequence[str] = (), currency: str | None = None
) -> tuple[Goal, list[Entered]]:
    """Agree to the number on the table, on the company's local day `on`; the goal, and what history has to take over.

    Its target is kept in the same change as what is entered, with the targets of the keys `ends`, and of older goals inside
    its days, which count no longer. Raises Conflict when the goal moved on meanwhile, NotAllowed for who doesn't have to
    answer, and Refused where an older goal lies partly outside its days.
    """
    with desk.writing(by) as tx:
        goal = _answered(tx, by, id, version)
        older = _replaced(tx, goal)
        tx.change(goals, id, {"status": AGREED, "waits_for": None, "agreed_on": on}, "agreed", version=version)
        _say(tx, id, "agreed", text, goal.value)
        for each in older:
            tx.change(goals, each.id, {"status": REPLACED, "waits_for": None}, "replaced")
            _say(tx, each.id, "replaced", "")
        declined = [Entry("targets", key, {"status": "declined"}) for key in {*ends, *(each.target_key for each in older)}]
        target = Entry("targets", goal.target_key, target_of(goal, on, currency))
        return goal_in(tx, id), keep(tx, [*sorted(declined, key=lambda each: each.key), target])


def decline(desk: Desk, by: By, id: int, text: str = "", *, version: int) -> Goal:
    """Say no to the number on the table and end the talk. Raises Conflict when the goal moved on meanwhile."""
    with desk.writing(by) as tx:
        _answered(tx, by, id, version)
        tx.change(goals, id, {"status": DECLINED, "waits_for": None}, "declined", version=version)
        _say(tx, id, "declined", text)
        return goal_in(tx, id)


def withdraw(desk: Desk, by: By, id: int, text: str = "", *, version: int) -> Goal:
    """Take the number back that the other hasn't answered yet, and end the talk. Raises Conflict when they just have."""
    with desk.writing(by) as tx:
        require(tx, by, Permission.AGREE_GOALS)
        goal = _of_party(tx, by, id)
        _refuse_moved(goal, version)
        if goal.waits_for == by.user_id:
            raise Refused("desk.goal.answer", "This number is the other's. Answer it: agree, counter or decline.")
        tx.change(goals, id, {"status": WITHDRAWN, "waits_for": None}, "withdrawn", version=version)
        _say(tx, id, "withdrawn", text)
        return goal_in(tx, id)


def forget_words(tx: Writing, user_id: int) -> None:
    """For an erasure: what somebody wrote in talks about goals goes; the numbers and answers stay."""
    for row in tx.all(select(goal_steps.c.id).where(goal_steps.c.user_id == user_id, goal_steps.c.text != "")):
        tx.change(goal_steps, row.id, {"text": ""}, "erased")


def _others_set(tx: Reading, own: int) -> bool:
    """Whether somebody else may set targets."""
    rows = tx.all(select(users.c.role).where(users.c.is_active, users.c.id != own))
    return any(Permission.SET_TARGETS in permissions(row.role) for row in rows)


def _answered(tx: Writing, by: By, id: int, version: int) -> Goal:
    """The goal that whoever acts has to answer."""
    require(tx, by, Permission.AGREE_GOALS)
    goal = _of_party(tx, by, id)
    _refuse_moved(goal, version)
    if goal.waits_for != by.user_id:
        raise NotAllowed("desk.goal.turn", "It is the other's turn to answer.")
    return goal


def _of_party(tx: Reading, by: By, id: int) -> Goal:
    goal = goal_in(tx, id)
    if signed_in(by) not in goal.parties:
        raise NotAllowed("desk.goal.others", "Only the two who agree this goal can answer it.")
    return goal


def _refuse_moved(goal: Goal, version: int) -> None:
    if not goal.is_open:
        raise Conflict("desk.goal.closed", "This goal was answered in the meantime. Look at it again.")
    if goal.version != version:
        raise Conflict("desk.goal.moved", "There is another number on the table now. Look at it before you answer.")


def _replaced(tx: Reading, goal: Goal) -> list[Goal]:
    """The agreed goals in whose place this one comes. Raises Refused for one that is partly outside its days."""
    of_subject = (goals.c.metric == goal.metric, goals.c.level == goal.level, goals.c.subject_key == goal.subject)
    overlapping = (goals.c.from_on < goal.to_on, goals.c.to_on > goal.from_on)
    found = [goal_of_row(row) for row in tx.all(select(goals).where(*of_subject, *overlapping, goals.c.status == AGREED))]
    for each in found:
        if each.from_on < goal.from_on or each.to_on > goal.to_on:
            raise overlap(each.from_on, date.fromordinal(each.to_on.toordinal() - 1))
    return found


def overlap(from_on: date, to_on: date) -> Refused:
    """That a target lies partly outside the days of a goal, since both would be counted; `to_on` is its last day."""
    return Refused(
        "desk.goal.overlap",
        "There is a target from {from_on} to {to_on} already, partly outside these days. Choose days that hold it whole.",
        from_on=from_on.isoformat(),
        to_on=to_on.isoformat(),
    )


def _say(tx: Writing, id: int, kind: str, text: str, value: Decimal | None = None) -> None:
    said = {"goal_id": id, "user_id": tx.by.user_id, "made_at": tx.now, "kind": kind, "value": value}
    tx.insert(goal_steps, said | {"text": text.strip()[:TEXT_LIMIT]}, kind)


def _check(draft: Draft) -> None:
    _check_value(draft.value)
    days = (draft.to_on - draft.from_on).days
    if not 0 < days <= LONGEST_DAYS:
        raise Refused("desk.goal.period", "A goal is for one day up to two years, and ends after it begins.")
    if not 0 <= draft.days_off <= days:
        raise Refused("desk.goal.days-off", "There can't be more days off than days.")
    if draft.level not in LEVELS or bool(draft.subject) == (draft.level == "company"):
        raise Refused("desk.goal.subject", "Say whom the goal is for: the company, a team or a person.")
    if not draft.objective.strip() or not draft.metric:
        raise Refused("desk.goal.objective", "Say what the goal is about, and which number shows it.")


def _check_value(value: Decimal) -> None:
    if not value.is_finite() or not 0 < value < LARGEST:
        raise Refused("desk.goal.value", "A goal is a number above zero.")
