"""A goal beside what came before it: past periods with their intervals, the usual range as a band, the numbers proposed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from omzet.charts.chart import WIDE, Chart, Form, Formats, Table, Words, classes_of, lines, nothing
from omzet.charts.labels import apart, shortened, spread, thinned, width_of
from omzet.charts.legend import legend
from omzet.charts.line import axis_labels, in_unit
from omzet.charts.scales import Band, Linear, finite, present, ticks
from omzet.charts.svg import Canvas, block, rule, tag, text

BESIDE = 11
"""How far from its point a goal's name stands."""


@dataclass(frozen=True)
class GoalPoint:
    """One past period; `low`..`high` is its 95% interval. `running`: only a part of it is in."""

    label: str
    title: str
    value: float | None
    low: float | None = None
    high: float | None = None
    running: bool = False
    href: str | None = None


@dataclass(frozen=True)
class GoalMark:
    """A number on the table and whose it is: `kind` is mine, theirs or agreed."""

    name: str
    value: float
    kind: str = "mine"


@dataclass(frozen=True)
class GoalData:
    """`unit` is percent, money, days or number; `low`..`high` the usual range; the marks stand in the period `label`."""

    points: tuple[GoalPoint, ...]
    marks: tuple[GoalMark, ...]
    label: str
    title: str
    unit: str = "number"
    low: float | None = None
    high: float | None = None


def goal(data: GoalData, words: Words, formats: Formats, form: Form = WIDE) -> Chart:
    """Draws past periods left to right and the goal's own after them; a period without a value is a gap."""
    table = _table(data, words, formats)
    values = present(v for point in data.points for v in (point.value, point.low, point.high))
    values += present([*(mark.value for mark in data.marks), data.low, data.high])
    if not present(point.value for point in data.points):
        return nothing(form, "goal", words, table)
    summary = _summary(data, words, formats)
    steps = ticks(0.0 if data.unit in ("money", "number") else min(values), max(values))
    if min(values) >= 0:
        steps = tuple(step for step in steps if step >= 0)
    written = axis_labels(steps, data.unit, formats, words)
    top = _legend_of(data, words, form.width)
    canvas = Canvas(form.width, top[1] + (230 if form.name == "wide" else 190))
    canvas.add(*top[0])
    ceiling, floor = top[1] + 18, canvas.height - 26
    named = [(mark, _name(mark, data.unit, formats, form)) for mark in data.marks]
    left = max(width_of(label, "c-tick") for label in written) + 10
    right = form.width - max((width_of(name, "c-strong") for _, name in named), default=0.0) - BESIDE
    rise = Linear(steps[0], steps[-1], floor, ceiling)
    band = Band(len(data.points) + 1, left, right)
    low, high = finite(data.low), finite(data.high)
    if low is not None and high is not None:
        canvas.add(block(left, rise(high), right - left, max(2.0, rise(low) - rise(high)), "c-goal-band"))
    for index, (step, label) in enumerate(zip(steps, written, strict=True)):
        canvas.add(rule(left, rise(step), right, rise(step), "c-axis" if index == 0 else "c-grid"))
        canvas.add(text(left - 8, rise(step) + 4, label, "c-tick", "end"))
    _periods(canvas, data, band, floor)
    for (start, one), (end, other) in pairwise(enumerate(data.points)):
        if one.value is not None and other.value is not None and not other.running:
            canvas.add(rule(band.middle(start), rise(one.value), band.middle(end), rise(other.value), "c-line-now"))
    last = next((at for at in reversed(range(len(data.points))) if _is_whole(data.points[at])), None)
    x = band.middle(len(data.points))
    if last is not None:
        for mark in data.marks:
            here = rise(data.points[last].value or 0.0)
            canvas.add(rule(band.middle(last), here, x - 6, rise(mark.value), f"c-goal-to-{mark.kind}"))
    for index, point in enumerate(data.points):
        _point(canvas, point, band, index, rise, data.unit, formats, words)
    heights = spread([rise(mark.value) for mark, _ in named], 15, ceiling, floor)
    for (mark, name), y in zip(named, heights, strict=True):
        parts = [
            block(x - band.step / 2, rise.end, band.step, rise.start - rise.end, "c-hit"),
            tag("circle", f"c-goal-{mark.kind}", cx=x, cy=rise(mark.value), r=5.5),
            text(x + BESIDE, y + 4, name, f"c-strong c-goal-name-{mark.kind}"),
        ]
        canvas.mark(*parts, tip=lines(name, data.title))
    return Chart(canvas.svg(summary, classes_of(form, "goal")), summary, table)


