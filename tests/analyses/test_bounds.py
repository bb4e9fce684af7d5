"""A win rate with the bound that stale open deals set."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.analyses.companies import company


def test_the_win_rate_lies_between_it_and_what_it_is_when_stale_deals_are_lost(tmp_path: Path) -> None:
    deals = """deal_id,status,amount,created_at,closed_at
a,won,10,2026-01-01,2026-02-01
b,lost,10,2026-01-01,2026-02-05
c,lost,10,2026-01-01,2026-02-09
d,open,10,2026-01-01,
e,open,10,2026-01-01,
f,open,10,2026-03-25,"""
    activities = "activity_id,kind,deal_id,happened_at\n1,call,e,2026-03-20"
    workspace = company(tmp_path, {"deals": deals, "activities": activities})
    row = workspace.query(["win_rate_if_stale_lost"], as_of=date(2026, 3, 31)).rows[0]
    assert row["win_rate_if_stale_lost"] == pytest.approx(1 / 4)
    assert (row["win_rate_if_stale_lost:win_rate"], row["win_rate_if_stale_lost:stale"]) == (pytest.approx(1 / 3), 1)
    months = workspace.query(["win_rate_if_stale_lost"], grain="month", start="2026-02-01", end="2026-03-01", as_of="2026-03-31")
    assert months.rows[0]["win_rate_if_stale_lost:stale"] == 2  # at the end of February neither d nor e had been spoken to
