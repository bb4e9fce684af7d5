"""What every chart gives back, what it is written with, and the forms it is drawn in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from omzet.charts.svg import tag

Words = Callable[[str, str], str]
"""Gives the reader's words for an id and its English text, e.g. `words("charts.bars.booked", "Booked")`."""


@dataclass(frozen=True)
class Formats:
    """Numbers as the reader writes them; the page passes those of its locale."""

    number: Callable[[float, int], str]
    """A number with that many decimals: (1250, 0) is 1,250."""
    money: Callable[[float], str]
    """A short amount: 1840000 is €1.84M."""
    percent: Callable[[float, int], str]
    """A share with that many decimals: (0.241, 1) is 24.1%."""
    day: Callable[[date, str], str]
    """A day as short as the grain (day, month, year) allows: 24 Nov, Nov, 2026."""
    currency: str = "€"


@dataclass(frozen=True)
class Form:
    """A width the chart is drawn for, in pixels at scale 1. The page shows the form that suits the tile's width."""

    name: str
    width: float

    @property
    def narrow(self) -> bool:
        return self.name == "narrow"


WIDE = Form("wide", 630)
MEDIUM = Form("medium", 440)
NARROW = Form("narrow", 300)
FORMS = (WIDE, MEDIUM, NARROW)


@dataclass(frozen=True)
class Table:
    """The chart's numbers as text, ready to read: the first column names, the others are numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A drawing, one sentence that says what it shows, and the same numbers as a table."""

    svg: Markup
    summary: str
    table: Table


def every_form(draw: Callable[[Form], Chart], forms: tuple[Form, ...] = FORMS) -> Chart:
    """The chart in every form; the tile's width decides which one shows (container queries in charts.css)."""
    drawn = [draw(form) for form in forms]
    return Chart(Markup("").join(chart.svg for chart in drawn), drawn[0].summary, drawn[0].table)


def classes_of(form: Form, kind: str) -> str:
    return f"c-chart c-{kind} c-form-{form.name}"


def nothing(form: Form, kind: str, words: Words, table: Table) -> Chart:
    """The chart of no data: says so, in the chart's own place."""
    summary = words("charts.nothing", "Nothing to show for this choice.")
    label = tag("text", "c-text", summary, x=form.width / 2, y=64, text_anchor="middle")
    svg = tag(
        "svg",
        classes_of(form, kind),
        label,
        viewBox=f"0 0 {form.width:g} 120",
        width=form.width,
        height=120,
        role="img",
        aria_label=summary,
    )
    return Chart(svg, summary, table)


def lines(*parts: str | None) -> str:
    """A tip: its parts that are there, one a line."""
    return "\n".join(part for part in parts if part)
