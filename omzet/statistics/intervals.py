"""95 % intervals of proportions, means, ratios and counts, from sums that a query returns."""

from __future__ import annotations

import math
from functools import lru_cache

from omzet.statistics.quantiles import Histogram, Interval, binomial_ranks, quantile, quantile_interval

Z = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


def wilson(k: float, n: float) -> Interval | None:
    """The interval of a proportion, `k` successes out of `n`; fractions between 0 and 1. None when n is 0.

    Wilson's score interval without continuity correction (Wilson 1927; Brown, Cai and DasGupta 2001, formula 4). It
    never leaves 0 to 1 and has width at 0/n and n/n too. Raises ValueError when k is not between 0 and n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} successes out of {n} are no proportion")
    if n == 0:
        return None
    share = k / n
    shrink = 1 + Z * Z / n
    centre = (share + Z * Z / (2 * n)) / shrink
    half = Z / shrink * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return Interval(0.0 if k == 0 else max(0.0, centre - half), 1.0 if k == n else min(1.0, centre + half))


def mean(n: int, sy: float, syy: float) -> Interval | None:
    """The interval of a mean, in the unit of the values: `n` values with sum `sy` and sum of squares `syy`.

    Student's t with n − 1 degrees of freedom. None for fewer than 2 values.
    """
    return ratio_of_sums(n, n, sy, n, sy, syy)


def ratio_of_sums(n: int, sx: float, sy: float, sxx: float, sxy: float, syy: float) -> Interval | None:
    """The interval of Σy/Σx over `n` rows, in units of y per unit of x (attainment, cost ratio, average deal size).

    Takes the sums over rows of x, y, x², xy and y². By the delta method the variance of R = Σy/Σx is
    n/(n − 1) · Σ(y − Rx)² / (Σx)² (Cochran, Sampling Techniques, 6.4), and the interval is R ± t(n − 1) standard
    errors: for x = 1 it is that of a mean. None for fewer than 2 rows or when Σx is 0.
    """
    if n < 2 or sx == 0:
        return None
    ratio = sy / sx
    squares = max(0.0, syy - 2 * ratio * sxy + ratio * ratio * sxx)
    half = student_t(n - 1) * math.sqrt(n / (n - 1) * squares) / abs(sx)
    return Interval(ratio - half, ratio + half)


@lru_cache(maxsize=4096)
def poisson_exact(k: int) -> Interval:
    """The interval of the expected count where `k` were counted (Garwood 1936, by gamma quantiles).

    Raises ValueError when k is negative.
    """
    if k < 0:
        raise ValueError(f"a count can't be {k}")
    from scipy.special import gammaincinv

    return Interval(float(gammaincinv(k, 0.025)) if k else 0.0, float(gammaincinv(k + 1, 0.975)))


@lru_cache(maxsize=4096)
def student_t(freedom: int) -> float:
    """The 97.5 % point of Student's t with that many degrees of freedom.

    Up to 200 by Newton's method on the exact distribution (Abramowitz and Stegun 26.7.3 and 26.7.4), above by the
    expansion around the normal distribution (26.7.5), whose error there is below 1e-11.
    """
    if freedom < 1:
        raise ValueError(f"Student's t has at least 1 degree of freedom, not {freedom}")
    near = _expanded(max(freedom, 3))
    if freedom > 200:
        return near
    if freedom == 1:
        return math.tan(0.475 * math.pi)
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    t = near
    for _ in range(50):
        density = scale * (1 + t * t / freedom) ** (-(freedom + 1) / 2)
        step = (_within(t, freedom) - 0.95) / (2 * density)
        t -= step
        if abs(step) < 1e-14 * t:
            break
    return t


def _within(t: float, freedom: int) -> float:
    """P(|T| < t) for Student's t, by its finite series."""
    angle = math.atan2(t, math.sqrt(freedom))
    cosine = math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for j in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (j - 1) / j
        total += term
    return (angle + math.sin(angle) * total) * 2 / math.pi if odd else math.sin(angle) * total


def _expanded(freedom: int) -> float:
    z2 = Z * Z
    terms = (
        (z2 + 1) / 4,
        ((5 * z2 + 16) * z2 + 3) / 96,
        (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
        ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160,
    )
    return Z * (1 + sum(term / float(freedom) ** power for power, term in enumerate(terms, 1)))


__all__ = [
    "Histogram",
    "Interval",
    "binomial_ranks",
    "mean",
    "poisson_exact",
    "quantile",
    "quantile_interval",
    "ratio_of_sums",
    "student_t",
    "wilson",
]
