"""A whole desk into another database: for a backup, back from one, or to move from SQLite to PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Table, insert, select, text

from omzet.desk.location import FILE_NAME
from omzet.desk.store import Desk, open_desk
from omzet.desk.tables import audit, metadata
from omzet.desk.writing import Reading
from omzet.errors import CallError

AT_ONCE = 1000


def save_desk(desk: Desk, folder: Path) -> Path:
    """Write all that a desk holds to `desk.sqlite` in `folder`, whichever database it is in; the file, closed and whole.

    People may go on working: it is one moment's state. Raises CallError when there is such a file already.
    """
    path = folder / FILE_NAME
    if path.exists():
        raise CallError(f"{path} exists already. Save into another folder.")
    with open_desk(folder) as target:
        copy_desk(desk, target)
    return path


def copy_desk(source: Desk, target: Desk) -> int:
    """Copy every row of `source` into `target`, keys and log included; how many. All of it or nothing.

    Raises CallError when anything is in `target`. It adds nothing to the log: the copy is the same desk.
    """
    with source.reading() as reader, target.copying() as connection:
        count = 0
        given = {table: _keys_given(reader, table) for table in metadata.sorted_tables}
        for table in metadata.sorted_tables:
            key = next(iter(table.primary_key.columns))
            if connection.execute(select(key).limit(1)).first() is not None:
                raise CallError(f"{target} is in use: {table.name} holds rows. Copy into an empty one.")
            last = -1
            while rows := reader.all(select(table).where(key > last).order_by(key).limit(AT_ONCE)):
                connection.execute(insert(table), [dict(row._mapping) for row in rows])
                last = rows[-1]._mapping[key]
                count += len(rows)
            if (newest := max(last, given[table])) > 0:
                _go_on_after(connection, table, newest)
        return count


def _keys_given(tx: Reading, table: Table) -> int:
    """The greatest key that a table ever gave, as far as the log tells; rows that are gone keep theirs."""
    if table is audit:
        return 0
    rows = tx.all(select(audit.c.row_key).where(audit.c.table_name == table.name).distinct())
    return max((int(row.row_key) for row in rows if row.row_key.isdecimal()), default=0)


def _go_on_after(connection: Connection, table: Table, newest: int) -> None:
    """Keys go on after the newest, so that none is given twice, not even that of a row which is gone: the log speaks of it."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table.name})
        following = "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :newest)"
    else:
        key = next(iter(table.primary_key.columns)).name
        following = f"SELECT setval(pg_get_serial_sequence(:table, '{key}'), :newest)"
    connection.execute(text(following), {"table": table.name, "newest": newest})
