"""Too little open pipeline for what is left of the target."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate, Figure
from omzet.analyses.findings.look import USUAL, Look
from omzet.metrics.cells import Cell

UNLIKELY = 0.5


def coverage_thin(look: Look) -> Iterator[Candidate]:
    """Open pipeline of the quarter ÷ the remaining target, below what the own win rate needs, where the chance to reach the
    target, new business included, is under one half. Never a fixed number of times: what is needed follows from the chances of
    the stages the deals are in, else from the win rate of the last four quarters."""
    have = look.of("pipeline_coverage", look.running)
    if not any(() in cells and cells[()].value is not None for cells in have.values()):
        return
    need = look.of("required_coverage", look.running)
    rates = look.of("win_rate", look.before(USUAL, 1))
    chances = look.of("probability_to_reach_target", look.running)
    for about, cells in have.items():
        cell, chance = cells.get(()), chances.get(about, {}).get(())
        q = _needed(need.get(about, {}).get(()), rates.get(about, {}).get(()))
        if not cell or cell.value is None or not chance or chance.value is None or not q:
            continue
        c = float(cell.value)
        missing = max(0.0, (q - c) * float(cell.denominator or 0))
        blanks = {"c": look.number(c, 1), "q": look.number(q, 1)}
        sentence = look.say(
            "findings.coverage_thin.text",
            "Open pipeline is {c}× the remaining target; at the usual win rate about {q}× is needed.",
            **blanks,
        )
        yield Candidate(
            rule="",
            kind="fact",
            subject="",
            audience=about,
            sentence=look.about(about, sentence),
            n=cell.n,
            effect=c - q,
            worth=missing / q,
            figures=(
                Figure(look.say("findings.figure.have", "Now"), f"{look.number(c, 1)}×", c, cell.n),
                Figure(look.say("findings.figure.need", "Needed"), f"{look.number(q, 1)}×", q),
            ),
            next_step=look.say(
                "findings.coverage_thin.next", "Plan where new deals of this quarter come from, and how many it takes."
            ),
            opens=look.opens(about, "pipeline_coverage", look.running),
            metric="pipeline_coverage",
            gate=c < q and float(chance.value) < UNLIKELY,
        )


def _needed(by_stage: Cell | None, win_rate: Cell | None) -> float | None:
    if by_stage and by_stage.value is not None:
        return float(by_stage.value)
    return 1 / float(win_rate.value) if win_rate and win_rate.value else None
