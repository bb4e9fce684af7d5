"""A stage at which more deals stop, or fewer, than was usual over the last year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from omzet.analyses.findings.finding import Audience, Candidate
from omzet.analyses.findings.look import USUAL, Look, Span
from omzet.statistics import contrasts

METRIC = "stage_drop_off_rate_resolved"
LEAST = 0.05
DAYS = 90
"""A deal counts by what became of it within so many days of coming to the stage, so that all are equally old."""

LOST = f"is_furthest AND status = 'lost' AND date_diff('day', reached_on, last_left_on) <= {DAYS}"
WENT_ON = f"date_diff('day', reached_on, next_reached_on) <= {DAYS}"
"""A lost deal leaves its last stage on the day it closes."""

Decided = tuple[str | None, str | None, str, date, int, int]
"""Team, rep, stage, first day of the quarter, lost there, decided there."""

Counts = dict[tuple[Audience, str], tuple[int, int]]


def stage_drop_off(look: Look) -> Iterator[Candidate]:
    """Lost at a stage ÷ decided there, of the deals that came to it in a quarter, against the four quarters before it.

    Young deals show too much loss, since losing is quicker than going on: so each is followed for 90 days, and the quarter is
    the last one whose deals have had them. Newcombe's interval, score test, at least 5 points.
    """
    span, earlier = look.quarters_ago(2), look.before(USUAL, 3)
    now, usual = _counts(look, (span, earlier))
    sizes = look.deal_size()
    for (about, stage), (k1, n1) in now.items():
        k0, n0 = usual.get((about, stage), (0, 0))
        contrast, p = contrasts.newcombe(k1, n1, k0, n0), contrasts.score_test(k1, n1, k0, n0)
        if contrast is None:
            continue
        blanks = {
            "k": k1,
            "of": n1,
            "stage": look.stage(stage),
            "p": look.percent(k1 / n1),
            "p0": look.percent(k0 / n0),
            "period": look.quarter(span),
            "d": str(DAYS),
        }
        if contrast.value > 0:
            sentence = look.say(
                "findings.stage_drop_off.text",
                "{k} of {of} deals that came to {stage} in {period} and were decided within {d} days stopped there ({p});"
                " over the year before it was {p0}.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.stage_drop_off.better",
                "Fewer deals stop at {stage}: {k} of {of} that came to it in {period} ({p}); over the year before it was {p0}.",
                **blanks,
            )
        yield Candidate(
            rule="",
            kind="test",
            subject=stage,
            audience=about,
            sentence=look.about(about, sentence),
            n=min(n1, n0),
            effect=contrast.value,
            low=contrast.low,
            high=contrast.high,
            between=look.between_points(contrast.low, contrast.high),
            minimum=LEAST,
            p=p,
            worth=abs(contrast.value) * n1 * sizes.get(about, 0.0),
            figures=(
                look.share(look.quarter(span), k1, n1),
                look.share(look.say("findings.figure.year_before", "The year before"), k0, n0),
            ),
            next_step=look.say(
                "findings.stage_drop_off.next", "Go through the deals that were lost there, and agree one thing to do otherwise."
            ),
            opens=look.opens(about, METRIC, span, {"stage": look.stage(stage)}),
            metric=METRIC,
        )


def _counts(look: Look, spans: tuple[Span, ...]) -> list[Counts]:
    """Lost and decided by whom and stage, of the deals that came to a stage in each span."""
    found: list[Counts] = []
    for span in spans:
        sums: dict[tuple[Audience, str], list[int]] = defaultdict(lambda: [0, 0])
        for team, _, stage, day, lost, decided in decided_at(look):
            if not span[0] <= day < span[1]:
                continue
            for about in look.whom(team):
                sums[about, stage][0] += lost
                sums[about, stage][1] += decided
        found.append({key: (k, n) for key, (k, n) in sums.items()})
    return found


def decided_at(look: Look) -> list[Decided]:
    """By team, rep and stage, for each of the last six quarters whose deals were followed long enough, how many of the deals
    that came to the stage were lost there, and how many were decided."""

    def make() -> list[Decided]:
        counted = replace(
            look.catalogue.find(METRIC),
            population=f"position IS NOT NULL AND status <> 'disqualified' AND has_next AND (({LOST}) OR ({WENT_ON}))",
            numerator=f"count_if({LOST})",
        )
        by = ("team", "rep", "stage")
        found: list[Decided] = []
        measured = look.measured(counted, look.before(USUAL + 2, 2), by, grain=look.grain)
        for (team, rep, stage, label), cell in measured.cells.items():
            if stage is not None:
                day = look.scope.calendar.period(label, look.today).start
                found.append((team, rep, stage, day, int(cell.numerator or 0), int(cell.denominator or 0)))
        return found

    return look.scope.labels.once(f"decided at stages {look.scope.where}", make)
