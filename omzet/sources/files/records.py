"""Reading a clean text file record by record, where the fast way can't account for every line.

Every line ends up in an accepted record, among the rejected, blank, or above the first row: nothing is lost, and a
quote that is never closed costs its own line only.
"""

from __future__ import annotations

import csv
import itertools
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from omzet.sources.batch import Rejected
from omzet.sources.files.dialect import Dialect
from omzet.sources.files.lines import SHOWN

LONGEST_RECORD_LINES = 10_000
SHORT_RECORD_LINES = 200
"""After a few quotes that were never closed, a record may not span more lines than this."""

BLOCK = 200
"""Lines that are read together as long as nothing is odd about them."""

csv.field_size_limit(2**31 - 1)


@dataclass
class Tally:
    """What was read: records accepted, lines read in all, and the lines rejected."""

    accepted: int = 0
    lines: int = 0
    rejected: list[Rejected] = field(default_factory=list)


class _Lines:
    """Numbered lines that can be handed back."""

    def __init__(self, path: Path, skip: int) -> None:
        self._handle = path.open(encoding="utf-8-sig", newline="\n")
        self._back: deque[tuple[int, str]] = deque()
        self._number = 0
        for _ in range(skip):
            next(self._handle, "")
            self._number += 1

    def next(self) -> tuple[int, str] | None:
        if self._back:
            return self._back.popleft()
        line = next(self._handle, "")
        if not line:
            return None
        self._number += 1
        return self._number, line

    def block(self, size: int) -> list[tuple[int, str]]:
        """The next lines, up to `size`; none while lines that were handed back wait."""
        if self._back:
            return []
        taken = list(itertools.islice(self._handle, size))
        first = self._number + 1
        self._number += len(taken)
        return list(enumerate(taken, first))

    def hand_back(self, lines: Sequence[tuple[int, str]]) -> None:
        self._back.extendleft(reversed(lines))

    def close(self) -> None:
        self._handle.close()


def records(
    path: Path, dialect: Dialect, skip: int, unusable: Sequence[int], tally: Tally, longest: int
) -> Iterator[tuple[int, str | list[str]]]:
    """Line and cells of each good record after the first `skip` lines; `tally` fills along the way. A record of one plain
    line comes as its text.

    `unusable` are lines, in order, that were set aside before and are blank in the file: a record never spans one.
    """
    lines = _Lines(path, skip)
    failures = 0
    plain, quote, separator = dialect.width - 1, dialect.quote, dialect.delimiter
    known_bad = set(unusable)
    one_by_one = 0
    try:
        while True:
            if one_by_one <= 0 and (block := lines.block(BLOCK)):
                if _all_fit(block, dialect):
                    tally.accepted += len(block)
                    tally.lines += len(block)
                    for number, line in block:
                        yield number, line.rstrip("\n")
                    continue
                lines.hand_back(block)
                one_by_one = len(block)
            if (taken := lines.next()) is None:
                return
            one_by_one -= 1
            number, line = taken
            if quote not in line:
                text = line.rstrip("\n")
                if text.count(separator) == plain and (plain or text.strip()):
                    tally.accepted += 1
                    tally.lines += 1
                    yield number, text
                    continue
                if not text.strip():
                    tally.lines += 1
                    continue
            allowed = SHORT_RECORD_LINES if failures > 20 else LONGEST_RECORD_LINES
            span, cells, reason = _record(lines, number, line, dialect, unusable, allowed, longest)
            if cells is not None:
                tally.accepted += 1
                tally.lines += len(span)
                yield number, cells
                continue
            if reason.restart:
                failures += 1
                lines.hand_back(span[1:])
                span = span[:1]
            tally.lines += len(span)
            tally.rejected += [Rejected(at, reason.text, text.rstrip("\n")[:SHOWN]) for at, text in span if at not in known_bad]
    finally:
        lines.close()


