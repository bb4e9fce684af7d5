"""Bookings by month against target: bars from zero, the target a line across the bar, quarter totals under the axis."""

from __future__ import annotations

from dataclasses import dataclass

from omzet.charts.chart import WIDE, Chart, Form, Formats, Table, Words, classes_of, lines, nothing
from omzet.charts.labels import apart, box_of, shortened, thinned, width_of
from omzet.charts.legend import legend
from omzet.charts.scales import Band, Linear, decimals, finite, magnitude, present, ratio, ticks
from omzet.charts.svg import Canvas, block, hatched, rule, text


@dataclass(frozen=True)
class BarsMonth:
    """One bar. `booked` is None where nothing can be known yet (a coming month). With `expected`, what is still to come
    is hatched, and `low`..`high` is its 80% range. A `current` month's bar is to date."""

    label: str
    title: str
    booked: float | None
    target: float | None = None
    current: bool = False
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    href: str | None = None


@dataclass(frozen=True)
class BarsQuarter:
    """A total under the axis for the bars `first`..`last`, both included. With `to_date`, `target` is where pace should be."""

    label: str
    first: int
    last: int
    booked: float | None
    target: float | None = None
    to_date: bool = False
    href: str | None = None


@dataclass(frozen=True)
class BarsNote:
    """A dated note: `position` counts months from the left, 8.0 being the start of the ninth."""

    position: float
    text: str


@dataclass(frozen=True)
class BarsData:
    months: tuple[BarsMonth, ...]
    quarters: tuple[BarsQuarter, ...] = ()
    notes: tuple[BarsNote, ...] = ()


def bars(data: BarsData, words: Words, formats: Formats, form: Form = WIDE) -> Chart:
    """Draws amounts a month against their targets; a month without a target has no line, never one at zero."""
    table = _table(data, words, formats)
    amounts = present(
        value for month in data.months for value in (month.booked, month.target, month.expected, month.low, month.high)
    )
    if not data.months or not amounts:
        return nothing(form, "bars", words, table)
    summary = _summary(data, words, formats)

    steps = ticks(min(0.0, *amounts), max(0.0, *amounts))
    divisor, word = magnitude(max(abs(steps[0]), abs(steps[-1])))
    shown = [step / divisor for step in steps]
    written = [formats.number(value, decimals(shown)) for value in shown]
    left = max(width_of(label, "c-tick") for label in written) + 10

    unit = f"{formats.currency} {words(f'charts.{word}', word)}" if word else formats.currency
    entries = [("bar", words("charts.bars.booked_unit", "Booked, {unit}").format(unit=unit))]
    if present(month.target for month in data.months):
        entries.append(("tick", words("charts.bars.target", "Target")))
    if present(month.expected for month in data.months):
        entries.append(("hatch", words("charts.bars.expected", "Expected, with 80% range")))
    parts, top = legend(entries, form.width)

    top += 26
    bottom = top + (240 if form.name == "wide" else 190)
    canvas = Canvas(form.width, bottom + (60 if data.quarters else 26))
    canvas.add(*parts)
    rise = Linear(steps[0], steps[-1], bottom, top)
    band = Band(len(data.months), left, form.width)
    current = next((index for index, month in enumerate(data.months) if month.current), None)
    if current is not None:
        canvas.add(block(band.at(current), top, band.step, bottom - top, "c-now-back"))
    for step, label in zip(steps, written, strict=True):
        y = rise(step)
        canvas.add(rule(left, y, form.width, y, "c-axis" if step == 0 else "c-grid"))
        canvas.add(text(left - 8, y + 4, label, "c-tick", "end"))

    _notes(canvas, data, band, top, bottom, words, current)
    names = thinned([month.label for month in data.months], band.step, "c-now", gap=4, always=current)
    named = apart(names, [band.middle(index) for index in range(len(names))], form.width, "c-now", always=current)
    for index, month in enumerate(data.months):
        _month(canvas, month, band, index, rise, formats, words)
        if index in named:
            canvas.add(text(named[index], bottom + 18, month.label, "c-now" if month.current else "c-tick", "middle"))
    _quarters(canvas, data.quarters, band, bottom + 28, words, formats)
    return Chart(canvas.svg(summary, classes_of(form, "bars")), summary, table)


