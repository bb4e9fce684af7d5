"""Labels and words of periods as people say them: 2026-Q3 is Q3 2026, this-quarter is This quarter."""

from __future__ import annotations

import re
from datetime import date

from omzet.locale.formats import between, day, month_name, quarter
from omzet.locale.words import t

_LABEL = re.compile(
    r"(?P<fiscal>FY)?(?P<year>\d{4})(?:-(?:Q(?P<quarter>\d)|W(?P<week>\d\d)|M(?P<fiscal_month>\d\d)|(?P<month>\d\d)))?"
)
_LAST_MANY = re.compile(r"last-(\d+)-((?:fiscal-)?[a-z]+?)s?")

_WORDS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "this-week": "This week",
    "last-week": "Last week",
    "next-week": "Next week",
    "this-month": "This month",
    "last-month": "Last month",
    "next-month": "Next month",
    "this-quarter": "This quarter",
    "last-quarter": "Last quarter",
    "next-quarter": "Next quarter",
    "this-year": "This year",
    "last-year": "Last year",
    "next-year": "Next year",
    "this-fiscal-month": "This fiscal month",
    "last-fiscal-month": "Last fiscal month",
    "next-fiscal-month": "Next fiscal month",
    "this-fiscal-quarter": "This fiscal quarter",
    "last-fiscal-quarter": "Last fiscal quarter",
    "next-fiscal-quarter": "Next fiscal quarter",
    "this-fiscal-year": "This fiscal year",
    "last-fiscal-year": "Last fiscal year",
    "next-fiscal-year": "Next fiscal year",
}
_LAST = {
    "day": "Last {n} day | Last {n} days",
    "week": "Last {n} week | Last {n} weeks",
    "month": "Last {n} month | Last {n} months",
    "quarter": "Last {n} quarter | Last {n} quarters",
    "year": "Last {n} year | Last {n} years",
    "fiscal-month": "Last {n} fiscal month | Last {n} fiscal months",
    "fiscal-quarter": "Last {n} fiscal quarter | Last {n} fiscal quarters",
    "fiscal-year": "Last {n} fiscal year | Last {n} fiscal years",
}
TEXTS = {f"periods.{word}": text for word, text in _WORDS.items()} | {
    f"periods.last-{unit}s": text for unit, text in _LAST.items()
}
"""The English texts by id."""


def period_word(word: str, language: str) -> str:
    """A period's word as people say it: `last-12-months` is Last 12 months, Afgelopen 12 maanden; labels as below."""
    text = word.strip().lower()
    if text in _WORDS:
        return t(f"periods.{text}", _WORDS[text], language)
    if (match := _LAST_MANY.fullmatch(text)) and match[2] in _LAST:
        return t(f"periods.last-{match[2]}s", _LAST[match[2]], language, n=int(match[1]))
    return period_label(word, language)


def period_label(label: str, language: str, *, short: bool = False) -> str:
    """A period's label as people say it, or the label itself where it is none.

    `2026-Q3` is Q3 2026, K3 2026; `2026-03` is March 2026, maart 2026; `2026-W13` is week 13, 2026; `2026-03-29` is
    29 Mar 2026; `FY2027-Q1` is Q1 FY2027; `2025-03/2026-02` is March 2025 – February 2026. With `short`, for the axis
    of a chart, the year goes: Q3, Mar, W13, 29 Mar.
    """
    if "/" in label:
        first, last = label.split("/", 1)
        return between(period_label(first, language, short=short), period_label(last, language, short=short))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", label):
        return day(date.fromisoformat(label), language, year=not short)
    match = _LABEL.fullmatch(label)
    if match is None:
        return label
    year = f"FY{match['year']}" if match["fiscal"] else match["year"]
    if match["quarter"]:
        name = quarter(int(match["quarter"]), language)
    elif match["fiscal_month"]:
        name = f"M{int(match['fiscal_month'])}"
    elif match["month"]:
        name = month_name(int(match["month"]), language, short=short)
    elif match["week"]:
        week = int(match["week"])
        if not short:
            return t("formats.week", "week {week}, {year}", language, week=str(week), year=year)
        name = f"W{week}"
    else:
        return year
    return name if short else f"{name} {year}"
