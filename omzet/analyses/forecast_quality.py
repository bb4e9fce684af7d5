"""How good forecasts were: what was forecast, made by one origin, against what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import measure
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics import intervals

QUANTILES = {"0.1": "p10", "0.5": "p50", "0.9": "p90"}
KINDS = ("model", "commit", "best_case", None)
"""Whose forecast is scored where a period has several and the question names none."""

COLUMNS = "metric, from_on, to_on, person_key, team_key, kind, amount, p10, p50, p90"


@dataclass(frozen=True)
class Scored:
    """One forecast of a period, and what the period brought."""

    forecast: float | None
    actual: float
    quantiles: dict[str, float]


def forecast_quality(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The entry's `score` over the forecasts of the periods that begin in the range and are over.

    Forecasts of people are scored by rep, those of teams by team, and without either those of the company, or of the
    teams, or of the people, whichever there are. The actual of a period is its metric as it stands at as-of.
    """
    values, score = scope.values(metric), SCORES[str(metric.arguments["score"])]
    selection = select(replace(scope, by=()), metric)
    sql = f"SELECT {', '.join('r.' + c.strip() for c in COLUMNS.split(','))}\nFROM {selection.source}\nWHERE {selection.counted}"
    rows = [_Row(*row) for row in scope.session.rows(sql)]
    by_place: dict[Place, list[Scored]] = defaultdict(list)
    actuals: dict[tuple[Any, ...], dict[Place, Cell]] = {}
    for row in _chosen(scope, rows):
        place: Place = tuple({"rep": row.person, "team": row.team, "kind": row.kind}[name] for name in scope.by)
        if scope.grain:
            place = (*place, scope.calendar.unit_of(scope.grain, row.start).label)
        actual = _actual(scope, catalogue, row, actuals)
        quantiles = {name: float(q) for name, q in zip(QUANTILES, (row.p10, row.p50, row.p90), strict=True) if q is not None}
        point = row.amount if row.amount is not None else row.p50
        by_place[place].append(Scored(float(point) if point is not None else None, actual, quantiles))
    cells = {place: score(found, values) for place, found in by_place.items()}
    return Measured(cells, sql, 0.0, (), Cell(None, 0, why="no_forecasts"))


@dataclass(frozen=True)
class _Row:
    metric: str
    start: date
    last: date
    person: str | None
    team: str | None
    kind: str | None
    amount: Any
    p10: Any
    p50: Any
    p90: Any


def _chosen(scope: Scope, rows: list[_Row]) -> list[_Row]:
    """The forecasts of the level asked for, one for each period and subject."""
    people = [row for row in rows if row.person]
    teams = [row for row in rows if row.team and not row.person]
    company = [row for row in rows if not row.team and not row.person]
    named = {c.dimension for c in scope.where}
    level = company or teams or people
    if "rep" in scope.by or "rep" in named:
        level = people
    elif "team" in scope.by or "team" in named:
        level = teams
    best: dict[tuple[Any, ...], _Row] = {}
    for row in sorted(level, key=lambda row: KINDS.index(row.kind) if row.kind in KINDS else len(KINDS)):
        key = (row.metric, row.start, row.last, row.person, row.team, row.kind if "kind" in scope.by else None)
        best.setdefault(key, row)
    return list(best.values())


def _actual(scope: Scope, catalogue: Catalogue, row: _Row, known: dict[tuple[Any, ...], dict[Place, Cell]]) -> float:
    """What the period brought for whom it was forecast; `known` keeps what was measured for all at once."""
    credited = row.metric == "bookings_amount" and row.person is not None
    subject = catalogue.find("bookings_amount_by_rep" if credited else row.metric)
    by = ("rep",) if row.person else ("team",) if row.team else ()
    key = (subject.id, row.start, row.last, by)
    if key not in known:
        within = replace(scope.within(row.start, row.last + timedelta(days=1)), by=by, where=(), parameters=None)
        known[key] = measure(within, subject, catalogue).cells
    cell = known[key].get(tuple(name for name in (row.person or row.team,) if name))
    return float(cell.value or 0) if cell else 0.0


