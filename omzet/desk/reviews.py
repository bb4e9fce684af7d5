"""Reviews of the numbers, and the actions agreed in them or from a finding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, or_, select

from omzet.desk.refusals import NotAllowed, Refused
from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import actions, reviews, users
from omzet.desk.users import require, signed_in
from omzet.desk.writing import By, Reading

LEVELS = ("company", "team", "rep")
TEXT_LIMIT = 10_000
OPEN, DONE, DROPPED = "open", "done", "dropped"


@dataclass(frozen=True)
class Review:
    """A review: of whom (`level`, `subject`), when, what to talk about, what was said, and whether only its planner reads it."""

    id: int
    title: str
    level: str
    subject: str
    planned_by: int
    planned_on: date
    held_on: date | None
    agenda: tuple[dict[str, Any], ...]
    notes: str
    is_private: bool
    version: int


@dataclass(frozen=True)
class Action:
    """What is to be done: by whom (`owner_id`, shown as `owner`), by when, about whom, and what should move how much.

    `before` is what the metric was when it was agreed.
    """

    id: int
    text: str
    owner_id: int | None
    owner: str
    subject: str
    metric: str
    expected: Decimal | None
    before: Decimal | None
    due_on: date
    done_on: date | None
    status: str
    finding: str
    review_id: int | None
    version: int


def plan(
    desk: Desk,
    by: By,
    *,
    title: str,
    level: str,
    subject: str,
    planned_on: date,
    agenda: Sequence[dict[str, Any]] = (),
    is_private: bool = False,
) -> Review:
    """Plan a review. Needs `hold_reviews`; whose numbers is the caller's to decide. Raises Refused without a title."""
    if not title.strip() or level not in LEVELS or (level != "company" and not subject):
        raise Refused("desk.review.empty", "A review needs a name and somebody it is about.")
    with desk.writing(by) as tx:
        require(tx, by, Permission.HOLD_REVIEWS)
        values = {
            "title": title.strip()[:200],
            "level": level,
            "subject_key": subject if level != "company" else "",
            "planned_by": signed_in(by),
            "planned_on": planned_on,
            "agenda": list(agenda),
            "notes": "",
            "is_private": is_private,
            "created_at": tx.now,
        }
        return review_in(tx, by, tx.insert(reviews, values, "planned"), None)


def hold(desk: Desk, by: By, id: int, *, notes: str, held_on: date | None, version: int) -> Review:
    """Write down what was said; with `held_on` the review is over. Raises Conflict when it moved on meanwhile."""
    with desk.writing(by) as tx:
        require(tx, by, Permission.HOLD_REVIEWS)
        review = review_in(tx, by, id, None)
        if review.planned_by != signed_in(by):
            raise NotAllowed("desk.review.not-yours", "Only whoever planned this review writes it down.")
        tx.change(reviews, id, {"notes": notes[:TEXT_LIMIT], "held_on": held_on or review.held_on}, "held", version=version)
        return review_in(tx, by, id, None)


def list_reviews(desk: Desk, by: By, subjects: Collection[str] | None) -> list[Review]:
    """The reviews about these subjects (None: all) that are not another's private ones, newest first."""
    own = signed_in(by)
    query = select(reviews).where(or_(reviews.c.is_private.is_(False), reviews.c.planned_by == own))
    if subjects is not None:
        query = query.where(or_(reviews.c.subject_key.in_([*subjects]), reviews.c.planned_by == own))
    with desk.reading() as tx:
        return [_review(row) for row in tx.all(query.order_by(reviews.c.planned_on.desc(), reviews.c.id.desc()).limit(200))]


def read_review(desk: Desk, by: By, id: int, subjects: Collection[str] | None) -> Review:
    """One review. Raises Refused for one that there isn't, or that is not for the reader."""
    with desk.reading() as tx:
        return review_in(tx, by, id, subjects)


