"""A win rate that fell or rose, and whether the mix of deals or the winning itself changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from omzet.analyses.drivers import Sides, redrawn
from omzet.analyses.findings.finding import Audience, Candidate
from omzet.analyses.findings.look import USUAL, Look, Span
from omzet.statistics import contrasts, decomposition

LEAST = 0.05
SEGMENTS = ("segment", "source", "kind")
"""The mix is of the first of these that the deals have."""


def win_rate_changed(look: Look) -> Iterator[Candidate]:
    """The win rate of the last closed quarter against the four before it: score test, Newcombe's interval, 5 points.

    The parts of mix and rate (Kitagawa) are told where their intervals, from redraws of the deals, do not hold 0; a part
    whose interval does is not named as a cause.
    """
    dimension = next((each for each in SEGMENTS if look.knows(each, "won_count")), "")
    spans = (look.closed, look.before(USUAL, 2))
    now, usual = _sides(look, spans, dimension)
    sizes = look.deal_size()
    for about, after in now.items():
        before = usual.get(about, {})
        (k1, n1), (k0, n0) = _total(after), _total(before)
        contrast, p = contrasts.newcombe(k1, n1, k0, n0), contrasts.score_test(k1, n1, k0, n0)
        if contrast is None:
            continue
        blanks = {
            "d": look.points(contrast.value),
            "period": look.quarter(look.closed),
            "p": look.percent(k1 / n1),
            "p0": look.percent(k0 / n0),
        }
        if contrast.value < 0:
            sentence = look.say(
                "findings.win_rate_changed.fell",
                "The win rate fell {d} points in {period}: {p}, against {p0} in the year before.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.win_rate_changed.rose",
                "The win rate rose {d} points in {period}: {p}, against {p0} in the year before.",
                **blanks,
            )
        why = _why(look, before, after) if dimension and abs(contrast.value) >= LEAST else ""
        yield Candidate(
            rule="",
            kind="test",
            subject="",
            audience=about,
            sentence=look.about(about, f"{sentence} {why}".strip()),
            n=min(n1, n0),
            effect=contrast.value,
            low=contrast.low,
            high=contrast.high,
            between=look.between_points(contrast.low, contrast.high),
            minimum=LEAST,
            p=p,
            worth=abs(contrast.value) * n1 * sizes.get(about, 0.0),
            figures=(
                look.share(look.quarter(look.closed), k1, n1),
                look.share(look.say("findings.figure.year_before", "The year before"), k0, n0),
            ),
            next_step=look.say(
                "findings.win_rate_changed.next", "Compare the deals lost in the quarter with those won, by reason."
            ),
            opens=look.opens(about, "win_rate", look.closed),
            metric="win_rate",
        )


def _why(look: Look, before: Sides, after: Sides) -> str:
    """Which part is behind it, where that is sure; and the case in which every segment moved the other way."""
    parts = decomposition.mix_and_rate(before, after)
    if parts is None or len(parts) < 2:
        return ""
    if decomposition.is_reversed(parts):
        if sum(part.mix + part.rate for part in parts.values()) < 0:
            return look.say("findings.win_rate_changed.against_down", "Every segment improved; the mix pulled the total down.")
        return look.say("findings.win_rate_changed.against_up", "Every segment did worse; the mix pulled the total up.")
    mix, rate = sum(part.mix for part in parts.values()), sum(part.rate for part in parts.values())
    of_mix, of_rate = (low > 0 or high < 0 for low, high in redrawn(before, after))
    if of_mix and of_rate:
        return look.say(
            "findings.win_rate_changed.both",
            "{m} points go with a different mix of deals, {r} with how often deals of a kind are won.",
            m=look.signed_points(mix),
            r=look.signed_points(rate),
        )
    if of_mix:
        return look.say(
            "findings.win_rate_changed.mix", "{m} points go with a different mix of deals.", m=look.signed_points(mix)
        )
    if of_rate:
        return look.say(
            "findings.win_rate_changed.rate",
            "{r} points go with how often deals of a kind are won, not with the mix.",
            r=look.signed_points(rate),
        )
    return ""


def _sides(look: Look, spans: Sequence[Span], dimension: str) -> list[dict[Audience, Sides]]:
    by = (dimension,) if dimension else ()
    won = look.sums("won_count", spans, by)
    lost = look.sums("lost_count", spans, by)
    found = []
    for wins, losses in zip(won, lost, strict=True):
        sides: dict[Audience, Sides] = defaultdict(dict)
        for about, rest in {**wins, **losses}:
            k = int(wins.get((about, rest), 0))
            sides[about][rest[0] if rest else None] = (k, k + int(losses.get((about, rest), 0)))
        found.append(sides)
    return found


def _total(sides: Sides) -> tuple[int, int]:
    return sum(k for k, _ in sides.values()), sum(n for _, n in sides.values())
