"""From text to typed values in DuckDB: one SQL expression for each kind of column, NULL where the text can't be read.

The session's time zone must be the zone in which naive texts are read.
"""

from __future__ import annotations

from omzet.model import Column, Kind
from omzet.model.table import DateOrder, Decimal

FIRST_DAY, LAST_DAY = "1900-01-01", "2200-01-01"
"""Days outside are taken for typing errors."""

TRUE_WORDS = ("true", "t", "yes", "y", "1", "ja", "j", "waar")
FALSE_WORDS = ("false", "f", "no", "n", "0", "nee", "onwaar")

_TIME = r"(.*)$"
_PARTS = {
    "dmy": (rf"^\s*(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}){_TIME}", r"\3-\2-\1\4"),
    "mdy": (rf"^\s*(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}){_TIME}", r"\3-\1-\2\4"),
    "ymd": (rf"^\s*(\d{{4}})[-/. ]?(\d{{2}})[-/. ]?(\d{{2}}){_TIME}", r"\1-\2-\3\4"),
}
_SHORT = {
    "dmy": (r"^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2})(\D.*)?$", r"20\3-\2-\1\4"),
    "mdy": (r"^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2})(\D.*)?$", r"20\3-\1-\2\4"),
}


def typed(column: Column, text: str, *, order: DateOrder | None = None, decimal: Decimal | None = None) -> str:
    """SQL for the value of `column` from the SQL text expression `text`; NULL for an unreadable text or none."""
    if column.kind is Kind.INSTANT:
        return _instant(_iso(text, order), ends_day=column.ends_day)
    if column.kind is Kind.DAY:
        return _day(_iso(text, order))
    if column.kind is Kind.MONEY:
        return f"TRY_CAST({_number_text(text, decimal)} AS DECIMAL(18,4))"
    if column.kind is Kind.NUMBER:
        return f"TRY_CAST({_number_text(text, decimal)} AS DECIMAL(24,8))"
    if column.kind is Kind.SHARE:
        return _share(text, decimal)
    if column.kind in (Kind.INTEGER, Kind.SECONDS):
        number = f"TRY_CAST({_number_text(text, decimal)} AS DECIMAL(24,6))"
        return f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({number} AS BIGINT) END"
    if column.kind is Kind.FLAG:
        return f"CASE WHEN lower(trim({text})) IN {TRUE_WORDS} THEN TRUE WHEN lower(trim({text})) IN {FALSE_WORDS} THEN FALSE END"
    if column.kind is Kind.CHOICE and not column.open_choices:
        return f"CASE WHEN lower(trim({text})) IN ({', '.join(repr(c) for c in column.choices)}) THEN lower(trim({text})) END"
    return f"trim({text})"


def is_safe(column: Column) -> bool:
    """True when every text can be read as this column, so that no check is needed."""
    return column.kind in (Kind.TEXT, Kind.ID, Kind.REFERENCE) or (column.kind is Kind.CHOICE and column.open_choices)


def _iso(text: str, order: DateOrder | None) -> str:
    if order is None:
        return text
    pattern, form = _PARTS[order]
    iso = f"regexp_replace({text}, '{pattern}', '{form}')"
    if order in _SHORT:
        short, short_form = _SHORT[order]
        return (
            f"CASE WHEN regexp_matches({text}, '{short}') THEN regexp_replace({text}, '{short}', '{short_form}') ELSE {iso} END"
        )
    return iso


def _instant(text: str, *, ends_day: bool) -> str:
    bare = f"length({text}) <= 10"
    moment = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    value = f"timezone('UTC', {moment})"
    if ends_day:
        value = f"CASE WHEN {bare} THEN timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ) + INTERVAL 1 DAY) - INTERVAL 1 MICROSECOND ELSE {value} END"
    return _within(value, text, "TIMESTAMP")


def _day(text: str) -> str:
    value = f"CASE WHEN length({text}) <= 10 THEN TRY_CAST({text} AS DATE) ELSE CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS DATE) END"
    return _within(value, text, "DATE")


def _within(value: str, text: str, kind: str) -> str:
    # A word such as 'epoch' or 'infinity' is a date to DuckDB, and none to a person.
    return f"CASE WHEN {text} >= '0' AND {text} < ':' AND ({value}) BETWEEN {kind} '{FIRST_DAY}' AND {kind} '{LAST_DAY}' THEN {value} END"


def _number_text(text: str, decimal: Decimal | None) -> str:
    if decimal is None:
        # Python's and DuckDB's 1_000 is no number that a person wrote.
        return f"CASE WHEN NOT contains({text}, '_') THEN {text} END"
    bare = f"regexp_replace({text}, '[^0-9,.()eE+-]', '', 'g')"
    bare = f"CASE WHEN {bare} LIKE '(%)' THEN '-' || replace(replace({bare}, '(', ''), ')', '') ELSE {bare} END"
    digits = f"regexp_matches({text}, '[0-9]') AND NOT regexp_matches({text}, '[A-Za-z]{{4,}}')"
    grouped = f"replace(replace({bare}, '.', ''), ',', '.')" if decimal == "," else f"replace({bare}, ',', '')"
    return f"CASE WHEN {digits} THEN {grouped} END"


def _share(text: str, decimal: Decimal | None) -> str:
    if decimal is None:
        plain = f"TRY_CAST({_number_text(text, None)} AS DECIMAL(12,8))"
    else:
        plain = f"TRY_CAST({_number_text(text, decimal)} AS DECIMAL(12,8))"
    per_cent = f"TRY_CAST(replace(replace({text}, '%', ''), ',', '.') AS DECIMAL(12,8)) / 100"
    return f"CASE WHEN {text} LIKE '%\\%' ESCAPE '\\' THEN CAST({per_cent} AS DECIMAL(12,8)) ELSE {plain} END"
