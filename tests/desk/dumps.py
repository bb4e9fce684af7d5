"""Each released schema of the desk as text, with people in it, from which later versions are tested up.

Before a migration is added: `.venv/bin/python -m tests.desk.dumps` writes `schemas/<number>.<database>.sql` of the newest one
that isn't there yet. A file that is there is never written again.
"""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from omzet.desk.api_tokens import make_api_token
from omzet.desk.links import invite, make_link, use_link
from omzet.desk.migrations import SCHEMA
from omzet.desk.sign_in import sign_in
from omzet.desk.store import Desk, open_desk
from omzet.desk.users import first_admin
from omzet.desk.writing import By
from tests.desk import postgres

FOLDER = Path(__file__).parent / "schemas"
PASSWORD = "correct horse battery"


def fill(desk: Desk) -> None:
    """People, one of each state, as somebody who has used the desk has them."""
    admin = first_admin(desk, By(None, "cli"), name="Ada", email="Ada@example.com", password=PASSWORD)
    by = By(admin.id, "page", "192.0.2.1")
    made = invite(desk, by, email="rens@example.com", role="rep", person_key="crm:12", language="nl")
    rens = use_link(desk, By(None, "page", "192.0.2.2"), made.token, password=PASSWORD, name="Réns 'd'Or'")
    sign_in(desk, By(None, "page", "192.0.2.2"), email="rens@example.com", password=PASSWORD, browser="Firefox")
    with contextlib.suppress(Exception):
        sign_in(desk, By(None, "page", "192.0.2.3"), email="rens@example.com", password="wrong")
    make_api_token(desk, By(rens.id, "page"), name="Sheets", scopes=["read", "write"])
    invite(desk, by, email="mila@example.com", role="manager")
    make_link(desk, by, rens.id)


def load_sqlite(dump: Path, folder: Path) -> str:
    """Put a dump into a workspace's folder; what the setting `desk` says then."""
    with contextlib.closing(sqlite3.connect(folder / "desk.sqlite")) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    return "sqlite"


def load_postgres(dump: Path, url: str) -> str:
    """Put a dump into an empty database; what the setting `desk` says then."""
    psql = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", str(dump)]
    subprocess.run(psql, check=True, capture_output=True)
    return url


def _sqlite_text(folder: Path) -> str:
    with open_desk(folder) as desk:
        fill(desk)
    with contextlib.closing(sqlite3.connect(folder / "desk.sqlite")) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def _postgres_text(folder: Path, programs: Path) -> str:
    with postgres.server(programs) as socket:
        url = postgres.url(socket, "postgres")
        with open_desk(folder, url) as desk:
            fill(desk)
        command = [str(programs / "pg_dump"), "--no-owner", "--no-privileges", "--inserts", "-d", url]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    kept = [line for line in text.splitlines() if line.strip() and not line.startswith(("--", "\\", "SET "))]
    return "\n".join(kept) + "\n"


def main() -> None:
    """Write what isn't there yet."""
    FOLDER.mkdir(exist_ok=True)
    programs = postgres.programs()
    assert programs is not None, "PostgreSQL is needed: apt-get install postgresql"
    with tempfile.TemporaryDirectory() as scratch:
        if not (path := FOLDER / f"{SCHEMA}.sqlite.sql").exists():
            path.write_text(_sqlite_text(Path(scratch)), encoding="utf-8")
        if not (path := FOLDER / f"{SCHEMA}.postgres.sql").exists():
            path.write_text(_postgres_text(Path(scratch), programs), encoding="utf-8")


if __name__ == "__main__":
    main()
