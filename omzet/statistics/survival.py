"""Times until something happens, with those still waiting counted as such: Kaplan-Meier, Aalen-Johansen, log-rank.

All take counts by distinct time, so that a million deals are as quick as a hundred. An item censored at a time is still at
risk at that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NORMAL_95 = 1.959963984540054

Counts = Mapping[float, Mapping[str, int]]
"""How many left at each time, by outcome; the outcome `open` means censored."""

OPEN = "open"


@dataclass(frozen=True)
class Exits:
    """Counts as arrays: the distinct times in rising order, and by outcome how many left at each."""

    times: NDArray[np.float64]
    by_outcome: Mapping[str, NDArray[np.float64]]

    @classmethod
    def of(cls, rows: Iterable[tuple[float, str, int]]) -> Exits:
        """From rows of time, outcome and number; a pair may come more than once."""
        times: dict[str, list[float]] = {}
        numbers: dict[str, list[int]] = {}
        for time, outcome, n in rows:
            times.setdefault(outcome, []).append(time)
            numbers.setdefault(outcome, []).append(n)
        return cls.listed({outcome: (times[outcome], numbers[outcome]) for outcome in times})

    @classmethod
    def listed(cls, by_outcome: Mapping[str, tuple[Sequence[float], Sequence[int]]]) -> Exits:
        """From the times of each outcome, in any order and perhaps more than once, with how many left then."""
        import numpy as np

        apart = {outcome: np.asarray(times, dtype=float) for outcome, (times, _) in sorted(by_outcome.items())}
        distinct = np.unique(np.concatenate(list(apart.values()))) if apart else np.zeros(0)
        found: dict[str, NDArray[np.float64]] = {}
        for outcome, times in apart.items():
            numbers = np.asarray(by_outcome[outcome][1], dtype=float)
            found[outcome] = np.bincount(np.searchsorted(distinct, times), numbers, minlength=len(distinct)).astype(float)
        return cls(distinct, found)

    @classmethod
    def counted(cls, counts: Counts) -> Exits:
        """From counts by time."""
        return cls.of((time, outcome, n) for time, left in counts.items() for outcome, n in left.items())

    @classmethod
    def together(cls, groups: Iterable[Exits]) -> Exits:
        """Several groups as one."""
        return cls.of(
            (float(time), outcome, int(n))
            for each in groups
            for outcome, numbers in each.by_outcome.items()
            for time, n in zip(each.times, numbers, strict=True)
            if n
        )

    @cached_property
    def left(self) -> NDArray[np.float64]:
        """How many left at each time in any way, censored ones too."""
        import numpy as np

        total = np.zeros(len(self.times))
        for numbers in self.by_outcome.values():
            total = total + numbers
        return total

    @cached_property
    def events(self) -> NDArray[np.float64]:
        """For how many something happened at each time."""
        return self.left - self.by_outcome[OPEN] if OPEN in self.by_outcome else self.left

    @property
    def n(self) -> int:
        """How many items there are."""
        return int(self.left.sum())


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
    """A survival curve with the cumulative incidence of each outcome; `n` items, of which `censored` are still waiting.

    The arrays have one value for each time at which something happened: `by_outcome` the share for which each outcome has
    happened by then, `happened` for how many it did right then. `longest` is the longest time of all.
    """

    times: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    events: NDArray[np.float64]
    level: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    by_outcome: Mapping[str, NDArray[np.float64]]
    happened: Mapping[str, NDArray[np.float64]]
    n: int
    censored: int
    longest: float

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step in order."""
        return tuple(self._step(at) for at in range(len(self.times)))

    def at(self, time: float) -> Step | None:
        """The step that holds at a time; None before the first one."""
        passed = self._passed(time)
        return self._step(passed - 1) if passed else None

    def survival(self, time: float) -> float:
        """The share still waiting after a time."""
        passed = self._passed(time)
        return float(self.level[passed - 1]) if passed else 1.0

    def incidence(self, outcome: str, time: float) -> float:
        """The share for which the outcome has happened by a time."""
        passed = self._passed(time)
        return float(self.by_outcome[outcome][passed - 1]) if passed and outcome in self.by_outcome else 0.0

    def known(self, time: float) -> int:
        """For how many it is known whether it had happened by a time: those that were not censored before."""
        passed = self._passed(time)
        if not passed:
            return int(self.at_risk[0]) if len(self.at_risk) else self.n
        return int(self.at_risk[passed - 1] + self.events[: passed - 1].sum())

    def incidence_interval(self, outcome: str, time: float) -> tuple[float, float]:
        """The 95 % interval of the share for which the outcome has happened by a time; of no width before its first time."""
        passed = self._passed(time)
        if not passed or outcome not in self.by_outcome:
            return 0.0, 0.0
        low, high = self._incidence_limits[outcome]
        return float(low[passed - 1]), float(high[passed - 1])

    @cached_property
    def _incidence_limits(self) -> Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """By outcome, on the log-log scale with the variance of Dinse and Larson (1986), as the delta method gives it."""
        import numpy as np

        found = {}
        surviving = np.where(self.events < self.at_risk, self.at_risk - self.events, np.inf)
        hazard = self.events / (self.at_risk * surviving)
        each = np.concatenate(([1.0], self.level[:-1])) / self.at_risk
        for outcome, share in self.by_outcome.items():
            d = self.happened[outcome]
            variance = share**2 * np.cumsum(hazard) - 2 * share * np.cumsum(share * hazard) + np.cumsum(share**2 * hazard)
            variance += np.cumsum(each**2 * (self.at_risk - d) * d / self.at_risk)
            pull = each * d / self.at_risk
            variance += 2 * (np.cumsum(share * pull) - share * np.cumsum(pull))
            relative = np.divide(variance, share**2, out=np.zeros_like(share), where=share > 0)
            found[outcome] = _limits(share, np.maximum(relative, 0))
        return found

    def reached(self, share: float) -> float | None:
        """The smallest time by which no more than a share is still waiting; None when that is never seen."""
        return self._first(self.level, share)

    def passes(self, outcome: str, share: float) -> float | None:
        """The smallest time by which the outcome has happened for a share; None when that is never seen."""
        return self._first(1 - self.by_outcome[outcome], 1 - share) if outcome in self.by_outcome else None

    def median(self) -> float | None:
        """The smallest time by which half are done; None when that is never seen."""
        return self.reached(0.5)

    def median_interval(self) -> tuple[float | None, float | None]:
        """The 95 % interval of the median: where the limits of the curve pass one half (Brookmeyer and Crowley 1982)."""
        return self._first(self.low, 0.5), self._first(self.high, 0.5)

    def restricted_mean(self, horizon: float) -> float:
        """The mean time up to a horizon: the area under the curve until then."""
        import numpy as np

        before = self.times < horizon
        edges = np.concatenate(([0.0], self.times[before], [horizon]))
        return float((np.diff(edges) * np.concatenate(([1.0], self.level[before]))).sum())

    def restricted_mean_interval(self, horizon: float) -> tuple[float, float]:
        """The 95 % interval of the mean time up to a horizon.

        Its variance is Σ A(t)²·d/(n (n − d)) over the times up to the horizon, with A(t) the area under the curve from t to
        the horizon: Greenwood's variance carried through the area (Klein and Moeschberger 2003, 4.5.2).
        """
        import numpy as np

        before = self.times < horizon
        times, d, n = self.times[before], self.events[before], self.at_risk[before]
        areas = np.diff(np.concatenate((times, [horizon]))) * self.level[before]
        ahead = areas[::-1].cumsum()[::-1]
        weight = np.where(n > d, d / (n * np.where(n > d, n - d, 1)), 0.0)
        margin = NORMAL_95 * float(np.sqrt((ahead**2 * weight).sum()))
        mean = self.restricted_mean(horizon)
        return max(0.0, mean - margin), min(horizon, mean + margin)

    def _passed(self, time: float) -> int:
        return int(self.times.searchsorted(time, side="right"))

    def _first(self, of: NDArray[np.float64], share: float) -> float | None:
        below = (of <= share + 1e-12).nonzero()[0]
        return float(self.times[below[0]]) if len(below) else None

    def _step(self, at: int) -> Step:
        return Step(
            float(self.times[at]),
            int(self.at_risk[at]),
            int(self.events[at]),
            float(self.level[at]),
            float(self.low[at]),
            float(self.high[at]),
            {outcome: float(values[at]) for outcome, values in self.by_outcome.items()},
        )


