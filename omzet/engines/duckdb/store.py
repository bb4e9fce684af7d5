"""The embedded store: one DuckDB file, one writer at a time, one cursor for each reader."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from omzet.engines import Dialect, StagedTable
from omzet.engines.duckdb import dialect, schema, staging
from omzet.errors import StoreError

CLOSING = 10.0
"""Seconds that closing waits for a call of another thread."""

MEMORY = "2100MB"
"""What DuckDB may keep in memory; past it, it spills to files beside the store."""


TOLD_UP_TO = 5_000
"""How many small answers are kept for one state of the store."""

Told = dict[tuple[str, tuple[Any, ...]], list[tuple[Any, ...]]]
"""What statements that are asked again and again said, by their SQL and parameters."""


class DuckSession:
    """One transaction or snapshot on a cursor of its own. Not shared between threads."""

    sql: Dialect = dialect
    scratch: bool = False

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor
        self.told: Told | None = None

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._execute(sql, parameters).fetchall()

    def once(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        if self.told is None:
            return self.rows(sql, parameters)
        asked = (sql, tuple(parameters))
        found = self.told.get(asked)
        if found is None:
            found = self.rows(sql, parameters)
            if len(self.told) < TOLD_UP_TO:
                self.told[asked] = found
        return found

    def names(self, sql: str) -> list[str]:
        return [column[0] for column in self.once(f"DESCRIBE {sql}")]

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._execute(sql, parameters)

    def stage_csv(self, path: Path, columns: Sequence[str], *, delimiter: str, quote: str, skip_lines: int = 1) -> StagedTable:
        return staging.stage_csv(self.cursor, path, columns, delimiter=delimiter, quote=quote, skip_lines=skip_lines)

    def stage_rows(
        self, columns: Sequence[str], rows: Iterable[Sequence[str | None]], lines: Iterable[int] | None
    ) -> StagedTable:
        return staging.stage_rows(self.cursor, columns, rows, lines)

    def stage_parquet(self, path: Path) -> StagedTable:
        return staging.stage_parquet(self.cursor, path)

    def zone(self, name: str) -> None:
        """Read naive texts in zone `name` from here on, in this session."""
        self.run(f"SET TimeZone = '{name}'")

    def _execute(self, sql: str, parameters: Sequence[Any]) -> duckdb.DuckDBPyConnection:
        try:
            return self.cursor.execute(sql, list(parameters)) if parameters else self.cursor.execute(sql)
        except duckdb.IOException as error:
            raise StoreError(_disk_words(error)) from error
        except duckdb.OutOfMemoryException as error:
            raise StoreError(
                "This took more memory and disk than there is. Free some disk space beside the store and try again."
            ) from error


class DuckStore:
    """The store of one workspace. Open it in one process only: the workspace's lock sees to that."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, zone: str) -> None:
        self._connection = connection
        self._zone = zone
        self._writer = threading.Lock()
        # Goes up by one before and by one after every commit: a snapshot taken in between two equal even numbers is of
        # the state that the number stands for.
        self._commits = 0
        self._told: tuple[int, Told] = (0, {})

    @classmethod
    def open(cls, path: Path | None, zone: str = "Europe/Amsterdam") -> DuckStore:
        """Open or make the store at `path` (None: in memory), and bring an older one up to date.

        Raises StoreError when the file is locked, damaged, or was written by a newer Omzet.
        """
        temporary = {"temp_directory": str(path.parent / ".spill")} if path else {}
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "true",
            **temporary,
        }
        try:
            connection = duckdb.connect(str(path) if path else ":memory:", config=config)
        except duckdb.Error as error:
            raise StoreError(f"The store {path} can't be opened: {str(error).splitlines()[0]}") from error
        store = cls(connection, zone)
        with store.writing() as session:
            schema.prepare(session)
        return store

    @contextmanager
    def reading(self, *, scratch: bool = False) -> Iterator[DuckSession]:
        session = self._session()
        session.scratch = scratch
        try:
            if scratch:
                session.run("BEGIN TRANSACTION")
            else:
                self._take_snapshot(session)
            yield session
        finally:
            _quietly_roll_back(session)
            session.cursor.close()

    @contextmanager
    def writing(self) -> Iterator[DuckSession]:
        with self._writer:
            session = self._session()
            session.run("BEGIN TRANSACTION")
            try:
                yield session
                self._commits += 1
                try:
                    session.run("COMMIT")
                finally:
                    self._commits += 1
            except BaseException:
                _quietly_roll_back(session)
                raise
            finally:
                session.cursor.close()

    def close(self) -> None:
        until = time.monotonic() + CLOSING
        while True:
            try:
                return self._connection.close()
            except duckdb.ResourceInUseException:  # another thread opens a cursor just now
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def _session(self) -> DuckSession:
        session = DuckSession(self._connection.cursor())
        session.zone(self._zone)
        return session

    def _take_snapshot(self, session: DuckSession) -> None:
        """Begin to read, with what other readers of the same state were told."""
        before = self._commits
        session.run("BEGIN TRANSACTION READ ONLY")
        session.rows("SELECT count(*) FROM revisions")  # the engine takes its snapshot with the first table that is read
        session.told = {}
        if before == self._commits and before % 2 == 0:
            if self._told[0] != before:
                self._told = (before, {})
            number, told = self._told
            session.told = told if number == before else {}


def _quietly_roll_back(session: DuckSession) -> None:
    try:
        session.cursor.execute("ROLLBACK")
    except duckdb.Error:
        return  # the failure itself already ended the transaction


def _disk_words(error: duckdb.Error) -> str:
    text = str(error).splitlines()[0]
    if "No space left" in text:
        return "The disk is full. Even a small change can't be saved until space is freed; what was committed is safe."
    return f"The store could not be read or written: {text}"
