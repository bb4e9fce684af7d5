"""Times until something happens, with those still waiting counted as such: Kaplan-Meier, Aalen-Johansen, log-rank.

All take counts by distinct time, so that a million deals are as quick as a hundred. An item censored at a time is still at
risk at that time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NORMAL_95 = 1.959963984540054

Counts = Mapping[float, Mapping[str, int]]
"""How many left at each time, by outcome; the outcome `open` means censored."""

OPEN = "open"


@dataclass(frozen=True)
class Step:
    """The state right after one time at which something happened."""

    time: float
    at_risk: int
    events: int
    survival: float
    low: float
    high: float
    incidence: Mapping[str, float]
    """By outcome the share for which it has happened by then."""


@dataclass(frozen=True)
class Curve:
    """A survival curve with the cumulative incidence of each outcome; `n` items, of which `censored` are still waiting."""

    steps: tuple[Step, ...]
    n: int
    censored: int
    longest: float

    def at(self, time: float) -> Step | None:
        """The step that holds at a time; None before the first one."""
        held = None
        for step in self.steps:
            if step.time > time:
                break
            held = step
        return held

    def survival(self, time: float) -> float:
        """The share still waiting after a time."""
        step = self.at(time)
        return step.survival if step else 1.0

    def incidence(self, outcome: str, time: float) -> float:
        """The share for which the outcome has happened by a time."""
        step = self.at(time)
        return step.incidence.get(outcome, 0.0) if step else 0.0

    def median(self) -> float | None:
        """The smallest time by which half are done; None when that is never seen."""
        return self._first(lambda step: step.survival)

    def median_interval(self) -> tuple[float | None, float | None]:
        """The 95 % interval of the median: where the limits of the curve pass one half (Brookmeyer and Crowley 1982)."""
        return self._first(lambda step: step.low), self._first(lambda step: step.high)

    def _first(self, of: object) -> float | None:
        assert callable(of)
        return next((step.time for step in self.steps if of(step) <= 0.5 + 1e-12), None)

    def restricted_mean(self, horizon: float) -> float:
        """The mean time up to a horizon: the area under the curve until then."""
        area, before, level = 0.0, 0.0, 1.0
        for step in self.steps:
            if step.time >= horizon:
                break
            area += (step.time - before) * level
            before, level = step.time, step.survival
        return area + (horizon - before) * level


def curve(counts: Counts) -> Curve | None:
    """The curve of all items; None when there are none.

    Survival by the product limit of Kaplan and Meier (1958) over all outcomes together, its interval by Greenwood's
    variance on the log-log scale; incidence by Aalen and Johansen (1978): F(t) = Σ S(u−) d(u) / n(u).
    """
    at_risk = n = sum(sum(left.values()) for left in counts.values())
    if not n:
        return None
    survival, variance, certain = 1.0, 0.0, False
    incidence: dict[str, float] = {}
    steps = []
    for time in sorted(counts):
        left = counts[time]
        events = sum(count for outcome, count in left.items() if outcome != OPEN)
        if events:
            for outcome, count in left.items():
                if outcome != OPEN:
                    incidence[outcome] = incidence.get(outcome, 0.0) + survival * count / at_risk
            certain = certain or events == at_risk
            survival = 0.0 if events == at_risk else survival * (1 - events / at_risk)
            variance += 0.0 if events == at_risk else events / (at_risk * (at_risk - events))
            low, high = _limits(survival, variance)
            steps.append(Step(time, at_risk, events, survival, low, high, dict(incidence)))
        at_risk -= events + left.get(OPEN, 0)
    censored = sum(left.get(OPEN, 0) for left in counts.values())
    return Curve(tuple(steps), n, censored, max(counts))


def _limits(survival: float, variance: float) -> tuple[float, float]:
    if survival <= 0 or survival >= 1:
        return survival, survival
    spread = NORMAL_95 * math.sqrt(variance) / math.log(survival)
    return survival ** math.exp(-spread), survival ** math.exp(spread)


def log_rank(groups: Sequence[Counts]) -> float | None:
    """The p-value that all groups wait equally long: the log-rank test over two or more groups (Mantel 1966).

    None where fewer than two groups have items, or nothing happened.
    """
    import numpy as np
    from scipy.special import chdtrc

    known = [group for group in groups if sum(sum(left.values()) for left in group.values())]
    if len(known) < 2:
        return None
    times = sorted(set().union(*known))
    left = np.array([[sum(group.get(time, {}).values()) for time in times] for group in known], dtype=float)
    waiting = np.array([[group.get(time, {}).get(OPEN, 0) for time in times] for group in known], dtype=float)
    events = left - waiting
    at_risk = left[:, ::-1].cumsum(axis=1)[:, ::-1]
    d, n = events.sum(axis=0), at_risk.sum(axis=0)
    shares = at_risk / n
    surplus = (events - d * shares).sum(axis=1)
    factor = d * (n - d) / np.maximum(n - 1, 1)
    spread = np.diag((factor * shares).sum(axis=1)) - (factor * shares) @ shares.T
    try:
        square = surplus[:-1] @ np.linalg.solve(spread[:-1, :-1], surplus[:-1])
    except np.linalg.LinAlgError:
        return None
    return float(chdtrc(len(known) - 1, square))
