"""Builds SVG that is safe to put in a page: everything escaped, no style, no script, classes of ours only."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache

from markupsafe import Markup, escape

NAMES = frozenset({"svg", "g", "a", "title", "rect", "line", "path", "circle", "text", "tspan"})
HREF = re.compile(r"(https?://|/(?![/\\])|\?|#|\./)[^\x00-\x1f\x7f\\]*")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def number(value: float) -> str:
    """A coordinate with at most two decimals.

    Raises
    ------
    ValueError
        When it is not finite: a drawing with a hole in it must not leave the house.
    """
    if not math.isfinite(value):
        raise ValueError("a coordinate must be finite")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def clean(text: str) -> str:
    """The text without the characters that XML forbids."""
    return NOT_IN_XML.sub("", text)


def tag(name: str, classes: str = "", *children: str, **attributes: str | float | None) -> Markup:
    """One element. Underscores in attribute names become hyphens (but in viewBox and the like none occur); None is left out."""
    if name not in NAMES:
        raise ValueError(f"{name} is not an element the charts use")
    parts = [name]
    if classes:
        parts.append(_class(classes))
    for key, value in attributes.items():
        if value is None:
            continue
        attribute = _attribute(key)
        if not isinstance(value, str):
            parts.append(f'{attribute}="{number(value)}"')
            continue
        if attribute == "href" and not HREF.fullmatch(value):
            raise ValueError("a link in a chart stays on this site or is http(s)")
        kept = str(escape(clean(value))).replace("\n", "&#10;")  # else XML readers make it a space
        parts.append(f'{attribute}="{kept}"')
    inside = Markup("").join(child if isinstance(child, Markup) else escape(clean(child)) for child in children)
    return Markup(f"<{' '.join(parts)}>{inside}</{name}>" if inside else f"<{' '.join(parts)}/>")


@cache
def _class(classes: str) -> str:
    if not all(re.fullmatch(r"c-[a-z0-9-]+", word) for word in classes.split()):
        raise ValueError(f"classes of a chart start with c-: {classes}")
    return f'class="{classes}"'


@cache
def _attribute(key: str) -> str:
    attribute = key.rstrip("_").replace("_", "-")
    if attribute == "style" or attribute.startswith("on"):
        raise ValueError(f"{attribute} is not allowed: looks come from classes, behaviour from scripts")
    return attribute


def text(x: float | str, y: float | str, words: str, classes: str, anchor: str = "start") -> Markup:
    """A line of text on its baseline; `anchor` is start, middle or end."""
    return tag("text", classes, words, x=x, y=y, text_anchor=None if anchor == "start" else anchor)


def rule(x1: float, y1: float, x2: float, y2: float, classes: str) -> Markup:
    return tag("line", classes, x1=x1, y1=y1, x2=x2, y2=y2)


def block(x: float, y: float, width: float, height: float, classes: str, *, round_: float | None = None) -> Markup:
    return tag("rect", classes, x=x, y=y, width=max(0.0, width), height=max(0.0, height), rx=round_)


def path(points: Sequence[tuple[float, float]], classes: str, *, closed: bool = False) -> Markup:
    """Straight lines through the points."""
    drawn = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return tag("path", classes, d=f"M{drawn}{'Z' if closed else ''}") if points else Markup("")


def hatched(x: float, y: float, width: float, height: float, classes: str = "c-hatch", gap: float = 5.0) -> Markup:
    """A rectangle filled with diagonal lines, cut at its edges by arithmetic: needs no pattern, so no id that could clash."""
    if width <= 0 or height <= 0:
        return Markup("")
    lines = []
    offset = gap / 2
    while offset < width + height:
        x1, y1 = (x, y + offset) if offset <= height else (x + offset - height, y + height)
        x2, y2 = (x + offset, y) if offset <= width else (x + width, y + offset - width)
        lines.append(f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}")
        offset += gap
    back = block(x, y, width, height, f"{classes}-back")
    return back + tag("path", classes, d="".join(lines)) if lines else back


class Canvas:
    """One drawing of a chart: what lies on it from back to front, and its marks in reading order.

    A mark is what a reader can point at: it has a tip, and a link where it opens something. The first mark is the
    chart's one tab stop; a script moves it with the arrow keys by `data-mark`.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.marks = 0
        self._parts: list[Markup] = []

    def add(self, *parts: Markup) -> None:
        self._parts.extend(part for part in parts if part)

    def mark(self, *parts: Markup, tip: str, href: str | None = None, classes: str = "c-mark") -> None:
        """Adds a mark. The tip's first line is its name, further lines are its numbers."""
        self._parts.append(
            tag(
                "a" if href else "g",
                classes,
                tag("title", "", tip),
                *parts,
                href=href,
                role=None if href else "img",
                tabindex="-1" if self.marks else "0",
                data_mark=str(self.marks),
                data_tip=tip,
                aria_label=tip.replace("\n", ", "),
            )
        )
        self.marks += 1

    def svg(self, summary: str, classes: str) -> Markup:
        return tag(
            "svg",
            classes,
            *self._parts,
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            width=self.width,
            height=self.height,
            role="group" if self.marks else "img",
            aria_label=summary,
        )
