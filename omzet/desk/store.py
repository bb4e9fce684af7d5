"""Where the desk is kept: a SQLite file in the workspace, or a PostgreSQL database.

One writer at a time on both, so that a check and the change that rests on it can't be raced, and the numbers of the audit
log are in the order of the commits. Readers never wait.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from omzet.desk.location import desk_url
from omzet.desk.migrations import SCHEMA, bring_up, schema_of
from omzet.desk.refusals import Refused
from omzet.desk.writing import By, Reading, Writing
from omzet.errors import StoreError

WAIT_SECONDS = 20
"""How long a writer waits for others before it gives up."""
IDLE_SECONDS = 60
BUSY = "Others keep the desk busy. Try again in a moment."
ADVISORY_LOCK = 0x6F6D7A6574  # "omzet"
Clock = Callable[[], datetime]
Callback = Callable[[int], None]


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def open_desk(folder: Path, where: str = "sqlite", *, clock: Clock = utc_now) -> Desk:
    """The desk of the workspace in `folder`, its tables brought up to date; `where` as the setting `desk` says.

    `clock` tells the time (tests). Raises CallError when `where` can't be understood, StoreError when the database can't be
    reached, is damaged, or was written by a newer Omzet.
    """
    return Desk(desk_url(folder, where), clock=clock)


class Desk:
    """The desk's database, for any number of threads; close it when done."""

    def __init__(self, url: URL, *, clock: Clock = utc_now) -> None:
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._shown = url.database if self.is_sqlite else url.render_as_string(hide_password=True)
        self._clock = clock
        self._turn = threading.Lock()
        self._writer: int | None = None
        self._callbacks: list[Callback] = []
        self._engine = _sqlite(url) if self.is_sqlite else _postgres(url)
        try:
            with self._errors():
                if self.is_sqlite:
                    _use_wal(self._engine)
                if not self._is_up_to_date():  # a desk that is opens beside a writer
                    with self._engine.connect() as connection:
                        self._begin_writing(connection)
                        bring_up(connection)
                        connection.commit()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"<Omzet desk in {self._shown}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """One consistent view: what is committed while the block runs isn't seen in it."""
        with self._errors(), self._engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield Reading(connection, self._clock())

    @contextmanager
    def writing(self, by: By) -> Iterator[Writing]:
        """One change by somebody: kept and safe on disk once the block has ended, not there at all when it raises.

        Raises StoreError when another writer keeps the desk for 20 seconds, or when the database fails.
        """
        with self._own_turn(), self._errors(), self._engine.connect() as connection:
            self._begin_writing(connection)
            tx = Writing(connection, self._clock(), by)
            yield tx
            connection.commit()
        if tx.last_logged is not None:
            for callback in tuple(self._callbacks):
                callback(tx.last_logged)

    @contextmanager
    def copying(self) -> Iterator[Connection]:
        """For `copying.copy_desk` alone: a writer's transaction without the log, which is copied itself."""
        with self._own_turn(), self._errors(), self._engine.connect() as connection:
            self._begin_writing(connection)
            yield connection
            connection.commit()

    def on_commit(self, callback: Callback) -> Callable[[], None]:
        """Call `callback` with the number of the newest line in the log after each change made here; returns what ends it.

        It is called in the thread that wrote, when the next writer may go on already; what it raises reaches that thread.
        """
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def forget_freed(self) -> None:
        """After an erasure: let nothing of it linger in SQLite's write-ahead log. Does nothing while others still read it."""
        if self.is_sqlite:
            with self._errors(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _is_up_to_date(self) -> bool:
        with self._engine.connect() as connection:
            return schema_of(connection) == SCHEMA

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        if self._writer == threading.get_ident():
            raise RuntimeError("A change inside a change would wait for itself. Pass the outer one on.")
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise StoreError(BUSY)
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = None
            self._turn.release()

    def _begin_writing(self, connection: Connection) -> None:
        if self.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            # A writer whose machine vanished is ended by the server, or all others would wait for it.
            limits = {"lock_timeout": WAIT_SECONDS, "idle_in_transaction_session_timeout": IDLE_SECONDS}
            settings = ", ".join(f"set_config('{name}', '{seconds}s', true)" for name, seconds in limits.items())
            connection.exec_driver_sql(f"SELECT {settings}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (DataError, OverflowError, UnicodeEncodeError) as error:
            raise Refused("desk.range", "A number or text is not one that can be kept here.") from error
        except NoConnectionFree as error:
            raise StoreError(BUSY) from error
        except DBAPIError as error:
            told = str(error.orig).strip().partition("\n")[0]  # what follows in PostgreSQL's are values
            if "locked" in told or "lock timeout" in told:
                raise StoreError(BUSY) from error
            raise StoreError(f"The desk in {self._shown} can't be used: {told}") from error


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    try:
        # Passwords' hashes are in it. Only a new file is opened: closing a second descriptor would drop SQLite's locks.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(f"{path} can't be made: {error.strerror}.") from error
    engine = create_engine(url, hide_parameters=True, max_overflow=-1, connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # BEGIN is ours, sqlite3 adds none
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")  # a commit is on disk before it is acknowledged
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not only let go

    return engine


def _use_wal(engine: Engine) -> None:
    """Readers beside a writer. The switch itself doesn't wait for another process that makes it, so it is tried again."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            return
        except DBAPIError as error:
            if "locked" not in str(error.orig) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _postgres(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            max_overflow=15,
            pool_timeout=WAIT_SECONDS,
            connect_args={"connect_timeout": 10},
        )
    except ImportError:
        raise StoreError("PostgreSQL needs its driver: pip install 'omzet[postgres]'") from None
