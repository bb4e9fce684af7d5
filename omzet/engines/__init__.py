"""Where it is computed. What every engine gives to the layers below; nobody else knows an engine's dialect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class StagedTable:
    """A temporary table of raw text rows: its name, its columns (all VARCHAR, empties NULL), and how many rows it has."""

    relation: str
    columns: tuple[str, ...]
    rows: int


class Session(Protocol):
    """One transaction, or one snapshot to read from."""

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of the answer. Values are Python's: date, datetime (naive, UTC), Decimal, int, float, str, None."""

    def names(self, sql: str) -> list[str]:
        """The column names a SELECT would return."""

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that returns nothing."""

    def stage_csv(self, path: Path, columns: Sequence[str], *, delimiter: str, quote: str, skip_lines: int = 1) -> StagedTable:
        """Read a clean UTF-8 file with `\\n` line ends as text. Raises StoreError when a row doesn't have `columns` fields."""

    def stage_rows(self, columns: Sequence[str], rows: Iterable[Sequence[str | None]], lines: Iterable[int] | None) -> StagedTable:
        """Stage rows given by Python; with `lines` the table gets the column `_line`."""

    def stage_parquet(self, path: Path) -> StagedTable:
        """Stage a Parquet file with every column as text."""


class Store(Protocol):
    """A history store: one writer at a time, any number of readers, each on its own snapshot."""

    def reading(self) -> AbstractContextManager[Session]:
        """A snapshot to read from."""

    def writing(self) -> AbstractContextManager[Session]:
        """One transaction: commits at the end, leaves nothing behind when an error passes through."""

    def close(self) -> None:
        """Close the store."""
