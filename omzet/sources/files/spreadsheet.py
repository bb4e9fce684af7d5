"""Workbooks: each sheet that holds a table, its cells as the texts a person would read."""

from __future__ import annotations

import datetime
import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from omzet.engines import Session
from omzet.errors import OmzetError
from omzet.sources.batch import RawTable, Rejected
from omzet.sources.files.headers import column_names, looks_like_data
from omzet.sources.files.lines import SHOWN
from omzet.sources.files.records import wrong_width

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


def read_workbook(source: Path, shown: str, session: Session) -> list[RawTable]:
    """Stage each sheet that has a filled cell. Raises OmzetError when the workbook can't be read."""
    with source.open("rb") as handle:
        file_hash = hashlib.file_digest(handle, "sha256").hexdigest()
    tables: list[RawTable] = []
    try:
        workbook = CalamineWorkbook.from_path(str(source))
        for about in workbook.sheets_metadata:
            if about.typ is SheetTypeEnum.WorkSheet:
                table = _sheet(workbook.get_sheet_by_name(about.name), about.name, shown, file_hash, session)
                tables += [table] if table is not None else []
    except PasswordError as error:
        raise OmzetError(f"{shown} has a password. Save it without one and load it again.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise OmzetError(
            f"{shown} can't be read as a workbook ({error}). Open it and save it again as .xlsx, or as CSV."
        ) from error
    return tables


def _sheet(sheet: CalamineSheet, name: str, shown: str, file_hash: str, session: Session) -> RawTable | None:
    rows = _texts(sheet)
    above: list[Rejected] = []
    header: tuple[int, list[str | None]] | None = None
    for number, cells in rows:
        filled = sum(cell is not None for cell in cells)
        if filled > 1 or (filled and sheet.width == 1):
            header = number, cells
            break
        if filled:
            above.append(Rejected(number, "the line stands above the header", _line_text(cells)))
    if header is None:
        if not above:
            return None
        return RawTable(shown, name, file_hash, (), "", 0, None, tuple(above), (f"{shown} ({name}) holds no table",))
    number, cells = header
    width = max(place for place, cell in enumerate(cells, 1) if cell is not None)
    said: list[str] = []
    waiting: list[tuple[int, list[str | None]]] = []
    if looks_like_data(cells):
        names, _ = column_names([None] * width)
        waiting.append(header)
        said.append(f"{shown} ({name}) has no header: its columns are numbered, and its first row is a row")
    else:
        names, said_of_names = column_names(cells[:width])
        said += [f"{each} ({shown}, {name})" for each in said_of_names]
    rejected = above
    numbers: deque[int] = deque()

    def good() -> Iterator[Sequence[str | None]]:
        for at, row in (*waiting, *rows):
            if all(cell is None for cell in row):
                continue
            if any(cell is not None for cell in row[width:]):
                found = max(place for place, cell in enumerate(row, 1) if cell is not None)
                rejected.append(Rejected(at, wrong_width(found, width), _line_text(row)))
                continue
            numbers.append(at)
            yield (row + [None] * (width - len(row)))[:width]

    staged = session.stage_rows(names, good(), _drained(numbers))
    return RawTable(shown, name, file_hash, names, staged.relation, staged.rows, None, tuple(rejected), tuple(said))


def _drained(numbers: deque[int]) -> Iterator[int]:
    """The numbers that the rows leave behind as they are taken, one each."""
    while True:
        yield numbers.popleft()


def _texts(sheet: CalamineSheet) -> Iterator[tuple[int, list[str | None]]]:
    """Rows as the sheet numbers them, from 1, each cell as text."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [cell_text(value) for value in row]


def cell_text(value: Value) -> str | None:
    """The text of a cell: dates as ISO, whole numbers without a point, no noise of binary fractions; blank is None."""
    if isinstance(value, str):
        return value.replace("\0", "") if value.strip() else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time(0):
            return value.date().isoformat()
        return value.isoformat(sep="T", timespec="microseconds" if value.microsecond else "seconds")
    if isinstance(value, datetime.timedelta):
        return _number_text(value.total_seconds())
    return value.isoformat()


def _number_text(value: float) -> str | None:
    """Excel keeps 15 digits; what a double holds beyond them is noise."""
    if value != value or value in (float("inf"), float("-inf")):
        return None
    text = format(Decimal(f"{value:.15g}"), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _line_text(cells: Sequence[str | None]) -> str:
    return "\t".join(cell or "" for cell in cells)[:SHOWN]
