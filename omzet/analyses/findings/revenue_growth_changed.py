"""Growth outside its own usual variation: a signal, not a cause."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate, Figure
from omzet.analyses.findings.look import Look
from omzet.metrics.cells import Measured
from omzet.statistics.signals import natural_limits

METRIC = "revenue_growth_working_day_adjusted"
LEAST = 0.05
QUARTERS, FEWEST = 12, 6


def revenue_growth_changed(look: Look) -> Iterator[Candidate]:
    """Growth per working day over a year, by quarter: the last closed one outside the XmR limits of those before it, and at
    least 5 points from their centre. Quarters share no days, so that limits are not too narrow."""
    whole = look.before(QUARTERS, 1)

    def asked(look: Look, split: tuple[str, ...]) -> Measured:
        return look.measured(METRIC, whole, split, grain=look.grain)

    labels = [unit.label for unit in look.scope.calendar.spine(look.grain, *whole)]
    for about, cells in look.widest.each(asked):
        by_quarter = {place[-1]: cell for place, cell in cells.items() if cell.value is not None}
        now = by_quarter.get(labels[-1])
        earlier = [float(by_quarter[label].value or 0) for label in labels[:-1] if label in by_quarter]
        limits = natural_limits(earlier)
        if now is None or limits is None or len(earlier) < FEWEST:
            continue
        growth, (centre, low, high) = float(now.value or 0), limits
        blanks = {"g": look.percent(abs(growth), 1), "period": look.quarter(look.closed), "usual": look.percent(centre, 1)}
        if growth >= 0:
            sentence = look.say(
                "findings.revenue_growth_changed.above",
                "Revenue per working day was {g} above last year in {period}, outside its usual variation (around {usual}).",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.revenue_growth_changed.below",
                "Revenue per working day was {g} below last year in {period}, outside its usual variation (around {usual}).",
                **blanks,
            )
        yield Candidate(
            rule="",
            kind="signal",
            subject="",
            audience=about,
            sentence=look.about(about, sentence),
            n=len(earlier),
            effect=growth - centre,
            low=low - centre,
            high=high - centre,
            worth=abs(growth - centre) * float(now.denominator or 0),
            figures=(
                Figure(look.quarter(look.closed), look.percent(growth, 1), growth),
                Figure(look.say("findings.figure.usual", "Usual"), look.percent(centre, 1), centre),
            ),
            next_step=look.say(
                "findings.revenue_growth_changed.next",
                "See whether fewer deals, a lower win rate or smaller deals lie behind it.",
            ),
            opens=look.opens(about, METRIC, look.closed),
            metric=METRIC,
            gate=not low <= growth <= high and abs(growth - centre) >= LEAST,
        )
