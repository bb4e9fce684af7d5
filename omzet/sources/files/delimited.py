"""One CSV, TSV or TXT file into a staged table: fast where every line can be accounted for, else record by record."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from omzet.engines import Session, StagedTable
from omzet.engines.sql import quoted
from omzet.errors import OmzetError
from omzet.sources.batch import RawTable, Rejected
from omzet.sources.files.dialect import Dialect, sniff
from omzet.sources.files.headers import column_names, looks_like_data
from omzet.sources.files.limits import Limits
from omzet.sources.files.lines import SHOWN, Scan, encoding_of, rewrite, scan
from omzet.sources.files.records import Tally, records

Encodings = Callable[[tuple[str, ...]], str | None]
"""Which encoding a layout with these headers is written in, None when it doesn't say."""


def read_delimited(source: Path, shown: str, session: Session, scratch: Path, limits: Limits, encodings: Encodings) -> RawTable:
    """Stage one text file. `shown` is the path people know it by; `scratch` a folder for copies.

    Raises OmzetError when the file can't be read at all; rows that can't be used are in the table's `rejected`.
    """
    found = scan(source, limits.line)
    encoding = encoding_of(source)
    said: list[str] = []
    rejected: list[Rejected] = []
    path, clean = source, found
    while True:
        if encoding or not clean.clean:
            path = scratch / "clean.csv"
            done = rewrite(source, path, limits.line, encoding)
            rejected, clean = done.rejected, scan(path, limits.line)
            said = _encoding_said(done.windows_lines, shown)
        dialect = sniff(path)
        names, named = column_names(dialect.cells)
        wanted = encodings(names)
        if wanted is None or wanted == encoding:
            break
        encoding = wanted
    if not names:
        return empty_table(shown, None, found.sha256, tuple(rejected), f"{shown} is empty")
    said += [f"{each} ({shown})" for each in named]
    if looks_like_data(dialect.cells) and not dialect_has_words(dialect):
        said.append(f"{shown} has no header: its columns are numbered, and its first row is a row")
        dialect = replace(dialect, header_lines=0)
        names, _ = column_names([None] * dialect.width)
    table = _fast(path, session, dialect, names, clean) if not rejected else None
    if table is not None:
        staged, first_line = table
        return RawTable(shown, None, found.sha256, names, staged.relation, staged.rows, first_line, (), tuple(said))
    staged, tally = _slow(path, session, scratch, dialect, names, [each.line for each in rejected], limits.line, clean)
    above = _above(path, dialect)
    every = sorted([*rejected, *above, *tally.rejected], key=lambda each: each.line)
    return RawTable(shown, None, found.sha256, names, staged.relation, staged.rows, None, tuple(every), tuple(said))


def empty_table(shown: str, sheet: str | None, file_hash: str, rejected: tuple[Rejected, ...], said: str) -> RawTable:
    """A table without columns or relation: a file that holds no table, named in the report with what is said of it."""
    return RawTable(shown, sheet, file_hash, (), "", 0, None, rejected, (said,))


def dialect_has_words(dialect: Dialect) -> bool:
    """Whether most names of the header are plain words, so that a few numbers among them don't make it a row."""
    words = sum(cell.replace("_", "").replace(" ", "").isalpha() for cell in dialect.cells)
    return 2 * words > len(dialect.cells)


def _encoding_said(windows_lines: int, shown: str) -> list[str]:
    if not windows_lines:
        return []
    lines = "1 line" if windows_lines == 1 else f"{windows_lines:,} lines"
    return [f"{lines} of {shown} {'is' if windows_lines == 1 else 'are'} not UTF-8 and read as Windows-1252"]


