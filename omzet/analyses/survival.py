"""Times with those still waiting: how long until a decision, a win, or the way out of a stage."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from omzet.errors import CallError
from omzet.metrics import expressions, wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics.survival import Counts, Curve, curve, log_rank

AGE = "age_days"


def survival(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """What the entry asks of the curve of each place: `survival`, the `incidence` of an outcome, the `median`, or the
    `restricted_mean` to a horizon.

    The entry's `measure` is the time of a row, its `outcome` what ended it; `open` means that it is still going on. By
    `age_days` a curve is told at the ages of the parameter `at`, or at each of its steps; without, at its end.
    """
    values, what = scope.values(metric), str(metric.arguments["what"])
    within = replace(scope, by=tuple(name for name in scope.by if name != AGE))
    duration = expressions.row_sql(metric.measure, values)
    outcome = expressions.row_sql(str(metric.arguments["outcome"]), values)
    sql = grouped(within, select(within, metric), ["count(*) AS n"], also=[f"{duration} AS time", f"{outcome} AS outcome"])
    rows, took = run(within, sql, 3)
    counts: dict[Place, dict[float, dict[str, int]]] = defaultdict(dict)
    for place, (time, ended, n) in rows:
        left = counts[place].setdefault(float(time), {})
        left[ended] = left.get(ended, 0) + n
    curves = {place: found for place, left in counts.items() if (found := curve(left))}
    cells: dict[Place, Cell] = {}
    for place, found in curves.items():
        if AGE not in scope.by:
            cells[place] = _cell(found, metric, what, values, found.longest)
            continue
        at = scope.by.index(AGE)
        for age in _ages(values.get("at"), found):
            cells[(*place[:at], age, *place[at:])] = _cell(found, metric, what, values, age)
    notes = () if scope.grain or not within.by else _compared(scope, metric, list(counts.values()))
    return Measured(cells, sql, took, notes, Cell(None, 0, why=metric.undefined or "no_rows"))


def _cell(found: Curve, metric: Metric, what: str, values: dict[str, Any], age: float) -> Cell:
    columns: dict[str, Any] = {"still_open": found.censored / found.n}
    if what == "median":
        median, (low, high) = found.median(), found.median_interval()
        return Cell(median, found.n, low, high, why=None if median is not None else "half_not_reached", columns=columns)
    if what == "restricted_mean":
        return Cell(found.restricted_mean(float(values["horizon_days"])), found.n, columns=columns)
    step = found.at(age)
    columns["at_risk"] = step.at_risk if step else found.n
    if what == "survival":
        limits = (step.low, step.high) if step else (1.0, 1.0)
        return Cell(found.survival(age), found.n, *limits, columns=columns)
    outcome = str(metric.arguments["of"])
    half = found.incidence(outcome, found.longest) / 2
    columns["half_by"] = next((s.time for s in found.steps if half and s.incidence.get(outcome, 0.0) >= half - 1e-12), None)
    return Cell(found.incidence(outcome, age), found.n, columns=columns)


def _ages(given: str | None, found: Curve) -> list[int]:
    if not given:
        return [int(step.time) for step in found.steps]
    try:
        return [int(text) for text in str(given).replace(" ", "").split(",") if text]
    except ValueError:
        raise CallError(f"Parameter at must be days such as 30,60,90, not '{given}'.") from None


def _compared(scope: Scope, metric: Metric, groups: list[Counts]) -> tuple[str, ...]:
    """The log-rank test over all groups, where more than one has rows."""
    p = log_rank(groups) if 1 < len(groups) <= 50 else None
    if p is None:
        return ()
    told = "< 0.001" if p < 0.001 else f"= {p:.3f}"
    return (wording.note("log_rank", scope.language, metric=metric.id, p=told, count=len(groups)),)
