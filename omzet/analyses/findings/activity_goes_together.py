"""An activity early in a deal that goes together with winning more often: a pattern, not a cause."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from omzet.analyses.findings.finding import Audience, Candidate, Figure
from omzet.analyses.findings.look import USUAL, Look
from omzet.metrics.cells import Cell
from omzet.statistics.intervals import Z

METRIC = "activity_effect_landmark"
LEAST = 0.05
DAY = 14
KINDS = (("call", 3), ("meeting", 1), ("email", 3))
"""Kinds of activity and how many of each, fixed beforehand and never searched for."""

STRATA = ("segment", "rep")
"""Deals are compared within these, where they are known."""


def activity_goes_together(look: Look) -> Iterator[Candidate]:
    """Of deals still open after 14 days: the win share of those with so many activities by then, less that of the others.

    Within segment and rep; the same sign at three other days; and where deals with a cancelled one differ from those
    without any, it is no merit of the activity and nothing is said. The caution is always told.
    """
    span = look.before(USUAL, 2)
    strata = [each for each in STRATA if look.knows(each, METRIC)]
    sizes = look.deal_size()
    for kind, least in KINDS:
        given = {"kind": kind, "day": DAY, "min_count": least, "adjust": ",".join(strata) or "none"}
        for about, cells in look.widest.of(METRIC, span, given=given).items():
            cell = cells.get(())
            if cell is not None and cell.value is not None and cell.low is not None and cell.high is not None:
                yield _candidate(look, about, cell, given, sizes.get(about, 0.0))


def _candidate(look: Look, about: Audience, cell: Cell, given: Mapping[str, object], size: float) -> Candidate:
    value, low, high = float(cell.value or 0), float(cell.low or 0), float(cell.high or 0)
    exposed, others = int(cell.columns["exposed_n"]), int(cell.columns["unexposed_n"])
    kind, least = str(given["kind"]), int(str(given["min_count"]))
    blanks = {
        "L": str(DAY),
        "acts": _acts(look, kind, least),
        "d": look.points(value),
        "of": exposed + others,
    }
    if value > 0:
        sentence = look.say(
            "findings.activity_goes_together.more",
            "Of deals still open after {L} days, those with at least {acts} by then are won {d} points more often ({of} deals).",
            **blanks,
        )
    else:
        sentence = look.say(
            "findings.activity_goes_together.less",
            "Of deals still open after {L} days, those with at least {acts} by then are won {d} points less often ({of} deals).",
            **blanks,
        )
    error = (high - low) / 2 / Z
    figures = tuple(
        Figure(label, look.percent(float(cell.columns[name]), 1), float(cell.columns[name]), n)
        for name, label, n in (
            ("exposed", look.say("findings.figure.exposed", "With these"), exposed),
            ("unexposed", look.say("findings.figure.unexposed", "Without"), others),
        )
        if cell.columns.get(name) is not None
    )
    return Candidate(
        rule="",
        kind="test",
        subject=kind,
        audience=about,
        sentence=look.about(about, sentence),
        n=min(exposed, others),
        effect=value,
        low=low,
        high=high,
        between=look.between_points(low, high),
        minimum=LEAST,
        p=math.erfc(abs(value) / error / math.sqrt(2)) if error > 0 else 1.0,
        worth=abs(value) * min(exposed, others) * size,
        figures=figures,
        caution=look.cause_caution,
        next_step=look.say("findings.activity_goes_together.next", "Test this: let half of the new deals get it, and compare."),
        opens=look.opens(
            about, METRIC, look.before(USUAL, 2), given={name: each for name, each in given.items() if name != "adjust"}
        ),
        metric="win_rate",
        gate=_holds(cell, value),
    )


def _holds(cell: Cell, value: float) -> bool:
    """The same sign at the other days, and no such difference for those whose activity was cancelled."""
    others = [cell.columns.get(f"{name}_effect") for name in ("early", "middle", "late")]
    same = all(each is None or float(each) * value > 0 for each in others)
    low, high = cell.columns.get("placebo_low"), cell.columns.get("placebo_high")
    placebo = low is not None and high is not None and (float(low) > 0 if value > 0 else float(high) < 0)
    return same and not placebo


def _acts(look: Look, kind: str, n: int) -> str:
    if kind == "call":
        return look.say("findings.acts.call", "{n} call | {n} calls", n=n)
    if kind == "meeting":
        return look.say("findings.acts.meeting", "{n} meeting | {n} meetings", n=n)
    return look.say("findings.acts.email", "{n} e-mail | {n} e-mails", n=n)
