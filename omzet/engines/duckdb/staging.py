"""Staging raw text in temporary tables: every column VARCHAR, an empty or blank cell NULL, rows in the file's order.

Reading never throws on a row: an error inside a statement would abort the whole load's transaction. A row that DuckDB
can't use is left out instead, and the caller compares counts (see docs/decisions.md, "Reading CSV").
"""

from __future__ import annotations

import csv
import itertools
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from omzet.engines import StagedTable
from omzet.engines.sql import quoted, text_literal
from omzet.errors import StoreError

LONGEST_LINE = 16_777_216
"""Bytes of the longest record that DuckDB is told to read; the pre-pass limits lines well below."""

LINE = "_line"
"""The column that holds a row's line in the file, where the table has one."""

_HARD_BLANK = "'\u00a0'"
_BLANKS = "' \t\n\r\u00a0'"
_numbers = itertools.count(1)


def stage_csv(
    cursor: duckdb.DuckDBPyConnection,
    path: Path,
    columns: Sequence[str],
    delimiter: str,
    quote: str,
    skip_lines: int = 1,
) -> StagedTable:
    """Stage a UTF-8 file with `\\n` line ends, skipping `skip_lines` lines at its top.

    A row that doesn't have exactly `columns` fields is left out; compare `rows` with what the file should hold. When the
    first of `columns` is `_line`, each row starts with its line number, which becomes a BIGINT; such a file is read by
    one thread, as its values may hold line breaks. Raises StoreError when the file can't be read.
    """
    relation = _fresh_name()
    numbered = list(columns[:1]) == [LINE]
    columns = tuple(columns[1:] if numbered else columns)
    fields = [f"c{number}" for number in range(len(columns))]
    types = ", ".join(f"'{field}': 'VARCHAR'" for field in ((LINE, *fields) if numbered else fields))
    chosen = [f"{_null_if_blank(field)} AS {quoted(column)}" for field, column in zip(fields, columns, strict=True)]
    if numbered:
        chosen.append(f"CAST({LINE} AS BIGINT) AS {LINE}")
    _run(
        cursor,
        f"""CREATE TEMP TABLE {relation} AS
SELECT {", ".join(chosen)}
FROM read_csv(
    {text_literal(str(path))},
    columns = {{{types}}},
    auto_detect = false,
    header = false,
    skip = {int(skip_lines)},
    delim = {text_literal(delimiter)},
    quote = {text_literal(quote)},
    escape = {text_literal(quote)},
    nullstr = '',
    strict_mode = true,
    null_padding = false,
    ignore_errors = true,
    compression = 'none',
    max_line_size = {LONGEST_LINE},
    parallel = {"false" if numbered else "true"}
)""",
        f"{path.name} can't be read",
    )
    return StagedTable(relation, columns, _count(cursor, relation))


def stage_rows(
    cursor: duckdb.DuckDBPyConnection,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    lines: Iterable[int] | None,
) -> StagedTable:
    """Stage rows given by Python, line breaks in values unified to `\\n`; with `lines` the table gets the column `_line`.
    A row is taken before its line.

    The rows pass through a temporary file, which is several times faster than inserting them. Raises StoreError when
    not every row arrived.
    """
    with tempfile.TemporaryDirectory(prefix="omzet-") as folder:
        path = Path(folder) / "rows.csv"
        written = 0
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as handle:
            write = csv.writer(handle, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
            for row, line in zip(rows, itertools.count(1) if lines is None else lines, strict=False):
                write([line, *(_unified(value) for value in row)])
                written += 1
        staged = stage_csv(cursor, path, (LINE, *columns), ",", '"', 0)
    if staged.rows != written:
        raise StoreError(f"Only {staged.rows} of {written} rows could be staged. Please report this, with the file if you can.")
    if lines is None:
        _run(cursor, f"ALTER TABLE {staged.relation} DROP COLUMN {LINE}", "rows can't be staged")
    return staged


def stage_parquet(cursor: duckdb.DuckDBPyConnection, path: Path) -> StagedTable:
    """Stage a Parquet file with every column as text, nested values as JSON. Raises StoreError when it can't be read."""
    source = f"read_parquet({text_literal(str(path))})"
    described = _run(cursor, f"DESCRIBE SELECT * FROM {source}", f"{path.name} can't be read").fetchall()
    columns = tuple(str(name) for name, *_ in described)
    relation = _fresh_name()
    chosen = ", ".join(f"{_parquet_text(quoted(name), str(kind))} AS {quoted(name)}" for name, kind, *_ in described)
    _run(cursor, f"CREATE TEMP TABLE {relation} AS SELECT {chosen} FROM {source}", f"{path.name} can't be read")
    return StagedTable(relation, columns, _count(cursor, relation))


def _parquet_text(column: str, kind: str) -> str:
    if kind == "VARCHAR":
        return _null_if_blank(column)
    if kind == "BLOB":
        return f"hex({column})"
    if kind.endswith("[]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS WITH TIME ZONE"):
        return f"strftime({column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%f+00:00')"
    if kind in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN isfinite({column}) THEN CAST({column} AS VARCHAR) END"
    return f"CAST({column} AS VARCHAR)"


def _null_if_blank(column: str) -> str:
    """Nearly every text passes on its first byte alone; written so that the optimizer keeps up with 1,000 columns."""
    plain = f"{column} >= '!' AND {column} < {_HARD_BLANK}"
    return f"CASE WHEN {plain} THEN {column} WHEN trim({column}, {_BLANKS}) <> '' THEN {column} END"


def _unified(value: str | None) -> str | None:
    return value.replace("\r\n", "\n").replace("\r", "\n") if value is not None and "\r" in value else value


def _run(cursor: duckdb.DuckDBPyConnection, sql: str, failing: str) -> duckdb.DuckDBPyConnection:
    try:
        return cursor.execute(sql)
    except duckdb.Error as error:
        raise StoreError(f"{failing}: {str(error).strip().splitlines()[0]}") from error


def _count(cursor: duckdb.DuckDBPyConnection, relation: str) -> int:
    found = cursor.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(found[0]) if found else 0


def _fresh_name() -> str:
    return f"staged_{next(_numbers)}"
