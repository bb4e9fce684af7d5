"""A rate or amount over many periods: this series with its intervals, others beside it, each named at the end of its line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from omzet.charts.chart import WIDE, Chart, Form, Formats, Table, Words, classes_of, lines, nothing
from omzet.charts.labels import Box, box_of, shortened, spread, width_of
from omzet.charts.scales import Linear, Time, decimals, finite, magnitude, present, ticks, time_ticks
from omzet.charts.svg import Canvas, block, path, rule, tag, text


@dataclass(frozen=True)
class LinePoint:
    """The value of the period that starts at `at` and is called `title`; `low`..`high` is its 95% interval."""

    at: date
    title: str
    value: float | None
    low: float | None = None
    high: float | None = None
    href: str | None = None


@dataclass(frozen=True)
class LineSeries:
    """`kind` is now (the subject), past (compared with) or target."""

    name: str
    points: tuple[LinePoint, ...]
    kind: str = "now"


@dataclass(frozen=True)
class LineNote:
    """Something that happened on a day, shown as a dotted line at it."""

    at: date
    text: str


@dataclass(frozen=True)
class LineData:
    """`unit` is percent, money or number. `notes` outside the drawn periods are left out."""

    series: tuple[LineSeries, ...]
    unit: str = "number"
    from_zero: bool = False
    notes: tuple[LineNote, ...] = ()


def line(data: LineData, words: Words, formats: Formats, form: Form = WIDE) -> Chart:
    """Draws each series as straight lines between its periods; a period without a value is a gap, never a zero."""
    days = sorted({point.at for series in data.series for point in series.points})
    titles = {point.at: point.title for series in data.series for point in reversed(series.points)}
    table = _table(data, days, titles, words, formats)
    values = present(v for series in data.series for point in series.points for v in (point.value, point.low, point.high))
    if not any(_last(series) for series in data.series):
        return nothing(form, "line", words, table)
    summary = _summary(data, words, formats)

    steps = ticks(min(0.0, *values) if data.from_zero else min(values), max(values))
    if data.unit == "percent" and min(values) >= 0:
        steps = tuple(step for step in steps if step >= 0)
    written = axis_labels(steps, data.unit, formats, words)
    ends = [(series, last) for series in data.series if (last := _last(series)) is not None]
    room = min(0.3 * form.width, 110.0)
    names = [shortened(f"{series.name} {in_unit(last.value, data.unit, formats)}", room, _style(series)) for series, last in ends]
    left = max(width_of(label, "c-tick") for label in written) + 10
    right = form.width - max(width_of(name, _style(series)) for name, (series, _) in zip(names, ends, strict=True)) - 10
    notes = _within(data, days)
    top = 30.0 if notes else 12.0
    bottom = top + (190 if form.name == "wide" else 150)
    canvas = Canvas(form.width, bottom + 26)
    rise = Linear(steps[0], steps[-1], bottom, top)
    run = Time(days[0], days[-1], left + 6, right - 6) if len(days) > 1 else Time(days[0], days[0], (left + right) / 2, right)
    for index, (step, label) in enumerate(zip(steps, written, strict=True)):
        canvas.add(rule(left, rise(step), right, rise(step), "c-axis" if index == 0 else "c-grid"))
        canvas.add(text(left - 8, rise(step) + 4, label, "c-tick", "end"))
    _days(canvas, days, run, bottom, formats)
    _noted(canvas, notes, run, top, bottom)

    for series in sorted(data.series, key=lambda series: series.kind == "now"):
        for piece in _pieces(series):
            drawn = [(run(point.at), rise(point.value or 0.0)) for point in piece]
            if len(drawn) > 1:
                canvas.add(path(drawn, f"c-line-{series.kind}"))
            elif series.kind != "now":
                canvas.add(tag("circle", f"c-line-{series.kind}-dot", cx=drawn[0][0], cy=drawn[0][1], r=2.5))
    _marks(canvas, data, days, titles, run, rise, formats)
    wanted = [rise(last.value or 0.0) for _, last in ends]
    for y, name, (series, last) in zip(spread(wanted, 15, top, bottom), names, ends, strict=True):
        canvas.add(text(max(run(last.at) + 10, right + 4), y + 4, name, _style(series)))
    return Chart(canvas.svg(summary, classes_of(form, "line")), summary, table)


def _style(series: LineSeries) -> str:
    return "c-strong" if series.kind == "now" else "c-text"


def in_unit(value: float | None, unit: str, formats: Formats) -> str:
    """A value in its unit: percent, money, or a plain number; a dash where there is none."""
    if (number := finite(value)) is None:
        return "–"
    if unit == "percent":
        return formats.percent(number, 1)
    return formats.money(number) if unit == "money" else formats.number(number, 0 if number == round(number) else 1)


def axis_labels(steps: tuple[float, ...], unit: str, formats: Formats, words: Words) -> list[str]:
    """The labels of the grid; the size of the numbers (thousand, million) is said once, at the top.

    Where steps lie between whole units of money, these alone are labelled: the others would be called like their neighbours.
    """
    if unit == "percent":
        return [formats.percent(step, min(3, max(0, decimals(steps) - 2))) for step in steps]
    if unit == "money":
        told = [formats.money(step) for step in steps]
        distinct = len(set(told)) == len(told)
        return [label if distinct or step == round(step) else "" for step, label in zip(steps, told, strict=True)]
    divisor, word = magnitude(max(abs(steps[0]), abs(steps[-1])))
    shown = [step / divisor for step in steps]
    labels = [formats.number(value, decimals(shown)) for value in shown]
    if word:
        labels[-1] += f" {words(f'charts.{word}', word)}"
    return labels


def _last(series: LineSeries) -> LinePoint | None:
    return next((point for point in reversed(series.points) if finite(point.value) is not None), None)


def _pieces(series: LineSeries) -> list[list[LinePoint]]:
    pieces: list[list[LinePoint]] = [[]]
    for point in series.points:
        if finite(point.value) is not None:
            pieces[-1].append(point)
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _days(canvas: Canvas, days: list[date], run: Time, bottom: float, formats: Formats) -> None:
    most = max(2, int((run.end - run.start) // 52))
    grain, starts = time_ticks(days[0], days[-1], most=most)
    reach = -1.0
    for day in starts:
        label = formats.day(day, "year" if grain == "month" and day.month == 1 else grain)
        half = width_of(label, "c-now") / 2
        x = min(max(run(day), half), canvas.width - half)
        if x - half > reach + 6:
            canvas.add(rule(run(day), bottom, run(day), bottom + 4, "c-axis"))
            canvas.add(text(x, bottom + 18, label, "c-tick", "middle"))
            reach = x + half


def _within(data: LineData, days: list[date]) -> list[LineNote]:
    """The notes that fall in the drawn periods, the last of which is as long as the one before it."""
    last = days[-1] + (days[-1] - days[-2]) if len(days) > 1 else days[-1]
    return sorted((note for note in data.notes if days and days[0] <= note.at < max(last, days[-1])), key=lambda note: note.at)


def _noted(canvas: Canvas, notes: list[LineNote], run: Time, top: float, bottom: float) -> None:
    """Dotted lines with their labels turned inward past the middle; a label that would touch another is left to the table."""
    taken: list[Box] = []
    for note in notes:
        x = min(run(note.at), run.end + 6)
        inward = x > (run.start + run.end) / 2
        anchor, at = ("end", x - 5) if inward else ("start", x + 5)
        label = shortened(note.text, at - run.start if inward else run.end - at, "c-tick")
        canvas.add(rule(x, top - 18, x, bottom, "c-dated"))
        space = box_of(at, top - 9, label, "c-tick", anchor)
        if label and not any(space.touches(other, 4) for other in taken):
            canvas.add(text(at, top - 9, label, "c-tick", anchor))
            taken.append(space)


def _marks(
    canvas: Canvas, data: LineData, days: list[date], titles: dict[date, str], run: Time, rise: Linear, formats: Formats
) -> None:
    """One mark a day that holds all series: what a reader points at is the period, and its tip gives every line."""
    found = [{point.at: point for point in series.points} for series in data.series]
    gaps = [run(after) - run(before) for before, after in pairwise(days)]
    wide = min(gaps, default=40.0)
    for day in days:
        x = run(day)
        start, end = max(run.start - 6, x - wide / 2), min(run.end + 6, x + wide / 2)
        parts = [block(start, rise.end, end - start, rise.start - rise.end, "c-hit")]
        told, href = [titles[day]], None
        told_last = [note.text for note in _of_period(data, days, day)]
        for series, points in zip(data.series, found, strict=True):
            point = points.get(day)
            if point is None:
                continue
            href = href or point.href
            told.append(f"{series.name}: {_told(point, data.unit, formats)}")
            value, low, high = finite(point.value), finite(point.low), finite(point.high)
            if low is not None and high is not None and high >= low:
                parts.append(rule(x, rise(low), x, rise(high), "c-range"))
            if value is not None and series.kind == "now":
                parts.append(tag("circle", "c-point", cx=x, cy=rise(value), r=4 if wide > 12 else 2))
        canvas.mark(*parts, tip=lines(*told, *told_last), href=href)


def _told(point: LinePoint, unit: str, formats: Formats) -> str:
    low, high = finite(point.low), finite(point.high)
    shown = in_unit(point.value, unit, formats)
    return shown if low is None or high is None else f"{shown} ({in_unit(low, unit, formats)} – {in_unit(high, unit, formats)})"


def _table(data: LineData, days: list[date], titles: dict[date, str], words: Words, formats: Formats) -> Table:
    found = [{point.at: point for point in series.points} for series in data.series]
    rows = [
        (titles[day], *(_told(points[day], data.unit, formats) if day in points else "–" for points in found)) for day in days
    ]
    columns = (words("charts.line.period", "Period"), *(series.name for series in data.series))
    if days and _within(data, days):
        columns = (*columns, words("charts.line.noted", "What happened"))
        noted = ("; ".join(f"{formats.day(note.at, 'day')}: {note.text}" for note in _of_period(data, days, day)) for day in days)
        rows = [(*row, told) for row, told in zip(rows, noted, strict=True)]
    return Table(columns, tuple(rows))


def _of_period(data: LineData, days: list[date], day: date) -> list[LineNote]:
    """The notes of the period that starts at `day`."""
    after = next((each for each in days if each > day), date.max)
    return [note for note in _within(data, days) if day <= note.at < after]


def _summary(data: LineData, words: Words, formats: Formats) -> str:
    subject = next((series for series in data.series if series.kind == "now" and _last(series)), None)
    subject = subject or next(series for series in data.series if _last(series))
    there = [point for point in subject.points if finite(point.value) is not None]
    return words("charts.line.summary", "{name} went from {from} in {start} to {to} in {end}.").format(
        **{
            "name": subject.name,
            "from": in_unit(there[0].value, data.unit, formats),
            "start": there[0].title,
            "to": in_unit(there[-1].value, data.unit, formats),
            "end": there[-1].title,
        }
    )
