"""What past periods lead one to expect of the next: its middle, its usual range, and the chance to reach a number.

Three kinds of number behave differently. A `sum` grows with the working days, a `share` is so many of so many cases, and a
`level` (a median, an average) does neither. What chance alone does to one period decides whether two proposals differ at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from omzet.statistics.intervals import Interval, student_t, wilson

Kind = Literal["sum", "share", "level"]
LEAST_PERIODS = 4
"""With fewer past periods nothing is expected."""
RECENT = 4
"""So many of the last periods count where there is a clear trend."""
TREND_PERIODS = 6
STRETCH, Z_STRETCH = 2 / 3, 0.4307272992954576
"""A stretch is what two in three periods would stay under; and the point of the normal distribution for it."""
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Past:
    """One past period: its value, working days and cases; of a share `hits` of these `cases`."""

    value: float
    days: float
    cases: float = 0.0
    hits: float = 0.0


@dataclass(frozen=True)
class Expected:
    """What to expect of a period with `days` working days, of which `so_far` (`hits_so_far` of `cases_so_far`) is in.

    `middle` is as likely passed as missed, `low` to `high` the quartiles of past periods brought to as many days, `stretch`
    what two in three periods would stay under (over, where less is better). `cases` are those expected in all of the period.
    `trend` is the change a period where it is clear; then only the last four periods count.
    """

    kind: Kind
    up: bool
    middle: float
    low: float
    high: float
    stretch: float
    days: float
    periods: int
    cases: float = 0.0
    trend: float | None = None
    swing: float = 0.0
    so_far: float = 0.0
    hits_so_far: float = 0.0
    cases_so_far: float = 0.0
    _to_come: tuple[float, float, float] = field(default=(0.0, 0.0, 1.0), repr=False)

    def chance(self, value: float) -> float:
        """The chance, 0 to 1, that the period ends at `value` or better, if it goes as past ones did."""
        if self.kind == "share":
            return self._chance_of_share(value)
        middle, spread, freedom = self._to_come
        gap = value - (self.so_far if self.kind == "sum" else 0.0)
        if spread <= 0:
            return float(gap <= middle if self.up else gap >= middle)
        from scipy.special import stdtr

        below = float(stdtr(freedom, (gap - middle) / spread))
        return 1 - below if self.up else below

    def band(self, value: float) -> Interval:
        """Where one period's result falls by chance in 19 of 20 when `value` is what it truly is."""
        if self.kind == "share":
            return wilson(min(value, 1.0) * self.cases, self.cases) or Interval(0.0, 1.0)
        return Interval(max(0.0, value - self.swing), value + self.swing)

    def tells_apart(self, one: float, other: float) -> bool:
        """Whether one period with that many cases could show which of two numbers it was."""
        less, more = min(one, other), max(one, other)
        return more > self.band(less).high and less < self.band(more).low

    def _chance_of_share(self, value: float) -> float:
        hits, misses, weight = self._to_come
        left = max(0.0, self.cases - self.cases_so_far)
        tries = max(0, round(left / weight))
        if not tries:
            now = self.hits_so_far / self.cases_so_far if self.cases_so_far else 0.0
            return float(now >= value if self.up else now <= value)
        needed = (value * self.cases - self.hits_so_far) / weight
        if self.up:
            return 1 - _at_most(math.ceil(needed - 1e-9) - 1, tries, hits, misses)
        return _at_most(math.floor(needed + 1e-9), tries, hits, misses)


