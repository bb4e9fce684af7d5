"""The outlook of the open quarter is kept after each commit: one set a day, told for what it is, scored like any forecast."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from omzet.errors import CallError
from omzet.history.own import TITLE, Kept, keep_forecasts
from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create
from omzet.workspace.outlook import Keeper

TODAY = datetime.now(UTC).date()
HEAD = "deal_id,status,amount,team_id,created_at,closed_at\n"
TEAMS = "team_id,name\nn,North\ns,South\n"


def workspace(folder: Path) -> Workspace:
    create(folder / "company", {"holidays": "none", "timezone": "UTC"})
    return open_workspace(folder / "company")


def files(folder: Path, name: str, **tables: str) -> Path:
    place = folder / name
    place.mkdir()
    for table, text in tables.items():
        (place / f"{table}.csv").write_text(text, encoding="utf-8")
    return place


def deals(*rows: str) -> str:
    begun = TODAY - timedelta(days=3)
    past = [f"p{n},{'won' if n % 2 else 'lost'},100,n,2020-01-01,2020-01-{n + 2:02}" for n in range(10)]
    return HEAD + "\n".join([*past, *(row.format(begun=begun) for row in rows)]) + "\n"


def kept(place: Workspace) -> list[tuple[Any, ...]]:
    place.own()
    try:
        assert place._owner is not None
        with place._owner.store.reading() as session:
            return session.rows(
                "SELECT made_on, metric, team_id, kind, amount, p10 <= p50 AND p50 <= p90 FROM forecasts"
                " WHERE connection = 'omzet' ORDER BY team_id NULLS FIRST"
            )
    finally:
        place.close()


def test_a_load_keeps_the_outlook_of_the_company_and_each_team(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    report = place.load(files(tmp_path, "a", deals=deals("o1,open,1000,n,{begun},", "o2,open,400,s,{begun},"), teams=TEAMS))
    assert (report.load_id, [file.table for file in report.files]) == (1, ["teams", "deals"])
    rows = kept(place)
    assert [(row[0], row[1], row[2], row[3], row[5]) for row in rows] == [
        (TODAY, "bookings_amount", None, "model", True),
        (TODAY, "bookings_amount", "files:n", "model", True),
        (TODAY, "bookings_amount", "files:s", "model", True),
    ]
    assert rows[0][4] == rows[1][4] + rows[2][4]
    told = [(load.load_id, load.connection, load.files[0].path) for load in place.loads()]
    assert told[0] == (2, "omzet", TITLE)
    outlook = place.query(["bookings_outlook"]).rows[0]
    assert float(rows[0][4]) == pytest.approx(outlook["bookings_outlook"], abs=0.01)


def test_a_later_commit_of_the_day_replaces_what_was_kept(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    place.load(files(tmp_path, "a", deals=deals("o1,open,1000,n,{begun},"), teams=TEAMS))
    before = kept(place)
    place.load(files(tmp_path, "b", deals=deals("o1,open,3000,n,{begun},"), teams=TEAMS))
    after = kept(place)
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert float(after[0][4]) == pytest.approx(3 * float(before[0][4]), abs=0.02)
    assert [load.connection for load in place.loads()] == ["omzet", "files", "files"]
    # What changes nothing, or is no deal, keeps nothing anew.
    revision = place.revision()
    assert place.keep_outlook() is None
    place.load(files(tmp_path, "c", deals=deals("o1,open,3000,n,{begun},"), teams=TEAMS))
    assert place.revision() == revision + 1
    assert kept(place) == after


def test_what_is_kept_can_be_taken_back_and_is_no_one_elses(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    place.load(files(tmp_path, "a", deals=deals("o1,open,1000,n,{begun},"), teams=TEAMS))
    number = place.loads()[0].load_id
    place.undo(number, keep_outlook=False)
    assert kept(place) == []
    with pytest.raises(CallError, match="Omzet keeps itself"):
        place.load(files(tmp_path, "b", deals=deals()), connection="omzet")
    # Undoing the load whose deals it was made of leaves no open deal: nothing is kept anew.
    place.undo(1)
    assert [load.undone for load in place.loads()] == [True, True]


def test_nothing_is_kept_of_a_dry_run_or_without_open_deals(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    place.load(files(tmp_path, "a", deals=deals("o1,open,1000,n,{begun},"), teams=TEAMS), dry_run=True)
    place.load(files(tmp_path, "b", deals=deals()))
    assert [load.connection for load in place.loads()] == ["files"]


def test_what_was_kept_is_scored_as_the_models_forecast(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    closed = date(2025, 2, 20)
    won = f"{HEAD}w,won,900,n,2025-01-05,{closed}\nx,won,50,s,2025-01-05,{closed}\n"
    place.load(files(tmp_path, "a", deals=won, teams=TEAMS))
    place.own()
    try:
        assert place._owner is not None
        store, settings = place._owner.store, place._owner.settings
        for day, amount in ((date(2025, 1, 1), 700.0), (date(2025, 2, 1), 1000.0)):
            sets = [
                Kept(date(2025, 1, 1), date(2025, 3, 31), team, amount, amount - 200, amount, amount + 200)
                for team in (None, "files:n")
            ]
            assert keep_forecasts(store, settings, day, sets) is not None
            assert keep_forecasts(store, settings, day, sets) is None
        asked: dict[str, Any] = {"start": date(2025, 1, 1), "end": date(2025, 4, 1), "parameters": {"kind": "model"}}
        assert place.query(["forecast_wape"], **asked).rows[0]["forecast_wape"] == pytest.approx(250 / 950)
        last = {**asked, "parameters": {"kind": "model", "origin": "last"}}
        assert place.query(["forecast_bias"], **last).rows[0]["forecast_bias"] == pytest.approx(50 / 950)
        assert place.query(["forecast_interval_coverage"], **last).rows[0]["forecast_interval_coverage"] == 1
        (team,) = place.query(["forecast_wape"], by=["team"], **last).rows
        assert (team["team"], team["forecast_wape"]) == ("North", pytest.approx(100 / 900))
    finally:
        place.close()


def test_a_server_keeps_it_once_commits_have_ceased(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    place.own()
    commits: list[int] = []
    place.on_commit(commits.append)
    keeper = Keeper(place, quiet=0.3)
    try:
        first, second = (
            files(tmp_path, name, deals=deals(f"o1,open,{n},n,{{begun}},"), teams=TEAMS) for name, n in (("a", 1000), ("b", 2000))
        )
        place.load(first)
        place.load(second)
        assert [load.connection for load in place.loads()] == ["files", "files"]  # not on the way of the load itself
        ends = time.monotonic() + 20
        while len(commits) < 3 and time.monotonic() < ends:
            time.sleep(0.05)
        time.sleep(1)
        assert [load.connection for load in place.loads()] == ["omzet", "files", "files"]
        assert commits == [1, 2, 3]  # keeping it is no reason to keep it again
    finally:
        keeper.close()
        place.close()
