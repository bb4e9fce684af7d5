"""Win rates of reps from A to Z, each with its interval, beside the pooled rate. Never a ranking."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from omzet.charts.chart import WIDE, Chart, Form, Formats, Table, Words, classes_of, lines, nothing
from omzet.charts.labels import shortened, width_of
from omzet.charts.legend import legend
from omzet.charts.scales import Linear, decimals, finite, present, ticks
from omzet.charts.svg import Canvas, block, rule, tag, text

FEW = 20
"""Under so many closed deals a rep's rate is drawn hollow: too few to compare."""


@dataclass(frozen=True)
class ControlRep:
    """A rep's closed deals, the share won with its 95% interval, and the limit it lies outside of ("95", "99.8" or none)."""

    name: str
    closed: int
    won: int
    rate: float | None
    low: float | None = None
    high: float | None = None
    outside: str = ""
    short: str = ""
    href: str | None = None


@dataclass(frozen=True)
class ControlLimit:
    """What chance allows a rep at the pooled rate with so many closed deals."""

    closed: int
    low_95: float
    high_95: float
    low_998: float
    high_998: float


@dataclass(frozen=True)
class ControlData:
    """`limits` in rising number of closed deals; `by_chance` is how many reps chance alone would put outside 95%."""

    reps: tuple[ControlRep, ...]
    pooled: float | None
    limits: tuple[ControlLimit, ...] = ()
    by_chance: float | None = None


def intervals(data: ControlData, words: Words, formats: Formats, form: Form = WIDE) -> Chart:
    """Draws one row a rep, sorted by name; a rep without closed deals keeps the row, with a dash."""
    table = rep_table(data, words, formats)
    if not data.reps:
        return nothing(form, "intervals", words, table)
    summary = reps_summary(data, words, formats)
    pooled = finite(data.pooled)
    reps = by_name(data.reps)

    entries = (
        [("tick", words("charts.control.team", "Team {rate}").format(rate=formats.percent(pooled, 1)))]
        if pooled is not None
        else []
    )
    entries.append(("interval", words("charts.control.interval", "95% interval")))
    if any(0 < rep.closed < FEW for rep in reps):
        entries.append(("few", words("charts.control.few", "Under {count} deals").format(count=FEW)))
    parts, end = legend(entries, form.width)
    top, row = end + 22, 20.0
    bottom = top + row * len(reps) + 4
    canvas = Canvas(form.width, bottom + 22)
    canvas.add(*parts)

    left = min(max(width_of(rep.name, "c-strong") for rep in reps) + 12, 0.38 * form.width)
    right = form.width - max(width_of(formats.number(rep.closed, 0), "c-tick") for rep in reps) - 14
    wanted = present([pooled, *(value for rep in reps for value in (rep.rate, rep.low, rep.high))])
    steps = tuple(step for step in ticks(0.0, min(1.0, max(wanted, default=1.0)), most=5 if form.narrow else 6) if step <= 1)
    run = Linear(steps[0], steps[-1], left, right)
    digits = min(2, max(0, decimals(steps) - 2))
    closed = words("charts.control.closed_head", "closed")
    canvas.add(text(form.width, top - 4, closed, "c-tick", "end"))
    for step in steps:
        canvas.add(rule(run(step), top, run(step), bottom, "c-grid"))
        canvas.add(text(run(step), bottom + 16, formats.percent(step, digits), "c-tick", "middle"))
    if pooled is not None:
        canvas.add(rule(run(pooled), top, run(pooled), bottom, "c-team"))
    for index, rep in enumerate(reps):
        middle = top + row * index + row / 2 + 2
        kind = kind_of(rep, pooled)
        style = "c-strong" if rep.outside else "c-text"
        piece = [
            block(0, middle - row / 2, form.width, row, "c-hit"),
            text(left - 10, middle + 4, shortened(rep.name, left - 12, style), style, "end"),
            text(form.width, middle + 4, formats.number(rep.closed, 0), "c-tick", "end"),
        ]
        rate, low, high = finite(rep.rate), finite(rep.low), finite(rep.high)
        if low is not None and high is not None and high >= low:
            piece.append(block(run(low), middle - 2, run(high) - run(low), 4, f"c-range-{kind}", round_=2))
        if rate is not None:
            piece.append(tag("circle", f"c-rep-{kind}", cx=run(rate), cy=middle, r=5 if rep.outside else 4))
        canvas.mark(*piece, tip=rep_tip(rep, words, formats), href=rep.href)
    return Chart(canvas.svg(summary, classes_of(form, "intervals")), summary, table)


def by_name(reps: tuple[ControlRep, ...]) -> list[ControlRep]:
    """The reps from A to Z, accents and case aside."""
    return sorted(reps, key=lambda rep: (unicodedata.normalize("NFKD", rep.name).encode("ascii", "ignore").lower(), rep.name))


def kind_of(rep: ControlRep, pooled: float | None) -> str:
    """How a rep is drawn: good or bad where the rate lies outside the limits, few, or plain."""
    rate = finite(rep.rate)
    if rep.outside and rate is not None and pooled is not None:
        return "good" if rate > pooled else "bad"
    return "few" if rep.closed < FEW else "plain"


def rep_tip(rep: ControlRep, words: Words, formats: Formats) -> str:
    rate, low, high = finite(rep.rate), finite(rep.low), finite(rep.high)
    counts = words("charts.control.of", "{won} of {closed} won").format(
        won=formats.number(rep.won, 0), closed=formats.number(rep.closed, 0)
    )
    return lines(
        rep.name,
        words("charts.control.none", "No closed deals") if rate is None else f"{formats.percent(rate, 1)}: {counts}",
        None
        if low is None or high is None
        else f"{formats.percent(0.95, 0)}: {formats.percent(low, 1)} – {formats.percent(high, 1)}",
        words("charts.control.outside", "Outside the {limit} limits").format(limit=_limit(rep, formats)) if rep.outside else None,
        words("charts.control.too_few", "Too few to compare") if 0 < rep.closed < FEW else None,
    )


def _limit(rep: ControlRep, formats: Formats) -> str:
    return formats.percent(0.998, 1) if rep.outside == "99.8" else formats.percent(0.95, 0)


def rep_table(data: ControlData, words: Words, formats: Formats) -> Table:
    columns = (
        words("charts.control.rep", "Rep"),
        words("charts.control.closed", "Closed"),
        words("charts.control.won", "Won"),
        words("charts.control.rate", "Win rate"),
        words("charts.control.low", "95% from"),
        words("charts.control.high", "95% to"),
    )
    rows = []
    for rep in by_name(data.reps):
        shares = (
            "–" if (value := finite(share)) is None else formats.percent(value, 1) for share in (rep.rate, rep.low, rep.high)
        )
        rows.append((rep.name, formats.number(rep.closed, 0), formats.number(rep.won, 0), *shares))
    return Table(columns, tuple(rows))


def reps_summary(data: ControlData, words: Words, formats: Formats) -> str:
    """One sentence: how many lie outside, who, and how many chance alone would put there."""
    counted = sum(1 for rep in data.reps if finite(rep.rate) is not None)
    outside = [rep.name for rep in by_name(data.reps) if rep.outside]
    sentence = words("charts.control.summary", "Outside the 95% limits: {outside} of {count}").format(
        outside=len(outside), count=counted
    )
    if outside:
        sentence += f" ({', '.join(outside)})"
    if (chance := finite(data.by_chance)) is not None:
        sentence += words("charts.control.summary_chance", "; chance alone gives about {chance}").format(
            chance=formats.number(chance, 0 if chance >= 1 else 1)
        )
    return f"{sentence}."
