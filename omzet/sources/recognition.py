"""Which canonical table a raw table is: by its headers; a file's or sheet's name only breaks ties."""

from __future__ import annotations

import re
from pathlib import PurePath

from omzet.model import TABLES, Table
from omzet.sources.batch import RawTable
from omzet.sources.files.headers import normal

MOSTLY = 0.5
"""Share of headers that must be canonical before a file named like a table may lack a required column."""


def canonical_columns(raw: RawTable, table: Table) -> dict[str, str]:
    """The raw column behind each canonical column of `table` that the raw table has."""
    there: dict[str, str] = {}
    for column in raw.columns:
        there.setdefault(normal(column), column)
    return {name: there[name] for name in table.names if name in there}


def canonical_table(raw: RawTable) -> Table | None:
    """The one canonical table whose required columns all stand in the headers; None when there is none, or no telling which.

    Several fit: the one the file or sheet is named after, else the one that explains most headers. None fits, but the
    name is a table's and most headers are its columns: that one, so that its rows are set aside with a reason.
    """
    headers = {normal(column) for column in raw.columns}
    fitting = [table for table in TABLES.values() if set(table.required) <= headers]
    names = _names(raw)
    if not fitting:
        named = [TABLES[name] for name in names if name in TABLES]
        return next((table for table in named if len(headers & set(table.names)) >= MOSTLY * len(headers)), None)
    if len(fitting) == 1:
        return fitting[0]
    for name in names:
        for table in fitting:
            if name == table.name:
                return table
    mentioned = [table for table in fitting if any(_mentions(name, table.name) for name in names)]
    if len(mentioned) == 1:
        return mentioned[0]
    explained = sorted(((len(headers & set(table.names)), len(table.required), table.name) for table in fitting), reverse=True)
    if explained[0][0] > explained[1][0]:
        return TABLES[explained[0][2]]
    return None


def _names(raw: RawTable) -> list[str]:
    """The sheet's name and the file's, without suffixes, as table names are written."""
    stem = PurePath(raw.path).name
    while PurePath(stem).suffix.lower() in (
        ".gz",
        ".csv",
        ".tsv",
        ".txt",
        ".tab",
        ".xlsx",
        ".xlsm",
        ".xls",
        ".xlsb",
        ".ods",
        ".parquet",
        ".pq",
    ):
        stem = PurePath(stem).stem
    return [normal(each) for each in (raw.sheet, stem) if each]


def _mentions(name: str, table: str) -> bool:
    return re.search(rf"(?<![a-z]){re.escape(table)}(?![a-z])", name) is not None
