"""One funnel from lead to won: how far the leads of a period came, step by step."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from omzet.locale.words import t
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.relations import RELATIONS
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select

STEP = "step"


class Step(str):
    """The name of a step, with its place in the funnel."""

    place: int

    def __new__(cls, name: str, place: int) -> Step:
        """A step that is shown by its name and ordered by its place."""
        made = super().__new__(cls, name)
        made.place = place
        return made


def lead_funnel(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """How many leads came at least as far as each step. A later step counts as having passed the earlier ones.

    The stages are those of the pipeline that most of these leads became deals of; a deal of another pipeline counts as a
    deal, and when it is won as won. A lead whose deal was disqualified became a deal and came no
    further. Without `step` the number of leads.
    """
    within = replace(scope, by=tuple(name for name in scope.by if name != STEP))
    selection = select(within, metric)
    reached = f"""SELECT d.deal_key, d.status, d.furthest, d.pipeline, d.connection
        FROM ({RELATIONS["deals"].select(scope.session, scope.as_of)}) d
        WHERE d.removed IS NULL AND d.status <> 'disqualified'"""
    source = f"{selection.source}\nLEFT JOIN ({reached}) became ON became.deal_key = r.deal_key AND r.converted_on IS NOT NULL"
    came = "CASE WHEN r.converted_on IS NOT NULL THEN 3 WHEN r.qualified_on IS NOT NULL THEN 2"
    came += " WHEN r.contacted_on IS NOT NULL THEN 1 ELSE 0 END"
    also = [f"{came} AS came", "became.connection", "coalesce(became.pipeline, '') AS pipeline", "became.furthest"]
    also.append("became.status = 'won' AS won")
    sql = grouped(within, replace(selection, source=source), ["count(*) AS n"], also=also)
    rows, took = run(within, sql, 6)
    stages = _stages(scope, rows)
    names = [
        t("metrics.steps.created", "Leads", scope.language),
        t("metrics.steps.contacted", "Contacted", scope.language),
        t("metrics.steps.qualified", "Qualified", scope.language),
        t("metrics.steps.converted", "Deal", scope.language),
    ]
    names += [f"{name} ({pipeline})" if name in names else name for name, _, pipeline, _ in stages]
    names.append(t("metrics.steps.won", "Won", scope.language))
    steps = [Step(name, at) for at, name in enumerate(names)]
    furthest: dict[Place, list[int]] = defaultdict(lambda: [0] * len(steps))
    for place, (came_to, connection, pipeline, position, won, n) in rows:
        at = came_to
        if won:
            at = len(steps) - 1
        elif position is not None:
            passed = sum(1 for _, *own, place_of in stages if own == [connection, pipeline] and place_of <= position)
            at = 3 + passed
        furthest[place][at] += n
    cells: dict[Place, Cell] = {}
    for place, counts in furthest.items():
        there = [sum(counts[at:]) for at in range(len(steps))]
        if STEP not in scope.by:
            cells[place] = Cell(there[0], there[0], numerator=there[0])
            continue
        i = scope.by.index(STEP)
        for at, step in enumerate(steps):
            columns = {
                "of_previous": there[at] / there[at - 1] if at and there[at - 1] else None,
                "of_all": there[at] / there[0] if there[0] else None,
                "here_now": counts[at],
            }
            cells[(*place[:i], step, *place[i:])] = Cell(there[at], there[at], numerator=there[at], columns=columns)
    return Measured(cells, sql, took, (), Cell(0, 0))


def _stages(scope: Scope, rows: list[tuple[Place, tuple[object, ...]]]) -> list[tuple[str, str, str, int]]:
    """Name, connection, pipeline and position of the stages before won, of the pipeline that most of these leads went to."""
    became: dict[tuple[str, str], int] = defaultdict(int)
    for _, (_, connection, pipeline, _, _, n) in rows:
        if connection is not None:
            became[str(connection), str(pipeline)] += int(str(n))
    if not became:
        return []
    connection, pipeline = max(became, key=lambda each: (became[each], each))
    found = scope.session.rows(
        """SELECT name, connection, pipeline, position FROM stage_order
           WHERE connection = ? AND pipeline = ? AND position IS NOT NULL AND kind IS DISTINCT FROM 'won' ORDER BY position""",
        [connection, pipeline],
    )
    return [(name, owner, of, position) for name, owner, of, position in found]
