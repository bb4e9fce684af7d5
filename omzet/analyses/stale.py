"""Open deals that stand still: without contact, and pushed to a later date again and again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from omzet.history import aliases
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, measure, run, unrated_notes
from omzet.metrics.relations import RELATIONS
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.snapshots import each_period
from omzet.statistics import intervals


def stale_share(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Amount of the open deals without a done touch in the last `stale_days` days ÷ amount of all open deals.

    A touch is a call, e-mail or meeting that took place, not sent by a machine, of the deal itself or linked to it. A deal
    never touched counts from its creation. Column `deals`: how many are stale.
    """
    days = int(scope.values(metric)["stale_days"])
    since = f"DATE '{scope.as_of.day - timedelta(days=days)}'"
    selection = select(scope, metric)
    touches = f"""SELECT activity_key, deal_key FROM ({RELATIONS["activities"].select(scope.session, scope.as_of)})
        WHERE removed IS NULL AND status = 'done' AND NOT automated AND kind IN ('call', 'email', 'meeting')
            AND happened_on > {since}"""
    linked = ""
    if scope.session.rows("SELECT 1 FROM activity_links WHERE deal_id IS NOT NULL LIMIT 1"):
        linked = f"""UNION ALL SELECT l.deal_id FROM {aliases.source(scope.session, "activity_links")} l
            JOIN touches t ON t.activity_key = l.activity_id WHERE l.deal_id IS NOT NULL AND l.is_deleted IS NOT TRUE"""
    touched = f"""WITH touches AS ({touches}),
        deals_touched AS (SELECT deal_key FROM touches WHERE deal_key IS NOT NULL {linked})
        SELECT DISTINCT deal_key FROM deals_touched"""
    selection = replace(selection, source=f"{selection.source}\nLEFT JOIN ({touched}) touched ON touched.deal_key = r.deal_key")
    stale = f"touched.deal_key IS NULL AND NOT coalesce(coalesce(r.created_on, r.exists_on) > {since}, FALSE)"
    sums = [
        f"sum(CASE WHEN {stale} THEN r.amount_as_of END) AS stale",
        "sum(r.amount_as_of) AS amount",
        "count(*) AS n",
        f"count(*) FILTER (WHERE {stale}) AS deals",
        f"{selection.unrated} AS unrated",
    ]
    sql = grouped(scope, selection, sums)
    rows, took = run(scope, sql, 5)
    cells = {}
    for place, (part, amount, n, deals, out) in rows:
        above, below = float(part or 0), float(amount or 0)
        value = above / below if below > 0 else None
        why = None if below > 0 else "nothing_open"
        cells[place] = Cell(value, n - out, why=why, numerator=above, denominator=below, columns={"deals": deals})
    notes = unrated_notes(scope, metric, selection, sum(numbers[-1] for _, numbers in rows))
    return Measured(cells, sql, took, notes, Cell(None, 0, why="nothing_open", numerator=0, denominator=0))


def win_rate_if_lost(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """What the win rate would be if every stale open deal were lost: won ÷ (won + lost + stale), beside the rate as it is.

    Stale deals are those at the end of the period, or of each of them; as of as-of where that is earlier or there is none.
    """
    known = scope.parameters or {}
    rate = measure(replace(scope, parameters=None), catalogue.find("win_rate"), catalogue)
    of_stale = catalogue.find("stale_pipeline_share")

    def stale_at(at: Scope) -> Measured:
        return stale_share(replace(at, parameters=known), of_stale, catalogue)

    last = scope.end - timedelta(days=1) if scope.end else scope.as_of.day
    stale = each_period(scope, stale_at) if scope.grain else stale_at(scope.at(last))
    cells: dict[Place, Cell] = {}
    for place, cell in rate.cells.items():
        lingering = int((stale.cells[place].columns.get("deals") if place in stale.cells else 0) or 0)
        won, closed = float(cell.numerator or 0), float(cell.denominator or 0)
        columns = {"win_rate": cell.value, "stale": lingering}
        if closed + lingering <= 0:
            cells[place] = Cell(None, 0, why="nothing_closed", columns=columns)
            continue
        low, high = intervals.wilson(won, closed + lingering) or (None, None)
        all_of = closed + lingering
        cells[place] = Cell(won / all_of, int(all_of), low, high, numerator=won, denominator=all_of, columns=columns)
    return Measured(cells, f"{rate.sql};\n\n{stale.sql}", rate.milliseconds + stale.milliseconds, (), rate.empty)


def push_count(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Mean number of days on which an open deal's expected close moved to a later day; several moves of a day are one.

    Column `pushed`: the share of open deals that were pushed at least once.
    """
    selection = select(scope, metric)
    pushes = "0"
    if "expected_close_on" in scope.session.names("SELECT * FROM deal_versions"):
        steps = f"""SELECT v.deal_no, v.expected_close_on AS day,
                lag(v.expected_close_on) OVER (PARTITION BY v.deal_no ORDER BY v.from_on) AS before
            FROM deal_versions v WHERE v.expected_close_on IS NOT NULL AND v.from_on <= {scope.as_of.day_sql}
                AND v.deal_no IN (SELECT deal_no FROM deal_versions WHERE status = 'open'
                    AND from_on <= {scope.as_of.day_sql} AND {scope.as_of.day_sql} < to_on)"""
        counted = f"SELECT deal_no, count(*) AS times FROM ({steps}) WHERE day > before GROUP BY 1"
        selection = replace(selection, source=f"{selection.source}\nLEFT JOIN ({counted}) pushes ON pushes.deal_no = r.deal_no")
        pushes = "coalesce(pushes.times, 0)"
    sums = [f"sum({pushes}) AS total", f"sum({pushes} * {pushes}) AS squares", f"count(*) FILTER (WHERE {pushes} > 0) AS pushed"]
    sql = grouped(scope, selection, [*sums, "count(*) AS n"])
    rows, took = run(scope, sql, 4)
    cells = {}
    for place, (total, squares, pushed, n) in rows:
        if not n:
            cells[place] = Cell(None, 0, why="nothing_open")
            continue
        low, high = intervals.mean(n, float(total), float(squares)) or (None, None)
        cells[place] = Cell(float(total) / n, n, low, high, numerator=float(total), denominator=n, columns={"pushed": pushed / n})
    return Measured(cells, sql, took, (), Cell(None, 0, why="nothing_open"))
