"""Comparing people and explaining changes, against SciPy, statsmodels and NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import beta, betabinom
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from omzet.statistics import contrasts, decomposition, dispersion, logistic, multiplicity, shrinkage, signals

COUNTS = st.dictionaries(
    st.sampled_from("abcde"), st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1
)


@given(st.integers(1, 90), st.integers(1, 90), st.data())
def test_newcombe_is_that_of_statsmodels(n1: int, n0: int, data: st.DataObject) -> None:
    k1, k0 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n0))
    found = contrasts.newcombe(k1, n1, k0, n0)
    assert found is not None
    low, high = confint_proportions_2indep(k1, n1, k0, n0, method="newcomb", compare="diff")
    assert [found.low, found.high] == pytest.approx([low, high], abs=1e-9)


def test_the_score_test_and_the_common_difference() -> None:
    assert contrasts.score_test(30, 80, 18, 90) == pytest.approx(proportions_ztest([30, 18], [80, 90])[1])
    strata = [(12, 30, 20, 80), (30, 50, 22, 60), (3, 9, 8, 40)]
    found = contrasts.stratified(strata)
    tables = StratifiedTable([np.array([[a, n - a], [c, m - c]]) for a, n, c, m in strata])
    assert found is not None
    weights = [n * m / (n + m) for _, n, _, m in strata]
    plain = sum(w * (a / n - c / m) for w, (a, n, c, m) in zip(weights, strata, strict=True)) / sum(weights)
    assert found.value == pytest.approx(plain)
    assert (found.low > 0) == (tables.test_null_odds().pvalue < 0.05)
    assert contrasts.stratified([(1, 2, 0, 0)]) is None
    assert contrasts.newcombe(0, 0, 1, 2) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_is_that_of_statsmodels(p_values: list[float]) -> None:
    assert multiplicity.adjusted(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1])
    assert sum(multiplicity.discoveries(p_values, 1.0)) == len(p_values)


@given(COUNTS, COUNTS)
def test_mix_and_rate_add_up_to_the_change(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> None:
    parts = decomposition.mix_and_rate(before, after)
    assert parts is not None
    rates = [sum(k for k, _ in side.values()) / sum(n for _, n in side.values()) for side in (before, after)]
    assert sum(part.mix + part.rate for part in parts.values()) == pytest.approx(rates[1] - rates[0], abs=1e-12)
    assert all(part.rate == 0 for part in parts.values() if not part.known)


def test_a_reversal_is_seen() -> None:
    before, after = {"small": (60, 100), "large": (10, 50)}, {"small": (26, 40), "large": (25, 110)}
    parts = decomposition.mix_and_rate(before, after)
    assert parts is not None
    assert decomposition.is_reversed(parts)
    assert sum(part.mix for part in parts.values()) == pytest.approx(
        (40 / 150 - 100 / 150) * (0.6 + 0.65) / 2 + (110 / 150 - 50 / 150) * (0.2 + 25 / 110) / 2
    )


@given(
    st.lists(st.tuples(*[st.just(0.0) | st.floats(0.001, 1000)] * 2), min_size=1, max_size=4),
)
def test_the_parts_of_a_product_add_up_to_its_change(pairs: list[tuple[float, float]]) -> None:
    before, after = zip(*pairs, strict=True)
    change = float(np.prod(after) - np.prod(before))
    largest = float(np.prod([max(pair) for pair in pairs]))  # what is added and taken away on the way
    assert sum(decomposition.product_parts(before, after)) == pytest.approx(change, rel=1e-6, abs=1e-6 + 1e-14 * largest)


@pytest.mark.parametrize("seed", range(4))
def test_the_prior_is_the_one_of_greatest_likelihood(seed: int) -> None:
    rng = np.random.default_rng(seed)
    closed = rng.integers(5, 60, 40)
    won = rng.binomial(closed, rng.beta(6, 14, 40))

    def misfit(log_prior: np.ndarray) -> float:
        return -float(betabinom.logpmf(won, closed, *np.exp(log_prior)).sum())

    best = minimize(misfit, [1.0, 2.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
    prior = shrinkage.fit(won.tolist(), closed.tolist())
    assert prior is not None
    assert prior.how == "fitted"
    assert -misfit(np.log([prior.a, prior.b])) >= -best.fun - 1e-7
    assert [prior.a, prior.b] == pytest.approx(np.exp(best.x), rel=1e-3)


def test_posteriors_are_betas() -> None:
    prior = shrinkage.Prior(4, 12, "given")
    three, none = shrinkage.posteriors(prior, [3, 0], [3, 0])
    assert [three.mean, none.mean] == pytest.approx([7 / 19, 0.25])
    assert three[1:5] == pytest.approx(beta.ppf([0.025, 0.975, 0.05, 0.95], 7, 12))
    assert three.above == pytest.approx(beta.sf(0.25, 7, 12))


def test_few_people_get_a_weak_prior_and_alike_ones_a_capped_one() -> None:
    few = shrinkage.fit([3, 30, 2, 0], [3, 60, 5, 3])
    assert few is not None
    assert few.how == "few"
    assert [few.a + few.b, few.mean] == pytest.approx([10, 35 / 71])
    alike = shrinkage.fit([10] * 24, [40] * 24)
    assert alike is not None
    assert alike.how == "alike"
    assert alike.a + alike.b == pytest.approx(500)
    assert shrinkage.fit([0], [0]) is None
    uncertain = shrinkage.fit([2, 9, 14, 3, 8, 10], [10, 20, 22, 18, 19, 15])
    assert uncertain is not None
    assert uncertain.draws
    certain = shrinkage.Prior(uncertain.a, uncertain.b, "fitted")
    widths = [shrinkage.posteriors(each, [2], [10])[0] for each in (uncertain, certain)]
    assert widths[0].high - widths[0].low > widths[1].high - widths[1].low


def test_logistic_regression_on_counts_is_that_of_statsmodels() -> None:
    design = logistic.one_hot([(a, b) for a in "xyz" for b in "pq"])
    k, n = np.array([3.0, 8, 10, 4, 2, 9]), np.array([10.0, 20, 30, 12, 25, 18])
    expected = sm.GLM(np.column_stack([k, n - k]), design, family=sm.families.Binomial()).fit().params
    assert logistic.fit(design, k, n) == pytest.approx(expected, abs=1e-8)
    unseen = logistic.out_of_fold([("x",), ("y",), ("x",), ("y",)], [0, 0, 1, 1], [5, 10, 5, 10], [20, 20, 20, 20])
    assert unseen[0] == pytest.approx(unseen[2])
    assert 0.25 < unseen[0] < unseen[1] < 0.5


def test_overdispersion_needs_people_and_evidence() -> None:
    assert dispersion.overdispersion([5.0] * 4) == 1
    assert dispersion.overdispersion([0.5, -0.5] * 10) == 1
    z = [-4, -3, -2.5, -2, -1, 1, 2, 2.5, 3, 9.0]
    held = np.clip(z, *np.quantile(z, [0.1, 0.9]))
    assert dispersion.overdispersion(z) == pytest.approx(float(np.mean(held**2)))


def test_signals_of_an_xmr_chart() -> None:
    chart = signals.xmr([10, 12, 11, 13, 10, 12, 40])
    assert chart is not None
    assert chart.outside == (6,)
    limits = signals.natural_limits([10, 12, 11, 13])
    assert limits == pytest.approx((11.5, 11.5 - 2.66 * 5 / 3, 11.5 + 2.66 * 5 / 3))
    run = signals.xmr([1, 2] * 4 + [9] * 8)
    assert run is not None
    assert 15 in run.shifted
    assert signals.xmr([1]) is None
    shares = signals.p_prime([30, 25, 33, 28, 60], [100, 90, 110, 95, 100])
    assert shares is not None
    assert shares.centre == pytest.approx(176 / 495)
    assert signals.p_prime([1], [2]) is None
