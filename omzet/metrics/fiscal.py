"""Fiscal years and their quarters and months."""

from __future__ import annotations

from datetime import date

from omzet.metrics.periods import Period, first_of, moved

FIRST_WEEKS = (0, 4, 8, 13, 17, 21, 26, 30, 34, 39, 43, 47)
"""In which week of a 4-4-5 year each month begins."""


class FiscalYears:
    """Fiscal years that begin in `first_month`, in months or, with `weeks`, in the 4-4-5 pattern.

    A fiscal year is named after the calendar year it ends in: with first month 2, FY2025 runs from 2024-02-01 to
    2025-01-31; with 1 it is the calendar year.

    In 4-4-5 a fiscal year begins on the Monday nearest to the 1st of its first month and its quarters have months of
    4, 4 and 5 weeks; a 53rd week belongs to the last month. With first month 1 these are exactly the ISO week years.
    The year keeps the name it would have in the pattern of months, even where it ends a few days later.
    """

    def __init__(self, first_month: int, *, weeks: bool) -> None:
        self.first_month = first_month
        self.weeks = weeks

    def start(self, year: int) -> date:
        """First day of the fiscal year of that name."""
        first = first_of(year if self.first_month == 1 else year - 1, self.first_month)
        if not self.weeks:
            return first
        fourth = moved(first, 3)
        return moved(fourth, -fourth.weekday())

    def month_start(self, year: int, month: int) -> date:
        """First day of a fiscal month; `month` counts from 0, and 12 is the next year's first."""
        if month == 12:
            return self.start(year + 1)
        start = self.start(year)
        return moved(start, 7 * FIRST_WEEKS[month]) if self.weeks else first_of(start.year, start.month + month)

    def name(self, day: date) -> int:
        """The fiscal year that contains `day`."""
        year = day.year + 1
        while day < self.start(year):
            year -= 1
        return year

    def place(self, day: date) -> tuple[int, int]:
        """The fiscal year that contains `day`, and the number of the month in it, from 0."""
        year = self.name(day)
        if not self.weeks:
            return year, (day.month - self.first_month) % 12
        week = (day - self.start(year)).days // 7
        return year, max(month for month, first in enumerate(FIRST_WEEKS) if first <= week)

    def year_of(self, day: date) -> Period:
        """The fiscal year that contains `day`."""
        year = self.name(day)
        return Period(self.start(year), self.start(year + 1), f"FY{year:04d}")

    def quarter_of(self, day: date) -> Period:
        """The fiscal quarter that contains `day`."""
        year, month = self.place(day)
        first = month - month % 3
        label = f"FY{year:04d}-Q{first // 3 + 1}"
        return Period(self.month_start(year, first), self.month_start(year, first + 3), label)

    def month_of(self, day: date) -> Period:
        """The fiscal month that contains `day`."""
        year, month = self.place(day)
        return Period(self.month_start(year, month), self.month_start(year, month + 1), f"FY{year:04d}-M{month + 1:02d}")
