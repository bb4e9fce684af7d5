"""Column names out of a header row: never empty, never twice, never in the way of the store's own names."""

from __future__ import annotations

import re
from collections.abc import Sequence

RESERVED = frozenset({"_line", "line", "rowid"})
LONGEST = 200

_DATA = re.compile(r"[-+(]?[€$£]?\s?\d[\d.,\s]*[)%]?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|[^@\s]+@[^@\s]+\.[a-z]+", re.IGNORECASE)


def column_names(cells: Sequence[str | None]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the columns, and what had to be assumed for them.

    A name keeps its spelling, without blanks around it. An empty one becomes `column_3`; one that occurred before (case
    doesn't count) gets a number; one that the store uses itself gets an underscore.
    """
    names: list[str] = []
    taken: set[str] = set()
    said: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = " ".join("".join(c if c.isprintable() else " " for c in cell or "").split())[:LONGEST]
        first = name or f"column_{place}"
        if first.lower() in RESERVED:
            first += "_"
        name, number = first, 1
        while name.lower() in taken:
            number += 1
            name = f"{first}_{number}"
        if number > 1 and cell:
            said.append(
                f"the column '{first}' stands there more than once: the first is used, column {place} is kept as '{name}'"
            )
        taken.add(name.lower())
        names.append(name)
    return tuple(names), tuple(said)


def looks_like_data(cells: Sequence[str | None]) -> bool:
    """Whether a first row holds values (numbers, dates, e-mail addresses) rather than names of columns."""
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    return bool(filled) and 2 * sum(bool(_DATA.fullmatch(cell)) for cell in filled) >= len(filled)


def normal(name: str) -> str:
    """A header as it is compared: lower case, blanks and hyphens as underscores."""
    return re.sub(r"[\s\-_]+", "_", name.strip().lower()).strip("_")
