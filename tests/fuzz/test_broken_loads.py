"""Broken files loaded end to end: an error in words or a load that accounts for every row, and nothing silently wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from omzet.engines.duckdb.store import DuckStore
from omzet.errors import OmzetError
from omzet.history.loading import load
from omzet.history.report import LoadReport
from omzet.history.upkeep import prepare
from omzet.settings import Settings
from tests.loaded import Company
from tests.sources.broken import CORPUS, BrokenFile

CHUNKS = 12
COMPANY = Settings(holidays="none", locale="en")


def fresh_store() -> DuckStore:
    store = DuckStore.open(None)
    prepare(store, COMPANY)
    return store


@pytest.fixture
def store() -> Iterator[DuckStore]:
    opened = fresh_store()
    yield opened
    opened.close()


def accounted(report: LoadReport) -> int:
    """All rows that were read, every one of them in one place of the report."""
    for file in report.files:
        assert file.read == file.added + file.changed + file.unchanged + file.set_aside, file
        assert min(file.read, file.added, file.changed, file.unchanged, file.set_aside) >= 0, file
    return sum(file.read for file in report.files)


def broken_load(store: DuckStore, file: BrokenFile, folder: Path) -> None:
    path = folder / file.name
    file.write(path)
    with store.reading() as session:
        ((waiting,),) = session.rows("SELECT coalesce(max(number), 0) FROM set_aside")
    report: LoadReport | None
    try:
        report = load(store, COMPANY, [path])
    except OmzetError as error:
        refused, report = str(error), None
    finally:
        path.unlink(missing_ok=True)
    if report is None:
        assert refused
        assert file.refused is not None or not file.rows, f"{file.name}: {refused}"
        return
    read = accounted(report)
    if file.rows is not None and len({entry.table for entry in report.files}) == len(report.files):
        assert read == file.rows, f"{file.name}: {report.files}"
    if file.staged is not None and file.rows is not None:
        assert report.set_aside >= file.rows - file.staged, file.name
    with store.reading() as session:
        kept = session.rows("SELECT line, reason, raw FROM set_aside WHERE number > ?", [waiting])
    assert len(kept) == report.set_aside, file.name
    assert all(line >= 1 and reason and raw for line, reason, raw in kept), file.name


@pytest.mark.parametrize("chunk", [*range(4), *(pytest.param(chunk, marks=pytest.mark.long) for chunk in range(4, CHUNKS))])
def test_broken_files_are_refused_in_words_or_every_row_is_accounted_for(chunk: int, store: DuckStore, tmp_path: Path) -> None:
    failed = []
    for file in CORPUS[chunk::CHUNKS]:
        try:
            broken_load(store, file, tmp_path)
        except AssertionError as error:
            failed.append(f"{file.name}: {error}")
    assert not failed, "\n\n".join(failed)


def test_teams_in_a_circle_do_not_hang(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.load(
        teams="team_id,name,parent_id,manager_id\na,North,b,ann\nb,South,a,bob\nc,Own,c,ann",
        people="person_id,name,team_id,manager_id\nann,Ann,a,bob\nbob,Bob,b,ann\ncem,Cem,c,cem",
        deals="deal_id,status,amount,owner_id,closed_at\nA,won,1,ann,2026-01-05\nB,won,10,bob,2026-01-05\nC,won,100,cem,2026-01-05",
    )
    assert company.by("bookings_amount", "team") == {"North": 1, "South": 10, "Own": 100}
    assert sum(company.by("bookings_amount", "manager").values()) == 111
    company.workspace.close()


EARLIEST, LATEST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2037-01-01")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WORDS = ("open", "won", "lost", "disqualified")


@dataclass(frozen=True)
class Expected:
    """What one row must become, by Python's own parsers; None for a row that must be set aside."""

    status: str
    amount: Decimal | None
    closed_on: date | None
    probability: Decimal | None


def number(text: str, places: str, most: Decimal) -> Decimal | None:
    if any(letter not in "0123456789.eE+- " for letter in text):
        raise ValueError(text)
    try:
        value = Decimal(text.strip())
    except ArithmeticError as error:
        raise ValueError(text) from error
    rounded = value.quantize(Decimal(places), ROUND_HALF_UP) if abs(value) < 10**20 else value
    if abs(rounded) >= most:
        raise ValueError(text)
    return rounded


def expected(row: tuple[str, str, str, str]) -> Expected | None:
    status, amount, closed, probability = row
    try:
        word = status.strip().lower()
        if word not in WORDS:
            raise ValueError(status)
        day = None
        if closed:
            moment = datetime.fromisoformat(closed)
            local = moment.astimezone(AMSTERDAM) if moment.tzinfo else moment
            day = local.date()
            if not date(1900, 1, 2) <= day <= date(2199, 12, 31):
                raise ValueError(closed)
        return Expected(
            word,
            number(amount, "0.0001", Decimal(10) ** 14) if amount else None,
            day,
            number(probability, "0.00000001", Decimal(10) ** 4) if probability else None,
        )
    except ValueError:
        return None


NUMBERS = some.one_of(
    some.decimals(-(10**9), 10**9, places=2).map(str),
    some.integers(-(10**18), 10**18).map(str),
    some.sampled_from(
        ["", "0", "-0", "1e3", "1E-2", "+5", "abc", "NaN", "inf", "1_000", "0x1", "--1", "1.2.3.4", "5k", "9" * 15]
    ),
)
DATES = some.one_of(
    some.dates(date(1901, 1, 1), date(2190, 1, 1)).map(str),
    some.datetimes(EARLIEST, LATEST, timezones=some.just(UTC)).map(lambda moment: moment.isoformat(timespec="seconds")),
    some.sampled_from(
        ["", "2026-02-30", "2026-13-01", "0000-00-00", "epoch", "infinity", "now", "2026", "9999-12-31", "1700-01-01"]
    ),
)
ROWS = some.lists(
    some.tuples(some.sampled_from([*WORDS, "WON", " lost ", "sold", "w"]), NUMBERS, DATES, NUMBERS), min_size=1, max_size=25
)


def loaded_as_python_reads(rows: list[tuple[str, str, str, str]], folder: Path) -> None:
    lines = [f"d{place}," + ",".join(row) for place, row in enumerate(rows)]
    path = folder / "deals.csv"
    path.write_text("\n".join(["deal_id,status,amount,closed_at,probability", *lines]) + "\n")
    store = fresh_store()
    try:
        report = load(store, COMPANY, [path])
        assert accounted(report) == len(rows)
        with store.reading() as session:
            found = session.rows("SELECT deal_id, status, amount, closed_on, probability FROM deals")
            aside = {line for (line,) in session.rows("SELECT line FROM set_aside")}
    finally:
        store.close()
    wanted = {f"d{place}": expected(row) for place, row in enumerate(rows)}
    for deal, *values in found:
        assert wanted[deal] == Expected(*values), deal
    assert aside == {place + 2 for place in range(len(rows)) if wanted[f"d{place}"] is None}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ROWS)
def test_each_value_is_what_python_reads_or_its_row_is_set_aside(tmp_path: Path, rows: list[tuple[str, str, str, str]]) -> None:
    loaded_as_python_reads(rows, tmp_path)


@pytest.mark.long
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ROWS)
def test_each_value_is_what_python_reads_or_its_row_is_set_aside_at_length(
    tmp_path: Path, rows: list[tuple[str, str, str, str]]
) -> None:
    loaded_as_python_reads(rows, tmp_path)
