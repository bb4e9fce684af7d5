"""Growth of revenue without the season: December against November as if both were months like any other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

from omzet.analyses.growth import basis_of, periods_of
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import measure
from omzet.metrics.periods import Period
from omzet.metrics.scope import Scope
from omzet.statistics import seasons

FEWEST = 24
"""Months of history before which a season can't be told."""


def seasonally_adjusted(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Revenue per working day without its season, of each period ÷ that of as many months before it − 1.

    The season comes from the monthly series of all whole months up to as-of, by place. Only whole months count: of a
    period that is not over, those that are. Null under 24 months of history. Columns: `season`, the part of the period's
    revenue per working day that its season makes, and `months`, how many the series has.
    """
    basis, notes = basis_of(scope, catalogue)
    if not scope.start or not scope.end:
        return Measured({}, "", 0.0, notes, Cell(None, 0, why="no_period"))
    until = scope.calendar.unit_of("month", scope.as_of.day + timedelta(days=1)).start
    monthly = measure(replace(scope, grain="month", start=None, end=until), basis, catalogue)
    series = _series(scope, monthly, until)
    cells: dict[Place, Cell] = {}
    for start, end, label in periods_of(scope):
        for place in series or ([()] if not scope.by else []):
            cells[(*place, label) if scope.grain else place] = _cell(series.get(place, _Series([], [])), start, min(end, until))
    empty = Cell(None, 0, why="too_few_months")
    return Measured(cells, monthly.sql, monthly.milliseconds, (*notes, *monthly.notes), empty)


@dataclass
class _Series:
    """Revenue per working day of each month from the first one with revenue, and its season once there is one to tell."""

    months: list[Period]
    values: list[float]
    season: list[float] = field(default_factory=list)

    def within(self, start: date, end: date) -> list[int]:
        return [at for at, month in enumerate(self.months) if start <= month.start and month.end <= end]


def _series(scope: Scope, monthly: Measured, until: date) -> dict[Place, _Series]:
    by_place: dict[Place, dict[str, float]] = defaultdict(dict)
    for key, cell in monthly.cells.items():
        by_place[key[:-1]][str(key[-1])] = float(cell.value or 0)
    found: dict[Place, _Series] = {}
    alike: dict[int, list[_Series]] = defaultdict(list)
    per_day = cache(lambda month: scope.calendar.working_days(month.start, month.end) or 1)
    spine = cache(lambda first: scope.calendar.spine("month", scope.calendar.period(first, scope.as_of.day).start, until))
    for place, values in by_place.items():
        months = spine(min(values))
        found[place] = _Series(months, [values.get(month.label, 0.0) / per_day(month) for month in months])
        alike[len(months)].append(found[place])
    for length, group in alike.items():
        if length >= FEWEST:
            for each, parts in zip(group, seasons.decompose_all([each.values for each in group]), strict=True):
                each.season = list(parts.season)
    return found


def _cell(series: _Series, start: date, end: date) -> Cell:
    months = series.within(start, end)
    columns: dict[str, float | int | None] = {"season": None, "months": len(series.months)}
    if not series.season:
        return Cell(None, len(series.months), why="too_few_months", columns=columns)
    if not months:
        return Cell(None, len(series.months), why="no_whole_month", columns=columns)
    columns["season"] = sum(series.season[at] for at in months) / len(months)
    before = range(months[0] - len(months), months[0])
    if before.start < 0:
        return Cell(None, len(series.months), why="no_base", columns=columns)
    now, then = (sum(series.values[at] - series.season[at] for at in those) / len(months) for those in (months, before))
    if then <= 0:
        return Cell(None, len(series.months), why="no_base", numerator=now, denominator=then, columns=columns)
    return Cell(now / then - 1, len(series.months), numerator=now, denominator=then, columns=columns)
