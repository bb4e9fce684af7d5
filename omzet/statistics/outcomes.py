"""The distribution of a sum of independent yes-or-no amounts: what a period brings when each open deal is won or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_UP_TO = 16
"""So many deals are added up exactly; more are drawn."""

DRAWS = 10_000
DRAWN_UP_TO = 4_000
"""So many deals are drawn one by one; of more the smaller ones enter by the normal distribution of their sum."""


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


def of_deals(amounts: Sequence[float], chances: Sequence[float], *, more: Sequence[float] = (), seed: int = 1) -> Outcomes:
    """The total of independent deals, each bringing its amount with its chance, plus one of the equally likely sums `more`.

    Up to sixteen deals are convolved exactly, without rounding; above that 10,000 totals are drawn with a fixed seed.
    """
    import numpy as np

    worth = np.asarray(amounts, dtype=float)
    chance = np.clip(np.asarray(chances, dtype=float), 0.0, 1.0)
    kept = (chance > 0) & (worth != 0)
    worth, chance = worth[kept], chance[kept]
    if len(worth) <= EXACT_UP_TO:
        totals, weights = np.zeros(1), np.ones(1)
        for amount, p in zip(worth, chance, strict=True):
            totals, weights = _merged(np.concatenate([totals, totals + amount]), np.concatenate([weights * (1 - p), weights * p]))
        if len(more):
            extra = np.asarray(more, dtype=float)
            sums = (totals[:, None] + extra[None, :]).ravel()
            totals, weights = _merged(sums, np.repeat(weights / len(extra), len(extra)))
        return Outcomes(totals, weights)
    dice = np.random.default_rng(seed)
    order = np.argsort(-np.abs(worth) * np.sqrt(chance * (1 - chance)))
    single, rest = order[:DRAWN_UP_TO], order[DRAWN_UP_TO:]
    drawn = np.zeros(DRAWS)
    for start in range(0, len(single), 256):
        part = single[start : start + 256]
        drawn += (dice.random((DRAWS, len(part))) < chance[part]) @ worth[part]
    if len(rest):
        spread = np.sqrt((worth[rest] ** 2 * chance[rest] * (1 - chance[rest])).sum())
        drawn += dice.normal((worth[rest] * chance[rest]).sum(), spread, DRAWS)
    if len(more):
        drawn += dice.choice(np.asarray(more, dtype=float), DRAWS)
    return Outcomes(np.sort(drawn), np.full(DRAWS, 1.0 / DRAWS))


def _merged(totals: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Equal totals as one, in rising order; totals are money, so a hundredth of a cent tells them apart."""
    import numpy as np

    rounded = np.round(totals, 4)
    distinct, place = np.unique(rounded, return_inverse=True)
    return distinct, np.bincount(place, weights=weights, minlength=len(distinct)).astype(np.float64)
