"""A mapping: how the files of one layout become rows of canonical tables."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

from omzet.model.table import DateOrder, Decimal
from omzet.sources.files.headers import normal

ACCEPTED: dict[str, tuple[str, ...]] = {"deals": ("lead_id", "campaign"), "leads": ("campaign",)}
"""Columns that a table takes beside its own: they become rows of another table."""


@dataclass(frozen=True)
class FileLayout:
    """One file of a layout, known by its headers; `empty` are texts that mean empty in any of its columns."""

    id: str
    headers: tuple[str, ...]
    date_order: DateOrder | None = None
    decimal: Decimal | None = None
    encoding: str | None = None
    empty: tuple[str, ...] = ()


@dataclass(frozen=True)
class Value:
    """Where a canonical column's value comes from: a column, several columns joined, or a constant `text`.

    `of` names a lookup file that holds the column; `match` pairs its columns with columns of this file. `values` maps
    texts, `otherwise` takes the rest; `only_if` keeps the value only where other columns have one of these texts.
    """

    columns: tuple[str, ...] = ()
    text: str | None = None
    join: str = " "
    values: Dictionary[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    empty: tuple[str, ...] = ()
    only_if: Dictionary[str, tuple[str, ...]] = field(default_factory=dict)
    of: str | None = None
    match: Dictionary[str, str] = field(default_factory=dict)
    times: int | None = None


@dataclass(frozen=True)
class Rule:
    """Rows of `table` out of `file`: one a row, or with `distinct` one for each different set of values.

    `attributes` are the further columns that are kept; None keeps all that no rule uses (none with `distinct`).
    """

    table: str
    file: str
    columns: Dictionary[str, Value]
    distinct: bool = False
    attributes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Constants:
    """Rows that stand in the mapping itself, loaded whenever `file` is."""

    table: str
    file: str
    rows: tuple[Dictionary[str, str], ...]


@dataclass(frozen=True)
class Mapping:
    """One layout. `origin` is the file it was read from; a shipped one gives way to canonical headers."""

    name: str
    title: str
    origin: str
    files: Dictionary[str, FileLayout]
    rules: tuple[Rule, ...]
    constants: tuple[Constants, ...] = ()
    timezone: str | None = None
    shipped: bool = False

    def file_for(self, headers: Iterable[str]) -> FileLayout | None:
        """The file layout whose headers all occur among `headers`; the one that asks for most."""
        there = {normal(header) for header in headers}
        fitting = [each for each in self.files.values() if {normal(header) for header in each.headers} <= there]
        return max(fitting, key=lambda each: len(each.headers), default=None)
