"""Data through the command line: loads, set-aside rows, questions, backups."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import time
from pathlib import Path

import pytest

from omzet.workspace import open_workspace
from omzet.workspace.create import create
from omzet.workspace.lock import read_holder
from tests.cli.terminal import OMZET, ROOT, environment, omzet
from tests.companies import DEALS, write_company, write_deals

BROKEN = DEALS + "d4,Delta,p1,not-a-date,open,,10,EUR\n"
LAST = ["--as-of", "2026-12-31"]


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A workspace with the small company loaded."""
    folder = tmp_path / "company"
    create(folder, {"holidays": "none"})
    open_workspace(folder).load(write_company(tmp_path / "tables"))
    return folder


def test_load_reports_every_file_and_adds_up(tmp_path: Path) -> None:
    omzet("init", tmp_path / "company")
    done = omzet("load", "-w", tmp_path / "company", write_company(tmp_path / "tables", BROKEN), "--format", "json")
    assert done.code == 0, done.err
    report = done.json
    assert {"load_id", "recorded_at", "files", "assumptions"} <= report.keys()
    for file in report["files"]:
        assert file["read"] == file["added"] + file["changed"] + file["unchanged"] + file["set_aside"]
    deals = next(file for file in report["files"] if file["table"] == "deals")
    assert (deals["read"], deals["added"], deals["set_aside"]) == (4, 3, 1)


def test_strict_makes_a_set_aside_row_exit_1(tmp_path: Path) -> None:
    omzet("init", tmp_path / "company")
    done = omzet("load", "-w", tmp_path / "company", write_company(tmp_path / "tables", BROKEN), "--strict")
    assert done.code == 1
    assert "set aside" in done.err


def test_the_current_folder_is_the_workspace_when_it_is_one(company: Path) -> None:
    assert omzet("check", cwd=company).code == 0
    done = omzet("check", cwd=company.parent)
    assert done.code == 2
    assert "-w DIR" in done.err


def test_check_shows_the_row_and_why(tmp_path: Path) -> None:
    omzet("init", tmp_path / "company")
    omzet("load", "-w", tmp_path / "company", write_company(tmp_path / "tables", BROKEN))
    report = omzet("check", "-w", tmp_path / "company", "--format", "json").json
    assert report["set_aside_total"] == 1
    assert report["set_aside"][0]["column"] == "created_at"
    assert report["set_aside"][0]["line"] == 5
    rows = list(csv.DictReader(io.StringIO(omzet("check", "-w", tmp_path / "company", "--format", "csv").out)))
    assert rows[0]["column"] == "created_at"
    assert "created_at" in omzet("check", "-w", tmp_path / "company").out


def test_a_wrong_load_is_undone(company: Path, tmp_path: Path) -> None:
    before = omzet("query", "-w", company, "won_count", *LAST, "--format", "json").json["rows"]
    load = omzet("load", "-w", company, write_deals(tmp_path / "wrong.csv", 5), "--format", "json").json["load_id"]
    assert omzet("load", "-w", company, "--undo", str(load)).code == 0
    assert omzet("query", "-w", company, "won_count", *LAST, "--format", "json").json["rows"] == before


def test_undoing_a_load_that_never_was_is_an_error(company: Path) -> None:
    done = omzet("load", "-w", company, "--undo", "99")
    assert done.code in (1, 2)
    assert "99" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("form", ["json", "csv", "table", "markdown"])
