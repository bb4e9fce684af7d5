"""How often an outcome has happened by a fixed age, compared between groups of which some are still waiting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omzet.statistics.contrasts import Contrast
from omzet.statistics.survival import OPEN, Exits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 1_000


def differences(groups: Sequence[Exits], outcome: str, ages: Sequence[float]) -> list[list[Contrast]]:
    """For each group and age the share for which the outcome had happened by then, less that among all other groups.

    Shares are those of Aalen and Johansen, intervals the 2.5 % and 97.5 % points over 1,000 redraws of every group's items
    from its counts. Ages must be fixed beforehand: an age that was searched for finds a difference by chance. Raises
    ValueError for fewer than two groups.
    """
    import numpy as np

    if len(groups) < 2:
        raise ValueError("a comparison needs two groups")
    last = max(ages)
    times = np.unique(np.concatenate([each.times[each.times <= last] for each in groups]))
    counts = [_counts(each, outcome, times) for each in groups]
    rng = np.random.default_rng(20_250)
    drawn = [_redrawn(each, rng) for each in counts]
    at = np.searchsorted(times, np.asarray(ages, dtype=float), side="right")
    total, total_drawn = np.sum(counts, axis=0), np.sum(drawn, axis=0)
    found = []
    for one, redraws in zip(counts, drawn, strict=True):
        value = _incidence(one[None], at)[0] - _incidence((total - one)[None], at)[0]
        spread = _incidence(redraws, at) - _incidence(total_drawn - redraws, at)
        low, high = np.quantile(spread, [0.025, 0.975], axis=0)
        found.append([Contrast(*map(float, each)) for each in zip(value, low, high, strict=True)])
    return found


def _counts(exits: Exits, outcome: str, times: NDArray[np.float64]) -> NDArray[np.int64]:
    """By time how many had the outcome, another one, or were last seen waiting; and in one more row those of later times."""
    import numpy as np

    found = np.zeros((len(times) + 1, 3), dtype=np.int64)
    place = np.where(np.isin(exits.times, times), np.searchsorted(times, exits.times), len(times))
    for name, numbers in exits.by_outcome.items():
        np.add.at(found[:, 0 if name == outcome else 2 if name == OPEN else 1], place, numbers.astype(np.int64))
    return found


def _redrawn(counts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    n = counts.sum()
    return rng.multinomial(n, (counts / n).ravel(), size=DRAWS).reshape(DRAWS, *counts.shape)


def _incidence(counts: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share with the outcome by each age, for several sets of counts at once."""
    import numpy as np

    left = counts.sum(axis=2)
    at_risk = np.maximum(left[:, ::-1].cumsum(axis=1)[:, ::-1][:, :-1], 1)
    ended = counts[:, :-1, 0] + counts[:, :-1, 1]
    level = np.cumprod(1 - ended / at_risk, axis=1)
    before = np.concatenate((np.ones((len(counts), 1)), level[:, :-1]), axis=1)
    share = np.cumsum(before * counts[:, :-1, 0] / at_risk, axis=1)
    return np.concatenate((np.zeros((len(counts), 1)), share), axis=1)[:, at]
