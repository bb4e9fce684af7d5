"""The two small drawings of a KPI: its trend, and where it stands against its target.

Both fill the width they are given: positions are percentages and strokes keep their weight, so one drawing serves the
strip, the phone's rows and the drill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from omzet.charts.chart import Chart, Table, Words
from omzet.charts.scales import Linear, finite, present
from omzet.charts.svg import number, path, rule, tag


@dataclass(frozen=True)
class SparkPoint:
    """One step of the trend with its text ("Oct", "24.1%"); `previous` is the same step of the last period."""

    label: str
    value: float | None
    previous: float | None = None
    shown: str = "–"
    previous_shown: str = "–"


@dataclass(frozen=True)
class SparkData:
    """A trend. Steps still to come have no value. `target` is a level across; `from_zero` holds the base at zero."""

    name: str
    points: tuple[SparkPoint, ...]
    target: float | None = None
    from_zero: bool = False


@dataclass(frozen=True)
class SumData:
    """A bullet for a sum: `value` so far, `pace` where it should be today, `target` at the end; `low`..`high` the 80% outcome."""

    value: float | None
    target: float | None = None
    pace: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class RateData:
    """A bullet for a rate, a median or a ratio: `value` with its 95% interval and target.

    `bounds` are the ends that cannot be passed (0 and 1 for a share).
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    bounds: tuple[float | None, float | None] = (0.0, None)


HEIGHT = 44.0


def spark(data: SparkData, words: Words) -> Chart:
    """Draws this period with its area, the last one dashed grey, the target dotted."""
    values = [finite(point.value) for point in data.points]
    before = [finite(point.previous) for point in data.points]
    target = finite(data.target)
    every = [*present(values), *present(before), *present([target])]
    low, high = (min(every), max(every)) if every else (0.0, 1.0)
    low = min(low, 0.0) if data.from_zero else low
    rise = Linear(low, high, HEIGHT - 4, 6) if high > low else Linear(low - 1, low + 1, HEIGHT - 4, 6)
    run = Linear(0, max(1, len(values) - 1), 1, 99)

    inner: list[Markup] = []
    for piece in _pieces(values):
        line = [(run(index), rise(value)) for index, value in piece]
        if len(line) > 1:
            inner.append(path([*line, (line[-1][0], HEIGHT), (line[0][0], HEIGHT)], "c-area", closed=True))
    inner += [path([(run(i), rise(v)) for i, v in piece], "c-spark-past") for piece in _pieces(before) if len(piece) > 1]
    if target is not None:
        inner.append(rule(0, rise(target), 100, rise(target), "c-spark-target"))
    inner += [path([(run(i), rise(v)) for i, v in piece], "c-spark-now") for piece in _pieces(values) if len(piece) > 1]
    parts = [tag("svg", "", *inner, viewBox=f"0 0 100 {number(HEIGHT)}", preserveAspectRatio="none", width="100%", height=HEIGHT)]
    last = next((index for index in reversed(range(len(values))) if values[index] is not None), None)
    if last is not None:
        parts.append(tag("circle", "c-spark-dot", cx=f"{number(run(last))}%", cy=rise(values[last] or 0.0), r=3))
    summary = _spark_summary(data, last, words)
    drawing = tag("svg", "c-spark", *parts, width="100%", height=HEIGHT, role="img", aria_label=summary)
    columns = (words("charts.spark.step", "Period"), data.name, words("charts.spark.previous", "Period before"))
    rows = tuple((point.label, point.shown, point.previous_shown) for point in data.points)
    return Chart(drawing, summary, Table(columns, rows))


def _pieces(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The runs of neighbouring values that are there: a gap stays a gap."""
    pieces: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is not None:
            pieces[-1].append((index, value))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _spark_summary(data: SparkData, last: int | None, words: Words) -> str:
    first = next((index for index, point in enumerate(data.points) if finite(point.value) is not None), None)
    if last is None or first is None:
        return words("charts.spark.none", "{name}: no trend yet.").format(name=data.name)
    start, end = data.points[first], data.points[last]
    return words("charts.spark.summary", "{name} went from {from} in {start} to {to} in {end}.").format(
        **{"name": data.name, "from": start.shown, "start": start.label, "to": end.shown, "end": end.label}
    )


def bullet_of_sum(data: SumData, label: str) -> Markup:
    """Draws a sum against its target: so far, a tall tick for today's pace, a short one for the end, 80% outcome soft.

    `label` is what the bullet says in words; the page shows the same words beneath it.
    """
    value, target, pace = finite(data.value), finite(data.target), finite(data.pace)
    low, high = finite(data.low), finite(data.high)
    top = max([0.0, *present([value, pace, low]), *(1.04 * end for end in present([target, high]))])
    run = Linear(0.0, top or 1.0, 0.0, 100.0)
    parts = [_bar(0, 100, 5, 6, "c-track")]
    if low is not None and high is not None:
        parts.append(_bar(run(low), run(high), 5, 6, "c-outcome"))
    if value is not None:
        parts.append(_bar(0, run(value), 5, 6, "c-bar"))
    if target is not None:
        parts.append(_tick(run(target), 4, 12, "c-end"))
    if pace is not None:
        parts.append(_tick(run(pace), 1, 15, "c-pace"))
    return _bullet(parts, label)


def bullet_of_rate(data: RateData, label: str) -> Markup:
    """Draws a rate: its 95% interval as a soft bar, the value a dot, the target a tick."""
    value, low, high, target = finite(data.value), finite(data.low), finite(data.high), finite(data.target)
    there = present([value, low, high, target])
    least, most = (min(there), max(there)) if there else (0.0, 1.0)
    margin = 0.3 * (most - least) or abs(most) * 0.3 or 1.0
    floor, ceiling = data.bounds
    start = least - margin if floor is None else max(floor, least - margin)
    end = most + margin if ceiling is None else min(ceiling, most + margin)
    run = Linear(start, end, 2.0, 98.0)
    parts = [_bar(0, 100, 7, 2, "c-rail")]
    if low is not None and high is not None and high >= low:
        parts.append(_bar(run(low), run(high), 5, 6, "c-interval"))
    if target is not None:
        parts.append(_tick(run(target), 1, 15, "c-pace"))
    if value is not None:
        parts.append(tag("circle", "c-point", cx=f"{number(run(value))}%", cy=8, r=4))
    return _bullet(parts, label)


def _bar(start: float, end: float, y: float, height: float, classes: str) -> Markup:
    return tag(
        "rect", classes, x=f"{number(start)}%", width=f"{number(max(0.0, end - start))}%", y=y, height=height, rx=height / 2
    )


def _tick(at: float, y1: float, y2: float, classes: str) -> Markup:
    held = f"{number(min(99.4, max(0.6, at)))}%"
    return tag("line", classes, x1=held, x2=held, y1=y1, y2=y2)


def _bullet(parts: list[Markup], label: str) -> Markup:
    return tag("svg", "c-bullet", *parts, width="100%", height=16, role="img", aria_label=label)
