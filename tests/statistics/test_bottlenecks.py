"""Waiting against lifelines, and samples on groups against samples of the items themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from numpy.typing import NDArray

from omzet.statistics.bottlenecks import Step, medians, shares_first, waiting

DAYS = 15
stays = some.lists(some.tuples(some.integers(0, 20), some.booleans()), min_size=1, max_size=40)


@given(stays)
def test_waiting_is_the_mean_of_kaplan_and_meier_up_to_the_horizon(given_stays: list[tuple[int, bool]]) -> None:
    left, staying = np.zeros((1, DAYS + 1)), np.zeros((1, DAYS + 1))
    for stayed, over in given_stays:
        (left if over else staying)[0, min(stayed, DAYS)] += 1
    days, error = waiting(left, staying)
    fitted = KaplanMeierFitter().fit([days for days, _ in given_stays], [over for _, over in given_stays])
    mean = restricted_mean_survival_time(fitted, t=DAYS)
    assert days[0] == pytest.approx(mean, abs=1e-9)
    assert 0 <= error[0] <= DAYS
    low = fitted.survival_function_["KM_estimate"]
    half = next((int(time) for time, share in low.items() if share <= 0.5 + 1e-12), None)
    assert medians(left, staying) == [half if half is not None and half < DAYS else None]


def test_the_error_of_the_mean_is_that_of_a_plain_mean_without_censoring() -> None:
    dice = np.random.default_rng(3)
    days = dice.integers(0, DAYS - 1, 500)
    left = np.bincount(days, minlength=DAYS + 1).astype(float)[None]
    found, error = waiting(left, np.zeros_like(left))
    assert found[0] == pytest.approx(days.mean())
    assert error[0] == pytest.approx(days.std() / np.sqrt(500), rel=1e-6)


def test_samples_of_groups_are_those_of_items() -> None:
    dice = np.random.default_rng(5)
    # Furthest step of each deal (2 = past both), whether it was lost there, and a skewed value.
    furthest, lost = dice.choice(3, 300, p=[0.3, 0.35, 0.35]), dice.random(300) < 0.7
    value = dice.lognormal(3, 1, 300)

    def loss(chosen: NDArray[np.int64], at: int) -> float:
        came, here = furthest[chosen] >= at, (furthest[chosen] == at) & lost[chosen]
        return float(here.sum() / came.sum() * value[chosen][came].sum())

    first = 0
    for _ in range(2000):
        chosen = dice.integers(0, 300, 300)
        first += loss(chosen, 0) > loss(chosen, 1)

    def group(which: NDArray[np.bool_]) -> tuple[float, float, float]:
        return float(which.sum()), float(value[which].sum()), float((value[which] ** 2).sum())

    steps = [Step(group((furthest == at) & lost), group(furthest == at), (1.0 + at, 0.0)) for at in (0, 1)]
    shares, waits = shares_first(steps, group(furthest == 2))
    assert shares.sum() == pytest.approx(1)
    assert shares[0] == pytest.approx(first / 2000, abs=0.08)
    assert waits.sum() == pytest.approx(1)


def test_nothing_lost_comes_nowhere_first() -> None:
    shares, _ = shares_first([Step((0, 0, 0), (3, 30, 300), (2.0, 0.1))], (5, 50, 500))
    assert shares.tolist() == [0]
