"""What a text means as a date, a number, a share, a flag: as Python's own parsers say, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from omzet.engines import Session
from omzet.engines.duckdb.store import DuckStore
from omzet.model import Column, Kind
from omzet.model.table import DateOrder
from omzet.model.table import Decimal as Mark

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EARLIEST, LATEST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2037-01-01")
FORMS = {"dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y", "ymd": "%Y{0}%m{0}%d"}
FAST = settings(max_examples=60, deadline=None)
MANY = settings(max_examples=3000, deadline=None)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    store = DuckStore.open(None)
    with store.reading(scratch=True) as reading:
        yield reading
    store.close()


def read(
    session: Session, kind: Kind, *texts: str, order: DateOrder | None = None, decimal: Mark | None = None, **column: Any
) -> list[Any]:
    """What each text is as a column of that kind; None for what can't be read."""
    value = session.sql.typed(Column("c", kind, "", **column), "t", order=order, decimal=decimal)
    places = ", ".join(f"({place}, ?)" for place in range(len(texts)))
    rows = session.rows(f"SELECT {value} FROM (VALUES {places}) AS v(n, t) ORDER BY n", list(texts))
    return [value for (value,) in rows]


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("2.5", "2.5", None),
        ("2,5", None, "2.5"),
        ("1.234", "1.234", "1234"),
        ("1,234", "1234", "1.234"),
        ("0.125", "0.125", None),
        ("0,125", None, "0.125"),
        ("1.234.567,89", None, "1234567.89"),
        ("1,234,567.89", "1234567.89", None),
        ("12,34,567.50", "1234567.5", None),
        ("1 234,5", None, "1234.5"),
        ("1\u00a0234,5", None, "1234.5"),
        ("1\u202f234.5", "1234.5", None),
        ("1'234.50", "1234.5", None),
        ("€ 1.234,56", None, "1234.56"),
        ("€1,234.56", "1234.56", None),
        ("US$ 5", "5", "5"),
        ("EUR 1234", "1234", "1234"),
        ("1.234,56 EUR", None, "1234.56"),
        ("-€ 5", "-5", "-5"),
        ("€ -5", "-5", "-5"),
        ("\u22125", "-5", "-5"),
        ("(1,234.50)", "-1234.5", None),
        ("5-", "-5", "-5"),
        ("€ 12,-", None, "12"),
        ("1.234,--", None, "1234"),
        ("1.5e3", "1500", None),
        ("-1.5e-1", "-0.15", None),
        ("12.34.567", None, None),
        ("1.2345,6", None, None),
        ("1.234 567", None, None),
        ("1,2,3", None, None),
        ("12k", None, None),
        ("5 MLN", None, None),
        ("5 mio", None, None),
        ("1e", None, None),
        ("--5", None, None),
        ("-5-", None, None),
        ("(-5)", None, None),
        ("five", None, None),
        ("EUR", None, None),
        ("1 2", None, None),
        ("1_000", None, None),
        ("0x10", None, None),
        ("NaN", None, None),
        ("inf", None, None),
        ("-", None, None),
        (".", None, None),
        ("5%", None, None),
        ("1/2", None, None),
        ("١٢", None, None),
    ],
)
def test_a_number_that_does_not_fit_its_mark_and_grouping_is_none(
    session: Session, text: str, point: str | None, comma: str | None
) -> None:
    expected = [None if value is None else Decimal(value) for value in (point, comma)]
    assert [read(session, Kind.MONEY, text, decimal=mark)[0] for mark in (".", ",")] == expected


def test_a_plain_number_needs_no_mark(session: Session) -> None:
    assert read(session, Kind.MONEY, "5", "-5.25", "1e3", " 7 ") == [5, Decimal("-5.25"), 1000, 7]
    assert read(session, Kind.MONEY, "1,5", "1_0", "nan", "infinity", "abc", "5 5") == [None] * 6


def test_an_amount_that_the_store_can_not_hold_is_none(session: Session) -> None:
    for mark in (None, ".", ","):
        whole: list[Mark | None] = [mark]
        assert read(session, Kind.MONEY, "99999999999999", decimal=whole[0]) == [99999999999999]
        assert read(session, Kind.MONEY, "100000000000000", "9" * 30, "1e20", decimal=whole[0]) == [None] * 3


def grouped(value: Decimal, mark: Mark, sign: str) -> str:
    whole, _, rest = f"{abs(value):,f}".partition(".")
    return ("-" if value < 0 else "") + whole.replace(",", sign) + (mark + rest if rest else "")


