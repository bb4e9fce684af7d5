"""Quantiles of values as they are, sorted or counted, and the ranks that bound them."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple


class Interval(NamedTuple):
    """A 95 % interval, in the unit of what it is about."""

    low: float
    high: float


@dataclass(frozen=True)
class Histogram:
    """Values and how often each occurs: `values` ascending, `reached[i]` how many are at most `values[i]`.

    Durations in days or amounts in whole thousands repeat a lot: a histogram of them is small where the rows are many.
    """

    values: tuple[float, ...]
    reached: tuple[int, ...]

    @classmethod
    def of(cls, counts: Mapping[float, int]) -> Histogram:
        """The histogram of a value -> count mapping. Counts of 0 are left out; a negative one raises ValueError."""
        if any(count < 0 for count in counts.values()):
            raise ValueError("a count can't be negative")
        values = sorted(value for value, count in counts.items() if count)
        return cls(tuple(values), tuple(accumulate(counts[value] for value in values)))

    @property
    def n(self) -> int:
        """How many values there are."""
        return self.reached[-1] if self.reached else 0

    def at(self, place: int) -> float:
        """The value at a place in ascending order, from 0."""
        return self.values[bisect_right(self.reached, place)]

    def quantile(self, q: float) -> float | None:
        """The `q` quantile (0 to 1) by type 7, None of no values."""
        return _quantile(self.at, self.n, q)

    def interval(self, q: float) -> Interval | None:
        """The 95 % interval of the `q` quantile; see `quantile_interval`."""
        return _interval(self.at, self.n, q)


def quantile(ordered: Sequence[float], q: float) -> float | None:
    """The `q` quantile (0 to 1) of values in ascending order, None of no values.

    Type 7 of Hyndman and Fan (1996): linear between the values beside place (n − 1)q.
    """
    return _quantile(ordered.__getitem__, len(ordered), q)


def quantile_interval(ordered: Sequence[float], q: float) -> Interval | None:
    """The 95 % interval of the `q` quantile from values in ascending order; None where they are too few.

    The values at the ranks of `binomial_ranks`: it covers the true quantile in at least 95 of 100 samples whatever the
    distribution (David and Nagaraja, Order Statistics, 7.1). A median has one from 6 values on, a P90 from 36.
    """
    return _interval(ordered.__getitem__, len(ordered), q)


@lru_cache(maxsize=4096)
def binomial_ranks(n: int, q: float) -> tuple[int, int] | None:
    """Ranks from 1 of the two values among `n` between which the `q` quantile lies with at least 95 % certainty.

    With B binomial (n, q) the ranks are l, the largest with P(B < l) ≤ 2.5 %, and u, the smallest with P(B ≥ u) ≤ 2.5 %.
    None where there is no such rank among 1..n. The binomial is summed exactly, not approximated.
    """
    _check(q)
    low = _tail(n, q)
    high = n + 1 - _tail(n, 1 - q)
    return (low, high) if low >= 1 and high <= n else None


def _tail(n: int, q: float) -> int:
    """The largest rank l with P(B < l) ≤ 2.5 %, B binomial (n, q)."""
    if n == 0 or q == 0:
        return 0
    if q == 1:
        return n
    # Eight standard deviations below the mean nothing is left that could be seen among 2.5 %.
    k = max(0, int(n * q - 8 * math.sqrt(n * q * (1 - q))) - 1)
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(q) + (n - k) * math.log1p(-q)
    mass = math.exp(log)
    odds = q / (1 - q)
    below = mass
    while below <= 0.025 and k < n:
        mass *= (n - k) / (k + 1) * odds
        k += 1
        below += mass
    return k


def _quantile(at: Callable[[int], float], n: int, q: float) -> float | None:
    _check(q)
    if n == 0:
        return None
    place = (n - 1) * q
    low = math.floor(place)
    value = at(low)
    return value + (at(low + 1) - value) * (place - low) if place > low else value


def _interval(at: Callable[[int], float], n: int, q: float) -> Interval | None:
    ranks = binomial_ranks(n, q)
    return Interval(at(ranks[0] - 1), at(ranks[1] - 1)) if ranks else None


def _check(q: float) -> None:
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