def _is_whole(point: GoalPoint) -> bool:
    return finite(point.value) is not None and not point.running


def _name(mark: GoalMark, unit: str, formats: Formats, form: Form) -> str:
    return shortened(f"{_shown(mark.value, unit, formats)} {mark.name}", 0.3 * form.width, "c-strong")


def _shown(value: float | None, unit: str, formats: Formats) -> str:
    """A value in its unit; a whole percentage without decimals."""
    share = finite(value)
    if unit == "percent" and share is not None and abs(share * 100 - round(share * 100)) < 0.05:
        return formats.percent(share, 0)
    return in_unit(value, unit, formats)


def _legend_of(data: GoalData, words: Words, width: float) -> tuple[list[Markup], float]:
    entries = []
    if any(point.low is not None for point in data.points):
        entries.append(("interval", words("charts.goal.interval", "95% interval")))
    if data.low is not None:
        entries.append(("usual", words("charts.goal.usual", "Usual range")))
    if any(point.running for point in data.points):
        entries.append(("few", words("charts.goal.running", "So far")))
    return legend(entries, width) if entries else ([], 0.0)


def _periods(canvas: Canvas, data: GoalData, band: Band, floor: float) -> None:
    labels = [*(point.label for point in data.points), data.label]
    names = thinned(labels, band.step, "c-now", gap=4, always=len(labels) - 1)
    placed = apart(names, [band.middle(at) for at in range(len(names))], canvas.width, "c-now", always=len(labels) - 1)
    for at, x in placed.items():
        canvas.add(text(x, floor + 18, names[at], "c-now" if at == len(labels) - 1 else "c-tick", "middle"))


def _point(
    canvas: Canvas, point: GoalPoint, band: Band, index: int, rise: Linear, unit: str, formats: Formats, words: Words
) -> None:
    value, low, high = finite(point.value), finite(point.low), finite(point.high)
    x = band.middle(index)
    parts = [block(band.at(index), rise.end, band.step, rise.start - rise.end, "c-hit")]
    if low is not None and high is not None and high >= low:
        parts.append(rule(x, rise(low), x, rise(high), "c-range"))
    if value is not None:
        parts.append(tag("circle", "c-rep-few" if point.running else "c-point", cx=x, cy=rise(value), r=4.5))
    canvas.mark(*parts, tip=lines(point.title, _told(point, unit, formats, words)), href=point.href)


def _told(point: GoalPoint, unit: str, formats: Formats, words: Words) -> str:
    shown = _shown(point.value, unit, formats)
    if point.running:
        shown = words("charts.goal.to_date", "{value} so far").format(value=shown)
    if point.low is None or point.high is None:
        return shown
    return f"{shown} ({_shown(point.low, unit, formats)} – {_shown(point.high, unit, formats)})"


def _table(data: GoalData, words: Words, formats: Formats) -> Table:
    columns = (
        words("charts.goal.period", "Period"),
        words("charts.goal.value", "Value"),
        words("charts.goal.low", "95% from"),
        words("charts.goal.high", "95% to"),
    )
    rows = [
        (point.title, *(_shown(value, data.unit, formats) for value in (point.value, point.low, point.high)))
        for point in data.points
    ]
    rows += [(f"{data.title}, {mark.name}", _shown(mark.value, data.unit, formats), "–", "–") for mark in data.marks]
    return Table(columns, tuple(rows))


def _summary(data: GoalData, words: Words, formats: Formats) -> str:
    numbers = ", ".join(f"{mark.name} {_shown(mark.value, data.unit, formats)}" for mark in data.marks)
    if data.low is None or data.high is None:
        return words("charts.goal.summary_short", "{title}: {numbers}.").format(title=data.title, numbers=numbers)
    return words("charts.goal.summary", "{title}: {numbers}; usual is {low} to {high}.").format(
        title=data.title,
        numbers=numbers,
        low=_shown(data.low, data.unit, formats),
        high=_shown(data.high, data.unit, formats),
    )
