"""Room for words: how wide a text is, how to shorten it, and where it can stand without touching another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Advance widths of Inter 600 at 12 px with tabular figures, in thousandths of the size; the regular weight is 1-3% less.
_WIDTHS = {
    character: width
    for width, characters in (
        (280, " ',.:;Iijl\u00a0\u202f’‘"),
        (330, '!\\·ft|r"'),
        (390, "/()[]"),
        (480, "_"),
        (500, "–"),
        (560, "?s"),
        (580, "JLakxzç"),
        (600, "Fcevyéèëê"),
        (620, "Ehnouöüóñáäà"),
        (640, "bdgpq"),
        (660, "0123456789#$*+-<=>BPRSTZ−×"),
        (680, "&€"),
        (720, "KXY"),
        (740, "CDU"),
        (760, "AGHNV"),
        (780, "OQ"),
        (840, "w"),
        (900, "m"),
        (950, "M…"),
        (1020, "%@"),
        (1060, "W"),
    )
    for character in characters
}
_WIDTHS["r"] = 420
_WIDTHS["í"] = _WIDTHS["ï"] = _WIDTHS["ì"] = 280

STYLES = {"c-tick": 11, "c-now": 11, "c-text": 12, "c-strong": 12, "c-figure": 16}
"""The sizes of the chart's type in pixels; charts.css says the same (a test compares them)."""


def width_of(words: str, style: str = "c-text") -> float:
    """The width of a line of text in pixels, a little generous; characters unknown here count as wide ones."""
    thousandths = sum(_WIDTHS.get(character, 700 if ord(character) < 0x2E80 else 1050) for character in words)
    return thousandths * STYLES[style] / 1000


def shortened(words: str, room: float, style: str = "c-text") -> str:
    """The text, cut with an ellipsis where it is wider than the room."""
    if width_of(words, style) <= room:
        return words
    kept = words
    while kept and width_of(kept.rstrip() + "…", style) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…" if kept else ""


@dataclass(frozen=True)
class Box:
    """A rectangle on the paper."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box, gap: float = 1.0) -> bool:
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )

    def within(self, other: Box) -> bool:
        return self.left >= other.left and self.right <= other.right and self.top >= other.top and self.bottom <= other.bottom


def box_of(x: float, y: float, words: str, style: str, anchor: str = "start") -> Box:
    """The space a line of text takes when its baseline is at y."""
    width, size = width_of(words, style), STYLES[style]
    left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return Box(left, y - 0.8 * size, left + width, y + 0.24 * size)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart inside `low`..`high`, in the given order's ranks, each as near its wish as that allows.

    When they cannot all fit they share the room evenly.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    if len(order) > 1 and gap * (len(order) - 1) > high - low:
        gap = (high - low) / (len(order) - 1)
    clusters: list[tuple[list[int], float]] = []
    for index in order:
        members, position = [index], min(max(wanted[index], low), high)
        while clusters and clusters[-1][1] + gap * (len(clusters[-1][0])) > position:
            members = clusters.pop()[0] + members
            middle = sum(wanted[member] - gap * place for place, member in enumerate(members)) / len(members)
            position = min(max(middle, low), high - gap * (len(members) - 1))
        clusters.append((members, position))
    placed = [0.0] * len(wanted)
    for members, position in clusters:
        for place, member in enumerate(members):
            placed[member] = position + gap * place
    return placed


def thinned(labels: Sequence[str], step: float, style: str, *, gap: float = 6.0, always: int | None = None) -> list[str]:
    """The labels of neighbouring bands `step` apart: whole, as initials, or every so many, so that none touches the next.

    The label at `always` is kept whole where that is possible without its neighbours touching it.
    """
    widest = max((width_of(label, style) for label in labels), default=0.0)
    if widest + gap <= step:
        return list(labels)
    every = next((count for count in (2, 3, 4, 6, 12, 24, 60, 120) if count * step >= widest + gap), max(1, len(labels)))
    kept = [label if index % every == 0 else "" for index, label in enumerate(labels)]
    if always is not None and 0 <= always < len(labels) and not kept[always]:
        reach = int((widest + gap) // step)
        for index in range(max(0, always - reach), min(len(labels), always + reach + 1)):
            kept[index] = ""
        kept[always] = labels[always]
    return kept


def apart(
    labels: Sequence[str], middles: Sequence[float], width: float, style: str, *, always: int | None = None
) -> dict[int, float]:
    """Where labels under an axis stand, by their index: one at an edge is moved inside 0..`width`, and of two that would
    touch the later one gives way, but never the one at `always`. Empty labels stand nowhere."""
    placed: dict[int, float] = {}
    taken: list[Box] = []
    for index in sorted(range(len(labels)), key=lambda index: (index != always, index)):
        half = width_of(labels[index], style) / 2
        x = min(max(middles[index], half), width - half)
        space = box_of(x, 0, labels[index], style, "middle")
        if labels[index] and not any(space.touches(other, 2) for other in taken):
            placed[index] = x
            taken.append(space)
    return placed


def keyed(entries: Sequence[tuple[str, str]], width: float) -> list[tuple[float, int, str, str]]:
    """Where the entries of a legend stand: x, line, kind, words; a new line where the width is used up."""
    placed = []
    x, line = 0.0, 0
    for kind, words in entries:
        needed = 22 + width_of(words, "c-text")
        if x > 0 and x + needed > width:
            x, line = 0.0, line + 1
        placed.append((x, line, kind, shortened(words, width - x - 22)))
        x += needed + 14
    return placed
