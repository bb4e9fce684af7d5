"""Feedback and recognition between people, and rows that somebody says are wrong."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from omzet.desk.refusals import NotAllowed, Refused
from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import contests, remarks, users
from omzet.desk.users import require, signed_in
from omzet.desk.writing import By

FEEDBACK, RECOGNITION = "feedback", "recognition"
OPEN, ACCEPTED, DECLINED = "open", "accepted", "declined"
LIMIT = 4000


@dataclass(frozen=True)
class Remark:
    """Feedback or recognition for a person: by whom, what, and the address of the numbers behind it."""

    id: int
    kind: str
    person: str
    made_by: int
    author: str
    text: str
    evidence: str
    is_private: bool
    created_at: datetime


@dataclass(frozen=True)
class Contest:
    """A row that somebody says is wrong, why, and what was answered."""

    id: int
    table: str
    key: str
    metric: str
    made_by: int
    author: str
    text: str
    status: str
    answer: str
    created_at: datetime
    answered_at: datetime | None
    version: int


def remark(desk: Desk, by: By, *, kind: str, person: str, text: str, evidence: str = "", is_private: bool = False) -> int:
    """Give somebody feedback or recognition; its id. Whom one may is the caller's to decide. Raises Refused without a text.

    Feedback needs `hold_reviews`; anybody may recognise. Feedback is always between the two of them.
    """
    if kind not in (FEEDBACK, RECOGNITION) or not person:
        raise Refused("desk.remark.kind", "Say whom it is for, and whether it is feedback or recognition.")
    if not text.strip():
        raise Refused("desk.remark.empty", "Write what you want to say.")
    if evidence and (not evidence.startswith("/") or evidence.startswith("//")):
        raise Refused("desk.remark.evidence", "Evidence is the address of a page here.")
    with desk.writing(by) as tx:
        require(tx, by, Permission.HOLD_REVIEWS if kind == FEEDBACK else Permission.AGREE_GOALS)
        values = {
            "kind": kind,
            "person_key": person,
            "made_by": signed_in(by),
            "text": text.strip()[:LIMIT],
            "evidence": evidence[:2000] or None,
            "is_private": is_private or kind == FEEDBACK,
            "created_at": tx.now,
        }
        return tx.insert(remarks, values, "said")


def remarks_on(desk: Desk, by: By, person: str, *, is_self: bool) -> list[Remark]:
    """What was said to a person, newest first: private ones only for the person (`is_self`) and whoever said them."""
    query = (
        select(remarks, users.c.name)
        .join(users, users.c.id == remarks.c.made_by)
        .where(remarks.c.person_key == person)
        .order_by(remarks.c.id.desc())
        .limit(200)
    )
    if not is_self:
        query = query.where(or_(remarks.c.is_private.is_(False), remarks.c.made_by == signed_in(by)))
    with desk.reading() as tx:
        return [_remark(row) for row in tx.all(query)]


def take_back(desk: Desk, by: By, id: int) -> None:
    """Take back what one said. Raises NotAllowed for another's."""
    with desk.writing(by) as tx:
        row = tx.first(select(remarks.c.made_by).where(remarks.c.id == id))
        if row is None or row.made_by != signed_in(by):
            raise NotAllowed("desk.remark.not-yours", "Only whoever said it can take it back.")
        tx.remove(remarks, id, "taken_back")


def contest(desk: Desk, by: By, *, table: str, key: str, text: str, metric: str = "") -> int:
    """Say that a row is wrong; the contest's id. Which rows is the caller's to decide. Raises Refused without a reason."""
    if not text.strip() or not key:
        raise Refused("desk.contest.empty", "Say what is wrong with it.")
    with desk.writing(by) as tx:
        values = {
            "row_table": table,
            "row_key": key,
            "metric": metric or None,
            "made_by": signed_in(by),
            "text": text.strip()[:LIMIT],
            "status": OPEN,
            "created_at": tx.now,
        }
        return tx.insert(contests, values, "contested")


def answer(desk: Desk, by: By, id: int, *, accepted: bool, text: str, version: int) -> None:
    """Answer a contest. Needs `hold_reviews` or `manage_data`; nobody answers their own.

    Raises Conflict when it was answered meanwhile.
    """
    with desk.writing(by) as tx:
        try:
            require(tx, by, Permission.HOLD_REVIEWS)
        except NotAllowed:
            require(tx, by, Permission.MANAGE_DATA)
        row = tx.first(select(contests.c.made_by, contests.c.status).where(contests.c.id == id))
        if row is None:
            raise Refused("desk.absent", "This is not there any more. Somebody may have removed it.")
        if row.made_by == signed_in(by):
            raise NotAllowed("desk.contest.own", "Somebody else has to answer this.")
        if not text.strip():
            raise Refused("desk.contest.silent", "Say why.")
        status = ACCEPTED if accepted else DECLINED
        values = {"status": status, "answer": text.strip()[:LIMIT], "answered_by": by.user_id, "answered_at": tx.now}
        tx.change(contests, id, values, status, version=version)


def contests_of(desk: Desk, by: By, keys: Collection[str] | None = None) -> list[Contest]:
    """Contests on these rows, else one's own; with `keys` None and the right to answer, all. Open ones first."""
    query = select(contests, users.c.name).join(users, users.c.id == contests.c.made_by)
    with desk.reading() as tx:
        if keys is not None:
            query = query.where(contests.c.row_key.in_([*keys]))
        elif not _may_answer(tx, by):
            query = query.where(contests.c.made_by == signed_in(by))
        rows = tx.all(query.order_by(contests.c.status.desc(), contests.c.id.desc()).limit(300))
    return sorted((_contest(row) for row in rows), key=lambda each: each.status != OPEN)


def _may_answer(tx: Any, by: By) -> bool:
    for permission in (Permission.HOLD_REVIEWS, Permission.MANAGE_DATA):
        try:
            require(tx, by, permission)
        except Refused:
            continue
        return True
    return False


def _remark(row: Row[Any]) -> Remark:
    return Remark(
        row.id, row.kind, row.person_key, row.made_by, row.name, row.text, row.evidence or "", row.is_private, row.created_at
    )


def _contest(row: Row[Any]) -> Contest:
    return Contest(
        row.id,
        row.row_table,
        row.row_key,
        row.metric or "",
        row.made_by,
        row.name,
        row.text,
        row.status,
        row.answer or "",
        row.created_at,
        row.answered_at,
        row.version,
    )
