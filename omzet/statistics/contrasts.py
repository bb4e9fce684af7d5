"""Differences between two proportions: plain, over strata, and between two groups of which some are still open."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from omzet.statistics.intervals import Z, wilson


class Contrast(NamedTuple):
    """A difference with its 95 % interval, as a fraction."""

    value: float
    low: float
    high: float


def newcombe(k1: int, n1: int, k0: int, n0: int) -> Contrast | None:
    """k1/n1 − k0/n0 with Newcombe's hybrid score interval. None where either side has no trials.

    Each limit combines the distances of the two shares to their own Wilson limits (Newcombe 1998, Statist. Med. 17:873-890,
    method 10, without continuity correction).
    """
    one, other = wilson(k1, n1), wilson(k0, n0)
    if one is None or other is None:
        return None
    p1, p0 = k1 / n1, k0 / n0
    value = p1 - p0
    low = value - math.hypot(p1 - one.low, other.high - p0)
    high = value + math.hypot(one.high - p1, p0 - other.low)
    return Contrast(value, low, high)


def score_test(k1: int, n1: int, k0: int, n0: int) -> float | None:
    """The two-sided p-value of the score test that two proportions are equal (pooled variance). None where undefined."""
    if not n1 or not n0:
        return None
    pooled = (k1 + k0) / (n1 + n0)
    if pooled in (0.0, 1.0):
        return 1.0
    z = (k1 / n1 - k0 / n0) / math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    return math.erfc(abs(z) / math.sqrt(2))


def stratified(strata: Iterable[tuple[int, int, int, int]]) -> Contrast | None:
    """The difference within strata, by Mantel-Haenszel weights; each stratum is (k1, n1, k0, n0).

    A stratum weighs n1·n0/(n1 + n0), so that one with only one side adds nothing. The variance is that of Sato (1989,
    Biometrics 45:1323), which holds for few large and for many small strata. None where no stratum has both sides.
    """
    weights = difference = p = q = 0.0
    for k1, n1, k0, n0 in strata:
        if not n1 or not n0:
            continue
        total = n1 + n0
        weights += n1 * n0 / total
        difference += (k1 * n0 - k0 * n1) / total
        p += (n1 * n1 * k0 - n0 * n0 * k1 + n1 * n0 * (n0 - n1) / 2) / total**2
        q += (k1 * (n0 - k0) + k0 * (n1 - k1)) / (2 * total)
    if not weights:
        return None
    value = difference / weights
    half = Z * math.sqrt(max(0.0, value * p + q)) / weights
    return Contrast(value, value - half, value + half)
