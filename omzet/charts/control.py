"""Win rate against closed deals with the limits that chance allows around the pooled rate. Never a ranking."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from omzet.charts.chart import WIDE, Chart, Form, Formats, Words, classes_of, nothing
from omzet.charts.intervals import FEW, ControlData, ControlRep, intervals, kind_of, rep_table, rep_tip, reps_summary
from omzet.charts.labels import Box, box_of, shortened, spread, width_of
from omzet.charts.legend import legend
from omzet.charts.scales import Linear, decimals, finite, present, ticks
from omzet.charts.svg import Canvas, block, path, rule, tag, text

Point = tuple[float, float]


def control(data: ControlData, words: Words, formats: Formats, form: Form = WIDE) -> Chart:
    """Draws one dot a rep among the limits; on narrow paper the same reps as intervals."""
    if form.narrow:
        return intervals(data, words, formats, form)
    table = rep_table(data, words, formats)
    reps = [rep for rep in data.reps if finite(rep.rate) is not None and rep.closed > 0]
    if not reps:
        return nothing(form, "control", words, table)
    summary = reps_summary(data, words, formats)

    parts, top = legend(_entries(data, words, formats), form.width)
    top += 16
    bottom = top + (252 if form.name == "wide" else 210)
    canvas = Canvas(form.width, bottom + 40)
    canvas.add(*parts)

    shown = limit_range(data.reps)
    near = [limit for limit in data.limits if limit.closed >= min(rep.closed for rep in reps)]
    wanted = present([*(rep.rate for rep in reps), data.pooled, *((near[0].low_95, near[0].high_95) if near else ())])
    steps = tuple(step for step in ticks(max(0.0, min(wanted)), min(1.0, max(wanted))) if 0 <= step <= 1)
    digits = min(2, max(0, decimals(steps) - 2))
    written = [formats.percent(step, digits) for step in steps]
    left = max(width_of(label, "c-tick") for label in written) + 10
    right = (
        form.width
        - max(width_of(label, "c-tick") for label in (formats.percent(0.998, 1), words("charts.control.team_mark", "team")))
        - 8
    )
    run = Linear(shown[0], shown[-1], left, right)
    rise = Linear(steps[0], max(steps[-1], steps[0] + 1e-6), bottom, top)

    canvas.add(*_band(data, run, rise))
    for step, label in zip(steps, written, strict=True):
        canvas.add(rule(left, rise(step), right, rise(step), "c-axis" if step == steps[0] else "c-grid"))
        canvas.add(text(left - 8, rise(step) + 4, label, "c-tick", "end"))
    for step in ticks(run.low, run.high, most=7, whole=True):
        if run.low <= step <= run.high:
            canvas.add(text(run(step), bottom + 17, formats.number(step, 0), "c-tick", "middle"))
    name = words("charts.control.axis", "Closed deals per rep")
    canvas.add(text(right, bottom + 34, shortened(name, right - left, "c-tick"), "c-tick", "end"))
    canvas.add(*_lines(data, run, rise, words, formats))
    _dots(canvas, data, run, rise, Box(left, top - 4, right, bottom + 4), words, formats)
    return Chart(canvas.svg(summary, classes_of(form, "control")), summary, table)


def limit_range(reps: Sequence[ControlRep]) -> range:
    """The numbers of closed deals the chart spans; the page works out `limits` for these, or for some of them."""
    closed = [rep.closed for rep in reps if rep.closed > 0] or [1]
    least, most = min(closed), max(closed)
    first = max(1, int(least - max(2.0, 0.25 * (most - least))))
    return range(first, most + math.ceil(max(1.0, 0.08 * (most - first))) + 1)


def _entries(data: ControlData, words: Words, formats: Formats) -> list[tuple[str, str]]:
    entries = []
    if (pooled := finite(data.pooled)) is not None:
        entries.append(("tick", words("charts.control.team", "Team {rate}").format(rate=formats.percent(pooled, 1))))
    if data.limits:
        entries.append(("band", words("charts.control.band", "Where 95% of reps at the team rate fall")))
    if any(0 < rep.closed < FEW for rep in data.reps):
        entries.append(("few", words("charts.control.few", "Under {count} deals").format(count=FEW)))
    return entries


def _band(data: ControlData, run: Linear, rise: Linear) -> list[Markup]:
    inside = [limit for limit in data.limits if run.low <= limit.closed <= run.high]
    if len(inside) < 2:
        return []
    upper = [(run(limit.closed), rise(limit.high_95)) for limit in inside]
    lower = [(run(limit.closed), rise(limit.low_95)) for limit in reversed(inside)]
    return [path([*upper, *lower], "c-limit-band", closed=True)]


def _lines(data: ControlData, run: Linear, rise: Linear, words: Words, formats: Formats) -> list[Markup]:
    """The limits as lines that stop at the frame, the team rate, and their names in the margin."""
    parts: list[Markup] = []
    names: list[tuple[float, str, str]] = []
    inside = [limit for limit in data.limits if run.low <= limit.closed <= run.high]
    drawn: tuple[tuple[str, str, Callable[[int], float]], ...] = (
        ("c-limit-998", formats.percent(0.998, 1), lambda i: inside[i].high_998),
        ("c-limit-998", "", lambda i: inside[i].low_998),
        ("c-limit-95", formats.percent(0.95, 0), lambda i: inside[i].high_95),
        ("c-limit-95", "", lambda i: inside[i].low_95),
    )
    for classes, name, value in drawn:
        points = [(run(inside[i].closed), value(i)) for i in range(len(inside))]
        pieces = cut(points, rise.low, rise.high)
        parts += [path([(x, rise(y)) for x, y in piece], classes) for piece in pieces]
        if name and pieces and pieces[-1][-1][0] >= run(inside[-1].closed) - 0.01:
            names.append((rise(pieces[-1][-1][1]), name, "c-tick"))
    if (pooled := finite(data.pooled)) is not None:
        y = rise(pooled)
        parts.append(rule(run.start, y, run.end, y, "c-team"))
        names.append((y, words("charts.control.team_mark", "team"), "c-now"))
    for y, (_, name, style) in zip(spread([at for at, *_ in names], 14, rise.end, rise.start), names, strict=True):
        parts.append(text(run.end + 6, y + 4, name, style))
    return parts


def cut(points: Sequence[Point], low: float, high: float) -> list[list[Point]]:
    """The pieces of a line whose values lie in `low`..`high`, ending exactly where they cross."""
    pieces: list[list[Point]] = [[]]
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        shares = sorted({0.0, 1.0, *((edge - y1) / (y2 - y1) for edge in (low, high) if (y1 - edge) * (y2 - edge) < 0)})
        for one, two in itertools.pairwise(shares):
            middle = y1 + (y2 - y1) * (one + two) / 2
            if not low < middle < high:
                pieces.append([])
                continue
            if not pieces[-1]:
                pieces[-1].append((x1 + (x2 - x1) * one, y1 + (y2 - y1) * one))
            pieces[-1].append((x1 + (x2 - x1) * two, y1 + (y2 - y1) * two))
    return [piece for piece in pieces if len(piece) > 1]


def _dots(canvas: Canvas, data: ControlData, run: Linear, rise: Linear, frame: Box, words: Words, formats: Formats) -> None:
    placed = {
        index: (run(rep.closed), rise(rate))
        for index, rep in enumerate(data.reps)
        if rep.closed > 0 and (rate := finite(rep.rate)) is not None
    }
    dots = [Box(x - 5, y - 5, x + 5, y + 5) for x, y in placed.values()]
    team = finite(data.pooled)
    soft = [] if team is None else [Box(frame.left, rise(team) - 1, frame.right, rise(team) + 1)]
    for limit in data.limits:
        if run.low <= limit.closed <= run.high:
            x, step = run(limit.closed), (run.end - run.start) / max(1.0, run.high - run.low) / 2
            soft += [Box(x - step, rise(y) - 1, x + step, rise(y) + 1) for y in (limit.low_95, limit.high_95) if y < rise.high]
    taken: list[Box] = []
    names: dict[int, tuple[Box, str, str]] = {}
    for index in sorted(placed, key=lambda index: not data.reps[index].outside):
        rep, (x, y) = data.reps[index], placed[index]
        style = "c-strong" if rep.outside else "c-tick"
        label = shortened(rep.short or rep.name, 96, style)
        near = _around(x, y, label, style)
        box = _free(near, frame, [*dots, *taken, *soft]) or _free(near, frame, [*dots, *taken])
        if box is None and rep.outside:
            box = _free(_further(x, y, label, style, frame), frame, [*dots, *taken])
        if box is not None:
            names[index] = (box, label, style)
            taken.append(box)
    for index, (x, y) in placed.items():
        rep = data.reps[index]
        kind = kind_of(rep, team)
        parts = [block(x - 10, y - 10, 20, 20, "c-hit", round_=10)]
        if index in names:
            box, label, style = names[index]
            at = (min(max(x, box.left), box.right), min(max(y, box.top), box.bottom))
            if (at[0] - x) ** 2 + (at[1] - y) ** 2 > 14**2:
                parts.append(rule(x, y, *at, "c-leader"))
            ink = f" c-ink-{kind}" if kind in ("good", "bad") else ""
            parts.append(text(box.left, box.bottom - 0.24 * (12 if rep.outside else 11), label, f"{style} c-halo{ink}"))
        parts.append(tag("circle", f"c-rep-{kind}", cx=x, cy=y, r=5 if rep.outside else 4))
        canvas.mark(*parts, tip=rep_tip(rep, words, formats), href=rep.href)


def _free(tries: Sequence[Box], frame: Box, avoided: Sequence[Box]) -> Box | None:
    """The first place inside the frame that touches nothing."""
    return next((box for box in tries if box.within(frame) and not any(box.touches(other) for other in avoided)), None)


def _around(x: float, y: float, label: str, style: str) -> list[Box]:
    """Places next to a dot, the best first."""
    return [
        box_of(x + 9, y + 4, label, style),
        box_of(x - 9, y + 4, label, style, "end"),
        box_of(x + 7, y - 5, label, style),
        box_of(x + 7, y + 13, label, style),
        box_of(x - 7, y - 5, label, style, "end"),
        box_of(x - 7, y + 13, label, style, "end"),
        box_of(x, y - 9, label, style, "middle"),
        box_of(x, y + 18, label, style, "middle"),
    ]


def _further(x: float, y: float, label: str, style: str, frame: Box) -> list[Box]:
    """Every place in the frame on a grid, the nearest first: an outlier is named even in a crowd, with a line to its dot."""
    width = width_of(label, style)
    boxes = [
        box_of(left, base, label, style)
        for left in range(int(frame.left) + 2, int(frame.right - width), 8)
        for base in range(int(frame.top) + 12, int(frame.bottom) - 2, 8)
    ]
    return sorted(boxes, key=lambda box: ((box.left + box.right) / 2 - x) ** 2 + (2 * ((box.top + box.bottom) / 2 - y)) ** 2)
