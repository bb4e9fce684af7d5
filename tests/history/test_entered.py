"""What people enter is measured at once, and stands on another connection's row until that one says something new."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from omzet.errors import CallError
from omzet.history.entered import Entry, enter
from omzet.history.report import LoadReport
from tests.loaded import Company

PEOPLE = "person_id,name,role\nann,Ann,rep"
STAGES = "pipeline,stage,position,kind\nmain,Talk,1,open\nmain,Offer,2,open\nmain,Won,3,won\nmain,Lost,,lost"
DEALS = """deal_id,name,owner_id,pipeline,stage,status,amount,created_at,expected_close_on,closed_at
d1,One,ann,main,Talk,open,100,2026-01-05,2026-03-01,
d2,Two,ann,main,Won,won,50,2026-01-06,2026-02-01,2026-02-02"""


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.load("2026-01-10", people=PEOPLE, stages=STAGES, deals=DEALS, connection="crm")
    return made


def entered(company: Company, *entries: Entry) -> LoadReport:
    owner = company.workspace._owner
    assert owner
    return enter(owner.store, owner.settings, entries)


def value(company: Company, metric: str, **question: Any) -> Any:
    return company.workspace.query([metric], **question).rows[0][metric]


def at(day: int, month: int = 2) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def test_an_amount_entered_on_a_crms_deal_counts_from_then(company: Company) -> None:
    entered(company, Entry("deals", "crm:d1", {"amount": "250"}, at(1)))
    assert value(company, "open_pipeline_amount") == 250
    assert value(company, "open_pipeline_amount", as_of=date(2026, 1, 31)) == 150
    assert value(company, "open_pipeline_amount", as_of=date(2026, 2, 1)) == 300


def test_it_stands_until_the_crm_shows_something_else(company: Company) -> None:
    entered(company, Entry("deals", "crm:d1", {"amount": "250", "stage": "Offer"}, at(1)))
    entered(company, Entry("deals", "crm:d1", {"amount": "260"}, at(2)))
    company.load("2026-03-26", deals=DEALS, connection="crm")
    assert value(company, "open_pipeline_amount") == 260
    again = company.load("2026-03-27", deals=DEALS.replace("2026-03-01", "2026-04-01"), connection="crm")
    assert value(company, "open_pipeline_amount") == 260
    assert again.files[0].changed == 1
    company.load("2026-03-28", deals=DEALS.replace(",100,", ",300,"), connection="crm")
    assert value(company, "open_pipeline_amount") == 300
    company.load("2026-03-29", deals=DEALS, connection="crm")
    assert value(company, "open_pipeline_amount") == 100, "once the crm has spoken, its word holds"


def test_a_deal_can_be_won_at_the_desk(company: Company) -> None:
    won = {"status": "won", "stage": "Won", "closed_at": "2026-02-10T10:00:00+01:00"}
    entered(company, Entry("deals", "crm:d1", won, at(10)))
    assert value(company, "won_count", start=date(2026, 2, 1), end=date(2026, 3, 1)) == 2
    company.load("2026-03-26", deals=DEALS, connection="crm")
    assert value(company, "won_count", start=date(2026, 2, 1), end=date(2026, 3, 1)) == 2
    assert value(company, "open_pipeline_count", as_of=date(2026, 2, 9)) == 1


def test_rows_of_the_desks_own_are_measured_like_any(company: Company) -> None:
    call = {"kind": "call", "owner_id": "crm:ann", "deal_id": "crm:d1", "happened_at": "2026-02-03T09:00:00+01:00"}
    deal = {"name": "Three", "owner_id": "crm:ann", "pipeline": "main", "stage": "Talk", "status": "open", "amount": "70",
            "created_at": "2026-02-03T09:00:00+01:00"}  # fmt: skip
    entered(company, Entry("activities", "desk:a1", call, at(3)), Entry("deals", "desk:x", deal, at(3)))
    assert value(company, "calls_made") == 1
    assert value(company, "open_pipeline_amount") == 170
    rows = company.workspace.query("open_pipeline_amount", by="rep").rows
    assert {row["rep"]: row["open_pipeline_amount"] for row in rows} == {"Ann": 170}
    entered(company, Entry("deals", "desk:x", {"amount": "80", "stage": "Offer"}, at(5)))
    assert value(company, "open_pipeline_amount", as_of=date(2026, 2, 4)) == 170
    assert value(company, "open_pipeline_amount") == 180
    company.load("2026-03-26", deals=DEALS, connection="crm", complete=True)
    assert value(company, "open_pipeline_amount") == 180, "a complete load speaks for its own rows"


def test_what_cannot_be_read_is_refused_and_leaves_nothing(company: Company) -> None:
    good = Entry("deals", "crm:d1", {"amount": "999"}, at(1))
    for bad in (
        Entry("deals", "crm:d1", {"closed_at": "soon"}),
        Entry("deals", "crm:nobody", {"amount": "1"}),
        Entry("deals", "crm:d1", {"deal_id": "d9"}),
        Entry("deals", "d1", {"amount": "1"}),
        Entry("nonsense", "crm:d1", {}),
        Entry("deal_changes", "crm:d1", {}),
        Entry("activities", "desk:a1", {"owner_id": "crm:ann"}),
    ):
        with pytest.raises(CallError):
            entered(company, good, bad)
    assert value(company, "open_pipeline_amount") == 100


def test_an_entry_can_be_taken_back(company: Company) -> None:
    report = entered(company, Entry("deals", "crm:d1", {"amount": "250"}, at(1)))
    assert report.load_id
    company.workspace.undo(report.load_id)
    assert value(company, "open_pipeline_amount") == 100
    company.load("2026-03-26", deals=DEALS, connection="crm")
    assert value(company, "open_pipeline_amount") == 100


def test_nobody_loads_files_as_the_desk(company: Company) -> None:
    with pytest.raises(CallError, match="people enter"):
        company.load("2026-03-26", deals=DEALS, connection="desk")
