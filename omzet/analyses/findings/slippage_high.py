"""More of a quarter's deals moved to a later one than is usual."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from omzet.analyses.findings.finding import Audience, Candidate
from omzet.analyses.findings.look import Look
from omzet.metrics.cells import Measured
from omzet.statistics import contrasts

METRIC = "slippage_rate"
LEAST = 0.1
QUARTERS = 8


def slippage_high(look: Look) -> Iterator[Candidate]:
    """Deals due in the last closed quarter that moved out of it, against the quarters before it, up to eight.

    Counted in deals, so that one large one decides nothing. Newcombe's interval, score test, at least 10 points.
    """
    counts: dict[Audience, dict[str, tuple[int, int]]] = defaultdict(dict)
    whole = look.before(QUARTERS + 1, 1)

    def asked(look: Look, split: tuple[str, ...]) -> Measured:
        return look.measured(METRIC, whole, split, grain=look.grain, given={"measure": "count"})

    for about, cells in look.widest.each(asked):
        for place, cell in cells.items():
            if cell.denominator:
                counts[about][str(place[-1])] = (int(cell.numerator or 0), int(cell.denominator))
    label = look.scope.calendar.unit_of(look.grain, look.closed[0]).label
    sizes = look.deal_size()
    for about, by_quarter in counts.items():
        k1, n1 = by_quarter.pop(label, (0, 0))
        k0, n0 = (sum(each[at] for each in by_quarter.values()) for at in (0, 1))
        contrast, p = contrasts.newcombe(k1, n1, k0, n0), contrasts.score_test(k1, n1, k0, n0)
        if contrast is None:
            continue
        blanks = {"p": look.percent(k1 / n1), "p0": look.percent(k0 / n0), "period": look.quarter(look.closed)}
        if contrast.value > 0:
            sentence = look.say(
                "findings.slippage_high.text",
                "{p} of the deals due in {period} moved to a later period (usual: {p0}).",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.slippage_high.less",
                "Only {p} of the deals due in {period} moved to a later period (usual: {p0}).",
                **blanks,
            )
        yield Candidate(
            rule="",
            kind="test",
            subject="",
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
                look.share(look.quarter(look.closed), k1, n1),
                look.share(look.say("findings.figure.before", "Quarters before"), k0, n0),
            ),
            next_step=look.say("findings.slippage_high.next", "Agree close dates with the customer, not with the quarter's end."),
            opens=look.opens(about, METRIC, look.closed, given={"measure": "count"}),
            metric=METRIC,
        )
