"""What changed among those who took part, less what changed among comparable ones who did not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST = 5
NEAREST = 3
DRAWS = 500


class Effect(NamedTuple):
    """A difference in differences as a fraction, its 95 % interval over people, and the p-value of a permutation."""

    value: float
    low: float
    high: float
    p: float


def difference_in_differences(
    before: Floats, after: Floats, weight: Floats, pool: Floats, took: NDArray[np.bool_]
) -> Effect | None:
    """The weighted mean of (own change − mean change of the 3 untrained people nearest in `before`).

    Matching on the same pre-period takes the rebound of people picked for doing badly out, once. Within a `pool` (a team)
    where it has 3 untrained people, else among all. p: how often people drawn at random in the place of those who took part
    show as large an effect. None with fewer than 5 people on either side.
    """
    if took.sum() < FEWEST or (~took).sum() < FEWEST:
        return None
    change = after - before
    distance = np.abs(before[:, None] - before[None, :])
    same = pool[:, None] == pool[None, :]

    def each(chosen: NDArray[np.bool_]) -> Floats:
        others = ~chosen
        enough = (same & others[None, :]).sum(axis=1) >= NEAREST
        allowed = np.where(enough[:, None], same, True) & others[None, :]
        nearest = np.argsort(np.where(allowed, distance, np.inf), axis=1, kind="stable")[:, :NEAREST]
        found: Floats = (change - change[nearest].mean(axis=1))[chosen]
        return found

    own = each(took)
    value = float(np.average(own, weights=weight[took]))
    rng = np.random.default_rng(20_240)
    drawn = []
    for _ in range(DRAWS):
        chosen = np.zeros(len(took), dtype=bool)
        chosen[rng.permutation(len(took))[: int(took.sum())]] = True
        drawn.append(float(np.average(each(chosen), weights=weight[chosen])))
    spread = np.array(drawn)
    p = (1 + int((np.abs(spread - spread.mean()) >= abs(value - spread.mean())).sum())) / (DRAWS + 1)
    half = 1.959963984540054 * float(spread.std(ddof=1))
    return Effect(value, value - half, value + half, p)