def win_probability_quality(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Brier score of the chances given to deals: mean (p − y)², y = 1 for a deal won by the last day forecast, else 0."""
    selection = select(scope, metric)
    keys = "".join(f"{key}, " for key in selection.dims.values())
    sql = f"""SELECT {keys}r.from_on, r.probability, d.status = 'won' AND d.closed_on <= r.to_on
FROM {selection.source}
LEFT JOIN deal_facts d ON d.deal_key = r.deal_key
WHERE {selection.counted}"""
    squares: dict[Place, list[float]] = defaultdict(list)
    for *place, start, probability, won in scope.session.rows(sql):
        where = (*place, scope.calendar.unit_of(scope.grain, start).label) if scope.grain else tuple(place)
        squares[where].append((float(probability) - (1.0 if won else 0.0)) ** 2)
    cells = {}
    for where, found in squares.items():
        interval = intervals.mean(len(found), sum(found), sum(value * value for value in found))
        low, high = interval or (None, None)
        cells[where] = Cell(sum(found) / len(found), len(found), low, high)
    return Measured(cells, sql, 0.0, (), Cell(None, 0, why="no_forecasts"))


def pinball(share: float, forecast: float, actual: float) -> float:
    """The loss of a quantile forecast (Koenker and Bassett 1978): max(τ (y − q), (τ − 1)(y − q))."""
    return max(share * (actual - forecast), (share - 1) * (actual - forecast))


def _points(found: Sequence[Scored]) -> list[tuple[float, float]]:
    return [(one.forecast, one.actual) for one in found if one.forecast is not None]


def _wape(found: Sequence[Scored], _: dict[str, Any]) -> Cell:
    points = _points(found)
    return _ratio(sum(abs(f - a) for f, a in points), sum(abs(a) for _, a in points), len(points))


def _bias(found: Sequence[Scored], _: dict[str, Any]) -> Cell:
    points = _points(found)
    return _ratio(sum(f - a for f, a in points), sum(a for _, a in points), len(points))


def _ratio(above: float, below: float, n: int) -> Cell:
    if not n or below == 0:
        return Cell(None, n, why="no_actuals" if n else "no_forecasts", numerator=above, denominator=below)
    return Cell(above / below, n, numerator=above, denominator=below)


def _mae(found: Sequence[Scored], _: dict[str, Any]) -> Cell:
    points = _points(found)
    return Cell(sum(abs(f - a) for f, a in points) / len(points), len(points)) if points else Cell(None, 0, why="no_forecasts")


def _mape(found: Sequence[Scored], _: dict[str, Any]) -> Cell:
    points = _points(found)
    if not points or any(a == 0 for _, a in points):
        return Cell(None, len(points), why="no_actuals" if points else "no_forecasts")
    return Cell(sum(abs(f - a) / abs(a) for f, a in points) / len(points), len(points))


def _coverage(found: Sequence[Scored], _: dict[str, Any]) -> Cell:
    whole = [one for one in found if "0.1" in one.quantiles and "0.9" in one.quantiles]
    inside = sum(one.quantiles["0.1"] <= one.actual <= one.quantiles["0.9"] for one in whole)
    if not whole:
        return Cell(None, 0, why="no_quantiles")
    low, high = intervals.wilson(inside, len(whole)) or (None, None)
    return Cell(inside / len(whole), len(whole), low, high, numerator=inside, denominator=len(whole))


def _losses(found: Sequence[Scored]) -> dict[str, tuple[float, int]]:
    losses: dict[str, tuple[float, int]] = {}
    for name in QUANTILES:
        each = [pinball(float(name), one.quantiles[name], one.actual) for one in found if name in one.quantiles]
        if each:
            losses[name] = (sum(each) / len(each), len(each))
    return losses


def _pinball(found: Sequence[Scored], values: dict[str, Any]) -> Cell:
    losses = _losses(found)
    columns = {QUANTILES[name]: loss for name, (loss, _) in losses.items()}
    wanted = str(values["quantile"])
    if wanted == "mean":
        whole = losses if len(losses) == len(QUANTILES) else {}
        if not whole:
            return Cell(None, 0, why="no_quantiles", columns=columns)
        n = min(count for _, count in whole.values())
        return Cell(sum(loss for loss, _ in whole.values()) / len(whole), n, columns=columns)
    if wanted not in losses:
        return Cell(None, 0, why="no_quantiles", columns=columns)
    return Cell(*losses[wanted], columns=columns)


def _crps(found: Sequence[Scored], values: dict[str, Any]) -> Cell:
    """From three quantiles: twice the mean pinball loss (Gneiting and Raftery 2007)."""
    mean = _pinball(found, {"quantile": "mean"})
    return Cell(2 * mean.value, mean.n) if mean.value is not None else Cell(None, mean.n, why=mean.why)


SCORES: dict[str, Callable[[Sequence[Scored], dict[str, Any]], Cell]] = {
    "wape": _wape,
    "bias": _bias,
    "mae": _mae,
    "mape": _mape,
    "coverage": _coverage,
    "pinball": _pinball,
    "crps": _crps,
}
