"""What is expected of a period, held against scipy's distributions and against what happens when it is tried out."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from scipy import stats

from omzet.statistics.proposals import Past, expect

QUARTER = 62.0


def sums(*values: float) -> list[Past]:
    return [Past(value, QUARTER) for value in values]


def shares(*pairs: tuple[int, int]) -> list[Past]:
    return [Past(hits / cases, QUARTER, cases, hits) for hits, cases in pairs]


FLAT = (100.0, 140.0, 90.0, 130.0, 120.0, 95.0, 135.0, 110.0)


def test_a_sum_is_expected_at_its_mean_for_as_many_working_days() -> None:
    found = expect("sum", sums(*FLAT), 31)
    assert found is not None
    assert found.middle == pytest.approx(statistics.mean(FLAT) / 2)
    quartiles = statistics.quantiles(FLAT, n=4, method="inclusive")
    assert found.low == pytest.approx(quartiles[0] / 2)
    assert found.high == pytest.approx(quartiles[2] / 2)
    assert found.chance(found.middle) == pytest.approx(0.5)
    assert found.chance(found.stretch) == pytest.approx(1 / 3)


def test_the_chance_of_a_sum_is_students_t_of_one_more_period() -> None:
    found = expect("sum", sums(*FLAT), QUARTER)
    assert found is not None
    spread = statistics.stdev(FLAT) * math.sqrt(1 + 1 / len(FLAT))
    assert found.chance(150) == pytest.approx(stats.t.sf((150 - statistics.mean(FLAT)) / spread, len(FLAT) - 1))


def test_what_is_in_already_counts_and_only_the_days_left_are_open() -> None:
    found = expect("sum", sums(*FLAT), QUARTER, days_left=31, so_far=90)
    assert found is not None
    assert found.middle == pytest.approx(90 + statistics.mean(FLAT) / 2)
    assert found.chance(90) > 0.99
    done = expect("sum", sums(*FLAT), QUARTER, days_left=0, so_far=90)
    assert done is not None
    assert (done.chance(90), done.chance(91)) == (1.0, 0.0)


def test_the_chance_of_a_share_is_the_beta_binomial_of_its_cases() -> None:
    past = shares((22, 50), (23, 50), (21, 50), (22, 50))
    found = expect("share", past, QUARTER)
    assert found is not None
    assert found.cases == 50
    assert found.chance(0.5) == pytest.approx(stats.betabinom.sf(24, 50, 88.5, 112.5))
    down = expect("share", past, QUARTER, up=False)
    assert down is not None
    assert down.chance(0.4) == pytest.approx(stats.betabinom.cdf(20, 50, 88.5, 112.5))


def test_with_fifty_cases_44_and_50_percent_cannot_be_told_apart_and_with_5000_they_can() -> None:
    few = expect("share", shares((22, 50), (23, 50), (21, 50), (22, 50)), QUARTER)
    many = expect("share", shares(*[(2200, 5000)] * 4), QUARTER)
    assert few is not None
    assert many is not None
    assert not few.tells_apart(0.44, 0.5)
    assert many.tells_apart(0.44, 0.5)


def test_periods_that_differ_by_more_than_chance_make_the_outcome_wider() -> None:
    steady = expect("share", shares(*[(50, 100)] * 6), QUARTER)
    restless = expect("share", shares((30, 100), (70, 100), (35, 100), (65, 100), (50, 100), (50, 100)), QUARTER)
    assert steady is not None
    assert restless is not None
    assert restless.chance(0.65) > 5 * steady.chance(0.65)


def test_a_clear_trend_leaves_only_the_last_four_periods() -> None:
    rising = expect("sum", sums(10, 21, 29, 41, 50, 61, 69, 80), QUARTER)
    assert rising is not None
    assert rising.trend == pytest.approx(10, abs=0.5)
    assert rising.middle == pytest.approx(65)
    assert rising.periods == 4
    flat = expect("sum", sums(*FLAT), QUARTER)
    assert flat is not None
    assert (flat.trend, flat.periods) == (None, 8)


@pytest.mark.parametrize("kind", ["sum", "level", "share"])
def test_three_periods_or_no_days_are_too_few(kind: str) -> None:
    past = [Past(0.5, QUARTER, 10, 5)] * 3
    assert expect(kind, past, QUARTER) is None  # type: ignore[arg-type]
    assert expect(kind, past * 2, 0) is None  # type: ignore[arg-type]


def test_where_less_is_better_a_lower_number_is_harder() -> None:
    found = expect("level", [Past(value, QUARTER) for value in (60, 70, 65, 75, 62, 71)], QUARTER, up=False)
    assert found is not None
    assert found.chance(40) < 0.05 < found.chance(found.stretch) < 0.5 < found.chance(90)


def test_a_level_swings_less_over_a_longer_period() -> None:
    past = [Past(value, QUARTER) for value in (60, 70, 65, 75, 62, 71)]
    quarter, year = expect("level", past, QUARTER), expect("level", past, 4 * QUARTER)
    assert quarter is not None
    assert year is not None
    assert year.swing == pytest.approx(quarter.swing / 2)
    assert year.chance(75) < quarter.chance(75)


def test_said_chances_come_true_as_often_as_said() -> None:
    made = random.Random(7)
    reached = told = 0.0
    for _ in range(1500):
        values = [made.gauss(100, 20) for _ in range(9)]
        found = expect("sum", sums(*values[:8]), QUARTER)
        if found is None or found.trend is not None:
            continue
        told += found.chance(110)
        reached += values[8] >= 110
    assert reached == pytest.approx(told, rel=0.1)


@pytest.mark.parametrize("past", [sums(*[0.0] * 6), shares(*[(0, 10)] * 6), shares(*[(10, 10)] * 6), sums(*[7.0] * 5)])
def test_periods_that_never_differ_break_nothing(past: list[Past]) -> None:
    kind = "share" if past[0].cases else "sum"
    found = expect(kind, past, QUARTER)  # type: ignore[arg-type]
    assert found is not None
    for value in (0.0, 0.5, 1.0, 7.0, 1e9):
        assert 0 <= found.chance(value) <= 1
    assert not found.tells_apart(0.5, 0.5)
