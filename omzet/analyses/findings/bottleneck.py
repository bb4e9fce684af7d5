"""The stage where most value is lost or waits, and whether that hangs on the way of counting."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Audience, Candidate, Figure
from omzet.analyses.findings.look import Look
from omzet.metrics.cells import Cell

METRIC = "stage_bottleneck_score"
SURE, VERY_SURE = 0.8, 0.95
"""The share of bootstrap samples in which a stage must come first to be named, and to be named firmly."""

EXITS = 20
NEARLY_NONE = 1e-9


def bottleneck(look: Look) -> Iterator[Candidate]:
    """The stage with the most value at loss (drop-off × value that came in) and the one where most value waits.

    A stage is named when it comes first in 80 % of bootstrap samples and 20 deals have left it; where loss and wait name
    different stages both are told, and none is "the" bottleneck. Of the company as a whole, or of the own teams.
    """
    span = look.before(4, 1)
    for about, cells in look.widest.of(METRIC, span, ("stage",)).items():
        named = {str(place[0]): cell for place, cell in cells.items() if place[0] is not None and cell.value is not None}
        if not named:
            continue
        lost = min(named.items(), key=lambda each: (each[1].columns["rank_lost"], each[0]))
        waits = min(named.items(), key=lambda each: (each[1].columns["rank_waiting"], each[0]))
        yield _candidate(look, about, lost, waits)


def _candidate(look: Look, about: Audience, lost: tuple[str, Cell], waits: tuple[str, Cell]) -> Candidate:
    stage, cell = lost
    other, waiting = waits
    span = look.before(4, 1)
    first, first_waiting = float(cell.columns["first_share"]), float(waiting.columns["first_share_waiting"])
    same = stage == other and first_waiting >= SURE
    value = float(cell.columns["lost_amount"])
    blanks = {
        "stage": look.stage(stage),
        "v": look.money(value),
        "t": look.number(float(waiting.columns["wait_days"]), 0),
        "period": f"{look.quarter(look.quarters_ago(4))} – {look.quarter(look.quarters_ago(1))}",
    }
    if same:
        sentence = look.say(
            "findings.bottleneck.text",
            "{stage} is the bottleneck: deals wait {t} days there and {v} of value was lost there in {period}.",
            **blanks,
        )
    else:
        sentence = look.say(
            "findings.bottleneck.two",
            "Most value is lost at {stage}: {v} in {period}. Deals wait longest, by value, at {other} ({t} days).",
            **blanks,
            other=look.stage(other),
        )
    score = float(cell.value or 0)
    firm = first >= VERY_SURE and cell.columns["holds_in"] >= SURE * cell.columns["ways"]
    return Candidate(
        rule="",
        kind="estimate",
        subject=stage if same else f"{stage}+{other}",
        audience=about,
        sentence=look.about(about, sentence),
        n=int(cell.columns["exits"]),
        effect=score,
        low=score if firm else NEARLY_NONE,
        high=score,
        worth=value,
        figures=(
            Figure(look.say("findings.figure.first", "First by value lost"), look.percent(first), first, cell.n),
            Figure(
                look.say("findings.figure.first_waiting", "First by value waiting"), look.percent(first_waiting), first_waiting
            ),
        ),
        caution=look.say(
            "findings.bottleneck.caution",
            "First in {p} of the samples drawn again, and in {k} of {of} ways of counting.",
            p=look.percent(first),
            k=int(cell.columns["holds_in"]),
            of=int(cell.columns["ways"]),
        ),
        next_step=look.say("findings.bottleneck.next", "Look at the deals that stand there now, oldest first."),
        opens=look.opens(about, METRIC, span, {"stage": look.stage(stage)}),
        metric=METRIC,
        tells_money=True,
        gate=first >= SURE and cell.columns["exits"] >= EXITS and value > 0,
    )
