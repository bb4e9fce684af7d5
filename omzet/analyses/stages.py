"""Stages as a flow: what entered the next one for what entered this one, whoever it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from omzet.metrics import filters
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.relations import Dimension
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select

STAGE = "stage"
KEY = Dimension(STAGE, "r.stage_key", (), "stages")


def flow(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Entries to the next stage ÷ entries to this one, both within the period; it can pass 1. Asked by stage."""
    return of_all_stages(scope, lambda wide: _flow(wide, metric))


def of_all_stages(scope: Scope, measured: Callable[[Scope], Measured]) -> Measured:
    """What `measured` finds by stage over all stages, for a figure that a stage only has among the others.

    Conditions on the stage choose from what was found. Without `stage` among the dimensions they must leave one stage: then
    its value is the answer.
    """
    conditions = [condition for condition in scope.where if condition.dimension == STAGE]
    others = tuple(condition for condition in scope.where if condition.dimension != STAGE)
    limits = " AND ".join(filters.sql(condition, KEY, scope.labels) for condition in conditions) or "TRUE"
    chosen = {key for (key,) in scope.session.rows(f"SELECT stage_key FROM stage_order r WHERE {limits}")}
    if STAGE in scope.by:
        found = measured(replace(scope, where=others))
        at = scope.by.index(STAGE)
        return replace(found, cells={place: cell for place, cell in found.cells.items() if place[at] in chosen})
    if len(chosen) != 1:
        return Measured({}, "", 0.0, (), Cell(None, 0, why="by_stage"))
    found = measured(replace(scope, by=(*scope.by, STAGE), where=others))
    at = len(scope.by)
    cells = {(*place[:at], *place[at + 1 :]): cell for place, cell in found.cells.items() if place[at] in chosen}
    return replace(found, cells=cells)


def _flow(scope: Scope, metric: Metric) -> Measured:
    sql = grouped(scope, select(scope, metric), ["count(*) AS entries"])
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
