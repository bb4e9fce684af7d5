"""Entering through the workspace: kept at the desk, taken over by history, refused where not one's own, whole after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from omzet.desk.entries import of_row, own_key, record, waiting
from omzet.desk.refusals import NotAllowed
from omzet.desk.store import Desk, open_desk
from omzet.desk.users import first_admin
from omzet.desk.writing import By
from omzet.errors import CallError
from omzet.history.entered import Entry, Moved
from omzet.metrics.access import Access, access_of
from tests.loaded import Company

PEOPLE = "person_id,name,role,team_id\nann,Ann,rep,t1\nbo,Bo,rep,t2"
TEAMS = "team_id,name\nt1,North\nt2,South"
DEALS = """deal_id,name,owner_id,status,amount,created_at
d1,One,ann,open,100,2026-01-05
d2,Two,bo,open,50,2026-01-06"""


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.load("2026-01-10", people=PEOPLE, teams=TEAMS, deals=DEALS, connection="crm")
    return made


@pytest.fixture
def desk(company: Company) -> Iterator[Desk]:
    with open_desk(company.workspace.path) as opened:
        yield opened


@pytest.fixture
def by(desk: Desk) -> By:
    admin = first_admin(desk, By(None, "cli"), name="Ada", email="ada@example.com", password="correct horse battery")
    return By(admin.id, "page", "192.0.2.1")


def of_ann(company: Company) -> Access:
    owner = company.workspace._owner
    assert owner
    with owner.store.reading() as session:
        return access_of(session, "own", "crm:ann")


def amount(company: Company) -> Any:
    return company.workspace.query("open_pipeline_amount").rows[0]["open_pipeline_amount"]


def test_what_is_entered_is_measured_and_told_at_once(company: Company, desk: Desk, by: By) -> None:
    told: list[int] = []
    company.workspace.on_commit(told.append)
    (entered,) = company.workspace.enter(desk, by, [Entry("deals", "crm:d1", {"amount": "130"}, seen={"amount": "100.0000"})])
    assert amount(company) == 180
    assert told
    assert entered.state == "taken"
    assert [(each.given, name) for each, name in of_row(desk, "deals", "crm:d1")] == [({"amount": "130"}, "Ada")]
    assert waiting(desk) == []


def test_nothing_is_overwritten_unseen(company: Company, desk: Desk, by: By) -> None:
    seen = {"amount": "100.0000"}
    company.workspace.enter(desk, by, [Entry("deals", "crm:d1", {"amount": "130"}, seen=seen)])
    with pytest.raises(Moved, match="amount"):
        company.workspace.enter(desk, by, [Entry("deals", "crm:d1", {"amount": "90"}, seen=seen)])
    assert amount(company) == 180
    assert len(of_row(desk, "deals", "crm:d1")) == 1


def test_a_rep_enters_on_own_rows_alone(company: Company, desk: Desk, by: By) -> None:
    access = of_ann(company)
    company.workspace.enter(desk, by, [Entry("deals", "crm:d1", {"amount": "110"})], access=access)
    call = {"kind": "call", "owner_id": "crm:ann", "deal_id": "crm:d1", "happened_at": "2026-02-01T10:00:00Z"}
    company.workspace.enter(desk, by, [Entry("activities", own_key(), call)], access=access)
    for entry in (
        Entry("deals", "crm:d2", {"amount": "1"}),
        Entry("deals", "crm:d1", {"owner_id": "crm:bo"}),
        Entry("activities", own_key(), {**call, "owner_id": "crm:bo"}),
        Entry("deals", own_key(), {"name": "Nobody's", "status": "open"}),
    ):
        with pytest.raises(NotAllowed):
            company.workspace.enter(desk, by, [entry], access=access)
    assert amount(company) == 160
    assert company.workspace.query("calls_made").rows[0]["calls_made"] == 1


def test_what_is_refused_says_why_and_is_not_waiting(company: Company, desk: Desk, by: By) -> None:
    with pytest.raises(CallError, match="closed_at"):
        company.workspace.enter(desk, by, [Entry("deals", "crm:d1", {"closed_at": "soon"})])
    assert waiting(desk) == []
    assert of_row(desk, "deals", "crm:d1") == []


def test_what_was_kept_before_the_process_ended_is_taken_over(company: Company, desk: Desk, by: By) -> None:
    record(desk, by, [Entry("deals", "crm:d1", {"amount": "400"}), Entry("deals", "crm:d2", {"amount": "nonsense"})])
    assert amount(company) == 150
    assert company.workspace.take_over(desk) == 1
    assert amount(company) == 450
    assert waiting(desk) == []
    assert company.workspace.take_over(desk) == 0


WRITER = """
import sys
from omzet.desk.entries import own_key
from omzet.desk.store import open_desk
from omzet.desk.writing import By
from omzet.history.entered import Entry
from omzet.workspace import open_workspace
workspace = open_workspace(sys.argv[1]); workspace.own()
desk = open_desk(workspace.path); workspace.take_over(desk)
while True:
    key = own_key()
    call = {"kind": "call", "owner_id": "crm:ann", "happened_at": "2026-02-01T10:00:00Z"}
    workspace.enter(desk, By(None, "cli"), [Entry("activities", key, call)])
    print(key, flush=True)
"""


def killed_at(company: Company, times: int, seconds: float) -> set[str]:
    """The keys that were acknowledged by processes that were killed."""
    company.workspace.close()
    acknowledged: set[str] = set()
    for n in range(times):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(company.workspace.path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout
        acknowledged.add(process.stdout.readline().strip())
        time.sleep(seconds * (n + 1) / times)
        process.send_signal(signal.SIGKILL)
        acknowledged |= {line.strip() for line in process.stdout.read().splitlines() if len(line.strip()) == 17}
        process.wait()
    return acknowledged


def all_there(company: Company, acknowledged: set[str]) -> None:
    company.workspace.own()
    with open_desk(company.workspace.path) as desk:
        company.workspace.take_over(desk)
    owner = company.workspace._owner
    assert owner
    with owner.store.reading() as session:
        rows = session.rows("SELECT key, kind, owner_id, happened_on FROM activities")
    assert acknowledged <= {key for key, *_ in rows}
    assert all(rest == ["call", "crm:ann", date(2026, 2, 1)] for _, *rest in rows)
    assert company.workspace.query("calls_made").rows[0]["calls_made"] == len(rows)


def test_every_acknowledged_entry_is_there_after_a_kill(company: Company) -> None:
    all_there(company, killed_at(company, 3, 0.6))


@pytest.mark.long
def test_every_acknowledged_entry_of_a_thousand_is_there_after_kills(company: Company) -> None:
    acknowledged: set[str] = set()
    while len(acknowledged) < 1000:
        acknowledged |= killed_at(company, 10, 8)
    all_there(company, acknowledged)
