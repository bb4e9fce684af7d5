"""A series taken apart into trend, season and the rest: STL, so that months can be compared with the months before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Series = NDArray[np.float64]

ROUNDING = 1e-9
"""So small a part of a series is no rest but rounding."""

INNER, OUTER = 2, 15
"""Passes of the robust fit: over season and trend, and over the weights of outliers."""


@dataclass(frozen=True)
class Parts:
    """The parts of a series, which add up to it with what is left over: `trend` and `season` have its length."""

    trend: Series
    season: Series


def decompose(values: Sequence[float], period: int = 12, smoothness: int = 7) -> Parts:
    """Seasonal-trend decomposition by loess, robust against outliers.

    STL of Cleveland, Cleveland, McRae and Terpenning (1990, J. Off. Statist. 6:3-73): the season of each month is smoothed
    over `smoothness` years by weighted means, the trend over about one and a half periods by straight lines, both with
    tricube weights: lines would meet the two or three values that a month of a short series has, and leave no rest by which
    to tell an outlier. Outliers get bisquare weights. Raises ValueError for less than two periods.
    """
    import numpy as np

    y = np.asarray(values, dtype=float)
    if len(y) < 2 * period:
        raise ValueError("a season shows only over two periods or more")
    n = len(y)
    trend_width = _odd(int(np.ceil(1.5 * period / (1 - 1.5 / smoothness))))
    low, smooth = _window(n, _odd(period + 1)), _window(n, trend_width)
    trend, weights = np.zeros(n), np.ones(n)
    season = np.zeros(n)
    for turn in range(OUTER + 1):
        for _ in range(INNER):
            cycles = _cycles(y - trend, weights, period, smoothness)
            passed = _moving(_moving(_moving(cycles, period), period), 3)
            season = cycles[period : period + n] - _loess(passed, *low, np.ones(n))
            trend = _loess(y - season, *smooth, weights)
        if turn < OUTER:
            weights = _robust(y - trend - season, ROUNDING * float(np.abs(y).max()))
    return Parts(trend, season)


def _odd(width: int) -> int:
    return width + (width % 2 == 0)


@lru_cache(maxsize=64)
def _window(n: int, width: int, beyond: int = 0) -> tuple[Series, Series]:
    """The points at which a series of `n` is smoothed, `beyond` it at either end, and for each the tricube weights."""
    import numpy as np

    at, places = np.arange(-beyond, n + beyond, dtype=float), np.arange(n, dtype=float)
    near = min(width, n)
    first = np.clip(at - (width + 1) // 2 + 1, 0, n - near)
    last = first + near - 1
    reach = np.maximum(at - first, last - at) + max(0, (width - n) // 2)
    away = np.abs(places[None, :] - at[:, None])
    inside = (places[None, :] >= first[:, None]) & (places[None, :] <= last[:, None]) & (away <= 0.999 * reach[:, None])
    share = np.where(away <= 0.001 * reach[:, None], 0.0, away / reach[:, None])
    return at, np.where(inside, (1 - share**3) ** 3, 0.0)


def _loess(y: Series, at: Series, tricube: Series, weights: Series, *, level: bool = False) -> Series:
    """Straight lines, or level ones, through the neighbours of each point, read at the point.

    Where no neighbour has weight it is the value itself, and beyond the ends what was read at the end.
    """
    import numpy as np

    places = np.arange(len(y), dtype=float)
    w = tricube * weights
    total = w.sum(axis=1)
    known = total > 0
    w = w / np.where(known, total, 1.0)[:, None]
    middle = w @ places
    off = places[None, :] - middle[:, None]
    spread = (w * off**2).sum(axis=1)
    steep = (np.sqrt(spread) > 0.001 * (len(y) - 1)) & (not level)
    slope = np.where(steep, (at - middle) / np.where(steep, spread, 1.0), 0.0)
    found = (w * (slope[:, None] * off + 1)) @ y
    nearest = np.clip(at, 0, len(y) - 1).astype(int)
    found = np.where(known, found, y[nearest])
    smoothed: Series = np.where(known, found, found[nearest - int(at[0])])
    return smoothed


def _cycles(y: Series, weights: Series, period: int, smoothness: int) -> Series:
    """Each month's values over the years, smoothed, with a year added at either end."""
    import numpy as np

    found = np.zeros(len(y) + 2 * period)
    for month in range(period):
        values = y[month::period]
        found[month::period] = _loess(values, *_window(len(values), smoothness, 1), weights[month::period], level=True)
    return found


def _moving(y: Series, width: int) -> Series:
    import numpy as np

    return np.convolve(y, np.full(width, 1 / width), mode="valid")


def _robust(rest: Series, least: float) -> Series:
    """Bisquare weights: what is six median deviations off counts for nothing.

    Where most of a series is met exactly, what is less than `least` off is rounding and no outlier.
    """
    import numpy as np

    off = np.abs(rest)
    far = max(6 * float(np.median(off)), least)
    if far == 0:
        return np.ones(len(rest))
    share = np.where(off <= 0.001 * far, 0.0, off / far)
    return np.where(off <= 0.999 * far, (1 - share**2) ** 2, 0.0)
