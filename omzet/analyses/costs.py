"""What selling costs against what it brings: ratios of costs to revenue, customers, leads and deals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from omzet.analyses.revenue import revenue_basis
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import measure
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.spans import over_each

CYCLE_DAYS = 365
"""From how many days back the median cycle is taken by which costs are lagged."""


def cost_ratio(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """One of the two metrics in `of` is a cost: the first ÷ the second, over the same period.

    Revenue is what was recognised, or bookings where the company has no revenue lines. By `kind`, the category of cost,
    only the costs are split. With the parameter `lag` the costs are those of one median sales cycle earlier.
    """
    notes: list[str] = []
    lagged = scope.values(metric).get("lag") == "cycle"
    sides: list[Measured] = []
    for part in map(catalogue.find, metric.of):
        if part.relation == "costs":
            sides.append(_a_cycle_before(scope, part, catalogue) if lagged else measure(scope, part, catalogue))
            continue
        chosen, told = revenue_basis(scope, catalogue) if part.id == "revenue_recognised" else (part, ())
        notes += told
        sides.append(_each_category(scope, sides, measure(without_category(scope), chosen, catalogue)))
    top, bottom = sides
    if metric.parts[0] != "costs":
        top = _each_category(scope, [bottom], top)
    spent = bool(scope.session.once("SELECT 1 FROM costs LIMIT 1"))
    empty = Cell(None, 0, why=metric.undefined if spent else "no_costs", numerator=0, denominator=0)
    costs, personal = (top if metric.parts[0] == "costs" else bottom), "rep" in scope.by
    cells = {}
    for place in top.cells.keys() | bottom.cells.keys():
        x, y = top.cells.get(place, top.empty), bottom.cells.get(place, bottom.empty)
        if not spent:
            cells[place] = empty
        elif personal and place not in costs.cells:
            # Nobody sells for nothing: what somebody costs is often recorded for the team only.
            cells[place] = Cell(None, (y if costs is top else x).n, why="no_costs", numerator=x.value, denominator=y.value)
        else:
            cells[place] = _divided(metric, x, y)
    notes += uncounted(scope)
    sql = f"-- {metric.of[0]}\n{top.sql};\n\n-- {metric.of[1]}\n{bottom.sql}"
    return Measured(cells, sql, top.milliseconds + bottom.milliseconds, (*notes, *top.notes, *bottom.notes), empty)


def _each_category(scope: Scope, costs: list[Measured], whole: Measured) -> Measured:
    """What is not split by category of cost, as it stands beside each category that has costs."""
    if "kind" not in scope.by or not costs:
        return whole
    at = scope.by.index("kind")
    places = {place: (*place[:at], *place[at + 1 :]) for place in costs[0].cells}
    return replace(whole, cells={place: whole.cells.get(found, whole.empty) for place, found in places.items()})


def _divided(metric: Metric, x: Cell, y: Cell) -> Cell:
    above, below = float(x.value or 0), float(y.value or 0)
    n = y.n if metric.parts[0] == "costs" else x.n
    if below <= 0:
        return Cell(None, n, why=metric.undefined, numerator=above, denominator=below)
    return Cell(above / below, n, numerator=above, denominator=below)


def without_category(scope: Scope) -> Scope:
    """The same question without the category of cost, which only costs have."""
    by = tuple(name for name in scope.by if name != "kind")
    return replace(scope, by=by, where=tuple(c for c in scope.where if c.dimension != "kind"))


def _a_cycle_before(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The costs of one median cycle earlier: of the deals won in the year to as-of, by all."""
    year = replace(scope, by=(), where=(), parameters=None).within(
        scope.as_of.day - timedelta(days=CYCLE_DAYS - 1), scope.as_of.day + timedelta(days=1)
    )
    cycle = measure(year, catalogue.find("sales_cycle_length_median"), catalogue)
    days = timedelta(days=round(float(cycle.cells.get((), cycle.empty).value or 0)))
    if not scope.start or not scope.end:
        return measure(scope, metric, catalogue)
    cells: dict[Place, Cell] = {}
    sql, took = "", 0.0
    spans = _periods(scope, scope.start, scope.end)
    measured = over_each(scope, metric, catalogue, [(start - days, end - days) for start, end, _ in spans])
    for (_, _, label), found in zip(spans, measured, strict=True):
        sql, took = found.sql, took + found.milliseconds
        cells |= {((*place, label) if scope.grain else place): cell for place, cell in found.cells.items()}
    return Measured(cells, sql, took, (), Cell(0, 0))


def _periods(scope: Scope, start: date, end: date) -> list[tuple[date, date, str]]:
    if not scope.grain:
        return [(start, end, "")]
    return [(p.start, p.end, p.label) for p in scope.calendar.spine(scope.grain, start, end)]


def uncounted(scope: Scope) -> list[str]:
    """A note that names the categories of the period that are neither selling nor marketing; none where there are none."""
    known = (*scope.settings.sales_cost_categories, *scope.settings.marketing_cost_categories)
    chosen = " AND ".join(
        part
        for part in (
            f"spent_on >= DATE '{scope.start}'" if scope.start else "",
            f"spent_on < DATE '{scope.end}'" if scope.end else "",
        )
        if part
    )
    source = select(replace(scope, by=(), where=(), grain=None), COST_DAYS).source
    found = scope.labels.kept(
        f"cost_categories {scope.start} {scope.end} {scope.as_of.day}",
        f"SELECT DISTINCT category FROM {source} WHERE removed IS NULL AND {chosen or 'TRUE'} ORDER BY 1",
    )
    others = [category for (category,) in found if category not in known]
    return [wording.note("other_costs", scope.language, categories=", ".join(others))] if others else []


COST_DAYS = Metric("cost_days", 1, "", "", "", "", "", "", "", "money", "down", "additive", relation="costs", value="sum(amount)")
"""The days of all costs, whatever their category."""
