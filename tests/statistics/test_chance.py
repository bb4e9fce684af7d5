"""Limits of what chance allows."""

from __future__ import annotations

import pytest
from scipy.stats import binom, norm

from omzet.statistics.chance import Z_95, Z_998, limits, probability


def test_many_trials_have_the_limits_of_the_normal_approximation() -> None:
    assert limits(0.25, 100) == pytest.approx((0.25 - 1.959963984540054 * 0.0433012702, 0.25 + 1.959963984540054 * 0.0433012702))


@pytest.mark.parametrize("z", [Z_95, Z_998])
@pytest.mark.parametrize(("rate", "trials"), [(0.3, 12), (0.05, 19), (0.9, 7), (0.5, 1)])
def test_few_trials_have_the_mid_p_limits_of_the_binomial(rate: float, trials: int, z: float) -> None:
    low, high = limits(rate, trials, z)
    for count in range(trials + 1):
        half = binom.pmf(count, trials, rate) / 2
        assert (count / trials < low) == (binom.cdf(count - 1, trials, rate) + half < norm.sf(z))
        assert (count / trials > high) == (binom.sf(count, trials, rate) + half < norm.sf(z))


def test_limits_close_in_as_trials_grow() -> None:
    widths = [high - low for low, high in (limits(0.4, trials) for trials in range(20, 400, 20))]
    assert widths == sorted(widths, reverse=True)


def test_a_rate_without_chance_has_no_room() -> None:
    assert limits(0.0, 50) == (0.0, 0.0)
    assert limits(1.0, 5) == (1.0, 1.0)


def test_no_trials_is_no_question() -> None:
    with pytest.raises(ValueError, match="at least one"):
        limits(0.5, 0)


def test_the_chance_of_many_trials_is_that_of_the_z_test() -> None:
    assert probability(60, 100, 0.5) == pytest.approx(2 * norm.sf(2))
    assert probability(60, 100, 0.5, factor=2) == pytest.approx(2 * norm.sf(1))


@pytest.mark.parametrize(("rate", "trials"), [(0.3, 12), (0.05, 19), (0.9, 7), (0.5, 1)])
def test_the_chance_of_few_trials_is_twice_the_mid_p_tail_of_the_binomial(rate: float, trials: int) -> None:
    for count in range(trials + 1):
        half = binom.pmf(count, trials, rate) / 2
        tail = min(binom.cdf(count - 1, trials, rate), binom.sf(count, trials, rate)) + half
        assert probability(count, trials, rate) == pytest.approx(2 * min(0.5, tail))


@pytest.mark.parametrize("trials", [5, 19, 40, 400])
def test_who_lies_past_a_limit_has_a_chance_below_its_tails(trials: int) -> None:
    for z in (Z_95, Z_998):
        low, high = limits(0.3, trials, z * 1.2)
        for count in range(trials + 1):
            past = count / trials < low or count / trials > high
            assert past == (probability(count, trials, 0.3, 1.2) < 2 * norm.sf(z)), count


def test_a_rate_without_chance_has_nothing_to_test() -> None:
    assert probability(0, 5, 0.0) == 1.0
    with pytest.raises(ValueError, match="at least one"):
        probability(0, 0, 0.5)
