"""How far a rate may lie from the pooled one by chance alone: the limits of a control chart for proportions."""

from __future__ import annotations

from math import comb, erfc, sqrt
from statistics import NormalDist

Z_95 = 1.959963984540054
Z_998 = 3.090232306167813
EXACT_BELOW = 20
"""Under so many trials the limits come from the binomial distribution itself."""


def limits(rate: float, trials: int, z: float = Z_95) -> tuple[float, float]:
    """The two limits between which the share of successes in `trials` falls by chance, given the true `rate`.

    Normal approximation `rate ± z sqrt(rate (1 − rate) / n)`, held within 0 and 1; under 20 trials the exact
    binomial limits by mid-p, interpolated between counts: a share lies past a limit only where half its own chance and all
    beyond it come to less than the tail, so that the most likely outcome is never one. Raises ValueError without trials.
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


def probability(successes: int, trials: int, rate: float, factor: float = 1.0) -> float:
    """The two-sided chance to lie as far from the true `rate` as `successes` of `trials`, or further.

    The test behind `limits`: a share lies past the limit of `z · factor` where this is below that limit's two tails. `factor`
    is what the limits are widened by. By the normal approximation, under 20 trials by the exact mid-p tail. Raises
    ValueError without trials.
    """
    if trials < 1:
        raise ValueError("a test needs at least one trial")
    if not 0 < rate < 1:
        return 1.0
    if trials >= EXACT_BELOW:
        z = abs(successes / trials - rate) / sqrt(rate * (1 - rate) / trials)
    else:
        chances = [comb(trials, count) * rate**count * (1 - rate) ** (trials - count) for count in range(trials + 1)]
        half = chances[successes] / 2
        tail = min(sum(chances[:successes]) + half, sum(chances[successes + 1 :]) + half)
        z = -NormalDist().inv_cdf(min(0.5, max(tail, 1e-300)))
    return erfc(z / factor / sqrt(2))


def _quantile(probability: float, trials: int, rate: float) -> float:
    """The share at which the mid-p distribution reaches `probability`, interpolated between the two counts around it."""
    below = before = 0.0
    for count in range(trials + 1):
        chance = comb(trials, count) * rate**count * (1 - rate) ** (trials - count)
        middle = below + chance / 2
        if middle >= probability:
            return (count - 1 + (probability - before) / (middle - before)) / trials if count else 0.0
        below, before = below + chance, middle
    return 1.0
