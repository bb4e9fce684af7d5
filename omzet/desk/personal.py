"""Everything the desk keeps about one person: found by the columns that name a user or a person, not by a list of tables.

A new table with such a column is in it by itself; a test holds that every table is reached or stands in `WITHOUT`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, not_, or_, select

from omzet.desk.audit import AT_ONCE
from omzet.desk.refusals import Refused
from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import AUDIT, SECRET, actions, audit, goal_steps, goals, metadata, reviews, users
from omzet.desk.users import ERASED, User, require, user_in
from omzet.desk.writing import By, Reading, plain
from omzet.history.entered import new_key

PERSONS = ("person_key", "subject_key")
"""Columns that hold the key of a person of the sales data. A subject is one only where the `level` beside it says `rep`."""

ROW_OF = ("table_name", "row_table")
"""Columns that say, with `row_key` beside them, which row is meant."""

SPOKEN = frozenset({(goal_steps.name, "text")})
"""Secret columns that hold words and not a secret: they go to those who said and heard them. Every other secret stays here."""

WITHOUT: MappingProxyType[str, str] = MappingProxyType(
    {"attempts": "It holds a hash of an e-mail address and a network address for a quarter of an hour, and names nobody."}
)
"""Tables about people that are not in it, and why."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Personal:
    """What the desk keeps about a user: rows by table as JSON can hold them, without hashes; `audit` are lines of the log.

    `withheld` are the keys, among what is measured of people, of what another wrote for themselves about this one.
    """

    user: User
    tables: Mapping[str, Rows]
    withheld: frozenset[str]


def personal_data(desk: Desk, by: By, id: int) -> Personal:
    """What the desk keeps about a user, for themselves, or with `manage_users` for who asks on their behalf; it is logged.

    What others wrote for themselves alone, such as a private review, isn't in it. Raises NotAllowed or Refused.
    """
    with desk.writing(by) as tx:
        if by.user_id != id:
            require(tx, by, Permission.MANAGE_USERS)
        if user_in(tx, id).name == ERASED:
            raise Refused("desk.personal-erased", "This person was erased. Nothing is left that could be given.")
        tx.note("personal_data_given", users, id)
    with desk.reading() as tx:
        user = user_in(tx, id)
        found = {table.name: _rows(tx, table, user) for table in metadata.sorted_tables if is_about_people(table)}
        found[audit.name] = _lines(tx, user, found)
        return Personal(user, found, _withheld(tx, user))


def is_about_people(table: Table) -> bool:
    """Whether rows of a table may be about one person or another."""
    if table.name in WITHOUT:
        return False
    return table is users or bool([*_user_columns(table), *_person_columns(table), *_row_columns(table)])


def given_columns(table: Table) -> list[Column[Any]]:
    """The columns that are given: all but secrets, hashes, and what only repeats another."""
    return [
        column
        for column in table.columns
        if not column.name.endswith(("_hash", "_secret", "email_key"))
        and (column.info.get(AUDIT) != SECRET[AUDIT] or (table.name, column.name) in SPOKEN)
    ]


def _rows(tx: Reading, table: Table, user: User) -> Rows:
    if table is audit:
        return []  # found last, by the rows of the others
    query = select(*given_columns(table)).where(_about(table, user)).order_by(next(iter(table.primary_key.columns)))
    return [plain(dict(row._mapping)) for row in tx.all(query)]


def _about(table: Table, user: User) -> ColumnElement[bool]:
    """That a row is about a user, or is what they did."""
    if table is users:
        return users.c.id == user.id
    own: list[ColumnElement[bool]] = [column == user.id for column in _user_columns(table)]
    if table is goal_steps:
        talks = select(goals.c.id).where(or_(goals.c.proposed_by == user.id, goals.c.proposed_to == user.id))
        own.append(goal_steps.c.goal_id.in_(talks))
    about: list[ColumnElement[bool]] = []
    if user.person_key:
        about += [_is_person(column, user.person_key) for column in _person_columns(table)]
        about += [and_(kind == "people", table.c.row_key == user.person_key) for kind in _row_columns(table)]
    return or_(*own, and_(or_(*about), _is_open(table, user))) if about else or_(*own)


