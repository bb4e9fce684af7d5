"""Items that move between states until they end: how likely each end is from each state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMOOTHING = 0.5
"""Added to each possible move: the Dirichlet prior of Jeffreys."""

Move = tuple[str, str]
"""From a state to another one, or to an end."""


@dataclass(frozen=True)
class Absorption:
    """The chance of one end from each state, with its 95 % interval, and how many moves out of the state it rests on."""

    chance: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    n: Mapping[str, int]


def absorption(
    counts: Mapping[Move, int], possible: Collection[Move], end: str, ends: tuple[str, ...], *, draws: int = 400
) -> Absorption:
    """The chance to be absorbed in `end` from each state of `possible`: B = (I − Q)⁻¹ R (Kemeny and Snell 1960).

    Q and R are the shares of moves to other states and to the ends, with `SMOOTHING` added to every possible move; a move
    to an end is always possible. What comes next is taken to depend on the present state alone. The interval holds 95 %
    of draws from the posterior of the shares.
    """
    import numpy as np

    states = sorted({state for move in possible for state in move if state not in ends})
    column = {state: at for at, state in enumerate([*states, *ends])}
    weights = np.zeros((len(states), len(column)))
    weights[:, len(states) :] = SMOOTHING
    for origin, to in possible:
        weights[column[origin], column[to]] = SMOOTHING
    for (origin, to), n in counts.items():
        weights[column[origin], column[to]] += n
    at = ends.index(end)
    chance = _absorbed(weights[None])[0, :, at]
    drawn = np.random.default_rng(1).standard_gamma(weights, size=(draws, *weights.shape))
    low, high = np.quantile(_absorbed(drawn)[:, :, at], (0.025, 0.975), axis=0)
    left = {state: sum(n for (origin, _), n in counts.items() if origin == state) for state in states}
    told = [dict(zip(states, map(float, values), strict=True)) for values in (chance, low, high)]
    return Absorption(told[0], told[1], told[2], left)


def _absorbed(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    states = weights.shape[1]
    shares = weights / weights.sum(axis=2, keepdims=True)
    return np.linalg.solve(np.eye(states) - shares[:, :, :states], shares[:, :, states:])