def _month(canvas: Canvas, month: BarsMonth, band: Band, index: int, rise: Linear, formats: Formats, words: Words) -> None:
    wide = min(30.0, band.step * 0.54)
    x, zero = band.middle(index) - wide / 2, rise(0.0)
    booked, target, expected = finite(month.booked), finite(month.target), finite(month.expected)
    parts = [block(band.at(index), rise.end, band.step, rise.start - rise.end, "c-hit")]
    if booked is not None:
        y = rise(booked)
        parts.append(block(x, min(y, zero), wide, abs(zero - y), "c-bar", round_=min(2.0, wide / 4)))
    if expected is not None and expected > (booked or 0.0):
        parts.append(hatched(x, rise(expected), wide, rise(max(0.0, booked or 0.0)) - rise(expected)))
    low, high = finite(month.low), finite(month.high)
    if low is not None and high is not None:
        middle = band.middle(index)
        parts += [rule(middle, rise(low), middle, rise(high), "c-whisker")]
        parts += [rule(middle - 3, rise(end), middle + 3, rise(end), "c-whisker") for end in (low, high)]
    if target is not None:
        over = min(5.0, (band.step - wide) / 2 - 0.5)
        parts.append(rule(x - over, rise(target), x + wide + over, rise(target), "c-target"))
    canvas.mark(*parts, tip=_tip(month, formats, words), href=month.href)


def _tip(month: BarsMonth, formats: Formats, words: Words) -> str:
    booked, target, expected = finite(month.booked), finite(month.target), finite(month.expected)
    amount = None if booked is None else formats.money(booked)
    if amount and month.current:
        amount = words("charts.bars.to_date", "{amount} to date").format(amount=amount)
    against = None if target is None else formats.money(target)
    if against and (share := ratio(booked, target)) is not None:
        against += f" · {formats.percent(share, 0)}"
    return lines(
        month.title,
        f"{words('charts.bars.booked', 'Booked')}: {amount or '–'}",
        against and f"{words('charts.bars.target', 'Target')}: {against}",
        None if expected is None else f"{words('charts.bars.expected_tip', 'Expected')}: {formats.money(expected)}",
    )


def _notes(canvas: Canvas, data: BarsData, band: Band, top: float, bottom: float, words: Words, current: int | None) -> None:
    """Dated lines with their labels turned inward past the middle, and the name of the bar that is still growing."""
    taken = []
    if current is not None:
        label = words("charts.bars.so_far", "to date")
        x = min(band.middle(current), band.end - width_of(label, "c-tick") / 2)
        canvas.add(text(x, top - 7, label, "c-tick", "middle"))
        taken.append(box_of(x, top - 7, label, "c-tick", "middle"))
    for note in data.notes:
        x = band.at(note.position)
        inward = x > (band.start + band.end) / 2
        anchor = "end" if inward else "start"
        room = x - 5 if inward else band.end - x - 5
        label = shortened(note.text, room, "c-tick")
        space = box_of(x - 5 if inward else x + 5, top - 7, label, "c-tick", anchor)
        canvas.add(rule(x, top - 16, x, bottom, "c-dated"))
        if not any(space.touches(other, 4) for other in taken):
            canvas.add(text(x - 5 if inward else x + 5, top - 7, label, "c-tick", anchor))
            taken.append(space)


