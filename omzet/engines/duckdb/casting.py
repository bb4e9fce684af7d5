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
_COMPACT = {
    "dmy": (r"^\s*(\d{2})(\d{2})(\d{4})(\D.*)?$", r"\3-\2-\1\4"),
    "mdy": (r"^\s*(\d{2})(\d{2})(\d{4})(\D.*)?$", r"\3-\1-\2\4"),
}
_SHORT = {
    "dmy": (r"^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2})(\D.*)?$", r"-\2-\1\4", 3),
    "mdy": (r"^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2})(\D.*)?$", r"-\1-\2\4", 3),
    "ymd": (r"^\s*(\d{2})[-/. ](\d{1,2})[-/. ](\d{1,2})(\D.*)?$", r"-\2-\3\4", 1),
}
"""Years of two digits: from 70 on they are the last century's."""

_HALF_DAY = "['%Y-%m-%d %I:%M %p', '%Y-%m-%d %I:%M:%S %p']"

_CODES = (
    "AED|ARS|AUD|BAM|BDT|BGN|BHD|BRL|CAD|CHF|CLP|CNH|CNY|COP|CRC|CZK|DKK|DZD|EGP|EUR|GBP|GEL|GHS|HKD|HRK|HUF|IDR|ILS|INR|ISK|JOD|JPY"
    "|KES|KRW|KWD|KZT|LKR|MAD|MDL|MKD|MXN|MYR|NGN|NLG|NOK|NZD|OMR|PEN|PHP|PKR|PLN|QAR|RON|RSD|RUB|SAR|SEK|SGD|THB|TND|TRY|TWD|UAH|USD|UYU"
    "|VND|ZAR|kr|Kr|z\u0142|K\u010d|Ft|Fr|lei|euro|Euro"
)
_BLANK = r"[ \t\x{00a0}\x{202f}]*"
_SIGN = r"[-+\x{2212}]?"
_COIN = rf"(?:(?:[A-Z]{{1,2}})?\p{{Sc}}|{_CODES})"


def _number_pattern(mark: Decimal) -> str:
    """How a number with this decimal mark may be written: grouped in threes or not at all, with a sign and a currency."""
    point, comma = r"\.", ","
    decimal, group = (comma, point) if mark == "," else (point, comma)
    threes = "|".join(rf"(?:{sign}\d{{3}})+" for sign in (group, r"[ \x{00a0}\x{202f}]", r"[\x27\x{2019}]"))
    lakhs = r"|[1-9]\d?(?:,\d{2})+,\d{3}" if mark == "." else ""
    whole = rf"(?:[1-9]\d{{0,2}}(?:{threes}){lakhs}|\d+)"
    body = rf"(?:{whole}(?:{decimal}(?:\d*|-{{1,2}}))?|{decimal}\d+)(?:[eE][-+]?\d{{1,3}})?"
    coin = rf"(?:{_COIN}{_BLANK})?"
    after = rf"{_BLANK}{_COIN}?"
    ways = (
        rf"(?:{_SIGN}{_BLANK}{coin}|{coin}{_SIGN}{_BLANK}){body}{after}",
        rf"\({_BLANK}{coin}{body}{after}\)",
        rf"{coin}{body}{_BLANK}-",
    )
    return rf"^{_BLANK}(?:{'|'.join(ways)}){_BLANK}$"


_NUMBERS: dict[Decimal, str] = {".": _number_pattern("."), ",": _number_pattern(",")}


