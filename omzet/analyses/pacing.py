"""Pace: how far a period has come against its target, where it ends at this rate, and what rate it needs from here."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from omzet.analyses.targets import periods, targets_of
from omzet.metrics import expressions
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import measure, row_value
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.spans import Span, around, cuts, sums_over_each

NORMAL_95 = 1.959963984540054
CURVE_PERIODS = (8, 12)
"""How many past periods a historical curve needs, and how many it takes at most."""


@dataclass(frozen=True)
class Stand:
    """How a period stands at as-of for one place: actual and target, working days elapsed and in all."""

    actual: float
    squares: float
    n: int
    target: float
    elapsed: int
    days: int
    share: float
    """The part of the period's result that is usually in by now."""


def pacing(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The pace of each place with a target, or for a projection of each place with results.

    The entry's `what` says which: `pace` = actual ÷ target to date; `projection` = actual ÷ elapsed × all working days,
    with the interval of a compound Poisson process; `required` = what each remaining working day must bring;
    `remaining` = what is still to come to reach the target, never less than 0. Elapsed days include as-of.
    """
    what, values = str(metric.arguments["what"]), scope.values(metric)
    subject = catalogue.find(str(values["metric"]))
    credited = subject.id == "bookings_amount" and ("rep" in scope.by or any(c.dimension == "rep" for c in scope.where))
    leaf = catalogue.find("bookings_amount_by_rep") if credited else subject
    of: Callable[[Stand], Cell] = {"pace": _pace, "projection": _projection, "required": _required, "remaining": _remaining}[what]
    cells: dict[Place, Cell] = {}
    spans = periods(scope)
    untils = [min(end, scope.as_of.day + timedelta(days=1)) for _, end, _ in spans]
    so_far, sql, took = _sums(scope, leaf, [(start, until) for (start, _, _), until in zip(spans, untils, strict=True)])
    for (start, end, label), until, sums in zip(spans, untils, so_far, strict=True):
        targets = targets_of(scope, subject.id, start, end)
        elapsed = scope.calendar.working_days(start, until) if until > start else 0
        days = scope.calendar.working_days(start, end)
        usual = _usual_shares(scope, leaf, catalogue, start, end, elapsed, days) if values.get("curve") == "history" else {}
        for place in {*targets, *(sums if what == "projection" else ()), *([()] if not scope.by else [])}:
            actual, squares, n = sums.get(place, (0.0, 0.0, 0))
            target = sum(t.share(scope, start, end) for t in targets.get(place, ()))
            share = usual.get(place, elapsed / days if days else 0.0)
            stand = Stand(actual, squares, n, target, elapsed, days, share)
            cells[(*place, label) if scope.grain else place] = of(stand)
    empty = Cell(None, 0, why="no_target")
    return Measured(cells, sql, took, (), empty)


def _sums(scope: Scope, leaf: Metric, spans: Sequence[Span]) -> tuple[list[dict[Place, tuple[float, float, int]]], str, float]:
    """By span and place: the sum so far, the sum of squares, and the number of rows."""
    if not cuts(spans):
        return [{} for _ in spans], "", 0.0
    whole = replace(around(scope, spans), parameters=None)
    value = f"CAST({row_value(expressions.aggregate(leaf.value, whole.values(leaf)))} AS DOUBLE)"
    sums = [f"sum({value}) AS total", f"sum({value} * {value}) AS squares", "count(*) AS n"]
    found, sql, took = sums_over_each(whole, select(whole, leaf), sums, spans)
    return (
        [
            {place: (float(total or 0), float(squares or 0), n) for place, (total, squares, n) in places.items()}
            for places in found
        ],
        sql,
        took,
    )


def _pace(stand: Stand) -> Cell:
    if stand.target <= 0:
        return Cell(None, stand.n, why="no_target", numerator=stand.actual, denominator=stand.target)
    due = stand.target * stand.share
    if due <= 0:
        return Cell(None, stand.n, why="not_begun", numerator=stand.actual, denominator=due)
    columns = {"target": stand.target, "elapsed_days": stand.elapsed, "days": stand.days}
    return Cell(stand.actual / due, stand.n, numerator=stand.actual, denominator=due, columns=columns)


def _projection(stand: Stand) -> Cell:
    if not stand.elapsed:
        return Cell(None, stand.n, why="not_begun")
    left = stand.days - stand.elapsed
    value = stand.actual / stand.elapsed * stand.days
    # Of what is to come: its own chance, and that of the daily rate it is reckoned from.
    spread = NORMAL_95 * math.sqrt(stand.squares / stand.elapsed * left * (1 + left / stand.elapsed))
    low, high = max(value - spread, min(stand.actual, value)), value + spread
    columns = {"elapsed_days": stand.elapsed, "days": stand.days}
    return Cell(value, stand.n, low, high, numerator=stand.actual, denominator=stand.elapsed, columns=columns)


def _required(stand: Stand) -> Cell:
    if stand.target <= 0:
        return Cell(None, stand.n, why="no_target")
    missing, left = stand.target - stand.actual, stand.days - stand.elapsed
    columns = {"remaining": max(missing, 0.0), "remaining_days": left}
    if missing <= 0:
        return Cell(0.0, stand.n, columns=columns)
    if left <= 0:
        return Cell(None, stand.n, why="no_days_left", columns=columns)
    return Cell(missing / left, stand.n, columns=columns)


def _remaining(stand: Stand) -> Cell:
    if stand.target <= 0:
        return Cell(None, stand.n, why="no_target")
    return Cell(max(stand.target - stand.actual, 0.0), stand.n, numerator=stand.actual, denominator=stand.target)


def _usual_shares(
    scope: Scope, leaf: Metric, catalogue: Catalogue, start: date, end: date, elapsed: int, days: int
) -> dict[Place, float]:
    """By place the median share of a past period's result that was in when the same part of its working days was over.

    Past periods are those of the same length before this one, those with a result; with fewer than eight a place has none.
    """
    spans = [scope.calendar.previous(start, end)]
    while len(spans) < CURVE_PERIODS[1]:
        spans.append(scope.calendar.previous(*spans[-1]))
    daily = measure(replace(scope.within(spans[-1][0], start), grain="day", parameters=None), leaf, catalogue)
    shares: dict[Place, list[float]] = defaultdict(list)
    for begin, stop in spans:
        due = round(scope.calendar.working_days(begin, stop) * elapsed / days) if days else 0
        in_by = [d for d in _days(begin, stop) if scope.calendar.working_days(begin, d + timedelta(days=1)) <= due]
        passed = {d.isoformat() for d in in_by}
        whole: dict[Place, float] = defaultdict(float)
        part: dict[Place, float] = defaultdict(float)
        for (*place, day), cell in daily.cells.items():
            if begin.isoformat() <= day < stop.isoformat():
                whole[tuple(place)] += float(cell.value or 0)
                part[tuple(place)] += float(cell.value or 0) if day in passed else 0.0
        for key, total in whole.items():
            if total > 0:
                shares[key].append(part[key] / total)
    return {place: statistics.median(found) for place, found in shares.items() if len(found) >= CURVE_PERIODS[0]}


def _days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range((end - start).days)]