def _all_fit(block: list[tuple[int, str]], dialect: Dialect) -> bool:
    """Whether each of these lines is a plain record of the right width, without anything that readers take differently."""
    quote, separator = dialect.quote, dialect.delimiter
    text = "".join(line for _, line in block)
    if quote not in text:
        plain = dialect.width - 1
        return plain > 0 and all(line.count(separator) == plain for _, line in block)
    signs = (f"{separator} {quote}", f"{quote} {separator}", f"\n {quote}", f"{quote} \n")
    if quote != '"' or text.startswith(f" {quote}") or any(sign in text for sign in signs):
        return False
    try:
        rows = list(dialect.reader(line for _, line in block))
    except csv.Error:
        return False
    return len(rows) == len(block) and all(len(cells) == dialect.width for cells in rows)


@dataclass(frozen=True)
class _Reason:
    """Why a record can't be used; `restart` says that only its first line is to blame."""

    text: str
    restart: bool = False


_FINE = _Reason("")
_NEVER_CLOSED = _Reason("a quote opens here and is never closed", restart=True)


def _record(
    lines: _Lines, number: int, line: str, dialect: Dialect, unusable: Sequence[int], allowed: int, longest: int
) -> tuple[list[tuple[int, str]], list[str] | None, _Reason]:
    """The record that starts at `line`: the lines it spans and its cells, or None with the reason."""
    span = [(number, line)]

    def pulled() -> Iterator[str]:
        yield line
        size = len(line)
        while len(span) < allowed and size <= longest and (following := lines.next()) is not None:
            span.append(following)
            size += len(following[1])
            at = bisect_left(unusable, following[0])
            if at < len(unusable) and unusable[at] == following[0]:
                return
            yield following[1]

    try:
        cells = next(dialect.reader(pulled()))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return span, None, _NEVER_CLOSED
        cells = []
    texts = [text for _, text in span]
    if cells and f" {dialect.quote}" in texts[0]:
        cells = _without_blanks_before_quotes(texts, cells, dialect)
    return span, *_fitting(texts, cells, dialect)


def _fitting(texts: list[str], cells: list[str], dialect: Dialect) -> tuple[list[str] | None, _Reason]:
    """The cells when there are as many as in the header, not counting empty ones beyond it."""
    if not cells or len(cells) != dialect.width:
        escaped = _parsed(texts, dialect, escapechar="\\", doublequote=False) if f"\\{dialect.quote}" in "".join(texts) else []
        if len(escaped) == dialect.width:
            return escaped, _FINE
    if not cells:
        return None, _Reason("text follows a closing quote", restart=len(texts) > 1)
    if not any(cell.strip() for cell in cells[dialect.width :]):
        cells = cells[: dialect.width]
    if len(cells) == dialect.width:
        return cells, _FINE
    return None, _Reason(wrong_width(len(cells), dialect.width))


def wrong_width(found: int, width: int) -> str:
    """The reason of a row that doesn't fit its header."""
    return f"{found} field{'s' if found != 1 else ''} where the header has {width}"


def _without_blanks_before_quotes(texts: list[str], cells: list[str], dialect: Dialect) -> list[str]:
    """`a, "b"` means b, although a strict reader takes the blank and the quotes as text."""
    skipping = _parsed(texts, dialect, skipinitialspace=True)
    if len(skipping) != len(cells):
        return skipping if len(skipping) == dialect.width else cells
    return [skip if cell.lstrip(" ").startswith(dialect.quote) else cell for cell, skip in zip(cells, skipping, strict=True)]


def _parsed(
    texts: list[str], dialect: Dialect, *, escapechar: str | None = None, doublequote: bool = True, skipinitialspace: bool = False
) -> list[str]:
    """The one record that `texts` are under these rules; nothing when they break them or hold several."""
    try:
        rows = list(
            csv.reader(
                texts,
                delimiter=dialect.delimiter,
                quotechar=dialect.quote,
                escapechar=escapechar,
                doublequote=doublequote,
                skipinitialspace=skipinitialspace,
                strict=True,
            )
        )
    except csv.Error:
        return []
    return rows[0] if len(rows) == 1 else []
