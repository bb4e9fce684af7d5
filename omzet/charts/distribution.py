"""How long won deals took: a histogram in bands of days, with the median and the 90th percentile marked and named."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from omzet.charts.chart import WIDE, Chart, Form, Formats, Table, Words, classes_of, lines, nothing
from omzet.charts.labels import Box, apart, box_of, shortened, thinned, width_of
from omzet.charts.scales import Band, Linear, finite, ticks
from omzet.charts.svg import Canvas, block, rule, tag, text


@dataclass(frozen=True)
class DistributionBand:
    """Won deals whose cycle took `start` up to, not including, `end` days; the last band may have no end."""

    start: float
    end: float | None
    count: int
    href: str | None = None


@dataclass(frozen=True)
class DistributionData:
    """Bands of equal width in rising order (the last may be open), with the statistics of the same deals in days."""

    bands: tuple[DistributionBand, ...]
    median: float | None = None
    p90: float | None = None


def distribution(data: DistributionData, words: Words, formats: Formats, form: Form = WIDE) -> Chart:
    """Draws counts a band from zero; the marks stand where their day falls inside its band."""
    table = Table(
        (words("charts.distribution.band", "Days"), words("charts.distribution.count", "Won deals")),
        tuple((_band(band, words, formats), formats.number(band.count, 0)) for band in data.bands),
    )
    total = sum(band.count for band in data.bands)
    if total <= 0:
        return nothing(form, "distribution", words, table)
    summary = _summary(data, total, words, formats)

    steps = ticks(0, max(band.count for band in data.bands), whole=True)
    left = max(width_of(formats.number(step, 0), "c-tick") for step in steps) + 10
    band = Band(len(data.bands), left, form.width - 2)
    marks = _marks(data, band, words, formats)
    places = _places([(x, label, style) for x, label, style, _ in marks], form.width)
    top = 24.0 - min((y for _, y, _ in places), default=0.0)
    bottom = top + (206 if form.name == "wide" else 172)
    canvas = Canvas(form.width, bottom + 40)
    rise = Linear(0, steps[-1], bottom, top)
    for step in steps:
        canvas.add(rule(left, rise(step), form.width, rise(step), "c-axis" if step == 0 else "c-grid"))
        canvas.add(text(left - 8, rise(step) + 4, formats.number(step, 0), "c-tick", "end"))
    for index, piece in enumerate(data.bands):
        y = rise(piece.count)
        gap = 1.0 if band.step > 6 else 0.25
        canvas.mark(
            block(band.at(index), top, band.step, bottom - top, "c-hit"),
            block(band.at(index) + gap, y, band.step - 2 * gap, bottom - y, "c-bar", round_=1.5 if band.step > 6 else None),
            tip=_tip(piece, total, words, formats),
            href=piece.href,
        )
    _axis(canvas, data, band, bottom, words, formats)
    for (x, label, style, line), (at, up, anchor) in zip(marks, places, strict=True):
        canvas.add(rule(x, top - 10 + up + 5, x, bottom, line), tag("circle", f"{line}-dot", cx=x, cy=bottom, r=3.5))
        canvas.add(text(at, top - 10 + up, label, style, anchor))
    return Chart(canvas.svg(summary, classes_of(form, "distribution")), summary, table)


def _days(days: float, words: Words, formats: Formats) -> str:
    number = formats.number(days, 0 if days == round(days) else 1)
    return (words("charts.day", "{days} day") if days == 1 else words("charts.days", "{days} days")).format(days=number)


def _band(band: DistributionBand, words: Words, formats: Formats) -> str:
    """The days of a band as they are counted: whole days, both ends included."""
    if band.end is None:
        return words("charts.distribution.from", "{start} or more").format(start=formats.number(band.start, 0))
    if band.end - band.start <= 1:
        return formats.number(band.start, 0)
    return f"{formats.number(band.start, 0)}–{formats.number(band.end - 1, 0)}"


def _tip(band: DistributionBand, total: int, words: Words, formats: Formats) -> str:
    share = formats.percent(band.count / total, 0)
    return lines(
        words("charts.distribution.tip_days", "{band} days").format(band=_band(band, words, formats)),
        words("charts.distribution.tip", "Won deals: {count}, {share} of all").format(
            count=formats.number(band.count, 0), share=share
        ),
    )


def _axis(canvas: Canvas, data: DistributionData, band: Band, bottom: float, words: Words, formats: Formats) -> None:
    edges = [formats.number(piece.start, 0) + ("" if piece.end is not None else "+") for piece in data.bands]
    places = [band.at(index) for index in range(len(edges))]
    for index, x in apart(thinned(edges, band.step, "c-tick"), places, canvas.width, "c-tick").items():
        canvas.add(rule(places[index], bottom, places[index], bottom + 4, "c-axis"))
        canvas.add(text(x, bottom + 17, edges[index], "c-tick", "middle"))
    name = words("charts.distribution.axis", "Days to close, won deals")
    canvas.add(text(canvas.width, bottom + 34, shortened(name, canvas.width, "c-tick"), "c-tick", "end"))


def _position(data: DistributionData, days: float) -> float:
    """Where a day falls, counted in bands from the left; inside the open band it is held before its end."""
    widths = [piece.end - piece.start for piece in data.bands if piece.end is not None]
    for index, piece in enumerate(data.bands):
        if piece.end is None or days < piece.end:
            width = (widths[-1] if widths else 1.0) if piece.end is None else piece.end - piece.start
            return index + min(0.95, max(0.0, (days - piece.start) / (width or 1.0)))
    return float(len(data.bands))


def _marks(data: DistributionData, band: Band, words: Words, formats: Formats) -> list[tuple[float, str, str, str]]:
    """The statistics that are known: x, label, style of the label, class of the line."""
    named = (
        (finite(data.median), words("charts.distribution.median", "median {days}"), "c-strong", "c-stat"),
        (finite(data.p90), words("charts.distribution.p90", "P90 {days}"), "c-text", "c-stat-soft"),
    )
    return [
        (band.at(_position(data, days)), name.format(days=_days(days, words, formats)), style, line)
        for days, name, style, line in named
        if days is not None
    ]


Place = tuple[float, float, str]


def _places(labels: list[tuple[float, str, str]], width: float) -> list[Place]:
    """x, height (0, or −16 for one line up) and anchor of each label: clear of the other and its line, else stacked."""
    options: list[list[Place]] = [[(x, y, side) for y in (0.0, -16.0) for side in ("start", "end")] for x, *_ in labels]
    for tried in product(*options):
        boxes = [box_of(x, y, label, style, side) for (x, y, side), (_, label, style) in zip(tried, labels, strict=True)]
        if all(box.left >= 0 and box.right <= width for box in boxes) and not _clash(list(tried), boxes):
            return list(tried)
    halves = [width_of(label, style) / 2 for _, label, style in labels]
    held = [min(max(x, half), width - half) for (x, *_), half in zip(labels, halves, strict=True)]
    return [(x, -16.0 * place, "middle") for place, x in enumerate(held)]


def _clash(places: list[Place], boxes: list[Box]) -> bool:
    """Whether two labels touch, or the line under the higher one runs through the lower one."""
    for (x, y, _), box in zip(places, boxes, strict=True):
        for (_, other_y, _), other in zip(places, boxes, strict=True):
            if other is not box and (box.touches(other, 6) or (y < other_y and other.left - 3 < x < other.right + 3)):
                return True
    return False


def _summary(data: DistributionData, total: int, words: Words, formats: Formats) -> str:
    sentence = words("charts.distribution.summary", "Won deals: {count}").format(count=formats.number(total, 0))
    median, p90 = finite(data.median), finite(data.p90)
    if median is not None:
        sentence += words("charts.distribution.summary_median", ", half closed within {days}").format(
            days=_days(median, words, formats)
        )
    if p90 is not None:
        sentence += words("charts.distribution.summary_p90", ", nine in ten within {days}").format(
            days=_days(p90, words, formats)
        )
    return f"{sentence}."
