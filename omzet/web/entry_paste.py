"""Rows pasted from a spreadsheet: a line of headers, then a row a line; what is wrong is told by row and column."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice

from omzet.desk.refusals import Refused
from omzet.locale import languages, t
from omzet.web.entry_reading import Desk, Row, read_row
from omzet.web.entry_tables import COLUMNS, column_name

MOST = 2000
SHOWN = 100


@dataclass(frozen=True)
class Line:
    """A row that was pasted: its number as a spreadsheet counts it, its texts, and what they were read as."""

    number: int
    cells: tuple[str, ...]
    row: Row


@dataclass(frozen=True)
class Pasted:
    """Everything that was pasted. `columns` are those known of the headers; `unused` the headers that mean nothing here."""

    headers: tuple[str, ...]
    columns: tuple[str, ...]
    unused: tuple[str, ...]
    mark: str
    lines: tuple[Line, ...]

    @property
    def good(self) -> tuple[Line, ...]:
        """The rows that can be saved."""
        return tuple(each for each in self.lines if not each.row.errors)

    @property
    def bad(self) -> tuple[Line, ...]:
        """The rows that can't."""
        return tuple(each for each in self.lines if each.row.errors)

    @property
    def shown(self) -> list[Line]:
        """So many rows that a page can show them, those with errors first to be among them, in their order."""
        chosen = [*islice(self.bad, SHOWN), *islice(self.good, max(0, SHOWN - len(self.bad)))]
        return sorted(chosen, key=lambda each: each.number)

    @property
    def rest(self) -> str:
        """The rows with errors as they were pasted, below their headers: to be mended and sent again."""
        if not self.bad:
            return ""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.mark, lineterminator="\n")
        writer.writerow(self.headers)
        writer.writerows(each.cells for each in self.bad)
        return out.getvalue()


def read_pasted(desk: Desk, text: str) -> Pasted:
    """The rows in a text. Raises Refused where it has no row, too many, or headers that can't be understood."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    first = next((line for line in text.split("\n") if line.strip()), "")
    mark = max("\t;,", key=first.count)
    try:
        found = [(number, cells) for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=mark), 1)]
    except csv.Error:
        raise Refused("web.enter.no_rows_read", "These rows can't be read. Copy them again from the spreadsheet.") from None
    rows = [(number, cells) for number, cells in found if any(cell.strip() for cell in cells)]
    if len(rows) < 2:
        raise Refused("web.enter.no_rows", "Paste a line with the names of the columns, and at least one row below it.")
    if len(rows) - 1 > MOST:
        raise Refused(
            "web.enter.too_many",
            "At most {most} rows can be pasted at once; these are {n}. Load the rest as a file, or in parts.",
            most=MOST,
            n=len(rows) - 1,
        )
    headers = tuple(cell.strip() for cell in rows[0][1])
    columns = tuple(_column(desk, header) for header in headers)
    known = [name for name in columns if name]
    twice = next((name for name in known if known.count(name) > 1), None)
    if twice:
        raise Refused("web.enter.twice", "The column {column} is there twice.", column=column_name(desk.reader, twice))
    lacking = [column_name(desk.reader, name) for name in desk.entering.needed if name not in known]
    if lacking:
        raise Refused(
            "web.enter.lacking", "The first line must name the columns. It lacks: {columns}.", columns=", ".join(lacking)
        )
    lines = []
    for number, cells in rows[1:]:
        given = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
        row = read_row(desk, given)
        if any(cell.strip() for cell in cells[len(headers) :]):
            row.errors.setdefault(
                known[-1], desk.reader.t("web.enter.more_cells", "This row has more cells than there are headers.")
            )
        lines.append(Line(number, tuple(cells), row))
    unused = tuple(header for header, name in zip(headers, columns, strict=True) if header and not name)
    return Pasted(headers, tuple(dict.fromkeys(known)), unused, mark, tuple(lines))


def _column(desk: Desk, header: str) -> str:
    """The column that a header means: its name in the schema, or what it is called in any language."""
    plain = " ".join(header.replace("_", " ").split()).casefold()
    for column in desk.columns:
        id = f"web.column.{column.name}"
        called = {t(id, COLUMNS[id], language).casefold() for language in languages()}
        names = {column.name.replace("_", " "), column.name.replace("_id", "").replace("_on", ""), *called}
        if plain in names:
            return column.name
    return ""
