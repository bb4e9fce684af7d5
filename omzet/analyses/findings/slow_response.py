"""Leads that wait too long for an answer: a fact."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate
from omzet.analyses.findings.look import Look

METRIC = "lead_response_sla_rate"
ENOUGH = 0.8
"""With so many answered in time nothing is said."""


def slow_response(look: Look) -> Iterator[Candidate]:
    """The share of the last closed quarter's leads answered within the agreed time, where it is surely below 80 %, and how long
    half of them wait (Kaplan-Meier, leads without an answer included)."""
    waits = look.of("lead_response_time_km_median", look.closed)
    minutes = look.scope.settings.sla_minutes
    for about, cells in look.of(METRIC, look.closed).items():
        cell, wait = cells.get(()), waits.get(about, {}).get(())
        if cell is None or cell.value is None or cell.high is None:
            continue
        sentence = look.say(
            "findings.slow_response.text",
            "{p} of the leads of {period} got an answer within {s}.",
            p=look.percent(float(cell.value)),
            s=look.minutes(minutes),
            period=look.quarter(look.closed),
        )
        if wait and wait.value is not None:
            m = look.minutes(float(wait.value))
            sentence += " " + look.say("findings.slow_response.half", "Half of them waited longer than {m}.", m=m)
        k, n = float(cell.numerator or 0), float(cell.denominator or 0)
        yield Candidate(
            rule="",
            kind="fact",
            subject="",
            audience=about,
            sentence=look.about(about, sentence),
            n=cell.n,
            effect=float(cell.value),
            low=cell.low,
            high=cell.high,
            figures=(look.share(look.say("findings.figure.in_time", "In time"), k, n, cell.low, cell.high),),
            next_step=look.say(
                "findings.slow_response.next", "Agree who answers new leads at which hours, and let them know at once."
            ),
            opens=look.opens(about, METRIC, look.closed),
            metric=METRIC,
            gate=cell.high < ENOUGH,
        )
