"""Ramp: how many months a new rep takes to sell near a full target, with those still on the way counted as such."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

from omzet.analyses.targets import Target, targets_of
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import measure
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics.survival import curve

RAMPED = 0.75
"""The share of a month's full target that counts as selling at full strength."""


def ramp(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Median months from start to the first of two consecutive months at 75 % of the full target or more.

    Month 1 is the first whole calendar month. Who has not got there by as-of, or left before, is still on the way
    (Kaplan-Meier). A month without a target ends what is known of a person; who has none from the start is left out.
    """
    selection = select(replace(scope, grain=None), metric)
    keys = "".join(f", {key}" for key in selection.dims.values())
    sql = f"""SELECT r.person_key, r.started_on, r.ended_on{keys}
FROM {selection.source}
WHERE {selection.counted}"""
    hired = scope.session.rows(sql)
    if not hired:
        return Measured({}, sql, 0.0, (), Cell(None, 0, why="no_starters"))
    first = min(started for _, started, *_ in hired)
    everyone = replace(scope, by=("rep",), where=(), parameters=None)
    targets = targets_of(replace(everyone, grain=None), "bookings_amount", first, scope.as_of.day + timedelta(days=1))
    span = replace(everyone, start=first, end=scope.as_of.day + timedelta(days=1), grain="month")
    booked = measure(span, catalogue.find("bookings_amount_by_rep"), catalogue)
    counts: dict[Place, dict[float, dict[str, int]]] = defaultdict(dict)
    for person, started, ended, *place in hired:
        actual = {key[-1]: float(cell.value or 0) for key, cell in booked.cells.items() if key[0] == person}
        months = whole_months(started, min(ended or scope.as_of.day, scope.as_of.day))
        found = _time(scope, months, targets.get((person,), []), actual)
        if found is None:
            continue
        where = (*place, scope.calendar.unit_of(scope.grain, started).label) if scope.grain else tuple(place)
        left = counts[where].setdefault(float(found[0]), {})
        left[found[1]] = left.get(found[1], 0) + 1
    cells: dict[Place, Cell] = {}
    for where, by_time in counts.items():
        found_curve = curve(by_time)
        if found_curve:
            median, (low, high) = found_curve.median(), found_curve.median_interval()
            why = None if median is not None else "half_not_reached"
            columns = {"still_open": found_curve.censored / found_curve.n}
            cells[where] = Cell(median, found_curve.n, low, high, why=why, columns=columns)
    return Measured(cells, sql, booked.milliseconds, (), Cell(None, 0, why="no_starters"))


def whole_months(started: date, last: date) -> list[tuple[date, date]]:
    """The whole calendar months from a start up to a day: first day, and the day after the last."""
    begin = started if started.day == 1 else _next(started)
    months = []
    while _next(begin) - timedelta(days=1) <= last:
        months.append((begin, _next(begin)))
        begin = _next(begin)
    return months


def _next(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _time(
    scope: Scope, months: list[tuple[date, date]], targets: list[Target], actual: dict[str, float]
) -> tuple[int, str] | None:
    """In which month the person was ramped, or how many months are known without that."""
    strong: list[bool] = []
    for begin, end in months:
        target = sum(t.share(scope, begin, end) for t in targets)
        if target <= 0:
            break
        strong.append(actual.get(f"{begin:%Y-%m}", 0.0) >= RAMPED * target)
        if len(strong) > 1 and strong[-1] and strong[-2]:
            return len(strong) - 1, "ramped"
    return (len(strong), "open") if strong else None
