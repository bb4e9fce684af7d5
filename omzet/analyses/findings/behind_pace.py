"""A team behind or ahead of its target for the running quarter: figures, never a cause."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Audience, Candidate, Figure
from omzet.analyses.findings.look import Look
from omzet.metrics.cells import Cell

LEAST = 0.1
FEW_PERIODS = 8


def behind_pace(look: Look) -> Iterator[Candidate]:
    """Bookings so far ÷ the plan to date, with the chance to reach the target and what it takes from here, where the first is
    at least 10 % away from 1."""
    paces = look.of("pacing_to_target", look.running)
    told = {about: cells[()] for about, cells in paces.items() if () in cells and cells[()].value is not None}
    if not any(abs(float(cell.value or 0) - 1) >= LEAST for cell in told.values()):
        return
    chances = look.of("probability_to_reach_target", look.running)
    rates = look.of("required_run_rate", look.running)
    for about, cell in told.items():
        chance, rate = chances.get(about, {}).get(()), rates.get(about, {}).get(())
        yield _candidate(look, about, cell, chance, rate)


def _candidate(look: Look, about: Audience, cell: Cell, chance: Cell | None, rate: Cell | None) -> Candidate:
    ratio, so_far, due = float(cell.value or 0), float(cell.numerator or 0), float(cell.denominator or 0)
    blanks = {"who": look.who(about), "x": look.percent(ratio)}
    if about.is_you:
        sentence = look.say("findings.behind_pace.you", "You are at {x} of the plan to date.", **blanks)
    else:
        sentence = look.say("findings.behind_pace.text", "{who} is at {x} of the plan to date.", **blanks)
    if chance and chance.value is not None:
        p = look.percent(float(chance.value))
        sentence += " " + look.say("findings.behind_pace.chance", "The chance to reach the target is {p}.", p=p)
    if rate and rate.value:
        r = look.money(float(rate.value))
        sentence += " " + look.say("findings.behind_pace.rate", "It takes {r} per working day from here.", r=r)
    rough = chance is not None and int(chance.columns.get("past_periods") or 0) < FEW_PERIODS
    if ratio < 1:
        next_step = look.say("findings.behind_pace.next", "Choose the open deals that can still close in time, and plan each.")
    else:
        next_step = look.say(
            "findings.behind_pace.next_ahead", "See what went well, and whether the target is still the right one."
        )
    return Candidate(
        rule="",
        kind="fact",
        subject="",
        audience=about,
        sentence=sentence,
        n=max(cell.n, int(cell.columns.get("elapsed_days") or 0)),
        effect=ratio - 1,
        worth=abs(due - so_far),
        figures=(
            Figure(look.say("findings.figure.so_far", "So far"), look.money(so_far), so_far, cell.n),
            Figure(look.say("findings.figure.plan", "Plan to date"), look.money(due), due),
        ),
        caution=look.say("findings.behind_pace.caution", "The chance is a rough estimate: few past periods.") if rough else "",
        next_step=next_step,
        opens=look.opens(about, "pacing_to_target", look.running),
        metric="bookings_amount",
        tells_money=True,
        gate=abs(ratio - 1) >= LEAST,
    )
