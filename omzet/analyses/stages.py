"""Stages as a flow: what entered the next one for what entered this one, whoever it was."""

from __future__ import annotations

from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select

STAGE = "stage"


def flow(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Entries to the next stage ÷ entries to this one, both within the period; it can pass 1. Asked by stage."""
    sql = grouped(scope, select(scope, metric), ["count(*) AS entries"])
    if STAGE not in scope.by:
        return Measured({}, sql, 0.0, (), Cell(None, 0, why="by_stage"))
    rows, took = run(scope, sql, 1)
    entries = {place: int(n) for place, (n,) in rows}
    after, at = _next_stages(scope), scope.by.index(STAGE)
    cells: dict[Place, Cell] = {}
    for place, n in entries.items():
        following = after.get(place[at])
        if following is not None:
            onward = entries.get((*place[:at], following, *place[at + 1 :]), 0)
            cells[place] = Cell(onward / n, n, numerator=onward, denominator=n)
    return Measured(cells, sql, took, (), Cell(None, 0, why=metric.undefined))


def _next_stages(scope: Scope) -> dict[str, str]:
    rows = scope.session.rows(
        """SELECT stage_key, lead(stage_key) OVER (PARTITION BY connection, pipeline ORDER BY position, stage) FROM stage_order
           WHERE position IS NOT NULL"""
    )
    return {key: following for key, following in rows if following is not None}