def expect(
    kind: Kind,
    past: Sequence[Past],
    days: float,
    *,
    up: bool = True,
    days_left: float | None = None,
    so_far: float = 0.0,
    hits_so_far: float = 0.0,
    cases_so_far: float = 0.0,
) -> Expected | None:
    """What to expect of a period of `days` working days from `past` ones, oldest first; None with fewer than four.

    `days_left` of its days are still to come (default: all). The spread of a sum or level is that between past periods,
    with Student's t, so that few periods make it wide; a share comes with the beta-binomial of Jeffreys' prior, its cases
    weighed less where past periods differ by more than chance (Pearson's χ² ÷ degrees of freedom above 1).
    """
    if len(past) < LEAST_PERIODS or days <= 0:
        return None
    left = days if days_left is None else days_left
    rates = [each.value / each.days if kind == "sum" and each.days else each.value for each in past]
    slope = _clear_slope(rates)
    used = list(past[-RECENT:]) if slope is not None else list(past)
    mine = rates[-len(used) :]
    scale = days if kind == "sum" else 1.0
    count = len(mine)
    mean = sum(mine) / count
    spread = math.sqrt(sum((rate - mean) ** 2 for rate in mine) / (count - 1))
    ordered = sorted(rate * scale for rate in mine)
    low, high = _quantile(ordered, 0.25), _quantile(ordered, 0.75)
    each_day = sum(p.cases for p in used) / (sum(p.days for p in used) or 1.0)
    known: dict[str, float] = {"so_far": so_far, "hits_so_far": hits_so_far, "cases_so_far": cases_so_far}
    trend = None if slope is None else slope * scale
    if kind == "share":
        return _share(used, days, left, each_day, up, low, high, trend, known)
    usual = sum(p.days for p in used) / count or 1.0
    if kind == "sum":  # of a day, from periods of `usual` days: those to come, and how well the mean is known
        ahead = spread * math.sqrt(left * usual + left * left / count)
        swing = Z_95 * spread * math.sqrt(days * usual)
        to_come = (mean * left, ahead, float(count - 1))
        middle = so_far + mean * left
    else:
        swing = Z_95 * spread * math.sqrt(usual / days)  # a longer period holds more cases, so it swings less
        to_come = (mean, spread * math.sqrt(usual / days + 1 / count), float(count - 1))
        middle = mean
    edge = _t_quantile(STRETCH if up else 1 - STRETCH, count - 1) * to_come[1]
    return Expected(
        kind,
        up,
        middle,
        low,
        high,
        max(0.0, middle + edge),
        days,
        count,
        each_day * days,
        trend,
        swing,
        _to_come=to_come,
        **known,
    )


def _share(
    used: Sequence[Past],
    days: float,
    left: float,
    each_day: float,
    up: bool,
    low: float,
    high: float,
    trend: float | None,
    known: dict[str, float],
) -> Expected | None:
    hits, cases = sum(p.hits for p in used), sum(p.cases for p in used)
    if not cases:
        return None
    rate = hits / cases
    weight = max(1.0, _dispersion(used, rate))
    ahead = known["cases_so_far"] + each_day * left
    made = Expected(
        "share",
        up,
        rate,
        low,
        high,
        rate,
        days,
        len(used),
        ahead,
        trend,
        _to_come=(hits / weight + 0.5, (cases - hits) / weight + 0.5, weight),
        **known,
    )
    done, come = known["hits_so_far"], each_day * left
    middle = (done + rate * come) / ahead if ahead else rate
    edge = Z_STRETCH * math.sqrt(weight * rate * (1 - rate) * (1 / max(ahead, 1.0) + 1 / cases)) * (1 if up else -1)
    values = {**made.__dict__, "middle": middle, "stretch": min(1.0, max(0.0, middle + edge))}
    return Expected(**values)


def _dispersion(used: Sequence[Past], rate: float) -> float:
    """Pearson's χ² over its degrees of freedom: above 1 where periods differ by more than chance."""
    there = [p for p in used if p.cases]
    if len(there) < 2 or not 0 < rate < 1:
        return 1.0
    return sum((p.hits - p.cases * rate) ** 2 / (p.cases * rate * (1 - rate)) for p in there) / (len(there) - 1)


def _clear_slope(values: Sequence[float]) -> float | None:
    """The change a period by least squares; None where its 95 % interval holds 0."""
    n = len(values)
    if n < TREND_PERIODS:
        return None
    middle, mean = (n - 1) / 2, sum(values) / n
    across = sum((at - middle) ** 2 for at in range(n))
    slope = sum((at - middle) * (value - mean) for at, value in enumerate(values)) / across
    rest = sum((value - mean - slope * (at - middle)) ** 2 for at, value in enumerate(values))
    error = math.sqrt(rest / (n - 2) / across)
    return slope if abs(slope) > student_t(n - 2) * error else None


def _at_most(hits: int, tries: int, a: float, b: float) -> float:
    """The chance of at most so many hits of a beta-binomial distribution."""
    import numpy as np
    from scipy.special import betaln

    if hits < 0:
        return 0.0
    k = np.arange(min(hits, tries) + 1)
    each = betaln(k + a, tries - k + b) - betaln(a, b) - np.log(tries + 1) - betaln(tries - k + 1, k + 1)
    return min(1.0, float(np.exp(each).sum()))


def _t_quantile(share: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile of sorted values, interpolated between neighbours."""
    at = share * (len(ordered) - 1)
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)
