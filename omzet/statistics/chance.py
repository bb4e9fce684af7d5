"""How far a rate may lie from the pooled one by chance alone: the limits of a control chart for proportions."""

from __future__ import annotations

from math import comb, erfc, sqrt

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
    tail = erfc(z / sqrt(2)) / 2
    return _quantile(tail, trials, rate), _quantile(1 - tail, trials, rate)


def _quantile(probability: float, trials: int, rate: float) -> float:
    """A quantile of the share, interpolated between the two counts around it."""
    below = 0.0
    for count in range(trials + 1):
        upto = below + comb(trials, count) * rate**count * (1 - rate) ** (trials - count)
        if upto >= probability:
            step = (upto - probability) / (upto - below)
            return min(1.0, max(0.0, (count - step) / trials))
        below = upto
    return 1.0
