"""What people enter on rows of the sales data: kept here first, then taken over by history, so that none is lost or halved."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, select

from omzet.desk.refusals import Refused
from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import entries, users
from omzet.desk.users import require
from omzet.desk.writing import By, Reading, Writing
from omzet.history.entered import Entry, new_key

NEEDED: MappingProxyType[str, tuple[Permission, ...]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("deals", "deal_lines", "accounts", "contacts", "activities"),
            (Permission.ENTER_DEALS,),
        ),
        "leads": (Permission.ENTER_DEALS, Permission.HAND_OVER_LEADS),
        **dict.fromkeys(("costs", "revenue", "contracts"), (Permission.ENTER_COSTS,)),
        "targets": (Permission.SET_TARGETS, Permission.AGREE_GOALS),
        "forecasts": (Permission.ENTER_DEALS,),
        "person_events": (Permission.RECORD_TRAINING, Permission.HOLD_REVIEWS),
        **dict.fromkeys(("people", "teams", "products", "campaigns", "stages", "holidays"), (Permission.MANAGE_DATA,)),
    }
)
"""Which permission, one of these, lets somebody enter on a table."""


@dataclass(frozen=True)
class Entered:
    """Something that was entered: by whom, when, on which row, which values in place of which, and what became of it.

    `state` is `waiting`, `taken` or `refused`; `reason` says why it was refused.
    """

    id: int
    user_id: int | None
    entered_at: datetime
    table: str
    key: str
    seen: dict[str, str | None]
    given: dict[str, str | None]
    state: str
    reason: str
    load_no: int | None

    @property
    def entry(self) -> Entry:
        """What history takes over."""
        return Entry(self.table, self.key, self.given, self.entered_at, self.seen or None)


def own_key() -> str:
    """The key of a new row."""
    return new_key(uuid.uuid4().hex[:12])


def record(desk: Desk, by: By, given: Sequence[Entry]) -> list[Entered]:
    """Keep what is entered, for history to take over. Raises NotAllowed for who may not enter on one of the tables."""
    with desk.writing(by) as tx:
        for table in {each.table for each in given}:
            _require_any(tx, by, NEEDED.get(table, (Permission.MANAGE_DATA,)))
        return keep(tx, given)


def keep(tx: Writing, given: Sequence[Entry]) -> list[Entered]:
    """Keep what is entered within a change that is more than that; whether somebody may is the caller's to ask."""
    ids = [
        tx.insert(
            entries,
            {
                "user_id": tx.by.user_id,
                "entered_at": each.entered_at or tx.now,
                "table_name": each.table,
                "row_key": each.key,
                "seen": dict(each.seen) if each.seen else None,
                "given": dict(each.values),
                "state": "waiting",
            },
            "entered",
        )
        for each in given
    ]
    return _found(tx, ids)


def settle(desk: Desk, ids: Collection[int], *, load_no: int | None = None, reason: str = "") -> None:
    """Say what became of entries: taken over as a load, or refused for a reason."""
    state = "refused" if reason else "taken"
    with desk.writing(By(None, "system")) as tx:
        for id in ids:
            tx.change(entries, id, {"state": state, "reason": reason or None, "load_no": load_no})


def waiting(desk: Desk) -> list[Entered]:
    """What history hasn't taken over yet, in the order in which it was entered."""
    with desk.reading() as tx:
        return [_entered(row) for row in tx.all(select(entries).where(entries.c.state == "waiting").order_by(entries.c.id))]


def of_row(desk: Desk, table: str, key: str, limit: int = 100) -> list[tuple[Entered, str]]:
    """What was entered on one row, newest first, each with the name of who did."""
    query = (
        select(entries, users.c.name)
        .join(users, users.c.id == entries.c.user_id, isouter=True)
        .where(entries.c.table_name == table, entries.c.row_key == key, entries.c.state != "refused")
        .order_by(entries.c.id.desc())
        .limit(limit)
    )
    with desk.reading() as tx:
        return [(_entered(row), row.name or "") for row in tx.all(query)]


def made_in(desk: Desk, table: str, prefix: str, user_id: int | None = None, limit: int = 200) -> list[tuple[Entered, str]]:
    """What was entered on rows whose key begins like this, newest first, each with the name of who did; of one user if given."""
    query = (
        select(entries, users.c.name)
        .join(users, users.c.id == entries.c.user_id, isouter=True)
        .where(entries.c.table_name == table, entries.c.row_key.startswith(prefix, autoescape=True), entries.c.state == "taken")
        .order_by(entries.c.id.desc())
        .limit(limit)
    )
    with desk.reading() as tx:
        return [
            (_entered(row), row.name or "")
            for row in tx.all(query if user_id is None else query.where(entries.c.user_id == user_id))
        ]


def _require_any(tx: Reading, by: By, permissions: Sequence[Permission]) -> None:
    for place, permission in enumerate(permissions, 1):
        try:
            require(tx, by, permission)
            return
        except Refused:
            if place == len(permissions):
                raise


def _found(tx: Reading, ids: Sequence[int]) -> list[Entered]:
    return [_entered(row) for row in tx.all(select(entries).where(entries.c.id.in_(ids)).order_by(entries.c.id))]


def _entered(row: Row[Any]) -> Entered:
    return Entered(
        row.id,
        row.user_id,
        row.entered_at,
        row.table_name,
        row.row_key,
        dict(row.seen or {}),
        dict(row.given),
        row.state,
        row.reason or "",
        row.load_no,
    )
