"""A desk on a real SQLite file and on a real PostgreSQL server; every test that takes `desk` runs on both."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher

from omzet.desk import passwords
from omzet.desk.links import invite, use_link
from omzet.desk.store import Desk, open_desk
from omzet.desk.users import User, first_admin
from omzet.desk.writing import By
from tests.desk import postgres

NUMBERS = itertools.count(1)
SYSTEM = By(None, "system")


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = field(default=datetime(2026, 11, 25, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move on by `days`, `hours`, `minutes`."""
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take a millisecond; `test_passwords` looks at the real ones."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """The socket's folder of a PostgreSQL server."""
    folder = postgres.programs()
    if folder is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not there; in CI the desk's tests on it may not be skipped: apt-get install postgresql")
        pytest.skip("!! SKIPPED on PostgreSQL, which is not there: apt-get install postgresql")
    with postgres.server(folder) as socket:
        yield socket


@pytest.fixture
def new_database(server: Path) -> Callable[[], str]:
    """Makes an empty PostgreSQL database; its URL."""

    def make() -> str:
        database = f"desk{next(NUMBERS)}"
        with psycopg.connect(postgres.url(server, "postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        return postgres.url(server, database)

    return make


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What the setting `desk` says: an empty place of this test's own."""
    if request.param == "sqlite":
        return "sqlite"
    made: str = request.getfixturevalue("new_database")()
    return made


@pytest.fixture
def clock() -> Clock:
    """The time in the desk."""
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, where: str, clock: Clock) -> Iterator[Desk]:
    """An empty desk."""
    with open_desk(tmp_path, where, clock=clock) as opened:
        yield opened


@pytest.fixture
def desks(desk: Desk, tmp_path: Path, where: str, clock: Clock) -> Iterator[tuple[Desk, Desk]]:
    """The same desk, opened twice as two processes have it, for races that no lock of one process decides."""
    with open_desk(tmp_path, where, clock=clock) as other:
        yield desk, other


@dataclass(frozen=True)
class Company:
    """Somebody of each kind, each with the same password."""

    admin: User
    manager: User
    rep: User


PASSWORD = "correct horse battery"


def page(user: User | None = None, address: str = "192.0.2.7") -> By:
    """Somebody at a page."""
    return By(user.id if user else None, "page", address)


def join(desk: Desk, admin: User, name: str, role: str) -> User:
    """Invite somebody, who accepts."""
    made = invite(desk, page(admin), email=f"{name.lower()}@example.com", role=role, person_key=f"crm:{name.lower()}")
    return use_link(desk, page(), made.token, password=PASSWORD, name=name)


@pytest.fixture
def company(desk: Desk) -> Company:
    """An admin, a manager and a rep."""
    admin = first_admin(desk, page(), name="Ada", email="ada@example.com", password=PASSWORD)
    return Company(admin, join(desk, admin, "Mila", "manager"), join(desk, admin, "Rens", "rep"))
