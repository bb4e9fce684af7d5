"""The tables of the store, made from the model's declarations, and the store's version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omzet.errors import StoreError
from omzet.model import CHANGE_TABLES, TABLES, Column, Kind

if TYPE_CHECKING:
    from omzet.engines.duckdb.store import DuckSession

VERSION = 1
"""Grows with every change of the tables below. Derived tables of an older store are rebuilt from its log."""

TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.ID: "VARCHAR",
    Kind.REFERENCE: "VARCHAR",
    Kind.CHOICE: "VARCHAR",
    Kind.INSTANT: "TIMESTAMP",
    Kind.DAY: "DATE",
    Kind.MONEY: "DECIMAL(18,4)",
    Kind.NUMBER: "DECIMAL(24,8)",
    Kind.SHARE: "DECIMAL(12,8)",
    Kind.INTEGER: "BIGINT",
    Kind.SECONDS: "BIGINT",
    Kind.FLAG: "BOOLEAN",
}

KEPT = (
    "connection VARCHAR NOT NULL, key VARCHAR NOT NULL, "
    "load_no INTEGER NOT NULL, first_load INTEGER NOT NULL, known_from TIMESTAMP"
)
"""Beside its own columns a row has: whose id it is, its key, the load that wrote it last, the first one, and from when
it was known (empty: from its own dates on)."""

LOG = """
CREATE TABLE changes (
    change_no BIGINT NOT NULL,
    table_name VARCHAR NOT NULL,
    connection VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    value VARCHAR,
    old_value VARCHAR,
    changed_at TIMESTAMP NOT NULL,
    changed_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    seq BIGINT,
    changed_by VARCHAR,
    origin VARCHAR NOT NULL,
    load_no INTEGER NOT NULL
)"""

BOOKS = (
    "CREATE TABLE store_version (version INTEGER NOT NULL)",
    "CREATE TABLE revisions (revision BIGINT NOT NULL, committed_at TIMESTAMP NOT NULL)",
    """CREATE TABLE loads (
        load_no INTEGER NOT NULL, connection VARCHAR NOT NULL, recorded_at TIMESTAMP NOT NULL, loaded_at TIMESTAMP NOT NULL,
        complete BOOLEAN NOT NULL, report VARCHAR NOT NULL, undone BOOLEAN NOT NULL)""",
    """CREATE TABLE set_aside (
        number BIGINT NOT NULL, load_no INTEGER NOT NULL, connection VARCHAR NOT NULL, path VARCHAR NOT NULL, sheet VARCHAR,
        file_hash VARCHAR NOT NULL, line BIGINT NOT NULL, table_name VARCHAR, mapping VARCHAR, column_name VARCHAR,
        reason VARCHAR NOT NULL, text VARCHAR NOT NULL, raw VARCHAR NOT NULL, resolved_by INTEGER)""",
    "CREATE TABLE attributes (table_name VARCHAR NOT NULL, name VARCHAR NOT NULL, label VARCHAR NOT NULL)",
    "CREATE TABLE catalogue_versions (metric VARCHAR NOT NULL, version INTEGER NOT NULL, entry VARCHAR NOT NULL)",
)


def column_type(column: Column) -> str:
    """The DuckDB type a column is stored in."""
    return TYPES[column.kind]


def prepare(session: DuckSession) -> None:
    """Make the tables of a new store; refuse one that a newer Omzet wrote.

    Raises StoreError. Derived tables are history's: it makes and rebuilds them.
    """
    present = {name for (name,) in session.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'")}
    if "store_version" in present:
        ((version,),) = session.rows("SELECT max(version) FROM store_version")
        if version > VERSION:
            raise StoreError(
                f"This store was written by a newer Omzet (store version {version}, this Omzet reads {VERSION}). Update Omzet."
            )
        return
    for statement in (*BOOKS, LOG):
        session.run(statement)
    for table in TABLES.values():
        if table.name not in CHANGE_TABLES:
            columns = [f'"{column.name}" {column_type(column)}' for column in table.columns]
            days = [f'"{column.local_day}" DATE' for column in table.columns if column.kind is Kind.INSTANT]
            number = ["deal_no INTEGER"] if table.name == "deals" else []
            session.run(f"CREATE TABLE {table.name} ({KEPT}, {', '.join([*number, *columns, *days])})")
    session.run("INSERT INTO store_version VALUES (?)", [VERSION])
    session.run("INSERT INTO revisions VALUES (0, now()::TIMESTAMP)")
