"""One writer at a time, readers with a view of their own, and every change with its line in the log."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text

import omzet.desk
from omzet.desk.refusals import Conflict, Refused
from omzet.desk.store import Desk, open_desk
from omzet.desk.tables import audit, users
from omzet.desk.writing import Writing, plain
from omzet.errors import StoreError
from tests.desk.conftest import SYSTEM


def add(tx: Writing, name: str = "Noor") -> int:
    return tx.insert(
        users,
        {
            "name": name,
            "email": f"{name}@example.com",
            "email_key": f"{name.lower()}@example.com",
            "role": "rep",
            "language": "en",
            "is_active": True,
            "password_hash": "$argon2id$secret",
            "created_at": tx.now,
        },
    )


def test_what_is_written_is_read_and_logged(desk: Desk) -> None:
    with desk.writing(SYSTEM) as tx:
        id = add(tx)
    with desk.writing(SYSTEM) as tx:
        before = tx.change(users, id, {"role": "manager", "name": "Noor"})
    assert before["role"] == "rep"
    with desk.reading() as reader:
        row = reader.first(select(users))
        added, changed = reader.all(select(audit).order_by(audit.c.number))
    assert row is not None
    assert (row.name, row.role, row.version, row.created_at) == ("Noor", "manager", 2, reader.now)
    assert (added.action, added.table_name, added.row_key, added.before, added.door) == ("added", "users", "1", None, "system")
    assert added.after["email"] == "Noor@example.com"
    assert (changed.action, changed.before, changed.after) == ("changed", {"role": "rep"}, {"role": "manager"})


def test_a_secret_is_never_in_the_log_but_its_change_is(desk: Desk) -> None:
    with desk.writing(SYSTEM) as tx:
        id = add(tx)
        tx.change(users, id, {"password_hash": "$argon2id$other"}, "password_changed")
        tx.change(users, id, {"email_key": "quiet@example.com"})
        tx.change(users, id, {"name": "Noor"})
    with desk.reading() as reader:
        lines = reader.all(select(audit).order_by(audit.c.number))
    assert [line.action for line in lines] == ["added", "password_changed"]
    assert "argon2" not in str([tuple(line) for line in lines])


def test_nothing_is_kept_of_a_block_that_raises(desk: Desk) -> None:
    def fail() -> None:
        with desk.writing(SYSTEM) as tx:
            add(tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with desk.reading() as reader:
        assert reader.value(select(func.count()).select_from(users)) == 0
        assert reader.value(select(func.count()).select_from(audit)) == 0


def test_a_removed_row_stays_in_the_log(desk: Desk) -> None:
    with desk.writing(SYSTEM) as tx:
        id = add(tx)
        tx.remove(users, id)
        with pytest.raises(Refused, match="not there any more"):
            tx.remove(users, id)
    with desk.reading() as reader:
        line = reader.first(select(audit).order_by(audit.c.number.desc()))
    assert line is not None
    assert (line.action, line.before["name"], line.after) == ("removed", "Noor", None)


def test_who_read_an_older_version_does_not_overwrite_silently(desk: Desk) -> None:
    with desk.writing(SYSTEM) as tx:
        id = add(tx)
        tx.change(users, id, {"name": "Noor B."}, version=1)
    with pytest.raises(Conflict) as raised, desk.writing(SYSTEM) as tx:
        tx.change(users, id, {"name": "N. Bakker"}, version=1)
    assert raised.value.text("nl").startswith("Iemand heeft dit ondertussen gewijzigd.")


def test_a_reader_keeps_its_view_while_others_write(desk: Desk) -> None:
    count = select(func.count()).select_from(users)
    with desk.reading() as reader:
        assert reader.value(count) == 0
        with desk.writing(SYSTEM) as tx:
            add(tx)
        assert reader.value(count) == 0
    with desk.reading() as reader:
        assert reader.value(count) == 1


def test_writers_take_turns_and_the_log_is_in_the_order_of_commits(tmp_path: Path, where: str) -> None:
    """Two desks as two processes have them, four threads each; a reader never sees a number appear behind a greater one."""
    seen: list[list[int]] = []
    stop = threading.Event()

    def write(desk: Desk, number: int) -> None:
        with desk.writing(SYSTEM) as tx:
            before = tx.value(select(func.count()).select_from(users))
            add(tx, f"U{number}")
            assert tx.value(select(func.count()).select_from(users)) == before + 1

    def watch(desk: Desk) -> None:
        while not stop.is_set():
            with desk.reading() as reader:
                seen.append([row.number for row in reader.all(select(audit.c.number).order_by(audit.c.number))])

    with open_desk(tmp_path, where) as one, open_desk(tmp_path, where) as other:
        watcher = threading.Thread(target=watch, args=(one,))
        watcher.start()
        try:
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda number: write((one, other)[number % 2], number), range(60)))
        finally:
            stop.set()
            watcher.join()
    for earlier, later in pairwise(seen):
        assert later[: len(earlier)] == earlier


def test_only_a_select_is_read(desk: Desk) -> None:
    with desk.reading() as tx, pytest.raises(TypeError):
        tx.all(text("DELETE FROM users"))  # type: ignore[arg-type]


def test_changes_are_made_in_one_file_alone() -> None:
    """No other module names what could change a row without the log: DML, a session, text, or the connection."""
    package = Path(omzet.desk.__file__).parent
    allowed = {"writing.py": {"delete", "insert", "update"}, "__init__.py": {"text"}, "copying.py": {"insert", "text"}}
    for path in package.rglob("*.py"):
        if path.parent.name == "versions":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                named = {name.name for name in node.names} & {"delete", "insert", "update", "text", "Session"}
                assert named <= allowed.get(path.name, set()), path
            if isinstance(node, ast.Attribute) and node.attr in ("execute", "exec_driver_sql", "_connection"):
                assert path.name in ("writing.py", "store.py", "__init__.py", "copying.py"), path
            if isinstance(node, ast.Attribute) and node.attr == "_blank_logged":
                assert path.name == "audit.py", path
            if isinstance(node, ast.Attribute) and node.attr == "copying":
                assert path.name == "copying.py", path


def test_values_are_logged_so_that_nothing_is_lost() -> None:
    assert plain({"amount": Decimal("1250.10"), "parts": (1, None)}) == {"amount": "1250.10", "parts": [1, None]}


def test_the_file_is_for_its_owner_alone_and_safe_at_commit(tmp_path: Path) -> None:
    with open_desk(tmp_path) as desk:
        assert (tmp_path / "desk.sqlite").stat().st_mode & 0o777 == 0o600
        connection = desk._engine.raw_connection()
        pragmas = [connection.cursor().execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")]
        assert pragmas == [("wal",), (2,)]
        connection.close()


def test_a_busy_desk_says_so(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omzet.desk.store.WAIT_SECONDS", 1)
    with open_desk(tmp_path, where) as one, open_desk(tmp_path, where) as other:
        with one.writing(SYSTEM), pytest.raises(StoreError, match="keep the desk busy"), other.writing(SYSTEM):
            pass
        with other.writing(SYSTEM) as tx:
            add(tx)


def test_a_desk_is_opened_and_read_while_another_writes(desk: Desk, tmp_path: Path, where: str) -> None:
    begun = time.monotonic()
    with desk.writing(SYSTEM) as tx:
        add(tx)
        with open_desk(tmp_path, where) as other, other.reading() as reader:
            assert reader.value(select(func.count()).select_from(users)) == 0
    assert time.monotonic() - begun < 10


def test_a_change_inside_a_change_is_a_mistake_that_is_told_at_once(desk: Desk) -> None:
    def nested() -> None:
        with desk.writing(SYSTEM), desk.writing(SYSTEM):
            pass

    with pytest.raises(RuntimeError, match="would wait for itself"):
        nested()
    with desk.writing(SYSTEM) as tx:
        add(tx)


def test_more_readers_than_connections_wait_their_turn(desk: Desk) -> None:
    def read(_: int) -> int:
        with desk.reading() as reader:
            time.sleep(0.05)
            return int(reader.value(select(func.count()).select_from(users)))

    with ThreadPoolExecutor(60) as pool:
        assert list(pool.map(read, range(120))) == [0] * 120


def test_what_does_not_fit_is_told_without_anybodys_data(desk: Desk) -> None:
    def twice() -> None:
        with desk.writing(SYSTEM) as tx:
            add(tx)
            add(tx)

    with pytest.raises(StoreError) as raised:
        twice()
    assert "example.com" not in str(raised.value)


def test_a_server_that_was_restarted_is_reached_again(tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = new_database()
    with open_desk(tmp_path, url) as desk:
        with psycopg.connect(url, autocommit=True) as other:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            other.execute(f"{others} AND pid <> pg_backend_pid()")
        with desk.writing(SYSTEM) as tx:
            add(tx)
        with desk.reading() as reader:
            assert reader.value(select(func.count()).select_from(users)) == 1


def test_a_writer_that_does_nothing_is_ended(
    tmp_path: Path, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omzet.desk.store.IDLE_SECONDS", 1)
    url = new_database()

    def idle(desk: Desk) -> None:
        with desk.writing(SYSTEM) as tx:
            add(tx)
            time.sleep(1.5)

    with open_desk(tmp_path, url) as one, open_desk(tmp_path, url) as other:
        with pytest.raises(StoreError):
            idle(one)
        with other.writing(SYSTEM) as tx:
            assert tx.all(select(users)) == []
        with one.writing(SYSTEM) as tx:
            add(tx)


def test_a_file_that_is_no_database_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "desk.sqlite").write_text("this is not a database, but long enough to look at" * 100)
    with pytest.raises(StoreError, match=r"desk\.sqlite can't be used: file is not a database"):
        open_desk(tmp_path)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_URL", f"postgres://omzet:hunter2@/desk?host={tmp_path}")
    with pytest.raises(StoreError) as raised:
        open_desk(tmp_path, "env:DESK_URL")
    assert "hunter2" not in str(raised.value)
    assert "can't be used" in str(raised.value)


def test_starting_imports_no_database_library() -> None:
    code = "import sys, omzet.cli, omzet.desk, omzet.desk.roles; print({'sqlalchemy', 'alembic', 'argon2'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
