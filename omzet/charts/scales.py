"""Scales, ticks and the size of numbers: where a value falls on the paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

GRID_LINES = 6


def finite(value: float | None) -> float | None:
    """The value, or None where it is missing, not a number or infinite."""
    return None if value is None or not math.isfinite(value) else float(value)


def present(values: Iterable[float | None]) -> list[float]:
    """The values that are there, in their order."""
    return [value for value in map(finite, values) if value is not None]


def ratio(part: float | None, whole: float | None) -> float | None:
    """The part of the whole; None where either is missing or the whole is nothing beside the part."""
    over, under = finite(part), finite(whole)
    if over is None or not under or abs(over) > 1e6 * abs(under):
        return None
    return over / under


@dataclass(frozen=True)
class Linear:
    """Maps `low`..`high` to `start`..`end`; values outside are held at the edge so that no mark leaves its box."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return self.start + (self.end - self.start) * min(1.0, max(0.0, share))


@dataclass(frozen=True)
class Band:
    """Cuts `start`..`end` into `count` equal bands."""

    count: int
    start: float
    end: float

    @property
    def step(self) -> float:
        return (self.end - self.start) / max(1, self.count)

    def at(self, position: float) -> float:
        """The paper position of a point counted in bands from the left: 2.5 is the middle of the third."""
        return self.start + self.step * min(float(max(1, self.count)), max(0.0, position))

    def middle(self, index: int) -> float:
        return self.at(index + 0.5)


@dataclass(frozen=True)
class Time:
    """Maps the days `first`..`last` to `start`..`end`."""

    first: date
    last: date
    start: float
    end: float

    def __call__(self, day: date) -> float:
        scale = Linear(self.first.toordinal(), max(self.last.toordinal(), self.first.toordinal() + 1), self.start, self.end)
        return scale(day.toordinal())


def ticks(low: float, high: float, *, most: int = GRID_LINES, whole: bool = False) -> tuple[float, ...]:
    """Round numbers from at or below `low` to at or above `high`: two to `most` of them, steps of 1, 2, 2.5 or 5."""
    if not high > low:
        low, high = (min(0.0, low), max(0.0, low)) if low else (0.0, 1.0)
    rough = (high - low) / (most - 1)
    exponent = max(0, math.floor(math.log10(rough))) if whole else math.floor(math.log10(rough))
    for power in range(exponent, exponent + 3):
        for unit in (1.0, 2.0, 2.5, 5.0):
            step = unit * 10.0**power
            if whole and step != math.floor(step):
                continue
            first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
            if 1 <= last - first < most:
                return tuple(_clean(index * step, power - 1) for index in range(first, last + 1))
    return low, high


def _clean(value: float, power: int) -> float:
    return round(value, max(0, -power)) + 0.0


def decimals(numbers: Sequence[float]) -> int:
    """How many decimals these numbers need so that none is rounded away (at most six)."""
    for count in range(6):
        if all(abs(round(number, count) - number) <= 1e-9 * max(1.0, abs(number)) for number in numbers):
            return count
    return 6


def magnitude(top: float) -> tuple[float, str]:
    """What to divide an axis by so that its numbers stay short: the divisor and its word ("" for one)."""
    for divisor, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if abs(top) >= 10 * divisor:
            return divisor, word
    return (1e3, "thousand") if abs(top) >= 2e3 else (1.0, "")


def time_ticks(first: date, last: date, *, most: int) -> tuple[str, tuple[date, ...]]:
    """Round days inside `first`..`last`, at most `most` of them, and the grain (day, month, year) to name them by."""
    for months in (1, 3, 6, 12, 24, 60, 120, 600):
        starts = tuple(day for day in _month_starts(first, last, months) if day >= first)
        if len(starts) <= most:
            if len(starts) >= 2:
                return ("month" if months < 12 else "year"), starts
            break
    span = (last - first).days
    step = next((days for days in (1, 2, 7, 14, 28, 56) if span // days < most), max(1, -(-span // max(1, most - 1))))
    return "day", tuple(date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1, step))


def _month_starts(first: date, last: date, months: int) -> Iterable[date]:
    number = first.year * 12 + first.month - 1
    number -= number % months
    while (day := date(number // 12, number % 12 + 1, 1)) <= last:
        yield day
        number += months
