"""A rep who clearly wins less than such deals let one expect. Never a rank."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate
from omzet.analyses.findings.look import Look
from omzet.analyses.findings.rep_results import results

LEAST = 0.05
SURELY = 0.05
"""The chance to be above the team at most."""


def rep_below_expectation(look: Look) -> Iterator[Candidate]:
    """Below the 99.8 % limit of the funnel plot in the last closed quarter, or below the 95 % one in two quarters running; at
    most 5 % chance to be above the team; tested against the wins expected of the same mix of deals."""
    sizes = look.deal_size()
    for each in results(look):
        twice = each.flag == "warning_low" and each.flag_before in ("warning_low", "action_low")
        blanks = {
            "name": each.about.name,
            "k": each.won,
            "of": each.closed,
            "e": look.number(each.expected, 1),
            "period": look.quarter(look.closed),
        }
        if each.about.is_you:
            sentence = look.say(
                "findings.rep_below_expectation.you",
                "You won {k} of {of} deals in {period}, against {e} expected for this mix of deals.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.rep_below_expectation.text",
                "{name} won {k} of {of} deals in {period}, against {e} expected for this mix of deals.",
                **blanks,
            )
        yield Candidate(
            rule="",
            kind="test",
            subject="",
            audience=each.about,
            sentence=sentence,
            n=each.closed,
            effect=each.effect,
            low=each.low,
            high=each.high,
            between=look.between_points(each.low, each.high),
            minimum=LEAST,
            p=each.p,
            worth=abs(each.effect) * each.closed * sizes.get(each.about, 0.0),
            figures=(
                look.share(look.say("findings.figure.won", "Won"), each.won, each.closed),
                look.share(look.say("findings.figure.expected", "Expected"), each.expected, each.closed),
            ),
            caution=look.say(
                "findings.rep_below_expectation.caution", "One quarter says little about a person: talk before you conclude."
            ),
            next_step=look.say(
                "findings.rep_below_expectation.next", "Go through a few lost deals together, and look for one step to work on."
            ),
            opens=look.opens(each.about, "win_rate", look.closed),
            metric="win_rate",
            gate=each.effect < 0 and (each.flag == "action_low" or twice) and each.above <= SURELY,
        )
