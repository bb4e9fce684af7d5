"""Intervals, held against statsmodels, scipy and numpy."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from omzet.statistics.intervals import (
    Histogram,
    binomial_ranks,
    mean,
    poisson_exact,
    quantile,
    quantile_interval,
    ratio_of_sums,
    student_t,
    wilson,
)

quantiles = st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9])
values = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=60)


def near(low: float, high: float, **tolerance: Any) -> Any:
    return pytest.approx((low, high), **tolerance)


@given(st.integers(1, 10**7), st.floats(0, 1))
def test_wilson_is_that_of_statsmodels(n: int, share: float) -> None:
    k = round(n * share)
    low, high = proportion_confint(k, n, method="wilson")
    assert wilson(k, n) == near(low, high, abs=1e-10)


def test_wilson_gives_newcombes_published_examples_and_keeps_to_its_ends() -> None:
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for (k, n), bounds in published.items():
        assert wilson(k, n) == near(*bounds, abs=5e-5)
    assert wilson(0, 20).low == 0  # type: ignore[union-attr]
    assert wilson(20, 20).high == 1  # type: ignore[union-attr]
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (1, 0), (math.nan, 5)])
def test_what_is_no_proportion_has_no_interval(k: float, n: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson(k, n)


@given(st.integers(0, 10**6))
def test_wilson_contains_the_share_it_is_about(n: int) -> None:
    for k in {0, n // 3, n}:
        found = wilson(k, n)
        assert found is None or found.low <= k / n <= found.high


@pytest.mark.parametrize("freedom", [*range(1, 260), 1_000, 10**5, 10**9])
def test_students_t_is_that_of_scipy(freedom: int) -> None:
    assert student_t(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-10)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=50))
def test_the_interval_of_a_mean_is_that_of_statsmodels(rows: list[int]) -> None:
    found = mean(len(rows), sum(rows), sum(value * value for value in rows))
    low, high = DescrStatsW(np.array(rows, dtype=float)).tconfint_mean()
    assert found == near(low, high, rel=1e-9, abs=1e-6)


def test_the_interval_of_a_mean_to_the_tenth_decimal() -> None:
    rows = [3.0, 7.0, 8.5, 12.0, 40.0]
    low, high = DescrStatsW(rows).tconfint_mean()
    found = mean(5, sum(rows), sum(value * value for value in rows))
    assert found == near(low, high, abs=1e-10)


def test_a_ratio_of_sums_has_the_delta_methods_interval() -> None:
    rng = np.random.default_rng(7)
    x = rng.gamma(3, 10, 40)
    y = 0.4 * x + rng.normal(0, 3, 40)
    found = ratio_of_sums(40, x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum())
    # The delta method in its general form: gradient' · covariance of the means · gradient.
    gradient = np.array([-y.mean() / x.mean() ** 2, 1 / x.mean()])
    error = math.sqrt(gradient @ np.cov(np.stack([x, y])) @ gradient / 40)
    half = stats.t.ppf(0.975, 39) * error
    assert found == near(y.sum() / x.sum() - half, y.sum() / x.sum() + half, abs=1e-10)


def test_a_ratio_of_sums_covers_the_true_ratio_95_times_in_100() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(2000):
        x = rng.gamma(2, 50, 60)
        y = rng.poisson(0.3 * x)
        found = ratio_of_sums(60, x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum())
        assert found is not None
        covered += found.low <= 0.3 <= found.high
    assert 0.935 < covered / 2000 < 0.965


def test_too_few_rows_or_nothing_to_divide_by_gives_no_interval() -> None:
    assert mean(1, 5, 25) is None
    assert mean(0, 0, 0) is None
    assert ratio_of_sums(3, 0, 1, 2, 0, 3) is None
    assert mean(3, 15, 75) == (5, 5)


@pytest.mark.parametrize("k", [0, 1, 2, 5, 17, 100, 12_345, 10**6])
def test_a_counts_interval_is_exact(k: int) -> None:
    low = stats.chi2.ppf(0.025, 2 * k) / 2 if k else 0
    assert poisson_exact(k) == near(low, stats.chi2.ppf(0.975, 2 * k + 2) / 2, rel=1e-10)


@given(values, quantiles)
def test_a_quantile_is_numpys_linear_one(rows: list[float], q: float) -> None:
    assert quantile(sorted(rows), q) == pytest.approx(float(np.quantile(rows, q)), rel=1e-10, abs=1e-6)


@given(st.dictionaries(st.integers(-50, 50).map(float), st.integers(0, 40), max_size=20), quantiles)
def test_a_histogram_gives_what_its_values_give(counts: dict[float, int], q: float) -> None:
    rows = sorted(value for value, count in counts.items() for _ in range(count))
    histogram = Histogram.of(counts)
    assert histogram.n == len(rows)
    assert histogram.quantile(q) == quantile(rows, q)
    assert histogram.interval(q) == quantile_interval(rows, q)


def test_of_no_values_there_is_no_quantile() -> None:
    assert quantile([], 0.5) is None
    assert Histogram.of({}).quantile(0.5) is None
    assert Histogram.of({3.0: 0}).interval(0.5) is None


@given(st.integers(1, 3000), quantiles)
def test_ranks_are_those_of_the_exact_binomial_and_cover_95_percent(n: int, q: float) -> None:
    low, high = int(stats.binom.ppf(0.025, n, q)), int(stats.binom.ppf(0.975, n, q)) + 1
    ranks = binomial_ranks(n, q)
    assert ranks == ((low, high) if low >= 1 and high <= n else None)
    if ranks:
        assert stats.binom.cdf(high - 1, n, q) - stats.binom.cdf(low - 1, n, q) >= 0.95 - 1e-12


@pytest.mark.parametrize("n", [10**5, 10**6, 10**8])
def test_ranks_of_many_rows_are_exact_too(n: int) -> None:
    assert binomial_ranks(n, 0.9) == (stats.binom.ppf(0.025, n, 0.9), stats.binom.ppf(0.975, n, 0.9) + 1)


def test_a_median_has_an_interval_from_six_values_on_and_a_p90_from_36() -> None:
    assert quantile_interval(range(5), 0.5) is None
    assert quantile_interval(range(6), 0.5) == (0, 5)
    assert (binomial_ranks(35, 0.9), binomial_ranks(36, 0.9)) == (None, (29, 36))


def test_a_quantile_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile([1.0], 1.5)


def test_importing_intervals_loads_neither_scipy_nor_numpy() -> None:
    code = "import sys, omzet.statistics.intervals; print([m for m in ('scipy', 'numpy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