def test_an_answer_is_written_in_every_form_and_alone(company: Path, form: str) -> None:
    done = omzet("query", "-w", company, "won_count,win_rate", "--by", "rep", *LAST, "--format", form)
    assert done.code == 0, done.err
    assert "Anna de Vries" in done.out
    if form == "json":
        row = next(row for row in done.json["rows"] if row["rep"] == "Anna de Vries")
        assert (row["won_count"], row["win_rate"], row["win_rate:n"]) == (1, 0.5, 2)
        assert list(done.json)[:7] == ["metrics", "by", "from", "to", "as_of", "known", "rows"]
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(done.out)))
        assert [row["won_count"] for row in rows if row["rep"] == "Anna de Vries"] == ["1"]
    if form == "markdown":
        assert done.out.splitlines()[1].startswith("|")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["win_rat"], "win_rate"),
        (["win_rate", "--by", "tem"], "team"),
        (["win_rate", "--grain", "mont"], "month"),
        (["win_rate", "--from", "this-quater"], "this-quarter"),
        (["win_rate", "--to", "2026-13-01"], "2026-13-01"),
        (["win_rate", "--compare", "prev"], "previous"),
        (["win_rate", "--where", "team is"], "'team is'"),
    ],
)
def test_a_wrong_question_exits_with_2_and_names_the_nearest_word(company: Path, words: list[str], expected: str) -> None:
    done = omzet("query", "-w", company, *words)
    assert done.code == 2, done.err + done.out
    assert done.out == ""
    assert expected in done.err
    assert "Traceback" not in done.err


def test_explain_opens_a_number(company: Path) -> None:
    done = omzet("explain", "-w", company, "win_rate", *LAST, "--format", "json")
    assert done.code == 0, done.err
    opened = done.json
    assert opened["value"] == 0.5
    assert opened["found"] == opened["counted"] + opened["left_out"]
    assert {row["deal_id"] for row in opened["rows"]} == {"d1", "d2"}
    assert "SELECT" in opened["sql"].upper()
    read = omzet("explain", "-w", company, "win_rate", *LAST)
    assert read.code == 0, read.err
    assert "SELECT" in read.out.upper()


def test_explain_says_why_a_deal_is_in_or_out(company: Path) -> None:
    inside = omzet("explain", "-w", company, "win_rate", *LAST, "--deal", "d1", "--format", "json").json["deal"]
    outside = omzet("explain", "-w", company, "win_rate", *LAST, "--deal", "d3", "--format", "json").json["deal"]
    assert inside["counted"] is True
    assert outside["counted"] is False
    assert outside["text"]


