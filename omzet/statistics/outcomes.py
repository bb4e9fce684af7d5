"""The distribution of a sum of yes-or-no amounts: what a period brings when each open deal is won or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import pi, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_UP_TO = 16
"""So many deals are added up exactly; more are drawn."""

DRAWS = 10_000
DRAWN_UP_TO = 256
"""So many deals are drawn one by one; of more the smaller ones enter by the normal distribution of their sum."""

SHOCKS = 100
"""How many values of the common shock are tried, in equal shares: the middles of as many equally likely parts."""


@dataclass(frozen=True)
class Deals:
    """Open deals, one or several alike to a row: how many they are, the sum of their amounts and of their squares, the
    chance of each to be won, and the size band whose ratios hold for them."""

    numbers: NDArray[np.float64]
    totals: NDArray[np.float64]
    squares: NDArray[np.float64]
    chances: NDArray[np.float64]
    bands: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[tuple[float, float, float, float, int]]) -> Deals:
        """From rows of number, sum, sum of squares, chance and band."""
        import numpy as np

        columns = np.asarray(rows, dtype=float).reshape(len(rows), 5).T
        return cls(columns[0], columns[1], columns[2], np.clip(columns[3], 0, 1), columns[4].astype(np.int64))

    @classmethod
    def single(cls, amounts: Sequence[float], chances: Sequence[float]) -> Deals:
        """From one amount and chance for each deal."""
        return cls.of([(1, a, a * a, p, 0) for a, p in zip(amounts, chances, strict=True)])

    def expected(self, ratios: Ratios) -> float:
        """What they bring on average: Σ amount × chance × mean ratio."""
        return float((self.totals * self.chances * ratios.means(self.bands)).sum())

    def kept(self, which: NDArray[np.bool_]) -> Deals:
        """Some of the rows."""
        return Deals(self.numbers[which], self.totals[which], self.squares[which], self.chances[which], self.bands[which])


@dataclass(frozen=True)
class Ratio:
    """What deals of one size band were won at, as a share of what they had stood at: values, each with its weight."""

    values: NDArray[np.float64]
    weights: NDArray[np.float64]

    @cached_property
    def mean(self) -> float:
        return float((self.values * self.weights).sum() / self.weights.sum())

    @cached_property
    def square(self) -> float:
        return float((self.values**2 * self.weights).sum() / self.weights.sum())

    @cached_property
    def passed(self) -> NDArray[np.float64]:
        """The share of the weight up to and with each value but the last."""
        import numpy as np

        return np.asarray(np.cumsum(self.weights)[:-1] / self.weights.sum())


class Ratios:
    """By size band what deals were won at; a band without any takes those of all bands, and none at all is 1."""

    def __init__(self, by_band: Mapping[int, Mapping[float, float]], enough: int = 1) -> None:
        import numpy as np

        every: dict[float, float] = {}
        for counts in by_band.values():
            for ratio, n in counts.items():
                every[ratio] = every.get(ratio, 0.0) + n
        chosen = {band: counts for band, counts in by_band.items() if sum(counts.values()) >= enough}
        self._of = {
            band: Ratio(*np.asarray(sorted(counts.items()), dtype=float).T)
            for band, counts in ({None: every} | chosen if every else {}).items()
        }

    @property
    def are_one(self) -> bool:
        """True where every deal was won at what it had stood at, or none is known."""
        return all((ratio.values == 1).all() for ratio in self._of.values())

    def of(self, band: int) -> Ratio | None:
        return self._of.get(band, self._of.get(None))

    def means(self, bands: NDArray[np.int64]) -> NDArray[np.float64]:
        """The mean ratio for each of these bands."""
        return self._moments(bands, "mean")

    def mean_squares(self, bands: NDArray[np.int64]) -> NDArray[np.float64]:
        """The mean squared ratio for each of these bands."""
        return self._moments(bands, "square")

    def _moments(self, bands: NDArray[np.int64], name: str) -> NDArray[np.float64]:
        import numpy as np

        distinct, place = np.unique(bands, return_inverse=True)
        found = [getattr(self.of(int(band)), name, 1.0) for band in distinct]
        return np.asarray(found, dtype=float)[place] if found else np.ones(len(bands))

    def drawn(self, bands: NDArray[np.int64], dice: np.random.Generator) -> NDArray[np.float64]:
        """A ratio for each of these bands, drawn as often as it was."""
        import numpy as np

        found = np.ones(len(bands))
        for band in np.unique(bands):
            if (ratio := self.of(int(band))) is not None:
                which = np.flatnonzero(bands == band)
                found[which] = ratio.values[np.searchsorted(ratio.passed, dice.random(len(which)), side="right")]
        return found


@dataclass(frozen=True)
class Outcomes:
    """Possible totals in rising order, each with its probability."""

    totals: NDArray[np.float64]
    chances: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """The expected total."""
        return float((self.totals * self.chances).sum())

    def quantile(self, share: float) -> float:
        """The smallest total x with P(X ≤ x) ≥ `share`."""
        import numpy as np

        reached = np.cumsum(self.chances) >= share - 1e-12
        return float(self.totals[int(np.argmax(reached))] if reached.any() else self.totals[-1])

    def at_least(self, total: float) -> float:
        """P(X ≥ total)."""
        return min(1.0, float(self.chances[self.totals >= total - 1e-9].sum()))

    def crps(self, actual: float) -> float:
        """Continuous ranked probability score: E|X − y| − ½ E|X − X'| (Gneiting and Raftery 2007)."""
        import numpy as np

        below = np.cumsum(self.chances)
        spread = (np.diff(self.totals) * below[:-1] * (1 - below[:-1])).sum()
        return float((np.abs(self.totals - actual) * self.chances).sum() - spread)


