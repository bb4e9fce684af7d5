"""Cycle and stages with those still waiting, by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from lifelines.statistics import logrank_test
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from omzet.workspace import Workspace
from tests.analyses.companies import company

STAGES = """pipeline,stage,position,kind
Sales,Lead,1,open
Sales,Talk,2,open
Sales,Offer,3,open
Sales,Won,4,won
Sales,Lost,5,lost
"""
DEALS = """deal_id,pipeline,stage,status,created_at,closed_at,source
a,Sales,Won,won,2026-01-01,2026-01-06,web
b,Sales,Lead,open,2026-02-23,,web
c,Sales,Lost,lost,2026-01-01,2026-01-09,fair
d,Sales,Won,won,2026-01-01,2026-01-11,web
e,Sales,Talk,open,2026-02-17,,fair
f,Sales,Won,won,2026-01-01,2026-01-16,fair
g,Sales,Lead,disqualified,2026-01-01,2026-01-10,web
"""
CHANGES = """deal_id,field,old_value,value,changed_at
a,stage,Lead,Offer,2026-01-03
a,stage,Offer,Won,2026-01-06
c,stage,Lead,Talk,2026-01-02
c,stage,Talk,Lead,2026-01-04
c,stage,Lead,Talk,2026-01-05
c,stage,Talk,Lost,2026-01-09
d,stage,Lead,Offer,2026-01-05
d,stage,Offer,Won,2026-01-11
e,stage,Lead,Talk,2026-02-20
f,stage,Lead,Won,2026-01-16
"""


@pytest.fixture(scope="module")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    tables = {"stages": STAGES, "deals": DEALS, "deal_changes": CHANGES}
    return company(tmp_path_factory.mktemp("deals"), tables, proposal_stage="Offer")


def rows(workspace: Workspace, metric: str, **asked: Any) -> list[dict[str, Any]]:
    return workspace.query([metric], **{"as_of": date(2026, 3, 1), **asked}).rows


def test_won_lost_disqualified_and_undecided_make_a_whole(deals: Workspace) -> None:
    curves = {
        metric: {row["age_days"]: row[metric] for row in rows(deals, metric, by=["age_days"])}
        for metric in ("time_to_decision_survival", "win_probability_by_age", "loss_probability_by_age")
    }
    undecided, won, lost = curves.values()
    # At risk: 7 at 5 days, 5 at 8, 4 at 9, 3 at 10, 2 at 15; one open deal left the count at 6 days, the other at 12.
    assert list(undecided) == [5, 8, 9, 10, 15]
    assert undecided[5] == pytest.approx(6 / 7)
    assert undecided[8] == pytest.approx(6 / 7 * 4 / 5)
    assert undecided[10] == pytest.approx(6 / 7 * 4 / 5 * 3 / 4 * 2 / 3)
    disqualified = 6 / 7 * 4 / 5 / 4
    assert won[15] + lost[15] + disqualified + undecided[15] == pytest.approx(1)
    assert lost[8] == pytest.approx(6 / 7 / 5)


def test_a_curve_is_told_at_the_ages_asked_for_and_per_group(deals: Workspace) -> None:
    found = rows(deals, "win_probability_by_age", by=["source", "age_days"], parameters={"at": "5,30"})
    told = {(row["source"], row["age_days"]): row["win_probability_by_age"] for row in found}
    assert set(told) == {("web", 5), ("web", 30), ("fair", 5), ("fair", 30)}
    assert told["fair", 5] == 0


def test_the_median_is_empty_until_half_are_decided(deals: Workspace) -> None:
    assert rows(deals, "sales_cycle_length_km_median")[0]["sales_cycle_length_km_median"] == 10
    early = rows(deals, "sales_cycle_length_km_median", as_of=date(2026, 1, 7))[0]
    assert (early["sales_cycle_length_km_median"], early["sales_cycle_length_km_median:why"]) == (None, "half_not_reached")


def test_segments_are_compared(deals: Workspace) -> None:
    answer = deals.query(["sales_cycle_length_km_median"], by=["source"], as_of=date(2026, 3, 1))
    assert any("log-rank" in note for note in answer.notes)


def test_stays_are_summed_and_those_still_there_are_waiting(deals: Workspace) -> None:
    by_stage = {row["stage"]: row for row in rows(deals, "time_in_stage_km_median", by=["stage"])}
    # In Lead: a 2, c 2 + 1, d 4, e 3, f 15, g 9 days; b still there after 6.
    assert by_stage["Lead"]["time_in_stage_km_median"] == 4
    assert by_stage["Lead"]["time_in_stage_km_median:n"] == 7
    assert by_stage["Talk"]["time_in_stage_km_median"] == 6  # c 2 + 4; e still there
    mean = {row["stage"]: row["time_in_stage_rmst"] for row in rows(deals, "time_in_stage_rmst", by=["stage"])}
    assert mean["Offer"] == pytest.approx((3 + 6) / 2)
    age = {row["stage"]: row["stage_age_current"] for row in rows(deals, "stage_age_current", by=["stage"])}
    assert (age["Lead"], age["Talk"], age["Offer"]) == (6, 9, None)


def test_offers_skips_flows_and_losses(deals: Workspace) -> None:
    assert rows(deals, "quote_to_close_days")[0]["quote_to_close_days"] == pytest.approx((3 + 6) / 2)
    assert rows(deals, "lost_cycle_length_median")[0]["lost_cycle_length_median"] == 8
    skipped = {row["stage"]: row["stage_skip_rate"] for row in rows(deals, "stage_skip_rate", by=["stage"])}
    assert (skipped["Lead"], skipped["Talk"], skipped["Offer"]) == (0, 1, pytest.approx(1 / 3))
    flow = {row["stage"]: row["stage_flow_rate"] for row in rows(deals, "stage_flow_rate", by=["stage"])}
    assert flow["Talk"] == pytest.approx(2 / 3)
    assert flow["Offer"] == pytest.approx(3 / 2)
    assert rows(deals, "stage_flow_rate")[0]["stage_flow_rate:why"] == "by_stage"


def test_without_a_proposal_stage_there_is_no_time_from_it(tmp_path: Path) -> None:
    workspace = company(tmp_path, {"stages": STAGES, "deals": DEALS, "deal_changes": CHANGES})
    found = rows(workspace, "quote_to_close_days")[0]
    assert (found["quote_to_close_days"], found["quote_to_close_days:why"]) == (None, "no_proposal")


def test_the_proposal_stage_may_be_named_as_people_see_it(tmp_path: Path) -> None:
    lines = STAGES.strip().splitlines()
    named = "\n".join([f"{lines[0]},name", *(f"{line},{'Our offer' if ',Offer,' in line else ''}" for line in lines[1:])])
    workspace = company(tmp_path, {"stages": named, "deals": DEALS, "deal_changes": CHANGES}, proposal_stage="Our offer")
    assert rows(workspace, "quote_to_close_days")[0]["quote_to_close_days"] == pytest.approx((3 + 6) / 2)


def test_a_deal_reopened_twice_counts_once_at_the_last_time(tmp_path: Path) -> None:
    deals_ = "deal_id,status,created_at,closed_at\na,won,2026-01-01,2026-03-20\nb,open,2026-01-01,\nc,lost,2026-01-01,2026-01-09"
    log = "deal_id,field,old_value,value,changed_at\n" + "\n".join(
        f"{deal},status,{old},{new},2026-{day}"
        for deal, old, new, day in (
            ("a", "open", "lost", "01-10"),
            ("a", "lost", "open", "01-20"),
            ("a", "open", "lost", "02-10"),
            ("a", "lost", "open", "02-20"),
            ("a", "open", "won", "03-20"),
            ("b", "open", "won", "02-01"),
            ("b", "won", "open", "02-03"),
            ("c", "open", "lost", "01-09"),
        )
    )
    workspace = company(tmp_path, {"deals": deals_, "deal_changes": log})
    months = workspace.query(["reopened_count"], grain="month", start="2026-01-01", end="2026-04-01", as_of="2026-03-31").rows
    assert [row["reopened_count"] for row in months] == [0, 2, 0]
    assert rows(workspace, "reopened_count", as_of=date(2026, 1, 25))[0]["reopened_count"] == 1


def test_where_nothing_was_won_yet_the_interval_is_still_wide(deals: Workspace) -> None:
    (row,) = rows(deals, "win_probability_by_age", by=["age_days"], parameters={"at": "4"})
    assert (row["win_probability_by_age"], row["win_probability_by_age:low"]) == (0, 0)
    assert row["win_probability_by_age:high"] == pytest.approx(proportion_confint(0, 7, method="wilson")[1])
    (row,) = rows(deals, "time_to_decision_survival", by=["age_days"], parameters={"at": "4"})
    assert row["time_to_decision_survival:low"] == pytest.approx(proportion_confint(7, 7, method="wilson")[0])
    (row,) = rows(deals, "win_probability_by_age", by=["age_days"], parameters={"at": "9"})
    assert 0 < row["win_probability_by_age:low"] < row["win_probability_by_age"] == pytest.approx(1 / 7)


def test_how_deals_end_is_not_compared_by_how_long_they_take(deals: Workspace) -> None:
    assert deals.query(["win_probability_by_age"], by=["source"], as_of=date(2026, 3, 1)).notes == []


def test_each_group_is_tested_against_the_others_and_adjusted(tmp_path: Path) -> None:
    days = {"web": (3, 4, 5, 6, 7, 8), "fair": (10, 12, 14, 16, 18, 20), "call": (4, 9, 11, 13, 15, None)}
    lines = ["deal_id,status,created_at,closed_at,source"]
    for source, all_of in days.items():
        for at, each in enumerate(all_of):
            closed = "" if each is None else str(date(2026, 1, 1) + timedelta(days=each))
            lines.append(f"{source}{at},{'lost' if each else 'open'},2026-01-01,{closed},{source}")
    workspace = company(tmp_path, {"deals": "\n".join(lines)})
    found = {
        row["source"]: row for row in rows(workspace, "sales_cycle_length_km_median", by=["source"], as_of=date(2026, 1, 31))
    }
    p_values = []
    for source in found:
        one, other = ([each for name in days if (name == source) == own for each in days[name]] for own in (True, False))
        tested = logrank_test(
            *([each or 30 for each in side] for side in (one, other)),
            *([each is not None for each in side] for side in (one, other)),
        )
        p_values.append(tested.p_value)
        assert found[source]["sales_cycle_length_km_median:p"] == pytest.approx(tested.p_value)
    adjusted = multipletests(p_values, method="fdr_bh")[1]
    assert [row["sales_cycle_length_km_median:q"] for row in found.values()] == pytest.approx(list(adjusted))


def test_stages_are_not_compared_with_each_other_but_groups_within_a_stage_are(deals: Workspace) -> None:
    by_stage = rows(deals, "time_in_stage_km_median", by=["stage"])
    assert all("time_in_stage_km_median:p" not in row for row in by_stage)
    within = rows(deals, "time_in_stage_km_median", by=["stage", "source"])
    assert any(row.get("time_in_stage_km_median:p") is not None for row in within)


def test_groups_are_compared_at_the_ages_asked_for(deals: Workspace) -> None:
    name = "win_probability_by_age"
    found = rows(deals, name, by=["source", "age_days"], parameters={"at": "10,30"})
    by_place = {(row["source"], row["age_days"]): row for row in found}
    sources = {source for source, _ in by_place}
    assert len(sources) == 2
    one, other = sorted(sources, key=str)
    for age in (10, 30):
        row, beside = by_place[one, age], by_place[other, age]
        assert row[f"{name}:difference"] == pytest.approx(row[name] - beside[name])
        assert row[f"{name}:difference_low"] <= row[f"{name}:difference"] <= row[f"{name}:difference_high"]
    assert f"{name}:difference" not in rows(deals, name, by=["source"])[0]
    assert f"{name}:difference" not in rows(deals, name, by=["source", "age_days"])[0]
