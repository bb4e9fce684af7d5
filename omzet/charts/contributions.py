"""What each group or factor adds to a change: bars left and right of nothing, one a part, the sum written beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from omzet.charts.chart import WIDE, Chart, Form, Formats, Table, Words, classes_of, lines, nothing
from omzet.charts.labels import shortened, width_of
from omzet.charts.legend import legend
from omzet.charts.scales import Linear, decimals, present, ticks
from omzet.charts.svg import Canvas, block, rule, text

FILLS = ("bar", "past", "hot")
BAR, GAP = 9.0, 2.0


@dataclass(frozen=True)
class Contribution:
    """A row: its parts in the order of the data's names, and what they come to together, all in the change's unit."""

    label: str
    parts: tuple[float, ...]
    total: float
    href: str | None = None


@dataclass(frozen=True)
class ContributionsData:
    """`names` are those of the parts; with one part the legend is left out. `unit`: points are fractions."""

    head: str
    names: tuple[str, ...]
    rows: tuple[Contribution, ...]
    unit: Literal["points", "money", "number"] = "points"
    summary: str = ""


def contributions(data: ContributionsData, words: Words, formats: Formats, form: Form = WIDE) -> Chart:
    """Draws one row a group; on a narrow tile its name stands above its bars."""
    told = _Told(data, words, formats)
    table = told.table()
    values = present(value for row in data.rows for value in (*row.parts, row.total))
    if not values:
        return nothing(form, "contributions", words, table)
    several = len(data.names) > 1
    entries = list(zip(FILLS, data.names, strict=False)) if several else []
    parts, end = legend(entries, form.width) if entries else ([], 0.0)

    right = form.width - max(width_of(told.moved(row.total), "c-strong") for row in data.rows) - 12
    above = 18.0 if form.narrow else 0.0
    widest = max(width_of(row.label, "c-text") for row in data.rows) + 14
    left = 4.0 if form.narrow else min(widest, 0.36 * form.width)
    bars = len(data.names) * (BAR + GAP) - GAP
    row_height = above + bars + (14 if several else 17)
    top = end + (10 if entries else 2)
    bottom = top + row_height * len(data.rows)
    canvas = Canvas(form.width, bottom + 22)
    canvas.add(*parts)

    steps = ticks(min(0.0, *values), max(0.0, *values), most=4 if form.narrow else 6)
    run = Linear(steps[0], steps[-1], left, right)
    written = told.axis(steps)
    reach = -6.0
    for step, label in zip(steps, written, strict=True):
        canvas.add(rule(run(step), top, run(step), bottom, "c-axis" if step == 0 else "c-grid"))
        half = width_of(label, "c-tick") / 2
        x = min(max(run(step), half), form.width - half)
        if x - half >= reach + 6:
            canvas.add(text(x, bottom + 16, label, "c-tick", "middle"))
            reach = x + half
    zero = run(0.0)
    for index, row in enumerate(data.rows):
        y = top + row_height * index
        first = y + above + (row_height - above - bars) / 2
        piece = [block(0, y, form.width, row_height, "c-hit")]
        if form.narrow:
            piece.append(text(0, y + 15, shortened(row.label, form.width), "c-text"))
        else:
            piece.append(text(left - 10, first + bars / 2 + 4, shortened(row.label, left - 12), "c-text", "end"))
        for place, value in enumerate(row.parts):
            x, at = run(value), first + place * (BAR + GAP)
            piece.append(block(min(x, zero), at, abs(x - zero), BAR, f"c-fill-{FILLS[place]}", round_=1))
        piece.append(text(form.width, first + bars / 2 + 4, told.moved(row.total), "c-strong", "end"))
        canvas.mark(*piece, tip=told.tip(row), href=row.href)
    return Chart(canvas.svg(data.summary, classes_of(form, "contributions")), data.summary, table)


@dataclass(frozen=True)
class _Told:
    """The words and numbers of the drawing."""

    data: ContributionsData
    words: Words
    formats: Formats

    def size(self, value: float) -> str:
        if self.data.unit == "points":
            return self.words("charts.points", "{points} pt").format(points=self.formats.number(abs(value) * 100, 1))
        if self.data.unit == "money":
            return self.formats.money(abs(value))
        return self.formats.number(abs(value), 0 if abs(value - round(value)) < 0.05 else 1)

    def moved(self, value: float) -> str:
        """The value with its sign; what is rounded to nothing has none."""
        size = self.size(value)
        if not any(digit in size for digit in "123456789"):
            return size
        return f"{'−' if value < 0 else '+'}{size}"

    def axis(self, steps: tuple[float, ...]) -> list[str]:
        if self.data.unit == "points":
            shown = [step * 100 for step in steps]
            return [self._tick(value, decimals([round(each, 6) for each in shown])) for value in shown]
        if self.data.unit == "money":
            return ["0" if not step else f"{'−' if step < 0 else ''}{self.formats.money(abs(step))}" for step in steps]
        return [self._tick(step, decimals(steps)) for step in steps]

    def _tick(self, value: float, digits: int) -> str:
        return f"{'−' if value < 0 else ''}{self.formats.number(abs(value), digits)}"

    def tip(self, row: Contribution) -> str:
        if len(self.data.names) == 1:
            return lines(row.label, self.moved(row.total))
        pairs = zip(self.data.names, row.parts, strict=True)
        return lines(row.label, self.moved(row.total), *(f"{name}: {self.moved(value)}" for name, value in pairs))

    def table(self) -> Table:
        together = self.words("charts.contributions.together", "Together")
        several = len(self.data.names) > 1
        names = (*self.data.names, together) if several else self.data.names
        rows = tuple(
            (row.label, *(self.moved(value) for value in ((*row.parts, row.total) if several else (row.total,))))
            for row in self.data.rows
        )
        return Table((self.data.head, *names), rows)
