"""What a rep's bookings would gain if one factor came up to the level of the team."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate, Figure
from omzet.analyses.findings.look import USUAL, Look

METRIC = "win_rate_shrunk"
LEAST_SHARE = 0.1
"""Of what the rep's deals bring, the least gain that matters."""


def growth_lever(look: Look) -> Iterator[Candidate]:
    """Deals closed a quarter × (win rate of the team − own, drawn to the team's) × what a won deal brings, over the last four
    closed quarters. Said of the win rate alone: how many deals somebody gets and how large they are is often not theirs."""
    if "person" not in look.levels and not look.you:
        return
    span, sizes = look.before(USUAL, 1), look.deal_size()
    for about, cells in look.of(METRIC, span, people=True).items():
        cell, size = cells.get(()), sizes.get(about, 0.0)
        if about.level != "person" or cell is None or cell.value is None or not cell.denominator or not size:
            continue
        team, n = float(cell.columns["team_rate"]), float(cell.denominator) / USUAL
        gain = n * (team - float(cell.value)) * size
        low, high = (n * (team - float(end or 0)) * size for end in (cell.high, cell.low))
        least = LEAST_SHARE * n * team * size
        blanks = {"name": about.name, "v": look.money(gain), "between": look.between_money(low, high)}
        if about.is_you:
            sentence = look.say(
                "findings.growth_lever.you",
                "Your largest lever is the win rate: at the team's level it would bring about {v} more per quarter.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.growth_lever.text",
                "The win rate is the lever of {name}: at the team's level it would bring about {v} more per quarter.",
                **blanks,
            )
        own = float(cell.value)
        yield Candidate(
            rule="",
            kind="estimate",
            subject="win_rate",
            audience=about,
            sentence=sentence,
            n=int(cell.denominator),
            effect=gain,
            low=low,
            high=high,
            between=look.between_money(low, high),
            minimum=least,
            worth=max(0.0, gain),
            figures=(
                Figure(look.say("findings.figure.own_rate", "Own win rate"), look.percent(own, 1), own, int(cell.denominator)),
                Figure(look.say("findings.figure.team_rate", "Team"), look.percent(team, 1), team),
            ),
            caution=look.say("findings.growth_lever.caution", "Wide interval: take the direction, not the amount.")
            if high > 3 * max(low, 1e-9)
            else "",
            next_step=look.say(
                "findings.growth_lever.next", "Choose one step of the deal to work on together, and look again next quarter."
            ),
            opens=look.opens(about, METRIC, span),
            metric="win_rate",
            tells_money=True,
            gate=gain > 0 and low > 0,
        )