def of_deals(
    amounts: Sequence[float], chances: Sequence[float], *, more: Sequence[float] = (), shock: float = 0.0, seed: int = 1
) -> Outcomes:
    """The total of deals, each bringing its amount with its chance, plus one of the equally likely sums `more`."""
    return outcomes(Deals.single(amounts, chances), more=more, shock=shock, seed=seed)


def outcomes(
    deals: Deals,
    *,
    more: Sequence[float] = (),
    shock: float = 0.0,
    ratios: Ratios | None = None,
    draws: int = DRAWS,
    seed: int = 1,
) -> Outcomes:
    """The total of these deals, plus one of the equally likely sums `more`.

    With a `shock` the deals are not independent: the logit of every chance moves by the same normal amount of that
    standard deviation, around where each chance stays what it is on average. `ratios` are what a deal is won
    at, as a share of its amount. Up to sixteen deals that are won at their amount are convolved exactly, without
    rounding, for each of a hundred equally likely shocks; otherwise `draws` totals (a multiple of
    a hundred) are drawn with a fixed seed.
    """
    import numpy as np

    ratios = ratios or Ratios({})
    deals = deals.kept((deals.chances > 0) & (deals.totals != 0))
    moves = shocks(shock)
    if len(deals.numbers) <= EXACT_UP_TO and (deals.numbers == 1).all() and ratios.are_one:
        return _convolved(deals, moves, shock, more)
    dice = np.random.default_rng(seed)
    means, squares = ratios.means(deals.bands), ratios.mean_squares(deals.bands)
    weight = np.where(deals.numbers == 1, deals.squares * (squares - means**2 * deals.chances) * deals.chances, -1.0)
    order = np.lexsort((deals.bands, deals.chances, deals.totals, -weight))  # the same draws whatever the order of the rows
    single = order[: min(DRAWN_UP_TO, int((deals.numbers == 1).sum()))]
    rest = np.setdiff1d(order, single, assume_unique=True)
    each = draws // len(moves)
    chances = moved(deals.chances, moves, shock)
    won = dice.random((len(moves), each, len(single)), dtype=np.float32) < chances[:, None, single]
    if ratios.are_one:
        drawn = np.asarray(won @ deals.totals[single])
    else:
        draw, which = np.nonzero(won.reshape(draws, len(single)))
        worth = deals.totals[single][which] * ratios.drawn(deals.bands[single][which], dice)
        drawn = np.asarray(np.bincount(draw, weights=worth, minlength=draws).reshape(len(moves), each), dtype=float)
    if len(rest):
        total, square = deals.totals[rest] * means[rest], deals.squares[rest]
        middle = chances[:, rest] @ total
        spread = chances[:, rest] @ (square * squares[rest]) - chances[:, rest] ** 2 @ (square * means[rest] ** 2)
        drawn += dice.normal(middle[:, None], np.sqrt(np.maximum(spread, 0))[:, None], drawn.shape)
    found = drawn.ravel()
    if len(more):
        found = found + dice.choice(np.asarray(more, dtype=float), len(found))
    return Outcomes(np.sort(found), np.full(len(found), 1.0 / len(found)))


