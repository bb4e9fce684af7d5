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


def xlsx_response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    """An Excel file to save: a header that stays, numbers as numbers, texts never taken for formulas."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet("Omzet"), book.add_format({"bold": True})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, bold)
    for line, row in enumerate(rows, 1):
        for place, column in enumerate(columns):
            value = row.get(column)
            if isinstance(value, bool) or value is None:
                sheet.write(line, place, value)
            elif isinstance(value, int | float):
                sheet.write_number(line, place, value)
            else:
                sheet.write_string(line, place, str(value))
    sheet.freeze_panes(1, 0)
    sheet.autofit()
    book.close()
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    headers = {"Content-Disposition": f'attachment; filename="{safe}.xlsx"', "Cache-Control": "no-store"}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(out.getvalue(), media_type=kind, headers=headers)
