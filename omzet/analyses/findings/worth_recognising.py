"""A rep who won clearly more than such deals let one expect: worth a compliment."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate
from omzet.analyses.findings.look import Look
from omzet.analyses.findings.rep_results import results

LEAST = 0.05
LIKELY = 0.9


def worth_recognising(look: Look) -> Iterator[Candidate]:
    """More wins in the last closed quarter than expected of the same mix of deals, tested, and at least 90 % chance to be above
    the team."""
    for each in results(look):
        blanks = {
            "name": each.about.name,
            "k": each.won,
            "of": each.closed,
            "d": look.number(each.won - each.expected, 1),
            "period": look.quarter(look.closed),
        }
        if each.about.is_you:
            sentence = look.say(
                "findings.worth_recognising.you",
                "You won {k} of {of} deals in {period}, {d} more than expected for this mix. Well done.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.worth_recognising.text",
                "{name} won {k} of {of} deals in {period}, {d} more than expected for this mix. Worth a compliment.",
                **blanks,
            )
        yield Candidate(
            rule="",
            kind="estimate",
            subject="",
            audience=each.about,
            sentence=sentence,
            n=each.closed,
            effect=each.effect,
            low=each.low,
            high=each.high,
            between=look.between_points(each.low, each.high),
            minimum=LEAST,
            figures=(
                look.share(look.say("findings.figure.won", "Won"), each.won, each.closed),
                look.share(look.say("findings.figure.expected", "Expected"), each.expected, each.closed),
            ),
            next_step=look.say("findings.worth_recognising.next", "Say so, and ask what others could take over."),
            opens=look.opens(each.about, "win_rate", look.closed),
            metric="win_rate",
            gate=each.effect > 0 and each.above >= LIKELY and each.low > 0,
        )