def _quarters(canvas: Canvas, quarters: tuple[BarsQuarter, ...], band: Band, y: float, words: Words, formats: Formats) -> None:
    """Totals under the axis: amount and share, or one of them, or neither: the same for every quarter."""
    edges = [(band.at(quarter.first) + 4, band.at(quarter.last + 1) - 4) for quarter in quarters]
    rooms = [right - left - width_of(q.label, "c-now") - 5 for q, (left, right) in zip(quarters, edges, strict=True)]
    shares = [_share(quarter, words, formats) or "" for quarter in quarters]
    plain = [_share(quarter, words, formats, short=True) or "" for quarter in quarters]
    amounts = ["" if (booked := finite(quarter.booked)) is None else formats.money(booked) for quarter in quarters]
    both = [" · ".join(filter(None, pair)) for pair in zip(amounts, shares, strict=True)]
    mixed = [share if q.to_date else pair for q, share, pair in zip(quarters, shares, both, strict=True)]
    tried = [texts for texts in (both, mixed, shares, plain, amounts) if any(texts)]
    fits = [all(width_of(t, "c-tick") <= room for t, room in zip(texts, rooms, strict=True)) for texts in tried]
    shown = next((texts for texts, fit in zip(tried, fits, strict=True) if fit), [""] * len(quarters))
    for index, (quarter, (left, right)) in enumerate(zip(quarters, edges, strict=True)):
        parts = [block(left, y, right - left, 26, "c-hit"), rule(left, y, right, y, "c-grid")]
        if width_of(quarter.label, "c-now") <= right - left:
            parts.append(text(left, y + 17, quarter.label, "c-now"))
        if shown[index]:
            parts.append(text(right, y + 17, shown[index], "c-tick", "end"))
        # What is seen stands together in the tip too, so that someone who says what they see names the mark.
        said = f"{words('charts.bars.booked', 'Booked')}: {amounts[index] or '–'}"
        told_beside: list[tuple[str | None, str | None]] = [(said, amounts[index]), (shares[index], shares[index])]
        unseen = [told for told, figure in told_beside if not figure or figure not in shown[index]]
        tip = lines(quarter.label, shown[index], *unseen)
        canvas.mark(*parts, tip=tip, href=quarter.href)


def _share(quarter: BarsQuarter, words: Words, formats: Formats, *, short: bool = False) -> str | None:
    of_target = ratio(quarter.booked, quarter.target)
    if of_target is None:
        return None
    share = formats.percent(of_target, 0)
    return words("charts.bars.of_pace", "{share} of pace").format(share=share) if quarter.to_date and not short else share


def _table(data: BarsData, words: Words, formats: Formats) -> Table:
    columns = (
        words("charts.bars.month", "Month"),
        words("charts.bars.booked", "Booked"),
        words("charts.bars.target", "Target"),
        words("charts.bars.share", "Of target"),
    )
    rows = []
    for month in data.months:
        booked, target = finite(month.booked), finite(month.target)
        share = "–" if (of_target := ratio(booked, target)) is None else formats.percent(of_target, 0)
        rows.append((month.title, *("–" if value is None else formats.money(value) for value in (booked, target)), share))
    return Table(columns, tuple(rows))


def _summary(data: BarsData, words: Words, formats: Formats) -> str:
    """One sentence over the months that are over; the one under way is named apart, for its target is not due yet."""
    over = [month for month in data.months if not month.current and finite(month.booked) is not None]
    targets = present(month.target for month in over)
    booked = formats.money(sum(present(month.booked for month in over)))
    titles = list(dict.fromkeys([over[0].title, over[-1].title])) if over else []
    sentence = words("charts.bars.summary", "{booked} booked in {months}").format(booked=booked, months=" – ".join(titles) or "–")
    of_target = ratio(sum(present(month.booked for month in over)), sum(targets))
    if of_target is not None and len(targets) == len(over):
        share = formats.percent(of_target, 0)
        target = formats.money(sum(targets))
        sentence += words("charts.bars.summary_target", " against a target of {target} ({share})").format(
            target=target, share=share
        )
    current = next((month for month in data.months if month.current and finite(month.booked) is not None), None)
    if current is not None:
        sentence += words("charts.bars.summary_current", "; {month} stands at {amount} to date").format(
            month=current.title, amount=formats.money(current.booked or 0.0)
        )
    return f"{sentence}."
