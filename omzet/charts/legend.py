"""The line that says what the marks of a chart stand for."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from omzet.charts.labels import keyed
from omzet.charts.svg import block, hatched, rule, tag, text

LINE = 18.0


def legend(entries: Sequence[tuple[str, str]], width: float, top: float = 0.0) -> tuple[list[Markup], float]:
    """Draws pairs of a kind and its words from `top` down; gives the parts and where the legend ends.

    Kinds: bar, past, mute, hot, hatch, tick, line, dash, dots, good, bad, soft.
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
    if kind in ("tick", "line", "dash", "dots", "past-line"):
        return [rule(x, y, x + 15, y, f"c-key-{kind}")]
    if kind in ("good-dot", "bad-dot"):
        return [tag("circle", f"c-dot-{kind.removesuffix('-dot')}", cx=x + 7, cy=y, r=4)]
    return [block(x, y - 5, 14, 10, f"c-fill-{kind}", round_=2)]
