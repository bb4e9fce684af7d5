"""Canonical tables written as CSV, one file each."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from omzet.model import TABLES


def write_table(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write `rows` of the canonical table `name` to its CSV file. Raises KeyError for a column the table does not have."""
    for column in columns:
        TABLES[name].column(column)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    if value is None or value.__class__ is str:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def money(value: float | None) -> str | None:
    """An amount with two decimals, as the files hold it."""
    return None if value is None else f"{value:.2f}"
