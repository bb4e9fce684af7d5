"""Which step of a process loses most and which one waits longest, each weighed by value, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SAMPLES = 400


@dataclass(frozen=True)
class Step:
    """One step of a process: how many items came to it and stopped there, lost or otherwise, with their value.

    `stopped` and `lost` are number, value and sum of squared values of the items that came no further, and of the lost
    ones among them; `days` is the mean time spent here with its standard error.
    """

    lost: tuple[float, float, float]
    stopped: tuple[float, float, float]
    days: tuple[float, float]


def shares_first(steps: Sequence[Step], passed: tuple[float, float, float]) -> tuple[Numbers, Numbers]:
    """In which share of bootstrap samples each step has the largest loss, and the largest wait.

    The loss is (lost ÷ reached) × value that came in, the wait is mean days × value that came in. Items are drawn anew
    within groups of equal furthest step and outcome, all steps at once, in Poisson numbers; their values by the mean and
    spread of the group (Hanley and MacGibbon 2006). `passed` are the items that went through every step.
    """
    import numpy as np

    dice = np.random.default_rng(1)

    def drawn(group: tuple[float, float, float]) -> tuple[Numbers, Numbers]:
        n, value, squares = group
        numbers = dice.poisson(n, SAMPLES).astype(float)
        spread = np.sqrt(numbers * max(squares / n - (value / n) ** 2, 0.0)) if n else numbers
        return numbers, numbers * (value / n if n else 0.0) + spread * dice.standard_normal(SAMPLES)

    reached, value = drawn(passed)
    losses, waits = np.zeros((2, len(steps), SAMPLES))
    for at, step in reversed(list(enumerate(steps))):
        lost, lost_value = drawn(step.lost)
        n, worth, squares = (a - b for a, b in zip(step.stopped, step.lost, strict=True))
        other, other_value = drawn((n, worth, squares))
        reached, value = reached + lost + other, value + lost_value + other_value
        losses[at] = lost / np.maximum(reached, 1) * value
        waits[at] = np.maximum(dice.normal(*step.days, SAMPLES), 0) * value
    return _first(losses), _first(waits)


def _first(scores: Numbers) -> Numbers:
    import numpy as np

    best = np.where(scores.max(axis=0) > 0, scores.argmax(axis=0), len(scores))
    counts = np.bincount(best, minlength=len(scores) + 1)[: len(scores)].astype(float)
    shares: Numbers = counts / scores.shape[1]
    return shares


def waiting(left: Numbers, staying: Numbers) -> tuple[Numbers, Numbers]:
    """Kaplan-Meier mean days until leaving, up to the last day counted, and its standard error, by row.

    `left` and `staying` have one row for each step and one column for each day from 0: how many left after so many days, or
    had stayed so long and were still there. Variance: Σ A(t)² d ÷ n (n − d), A(t) the area under the curve beyond t.
    """
    import numpy as np

    at_risk = (left + staying)[:, ::-1].cumsum(axis=1)[:, ::-1]
    shares = np.divide(left, at_risk, out=np.zeros_like(left), where=at_risk > 0)
    level = np.cumprod(1 - shares, axis=1)
    # The curve holds from a day until the next: what lies beyond a day is the sum of the levels from it to the last but one.
    beyond = np.zeros_like(level)
    beyond[:, :-1] = level[:, :-1][:, ::-1].cumsum(axis=1)[:, ::-1]
    rest = at_risk * (at_risk - left)
    terms = np.divide(beyond**2 * left, rest, out=np.zeros_like(left), where=rest > 0)
    return beyond[:, 0], np.sqrt(terms.sum(axis=1))


def medians(left: Numbers, staying: Numbers) -> list[int | None]:
    """The Kaplan-Meier median of days by row; None where half have not left before the last day counted."""
    import numpy as np

    at_risk = (left + staying)[:, ::-1].cumsum(axis=1)[:, ::-1]
    shares = np.divide(left, at_risk, out=np.zeros_like(left), where=at_risk > 0)
    half = np.cumprod(1 - shares, axis=1)[:, :-1] <= 0.5 + 1e-12
    return [int(row.argmax()) if row.any() else None for row in half]
