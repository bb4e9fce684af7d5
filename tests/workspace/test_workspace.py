"""One workspace asked from several programs at once: real stores, real sockets, real processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

import omzet
from omzet.errors import CallError, OmzetError, StoreError
from omzet.workspace import Workspace, open_workspace, serve_workspace
from omzet.workspace.create import create
from omzet.workspace.lock import FILE_NAME, read_holder
from tests.companies import write_company, write_deals

SERVE = """
import sys, time
from omzet.workspace import serve_workspace
workspace = serve_workspace(sys.argv[1])
print("serving", flush=True)
sys.stdin.read()
workspace.close()
"""
LOAD = """
import sys
import omzet
omzet.open(sys.argv[1]).load(sys.argv[2])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path / "company", {"holidays": "none"})
    return tmp_path / "company"


@contextmanager
def server(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that serves the workspace until its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "serving\n"
    try:
        yield process
    finally:
        process.communicate(timeout=30)


def deal_count(workspace: Workspace) -> int:
    """How many deals the workspace's last load of its deals added and found, by loading nothing new."""
    answer = workspace.query("won_count", as_of="2026-12-31")
    value = answer.rows[0]["won_count"]
    assert isinstance(value, int)
    return value


def test_a_load_is_kept_and_a_second_one_changes_nothing(folder: Path, tmp_path: Path) -> None:
    workspace = omzet.open(folder)
    tables = write_company(tmp_path / "tables")
    first = workspace.load(tables)
    again = workspace.load(tables)
    assert {file.table: file.added for file in first.files} == {"deals": 3, "people": 2, "teams": 1}
    assert sum(file.added + file.changed for file in again.files) == 0


def test_the_revision_grows_and_listeners_are_told(folder: Path, tmp_path: Path) -> None:
    workspace = open_workspace(folder)
    told: list[int] = []
    end = workspace.on_commit(told.append)
    before = workspace.revision()
    workspace.load(write_company(tmp_path / "tables"))
    assert workspace.revision() > before
    assert told == [workspace.revision()]
    end()
    workspace.load(write_deals(tmp_path / "more.csv", 2))
    assert len(told) == 1


def test_a_dry_run_keeps_nothing_and_tells_nobody(folder: Path, tmp_path: Path) -> None:
    workspace = open_workspace(folder)
    told: list[int] = []
    workspace.on_commit(told.append)
    before = workspace.revision()
    report = workspace.load(write_company(tmp_path / "tables"), dry_run=True)
    assert report.load_id is None
    assert workspace.revision() == before
    assert told == []


def test_a_load_through_the_server_is_told_there(folder: Path, tmp_path: Path) -> None:
    tables = write_company(tmp_path / "tables")
    with serve_workspace(folder) as serving:
        told: list[int] = []
        serving.on_commit(told.append)
        subprocess.run([sys.executable, "-c", LOAD, folder, tables], check=True)
        assert told == [serving.revision()]
    assert read_holder(folder) is None


def test_a_server_answers_as_the_command_would(folder: Path, tmp_path: Path) -> None:
    client = open_workspace(folder)
    with server(folder):
        report = client.load(write_company(tmp_path / "tables"))
        assert report.load_id == 1
        through = client.query(["won_count", "bookings_amount"], by="rep", as_of="2026-12-31")
        revision = client.revision()
    alone = client.query(["won_count", "bookings_amount"], by="rep", as_of="2026-12-31")
    assert through.rows == alone.rows
    assert client.revision() == revision


def test_a_wrong_word_through_the_server_is_the_same_error(folder: Path) -> None:
    client = open_workspace(folder)
    with server(folder), pytest.raises(CallError, match="win_rate"):
        client.query("win_rat")
    with pytest.raises(CallError, match="win_rate"):
        client.query("win_rat")


def test_relative_paths_mean_the_callers_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_company(tmp_path / "here" / "tables")
    with server(folder):
        monkeypatch.chdir(tmp_path / "here")
        assert open_workspace(folder).load("tables").load_id == 1


def test_a_second_server_is_refused_with_the_first_ones_address(folder: Path) -> None:
    with serve_workspace(folder) as first:
        first.announce("http://127.0.0.1:8642/")
        with pytest.raises(StoreError, match=r"served already: http://127\.0\.0\.1:8642/"):
            serve_workspace(folder)


def test_two_loads_at_once_are_both_kept(folder: Path, tmp_path: Path) -> None:
    files = [write_deals(tmp_path / f"part{number}.csv", 50, first=1 + 50 * number) for number in range(4)]
    loads = [subprocess.Popen([sys.executable, "-c", LOAD, folder, file]) for file in files]
    assert [load.wait(timeout=120) for load in loads] == [0, 0, 0, 0]
    assert deal_count(open_workspace(folder)) == 200


def test_threads_of_one_program_take_turns(folder: Path, tmp_path: Path) -> None:
    workspace = open_workspace(folder)
    workspace.load(write_deals(tmp_path / "one.csv", 3))
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(deal_count(workspace))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [3, 3, 3, 3]


def test_a_server_that_is_killed_leaves_the_last_complete_state(folder: Path, tmp_path: Path) -> None:
    client = open_workspace(folder)
    with server(folder) as process:
        client.load(write_deals(tmp_path / "one.csv", 5))
        process.kill()
        process.wait()
        assert (folder / "workspace.sock").exists()
    assert deal_count(client) == 5
    with server(folder):
        assert deal_count(client) == 5


def test_a_load_that_is_killed_can_simply_be_repeated(folder: Path, tmp_path: Path) -> None:
    client = open_workspace(folder)
    client.load(write_deals(tmp_path / "one.csv", 5))
    many = write_deals(tmp_path / "many.csv", 20_000, first=100)
    load = subprocess.Popen([sys.executable, "-c", LOAD, folder, many])
    while load.poll() is None and not ((holder := read_holder(folder)) and holder.pid == load.pid):
        time.sleep(0.005)
    time.sleep(0.05)
    load.kill()
    load.wait()
    assert deal_count(client) in (5, 20_005)
    client.load(many)
    assert deal_count(client) == 20_005


def test_a_file_that_is_not_there_is_a_persons_mistake(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OmzetError, match=r"nowhere\.csv"):
        open_workspace(folder).load(tmp_path / "nowhere.csv")


def test_settings_are_read_again_when_they_change(folder: Path) -> None:
    workspace = open_workspace(folder)
    assert workspace.settings.currency == "EUR"
    text = (folder / "omzet.toml").read_text().replace('currency = "EUR"', 'currency = "USD"')
    (folder / "omzet.toml").write_text(text)
    assert workspace.settings.currency == "USD"


def test_a_new_time_zone_moves_the_days_of_a_workspace_that_is_served(folder: Path, tmp_path: Path) -> None:
    late = "deal_id,created_at,status,closed_at,amount,currency\nd1,2026-01-02,won,2026-01-31T23:30:00Z,100,EUR\n"
    (tmp_path / "deals.csv").write_text(late, encoding="utf-8")
    with serve_workspace(folder) as serving:
        serving.load(tmp_path / "deals.csv")
        assert serving.query("won_count", period="2026-02").rows[0]["won_count"] == 1
        text = (folder / "omzet.toml").read_text().replace("Europe/Amsterdam", "UTC", 1)
        (folder / "omzet.toml").write_text(text)
        assert serving.query("won_count", period="2026-02").rows[0]["won_count"] == 0
        assert serving.query("won_count", period="2026-01").rows[0]["won_count"] == 1


def test_a_lock_file_from_another_time_is_no_obstacle(folder: Path) -> None:
    (folder / FILE_NAME).write_text('{"pid": 1, "doing": "omzet serve", "socket": "/nowhere.sock", "address": null}')
    assert open_workspace(folder).revision() >= 0


def test_loaded_holidays_are_told(tmp_path: Path) -> None:
    create(tmp_path / "company", {})
    workspace = omzet.open(tmp_path / "company")
    (tmp_path / "holidays.csv").write_text("observed_on,name,country\n2026-11-30,Founders' day,\n2026-12-01,Elsewhere,BE\n")
    workspace.load([tmp_path / "holidays.csv"])
    assert sorted(workspace.holidays()) == [(date(2026, 11, 30), None), (date(2026, 12, 1), "BE")]