def curve(counts: Counts | Exits, entered: Mapping[float, int] | None = None) -> Curve | None:
    """The curve of all items; None when there are none.

    Survival by the product limit of Kaplan and Meier (1958) over all outcomes together, its interval by Greenwood's
    variance on the log-log scale; incidence by Aalen and Johansen (1978): F(t) = Σ S(u−) d(u) / n(u). `entered` tells how
    many came under observation at each time after 0; they are at risk from then on, not at it (left truncation).
    """
    import numpy as np

    exits = counts if isinstance(counts, Exits) else Exits.counted(counts)
    if not exits.n:
        return None
    happened = exits.events > 0
    times, events = exits.times[happened], exits.events[happened]
    at_risk = exits.left[::-1].cumsum()[::-1][happened]
    for entry, number in (entered or {}).items():
        at_risk = at_risk - number * (times <= entry)
    all_left = events >= at_risk
    level = np.cumprod(np.where(all_left, 0.0, 1 - events / at_risk)).astype(float)
    surviving = np.where(all_left, 1.0, at_risk - events)
    variance = np.cumsum(np.where(all_left, 0.0, events / (at_risk * surviving))).astype(float)
    before = np.concatenate(([1.0], level[:-1]))
    ended = {outcome: numbers[happened] for outcome, numbers in exits.by_outcome.items() if outcome != OPEN}
    incidence = {outcome: np.cumsum(before * numbers / at_risk) for outcome, numbers in ended.items()}
    low, high = _limits(level, variance)
    censored = int(exits.n - exits.events.sum())
    return Curve(times, at_risk, events, level, low, high, incidence, ended, exits.n, censored, float(exits.times[-1]))


def _limits(level: NDArray[np.float64], variance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    inside = (level > 0) & (level < 1)
    told = np.where(inside, level, 0.5)
    spread = NORMAL_95 * np.sqrt(variance) / np.log(told)
    low, high = told ** np.exp(-spread), told ** np.exp(spread)
    return np.where(inside, low, level), np.where(inside, high, level)


def log_rank(groups: Sequence[Counts | Exits]) -> float | None:
    """The p-value that all groups wait equally long: the log-rank test over two or more groups (Mantel 1966).

    None where fewer than two groups have items, or nothing happened.
    """
    import numpy as np
    from scipy.special import chdtrc

    known = [exits for group in groups if (exits := group if isinstance(group, Exits) else Exits.counted(group)).n]
    if len(known) < 2:
        return None
    times = np.unique(np.concatenate([exits.times for exits in known]))
    left, events = np.zeros((2, len(known), len(times)))
    for group, exits in enumerate(known):
        at = np.searchsorted(times, exits.times)
        left[group, at], events[group, at] = exits.left, exits.events
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
