"""What happened on a day: a short text that stands at the numbers of that time, of one team or of all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from omzet.desk.refusals import NotAllowed, Refused
from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import day_notes, users
from omzet.desk.users import require
from omzet.desk.writing import By, Reading

LIMIT = 120
"""Characters of a text at most: it stands in a drawing."""

ENTERING = (Permission.ENTER_DEALS, Permission.ENTER_COSTS)
"""Who may enter anything may say what happened."""


@dataclass(frozen=True)
class Annotation:
    """A text at a day. `team` is the key of the team it is about, empty where it is about all."""

    id: int
    day: date
    text: str
    team: str
    by: str
    is_own: bool


def annotate(desk: Desk, by: By, day: date, text: str, team: str = "") -> int:
    """Say what happened on a day; the annotation's id. Raises Refused without a text, NotAllowed for who may enter nothing."""
    told = " ".join(text.split())
    if not told or len(told) > LIMIT:
        raise Refused("desk.annotation.text", "Say what happened in at most {n} letters.", n=LIMIT)
    with desk.writing(by) as tx:
        _enters(tx, by)
        values = {"user_id": by.user_id, "on_day": day, "text": told, "team_key": team or None, "created_at": tx.now}
        return tx.insert(day_notes, values)


def withdraw(desk: Desk, by: By, id: int) -> None:
    """Take one's own annotation away. Raises NotAllowed for another's."""
    with desk.writing(by) as tx:
        _own(tx, by, id)
        tx.change(day_notes, id, {"removed_at": tx.now}, "removed")


def put_back(desk: Desk, by: By, id: int) -> None:
    """Undo `withdraw`. Raises NotAllowed for another's."""
    with desk.writing(by) as tx:
        _own(tx, by, id)
        tx.change(day_notes, id, {"removed_at": None}, "restored")


def annotated(desk: Desk, by: By, start: date, end: date, teams: Collection[str] | None) -> list[Annotation]:
    """What happened from `start` up to, not including, `end`, by day: of all, of these `teams` (None: any), and one's own."""
    query = (
        select(day_notes, users.c.name)
        .join(users, users.c.id == day_notes.c.user_id, isouter=True)
        .where(day_notes.c.on_day >= start, day_notes.c.on_day < end, day_notes.c.removed_at.is_(None))
        .order_by(day_notes.c.on_day, day_notes.c.id)
    )
    mine = day_notes.c.user_id == by.user_id if by.user_id is not None else day_notes.c.user_id.is_(None)
    if teams is not None:
        query = query.where(or_(day_notes.c.team_key.is_(None), day_notes.c.team_key.in_(list(teams)), mine))
    with desk.reading() as tx:
        return [
            Annotation(row.id, row.on_day, row.text, row.team_key or "", row.name or "", row.user_id == by.user_id)
            for row in tx.all(query)
        ]


def _enters(tx: Reading, by: By) -> None:
    try:
        require(tx, by, ENTERING[0])
    except NotAllowed:
        require(tx, by, ENTERING[1])


def _own(tx: Reading, by: By, id: int) -> None:
    _enters(tx, by)
    row = tx.first(select(day_notes.c.user_id).where(day_notes.c.id == id))
    if row is None or row.user_id != by.user_id:
        raise NotAllowed("desk.annotation.not-yours", "Somebody else wrote this.")
