"""Moves between stages and the chance to win they add up to, by hand: skips, ways back, reopened and disqualified deals."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.analyses.companies import company

STAGES = """pipeline,stage,position,kind
Sales,Lead,1,open
Sales,Talk,2,open
Sales,Offer,3,open
Sales,Won,4,won
Sales,Lost,5,lost
Other,Draft,1,open
Other,Sent,2,open
Other,Signed,3,won
"""
WAYS = {
    "a": ("won", "Lead 01-01 Talk 01-03 Offer 01-06 Won 01-10"),
    "b": ("won", "Lead 01-01 Offer 01-04 Won 01-08"),
    "c": ("lost", "Lead 01-01 Talk 01-02 Lead 01-05 Talk 01-07 Lost 01-11"),
    "d": ("won", "Lead 01-02 Offer 01-05 Lost 01-09 Talk 01-15 Won 01-20"),
    "e": ("open", "Lead 02-01 Talk 02-03"),
    "f": ("disqualified", "Lead 01-03 Talk 01-05 Lost 01-07"),
    "g": ("lost", "Talk 01-04 Lost 01-12"),
    "h": ("open", "Lead 02-27"),
}
REOPENED = {"d": ("lost 01-09", "open 01-15", "won 01-20")}
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    deals, changes = ["deal_id,pipeline,stage,status,created_at,closed_at"], ["deal_id,field,old_value,value,changed_at"]
    for deal, (status, way) in WAYS.items():
        words = way.split()
        steps = list(zip(words[::2], words[1::2], strict=True))
        closed = f"2026-{steps[-1][1]}" if status != "open" else ""
        deals.append(f"{deal},Sales,{steps[-1][0]},{status},2026-{steps[0][1]},{closed}")
        for (before, _), (after, day) in pairwise(steps):
            changes.append(f"{deal},stage,{before},{after},2026-{day}")
        before = "open"
        for said in REOPENED.get(deal, ()):
            after, day = said.split()
            changes.append(f"{deal},status,{before},{after},2026-{day}")
            before = after
    # One deal changes pipeline: from the second stage there to the first here, which is no way back.
    deals.append("p,Sales,Lead,open,2026-01-01,")
    changes += ["p,pipeline,Other,Sales,2026-01-05", "p,stage,Sent,Lead,2026-01-05"]
    tables = {"stages": STAGES, "deals": "\n".join(deals), "deal_changes": "\n".join(changes)}
    return company(tmp_path_factory.mktemp("stages"), tables)


def by_stage(workspace: Workspace, metric: str, **asked: Any) -> dict[str, dict[str, Any]]:
    asked = {"as_of": DAY, "where": ["pipeline = Sales"], **asked}
    return {row["stage"]: row for row in workspace.query([metric], by=["stage"], **asked).rows}


def test_reached_is_filled_and_entered_is_not(sales: Workspace) -> None:
    reached = {stage: row["stage_reached_count"] for stage, row in by_stage(sales, "stage_reached_count").items()}
    entered = {stage: row["stage_entered_count"] for stage, row in by_stage(sales, "stage_entered_count").items()}
    # f is disqualified. g began in Talk, so Lead counts as reached; b skipped Talk.
    assert (reached["Lead"], reached["Talk"], reached["Offer"], reached["Won"]) == (8, 6, 3, 3)
    assert (entered["Lead"], entered["Talk"], entered["Offer"], entered["Won"]) == (7, 5, 3, 3)


def test_conversion_filled_and_strict(sales: Workspace) -> None:
    filled = {stage: row["stage_conversion_rate"] for stage, row in by_stage(sales, "stage_conversion_rate").items()}
    assert (filled["Lead"], filled["Talk"], filled["Offer"]) == (pytest.approx(6 / 8), pytest.approx(3 / 6), 1)
    strict = {
        stage: row["stage_conversion_rate_strict"] for stage, row in by_stage(sales, "stage_conversion_rate_strict").items()
    }
    # Of a, b, c, d, e, h and p in Lead: a, c, d and e came to Talk later. In Talk a, c, d, e, g: only a entered Offer after.
    assert (strict["Lead"], strict["Talk"]) == (pytest.approx(4 / 7), pytest.approx(1 / 5))
    assert strict["Offer"] == 1  # d won at last


def test_lost_open_and_advanced_make_the_reached(sales: Workspace) -> None:
    dropped = {stage: row["stage_drop_off_rate"] for stage, row in by_stage(sales, "stage_drop_off_rate").items()}
    still = {stage: row["stage_open_share"] for stage, row in by_stage(sales, "stage_open_share").items()}
    on = {stage: row["stage_conversion_rate"] for stage, row in by_stage(sales, "stage_conversion_rate").items()}
    assert dropped["Talk"] == pytest.approx(2 / 6)  # c and g
    for stage in ("Lead", "Talk", "Offer"):
        assert dropped[stage] + still[stage] + on[stage] == pytest.approx(1)


def test_time_in_a_stage_is_summed_over_stays(sales: Workspace) -> None:
    mean = {stage: row["time_in_stage_mean"] for stage, row in by_stage(sales, "time_in_stage_mean").items()}
    # Lead: a 2, b 3, c 1 + 2, d 3, e 2. Talk: a 3, c 3 + 4, d 5, g 8; e is still there.
    assert mean["Lead"] == pytest.approx((2 + 3 + 3 + 3 + 2) / 5)
    assert mean["Talk"] == pytest.approx((3 + 7 + 5 + 8) / 4)
    visits = by_stage(sales, "time_in_stage_mean", parameters={"per": "visit"})
    assert visits["Talk"]["time_in_stage_mean"] == pytest.approx((3 + 3 + 4 + 5 + 8) / 5)
    waiting = by_stage(sales, "time_in_stage_km_median")["Talk"]
    # f left after 2 days too: 2, 3, 5, 7, 8 and e still there after 26.
    assert (waiting["time_in_stage_km_median"], waiting["time_in_stage_km_median:n"]) == (5, 6)
    assert waiting["time_in_stage_km_median:still_open"] == pytest.approx(1 / 6)


def test_ways_back_stay_in_a_pipeline_and_a_reopened_deal_has_none(sales: Workspace) -> None:
    found = sales.query(["stage_regression_rate"], as_of=DAY).rows[0]
    assert found["stage_regression_rate"] == pytest.approx(1 / 8)  # c alone, of all but f
    assert sales.query(["reopened_count"], as_of=DAY).rows[0]["reopened_count"] == 1


def test_moves_lead_from_stage_to_stage_and_to_the_end(sales: Workspace) -> None:
    rows = sales.query(["stage_moves_count"], by=["stage", "to_stage"], as_of=DAY, where=["pipeline = Sales"]).rows
    moved = {(row["stage"], row["to_stage"]): row["stage_moves_count"] for row in rows if row["stage_moves_count"]}
    assert moved == {
        ("Lead", "Talk"): 4,
        ("Talk", "Offer"): 1,
        ("Lead", "Offer"): 2,
        ("Offer", "Won"): 2,
        ("Talk", "Lead"): 1,
        ("Talk", "Lost"): 2,
        ("Offer", "Lost"): 1,
        ("Lost", "Talk"): 1,
        ("Talk", "Won"): 1,
        ("Talk", "open"): 1,
        ("Lead", "open"): 2,
    }
    # As of the day d was lost it had not come back.
    early = sales.query(["stage_moves_count"], by=["stage", "to_stage"], as_of=date(2026, 1, 9)).rows
    told = {(row["stage"], row["to_stage"]): row["stage_moves_count"] for row in early if row["stage_moves_count"]}
    assert told["Offer", "Lost"] == 1
    assert ("Lost", "Talk") not in told
    assert told["Talk", "open"] == 2  # c and g; f was disqualified by then


def test_the_chance_to_win_is_that_of_the_moves(sales: Workspace) -> None:
    found = by_stage(sales, "absorption_win_probability", where=[])

    # Stays in Lead of 2, 3, 1, 2, 3, 2 days and two still there: nine in ten are never seen to be over, so the longest counts.
    # Ended moves, without f and without d's close that was undone: Lead to Talk 4, to Offer 2; Talk to Offer 1, to Lead 1,
    # to won 1, to lost 2; Offer to won 2. Each end and each move seen has a half added.
    def half(n: int) -> Fraction:
        return Fraction(2 * n + 1, 2)

    lead, talk, offer = half(4) + half(2) + 1, half(1) + half(1) + half(1) + half(2), half(2) + half(0)
    won_offer = half(2) / offer
    # w_lead = p(talk) w_talk + p(offer) w_offer + p(won);  w_talk = p(offer) w_offer + p(lead) w_lead + p(won)
    up, over, straight = half(4) / lead, half(2) / lead, Fraction(1, 2) / lead
    on, back, here = half(1) / talk, half(1) / talk, half(1) / talk
    won_lead = (up * (on * won_offer + here) + over * won_offer + straight) / (1 - up * back)
    won_talk = on * won_offer + back * won_lead + here
    name = "absorption_win_probability"
    assert found["Lead"][name] == pytest.approx(float(won_lead))
    assert found["Talk"][name] == pytest.approx(float(won_talk))
    assert found["Offer"][name] == pytest.approx(float(won_offer))
    assert found["Lead"][f"{name}:n"] == 6
    # a, b and d were won, c and g lost, of those that reached Talk and are decided.
    assert (found["Talk"][f"{name}:empirical"], found["Talk"][f"{name}:empirical_n"]) == (pytest.approx(3 / 5), 5)
    assert found["Talk"][f"{name}:used"] == "empirical"
    assert found["Talk"][f"{name}:chance"] == pytest.approx(3 / 5)
    assert sales.query([name], as_of=DAY).rows[0][f"{name}:why"] == "by_stage"


@pytest.mark.parametrize("metric", ["absorption_win_probability", "stage_flow_rate", "stage_bottleneck_score"])
def test_a_stage_asked_for_alone_is_still_one_among_the_others(sales: Workspace, metric: str) -> None:
    whole = by_stage(sales, metric)["Talk"]
    (alone,) = sales.query([metric], as_of=DAY, where=["stage = Talk"]).rows
    assert alone[metric] == whole[metric]
    limited = by_stage(sales, metric, where=["stage in (Talk, Lead)"])
    assert limited["Talk"][metric] == whole[metric]
    assert limited.get("Offer", {}).get(metric) is None
    question = Question(metrics=(metric,), by=("stage",), as_of=DAY)
    assert sales.explain(question, cell=whole).value == whole[metric]


def test_no_two_stays_of_a_deal_hold_one_day(sample: Workspace) -> None:
    owner = sample._owner
    assert owner is not None
    with owner.store.reading() as session:
        assert not session.rows(
            """SELECT v.deal_no FROM stage_visits v JOIN stage_visits w ON w.deal_no = v.deal_no AND w.visit <> v.visit
               WHERE v.entered_on <= w.entered_on AND (v.left_on IS NULL OR v.left_on > w.entered_on)
                 AND (w.left_on IS NULL OR w.left_on > w.entered_on)"""
        )
