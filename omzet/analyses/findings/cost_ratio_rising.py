"""Selling that costs more of what comes in than it did, two quarters running."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import COMPANY, Candidate, Figure
from omzet.analyses.findings.look import USUAL, Look, Span
from omzet.metrics.cells import Cell
from omzet.statistics.decomposition import product_parts

METRIC = "sales_cost_ratio"
LEAST = 0.1


def cost_ratio_rising(look: Look) -> Iterator[Candidate]:
    """Costs ÷ revenue at least 10 % above that of the four quarters before, in each of the last two closed quarters.

    How much of it goes with costs and how much with revenue: logarithmic mean divisia (LMDI), which adds up exactly.
    """
    if "company" not in look.levels:
        return

    def ratio(span: Span) -> Cell:
        found = look.measured(METRIC, span)
        return found.cells.get((), found.empty)

    usual = ratio(look.before(USUAL, 3))
    one, other, both = ratio(look.closed), ratio(look.quarters_ago(2)), ratio(look.before(2, 1))
    if usual.value is None or one.value is None or other.value is None or both.value is None:
        return
    p, p0 = float(both.value), float(usual.value)
    costs, revenue = float(both.numerator or 0), float(both.denominator or 0)
    costs0, revenue0 = float(usual.numerator or 0) * 2 / USUAL, float(usual.denominator or 0) * 2 / USUAL
    if min(costs, revenue, costs0, revenue0, p0) <= 0:
        return
    of_costs, of_revenue = product_parts((costs0, 1 / revenue0), (costs, 1 / revenue))
    yield Candidate(
        rule="",
        kind="fact",
        subject="",
        audience=COMPANY,
        sentence=look.say(
            "findings.cost_ratio_rising.text",
            "Selling cost {p} of revenue in the last two quarters, {p0} in the year before:"
            " {a} points go with costs, {b} with revenue.",
            p=look.percent(p, 1),
            p0=look.percent(p0, 1),
            a=look.signed_points(of_costs),
            b=look.signed_points(of_revenue),
        ),
        n=max(both.n, 5),
        effect=p / p0 - 1,
        worth=(p - p0) * revenue,
        figures=(
            Figure(look.say("findings.figure.two_quarters", "Last two quarters"), look.percent(p, 1), p),
            Figure(look.say("findings.figure.year_before", "The year before"), look.percent(p0, 1), p0),
        ),
        caution=look.say("findings.cost_ratio_rising.caution", "Costs come before the revenue they bring: mind the lag."),
        next_step=look.say("findings.cost_ratio_rising.next", "Look at the costs by kind, and at what is expected of them."),
        opens=look.opens(COMPANY, METRIC, look.before(2, 1)),
        metric=METRIC,
        tells_money=True,
        gate=all(float(each.value or 0) >= (1 + LEAST) * p0 for each in (one, other)),
    )
