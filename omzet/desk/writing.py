"""Reading and writing inside one transaction. Every change goes through `Writing`, which logs it in the same transaction.

No function of the desk gets at the connection itself, so that a change without its line in the audit log can't be written;
a test holds that nothing else in the package makes INSERT, UPDATE or DELETE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, delete, insert, select, update

from omzet.desk.refusals import Conflict, Refused
from omzet.desk.tables import AUDIT, audit
from omzet.desk.texts import storable

Values = Mapping[str, Any]
Door = Literal["page", "api", "cli", "system"]


@dataclass(frozen=True)
class By:
    """Who acts and from where: the user's id (None before anybody is signed in), the door, the network address.

    `scopes` are those of the API token by which somebody acts; None: everything that their role may do.
    """

    user_id: int | None
    door: Door = "page"
    address: str = ""
    scopes: tuple[str, ...] | None = None


class Reading:
    """One consistent view of the desk."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self.now = now

    def all(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows a SELECT finds."""
        return self._connection.execute(_reads(query)).all()

    def first(self, query: Select[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]] | None:
        """The first row a SELECT finds, or None."""
        return self._connection.execute(_reads(query)).first()

    def value(self, query: Select[*tuple[Any, ...]]) -> Any:
        """The first column of the first row, or None."""
        return self._connection.execute(_reads(query)).scalar()


class Writing(Reading):
    """One change of the desk, by somebody. All of it is kept when the block ends, nothing when it raises."""

    def __init__(self, connection: Connection, now: datetime, by: By) -> None:
        super().__init__(connection, now)
        self.by = by
        self.last_logged: int | None = None

    def acting_as(self, user_id: int) -> None:
        """Who acts turned out to be this user: what follows is logged as theirs."""
        self.by = replace(self.by, user_id=user_id)

    def insert(self, table: Table, values: Values, action: str = "added") -> int:
        """Add a row; its id. A table with a `version` begins at 1."""
        given = {"version": 1, **_storable(values)} if "version" in table.c else _storable(values)
        key = self._connection.execute(insert(table).values(given)).inserted_primary_key
        assert key is not None
        self._log(table, key[0], action, None, {column: given[column] for column in given if _logged(table, column)})
        return int(key[0])

    def change(
        self, table: Table, id: int, values: Values, action: str = "changed", *, version: int | None = None
    ) -> Mapping[str, Any]:
        """Change columns of one row; what it was before. Nothing is written or logged where nothing differs.

        `version` is the one the caller read: Conflict is raised when the row has moved on since. Raises Refused when there
        is no such row.
        """
        before = self._row(table, id)
        if version is not None and before["version"] != version:
            raise Conflict("desk.conflict", "Somebody changed this in the meantime. Look at it again before you change it.")
        differs = {column: value for column, value in _storable(values).items() if before[column] != value}
        if not differs:
            return before
        stored = {**differs, "version": before["version"] + 1} if "version" in table.c else differs
        self._connection.execute(update(table).where(_key(table) == id).values(stored))
        told = [column for column in differs if _logged(table, column)]
        if told or any(_audit(table, column) == "event" for column in differs):
            self._log(table, id, action, {c: before[c] for c in told}, {c: differs[c] for c in told})
        return before

    def remove(self, table: Table, id: int, action: str = "removed") -> None:
        """Remove one row. Raises Refused when there is no such row."""
        before = self._row(table, id)
        self._connection.execute(delete(table).where(_key(table) == id))
        self._log(table, id, action, {column: before[column] for column in before if _logged(table, column)}, None)

    def remove_where(self, table: Table, condition: ColumnElement[bool], action: str = "removed") -> int:
        """Remove every row of which `condition` is true; how many."""
        found = self.all(select(_key(table)).where(condition))
        if table.info.get(AUDIT) == "never":
            self._connection.execute(delete(table).where(condition))
        else:
            for (id,) in found:
                self.remove(table, id, action)
        return len(found)

    def note(self, action: str, table: Table, id: int | str, about: Values | None = None) -> int:
        """Log something that changes no row, such as a name that was looked up; its number in the log."""
        return self._write(table.name, str(id), action, None, about)

    def _row(self, table: Table, id: int) -> Mapping[str, Any]:
        found = self._connection.execute(select(table).where(_key(table) == id)).mappings().first()
        if found is None:
            raise Refused("desk.absent", "This is not there any more. Somebody may have removed it.")
        return dict(found)

    def _log(self, table: Table, key: Any, action: str, before: Values | None, after: Values | None) -> None:
        if table.info.get(AUDIT) != "never":
            self._write(table.name, str(key), action, before, after)

    def _write(self, table: str, key: str, action: str, before: Values | None, after: Values | None) -> int:
        row = {
            "at": self.now,
            "user_id": self.by.user_id,
            "door": self.by.door,
            "address": storable(self.by.address),
            "action": action,
            "table_name": table,
            "row_key": key,
            "before": plain(_storable(before)),
            "after": plain(_storable(after)),
        }
        number = self._connection.execute(insert(audit).values(row)).inserted_primary_key
        assert number is not None
        self.last_logged = int(number[0])
        return self.last_logged

    def _blank_logged(self, number: int, values: Values) -> None:
        """For `audit.erase` alone: put other values in a line of the log. The database allows it only while one is open."""
        self._connection.execute(update(audit).where(audit.c.number == number).values(dict(values)))


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {_storable(name): _storable(each) for name, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, (list, tuple)) else value


def plain(value: Any) -> Any:
    """A value as JSON can hold it: moments in ISO 8601, amounts as text so that no cent is lost."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _reads(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    if not isinstance(query, Select):
        raise TypeError("Only SELECT is read here. Changes go through insert, change and remove, which log them.")
    return query


def _key(table: Table) -> ColumnElement[Any]:
    return next(iter(table.primary_key.columns))


def _audit(table: Table, column: str) -> str | None:
    found: str | None = table.c[column].info.get(AUDIT)
    return found


def _logged(table: Table, column: str) -> bool:
    return _audit(table, column) is None
