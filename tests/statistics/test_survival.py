"""Survival from counts against lifelines and statsmodels, ties and censoring included."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from lifelines import KaplanMeierFitter
from lifelines.exceptions import StatError
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import restricted_mean_survival_time
from statsmodels.duration.survfunc import CumIncidenceRight

from omzet.statistics.survival import NORMAL_95, Counts, Curve, curve, log_rank

OUTCOMES = ("open", "won", "lost", "disqualified")
items = some.lists(some.tuples(some.integers(0, 12), some.sampled_from(OUTCOMES)), min_size=1, max_size=40)
Items = list[tuple[int, str]]


def counted(given_items: Items) -> Counts:
    found: dict[float, dict[str, int]] = {}
    for time, outcome in given_items:
        left = found.setdefault(float(time), {})
        left[outcome] = left.get(outcome, 0) + 1
    return found


def of(given_items: Items) -> Curve:
    found = curve(counted(given_items))
    assert found
    return found


@given(items)
def test_survival_is_that_of_kaplan_and_meier(given_items: Items) -> None:
    times, seen = [t for t, _ in given_items], [o != "open" for _, o in given_items]
    fitted = KaplanMeierFitter().fit(times, seen)
    found = of(given_items)
    for time in range(14):
        assert found.survival(time) == pytest.approx(float(fitted.predict(time)), abs=1e-9)
    low = fitted.survival_function_["KM_estimate"]
    assert found.median() == next((time for time, share in low.items() if share <= 0.5 + 1e-12), None)
    assert found.restricted_mean(9) == pytest.approx(restricted_mean_survival_time(fitted, t=9), abs=1e-9)
    limits = fitted.confidence_interval_
    for step in found.steps:
        if 0 < step.survival < 1:
            assert (step.low, step.high) == pytest.approx(tuple(limits.loc[step.time]), abs=1e-9)


@given(items)
def test_incidence_is_that_of_aalen_and_johansen_and_sums_to_one(given_items: Items) -> None:
    assume(any(outcome != "open" for _, outcome in given_items))
    found = of(given_items)
    names = [o for o in OUTCOMES[1:] if any(o == outcome for _, outcome in given_items)]
    status = [names.index(o) + 1 if o != "open" else 0 for _, o in given_items]
    fitted = CumIncidenceRight([float(t) for t, _ in given_items], status)
    for at, time in enumerate(fitted.times):
        for name, incidence in zip(names, fitted.cinc, strict=True):
            assert found.incidence(name, time) == pytest.approx(incidence[at], abs=1e-9)
            error = fitted.cinc_se[names.index(name)][at]
            if 0 < incidence[at] < 1 and np.isfinite(error):
                width = NORMAL_95 * error / (incidence[at] * math.log(incidence[at]))
                limits = incidence[at] ** math.exp(-width), incidence[at] ** math.exp(width)
                assert found.incidence_interval(name, time) == pytest.approx(limits, abs=1e-6)
    before = found.steps[0]
    for step in found.steps:
        assert sum(step.incidence.values()) + step.survival == pytest.approx(1, abs=1e-9)
        assert step.survival <= before.survival
        assert all(value >= before.incidence.get(name, 0) - 1e-12 for name, value in step.incidence.items())
        before = step


@given(items, items, items)
def test_groups_are_compared_as_by_lifelines(one: Items, two: Items, three: Items) -> None:
    for groups in ([one, two], [one, two, three]):
        rows = [(t, o != "open", at) for at, group in enumerate(groups) for t, o in group]
        table = pd.DataFrame(rows, columns=["time", "seen", "group"])
        found = log_rank([counted(group) for group in groups])
        if found is None or not table["seen"].any():
            continue
        try:
            expected = multivariate_logrank_test(table["time"], table["group"], table["seen"]).p_value
        except (np.linalg.LinAlgError, ValueError):
            continue
        if np.isfinite(expected):
            assert found == pytest.approx(expected, abs=1e-9)


late = some.lists(some.tuples(some.integers(0, 8), some.integers(1, 8), some.booleans()), min_size=2, max_size=40)


@given(late)
def test_items_that_came_late_are_at_risk_from_then_on(given_items: list[tuple[int, int, bool]]) -> None:
    entries, times = [float(e) for e, _, _ in given_items], [float(e + t) for e, t, _ in given_items]
    seen = [s for _, _, s in given_items]
    try:
        fitted = KaplanMeierFitter().fit(times, seen, entry=entries)
    except StatError:  # lifelines refuses where nobody is left at risk for a while
        assume(False)
    found = curve(counted([(int(t), "won" if s else "open") for t, s in zip(times, seen, strict=True)]), Counter(entries))
    assert found
    for step in found.steps:
        assert step.survival == pytest.approx(float(fitted.predict(step.time)), abs=1e-9)
        assert step.at_risk == sum(e < step.time <= t for e, t in zip(entries, times, strict=True))


def test_nothing_to_follow_has_no_curve() -> None:
    assert curve({}) is None
    assert log_rank([{1.0: {"won": 1}}]) is None


def test_five_deals_by_hand() -> None:
    found = of([(5, "won"), (5, "lost"), (7, "won"), (9, "open"), (7, "open")])
    assert [found.incidence("won", t) for t in (5, 7)] == [pytest.approx(1 / 5), pytest.approx(2 / 5)]
    assert [found.survival(t) for t in (4, 5, 7)] == [1.0, pytest.approx(3 / 5), pytest.approx(2 / 5)]
    assert (found.median(), found.n, found.censored) == (7, 5, 2)


@pytest.mark.filterwarnings("ignore:The maximum number of subdivisions")
def test_without_waiting_items_the_restricted_mean_varies_as_a_mean_does() -> None:
    times = [2, 3, 3, 5, 7, 8, 8, 11, 14, 20]
    found = curve(counted([(time, "won") for time in times]))
    assert found
    fitted = KaplanMeierFitter().fit(times)
    for horizon in (4, 9, 30):
        mean, variance = restricted_mean_survival_time(fitted, t=horizon, return_variance=True)
        exact = float(np.var(np.minimum(times, horizon)))
        assert exact == pytest.approx(variance, rel=1e-3)  # lifelines integrates in steps
        low, high = found.restricted_mean_interval(horizon)
        margin = NORMAL_95 * math.sqrt(exact / len(times))
        assert (mean - low, high) == pytest.approx((margin, min(horizon, mean + margin)), abs=1e-6)


def test_with_waiting_items_the_restricted_mean_varies_as_redraws_do() -> None:
    rng = np.random.default_rng(4)
    waits, watched = rng.exponential(10, 400).round(), rng.uniform(5, 30, 400).round()
    those = np.array([(min(w, c), w <= c) for w, c in zip(waits, watched, strict=True)])

    def mean(rows: np.ndarray) -> float:
        found = curve(counted([(int(time), "won" if ended else "open") for time, ended in rows]))
        assert found
        return found.restricted_mean(20)

    found = curve(counted([(int(time), "won" if ended else "open") for time, ended in those]))
    assert found
    low, high = found.restricted_mean_interval(20)
    drawn = np.std([mean(those[rng.integers(0, 400, 400)]) for _ in range(400)])
    assert (high - low) / 2 / NORMAL_95 == pytest.approx(drawn, rel=0.1)


def test_an_interval_of_the_restricted_mean_stays_within_the_horizon() -> None:
    found = curve({5.0: {"won": 1, "open": 1}})
    assert found
    low, high = found.restricted_mean_interval(10)
    assert 0 <= low <= found.restricted_mean(10) <= high <= 10
