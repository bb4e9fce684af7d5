"""Times with those still waiting: how long until a decision, a win, or the way out of a stage."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from omzet.engines.sql import quoted
from omzet.errors import CallError
from omzet.metrics import expressions, wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics import incidence, intervals, multiplicity
from omzet.statistics.survival import Curve, Exits, curve, log_rank

AGE, STAGE = "age_days", "stage"
REDRAWN_UP_TO = 20
"""More groups than this are not redrawn."""

COMPARED_UP_TO = 50
"""More groups than this are not compared: what differs can't be told from a note."""


def survival(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """What the entry asks of the curve of each place: `survival`, the `incidence` of an outcome, the `median`, or the
    `restricted_mean` to a horizon.

    The entry's `measure` is the time of a row, its `outcome` what ended it; `open` means that it is still going on. By
    `age_days` a curve is told at the ages of the parameter `at`, or at each of its steps; without, at its end.
    """
    values, what = scope.values(metric), str(metric.arguments["what"])
    within = replace(scope, by=tuple(name for name in scope.by if name != AGE))
    exits, sql, took = times(within, metric)
    cells: dict[Place, Cell] = {}
    for place, left in exits.items():
        found = curve(left)
        if found is None:
            continue
        if AGE not in scope.by:
            cells[place] = _cell(found, metric, what, values, found.longest)
            continue
        at = scope.by.index(AGE)
        for age in _ages(values.get("at"), found):
            cells[(*place[:at], age, *place[at:])] = _cell(found, metric, what, values, age)
    if what == "incidence" and AGE in scope.by and values.get("at") and not scope.grain:
        _beside_the_others(scope, metric, cells, exits)
    compared = what != "incidence" and within.by and not scope.grain
    if compared and what == "median":
        _against_the_others(within, cells, exits)
    notes = _compared(scope, metric, list(exits.values())) if compared else ()
    return Measured(cells, sql, took, notes, Cell(None, 0, why=metric.undefined or "no_rows"))


def times(scope: Scope, metric: Metric) -> tuple[dict[Place, Exits], str, float]:
    """By place how many left at each time and how, with the SQL that counted them and the milliseconds it took."""
    values = scope.values(metric)
    duration = expressions.row_sql(metric.measure, values)
    outcome = expressions.row_sql(str(metric.arguments["outcome"]), values)
    # One row for each place and outcome, with a list of its times: many of these are told far quicker than as many rows.
    listed, selection = scope.session.sql.listed, select(scope, metric)
    if metric.unit in ("hours", "minutes"):  # hardly two alike
        lists = [f"{listed(duration)} AS times", f"{listed('1')} AS numbers"]
        sql = grouped(scope, selection, lists, also=[f"{outcome} AS outcome"])
    else:
        keys = [quoted("d_" + name) for name in scope.by] + (["period"] if scope.grain else [])
        each = grouped(scope, selection, ["count(*) AS n"], also=[f"{duration} AS time", f"{outcome} AS outcome"])
        sql = f"""SELECT {"".join(f"{key}, " for key in keys)}outcome, {listed("time")} AS times, {listed("n")} AS numbers
FROM ({each}) e
GROUP BY {", ".join(str(n + 1) for n in range(len(keys) + 1))}"""
    rows, took = run(scope, sql, 3)
    told: dict[Place, dict[str, tuple[list[float], list[int]]]] = defaultdict(dict)
    for place, (ended, at, numbers) in rows:
        told[place][ended] = (at, numbers)
    return {place: Exits.listed(left) for place, left in told.items()}, sql, took


def _cell(found: Curve, metric: Metric, what: str, values: dict[str, Any], age: float) -> Cell:
    columns: dict[str, Any] = {"still_open": found.censored / found.n}
    if what == "median":
        median, (low, high) = found.median(), found.median_interval()
        return Cell(median, found.n, low, high, why=None if median is not None else "half_not_reached", columns=columns)
    if what == "restricted_mean":
        horizon = float(values["horizon_days"])
        return Cell(found.restricted_mean(horizon), found.n, *found.restricted_mean_interval(horizon), columns=columns)
    step = found.at(age)
    columns["at_risk"] = step.at_risk if step else found.n
    if what == "survival":
        limits = (step.low, step.high) if step else (1.0, 1.0)
        return Cell(found.survival(age), found.n, *_at_the_edge(found, age, limits), columns=columns)
    outcome = str(metric.arguments["of"])
    half = found.incidence(outcome, found.longest) / 2
    columns["half_by"] = found.passes(outcome, half) if half else None
    limits = _at_the_edge(found, age, found.incidence_interval(outcome, age))
    return Cell(found.incidence(outcome, age), found.n, *limits, columns=columns)


def _at_the_edge(found: Curve, age: float, limits: tuple[float, float]) -> tuple[float, float]:
    """Wilson's interval where a share is 0 or 1: there the variance says nothing."""
    if limits not in ((0.0, 0.0), (1.0, 1.0)):
        return limits
    n = found.known(age)
    return intervals.wilson(n * limits[0], n) or limits


def _ages(given: str | None, found: Curve) -> list[int]:
    if not given:
        return [int(time) for time in found.times]
    try:
        return [int(text) for text in str(given).replace(" ", "").split(",") if text]
    except ValueError:
        raise CallError(f"Parameter at must be days such as 30,60,90, not '{given}'.") from None


def _against_the_others(scope: Scope, cells: dict[Place, Cell], exits: dict[Place, Exits]) -> None:
    """Whether each group waits otherwise than the others of its stage: the log-rank test's `p`, and `q`, that adjusted for
    testing them all. Stages themselves are not compared: that they take unlike times is no finding."""
    at = scope.by.index(STAGE) if STAGE in scope.by else None
    families: dict[Any, list[Place]] = defaultdict(list)
    for place in cells:
        families[None if at is None else place[at]].append(place)
    found: dict[Place, float] = {}
    for places in families.values():
        if not 1 < len(places) <= COMPARED_UP_TO:
            continue
        for place in places:
            rest = Exits.together(exits[other] for other in places if other != place)
            if (p := log_rank([exits[place], rest])) is not None:
                found[place] = p
    for (place, p), q in zip(found.items(), multiplicity.adjusted(list(found.values())), strict=True):
        cells[place].columns.update(p=p, q=q)


def _beside_the_others(scope: Scope, metric: Metric, cells: dict[Place, Cell], exits: dict[Place, Exits]) -> None:
    """At the ages asked for, how much oftener the outcome had happened in each group than in all others, by redraws."""
    at = scope.by.index(AGE)
    groups = [place for place, left in exits.items() if left.n]
    ages = sorted({int(place[at]) for place in cells})
    if not 1 < len(groups) <= REDRAWN_UP_TO or not ages:
        return
    found = incidence.differences([exits[place] for place in groups], str(metric.arguments["of"]), ages)
    for place, by_age in zip(groups, found, strict=True):
        for age, each in zip(ages, by_age, strict=True):
            told = {"difference": each.value, "difference_low": each.low, "difference_high": each.high}
            cells[(*place[:at], age, *place[at:])].columns.update(told)


def _compared(scope: Scope, metric: Metric, groups: list[Exits]) -> tuple[str, ...]:
    """The log-rank test over all groups, where more than one has rows. It tells of times, not of how they end."""
    p = log_rank(groups) if 1 < len(groups) <= COMPARED_UP_TO else None
    if p is None:
        return ()
    told = "< 0.001" if p < 0.001 else f"= {p:.3f}"
    return (wording.note("log_rank", scope.language, metric=metric.id, p=told, count=len(groups)),)
