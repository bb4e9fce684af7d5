"""Signals in a series: what lies outside its own usual variation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

RUN = 8
"""So many points in a row on one side of the centre are a signal."""


@dataclass(frozen=True)
class ControlChart:
    """Centre and limits of a series, `low` and `high` for each point, and the places that are signals."""

    centre: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    outside: tuple[int, ...]
    shifted: tuple[int, ...]

    @property
    def signals(self) -> tuple[int, ...]:
        """Places outside a limit or at the end of a run on one side."""
        return tuple(sorted({*self.outside, *self.shifted}))


def natural_limits(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Centre, lower and upper limit of an XmR chart: mean ± 2.66 × mean moving range. None for fewer than 2 values.

    2.66 is 3/d2 for two values (Wheeler, Understanding Variation, 1993).
    """
    if len(values) < 2:
        return None
    centre = math.fsum(values) / len(values)
    moving = math.fsum(abs(b - a) for a, b in pairwise(values)) / (len(values) - 1)
    return centre, centre - 2.66 * moving, centre + 2.66 * moving


def xmr(values: Sequence[float]) -> ControlChart | None:
    """The XmR chart of a series in order of time: one point outside the limits, or 8 in a row on one side of the centre."""
    limits = natural_limits(values)
    if limits is None:
        return None
    centre, low, high = limits
    return _chart(values, centre, [low] * len(values), [high] * len(values))


def p_prime(successes: Sequence[int], trials: Sequence[int]) -> ControlChart | None:
    """Laney's p′ chart of proportions with varying n (Laney 2002); None with fewer than 2 periods that have trials.

    The limits p̄ ± 3·σ_i·σ_z widen the binomial σ_i = √(p̄(1 − p̄)/n_i) by σ_z, the mean moving range of the z-scores
    ÷ 1.128, so that many trials do not make every point a signal. Periods without trials are left out of the places.
    """
    kept = [(k, n) for k, n in zip(successes, trials, strict=True) if n > 0]
    total = sum(n for _, n in kept)
    if len(kept) < 2:
        return None
    centre = sum(k for k, _ in kept) / total
    spreads = [math.sqrt(centre * (1 - centre) / n) for _, n in kept]
    shares = [k / n for k, n in kept]
    if not 0 < centre < 1:
        return _chart(shares, centre, [centre] * len(kept), [centre] * len(kept))
    z = [(share - centre) / spread for share, spread in zip(shares, spreads, strict=True)]
    between = math.fsum(abs(b - a) for a, b in pairwise(z)) / (len(z) - 1) / 1.128
    low = [max(0.0, centre - 3 * spread * between) for spread in spreads]
    high = [min(1.0, centre + 3 * spread * between) for spread in spreads]
    return _chart(shares, centre, low, high)


def _chart(values: Sequence[float], centre: float, low: Sequence[float], high: Sequence[float]) -> ControlChart:
    outside = tuple(i for i, v in enumerate(values) if not low[i] <= v <= high[i])
    shifted = []
    run = side = 0
    for place, value in enumerate(values):
        now = (value > centre) - (value < centre)
        run = run + 1 if now and now == side else int(bool(now))
        side = now
        if run >= RUN:
            shifted.append(place)
    return ControlChart(centre, tuple(low), tuple(high), outside, tuple(shifted))