def _fast(path: Path, session: Session, dialect: Dialect, names: tuple[str, ...], clean: Scan) -> tuple[StagedTable, int] | None:
    """Stage by the engine's own reader; None unless each line of the file is a row and each row arrived."""
    skip = dialect.header_line - 1 + dialect.header_lines
    if clean.gaps or skip > 1 or dialect.header_lines > 1 or dialect.header_line > 1:
        return None
    if dialect.quote != '"' or (clean.quotes and _blanks_at_quotes(path, dialect)):
        return None
    staged = session.stage_csv(path, names, delimiter=dialect.delimiter, quote=dialect.quote, skip_lines=skip)
    if staged.rows != clean.filled_lines - skip:
        session.run(f"DROP TABLE {staged.relation}")
        return None
    (first, last), *_ = session.rows(f"SELECT MIN(rowid), MAX(rowid) FROM {staged.relation}")
    scattered = first is not None and last - first + 1 != staged.rows
    if scattered or (clean.quotes and _holds_breaks(session, staged)):
        session.run(f"DROP TABLE {staged.relation}")
        return None
    return staged, skip + 1 - (first or 0)


def _holds_breaks(session: Session, staged: StagedTable) -> bool:
    """Whether a value holds a line break: then a row takes several lines, and equal counts of both prove nothing."""
    tests = " OR ".join(f"{quoted(column)} LIKE '%\n%'" for column in staged.columns)
    return bool(session.rows(f"SELECT 1 FROM {staged.relation} WHERE {tests} LIMIT 1"))


def _blanks_at_quotes(path: Path, dialect: Dialect) -> bool:
    """Whether blanks stand between a separator and a quote, which readers take differently."""
    separator, quote = dialect.delimiter.encode(), dialect.quote.encode()
    signs = (separator + b" " + quote, quote + b" " + separator, b"\n " + quote, quote + b" \n")
    held = b""
    with path.open("rb") as handle:
        while chunk := handle.read(1 << 20):
            block = held + chunk
            if any(sign in block for sign in signs):
                return True
            held = block[-4:]
    return False


def _slow(
    path: Path,
    session: Session,
    scratch: Path,
    dialect: Dialect,
    names: tuple[str, ...],
    unusable: list[int],
    longest: int,
    clean: Scan,
) -> tuple[StagedTable, Tally]:
    """Stage the good records through a numbered copy, and account for every line."""
    tally = Tally()
    skip = dialect.header_line - 1 + dialect.header_lines
    copy = scratch / "numbered.csv"
    with copy.open("w", encoding="utf-8", newline="") as handle:
        write_cells = csv.writer(
            handle, delimiter=dialect.delimiter, quotechar='"', quoting=csv.QUOTE_ALL, lineterminator="\n"
        ).writerow
        for number, record in records(path, dialect, skip, unusable, tally, longest):
            if isinstance(record, str) and (dialect.quote == '"' or '"' not in record):
                handle.write(f"{number}{dialect.delimiter}{record}\n")
            else:
                write_cells([number, *_cells(record, dialect)])
    if tally.lines + min(skip, clean.lines) != clean.lines:
        raise OmzetError(
            f"{path.name}: {clean.lines - tally.lines - skip} lines could not be accounted for. Please report this with the file."
        )
    staged = session.stage_csv(copy, ("_line", *names), delimiter=dialect.delimiter, quote='"', skip_lines=0)
    if staged.rows != tally.accepted:
        session.run(f"DROP TABLE {staged.relation}")
        tally = Tally()
        lines: list[int] = []
        rows: list[list[str]] = []
        for number, record in records(path, dialect, skip, unusable, tally, longest):
            lines.append(number)
            rows.append(_cells(record, dialect))
        staged = session.stage_rows(names, rows, lines)
    return staged, tally


def _cells(record: str | list[str], dialect: Dialect) -> list[str]:
    return next(dialect.reader([record])) if isinstance(record, str) else record


def _above(path: Path, dialect: Dialect) -> list[Rejected]:
    """Filled lines above the header, which are no rows but must not vanish."""
    above: list[Rejected] = []
    with path.open(encoding="utf-8-sig", newline="\n") as handle:
        for number in range(1, dialect.header_line):
            text = handle.readline().rstrip("\n")
            if text.strip() and not (number == 1 and text.strip('"').lower().startswith("sep=")):
                above.append(Rejected(number, "the line stands above the header", text[:SHOWN]))
    return above
