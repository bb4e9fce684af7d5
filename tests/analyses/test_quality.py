"""How good the data are: fields, dates, duplicates and the day things were entered, by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from omzet.errors import CallError
from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.analyses.companies import company

AS_OF = date(2026, 3, 31)
DEALS = """deal_id,owner_id,account_id,status,amount,created_at,closed_at,expected_close_on,size
a,ann,k1,open,100,2026-01-01,,2026-03-31,big
b,ann,,open,,2026-01-01,,2026-03-30,
c,,k2,open,50,2026-01-01,,,small
d,ann,k1,won,50,2026-01-01,2026-02-01,,small
"""


def ask(workspace: Workspace, metric: str, **asked: Any) -> dict[str, Any]:
    return workspace.query(Question(metrics=(metric,), **{"as_of": AS_OF, **asked})).rows[0]


def test_fields_filled_together_and_each(tmp_path: Path) -> None:
    filled = company(tmp_path, {"deals": DEALS})
    row = ask(filled, "field_completeness")
    assert row["field_completeness"] == pytest.approx(8 / 12)
    each = {name: row[f"field_completeness:{name}"] for name in ("amount", "expected_close", "owner", "account")}
    assert each == pytest.approx(dict.fromkeys(each, 2 / 3))
    assert ask(filled, "field_completeness", parameters={"fields": "amount, size"})["field_completeness"] == pytest.approx(4 / 6)
    with pytest.raises(CallError, match="Did you mean 'owner'"):
        ask(filled, "field_completeness", parameters={"fields": "ownr"})
    assert ask(filled, "close_date_hygiene")["close_date_hygiene"] == pytest.approx(1 / 3)


def test_duplicates_are_a_share_of_all_leads_but_the_deleted(tmp_path: Path) -> None:
    leads = """lead_id,created_at,merged_into,is_deleted
l1,2026-01-01,,
l2,2026-01-02,l1,
l3,2026-01-03,,yes
l4,2026-01-04,,
l5,2025-12-31,l1,
"""
    twice = company(tmp_path, {"leads": leads})
    row = ask(twice, "duplicate_lead_rate", start=date(2026, 1, 1), end=date(2026, 2, 1))
    assert row["duplicate_lead_rate"] == pytest.approx(1 / 3)


def test_the_lag_is_that_of_what_was_logged_after_it_happened(tmp_path: Path) -> None:
    activities = """activity_id,kind,happened_at,logged_at,status
1,call,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z,
2,call,2026-03-01T10:00:00Z,2026-03-01T13:30:00Z,
3,meeting,2026-03-02T10:00:00Z,2026-02-20T10:00:00Z,
4,call,2026-03-01T10:00:00Z,,
5,call,2026-03-01T10:00:00Z,2026-04-02T10:00:00Z,
"""
    late = company(tmp_path, {"activities": activities})
    row = ask(late, "activity_logging_lag_median")
    assert (row["activity_logging_lag_median"], row["activity_logging_lag_median:n"]) == (2.25, 2)


def test_a_close_is_back_dated_when_it_was_recorded_more_than_three_days_later(tmp_path: Path) -> None:
    head = "deal_id,status,amount,created_at,closed_at\n"
    first = head + "a,open,1,2026-01-01,\nb,open,1,2026-01-01,\nc,open,1,2026-01-01,\nd,won,1,2025-12-01,2025-12-10\n"
    (tmp_path / "later").mkdir()
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "deals.csv").write_text(first)
    later = head + "a,won,1,2026-01-01,2026-03-06\nb,lost,1,2026-01-01,2026-03-07\nc,won,1,2026-01-01,2026-02-01\n"
    (tmp_path / "later" / "deals.csv").write_text(later)
    workspace = company(tmp_path / "own", {"people": "person_id,name\nann,Ann\n"})
    workspace.load(tmp_path / "first", connection="crm", recorded_at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    workspace.load(tmp_path / "later", connection="crm", recorded_at=datetime(2026, 3, 10, 9, tzinfo=UTC))
    row = ask(workspace, "backdated_close_rate", start=date(2025, 12, 1), end=date(2026, 4, 1))
    assert row["backdated_close_rate"] == pytest.approx(2 / 3)
    assert row["backdated_close_rate:n"] == 3
    assert ask(workspace, "backdated_close_rate", as_of=date(2025, 12, 31))["backdated_close_rate:why"] == "no_closes_recorded"
