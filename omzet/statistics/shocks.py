"""A common shock that moves the chances of all deals together: by how much, and around where."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHOCKS = 100
"""How many values of the common shock are tried, in equal shares: the middles of as many equally likely parts."""


def shocks(spread: float) -> NDArray[np.float64]:
    """The values of the common shock that stand for all: one of no size, or a hundred equally likely ones."""
    import numpy as np

    if spread <= 0:
        return np.zeros(1)
    return spread * np.asarray(_normal_middles())


@lru_cache(maxsize=1)
def _normal_middles() -> tuple[float, ...]:
    return tuple(NormalDist().inv_cdf((at + 0.5) / SHOCKS) for at in range(SHOCKS))


def moved(chances: NDArray[np.float64], moves: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Each chance under each of these shocks, a row a shock; over all of them it is on average what it is."""
    import numpy as np

    if spread <= 0:
        return np.broadcast_to(chances, (len(moves), len(chances)))
    distinct, place = (chances, None) if len(chances) <= FEW else np.unique(chances, return_inverse=True)
    with np.errstate(divide="ignore"):
        logits = np.log(distinct) - np.log(1 - distinct)
    middles = np.where(np.isfinite(logits), _middles(np.clip(logits, -50, 50), tuple(moves)), logits)
    found = 1 / (1 + np.exp(-(middles + moves[:, None])))
    return np.asarray(found if place is None else found[:, place])


FEW = 256
"""Of so many chances it is not worth while to look which are equal."""


def _middles(logits: NDArray[np.float64], moves: tuple[float, ...]) -> NDArray[np.float64]:
    """The logits around which to move so that chances stay on average what they are: between known ones by their slopes.

    To 1e-7 of the chance: cubic Hermite interpolation of an inverse that is known at every eighth of a logit.
    """
    import numpy as np

    known, middle, slope = _known_middles(moves)
    at = np.clip(np.searchsorted(known, logits, side="right") - 1, 0, len(known) - 2)
    width = known[at + 1] - known[at]
    t = (logits - known[at]) / width
    inner = np.clip(t, 0, 1)
    rest = 1 - inner
    found = rest**2 * ((1 + 2 * inner) * middle[at] + inner * width * slope[at])
    found += inner**2 * ((1 + 2 * rest) * middle[at + 1] - rest * width * slope[at + 1])
    return np.asarray(found + (t - inner) * width)


@lru_cache(maxsize=64)
def _known_middles(moves: tuple[float, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Logits of chances that come out when chances around `middle` are moved, those middles, and their slopes."""
    import numpy as np

    middle = np.linspace(-30, 30, 481)
    each = 1 / (1 + np.exp(-(middle + np.asarray(moves)[:, None])))
    other = 1 / (1 + np.exp(middle + np.asarray(moves)[:, None]))
    p, q = each.mean(axis=0), other.mean(axis=0)
    return np.log(p / q), middle, p * q / (each * other).mean(axis=0)