def shocks(spread: float) -> NDArray[np.float64]:
    """The values of the common shock that stand for all: one of no size, or a hundred equally likely ones."""
    import numpy as np

    if spread <= 0:
        return np.zeros(1)
    normal = NormalDist(0, spread)
    return np.asarray([normal.inv_cdf((at + 0.5) / SHOCKS) for at in range(SHOCKS)])


def moved(chances: NDArray[np.float64], moves: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Each chance under each of these shocks, a row a shock; over all of them it is on average what it is."""
    import numpy as np

    if spread <= 0:
        return np.broadcast_to(chances, (len(moves), len(chances)))
    distinct, place = np.unique(chances, return_inverse=True)
    inside = (distinct > 0) & (distinct < 1)
    p = distinct[inside]
    logit = np.log(p / (1 - p)) * sqrt(1 + pi * spread**2 / 8)  # close to it already: MacKay 1992
    for _ in range(4):
        each = 1 / (1 + np.exp(-(logit + moves[:, None])))
        slope = np.maximum((each * (1 - each)).mean(axis=0), 1e-300)
        logit = logit - np.clip((each.mean(axis=0) - p) / slope, -1, 1)
    found = np.broadcast_to(distinct, (len(moves), len(distinct))).copy()
    found[:, inside] = 1 / (1 + np.exp(-(logit + moves[:, None])))
    return np.asarray(found[:, place])


def share_below(deals: Deals, total: float, shock: float) -> float:
    """P(the deals bring at most `total`), by the normal distribution of their sum under each shock."""
    import numpy as np
    from scipy.special import ndtr

    chances = moved(deals.chances, shocks(shock)[2::5] if shock > 0 else shocks(0), shock)
    middle = chances @ deals.totals
    spread = np.sqrt(np.maximum(chances @ deals.squares - chances**2 @ deals.squares, 1e-9))
    return float(ndtr((total - middle) / spread).mean())


def _convolved(deals: Deals, moves: NDArray[np.float64], shock: float, more: Sequence[float]) -> Outcomes:
    import numpy as np

    totals, weights = np.zeros(1), np.ones((len(moves), 1))
    for amount, p in zip(deals.totals, moved(deals.chances, moves, shock).T, strict=True):
        both = np.concatenate([weights * (1 - p[:, None]), weights * p[:, None]], axis=1)
        totals, weights = _merged(np.concatenate([totals, totals + amount]), both)
    chances = weights.mean(axis=0)
    if len(more):
        extra = np.asarray(more, dtype=float)
        sums = (totals[:, None] + extra[None, :]).ravel()
        totals, merged = _merged(sums, np.repeat(chances / len(extra), len(extra))[None, :])
        chances = merged[0]
    return Outcomes(totals, chances)


def _merged(totals: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Equal totals as one, in rising order; totals are money, so a hundredth of a cent tells them apart."""
    import numpy as np

    distinct, place = np.unique(np.round(totals, 4), return_inverse=True)
    if len(distinct) == len(totals):
        return distinct, weights[:, np.argsort(place)]
    return distinct, np.stack([np.bincount(place, weights=row, minlength=len(distinct)) for row in weights]).astype(np.float64)
