"""Targets and pace, by hand: working days with a holiday, people there for part of a quarter, curves of past periods."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from omzet.workspace import Workspace
from tests.analyses.companies import company

PEOPLE = """person_id,name,role,team_id,started_on,ended_on,quota_carrier
ann,Ann,rep,north,,,
bob,Bob,rep,north,2026-02-15,,
cas,Cas,rep,north,,,
mia,Mia,manager,north,,,no
"""
TEAMS = "team_id,name\nnorth,North\n"
TARGETS = """target_id,metric,person_id,team_id,from_on,to_on,value
t1,bookings_amount,ann,,2026-01-01,2026-03-31,90000
t2,bookings_amount,bob,,2026-01-01,2026-03-31,90000
t3,bookings_amount,cas,,2026-01-01,2026-03-31,0
t4,bookings_amount,,,2026-01-01,2026-03-31,200000
"""
DEALS = """deal_id,owner_id,status,amount,created_at,closed_at
d1,ann,won,60000,2026-01-01,2026-01-20
d2,ann,won,40000,2026-01-01,2026-02-10
d3,bob,won,20000,2026-02-16,2026-02-27
d4,cas,won,30000,2026-01-01,2026-03-02
d5,ann,won,50000,2026-01-01,2026-03-25
"""
HOLIDAYS = "observed_on,name\n2026-01-01,New year\n2026-02-16,Carnival\n"


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    tables = {"people": PEOPLE, "teams": TEAMS, "targets": TARGETS, "deals": DEALS, "holidays": HOLIDAYS}
    return company(tmp_path_factory.mktemp("north"), tables)


def one(workspace: Workspace, metric: str, **asked: Any) -> dict[str, Any]:
    asked = {"start": date(2026, 1, 1), "end": date(2026, 4, 1), "as_of": date(2026, 3, 6), **asked}
    return workspace.query([metric], **asked).rows[0]


# The quarter has 64 weekdays, of which 2 are holidays; 45 working days are over at the end of 6 March.
WHOLE, OVER = 62, 45


def test_pace_counts_working_days_as_of_included(north: Workspace) -> None:
    pace = one(north, "pacing_to_target")
    due = 200000 * OVER / WHOLE
    assert (pace["pacing_to_target:days"], pace["pacing_to_target:elapsed_days"]) == (WHOLE, OVER)
    assert pace["pacing_to_target"] == pytest.approx(150000 / due)
    assert one(north, "target_to_date")["target_to_date"] == pytest.approx(due)
    assert one(north, "run_rate_projection")["run_rate_projection"] == pytest.approx(150000 / OVER * WHOLE)
    assert one(north, "required_run_rate")["required_run_rate"] == pytest.approx(50000 / (WHOLE - OVER))
    assert one(north, "target_remaining")["target_remaining"] == 50000


def test_a_target_met_needs_nothing_and_a_period_over_has_no_days_left(north: Workspace) -> None:
    over: dict[str, Any] = {"as_of": date(2026, 3, 31)}
    assert one(north, "required_run_rate", **over)["required_run_rate"] == 0
    assert one(north, "target_remaining", **over)["target_remaining"] == 0
    bob = north.query(["required_run_rate"], by=["rep"], start=date(2026, 1, 1), end=date(2026, 4, 1), **over).rows[1]
    assert (bob["rep"], bob["required_run_rate"], bob["required_run_rate:why"]) == ("Bob", None, "no_days_left")


def test_without_a_target_there_is_no_pace(north: Workspace) -> None:
    empty = one(north, "pacing_to_target", start=date(2025, 1, 1), end=date(2025, 4, 1))
    assert (empty["pacing_to_target"], empty["pacing_to_target:why"]) == (None, "no_target")


def test_attainment_prorates_who_came_later_and_leaves_out_who_has_no_quota(north: Workspace) -> None:
    bob = 90000 * 45 / 90
    asked: dict[str, Any] = {"as_of": date(2026, 3, 31)}
    assert one(north, "quota_attainment", **asked)["quota_attainment"] == pytest.approx(170000 / (90000 + bob))
    mean = one(north, "quota_attainment_mean", **asked)
    assert mean["quota_attainment_mean"] == pytest.approx((150000 / 90000 + 20000 / bob) / 2)
    assert (mean["quota_attainment_mean:n"], mean["quota_attainment_mean:least"]) == (2, pytest.approx(20000 / bob))
    assert one(north, "share_of_reps_at_quota", **asked)["share_of_reps_at_quota"] == 0.5
    rows = north.query(["quota_attainment"], by=["rep"], start=date(2026, 1, 1), end=date(2026, 4, 1), **asked).rows
    assert {row["rep"]: row["quota_attainment"] for row in rows} == {
        "Ann": pytest.approx(150000 / 90000),
        "Bob": pytest.approx(20000 / bob),
        "Cas": None,
    }


def test_the_usual_curve_expects_little_early_where_quarters_close_late(tmp_path: Path) -> None:
    deals = ["deal_id,status,amount,created_at,closed_at"]
    first = date(2023, 1, 1)
    for quarter in range(12):
        start = date(first.year + quarter // 4, 1 + quarter % 4 * 3, 1)
        for day, amount in ((40, 200), (85, 800)):
            deals.append(f"q{quarter}-{day},won,{amount},2022-01-01,{start + timedelta(days=day)}")
    deals.append("now,won,200,2025-12-01,2026-01-20")
    targets = "target_id,metric,from_on,to_on,value\nt,bookings_amount,2026-01-01,2026-03-31,1000"
    workspace = company(tmp_path, {"deals": "\n".join(deals), "targets": targets})
    when = {"as_of": date(2026, 3, 1)}
    assert one(workspace, "pacing_to_target", **when)["pacing_to_target"] == pytest.approx(0.2 / (42 / 64))
    usual = one(workspace, "pacing_to_target", parameters={"curve": "history"}, **when)
    assert usual["pacing_to_target"] == pytest.approx(200 / 200)
