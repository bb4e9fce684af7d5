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
    (parts,) = decompose_all([values], period, smoothness)
    return parts


def decompose_all(series: Sequence[Sequence[float]], period: int = 12, smoothness: int = 7) -> list[Parts]:
    """Each of several series of one length taken apart, all at once."""
    import numpy as np

    y = np.asarray(series, dtype=float)
    if not len(y):
        return []
    n = y.shape[1]
    if n < 2 * period:
        raise ValueError("a season shows only over two periods or more")
    trend_width = _odd(int(np.ceil(1.5 * period / (1 - 1.5 / smoothness))))
    low, smooth = _window(n, _odd(period + 1)), _window(n, trend_width)
    trend, weights, season = np.zeros_like(y), np.ones_like(y), np.zeros_like(y)
    even = np.ones_like(y)
    for turn in range(OUTER + 1):
        for _ in range(INNER):
            cycles = _cycles(y - trend, weights, period, smoothness)
            passed = _moving(_moving(_moving(cycles, period), period), 3)
            season = cycles[:, period : period + n] - _loess(passed, *low, even)
            trend = _loess(y - season, *smooth, weights)
        if turn < OUTER:
            weights = _robust(y - trend - season, ROUNDING * np.abs(y).max(axis=1))
    return [Parts(own_trend, own_season) for own_trend, own_season in zip(trend, season, strict=True)]


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
    """Straight lines, or level ones, through the neighbours of each point, read at the point; a series in each row.

    Where no neighbour has weight it is the value itself, and beyond the ends what was read at the end.
    """
    import numpy as np

    places = np.arange(y.shape[1], dtype=float)
    w = tricube[None, :, :] * weights[:, None, :]
    total = w.sum(axis=2)
    known = total > 0
    w = w / np.where(known, total, 1.0)[:, :, None]
    middle = w @ places
    if level:
        found = np.einsum("smn,sn->sm", w, y)
    else:
        off = places[None, None, :] - middle[:, :, None]
        spread = (w * off**2).sum(axis=2)
        steep = np.sqrt(spread) > 0.001 * (y.shape[1] - 1)
        slope = np.where(steep, (at - middle) / np.where(steep, spread, 1.0), 0.0)
        found = np.einsum("smn,sn->sm", w * (slope[:, :, None] * off + 1), y)
    nearest = np.clip(at, 0, y.shape[1] - 1).astype(int)
    found = np.where(known, found, y[:, nearest])
    smoothed: Series = np.where(known, found, found[:, nearest - int(at[0])])
    return smoothed


def _cycles(y: Series, weights: Series, period: int, smoothness: int) -> Series:
    """Each month's values over the years, smoothed, with a year added at either end; a series in each row."""
    import numpy as np

    count, n = y.shape
    found = np.zeros((count, n + 2 * period))
    for months in (range(n % period), range(n % period, period)):  # the first ones have a year more
        if not len(months):
            continue
        at = np.array([np.arange(month, n, period) for month in months])
        values, own = (each[:, at].reshape(-1, at.shape[1]) for each in (y, weights))
        smoothed = _loess(values, *_window(at.shape[1], smoothness, 1), own, level=True)
        wide = np.array([np.arange(month, n + 2 * period, period) for month in months])
        found[:, wide] = smoothed.reshape(count, len(months), -1)
    return found


def _moving(y: Series, width: int) -> Series:
    import numpy as np

    windows = np.lib.stride_tricks.sliding_window_view(y, width, axis=1)
    averaged: Series = windows @ np.full(width, 1 / width)
    return averaged


def _robust(rest: Series, least: Series) -> Series:
    """Bisquare weights by row: what is six median deviations off counts for nothing.

    Where most of a series is met exactly, what is less than `least` off is rounding and no outlier.
    """
    import numpy as np

    off = np.abs(rest)
    far = np.maximum(6 * np.median(off, axis=1), least)[:, None]
    share = np.where(off <= 0.001 * far, 0.0, off / np.where(far > 0, far, 1.0))
    return np.where((off <= 0.999 * far) | (far == 0), (1 - share**2) ** 2, 0.0)
