"""Why a win rate and bookings changed: the parts add up, and a reversal is told."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.analyses.companies import company

COUNTS = {"Q1": {"small": (48, 80), "large": (4, 20)}, "Q2": {"small": (13, 20), "large": (20, 80)}}
METRICS = ("win_rate_change", "win_rate_change_mix_effect", "win_rate_change_rate_effect")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    deals = ["deal_id,status,created_at,closed_at,account_id,amount"]
    for quarter, segments in COUNTS.items():
        day = "2026-02-10" if quarter == "Q1" else "2026-05-10"
        for segment, (won, closed) in segments.items():
            deals += [
                f"{quarter}{segment}{i},{'won' if i < won else 'lost'},2026-01-01,{day},{segment},{100 * (i % 9 > 0) or ''}"
                for i in range(closed)
            ]
    accounts = "account_id,name,segment\nsmall,S,small\nlarge,L,large"
    return company(tmp_path_factory.mktemp("changed"), {"deals": "\n".join(deals), "accounts": accounts})


def asked(workspace: Workspace, *metrics: str, **more: Any) -> list[dict[str, Any]]:
    base: dict[str, Any] = {
        "start": date(2026, 4, 1),
        "end": date(2026, 7, 1),
        "as_of": date(2026, 10, 31),
        "compare": "previous",
    }
    return workspace.query(Question(metrics=metrics, **(base | more))).rows


def test_every_segment_rose_and_the_mix_pulled_the_total_down(changed: Workspace) -> None:
    (row,) = asked(changed, *METRICS)
    mix = (0.2 - 0.8) * (0.6 + 0.65) / 2 + (0.8 - 0.2) * (0.2 + 0.25) / 2
    assert row["win_rate_change"] == pytest.approx(0.33 - 0.52)
    assert row["win_rate_change_mix_effect"] == pytest.approx(mix)
    assert row["win_rate_change_rate_effect"] == pytest.approx(0.33 - 0.52 - mix)
    assert row["win_rate_change:reversed"] == "yes"
    assert row["win_rate_change_mix_effect:low"] < mix < row["win_rate_change_mix_effect:high"] < 0
    assert row["win_rate_change:low"] < -0.19 < row["win_rate_change:high"]


def test_the_segments_parts_add_up_and_open(changed: Workspace) -> None:
    (whole,) = asked(changed, *METRICS)
    rows = asked(changed, *METRICS, by=("segment",))
    for metric in METRICS:
        assert sum(row[metric] for row in rows) == pytest.approx(whole[metric])
        question = Question(
            metrics=(metric,), by=("segment",), start=date(2026, 4, 1), end=date(2026, 7, 1), as_of=date(2026, 10, 31)
        )
        assert changed.explain(question, cell=rows[0]).value == pytest.approx(rows[0][metric])


def test_each_segment_is_tested_and_adjusted_for_testing_them_all(changed: Workspace) -> None:
    rows = {row["segment"]: row for row in asked(changed, "win_rate_change", by=("segment",))}
    p_values = []
    for segment in rows:
        (k0, n0), (k1, n1) = (COUNTS[quarter][segment] for quarter in ("Q1", "Q2"))
        p_values.append(proportions_ztest([k1, k0], [n1, n0])[1])
        assert rows[segment]["win_rate_change:p"] == pytest.approx(p_values[-1])
    adjusted = multipletests(p_values, method="fdr_bh")[1]
    assert [row["win_rate_change:q"] for row in rows.values()] == pytest.approx(list(adjusted))


def test_the_factors_of_bookings_add_up(changed: Workspace) -> None:
    (row,) = asked(changed, "bookings_change")
    assert sum(row[f"bookings_change:{factor}"] for factor in ("closed", "win_rate", "won_value")) == pytest.approx(
        row["bookings_change"]
    )
    assert row["bookings_change:closed"] == pytest.approx(0)
    assert row["bookings_change:after"] - row["bookings_change:before"] == row["bookings_change"]


def test_a_period_before_the_data_has_no_change_of_rate_but_one_of_bookings(changed: Workspace) -> None:
    (row,) = asked(changed, "win_rate_change", "bookings_change", start=date(2026, 1, 1), end=date(2026, 4, 1))
    assert row["win_rate_change"] is None
    assert row["win_rate_change:why"] == "no_base"
    assert row["bookings_change:closed"] == row["bookings_change"] > 0


def test_a_new_segment_is_mix_alone(tmp_path: Path) -> None:
    deals = "\n".join(
        [
            "deal_id,status,created_at,closed_at,account_id,amount",
            "a,won,2026-01-01,2026-02-01,s,1",
            "b,lost,2026-01-01,2026-02-01,s,1",
            "c,won,2026-01-01,2026-05-01,s,1",
            "d,lost,2026-01-01,2026-05-01,s,1",
            "e,won,2026-01-01,2026-05-01,n,1",
        ]
    )
    new = company(tmp_path, {"deals": deals, "accounts": "account_id,name,segment\ns,S,small\nn,N,new"})
    (row,) = asked(new, *METRICS)
    assert row["win_rate_change_rate_effect"] == 0
    assert row["win_rate_change_mix_effect"] == pytest.approx(2 / 3 - 1 / 2)


def test_the_sample_s_win_rate_fell_by_its_mix(sample: Workspace) -> None:
    from tests.sources.sampled import company as sampled

    first = sampled().truth.mix_shift.quarter_on
    end = date(first.year + (first.month > 9), (first.month + 2) % 12 + 1, 1)
    question = Question(metrics=METRICS, start=first, end=end, compare="previous", as_of=date(2025, 11, 24))
    (row,) = sample.query(question).rows
    assert row["win_rate_change_mix_effect"] < -0.02


def test_the_factors_of_velocity_multiply_and_their_parts_add_up(tmp_path: Path) -> None:
    deals = """deal_id,status,amount,created_at,closed_at
w1,won,100,2026-01-01,2026-01-21
w2,won,300,2026-01-01,2026-02-10
l1,lost,100,2026-01-01,2026-03-01
w3,won,500,2026-04-01,2026-05-11
l2,lost,100,2026-04-01,2026-05-01
o1,open,900,2026-02-01,
o2,open,,2026-05-01,"""
    workspace = company(tmp_path, {"deals": deals})
    asked_of: dict[str, Any] = {"as_of": date(2026, 10, 31)}
    row = workspace.query(["pipeline_velocity_change"], start="2026-04-01", end="2026-07-01", **asked_of).rows[0]
    before, after = 1 * 200 * (2 / 3) / 30, 2 * 500 * (1 / 2) / 40
    name = "pipeline_velocity_change"
    assert (row[f"{name}:before"], row[f"{name}:after"]) == (pytest.approx(before), pytest.approx(after))
    assert row[name] == pytest.approx(after - before)
    mean = (after - before) / math.log(after / before)
    factors = {"open": 2 / 1, "deal_size": 500 / 200, "win_rate": (1 / 2) / (2 / 3), "cycle": 30 / 40}
    assert {each: row[f"{name}:{each}"] for each in factors} == pytest.approx(
        {each: mean * math.log(ratio) for each, ratio in factors.items()}
    )
    early = workspace.query([name], start="2026-01-01", end="2026-04-01", **asked_of).rows[0]
    assert (early[name], early[f"{name}:why"]) == (None, "nothing_closed")
    assert workspace.query([name], **asked_of).rows[0][f"{name}:why"] == "no_period"
    quarters = workspace.query([name], grain="quarter", start="2026-01-01", end="2026-07-01", **asked_of).rows
    assert [each[name] for each in quarters] == [None, pytest.approx(after - before)]
