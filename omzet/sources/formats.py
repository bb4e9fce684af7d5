"""How dates and numbers are written in one file: found from all its rows, named where the file doesn't tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.model import TABLES, Kind
from omzet.model.table import DateOrder, Decimal
from omzet.settings import Settings
from omzet.sources.batch import Batch

ORDER_WORDS: dict[DateOrder, str] = {"dmy": "day-month-year", "mdy": "month-day-year", "ymd": "year-month-day"}
MOST_SHAPES = 200_000
"""Different dates or shapes of numbers that are looked at in one column; a column of real ones has far fewer."""

_DATE = re.compile(r"\s*(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})(?!\d)")
_COMPACT = re.compile(r"\s*(\d{8})(?!\d)")
_NUMBER = re.compile(r"[\d.,'\s\u00a0\u202f’]*\d")
_DATES = (Kind.INSTANT, Kind.DAY)
_WHOLE = (Kind.INTEGER, Kind.SECONDS)
_NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.SHARE, *_WHOLE)


@dataclass(frozen=True)
class Given:
    """What a mapping says about one batch: its file's date order and decimal mark, the file's names of columns, and which
    columns the mapping computed, so that their numbers are plain."""

    batch: Batch
    date_order: DateOrder | None = None
    decimal: Decimal | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()


@dataclass
class _Column:
    """A column whose texts are not ISO dates or plain numbers: how often each separator and reading occurs."""

    given: Given
    name: str
    orders: Counter[tuple[str, frozenset[DateOrder]]] = field(default_factory=Counter)
    marks: Counter[Decimal | None] = field(default_factory=Counter)

    @property
    def shown(self) -> str:
        return self.given.sources.get(self.name, self.name)


def with_formats(given: Sequence[Given], session: Session, settings: Settings) -> list[Batch]:
    """The batches of one file, with date order and decimal mark for each column that needs one, and what was assumed."""
    columns = [column for each in given for column in _unplain(each, session)]
    dates = [column for column in columns if column.orders]
    numbers = [column for column in columns if column.marks]
    proven = _proven_orders(dates)
    mark = _proven_mark(numbers)
    chosen: dict[int, tuple[dict[str, DateOrder], dict[str, Decimal], list[str]]] = {id(each): ({}, {}, []) for each in given}
    said: set[str] = set()
    for column in dates:
        order, why = _order(column, proven, settings)
        chosen[id(column.given)][0][column.name] = order
        _say(chosen[id(column.given)][2], said, f"dates in {column.shown} are {ORDER_WORDS[order]}{why}")
    for column in numbers:
        decimal, why = _mark(column, mark, settings)
        chosen[id(column.given)][1][column.name] = decimal
        if decimal == "," or why:
            word = "comma" if decimal == "," else "point"
            _say(chosen[id(column.given)][2], said, f"numbers in {column.shown} have a decimal {word}{why}")
    batches: list[Batch] = []
    for each in given:
        orders, decimals, words = chosen[id(each)]
        batches.append(replace(each.batch, date_order=orders, decimal=decimals, assumptions=(*each.batch.assumptions, *words)))
    return batches


def _say(words: list[str], said: set[str], text: str) -> None:
    if text not in said:
        said.add(text)
        words.append(text)


def _unplain(given: Given, session: Session) -> list[_Column]:
    """The columns of a batch that hold texts which are not ISO dates, or may not be plain numbers."""
    table = TABLES[given.batch.table]
    kinds = {name: table.column(name).kind for name in given.batch.columns}
    candidates = [name for name, kind in kinds.items() if kind in (*_DATES, *_NUMBERS) and name not in given.computed]
    if not candidates:
        return []
    tests = ", ".join(f"COUNT(CASE WHEN {_not_plain(quoted(name), kinds[name])} THEN 1 END)" for name in candidates)
    counts = session.rows(f"SELECT {tests} FROM (\n{given.batch.select}\n) AS b")[0]
    found: list[_Column] = []
    for name, count in zip(candidates, counts, strict=True):
        if count:
            column = _Column(given, name)
            if kinds[name] in _DATES:
                _read_dates(column, session)
            else:
                _read_numbers(column, kinds[name], session)
            found.append(column)
    return found


def _not_plain(name: str, kind: Kind) -> str:
    """A cheap test for texts that are no ISO date, or that may mean another number than they seem to."""
    if kind in _DATES:
        return f"{name} NOT LIKE '____-__-__%'"
    patterns = ("%,%", "%.___", "%.%.%", "_% _%", "%''%")
    return f"{name} < '-' OR {name} > ':' OR " + " OR ".join(f"{name} LIKE '{pattern}'" for pattern in patterns)


def _read_dates(column: _Column, session: Session) -> None:
    name = quoted(column.name)
    texts = session.rows(
        f"SELECT SUBSTR({name}, 1, 10), COUNT(*) FROM (\n{column.given.batch.select}\n) AS b"
        f" WHERE {name} IS NOT NULL AND {name} NOT LIKE '____-__-__%' GROUP BY 1 LIMIT {MOST_SHAPES}"
    )
    for text, count in texts:
        reading = _date_reading(text)
        if reading is not None:
            column.orders[reading] += count


def _date_reading(text: str) -> tuple[str, frozenset[DateOrder]] | None:
    """The separator of a date's text and the orders in which it is a date; None when it is none in any."""
    if compact := _COMPACT.match(text):
        digits = compact.group(1)
        if digits[:2] in ("19", "20") and 1 <= int(digits[4:6]) <= 12 and 1 <= int(digits[6:]) <= 31:
            return "", frozenset({"ymd"})
        first, second = int(digits[:2]), int(digits[2:4])
        return _orders("", first, second)
    if not (match := _DATE.match(text)):
        return None
    first, separator, second, third = int(match[1]), match[2], int(match[3]), match[4]
    if len(match[1]) > 2:
        return (separator, frozenset({"ymd"})) if len(match[1]) == 4 and 1 <= second <= 12 else None
    reading = _orders(separator, first, second)
    if len(third) <= 2 and len(match[1]) == 2 and 1 <= second <= 12 and 1 <= int(third) <= 31 and (first > 31 or reading is None):
        return separator, frozenset({"ymd"})
    return reading


