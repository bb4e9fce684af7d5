"""Canonical tables written as CSV, one file each."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from omzet.model import TABLES


def write_table(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write `rows` of the canonical table `name` to its CSV file. Raises KeyError for a column the table does not have."""
    for column in columns:
        TABLES[name].column(column)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([TEXTS[value.__class__](value) if value.__class__ in TEXTS else value for value in row] for row in rows)


TEXTS: dict[type, Callable[[Any], str]] = {
    datetime: datetime.isoformat,
    date: date.isoformat,
    bool: lambda value: "true" if value else "false",
}
"""How values are written that do not stand for themselves."""


def money(value: float | None) -> str | None:
    """An amount with two decimals, as the files hold it."""
    return None if value is None else f"{value:.2f}"