AMOUNTS = some.decimals(Decimal(-(10**13)), Decimal(10**13), places=4)


@FAST
@given(
    some.lists(AMOUNTS, min_size=1, max_size=40),
    some.sampled_from([".", ","]),
    some.sampled_from([" ", "", "'", "\u00a0", "other"]),
)
def test_any_amount_written_in_any_grouping_reads_back(session: Session, values: list[Decimal], mark: Mark, sign: str) -> None:
    sign = {".": ",", ",": "."}[mark] if sign == "other" else sign
    assert read(session, Kind.MONEY, *[grouped(value, mark, sign) for value in values], decimal=mark) == values


def _python_number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    if not value.is_finite() or "_" in text or not text.isascii():
        return None
    value = value.quantize(Decimal("0.0001"), ROUND_HALF_UP) if abs(value) < 10**20 else value
    return value if abs(value) < 10**14 else None


def _anything_but_silently_wrong(session: Session, texts: list[str]) -> None:
    for text, value in zip(texts, read(session, Kind.MONEY, *texts), strict=True):
        if value is not None:
            assert value == _python_number(text), text
    for mark, group in ((".", ","), (",", ".")):
        for text, value in zip(texts, read(session, Kind.MONEY, *texts, decimal=mark), strict=True):  # type: ignore[arg-type]
            if value is not None:
                plain = text.strip().removesuffix("-")
                plain = plain.replace(group, "").replace(" ", "").replace("'", "").replace(mark, ".").strip("()€-")
                assert abs(value) == _python_number(plain), text


NUMBERISH = some.lists(some.text(some.sampled_from("0123456789.,-' ()€"), min_size=1, max_size=10), min_size=1, max_size=60)


@FAST
@given(NUMBERISH)
def test_whatever_looks_like_a_number_is_that_number_or_none(session: Session, texts: list[str]) -> None:
    _anything_but_silently_wrong(session, texts)


@pytest.mark.long
@MANY
@given(NUMBERISH)
def test_whatever_looks_like_a_number_is_that_number_or_none_at_length(session: Session, texts: list[str]) -> None:
    _anything_but_silently_wrong(session, texts)


def test_a_whole_number_with_decimals_is_none(session: Session) -> None:
    assert read(session, Kind.INTEGER, "5", "5.0", "5.5", "5.0000001", "-3", "1e3", "99999999999999999999") == [
        5, 5, None, None, -3, 1000, None,
    ]  # fmt: skip
    assert read(session, Kind.SECONDS, "1.234", "1,5", "3600", decimal=",") == [1234, None, 3600]


def test_a_share_is_a_fraction_or_a_per_cent(session: Session) -> None:
    assert read(session, Kind.SHARE, "0.25", "25%", "12.5 %", "0%") == [Decimal(x) for x in ("0.25", "0.25", "0.125", "0")]
    assert read(session, Kind.SHARE, "0,25", "12,5%", decimal=",") == [Decimal("0.25"), Decimal("0.125")]
    assert read(session, Kind.SHARE, "%", "a%", "5%%x", "12.5%", decimal=",") == [None] * 4


def test_flags_are_read_in_english_and_dutch(session: Session) -> None:
    assert read(session, Kind.FLAG, "true", "Yes", "ja", "1", "WAAR", " t ") == [True] * 6
    assert read(session, Kind.FLAG, "false", "No", "nee", "0", "Onwaar", "n") == [False] * 6
    assert read(session, Kind.FLAG, "maybe", "2", "-", "misschien") == [None] * 4


DAYS = some.dates(date(1970, 1, 1), date(2069, 12, 31))


@FAST
@given(
    some.lists(DAYS, min_size=1, max_size=40),
    some.sampled_from(["dmy", "mdy", "ymd"]),
    some.sampled_from(["-", "/", ".", " ", ""]),
)
def test_any_day_in_any_order_reads_back(session: Session, days: list[date], order: DateOrder, separator: str) -> None:
    texts = [day.strftime(FORMS[order].format(separator)) for day in days]
    assert read(session, Kind.DAY, *texts, order=order) == days
    if separator:
        short = [day.strftime(FORMS[order].format(separator).replace("Y", "y")) for day in days]
        assert read(session, Kind.DAY, *short, order=order) == days


