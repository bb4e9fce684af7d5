"""The log of every change: who, when, what of what, before and after, from where. It only grows.

`writing.Writing` adds its lines. The database itself refuses to change or remove one (triggers), except that `erase` may put
a marker in place of somebody's name while its row in `erasures` is open.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Text, func, select

from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import audit, erasures, metadata
from omzet.desk.users import ERASED, require
from omzet.desk.writing import By, Reading, Writing

AT_ONCE = 1000
SHORT = 4
"""A text shorter than this is erased only where it is the whole value: "Li" is part of too many words."""


@dataclass(frozen=True)
class Line:
    """One change. `before` is None for what was added, `after` for what was removed; both hold only what changed.

    `user_id` is None for what nobody signed in did: the command line, or a failed sign-in. `row_key` is the row's id as text.
    """

    number: int
    at: datetime
    user_id: int | None
    door: str
    address: str
    action: str
    table: str
    row_key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def read_log(
    desk: Desk,
    by: By,
    *,
    table: str | None = None,
    row_key: str | None = None,
    user_id: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Line]:
    """The newest lines, of one table, row or user, and of numbers below `before` (to page on). Needs `read_log`."""
    query = select(audit).order_by(audit.c.number.desc()).limit(limit)
    wanted = ((audit.c.table_name, table), (audit.c.row_key, row_key), (audit.c.user_id, user_id))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(audit.c.number < before)
    with desk.reading() as tx:
        require(tx, by, Permission.READ_LOG)
        return [_line(row) for row in tx.all(query)]


def changes_after(desk: Desk, number: int, *, tables: Collection[str] = (), limit: int = AT_ONCE) -> list[Line]:
    """The lines after `number` in the order of their commits, at most `limit`: what a reader of the log has yet to take in.

    Numbers are in the order of commits, so that one who has read up to n never misses a line below n.
    """
    query = select(audit).where(audit.c.number > number).order_by(audit.c.number).limit(limit)
    if tables:
        query = query.where(audit.c.table_name.in_(tables))
    with desk.reading() as tx:
        return [_line(row) for row in tx.all(query)]


def last_number(desk: Desk) -> int:
    """The number of the newest line; 0 when there is none."""
    with desk.reading() as tx:
        return int(tx.value(select(func.max(audit.c.number))) or 0)


def erase(tx: Writing, subject: str, texts: Collection[str], *, user_id: int | None = None) -> int:
    """Put a marker in place of `texts` (names, addresses) wherever the log's values hold them; how many lines changed.

    `subject` says who it was without naming them (`users:12`). With `user_id` the network addresses and browsers of that
    user go too. What was done, when, by which id and on which row stays.
    """
    id = tx.insert(erasures, {"subject": subject, "erased_by": tx.by.user_id, "erased_at": tx.now, "is_open": True}, "erased")
    blank = Blank(texts)
    last, count = 0, 0
    while rows := tx.all(select(audit).where(audit.c.number > last).order_by(audit.c.number).limit(AT_ONCE)):
        last = rows[-1].number
        for row in rows:
            own = user_id is not None and _is_place_of(row, user_id)
            values = {
                "before": blank.values(row.table_name, row.before, own),
                "after": blank.values(row.table_name, row.after, own),
                "address": "" if own else row.address,
            }
            if (values["before"], values["after"], values["address"]) != (row.before, row.after, row.address):
                tx._blank_logged(row.number, values)
                count += 1
    tx.change(erasures, id, {"is_open": False})
    return count


class Blank:
    """Texts that are to be erased, wherever they stand in free text; codes such as a role are left alone."""

    def __init__(self, texts: Collection[str]) -> None:
        self._whole = {each.casefold() for each in texts if each}
        parts = sorted((re.escape(each) for each in self._whole if len(each) >= SHORT), key=len, reverse=True)
        self._parts = re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE) if parts else None

    def values(self, table: str, given: Any, with_place: bool = False) -> Any:
        """A row's logged values, blanked; `with_place` also where from and with what."""
        if not isinstance(given, Mapping):
            return given
        place = ("address", "browser") if with_place and table == "sessions" else ()
        return {
            column: ERASED if column in place and value else self.value(value) if _is_free(table, column) else value
            for column, value in given.items()
        }

    def value(self, given: Any) -> Any:
        """One value, blanked in any depth."""
        if isinstance(given, str):
            if given.casefold() in self._whole:
                return ERASED
            return self._parts.sub(ERASED, given) if self._parts else given
        if isinstance(given, list):
            return [self.value(each) for each in given]
        return {name: self.value(each) for name, each in given.items()} if isinstance(given, dict) else given


def logged_texts(tx: Reading, table: str, row_key: str, columns: Collection[str]) -> set[str]:
    """Every text that a row ever had in these columns, as the log tells."""
    rows = tx.all(select(audit.c.before, audit.c.after).where(audit.c.table_name == table, audit.c.row_key == row_key))
    values = [side[column] for row in rows for side in row if side for column in columns if column in side]
    return {value for value in values if isinstance(value, str) and value and value != ERASED}


def _is_place_of(row: Row[*tuple[Any, ...]], user_id: int) -> bool:
    """Whether a line's network address is likely this user's: what they did, their failed sign-ins, their sessions."""
    if row.user_id is not None and row.user_id != user_id:
        return row.table_name == "sessions" and any(side and side.get("user_id") == user_id for side in (row.before, row.after))
    return bool(row.user_id == user_id or (row.table_name == "users" and row.row_key == str(user_id)))


def _is_free(table: str, column: str) -> bool:
    """Whether people write what they like there: TEXT columns, and JSON. Codes are VARCHAR."""
    known = metadata.tables.get(table)
    if known is None or column not in known.c:
        return True
    kind = known.c[column].type
    return isinstance(kind, Text) or kind.python_type is dict


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    return Line(
        number=row.number,
        at=row.at,
        user_id=row.user_id,
        door=row.door,
        address=row.address,
        action=row.action,
        table=row.table_name,
        row_key=row.row_key,
        before=row.before,
        after=row.after,
    )
