"""The distribution of a sum of yes-or-no amounts: what a period brings when each open deal is won or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from omzet.statistics.open_deals import PARTS, Deals, Ratios
from omzet.statistics.shocks import moved, shocks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_UP_TO = 16
"""So many deals are added up exactly; more are drawn."""

DRAWS = 10_000
DRAWN_UP_TO = 64
"""So many deals are all drawn one by one."""

WIDEST = 24
"""Of more deals so many are drawn one by one, those that the spread comes from most; the others enter by the mean, variance
and skewness of their sum."""

EQUAL_UP_TO = 256
"""So many deals are all drawn one by one where most are of equal amounts, whose sums lie steps apart."""


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
    a hundred) are drawn with a fixed seed: up to 64 deals one by one, of more those that the spread comes from most, and
    the others together, by their mean, variance and skewness under each shock (Cornish and Fisher 1938, to the first term).
    """
    import numpy as np

    ratios = ratios or Ratios({})
    deals = deals.kept((deals.chances > 0) & (deals.totals != 0))
    moves = shocks(shock)
    if len(deals.numbers) <= EXACT_UP_TO and (deals.numbers == 1).all() and ratios.are_one:
        return _convolved(deals, moves, shock, more)
    moments = ratios.moments(deals.bands)
    alone = _alone(deals, moments, ratios.are_one)
    thrown = _throw(seed, draws, DRAWN_UP_TO if np.count_nonzero(alone) <= DRAWN_UP_TO else EQUAL_UP_TO)
    found = _drawn(deals.kept(alone), moves, shock, ratios, thrown)
    if not alone.all():
        middle, spread, skew = _together(deals.kept(~alone), [each[~alone] for each in moments], moves, shock)
        z = thrown.normal.reshape(len(moves), -1)
        bent = (z + skew / 6 * (z * z - 1)) / np.sqrt(1 + skew**2 / 18)
        found += (middle + spread * bent).ravel()
    if len(more):
        found += np.asarray(more, dtype=float)[(thrown.share * len(more)).astype(np.int64)]
    return Outcomes(np.sort(found), np.full(len(found), 1.0 / len(found)))


@dataclass(frozen=True)
class _Thrown:
    """Random numbers for so many draws: by deal and draw a uniform one and a part of the ratios, counted on from deal to deal;
    by draw a normal and a uniform one. Each kind has one value in each of as many equally likely parts as there are draws, in
    an order of its own (Latin hypercube sampling: McKay, Beckman and Conover 1979), so that shares come out as they should.
    All totals are drawn with the same, so that places and periods differ only by what they are made of."""

    uniform: NDArray[np.float32]
    part: NDArray[np.intp]
    normal: NDArray[np.float64]
    share: NDArray[np.float64]


@lru_cache(maxsize=4)
def _throw(seed: int, draws: int, deals: int) -> _Thrown:
    import numpy as np
    from scipy.special import ndtri

    dice = np.random.default_rng(seed)

    def spread_evenly(rows: int) -> NDArray[np.float64]:
        ranks = dice.permuted(np.broadcast_to(np.arange(draws), (rows, draws)), axis=1)
        return np.minimum((ranks + dice.random(ranks.shape)) / draws, 1 - 2**-24)  # below 1 in single precision too

    part = (spread_evenly(deals) * PARTS).astype(np.intp) + np.arange(deals, dtype=np.intp)[:, None] * PARTS
    normal, share = spread_evenly(2)
    return _Thrown(spread_evenly(deals).astype(np.float32), part, ndtri(normal), share)


def _alone(deals: Deals, moments: Sequence[NDArray[np.float64]], at_their_amount: bool) -> NDArray[np.bool_]:
    """Which deals are drawn one by one: of those told one by one all, or the ones whose outcomes vary most."""
    import numpy as np

    single = deals.numbers == 1
    n = np.count_nonzero(single)
    if n <= DRAWN_UP_TO or (at_their_amount and n <= EQUAL_UP_TO and 2 * len(np.unique(deals.totals[single])) < n):
        return np.asarray(single)
    mean, square, _ = moments
    weight = np.where(single, deals.squares * (square - mean**2 * deals.chances) * deals.chances, -1.0)
    wide = np.flatnonzero(weight >= np.partition(weight, -WIDEST)[-WIDEST])
    order = np.lexsort((deals.bands[wide], deals.chances[wide], deals.totals[wide], -weight[wide]))
    chosen = np.zeros(len(single), dtype=bool)
    chosen[wide[order[:WIDEST]]] = True
    return chosen


def _drawn(deals: Deals, moves: NDArray[np.float64], shock: float, ratios: Ratios, thrown: _Thrown) -> NDArray[np.float64]:
    """Totals of deals drawn one by one, the same whatever their order; each shock has an equal run of the draws."""
    import numpy as np

    n, draws = len(deals.numbers), thrown.uniform.shape[1]
    order = np.lexsort((deals.bands, deals.chances, deals.totals))
    chances = moved(deals.chances[order], moves, shock).T.astype(np.float32)
    won = (thrown.uniform[:n].reshape(n, len(moves), draws // len(moves)) < chances[:, :, None]).reshape(n, draws)
    if ratios.are_one or not n:
        return np.asarray(deals.totals[order] @ won)
    worth = ratios.parts(deals.bands[order]).take(thrown.part[:n])
    worth *= won
    return np.asarray(deals.totals[order] @ worth)


def _together(
    deals: Deals, moments: Sequence[NDArray[np.float64]], moves: NDArray[np.float64], shock: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean, standard deviation and skewness of the sum of independent deals under each shock, a row a shock.

    A deal of amount a, won with chance p at ratio r, has the cumulants a p E r, a² (p E r² − (p E r)²) and
    a³ (p E r³ − 3 p² E r E r² + 2 (p E r)³), and those of deals add up. Of several told together Σ a³ is taken as
    (Σ a²)² ÷ Σ a, which it is where they are alike and never more than it is.
    """
    import numpy as np

    mean, square, cube = moments
    distinct, place = np.unique(deals.chances, return_inverse=True)
    cubes = deals.squares**2 / deals.totals
    sums = np.stack(
        [
            np.bincount(place, weights, len(distinct))
            for weights in (
                deals.totals * mean,
                deals.squares * square,
                deals.squares * mean**2,
                cubes * cube,
                cubes * mean * square,
                cubes * mean**3,
            )
        ],
        axis=1,
    )
    once = moved(distinct, moves, shock)
    twice = once * once
    first, second, third = once @ sums[:, [0, 1, 3]], twice @ sums[:, [2, 4]], (twice * once) @ sums[:, 5]
    spread = np.sqrt(np.maximum(first[:, 1] - second[:, 0], 1e-18))
    skew = np.clip((first[:, 2] - 3 * second[:, 1] + 2 * third) / spread**3, -1, 1)
    return first[:, :1], spread[:, None], skew[:, None]


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
