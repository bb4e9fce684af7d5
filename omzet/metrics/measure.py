"""Measure one metric in a scope: one SQL statement, and from its sums the values with n and interval."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from omzet.engines.sql import quoted
from omzet.metrics import expressions, snapshots, wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.expressions import Aggregate
from omzet.metrics.scope import Scope
from omzet.metrics.selection import Selection, period_key, select
from omzet.statistics import intervals
from omzet.statistics.quantiles import Histogram


def measure(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The metric's cells for every combination of dimension values and period that has rows."""
    chosen = metric.varied(scope.values(metric))
    if chosen.of:
        return _ratio_of(scope, chosen, catalogue)
    if chosen.is_snapshot and scope.grain:
        if snapshots.can_run(scope, chosen):
            return snapshots.series(scope, chosen)
        return snapshots.each_period(scope, lambda at: measure(at, metric, catalogue))
    if chosen.measure:
        return _distribution(scope, chosen)
    return _read(scope, reading(scope, chosen))


def grouped(scope: Scope, selection: Selection, values: Iterable[str], *, also: Iterable[str] = ()) -> str:
    """SELECT of dimension keys (and the period's first day), then `values`, grouped by all but the values."""
    keys = [f"{key} AS {quoted('d_' + name)}" for name, key in selection.dims.items()]
    if scope.grain:
        keys.append(f"{period_key(scope, selection.day or 'NULL')} AS period")
    keys += also
    by = f"\nGROUP BY {', '.join(str(n + 1) for n in range(len(keys)))}" if keys else ""
    columns = ",\n       ".join([*keys, *values])
    where = selection.reached or "TRUE"
    return f"SELECT {columns}\nFROM {selection.source_for(f'{columns} {where}')}\nWHERE {where}{by}"


def run(scope: Scope, sql: str, width: int) -> tuple[list[tuple[Place, tuple[Any, ...]]], float]:
    """Run a grouped SELECT. Returns each place with its `width` values, and the milliseconds it took."""
    started = time.perf_counter()
    rows = scope.session.rows(sql)
    took = (time.perf_counter() - started) * 1000
    label = period_label(scope)
    found = []
    for row in rows:
        place = list(row[: len(row) - width])
        if scope.grain:
            at = len(scope.by)
            if place[at] is None:
                continue
            place[at] = label(place[at])
        found.append((tuple(place), row[len(row) - width :]))
    return found, took


def period_label(scope: Scope) -> Callable[[date], str]:
    """How a period's first day is written, by the question's grain."""
    return lru_cache(maxsize=None)(lambda day: scope.calendar.unit_of(scope.grain or "day", day).label)


def row_value(aggregate: Aggregate) -> str:
    """The row-level value whose sum the aggregate is."""
    if aggregate.row == "*":
        return "1"
    if aggregate.function == "count_if":
        return f"CASE WHEN {aggregate.row} THEN 1 ELSE 0 END"
    if aggregate.function == "count":
        return f"CASE WHEN {aggregate.row} IS NOT NULL THEN 1 ELSE 0 END"
    return f"coalesce({aggregate.row}, 0)"


@dataclass(frozen=True)
class Reading:
    """What a metric reads of its rows: numbers that add up over any parts of them, and the cell that they make.

    `notes` are made from the sums over all places.
    """

    selection: Selection
    values: tuple[str, ...]
    cell: Callable[[Sequence[Any]], Cell]
    notes: Callable[[Sequence[Any]], tuple[str, ...]]
    empty: Cell

    def measured(self, places: Mapping[Place, Sequence[Any]], sql: str, took: float) -> Measured:
        """The answer that the numbers of each place make."""
        sums = [sum(numbers[at] or 0 for numbers in places.values()) for at in range(len(self.values))]
        cells = {place: self.cell(numbers) for place, numbers in places.items()}
        return Measured(cells, sql, took, self.notes(sums), self.empty)


def reading(scope: Scope, metric: Metric) -> Reading:
    """How a sum or a ratio of sums is read."""
    return _ratio(scope, metric) if metric.numerator else _sum(scope, metric)