@FAST
@given(some.lists(some.tuples(some.integers(0, 40), some.integers(0, 14), some.integers(1890, 2210)), min_size=1, max_size=60))
def test_a_day_that_no_calendar_has_is_none(session: Session, parts: list[tuple[int, int, int]]) -> None:
    def day(d: int, m: int, y: int) -> date | None:
        try:
            found = date(y, m, d)
        except ValueError:
            return None
        return found if date(1900, 1, 1) <= found <= date(2200, 1, 1) else None

    expected = [day(*each) for each in parts]
    assert read(session, Kind.DAY, *[f"{y}-{m:02}-{d:02}" for d, m, y in parts]) == expected
    for separator in ("-", ""):
        forms: dict[DateOrder, str] = {
            "dmy": "{d:02}{s}{m:02}{s}{y}",
            "mdy": "{m:02}{s}{d:02}{s}{y}",
            "ymd": "{y}{s}{m:02}{s}{d:02}",
        }
        for order, form in forms.items():
            texts = [form.format(d=d, m=m, y=y, s=separator) for d, m, y in parts]
            assert read(session, Kind.DAY, *texts, order=order) == expected


WORDS = (
    "epoch",
    "infinity",
    "-infinity",
    "now",
    "today",
    "tomorrow",
    "2026-02-30",
    "0000-00-00",
    "2026-13-01",
    "44562",
    "2026",
    "2026-01",
)


@pytest.mark.parametrize("kind", [Kind.DAY, Kind.INSTANT])
@pytest.mark.parametrize("order", [None, "dmy", "mdy", "ymd"])
def test_words_and_half_dates_are_no_dates(session: Session, kind: Kind, order: DateOrder | None) -> None:
    assert read(session, kind, *WORDS, order=order) == [None] * len(WORDS)
    assert (
        read(session, kind, "2026-01-01 (BC)", "2026-01-01 foo", "2026-01-01 25:00", "1741910400000", order=order) == [None] * 4
    )


@FAST
@given(
    some.lists(some.datetimes(EARLIEST, LATEST), min_size=1, max_size=40),
    some.sampled_from([None, "dmy", "mdy"]),
)
def test_an_instant_is_read_with_its_zone_or_in_the_companys(
    session: Session, moments: list[datetime], order: DateOrder | None
) -> None:
    moments = [moment.replace(second=0, microsecond=0) for moment in moments]
    moments = [m for m in moments if m.replace(tzinfo=AMSTERDAM).utcoffset() == m.replace(tzinfo=AMSTERDAM, fold=1).utcoffset()]
    if not moments:
        return
    form = FORMS[order or "ymd"].format("-")
    utc = [moment.replace(tzinfo=AMSTERDAM).astimezone(UTC).replace(tzinfo=None) for moment in moments]
    assert read(session, Kind.INSTANT, *[m.strftime(form + " %H:%M") for m in moments], order=order) == utc
    assert read(session, Kind.INSTANT, *[m.strftime(form + "T%H:%M:00Z") for m in moments], order=order) == moments
    east = [m.strftime(form + "T%H:%M:00+05:30") for m in moments]
    assert read(session, Kind.INSTANT, *east, order=order) == [m - timedelta(hours=5, minutes=30) for m in moments]
    if order:
        assert read(session, Kind.INSTANT, *[m.strftime(form + " %I:%M %p") for m in moments], order=order) == utc


def test_a_time_that_the_clocks_skip_or_repeat_is_read_one_way(session: Session) -> None:
    skipped, repeated = read(session, Kind.INSTANT, "2025-03-30 02:30", "2025-10-26 02:30")
    assert str(skipped) == "2025-03-30 01:30:00"
    assert str(repeated) in ("2025-10-26 00:30:00", "2025-10-26 01:30:00")


@FAST
@given(some.lists(DAYS, min_size=1, max_size=30), some.sampled_from([None, "dmy"]))
def test_a_bare_date_is_the_days_end_for_a_close_and_its_start_otherwise(
    session: Session, days: list[date], order: DateOrder | None
) -> None:
    texts = [day.strftime(FORMS[order or "ymd"].format("-")) for day in days]
    starts = read(session, Kind.INSTANT, *texts, order=order)
    ends = read(session, Kind.INSTANT, *texts, order=order, ends_day=True)
    for day, start, end in zip(days, starts, ends, strict=True):
        midnight = datetime.combine(day, time(), AMSTERDAM).astimezone(UTC).replace(tzinfo=None)
        following = datetime.combine(day + timedelta(days=1), time(), AMSTERDAM).astimezone(UTC).replace(tzinfo=None)
        assert (start, end) == (midnight, following - timedelta(microseconds=1))
