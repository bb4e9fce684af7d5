"""Rows as CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: such a text gets an apostrophe before it; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header, commas and CRLF (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([guarded(column) for column in columns])
    writer.writerows([guarded(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    """A CSV file to save. It starts with a mark that tells Excel it is UTF-8."""
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    headers = {"Content-Disposition": f'attachment; filename="{safe}.csv"', "Cache-Control": "no-store"}
    return Response("\ufeff" + csv_text(columns, rows), media_type="text/csv; charset=utf-8", headers=headers)