def _read(scope: Scope, wanted: Reading) -> Measured:
    sql = grouped(scope, wanted.selection, wanted.values)
    rows, took = run(scope, sql, len(wanted.values))
    return wanted.measured(dict(rows), sql, took)


def _sum(scope: Scope, metric: Metric) -> Reading:
    selection = select(scope, metric)
    aggregate = expressions.aggregate(metric.value, scope.values(metric))
    missing = f"count(*) FILTER (WHERE {aggregate.row} IS NULL)" if aggregate.function == "sum" else "0"
    selection = selection.counting(scope, f"{row_value(aggregate)} {missing}")
    count, times = selection.number, f" * {selection.items}" if selection.items else ""
    total = count if aggregate.row == "*" else f"sum({row_value(aggregate)}{times})"
    values = (f"{total} AS total", f"{count} AS n", f"{missing} AS missing", f"{selection.unrated} AS unrated")

    def cell(numbers: Sequence[Any]) -> Cell:
        total, n, _, out = numbers
        return Cell(_number(total or 0), n - out, numerator=_number(total or 0))

    def notes(sums: Sequence[Any]) -> tuple[str, ...]:
        _, n, lacking, unrated = sums
        told = unrated_notes(scope, metric, selection, unrated)
        if lacking > unrated:
            told += (wording.note("no_amount", scope.language, metric=metric.id, missing=lacking - unrated, of=n - unrated),)
        return told

    return Reading(selection, values, cell, notes, Cell(0, 0))


def unrated_notes(scope: Scope, metric: Metric, selection: Selection, unrated: int) -> tuple[str, ...]:
    """By currency how many rows are left out because there is no rate for their day."""
    if not unrated:
        return ()
    rows = scope.session.rows(
        f"""SELECT r.currency, count(*) FROM {selection.source} WHERE {selection.reached or "TRUE"} AND NOT {selection.rated}
            GROUP BY 1 ORDER BY 1"""
    )
    return tuple(wording.note("no_rate", scope.language, metric=metric.id, count=n, currency=name) for name, n in rows)


def _ratio(scope: Scope, metric: Metric) -> Reading:
    selection = select(scope, metric)
    values = scope.values(metric)
    above, below = expressions.aggregate(metric.numerator, values), expressions.aggregate(metric.denominator, values)
    x, y = row_value(above), row_value(below)
    if metric.interval != "ratio" and not metric.defined_if:
        selection = selection.counting(scope, f"{x} {y}")
    if selection.items:
        x, y = f"{x} * {selection.items}", f"{y} * {selection.items}"
    counts_rows = below.function in ("count", "count_if")
    n = f"sum({y})" if counts_rows else f"{selection.number} - {selection.unrated}"
    sums = [f"sum({x}) AS above", f"sum({y}) AS below", f"{n} AS n"]
    if metric.interval == "ratio":
        dx, dy = f"CAST({x} AS DOUBLE)", f"CAST({y} AS DOUBLE)"
        sums += [f"sum({dx} * {dx}) AS above_squared", f"sum({dx} * {dy}) AS product", f"sum({dy} * {dy}) AS below_squared"]
    else:
        sums += ["0 AS above_squared", "0 AS product", "0 AS below_squared"]
    immature = f"count(*) FILTER (WHERE NOT ({expressions.row_sql(metric.defined_if, values)}))" if metric.defined_if else "0"
    return Reading(
        selection,
        (*sums, f"{immature} AS immature", f"{selection.unrated} AS unrated"),
        lambda numbers: _ratio_cell(metric, numbers[:-1]),
        lambda sums: unrated_notes(scope, metric, selection, sums[-1]),
        Cell(None, 0, why=metric.undefined or "no_rows", numerator=0, denominator=0),
    )


def _ratio_cell(metric: Metric, numbers: Sequence[Any]) -> Cell:
    above, below, n, above_squared, product, below_squared, immature = numbers
    above, below, n = _number(above or 0), _number(below or 0), int(n or 0)
    if immature:
        return Cell(None, n, why="immature", numerator=above, denominator=below)
    if below <= 0:
        return Cell(None, n, why=metric.undefined or "no_rows", numerator=above, denominator=below)
    low = high = None
    if metric.interval == "wilson":
        interval = intervals.wilson(above, below)
    elif metric.interval == "ratio":
        # The interval's y is what is divided, its x what it is divided by.
        interval = intervals.ratio_of_sums(
            n, float(below), float(above), float(below_squared), float(product), float(above_squared)
        )
    else:
        interval = None
    if interval is not None:
        low, high = interval
    return Cell(above / below, n, low, high, numerator=above, denominator=below)