def review_in(tx: Reading, by: By, id: int, subjects: Collection[str] | None) -> Review:
    """One review, as this transaction sees it; `subjects` are those whose reviews the reader may read (None: all)."""
    row = tx.first(select(reviews).where(reviews.c.id == id))
    review = _review(row) if row is not None else None
    own = review is not None and review.planned_by == by.user_id
    if review is None or (review.is_private and not own) or (subjects is not None and not own and review.subject not in subjects):
        raise Refused("desk.review.absent", "There is no such review.")
    return review


def agree_action(
    desk: Desk,
    by: By,
    *,
    text: str,
    due_on: date,
    subject: str = "",
    owner_id: int | None = None,
    metric: str = "",
    expected: Decimal | None = None,
    before: Decimal | None = None,
    finding: str = "",
    review_id: int | None = None,
) -> Action:
    """Agree something to be done. Needs `hold_reviews`, for oneself `agree_goals`. Raises Refused without a text."""
    if not text.strip():
        raise Refused("desk.action.empty", "Write what is to be done.")
    with desk.writing(by) as tx:
        own = owner_id is None or owner_id == by.user_id
        require(tx, by, Permission.AGREE_GOALS if own else Permission.HOLD_REVIEWS)
        values = {
            "text": text.strip()[:2000],
            "made_by": signed_in(by),
            "owner_id": owner_id or by.user_id,
            "subject_key": subject,
            "metric": metric or None,
            "expected": expected,
            "before": before,
            "due_on": due_on,
            "status": OPEN,
            "finding": finding or None,
            "review_id": review_id,
            "created_at": tx.now,
        }
        return action_in(tx, tx.insert(actions, values, "agreed"))


def end_action(desk: Desk, by: By, id: int, *, status: str, on: date, version: int) -> Action:
    """Say that an action is `done` or `dropped`, or `open` again. Only its owner and whoever made it may."""
    if status not in (OPEN, DONE, DROPPED):
        raise Refused("desk.action.status", "An action is open, done or dropped.")
    with desk.writing(by) as tx:
        row = tx.first(select(actions.c.owner_id, actions.c.made_by).where(actions.c.id == id))
        if row is None or signed_in(by) not in (row.owner_id, row.made_by):
            raise NotAllowed("desk.action.not-yours", "Only its owner and whoever agreed it can change an action.")
        values = {"status": status, "done_on": on if status == DONE else None}
        tx.change(actions, id, values, status, version=version)
        return action_in(tx, id)


def list_actions(desk: Desk, by: By, *, review_id: int | None = None, subjects: Collection[str] | None = None) -> list[Action]:
    """The actions of a review, or those that are one's own or about these subjects (None: all), the next due first."""
    own = signed_in(by)
    query = select(actions, users.c.name).join(users, users.c.id == actions.c.owner_id, isouter=True)
    if review_id is not None:
        query = query.where(actions.c.review_id == review_id)
    elif subjects is not None:
        query = query.where(or_(actions.c.owner_id == own, actions.c.made_by == own, actions.c.subject_key.in_([*subjects])))
    with desk.reading() as tx:
        return [_action(row) for row in tx.all(query.order_by(actions.c.due_on, actions.c.id).limit(300))]


def action_in(tx: Reading, id: int) -> Action:
    """One action, as this transaction sees it."""
    query = select(actions, users.c.name).join(users, users.c.id == actions.c.owner_id, isouter=True).where(actions.c.id == id)
    row = tx.first(query)
    if row is None:
        raise Refused("desk.action.absent", "There is no such action.")
    return _action(row)


def _review(row: Row[Any]) -> Review:
    return Review(
        row.id,
        row.title,
        row.level,
        row.subject_key,
        row.planned_by,
        row.planned_on,
        row.held_on,
        tuple(row.agenda),
        row.notes,
        row.is_private,
        row.version,
    )


def _action(row: Row[Any]) -> Action:
    return Action(
        row.id,
        row.text,
        row.owner_id,
        row.name or "",
        row.subject_key,
        row.metric or "",
        row.expected,
        row.before,
        row.due_on,
        row.done_on,
        row.status,
        row.finding or "",
        row.review_id,
        row.version,
    )