def test_the_catalogue_is_there_without_a_workspace(tmp_path: Path) -> None:
    done = omzet("metrics", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert {"win_rate", "bookings_amount"} <= {metric["id"] for metric in done.json}


OWN_METRIC = """- id: small_deals_won
  version: 1
  owner: RevOps
  changed_on: 2026-11-24
  group: volume
  name: Small deals won
  description: Won deals below 500.
  formula: count of won deals below 500
  counted: Deals won whose latest close falls in the period
  unit: count
  direction: up
  kind: additive
  relation: deals
  anchor: {period: closed_on}
  population: status = 'won' AND amount < 500
  value: count(*)
"""


def test_a_metric_of_ones_own_is_asked_like_any_other(company: Path) -> None:
    (company / "metrics" / "own.yaml").write_text(OWN_METRIC, encoding="utf-8")
    assert "small_deals_won" in omzet("metrics", "-w", company).out
    assert omzet("query", "-w", company, "small_deals_won", *LAST, "--format", "json").json["rows"][0]["small_deals_won"] == 1


def test_the_recipe_for_a_metric_is_a_metric(company: Path) -> None:
    recipe = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    (company / "metrics" / "own.yaml").write_text(recipe, encoding="utf-8")
    done = omzet("query", "-w", company, "deals_lost_on_price", *LAST, "--format", "json")
    assert done.code == 0, done.err
    assert done.json["rows"][0]["deals_lost_on_price"] == 0


def test_a_mistake_in_ones_own_metric_is_told_with_file_and_line(company: Path) -> None:
    (company / "metrics" / "own.yaml").write_text(OWN_METRIC.replace("amount < 500", "amout < 500"), encoding="utf-8")
    done = omzet("query", "-w", company, "small_deals_won")
    assert done.code in (1, 2)
    assert "own.yaml" in done.err
    assert "amout" in done.err
    assert "Traceback" not in done.err


def test_a_mapping_is_drafted_confirmed_and_used(tmp_path: Path) -> None:
    company, export, draft = tmp_path / "company", tmp_path / "export.csv", tmp_path / "crm.toml"
    export.write_text(
        "Opportunity ID;Account Name;Amount;Stage;Created Date;Close Date\n"
        "1;Alpha;1.000,50;Won;01-12-2025;31-12-2025\n"
        "2;Beta;2,00;Lost;02-12-2025;13-01-2026\n",
        encoding="utf-8",
    )
    create(company, {"holidays": "none"})
    assert omzet("load", "-w", company, export, "--strict").code == 1
    assert omzet("mapping", "suggest", "-w", company, export, "-o", draft).code == 0
    assert omzet("mapping", "suggest", "-w", company, export, "-o", draft).code == 2
    assert omzet("load", "-w", company, "--retry", "--mapping", draft).code == 0
    answer = omzet("query", "-w", company, "won_count,bookings_amount", *LAST, "--format", "json").json
    assert answer["rows"][0]["won_count"] == 1
    assert answer["rows"][0]["bookings_amount"] == 1000.5
    assert omzet("check", "-w", company, "--format", "json").json["set_aside_total"] == 0


def test_a_backup_comes_back(company: Path, tmp_path: Path) -> None:
    done = omzet("backup", "-w", company, tmp_path / "saved.zip")
    assert (done.code, done.out.strip()) == (0, str(tmp_path / "saved.zip"))
    assert omzet("restore", "--verify", tmp_path / "saved.zip").code == 0
    assert omzet("restore", tmp_path / "saved.zip", tmp_path / "again").code == 0
    asked = ["won_count,bookings_amount", *LAST, "--format", "json"]
    before, after = (omzet("query", "-w", folder, *asked).json for folder in (company, tmp_path / "again"))
    assert after["rows"] == before["rows"]
    refused = omzet("restore", tmp_path / "saved.zip", tmp_path / "again")
    assert refused.code == 2
    assert "not empty" in refused.err


def test_commands_at_once_wait_for_each_other(company: Path, tmp_path: Path) -> None:
    files = [write_deals(tmp_path / f"part{number}.csv", 20, first=1 + 20 * number) for number in range(3)]
    loads = [subprocess.Popen([*OMZET, "load", "-w", company, file], env=environment(), stderr=subprocess.PIPE) for file in files]
    asked = omzet("query", "-w", company, "won_count", *LAST, "--format", "json")
    for load in loads:
        load.communicate(timeout=120)
    assert asked.code == 0, asked.err
    assert [load.returncode for load in loads] == [0, 0, 0]
    assert omzet("query", "-w", company, "won_count", *LAST, "--format", "json").json["rows"][0]["won_count"] == 61


def test_ctrl_c_leaves_the_last_complete_state(company: Path, tmp_path: Path) -> None:
    many = write_deals(tmp_path / "many.csv", 100_000)
    load = subprocess.Popen([*OMZET, "load", "-w", company, many], env=environment(), stderr=subprocess.PIPE, text=True)
    while load.poll() is None and not ((holder := read_holder(company)) and holder.pid == load.pid):
        time.sleep(0.01)
    time.sleep(0.3)
    load.send_signal(signal.SIGINT)
    _, said = load.communicate(timeout=60)
    assert "Traceback" not in said
    count = omzet("query", "-w", company, "won_count", *LAST, "--format", "json").json["rows"][0]["won_count"]
    assert load.returncode in (0, 130, -signal.SIGINT)  # the last one: it had finished and was leaving
    assert count == 100_001 if load.returncode == 0 else count in (1, 100_001)


def test_a_reader_that_has_seen_enough_is_no_error(company: Path) -> None:
    command = " ".join([*OMZET, "metrics", "--format", "json", "|", "head", "-n", "1"])
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, env=environment(), cwd=company)
    assert done.stdout == "[\n"
    assert done.stderr == ""
