"""What every part of a page is made from: who asks, what they chose, and the figures of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from omzet.charts.line import LineNote
from omzet.metrics import wording
from omzet.metrics.calendar import Calendar
from omzet.metrics.periods import Period
from omzet.query.answer import Answer
from omzet.query.question import Grain
from omzet.web.asking import Ask
from omzet.web.choice import Choice
from omzet.web.reader import Reader

FEW = 5
"""Below this many rows a rate is shown as "k of n"."""

THIN = 20
"""Below this many rows a rate is greyed and stands beside its interval."""

SHORT = 100
"""A period of at most this many days has its trend by week, a longer one by month."""

MONTHS_BACK = 12
MAIN = (
    "bookings_amount",
    "won_count",
    "lost_count",
    "opportunities_created",
    "win_rate",
    "sales_cycle_length_median",
    "sales_cycle_length_p90",
    "sales_cycle_length_mean",
)
LEVELS = ("win_rate", "sales_cycle_length_median", "open_pipeline_amount", "open_pipeline_count")


@dataclass(frozen=True)
class View:
    """One reader's view: `ask` answers questions, `today` is the company's local day."""

    ask: Ask
    choice: Choice
    reader: Reader
    calendar: Calendar
    today: date
    fiscal: bool = False
    notes: tuple[LineNote, ...] = ()
    """What happened on a day, for the drawings over time."""

    @property
    def over(self) -> bool:
        """Whether the chosen period has ended."""
        return self.choice.end <= self.today

    @property
    def to_come(self) -> bool:
        """Whether the chosen period has yet to begin."""
        return self.choice.start > self.today

    @property
    def until(self) -> date:
        """The first day that is not in the figures: the period's end, or tomorrow."""
        return min(self.choice.end, self.today + timedelta(days=1))

    def base(self) -> tuple[date, date] | None:
        """The period compared with, whole."""
        if self.choice.compare is None:
            return None
        if self.choice.compare == "last-year":
            return self.calendar.last_year(self.choice.start, self.choice.end)
        return self.calendar.previous(self.choice.start, self.choice.end)

    @property
    def has_targets(self) -> bool:
        """Whether a target can stand beside the figures: targets are set for people and teams, not for kinds of deals."""
        return not self.choice.conditions and all(dimension in ("team", "rep") for dimension, _ in self.choice.picks)

    # Questions that several parts share, so that each is asked once

    def main(self) -> Answer:
        """The key figures of the period, with what they are compared with."""
        return self.ask(self.choice.question(MAIN, compare=self.choice.compare))

    def steps(self, start: date, end: date) -> Answer:
        """Bookings and new opportunities through a period, by week or by month."""
        return self.ask(self.choice.question(["bookings_amount", "opportunities_created"], start=start, end=end, grain=self.step))

    @property
    def step(self) -> Grain:
        """Whether the trend of the period goes by week or by month."""
        return "week" if (self.choice.end - self.choice.start).days <= SHORT else "month"

    def months(self) -> Answer:
        """The figures with a level, by month, over the twelve months up to the period's end or to today."""
        end = self.calendar.unit_of("month", self.until - timedelta(days=1)).end
        start = end
        for _ in range(MONTHS_BACK):
            start = self.calendar.unit_of("month", start - timedelta(days=1)).start
        return self.ask(self.choice.question(LEVELS, start=start, end=end, grain="month"))

    def unit(self, start: date, end: date) -> Period | None:
        """The whole quarter, month, year or week that these days are, if they are one."""
        grains = ("month", "quarter", "year", "fiscal-quarter", "fiscal-year", "week")
        for grain in grains:
            whole = self.calendar.unit_of(grain, start)
            if (whole.start, whole.end) == (start, end):
                return whole
        return None

    def why(self, found: Figure) -> str:
        """Why a figure is undefined, in words; empty when it isn't said."""
        return wording.why(found.why, self.reader.language) if found.why else ""

    def name_of(self, start: date, end: date) -> str:
        """What people call these days: Q3 2026, or 3 Oct – 9 Nov."""
        whole = self.unit(start, end)
        return self.reader.unit_name(whole.label) if whole else self.reader.span(start, end)

    def year(self) -> tuple[date, date]:
        """The fiscal year around the chosen period; the period itself when it is longer than a year."""
        if (self.choice.end - self.choice.start).days > 366:
            return self.choice.start, self.choice.end
        last = self.choice.end - timedelta(days=1)
        whole = self.calendar.unit_of("fiscal-year", min(last, max(self.today, self.choice.start)))
        return whole.start, whole.end


@dataclass(frozen=True)
class Figure:
    """One number of an answer with what makes it trustworthy."""

    value: float | None
    n: int = 0
    low: float | None = None
    high: float | None = None
    previous: float | None = None
    why: str | None = None


def figure(row: dict[str, Any], metric: str) -> Figure:
    """The figure of `metric` in a row of an answer."""
    return Figure(
        value=number(row.get(metric)),
        n=int(row.get(f"{metric}:n") or 0),
        low=number(row.get(f"{metric}:low")),
        high=number(row.get(f"{metric}:high")),
        previous=number(row.get(f"{metric}:previous")),
        why=row.get(f"{metric}:why"),
    )


def only(answer: Answer, metric: str) -> Figure:
    """The figure of an answer without dimensions."""
    return figure(answer.rows[0], metric) if answer.rows else Figure(None)


def series(answer: Answer, metric: str) -> list[tuple[str, Figure]]:
    """The figures of an answer with a grain, each with its period's label."""
    return [(str(row.get("period")), figure(row, metric)) for row in answer.rows]


def number(value: Any) -> float | None:
    """A number of an answer as the drawings take it."""
    return None if value is None else float(value)


def running(values: Sequence[float | None]) -> list[float | None]:
    """The sum so far at each step; steps without a value stay without."""
    total = 0.0
    found: list[float | None] = []
    for value in values:
        total += value or 0.0
        found.append(None if value is None else total)
    return found
