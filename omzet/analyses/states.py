"""The chance to win from each stage by how deals move between stages, with what became of those that reached it beside."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from omzet.analyses.stages import STAGE, of_all_stages
from omzet.analyses.survival import times
from omzet.engines.sql import text_literal
from omzet.metrics import expressions
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Anchor, Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.relations import RELATIONS
from omzet.metrics.scope import Scope
from omzet.metrics.selection import Selection, select
from omzet.statistics.states import Move, absorption
from omzet.statistics.survival import Exits, curve

ENDS = ("won", "lost")
NOWHERE = ("open", "undone")
LED_TO = """CASE WHEN to_key = 'open' THEN 'open'
    WHEN undone OR status = 'disqualified' THEN 'undone'
    WHEN ended IS NOT NULL THEN ended
    WHEN coalesce(to_kind, 'open') = 'open' THEN to_key
    ELSE 'undone' END"""
"""Where a stay led; `undone` where that says nothing of the way to an end."""

TOLERATED = 0.05
"""A larger difference from what became of the deals says that the present stage alone does not tell: then they count."""


def absorption_of_stages(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """By stage the chance that a deal in it is won at last, from its moves to other stages, back and forth.

    Only stays that began so long ago that nine in ten such stays are over: of younger ones only the fast exits are seen.
    Beside it the share won of the deals that reached the stage as long ago as nine in ten take to be decided, and which
    of the two is to be used.
    """
    return of_all_stages(scope, lambda wide: _absorption(wide, metric))


def _absorption(scope: Scope, metric: Metric) -> Measured:
    at = scope.by.index(STAGE)
    moves, possible, sql, took = _moves(scope, metric, at)
    shares, more_sql, more = _shares(scope, metric)
    draws = 400 if len(moves) <= 100 else 100
    cells: dict[Place, Cell] = {}
    for rest, counts in moves.items():
        found = absorption(counts, possible, "won", ENDS, draws=draws)
        for stage in found.chance:
            if not (n := found.n[stage]):
                continue
            place = (*rest[:at], stage, *rest[at:])
            won, decided = shares.get(place, (0, 0))
            seen = won / decided if decided else None
            gap = None if seen is None else found.chance[stage] - seen
            differs = gap is not None and abs(gap) > TOLERATED
            columns = {
                "empirical": seen,
                "empirical_n": decided,
                "gap": gap,
                "used": "empirical" if differs else "moves",
                "chance": seen if differs else found.chance[stage],
            }
            cells[place] = Cell(found.chance[stage], n, found.low[stage], found.high[stage], columns=columns)
    return Measured(cells, f"{sql};\n\n{more_sql}", took + more, (), Cell(None, 0, why=metric.undefined))


def _moves(scope: Scope, metric: Metric, at: int) -> tuple[dict[Place, dict[Move, int]], set[Move], str, float]:
    """How many ended stays led where, by the place without the stage, and which moves there are at all."""
    stays = replace(
        metric,
        population="coalesce(stage_kind, 'open') = 'open'",
        measure="date_diff('day', entered_on, CASE WHEN to_key = 'open' THEN :as_of ELSE moved_on END)",
        arguments={"outcome": LED_TO},
    )
    lasted, _, first = times(_of_stages(scope), stays)
    # Told apart by where they led instead of by the entry's conditions, which leaves the same and is quicker.
    selection = _mature(scope, select(scope, replace(stays, measure="")), "r.entered_on", lasted)
    led_to = expressions.row_sql(LED_TO, scope.values(metric))
    sql = grouped(scope, selection, ["count(*) AS n"], also=[f"{led_to} AS led_to"])
    rows, took = run(scope, sql, 2)
    moves: dict[Place, dict[Move, int]] = defaultdict(dict)
    for place, (to, n) in rows:
        if to not in NOWHERE:
            moves[*place[:at], *place[at + 1 :]][place[at], to] = int(n)
    possible = {(str(stage), to) for (stage,), exits in lasted.items() for to in exits.by_outcome if to not in NOWHERE}
    return moves, possible, sql, first + took


def _shares(scope: Scope, metric: Metric) -> tuple[dict[Place, tuple[int, int]], str, float]:
    """Won and decided by place, of the deals that reached the stage and were old enough."""
    reaching = replace(
        metric,
        relation="stages",
        anchor=Anchor("cohort", "reached_on"),
        population="position IS NOT NULL AND has_next AND status <> 'disqualified'",
    )
    decided = f"""LEFT JOIN (SELECT deal_no, closed_on AS decided_on FROM
        ({RELATIONS["deals"].select(scope.session, scope.as_of)})) w ON w.deal_no = r.deal_no"""
    by_stage = _of_stages(scope)
    selection = select(by_stage, reaching)
    selection = replace(selection, source=f"{selection.source}\n{decided}")
    waited = scope.session.sql.days_between("r.reached_on", f"coalesce(w.decided_on, {scope.as_of.day_sql})")
    outcome = "CASE WHEN r.status = 'open' THEN 'open' ELSE 'decided' END"
    sql = grouped(by_stage, selection, ["count(*) AS n"], also=[f"greatest({waited}, 0) AS time", f"{outcome} AS outcome"])
    rows, first = run(by_stage, sql, 3)
    told: dict[Place, list[tuple[float, str, int]]] = defaultdict(list)
    for place, row in rows:
        told[place].append(row)
    took_until_decided = {place: Exits.of(left) for place, left in told.items()}
    selection = _mature(scope, select(scope, reaching), "r.reached_on", took_until_decided)
    won, closed = ("count(*) FILTER (WHERE r.status = 'won')", "count(*) FILTER (WHERE r.status <> 'open')")
    sql = grouped(scope, selection, [won, closed])
    rows, took = run(scope, sql, 2)
    return {place: (int(k), int(n)) for place, (k, n) in rows}, sql, first + took


def _of_stages(scope: Scope) -> Scope:
    """All deals by stage alone: how long things take and which moves there are is one for all questions."""
    return replace(scope, by=(STAGE,), where=(), grain=None, start=None, end=None)


def _mature(scope: Scope, selection: Selection, day: str, took: dict[Place, Exits]) -> Selection:
    """Only what began before the time that nine in ten take; where that is never seen, the longest that any took."""
    until = []
    for (stage,), exits in took.items():
        found = curve(exits)
        if stage is None or found is None or not len(found.times):
            continue
        days = found.reached(0.1)
        latest = scope.as_of.day - timedelta(days=int(found.times[-1] if days is None else days))
        until.append(f"({text_literal(stage)}, DATE '{latest.isoformat()}')")
    if not until:
        return replace(selection, population=f"{selection.population} AND FALSE")
    joined = f"JOIN (VALUES {', '.join(until)}) mature (stage_key, until_on) ON mature.stage_key = r.stage_key"
    return replace(selection, source=f"{selection.source}\n{joined} AND {day} <= mature.until_on")