def _distribution(scope: Scope, metric: Metric) -> Measured:
    selection = select(scope, metric)
    measured = expressions.row_sql(metric.measure, scope.values(metric))
    if metric.unit in ("money", "hours"):
        return _quantile(scope, metric, selection, measured)
    sql = grouped(scope, selection, ["count(*) AS n"], also=[f"{measured} AS measured"])
    started = time.perf_counter()
    rows = scope.session.rows(sql)
    took = (time.perf_counter() - started) * 1000
    label = period_label(scope)
    counts: dict[Place, dict[float, int]] = defaultdict(dict)
    for row in rows:
        place = list(row[:-2])
        if scope.grain:
            place[-1] = label(place[-1])
        histogram = counts[tuple(place)]
        histogram[row[-2]] = histogram.get(row[-2], 0) + row[-1]
    cells = {place: _distribution_cell(metric, histogram) for place, histogram in counts.items()}
    return Measured(cells, sql, took, (), Cell(None, 0, why=metric.undefined or "no_rows"))


def _distribution_cell(metric: Metric, counts: dict[float, int]) -> Cell:
    n = sum(counts.values())
    if metric.statistic == "mean":
        total = sum(value * count for value, count in counts.items())
        squares = sum(value * value * count for value, count in counts.items())
        interval = intervals.mean(n, float(total), float(squares))
        value: float | None = total / n
        cell = Cell(value, n, numerator=float(total), denominator=n)
    else:
        histogram = Histogram.of(counts)
        interval = histogram.interval(float(metric.statistic or 0.5))
        cell = Cell(histogram.quantile(float(metric.statistic or 0.5)), n)
    if interval is None:
        return cell
    return Cell(cell.value, n, interval[0], interval[1], numerator=cell.numerator, denominator=cell.denominator)


def _quantile(scope: Scope, metric: Metric, selection: Selection, measured: str) -> Measured:
    """A quantile of amounts or hours: too many different values for a histogram, so the engine finds it."""
    share = float(metric.statistic) if isinstance(metric.statistic, int | float) else 0.5
    value = scope.session.sql.quantile(f"CAST({measured} AS DOUBLE)", share)
    sql = grouped(scope, selection, [f"{value} AS value", f"count({measured}) AS n", f"{selection.unrated} AS unrated"])
    rows, took = run(scope, sql, 3)
    cells = {place: Cell(_number(value), n) for place, (value, n, _) in rows if n}
    notes = unrated_notes(scope, metric, selection, sum(numbers[-1] for _, numbers in rows))
    return Measured(cells, sql, took, notes, Cell(None, 0, why=metric.undefined or "no_rows"))


def _ratio_of(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    above, below = (measure(scope, catalogue.find(part), catalogue) for part in metric.of)
    return divided(metric, above, below)


def divided(metric: Metric, above: Measured, below: Measured) -> Measured:
    """A ratio of two metrics that are taken over different rows, matched by dimension and period."""
    cells = {}
    for place in above.cells.keys() | below.cells.keys():
        top = above.cells.get(place, above.empty)
        bottom = below.cells.get(place, below.empty)
        if not bottom.value or bottom.value <= 0 or top.value is None:
            cells[place] = Cell(None, bottom.n, why=metric.undefined or "no_rows", numerator=top.value, denominator=bottom.value)
        else:
            cells[place] = Cell(top.value / bottom.value, bottom.n, numerator=top.value, denominator=bottom.value)
    sql = f"-- {metric.of[0]}\n{above.sql};\n\n-- {metric.of[1]}\n{below.sql}"
    return Measured(
        cells,
        sql,
        above.milliseconds + below.milliseconds,
        (*above.notes, *below.notes),
        Cell(None, 0, why=metric.undefined or "no_rows"),
    )


def _number(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    return float(value)
