"""Somebody whose activity lies below what is usual for them: a signal, which leave or large deals may explain."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate, Figure
from omzet.analyses.findings.look import Look

METRIC = "activity_band"
WEEKS = 8


def little_activity(look: Look) -> Iterator[Candidate]:
    """Touches per working day of the last whole week below the limits of the own last twelve weeks (XmR chart).

    Against the own band, never against others.
    """
    if "person" not in look.levels and not look.you:
        return
    for about, cells in look.of(METRIC, people=True).items():
        cell = cells.get(())
        if about.level != "person" or cell is None or cell.value is None or cell.low is None or cell.high is None:
            continue
        x, centre = float(cell.value), float(cell.columns["centre"])
        blanks = {"name": about.name, "x": look.number(x, 1), "lo": look.number(cell.low, 1), "hi": look.number(cell.high, 1)}
        if about.is_you:
            sentence = look.say(
                "findings.little_activity.you",
                "You had {x} calls, e-mails and meetings per working day last week, below your usual {lo}–{hi}.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.little_activity.text",
                "{name} had {x} calls, e-mails and meetings per working day last week, below the usual {lo}–{hi}.",
                **blanks,
            )
        yield Candidate(
            rule="",
            kind="signal",
            subject="",
            audience=about,
            sentence=sentence,
            n=int(cell.columns["weeks"]),
            effect=x - centre,
            low=cell.low - centre,
            high=cell.high - centre,
            figures=(
                Figure(look.say("findings.figure.last_week", "Last week"), look.number(x, 1), x),
                Figure(look.say("findings.figure.usual", "Usual"), look.number(centre, 1), centre),
            ),
            caution=look.say("findings.little_activity.caution", "Leave or large deals may explain it."),
            next_step=look.say("findings.little_activity.next", "Ask how the week went before drawing any conclusion."),
            opens=look.opens(about, METRIC),
            metric="activities_per_rep_per_working_day",
            gate=cell.columns["flag"] == "low" and cell.columns["weeks"] >= WEEKS,
        )