def _is_person(column: Column[Any], key: str) -> ColumnElement[bool]:
    """That a column means this person, and not a team of the same key."""
    table = column.table
    if "level" in table.c:
        return and_(column == key, table.c.level == "rep")
    if table is actions:
        team_talks = select(reviews.c.id).where(reviews.c.level != "rep")
        return and_(column == key, or_(actions.c.review_id.is_(None), actions.c.review_id.not_in(team_talks)))
    return column == key


def _is_open(table: Table, user: User) -> ColumnElement[bool]:
    """That a row about somebody isn't what another wrote for themselves. A private remark is for both, so it is theirs too."""
    private = and_(reviews.c.is_private, reviews.c.planned_by != user.id)
    if table is reviews:
        return not_(private)
    if table is actions:
        return or_(actions.c.review_id.is_(None), actions.c.review_id.not_in(select(reviews.c.id).where(private)))
    return next(iter(table.primary_key.columns)).is_not(None)


def _withheld(tx: Reading, user: User) -> frozenset[str]:
    """Reviews and their actions are rows of `person_events` too, so what is private here is left out there."""
    private = and_(reviews.c.is_private, reviews.c.planned_by != user.id)
    talks = tx.all(select(reviews.c.id).where(private))
    theirs = or_(actions.c.owner_id == user.id, actions.c.made_by == user.id)
    hidden = tx.all(select(actions.c.id).where(actions.c.review_id.in_(select(reviews.c.id).where(private)), not_(theirs)))
    return frozenset([*(new_key(f"review{row.id}") for row in talks), *(new_key(f"action{row.id}") for row in hidden)])


def _lines(tx: Reading, user: User, rows: Mapping[str, Rows]) -> Rows:
    """The lines of the log by a user, on the rows that are given, and on rows of theirs that are gone."""
    keys = {name: {str(row["id"]) for row in found if "id" in row} for name, found in rows.items()}
    query = select(audit).where(or_(audit.c.user_id == user.id, audit.c.table_name.in_(sorted(keys)))).order_by(audit.c.number)
    given: Rows = []
    last = 0
    while found := tx.all(query.where(audit.c.number > last).limit(AT_ONCE)):
        last = found[-1].number
        for row in found:
            sides = [side for side in (row.before, row.after) if side]
            known = row.row_key in keys.get(row.table_name, ()) or any(side.get("user_id") == user.id for side in sides)
            if row.user_id == user.id or known:
                given.append(_line(row._mapping, user, keys))
    return given


def _line(line: Mapping[Any, Any], user: User, keys: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """A line as it is given: no address of somebody else, and no values of an account that is another's."""
    told = dict(line)
    if told["user_id"] not in (None, user.id):
        told["address"] = ""
    if told["row_key"] not in keys.get(told["table_name"], ()) and _is_anothers(told, user):
        told["before"] = told["after"] = None
    found: dict[str, Any] = plain(told)
    return found


def _is_anothers(line: Mapping[str, Any], user: User) -> bool:
    if line["table_name"] == users.name:
        return True
    return any(side and side.get("user_id") not in (None, user.id) for side in (line["before"], line["after"]))


def _user_columns(table: Table) -> Iterator[Column[Any]]:
    return (column for column in table.columns if any(key.column is users.c.id for key in column.foreign_keys))


def _person_columns(table: Table) -> Iterator[Column[Any]]:
    return (column for column in table.columns if column.name in PERSONS)


def _row_columns(table: Table) -> Iterator[Column[Any]]:
    return (column for column in table.columns if column.name in ROW_OF and "row_key" in table.c)
