"""How much of what was promised for a period was won in it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

from omzet.analyses.targets import periods
from omzet.engines.sql import quoted
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select


def commit_accuracy(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Amount won, by the period's end or as-of, of the deals in category commit at the end of its `week`-th week ÷ their
    amount that day. They are those expected to close in the period. Without one the fiscal quarter that holds as-of.
    """
    week = int(scope.values(metric)["week"])
    cells: dict[Place, Cell] = {}
    sql, started = "", time.perf_counter()
    names = [quoted("d_" + name) for name in scope.by]
    for start, end, label in periods(scope):
        origin = start + timedelta(days=7 * week - 1)
        if origin > scope.as_of.day:
            if not scope.by:
                cells[(label,) if scope.grain else ()] = Cell(None, 0, why="week_not_over")
            continue
        at = replace(scope, grain=None).at(origin)
        promised, ended = select(at.within(start, end), metric), scope.at(end - timedelta(days=1))
        final = select(replace(ended, by=(), where=(), grain=None).within(None, None), metric)
        dims = "".join(f"{key} AS {name}, " for key, name in zip(promised.dims.values(), names, strict=True))
        group = f"\nGROUP BY {', '.join(str(n + 1) for n in range(len(names)))}" if names else ""
        kept = f"{dims}r.deal_no, r.amount_as_of AS amount"
        committed = f"{promised.reached} AND lower(r.forecast_category) = 'commit'"
        came = f"{final.standing} AND r.status = 'won' AND r.closed_on > DATE '{origin}' AND r.closed_on < DATE '{end}'"
        sql = f"""
WITH promised AS (SELECT {kept} FROM {promised.source_for(f"{kept} {committed}")} WHERE {committed}),
won AS (
    SELECT r.deal_no, r.amount_reporting AS amount
    FROM {final.source_for(f"r.deal_no r.amount_reporting {came}")} WHERE {came})
SELECT {"".join(name + ", " for name in names)}sum(w.amount) AS won, sum(p.amount) AS amount, count(*) AS n
FROM promised p LEFT JOIN won w ON w.deal_no = p.deal_no{group}"""
        for row in scope.session.rows(sql):
            place = (*row[: len(names)], label) if scope.grain else tuple(row[: len(names)])
            won, amount, n = float(row[-3] or 0), float(row[-2] or 0), int(row[-1] or 0)
            if amount <= 0:
                cells[place] = Cell(None, n, why="no_commit", numerator=won, denominator=amount)
            else:
                cells[place] = Cell(won / amount, n, numerator=won, denominator=amount)
    return Measured(cells, sql, (time.perf_counter() - started) * 1000, (), Cell(None, 0, why="no_commit"))