def _orders(separator: str, first: int, second: int) -> tuple[str, frozenset[DateOrder]] | None:
    orders: set[DateOrder] = set()
    if 1 <= first <= 31 and 1 <= second <= 12:
        orders.add("dmy")
    if 1 <= first <= 12 and 1 <= second <= 31:
        orders.add("mdy")
    return (separator, frozenset(orders)) if orders else None


def _proof(column: _Column) -> Counter[tuple[str, DateOrder]]:
    """How many rows of a column can be read in one order only, by separator and order."""
    proof: Counter[tuple[str, DateOrder]] = Counter()
    for (separator, orders), count in column.orders.items():
        if len(orders) == 1:
            proof[separator, next(iter(orders))] += count
    return proof


def _proven_orders(columns: Sequence[_Column]) -> dict[str, set[DateOrder]]:
    """The orders that any column of the file proves, by separator."""
    proven: dict[str, set[DateOrder]] = {}
    for column in columns:
        for separator, order in _proof(column):
            proven.setdefault(separator, set()).add(order)
    return proven


def _order(column: _Column, proven: Mapping[str, set[DateOrder]], settings: Settings) -> tuple[DateOrder, str]:
    """The order in which a column is read, and why as far as it isn't plain from the column itself."""
    if column.given.date_order:
        return column.given.date_order, f": so says {column.given.batch.mapping}"
    file = PurePath(column.given.batch.raw.path).name
    own: Counter[DateOrder] = Counter()
    for (_, order), count in _proof(column).items():
        own[order] += count
    if own:
        order, count = own.most_common(1)[0]
        others = sum(own.values()) - count
        return order, f"; {others:,} in {file} can't be" if others else ""
    separator = Counter({key[0]: count for key, count in column.orders.items()}).most_common(1)[0][0]
    shown = proven.get(separator, set())
    if len(shown) == 1:
        return next(iter(shown)), f", as other columns of {file} are"
    order = "mdy" if settings.locale.replace("-", "_") == "en_US" else "dmy"
    return order, f": nothing in {file} tells otherwise"


def _read_numbers(column: _Column, kind: Kind, session: Session) -> None:
    name = quoted(column.name)
    shapes = session.rows(
        f"SELECT TRANSLATE({name}, '12345678', '99999999'), COUNT(*) FROM (\n{column.given.batch.select}\n) AS b"
        f" WHERE {name} IS NOT NULL GROUP BY 1 LIMIT {MOST_SHAPES}"
    )
    for shape, count in shapes:
        mark, telling = _number_reading(shape, kind)
        if telling:
            column.marks[mark] += count


def _number_reading(shape: str, kind: Kind) -> tuple[Decimal | None, bool]:
    """The decimal mark a number's shape proves (None: it could be either), and whether the shape tells anything at all."""
    match = _NUMBER.search(shape)
    if not match:
        return None, False
    digits = match.group()
    points, commas = digits.count("."), digits.count(",")
    decorated = digits.strip() != shape.strip().removeprefix("-")
    if not points and not commas:
        return (None, True) if decorated or re.search(r"\D", digits.strip()) else (None, False)
    if points and commas:
        return ("," if digits.rfind(",") > digits.rfind(".") else "."), True
    mark: Decimal = "." if points else ","
    other: Decimal = "," if points else "."
    if points + commas > 1:
        return other, True
    before, after = digits.split(mark)
    if len(after) != 3 or before.strip("'’ \u00a0\u202f") in ("", "0") or len(before) > 3:
        return mark, True
    return (other, True) if kind in _WHOLE else (None, True)


def _proven_mark(columns: Sequence[_Column]) -> Decimal | None:
    """The decimal mark that the file's columns prove, when they agree."""
    proven = {mark for column in columns for mark in column.marks if mark is not None}
    return next(iter(proven)) if len(proven) == 1 else None


def _mark(column: _Column, proven: Decimal | None, settings: Settings) -> tuple[Decimal, str]:
    if column.given.decimal:
        return column.given.decimal, ""
    file = PurePath(column.given.batch.raw.path).name
    own = Counter({mark: count for mark, count in column.marks.items() if mark is not None})
    if len(own) > 1:
        mark, count = own.most_common(1)[0]
        return mark, f"; {sum(own.values()) - count:,} in {file} can't have"
    if own:
        return next(iter(own)), ""
    if proven:
        return proven, ""
    kind = TABLES[column.given.batch.table].column(column.name).kind
    grouped = settings.locale.startswith("en") or kind is not Kind.MONEY
    return (".", f": nothing in {file} tells otherwise") if grouped else (",", f": nothing in {file} tells otherwise")
