"""A win rate with the bound that stale open deals set."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.analyses.companies import company

DEALS = """deal_id,status,amount,created_at,closed_at,owner_id
a,won,10,2026-01-01,2026-02-01,p
b,lost,20,2026-01-01,2026-02-05,p
c,lost,30,2026-01-01,2026-02-09,q
d,open,40,2026-01-01,,p
e,open,50,2026-01-01,,q
f,open,60,2026-03-25,,q"""
TOUCHED = "activity_id,kind,deal_id,happened_at\n1,call,e,2026-03-20"


@pytest.mark.parametrize(
    ("metric", "value", "bound"),
    [("win_rate", 1 / 3, 1 / 4), ("loss_rate", 2 / 3, 3 / 4), ("win_rate_amount", 10 / 60, 10 / 100)],
)
def test_a_rate_stands_beside_its_bound_where_asked(tmp_path: Path, metric: str, value: float, bound: float) -> None:
    workspace = company(tmp_path, {"deals": DEALS, "activities": TOUCHED})  # d is stale, e was called, f is new
    row = workspace.query([metric], as_of=date(2026, 3, 31), parameters={"bound": "stale"}).rows[0]
    assert (row[metric], row[f"{metric}:bound"]) == (pytest.approx(value), pytest.approx(bound))
    assert row[f"{metric}:stale"] == 1
    assert f"{metric}:bound" not in workspace.query([metric], as_of=date(2026, 3, 31)).rows[0]


def test_a_group_has_its_own_bound_and_one_without_stale_deals_has_none(tmp_path: Path) -> None:
    workspace = company(tmp_path, {"deals": DEALS, "activities": TOUCHED})
    answer = workspace.query(["win_rate"], by=["rep"], as_of=date(2026, 3, 31), parameters={"bound": "stale"})
    bounds = {row["rep"]: row.get("win_rate:bound") for row in answer.rows}
    assert bounds == {"p": pytest.approx(1 / 3), "q": None}
    assert answer.notes == []


def test_a_longer_patience_finds_no_stale_deal_and_says_nothing(tmp_path: Path) -> None:
    workspace = company(tmp_path, {"deals": DEALS, "activities": TOUCHED})
    answer = workspace.query(["win_rate"], as_of=date(2026, 3, 31), parameters={"bound": "stale", "stale_days": "120"})
    assert "win_rate:bound" not in answer.rows[0]
    assert answer.notes == []


def test_the_bound_is_said_in_both_languages(tmp_path: Path) -> None:
    workspace = company(tmp_path, {"deals": DEALS})
    day, asked = date(2026, 3, 31), {"bound": "stale"}
    assert workspace.query(["win_rate"], as_of=day, parameters=asked).notes == [
        "20.0–33.3%, depending on how many of the 2 open deals without contact for 30 days or more are lost."
    ]
    assert workspace.query(["loss_rate"], as_of=day, parameters=asked, language="nl").notes == [
        "66,7–80,0%, al naar gelang hoeveel van de 2 open deals waarmee 30 dagen of langer geen contact was verloren gaan."
    ]


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
