"""What stands beside a number: its further figures, and, where they lead from one figure to another, the steps between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omzet.metrics import wording
from omzet.query.explanation import Beside
from omzet.web.reader import Reader

RANGES = {
    "low90": "high90",
    "low95": "high95",
    "low998": "high998",
    "least": "most",
    "placebo_low": "placebo_high",
    "difference_low": "difference_high",
    "coverage_low": "coverage_high",
}
"""Figures that are the two ends of one range."""

RANGE_NAMES = {
    "low90": "90% interval",
    "low95": "95% limits",
    "low998": "99.8% limits",
    "least": "Lowest to highest",
    "placebo_low": "95% of the check",
    "difference_low": "95% interval of that",
    "coverage_low": "95% interval of that",
}
CHANCES = frozenset({"p", "q"})
"""Figures that are the chance of a test."""

SAID = frozenset({"caution"})
"""What the notes of an answer say already."""

SAID_BOUND = frozenset({"bound", "stale"})
"""What the sentence about a bound says of the whole."""

ENDS = (("opening", "closing"), ("before", "after"))
LESS = frozenset({"decreased", "won", "lost", "removed", "pushed_out", "reassigned_out"})
"""Steps of a bridge that are told as amounts but take away."""

CLOSE = 1e-6


@dataclass(frozen=True)
class Heading:
    """A column of further figures: the figure it shows, and the other end where it is a range."""

    id: str
    text: str
    unit: str
    other: str | None = None

    @property
    def is_text(self) -> bool:
        return self.unit == "text"


@dataclass(frozen=True)
class Step:
    """A line of a bridge, and its bar in percent of the width."""

    text: str
    figure: str
    kind: str
    x: float
    width: float


def headings(units: Mapping[str, str], names: Mapping[str, str], reader: Reader) -> list[Heading]:
    """The columns of further figures, the two ends of a range as one."""
    ends = {RANGES[name] for name in RANGES if name in units and RANGES[name] in units}
    found = []
    for name, unit in units.items():
        if name in ends or name in SAID:
            continue
        other = RANGES.get(name)
        if other in units:
            found.append(Heading(name, reader.t(f"web.beside.{name}", RANGE_NAMES[name]), unit, other))
        else:
            found.append(Heading(name, names.get(name, name), unit))
    return found


def written(heading: Heading, figures: Mapping[str, Any], reader: Reader) -> str:
    """A further figure, or a range of two, as people read it."""
    first = one(heading.id, figures.get(heading.id), heading.unit, reader)
    if heading.other is None or figures.get(heading.id) is None:
        return first
    return reader.range(first, one(heading.other, figures.get(heading.other), heading.unit, reader))


def one(name: str, value: Any, unit: str, reader: Reader) -> str:
    """One further figure in its unit."""
    if value is None:
        return "–"
    if unit == "text":
        return wording.state(str(value), reader.language)
    if name in CHANCES:
        least = 0.001
        return f"<\u00a0{reader.number(least, 3)}" if float(value) < least else reader.number(float(value), 3)
    return reader.value(float(value), unit)


def facts(beside: Sequence[Beside], reader: Reader) -> list[tuple[str, str]]:
    """Each further figure with its heading; those of which nothing is known are left out."""
    beside = [each for each in beside if each.id not in SAID_BOUND] if any(each.id == "bound" for each in beside) else beside
    figures = {each.id: each.value for each in beside}
    columns = headings({each.id: each.unit for each in beside}, {each.id: each.label for each in beside}, reader)
    return [(column.text, written(column, figures, reader)) for column in columns if figures.get(column.id) is not None]


def bridge(beside: Sequence[Beside], reader: Reader) -> list[Step]:
    """The steps from an opening to a closing figure; none where the further figures are no steps that add up."""
    known = {each.id: each for each in beside if not isinstance(each.value, str)}
    ends = next((pair for pair in ENDS if all(end in known for end in pair)), None)
    if ends is None or any(known[end].value is None for end in ends):
        return []
    first, last = (known[end] for end in ends)
    steps = [each for name, each in known.items() if name not in ends and each.value is not None]
    at, closing = float(first.value or 0), float(last.value or 0)
    moves = [(each, -float(each.value or 0) if each.id in LESS else float(each.value or 0)) for each in steps]
    if abs(at + sum(move for _, move in moves) - closing) > CLOSE * max(1.0, abs(at), abs(closing)):
        return []
    levels = [at]
    for _, move in moves:
        levels.append(levels[-1] + move)
    low, high = min(0.0, *levels), max(0.0, *levels)
    span = high - low or 1.0

    def bar(start: float, end: float) -> tuple[float, float]:
        return 100 * (min(start, end) - low) / span, 100 * abs(end - start) / span

    found = [Step(first.label, reader.value(at, first.unit), "end", *bar(0, at))]
    for (each, move), level in zip(moves, levels, strict=False):
        if move or each.unit == "points":
            size = reader.value(abs(move), each.unit).lstrip("+")
            kind = "more" if move > 0 else "less"
            found.append(Step(each.label, reader.signed(move, size) if move else size, kind, *bar(level, level + move)))
    found.append(Step(last.label, reader.value(closing, last.unit), "end", *bar(0, closing)))
    return found


def besides(beside: Sequence[Beside], steps: Sequence[Step]) -> list[Beside]:
    """The further figures that no bridge shows."""
    return [each for each in beside if isinstance(each.value, str)] if steps else list(beside)
