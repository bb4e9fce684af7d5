"""How a text file separates and quotes its values, and where its header stands."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SEPARATORS = (",", ";", "\t", "|")
SAMPLE = 500
DEEPEST_HEADER = 50


@dataclass(frozen=True)
class Dialect:
    """Separator, quote, the line the header starts at (from 1; 0 where a file has none) and the lines it takes."""

    delimiter: str
    quote: str
    header_line: int
    header_lines: int
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.cells)

    def reader(self, lines: Iterable[str], *, strict: bool = True) -> Iterator[list[str]]:
        """Python's reader over `lines` in this dialect."""
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, doublequote=True, strict=strict)


def sniff(path: Path) -> Dialect:
    """The dialect of a clean file. The separator is the one under which most rows of the file have as many fields as its
    header; where only one separator occurs in the header no row has to be asked."""
    sample = _sample(path)
    quote = "'" if _single_quoted(sample) else '"'
    preset, sample_start = _separator_line(sample)
    found = [_with_header(sample, sample_start, separator, quote) for separator in ((preset,) if preset else SEPARATORS)]
    several = [each for each in found if each.width > 1]
    if preset or len(several) == 1:
        return found[0] if preset else several[0]
    return max(
        several or found, key=lambda each: (_fitting_share(path, sample[sample_start:], each), -each.header_line, each.width)
    )


def _sample(path: Path) -> list[str]:
    lines: list[str] = []
    with path.open(encoding="utf-8-sig", newline="\n") as handle:
        for line in handle:
            lines.append(line)
            if len(lines) >= SAMPLE:
                break
    return lines


def _separator_line(sample: list[str]) -> tuple[str | None, int]:
    """Excel's own first line `sep=;`, when it is there."""
    first = sample[0].rstrip("\n").strip('"') if sample else ""
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], 1
    return None, 0


def _single_quoted(sample: list[str]) -> bool:
    """Whether the header has every name in single quotes."""
    header = next((line.strip() for line in sample if line.strip()), "")
    return any(
        len(parts) > 1 and all(len(part) > 1 and part[0] == part[-1] == "'" for part in parts)
        for parts in (header.split(separator) for separator in SEPARATORS)
    )


def _with_header(sample: list[str], start: int, separator: str, quote: str) -> Dialect:
    """The dialect with this separator: the header is the first row with more than one filled cell, where most have."""
    records = list(_records(sample[start:], separator, quote))
    widths = Counter(len(cells) for _, _, cells in records)
    usual = widths.most_common(1)[0][0] if widths else 1
    filled = [record for record in records if any(cell.strip() for cell in record[2])]
    chosen = filled[0] if filled else (1, 0, ())
    if usual > 1:
        for record in filled[:DEEPEST_HEADER]:
            if sum(bool(cell.strip()) for cell in record[2]) > 1:
                chosen = record
                break
    line, taken, cells = chosen
    return Dialect(separator, quote, line + start, taken, tuple(cells))


def _records(lines: list[str], separator: str, quote: str) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Records of the sample as first line, lines taken and cells; a lone quote doesn't swallow more than the sample."""
    reader = csv.reader(lines, delimiter=separator, quotechar=quote)
    before = 0
    try:
        for cells in reader:
            if cells:
                yield before + 1, reader.line_num - before, cells
            before = reader.line_num
    except csv.Error:
        return


def _fitting_share(path: Path, sample: list[str], dialect: Dialect) -> float:
    """The share of rows with as many fields as the header: of the file's lines, or of the sample's records where that is
    more, since values may hold line breaks."""
    records = [cells for _, _, cells in _records(sample, dialect.delimiter, dialect.quote)]
    fitting = sum(len(cells) == dialect.width for cells in records) / max(len(records), 1)
    return max(fitting, _fitting_lines(path, dialect))


def _fitting_lines(path: Path, dialect: Dialect) -> float:
    separator, quote, expected = dialect.delimiter, dialect.quote, dialect.width - 1
    count = lines = 0
    with path.open(encoding="utf-8-sig", newline="\n") as handle:
        for line in handle:
            lines += 1
            if quote not in line:
                count += line.count(separator) == expected
            else:
                count += sum(part.count(separator) for part in line.split(quote)[0::2]) == expected
    return count / max(lines, 1)
