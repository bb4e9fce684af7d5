"""A source whose customers cost clearly more, or less, than those of the others."""

from __future__ import annotations

import math
from collections.abc import Iterator

from omzet.analyses.findings.finding import COMPANY, Candidate, Figure
from omzet.analyses.findings.look import USUAL, Look
from omzet.statistics.intervals import wilson

METRIC = "customer_acquisition_cost"
LEAST = 0.1
CUSTOMERS = 10


def acquisition_cost_by_source(look: Look) -> Iterator[Candidate]:
    """Costs ÷ new customers of a source against all other sources, over the last four closed quarters; 10 customers each.

    Given what each cost, customers fall to a source by its share of the costs if a customer costs the same everywhere: tested,
    and its interval made, by that share (conditional binomial).
    """
    if "company" not in look.levels:
        return
    span = look.before(USUAL, 1)
    found = {
        str(key): (float(cell.numerator or 0), int(cell.denominator or 0))
        for (key,), cell in look.measured(METRIC, span, ("source",)).cells.items()
        if key is not None and cell.numerator and cell.denominator
    }
    for source, (cost, customers) in found.items():
        cost0 = sum(each[0] for other, each in found.items() if other != source)
        customers0 = sum(each[1] for other, each in found.items() if other != source)
        within = wilson(customers, customers + customers0)
        if min(customers, customers0) < CUSTOMERS or min(cost, cost0) <= 0 or within is None:
            continue
        own, others = cost / customers, cost0 / customers0
        share = cost / (cost + cost0)

        def ratio(of_customers: float, odds: float = cost / cost0) -> float:
            return odds * (1 - of_customers) / of_customers - 1

        z = (customers / (customers + customers0) - share) / math.sqrt(share * (1 - share) / (customers + customers0))
        blanks = {"source": source, "c": look.money(own), "c2": look.money(others)}
        yield Candidate(
            rule="",
            kind="test",
            subject=source,
            audience=COMPANY,
            sentence=look.say(
                "findings.acquisition_cost_by_source.text",
                "A customer from {source} costs {c}, from the other sources {c2}.",
                **blanks,
            ),
            n=min(customers, customers0),
            effect=own / others - 1,
            low=ratio(within.high),
            high=ratio(within.low),
            between=look.between_percent(ratio(within.high), ratio(within.low)),
            minimum=LEAST,
            p=math.erfc(abs(z) / math.sqrt(2)),
            worth=abs(own - others) * customers,
            figures=(
                Figure(source, look.money(own), own, customers),
                Figure(look.say("findings.figure.other_sources", "Other sources"), look.money(others), others, customers0),
            ),
            caution=look.say(
                "findings.acquisition_cost_by_source.caution",
                "By the source recorded of the customer's first deal; costs without a source are left out.",
            ),
            next_step=look.say(
                "findings.acquisition_cost_by_source.next", "Test what happens when some budget moves, before moving all of it."
            ),
            opens=look.opens(COMPANY, METRIC, span, {"source": source}),
            metric=METRIC,
            tells_money=True,
        )
