"""What a source hands to history: raw tables as found, and batches of canonical rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from omzet.model.table import DateOrder, Decimal


@dataclass(frozen=True)
class Rejected:
    """A row that could not even be read as a row: too many fields, an unclosed quote, a line too long."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class RawTable:
    """One file, sheet or listing as found, staged in the store with every column as text.

    `relation` is the name of a temporary table with exactly `columns`, all VARCHAR, an empty cell being NULL. The
    source line of a row is `rowid + first_line` where `first_line` is given, else the extra column `_line` BIGINT.
    `rows` counts the staged rows; `rows + len(rejected)` are all the rows of the file.
    """

    path: str
    sheet: str | None
    file_hash: str
    columns: tuple[str, ...]
    relation: str
    rows: int
    first_line: int | None
    rejected: tuple[Rejected, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def line_sql(self) -> str:
        """SQL expression for the source line of a row of `relation`."""
        return f"rowid + {self.first_line}" if self.first_line is not None else "_line"


@dataclass(frozen=True)
class Batch:
    """Rows of one canonical table.

    `select` is a SELECT that yields `columns` (canonical names), `attributes` (unknown columns, kept under their own
    names) and `line` BIGINT; all but `line` are VARCHAR with empties as NULL. `date_order` and `decimal` say per column
    how its texts are read when they are not ISO; `mapping` names the mapping used, None for canonical headers; `timezone` is
    the zone that the mapping gives for naive times, None for the connection's or the company's.
    """

    table: str
    raw: RawTable
    select: str
    columns: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    mapping: str | None = None
    date_order: Mapping[str, DateOrder] = field(default_factory=dict)
    decimal: Mapping[str, Decimal] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    timezone: str | None = None
