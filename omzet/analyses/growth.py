"""Growth of revenue between two periods, and the compound yearly rate over several years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.spans import Span, around, over_each, sums_over_each


def growth(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Revenue of each period ÷ revenue of its base period − 1; per working day where the entry says so.

    The base is the period before or the same period last year. A period that is not over at as-of is compared with as
    many elapsed working days of its base. Null without a positive base. At constant currency both periods are converted
    at the plan rates of the later one's fiscal year; what has no plan rate is left out of both.
    """
    base_word = str(metric.arguments.get("base") or scope.values(metric)["base"])
    adjusted = bool(metric.arguments.get("per_working_day"))
    basis, notes = basis_of(scope, catalogue)
    if not scope.start or not scope.end:
        return Measured({}, "", 0.0, notes, Cell(None, 0, why="no_period"))
    base_of = scope.calendar.previous if base_word == "previous" else scope.calendar.last_year
    periods = periods_of(scope)
    bases = [base_of(start, end) for start, end, _ in periods]
    bases = [
        (first, scope.calendar.partial(start, end, first, last, scope.as_of.day))
        for (start, end, _), (first, last) in zip(periods, bases, strict=True)
    ]
    spans = [*((start, end) for start, end, _ in periods), *bases]
    if metric.arguments.get("constant_currency"):
        found = _at_plan(scope, basis, spans, [start for start, _, _ in periods] * 2)
    else:
        found = over_each(scope, basis, catalogue, spans)
    notes = tuple(dict.fromkeys([*notes, *(note for each in found for note in each.notes)]))
    cells: dict[Place, Cell] = {}
    for at, (start, end, label) in enumerate(periods):
        now, then, (base_start, base_end) = found[at], found[at + len(periods)], bases[at]
        days, base_days = 1, 1
        if adjusted:
            until = min(end, date.fromordinal(scope.as_of.day.toordinal() + 1))
            days, base_days = scope.calendar.working_days(start, until), scope.calendar.working_days(base_start, base_end)
        for place in now.cells.keys() | then.cells.keys() | ({()} if not scope.by else set()):
            cells[(*place, label) if scope.grain else place] = _growth_cell(
                now.cells.get(place, now.empty), then.cells.get(place, then.empty), days, base_days
            )
    return Measured(cells, found[0].sql, sum(m.milliseconds for m in found), notes, Cell(None, 0, why="no_base"))


def _growth_cell(now: Cell, then: Cell, days: int, base_days: int) -> Cell:
    current, base = float(now.value or 0), float(then.value or 0)
    if base <= 0 or not days or not base_days:
        return Cell(None, now.n, why="no_base", numerator=current, denominator=base)
    return Cell((current / days) / (base / base_days) - 1, now.n, numerator=current, denominator=base)


def _at_plan(scope: Scope, basis: Metric, spans: Sequence[Span], days: Sequence[date]) -> list[Measured]:
    """A money metric over each span, with every amount at the plan rate that holds on the day beside it."""
    selection = select(around(scope, spans), basis)
    selection = replace(selection, dims={**selection.dims, "amount_currency": "r.currency"})
    found, sql, took = sums_over_each(scope, selection, ["sum(r.amount) AS total", "count(*) AS n"], spans)
    return [
        replace(_converted(scope, places, day), sql=sql, milliseconds=took / len(spans))
        for places, day in zip(found, days, strict=True)
    ]


def _converted(scope: Scope, places: Mapping[Place, Sequence[Any]], day: date) -> Measured:
    rates = dict(scope.session.once("SELECT currency, plan_rate FROM rates WHERE day = ? AND plan_rate IS NOT NULL", [day]))
    totals: dict[Place, float] = defaultdict(float)
    counts: dict[Place, int] = defaultdict(int)
    unrated: dict[str, int] = defaultdict(int)
    for (*keys, currency), (total, n) in places.items():
        place = tuple(keys)
        rate = 1 if currency in (None, scope.as_of.currency) else rates.get(currency)
        if rate is None:
            unrated[currency] += n
            continue
        totals[place] += float(total or 0) * float(rate)
        counts[place] += n
    cells = {place: Cell(total, counts[place], numerator=total) for place, total in totals.items()}
    notes = [wording.note("no_plan_rate", scope.language, count=n, currency=c) for c, n in sorted(unrated.items())]
    return Measured(cells, "", 0.0, tuple(notes), Cell(0, 0))


def compound_growth(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """(last ÷ first)^(1 ÷ years) − 1 between the first and the last whole fiscal year of the range."""
    basis, notes = basis_of(scope, catalogue)
    if not scope.start or not scope.end:
        return Measured({}, "", 0.0, notes, Cell(None, 0, why="no_period"))
    whole = [
        p
        for p in scope.calendar.spine("fiscal-year", scope.start, scope.end)
        if (unit := scope.calendar.unit_of("fiscal-year", p.start)).start == p.start and unit.end == p.end
    ]
    if len(whole) < 2:
        return Measured({}, "", 0.0, notes, Cell(None, 0, why="too_few_years"))
    years = len(whole) - 1
    first, last = over_each(scope, basis, catalogue, [(p.start, p.end) for p in (whole[0], whole[-1])])
    cells: dict[Place, Cell] = {}
    for place in first.cells.keys() | last.cells.keys() | ({()} if not scope.by else set()):
        start, end = (float(m.cells.get(place, m.empty).value or 0) for m in (first, last))
        n = last.cells.get(place, last.empty).n
        if start <= 0 or end < 0:
            cells[place] = Cell(None, n, why="no_base", numerator=end, denominator=start)
        else:
            cells[place] = Cell((end / start) ** (1 / years) - 1, n, numerator=end, denominator=start)
    return Measured(cells, first.sql, first.milliseconds + last.milliseconds, notes, Cell(None, 0, why="no_base"))


def basis_of(scope: Scope, catalogue: Catalogue) -> tuple[Metric, tuple[str, ...]]:
    """Recognised revenue; a company without revenue lines gets bookings, and is told."""
    if scope.session.once("SELECT 1 FROM revenue LIMIT 1"):
        return catalogue.find("revenue_recognised"), ()
    return catalogue.find("bookings_amount"), (wording.note("bookings_growth", scope.language),)


def periods_of(scope: Scope) -> list[tuple[date, date, str]]:
    """The periods asked about, each with its label; a question without a grain has one."""
    assert scope.start
    assert scope.end
    if not scope.grain:
        return [(scope.start, scope.end, "")]
    return [(p.start, p.end, p.label) for p in scope.calendar.spine(scope.grain, scope.start, scope.end)]
