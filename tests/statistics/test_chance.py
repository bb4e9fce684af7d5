"""Limits of what chance allows."""

from __future__ import annotations

import pytest
from scipy.stats import binom, norm

from omzet.statistics.chance import Z_95, Z_998, limits


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
