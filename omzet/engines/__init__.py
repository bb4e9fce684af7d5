"""Where it is computed. What every engine gives to the layers below; nobody else knows an engine's dialect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from omzet.model import Column
from omzet.model.table import DateOrder, Decimal


@dataclass(frozen=True)
class StagedTable:
    """A temporary table of raw text rows: its name, its columns (all VARCHAR, empties NULL), and how many rows it has."""

    relation: str
    columns: tuple[str, ...]
    rows: int


class Dialect(Protocol):
    """The few SQL primitives in which engines differ. Each takes and gives SQL text."""

    def typed(self, column: Column, text: str, *, order: DateOrder | None = None, decimal: Decimal | None = None) -> str:
        """The value of a column from a text; NULL where the text can't be read."""

    def is_safe(self, column: Column) -> bool:
        """True when every text can be read as this column."""

    def local_day(self, instant: str, zone: str) -> str:
        """The local date of a UTC instant."""

    def local_time(self, instant: str, zone: str) -> str:
        """The local date and time of a UTC instant."""

    def minutes_after(self, instant: str, minutes: str) -> str:
        """The instant that many minutes later, with their fraction."""

    def days_between(self, start: str, end: str) -> str:
        """Whole days from one date to another, as an integer."""

    def minutes_between(self, start: str, end: str) -> str:
        """Minutes from one instant to another, with their fraction."""

    def latest(self, value: str, order: str) -> str:
        """Aggregate: the value of the row that is last by `order`."""

    def earliest(self, value: str, order: str) -> str:
        """Aggregate: the value of the row that is first by `order`, be it empty."""

    def smallest(self, value: str, count: int) -> str:
        """Aggregate: a list of the smallest values, in their order."""

    def listed(self, value: str) -> str:
        """Aggregate: a list of all values; those of several columns come in one order."""

    def item(self, values: str, at: int) -> str:
        """The value of a list at a place, counted from 1; NULL past its end."""

    def quantile(self, value: str, share: float) -> str:
        """Aggregate: the quantile by linear interpolation (type 7)."""

    def truncated(self, grain: str, day: str) -> str:
        """The first day of the calendar unit (week, month, quarter, year) that holds the date."""

    def as_text(self, value: str) -> str:
        """A value as text, as the log of changes keeps it."""

    def spine(self, first: str, last: str) -> str:
        """A table with one row a day, column `day`, from the first to the last date, both included."""

    def fingerprint(self, *values: str) -> str:
        """A number that is equal for equal values, within one statement's run."""

    def row_json(self, alias: str) -> str:
        """The row of a table alias as JSON text."""

    def next_row(self, value: str) -> str:
        """The value in the next row of a temporary table that was written in order, with only filters in between."""

    def previous_row(self, value: str) -> str:
        """The value in the row before, of such a table."""

    def carried(self, value: str) -> str:
        """The latest value so far that is not NULL, in such a table."""

    def running_max(self, value: str) -> str:
        """The greatest value so far, in such a table."""

    def running_sum(self, value: str) -> str:
        """The sum so far, in such a table."""


class Session(Protocol):
    """One transaction, or one snapshot to read from."""

    sql: Dialect
    scratch: bool
    """True in a session whose tables are its own and go with it; they stand before the store's of the same name."""

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of the answer. Values are Python's: date, datetime (naive, UTC), Decimal, int, float, str, None."""

    def once(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a small statement, kept for whoever asks the same again of a snapshot that can't change."""

    def zone(self, name: str) -> None:
        """Read naive texts in zone `name` from here on, in this session."""

    def names(self, sql: str) -> list[str]:
        """The column names a SELECT would return."""

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that returns nothing."""

    def stage_csv(self, path: Path, columns: Sequence[str], *, delimiter: str, quote: str, skip_lines: int = 1) -> StagedTable:
        """Read a clean UTF-8 file with `\\n` line ends as text. Raises StoreError when a row doesn't have `columns` fields."""

    def stage_rows(
        self, columns: Sequence[str], rows: Iterable[Sequence[str | None]], lines: Iterable[int] | None
    ) -> StagedTable:
        """Stage rows given by Python; with `lines` the table gets the column `_line`."""

    def stage_parquet(self, path: Path) -> StagedTable:
        """Stage a Parquet file with every column as text."""


class Store(Protocol):
    """A history store: one writer at a time, any number of readers, each on its own snapshot."""

    def reading(self, *, scratch: bool = False) -> AbstractContextManager[Session]:
        """A snapshot to read from; with `scratch` one that may make tables of its own, which go with it."""

    def writing(self) -> AbstractContextManager[Session]:
        """One transaction: commits at the end, leaves nothing behind when an error passes through."""

    def close(self) -> None:
        """Close the store."""


def open_store(path: Path | None, zone: str = "Europe/Amsterdam") -> Store:
    """Open or make the store at `path` (None: in memory), and bring an older one up to date.

    Naive times are read in `zone`. Raises StoreError when the file is locked, damaged, or was written by a newer Omzet.
    """
    from omzet.engines.duckdb.store import DuckStore

    return DuckStore.open(path, zone)
