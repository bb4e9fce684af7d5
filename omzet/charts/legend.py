"""The line that says what the marks of a chart stand for."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from omzet.charts.labels import keyed
from omzet.charts.svg import block, hatched, rule, tag, text

LINE = 18.0


def legend(entries: Sequence[tuple[str, str]], width: float, top: float = 0.0) -> tuple[list[Markup], float]:
    """Draws pairs of a kind and its words from `top` down; gives the parts and where the legend ends.

    Kinds: bar, mute, hot (fills), hatch, tick (a line across), band (between limits), usual (a plain band), interval,
    few (a hollow dot).
    """
    parts: list[Markup] = []
    bottom = top
    for x, row, kind, words in keyed(entries, width):
        y = top + row * LINE + 8
        parts += [*_sample(kind, x, y), text(x + 22, y + 4, words, "c-text")]
        bottom = y + 8
    return parts, bottom


def _sample(kind: str, x: float, y: float) -> list[Markup]:
    if kind == "hatch":
        return [hatched(x, y - 5, 14, 10, gap=4)]
    if kind == "tick":
        return [rule(x, y, x + 15, y, "c-target")]
    if kind == "band":
        return [block(x + 0.5, y - 5, 14, 10, "c-key-band", round_=2)]
    if kind == "interval":
        return [block(x, y - 2, 15, 4, "c-range-plain", round_=2)]
    if kind == "few":
        return [tag("circle", "c-rep-few", cx=x + 7, cy=y, r=4)]
    return [block(x, y - 5, 14, 10, f"c-fill-{kind}", round_=2)]
