"""The desk's schema comes up by itself, whole or not at all, whoever opens it first."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from omzet.desk.api_tokens import list_api_tokens
from omzet.desk.audit import read_log
from omzet.desk.location import desk_url
from omzet.desk.migrations import FOLDER, SCHEMA, bring_up
from omzet.desk.sign_in import sign_in
from omzet.desk.store import Desk, open_desk
from omzet.desk.tables import metadata
from omzet.desk.users import list_users
from omzet.errors import StoreError
from tests.desk import dumps
from tests.desk.conftest import SYSTEM, page

DUMPS = sorted(dumps.FOLDER.glob("*.sql"))
OPEN = "import sys, pathlib; from omzet.desk.store import open_desk; open_desk(pathlib.Path(sys.argv[1]), sys.argv[2]).close()"


def test_the_migrations_make_exactly_the_tables(desk: Desk) -> None:
    with desk._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_schema_known_is_the_last_migration_and_each_has_a_dump() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [SCHEMA]
    numbers = sorted(revision.revision for revision in script.walk_revisions())
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert [path.name for path in DUMPS] == sorted(f"{n}.{kind}.sql" for n in numbers for kind in ("postgres", "sqlite"))


@pytest.mark.parametrize("dump", DUMPS, ids=lambda path: path.name)
def test_every_earlier_schema_comes_up_with_its_people(dump: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if "sqlite" in dump.name:
        where = dumps.load_sqlite(dump, tmp_path)
    else:
        where = dumps.load_postgres(dump, request.getfixturevalue("new_database")())
    with open_desk(tmp_path, where) as desk:
        with desk._engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        people = {user.email: user for user in list_users(desk, SYSTEM)}
        assert [(user.role, user.is_invited) for user in people.values()] == [
            ("admin", False),
            ("manager", True),
            ("rep", False),
        ]
        rens = people["rens@example.com"]
        assert (rens.name, rens.language, rens.person_key) == ("Réns 'd'Or'", "nl", "crm:12")
        assert rens.created_at.utcoffset() == timedelta(0)
        who = sign_in(desk, page(), email="rens@example.com", password=dumps.PASSWORD).who
        assert [token.scopes for token in list_api_tokens(desk, who.by("page", ""))] == [("read", "write")]
        log = read_log(desk, SYSTEM)
        assert log[-1].action == "first_admin"
        assert [line.action for line in log[:2]] == ["signed_in", "password_rehashed"]


def test_what_a_newer_omzet_wrote_is_refused_and_left_alone(tmp_path: Path, where: str) -> None:
    open_desk(tmp_path, where).close()
    engine = create_engine(desk_url(tmp_path, where))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"A newer Omzet wrote the desk \(its schema is 9999.*Update Omzet"):
        open_desk(tmp_path, where)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


def test_many_processes_may_open_a_new_desk_at_once(tmp_path: Path, where: str) -> None:
    opening = [subprocess.Popen([sys.executable, "-c", OPEN, tmp_path, where], stderr=subprocess.PIPE) for _ in range(6)]
    told = [process.communicate()[1].decode() for process in opening]
    assert [process.returncode for process in opening] == [0] * 6, told
    with open_desk(tmp_path, where) as desk:
        assert list_users(desk, SYSTEM) == []


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, where: str) -> None:
    """Something else has a table of the last name: the ones before it are not there either."""
    url = desk_url(tmp_path, where)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE erasures (id INTEGER)"))
    with pytest.raises(StoreError, match="erasures"):
        open_desk(tmp_path, where)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == ["erasures"]
        connection.execute(text("DROP TABLE erasures"))
    engine.dispose()
    open_desk(tmp_path, where).close()


def test_a_desk_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    open_desk(tmp_path).close()
    code = OPEN + "; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, tmp_path, "sqlite"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_bringing_up_twice_changes_nothing(desk: Desk) -> None:
    with desk._engine.connect() as connection:
        bring_up(connection)
