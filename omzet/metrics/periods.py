"""Periods of the calendar everyone shares: days, ISO weeks, months, quarters and years."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple


class Period(NamedTuple):
    """Whole local days from `start` up to, not including, `end`, and what they are called: `2026-Q1`, `FY2027-M01`."""

    start: date
    end: date
    label: str


def day_of(day: date) -> Period:
    """The day itself."""
    return Period(day, moved(day, 1), day.isoformat())


def week_of(day: date) -> Period:
    """The ISO week that contains `day`."""
    year, week, weekday = day.isocalendar()
    monday = moved(day, 1 - weekday)
    return Period(monday, moved(monday, 7), f"{year:04d}-W{week:02d}")


def month_of(day: date) -> Period:
    """The month that contains `day`."""
    return Period(day.replace(day=1), first_of(day.year, day.month + 1), f"{day.year:04d}-{day.month:02d}")


def quarter_of(day: date) -> Period:
    """The quarter that contains `day`."""
    first = day.month - (day.month - 1) % 3
    return Period(first_of(day.year, first), first_of(day.year, first + 3), f"{day.year:04d}-Q{first // 3 + 1}")


def year_of(day: date) -> Period:
    """The calendar year that contains `day`."""
    return Period(first_of(day.year, 1), first_of(day.year + 1, 1), f"{day.year:04d}")


def first_of(year: int, month: int) -> date:
    """The first of a month, counted on before January and past December; the calendar's own end where that is passed."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if year < 1:
        return date.min
    return date(year, month, 1) if year <= 9999 else date.max


def moved(day: date, days: int) -> date:
    """The day so many days later (or earlier); the calendar's own end where that is passed."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.min if days < 0 else date.max


def a_year_before(day: date, instead: date) -> date:
    """The same day a year before, or `instead` where that is a 29 February that isn't there."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return instead
