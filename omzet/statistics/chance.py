"""How far a rate may lie from the pooled one by chance alone: the limits of a control chart for proportions."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054
Z_998 = 3.090232306167813
EXACT_BELOW = 20
"""Under so many trials the limits come from the binomial distribution itself."""


def limits(rate: float, trials: int, z: float = Z_95) -> tuple[float, float]:
    """The two limits between which the share of successes in `trials` falls by chance, given the true `rate`.

    Normal approximation `rate ± z sqrt(rate (1 − rate) / n)`, held within 0 and 1; under 20 trials the interpolated
    binomial quantiles of Spiegelhalter 2005 (Statistics in Medicine 24:1185-1202). Raises ValueError without trials.
    """
    if trials < 1:
        raise ValueError("limits need at least one trial")
    if not 0 < rate < 1:
        return rate, rate
    if trials >= EXACT_BELOW:
        margin = z * sqrt(rate * (1 - rate) / trials)
        return max(0.0, rate - margin), min(1.0, rate + margin)
    from scipy.stats import norm

    tail = float(norm.sf(z))
    return _quantile(tail, trials, rate), _quantile(1 - tail, trials, rate)


def _quantile(probability: float, trials: int, rate: float) -> float:
    """A quantile of the share, interpolated between the two counts around it."""
    from scipy.stats import binom

    count = int(binom.ppf(probability, trials, rate))
    upper, lower = float(binom.cdf(count, trials, rate)), float(binom.cdf(count - 1, trials, rate))
    step = (upper - probability) / (upper - lower) if upper > lower else 0.0
    return min(1.0, max(0.0, (count - step) / trials))
