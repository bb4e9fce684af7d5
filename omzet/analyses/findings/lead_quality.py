"""A source or campaign whose leads become customers more often, or less, than the others."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import COMPANY, Candidate
from omzet.analyses.findings.look import USUAL, Look
from omzet.statistics import contrasts

METRIC = "lead_to_customer_rate"
LEAST = 0.05
TABLES = {"campaign": "campaigns"}


def lead_quality(look: Look) -> Iterator[Candidate]:
    """Leads of four quarters, the last of which ended a quarter ago so that they have had time, by source and by campaign: those
    of one against all others. Score test, Newcombe's interval, 5 points."""
    if "company" not in look.levels:
        return
    span, sizes = look.before(USUAL, 2), look.deal_size()
    for dimension in ("source", "campaign"):
        if not look.knows(dimension, METRIC):
            continue
        found = {
            str(place[0]): (int(cell.numerator or 0), int(cell.denominator or 0))
            for place, cell in look.measured(METRIC, span, (dimension,)).cells.items()
            if place[0] is not None and cell.denominator
        }
        k, n = (sum(each[at] for each in found.values()) for at in (0, 1))
        for key, (k1, n1) in found.items():
            k0, n0 = k - k1, n - n1
            contrast, p = contrasts.newcombe(k1, n1, k0, n0), contrasts.score_test(k1, n1, k0, n0)
            if contrast is None:
                continue
            name = look.scope.labels.label(TABLES[dimension], key) or key if dimension in TABLES else key
            yield Candidate(
                rule="",
                kind="test",
                subject=f"{dimension}={key}",
                audience=COMPANY,
                sentence=look.say(
                    "findings.lead_quality.text",
                    "Leads from {campaign} become customers in {p} ({k} of {of}); the others in {p0}.",
                    campaign=name,
                    p=look.percent(k1 / n1),
                    k=k1,
                    of=n1,
                    p0=look.percent(k0 / n0),
                ),
                n=min(n1, n0),
                effect=contrast.value,
                low=contrast.low,
                high=contrast.high,
                between=look.between_points(contrast.low, contrast.high),
                minimum=LEAST,
                p=p,
                worth=abs(contrast.value) * n1 * sizes.get(COMPANY, 0.0),
                figures=(
                    look.share(name, k1, n1),
                    look.share(look.say("findings.figure.other_leads", "Other leads"), k0, n0),
                ),
                next_step=look.say("findings.lead_quality.next", "Tell marketing which of these leads were of use, and why."),
                opens=look.opens(COMPANY, METRIC, span, {dimension: name}),
                metric=METRIC,
            )
