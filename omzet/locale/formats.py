"""Numbers, money, days and periods as a reader of a language writes them.

What is undefined is a dash, minus is −, and a hard space keeps a figure and its unit together. Names of months, marks
and currency symbols are those of Unicode's locale data (Babel).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from omzet.locale.words import t

NOTHING = "–"
MINUS = "−"
RANGE = "–"
HARD_SPACE = "\u00a0"
Number = float | int | Decimal

_SHORT = ((1e9, "billion", "B"), (1e6, "million", "M"), (1e3, "thousand", "k"))


class Marks(NamedTuple):
    """The marks of a language: decimal, thousands, and what stands between a currency's sign and its figure."""

    decimal: str
    group: str
    gap: str


@cache
def marks(language: str) -> Marks:
    """The marks of a language."""
    from babel import Locale

    locale = Locale.parse(language)
    symbols = locale.number_symbols["latn"]
    pattern = str(locale.currency_formats["standard"].pattern)
    gap = HARD_SPACE if pattern.startswith(("¤ ", f"¤{HARD_SPACE}")) else ""
    return Marks(str(symbols["decimal"]), str(symbols["group"]), gap)


@cache
def currency_sign(currency: str, language: str) -> str:
    """The sign of a currency: € for EUR, $ or US$ for USD, CHF where there is none."""
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(currency, locale=language))


def number(value: Number | None, language: str, decimals: int = 0) -> str:
    """A number with that many decimals: 1,250 or 1.250."""
    if value is None:
        return NOTHING
    mark = marks(language)
    text = f"{abs(value):,.{decimals}f}".translate({ord(","): mark.group, ord("."): mark.decimal})
    return f"{MINUS}{text}" if value < 0 and _shows_something(text) else text


def percent(value: Number | None, language: str, decimals: int = 1) -> str:
    """A fraction as a percentage: 0.241 is 24.1% or 24,1%."""
    return NOTHING if value is None else f"{number(value * 100, language, decimals)}%"


def points(value: Number | None, language: str, decimals: int = 1) -> str:
    """A difference of fractions in percentage points: −0.038 is −3.8 pt; a rise carries +."""
    if value is None:
        return NOTHING
    return f"{signed(number(value * 100, language, decimals), value)}{HARD_SPACE}pt"


def signed(text: str, value: Number) -> str:
    """A written figure with + before it where `value` is above 0; a figure below 0 has its − already."""
    return f"+{text}" if value > 0 and _shows_something(text) else text


def money(value: Number | None, currency: str, language: str) -> str:
    """A short amount: €1.84M, €39k and €9,820, or € 1,84 mln, € 39k and € 9.820; three digits are shown at most."""
    if value is None:
        return NOTHING
    size = abs(float(value))
    for unit, name, english in _SHORT:
        if size < (9_999.5 if unit == 1e3 else 0.9995 * unit):
            continue
        count = size / unit
        decimals = 0 if unit == 1e3 else 2 if count < 9.995 else 1 if count < 99.95 else 0
        short = t(f"formats.{name}", english, language)
        gap = HARD_SPACE if len(short) > 1 else ""
        return _in_currency(value, number(count, language, decimals) + gap + short, currency, language)
    return _in_currency(value, number(size, language), currency, language)


def money_exact(value: Number | None, currency: str, language: str, decimals: int = 2) -> str:
    """An amount to the cent, or with 0 decimals to the unit: €18,400.50 or € 18.400,50."""
    if value is None:
        return NOTHING
    return _in_currency(value, number(-value if value < 0 else value, language, decimals), currency, language)


def duration(value: Number | None, unit: str, language: str) -> str:
    """A time in `months`, `days`, `hours` or `minutes`: 4 months, 31 days, 5.1 h, 45 min; 31 dagen, 5,1 u, 45 min.

    One decimal where the value has any.
    """
    if value is None:
        return NOTHING
    figure = number(value, language, 0 if round(float(value), 1) == round(float(value)) else 1)
    if unit == "months":
        word = t("formats.month", "month", language) if figure == "1" else t("formats.months", "months", language)
    elif unit == "days":
        word = t("formats.day", "day", language) if figure == "1" else t("formats.days", "days", language)
    else:
        word = t("formats.hours", "h", language) if unit == "hours" else t("formats.minutes", "min", language)
    return f"{figure}{HARD_SPACE}{word}"


def in_unit(value: Number | None, unit: str, currency: str, language: str) -> str:
    """A value in its unit, to the cent where it is money: 24.1%, +3.8 pt, €18,400.50, 52.5 days, 1.25."""
    if value is None:
        return NOTHING
    if unit == "share":
        return percent(value, language)
    if unit == "points":
        return points(value, language)
    if unit in ("money", "money_per_day"):
        return money_exact(value, currency, language)
    if unit in ("months", "days", "hours", "minutes"):
        return duration(value, unit, language)
    return number(value, language, 0 if float(value).is_integer() else 2)


def between(low: str, high: str) -> str:
    """Two written figures or days as a range: 20.5–28.1%; spaces around the dash where one holds a space or a minus.

    A sign that both end with, such as %, stands once.
    """
    if low == high:
        return low
    if low.endswith("%") and high.endswith("%"):
        low = low[:-1]
    spaced = any(mark in low + high for mark in (" ", HARD_SPACE, MINUS))
    return f"{low} {RANGE} {high}" if spaced else f"{low}{RANGE}{high}"


def day(value: date | None, language: str, *, year: bool = False) -> str:
    """A day: 24 Nov or 24 nov, with `year` 24 Nov 2026."""
    if value is None:
        return NOTHING
    text = f"{value.day} {month_name(value.month, language, short=True)}"
    return f"{text} {value.year}" if year else text


def days(start: date, end: date, language: str, *, year: bool = False) -> str:
    """The days from `start` up to, not including, `end`: 1–24 Nov, 1 Oct – 31 Dec; with years where they differ."""
    last = max(start, end - timedelta(days=1))
    if start == last:
        return day(start, language, year=year)
    if start.year != last.year:
        return between(day(start, language, year=True), day(last, language, year=True))
    if start.month == last.month:
        return f"{start.day}{RANGE}{day(last, language, year=year)}"
    return between(day(start, language), day(last, language, year=year))


def month_name(month: int, language: str, *, short: bool = False) -> str:
    """The name of a month, 1 to 12: November, Nov; november, nov."""
    return _month_names(language, short)[month - 1]


@cache
def _month_names(language: str, short: bool) -> tuple[str, ...]:
    from babel.dates import get_month_names

    names = get_month_names("abbreviated" if short else "wide", "format", language)
    return tuple(str(names[month]).rstrip(".") for month in range(1, 13))


def quarter(value: int, language: str) -> str:
    """A quarter, 1 to 4: Q3 or K3."""
    return f"{t('formats.quarter', 'Q', language)}{value}"


def _in_currency(value: Number, figure: str, currency: str, language: str) -> str:
    sign = currency_sign(currency, language)
    gap = marks(language).gap or (HARD_SPACE if len(sign) > 1 else "")
    return f"{MINUS if value < 0 and _shows_something(figure) else ''}{sign}{gap}{figure}"


def _shows_something(figure: str) -> bool:
    """Whether a written figure is more than zeros: what is rounded to nothing carries no sign."""
    return any(digit in figure for digit in "123456789")