def typed(column: Column, text: str, *, order: DateOrder | None = None, decimal: Decimal | None = None) -> str:
    """SQL for the value of `column` from the SQL text expression `text`; NULL for an unreadable text or none."""
    if column.kind is Kind.INSTANT:
        return _instant(_iso(text, order), ends_day=column.ends_day, half_days=order is not None)
    if column.kind is Kind.DAY:
        return _day(_iso(text, order), half_days=order is not None)
    if column.kind is Kind.MONEY:
        return f"TRY_CAST({_number_text(text, decimal)} AS DECIMAL(18,4))"
    if column.kind is Kind.NUMBER:
        return f"TRY_CAST({_number_text(text, decimal)} AS DECIMAL(24,8))"
    if column.kind is Kind.SHARE:
        return _share(text, decimal)
    if column.kind in (Kind.INTEGER, Kind.SECONDS):
        number = f"TRY_CAST({_number_text(text, decimal)} AS DECIMAL(38,18))"
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
    """The date at the start of `text` the ISO way; any other text as it is."""
    if order is None:
        return text
    short, form, year = _SHORT[order]
    digits = f"regexp_extract({text}, '{short}', {year})"
    century = f"CASE WHEN {digits} < '70' THEN '20' ELSE '19' END || {digits}"
    cases = f"WHEN regexp_matches({text}, '{short}') THEN {century} || regexp_replace({text}, '{short}', '{form}')"
    if order in _COMPACT:
        compact, compact_form = _COMPACT[order]
        cases += f" WHEN regexp_matches({text}, '{compact}') THEN regexp_replace({text}, '{compact}', '{compact_form}')"
    pattern, form = _PARTS[order]
    return f"rtrim(CASE {cases} ELSE regexp_replace({text}, '{pattern}', '{form}') END)"


def _moment(text: str, half_days: bool) -> str:
    moment = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    # Morning and afternoon, as in 2:30 PM, occur only beside dates that are written in a country's own way.
    return f"coalesce({moment}, CAST(try_strptime({text}, {_HALF_DAY}) AS TIMESTAMPTZ))" if half_days else moment


def _instant(text: str, *, ends_day: bool, half_days: bool) -> str:
    # A word such as 'infinity' is an instant to DuckDB, but one that has no microseconds.
    begun = f"CASE WHEN {text} >= '0' AND {text} < ':' THEN {text} END"
    value = f"make_timestamp(epoch_us({_moment(begun, half_days)}))"
    if ends_day:
        bare = f"length({text}) <= 10"
        end = f"make_timestamp(epoch_us(TRY_CAST({begun} AS TIMESTAMPTZ) + INTERVAL 1 DAY)) - INTERVAL 1 MICROSECOND"
        value = f"CASE WHEN {bare} THEN {end} ELSE {value} END"
    return _within(value, text, "TIMESTAMP")


def _day(text: str, *, half_days: bool) -> str:
    value = f"CASE WHEN length({text}) <= 10 THEN TRY_CAST({text} AS DATE) ELSE CAST({_moment(text, half_days)} AS DATE) END"
    return _within(value, text, "DATE")


def _within(value: str, text: str, kind: str) -> str:
    # A word such as 'epoch' or 'infinity' is a date to DuckDB, and none to a person.
    possible = f"({value}) BETWEEN {kind} '{FIRST_DAY}' AND {kind} '{LAST_DAY}'"
    return f"CASE WHEN {text} >= '0' AND {text} < ':' AND {possible} THEN {value} END"


def _number_text(text: str, decimal: Decimal | None) -> str:
    if decimal is None:
        # Python's and DuckDB's 1_000 is no number that a person wrote.
        return f"CASE WHEN NOT contains({text}, '_') THEN {text} END"
    digits = f"regexp_replace(regexp_extract({text}, '[0-9{decimal}].*[0-9]|[0-9]'), '[^0-9{decimal}eE+-]', '', 'g')"
    plain = f"replace({digits}, ',', '.')" if decimal == "," else digits
    below = f"regexp_matches({text}, '^[^0-9]*[-(\\x{{2212}}]|[0-9]{_BLANK}-{_BLANK}$')"
    return f"CASE WHEN regexp_matches({text}, '{_NUMBERS[decimal]}') THEN CASE WHEN {below} THEN '-' ELSE '' END || {plain} END"


def _share(text: str, decimal: Decimal | None) -> str:
    plain = f"TRY_CAST({_number_text(text, decimal)} AS DECIMAL(12,8))"
    without_sign = f"rtrim(rtrim({text}), '%')"
    hundredths = f"TRY_CAST({_number_text(without_sign, decimal)} AS DECIMAL(18,10)) / 100"
    return f"CASE WHEN rtrim({text}) LIKE '%\\%' ESCAPE '\\' THEN TRY_CAST({hundredths} AS DECIMAL(12,8)) ELSE {plain} END"
