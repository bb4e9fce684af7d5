"""Open deals that stand still: without contact, and pushed to a later date again and again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from omzet.locale import formats
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, measure, run, unrated_notes
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.snapshots import each_period
from omzet.statistics import intervals

STALE = "stale_pipeline_share"


def stale_share(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Amount of the open deals without a done touch in the last `stale_days` days ÷ amount of all open deals.

    A touch is a call, e-mail or meeting that took place, not sent by a machine, of the deal itself or linked to it. A deal
    never touched counts from its creation. Column `deals`: how many are stale.
    """
    days = int(scope.values(metric)["stale_days"])
    since = f"DATE '{scope.as_of.day - timedelta(days=days)}'"
    selection = select(scope, metric)
    touched = f"""SELECT DISTINCT deal_no FROM touches WHERE kind IN ('call', 'email', 'meeting') AND NOT missed
        AND happened_on > {since} AND {scope.as_of.happened("happened_at", "happened_on")}"""
    selection = replace(selection, source=f"{selection.source}\nLEFT JOIN ({touched}) touched ON touched.deal_no = r.deal_no")
    stale = f"touched.deal_no IS NULL AND NOT coalesce(coalesce(r.created_on, r.exists_on) > {since}, FALSE)"
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
    rate = measure(replace(scope, parameters=None), catalogue.find("win_rate"), catalogue)
    stale = _stale_at_the_end(scope, catalogue)
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


def bounded(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """A rate of closed deals, and its `bound`: what it would be if every stale open deal were lost.

    The deals come on top of all closed ones, and of the lost where that is what the rate counts; a rate of amounts takes
    their amounts. Where none is stale there is no bound. Column `stale`: how many are.
    """
    rate, stale = measure(scope, metric, catalogue), _stale_at_the_end(scope, catalogue)
    of_lost, of_amounts = metric.parts[0] == "lost", bool(metric.amount)
    cells = dict(rate.cells)
    for place, cell in rate.cells.items():
        lingering = stale.cells.get(place)
        deals = int(lingering.columns["deals"] or 0) if lingering else 0
        more = float((lingering.numerator if of_amounts else deals) or 0) if lingering else 0.0
        if cell.value is None or not more:
            continue
        part, whole = float(cell.numerator or 0), float(cell.denominator or 0)
        bound = (part + (more if of_lost else 0)) / (whole + more)
        cells[place] = replace(cell, columns={**cell.columns, "bound": bound, "stale": deals})
    notes = rate.notes + (_bound_note(scope, metric, cells[()], catalogue) if () in cells else ())
    return replace(
        rate, cells=cells, sql=f"{rate.sql};\n\n{stale.sql}", milliseconds=rate.milliseconds + stale.milliseconds, notes=notes
    )


def _bound_note(scope: Scope, metric: Metric, cell: Cell, catalogue: Catalogue) -> tuple[str, ...]:
    if "bound" not in cell.columns or cell.value is None:
        return ()
    low, high = sorted((float(cell.value), float(cell.columns["bound"])))
    return (
        wording.note(
            "bound",
            scope.language,
            between=formats.between(formats.percent(low, scope.language), formats.percent(high, scope.language)),
            n=cell.columns["stale"],
            days=scope.values(catalogue.find(STALE))["stale_days"],
        ),
    )


def _stale_at_the_end(scope: Scope, catalogue: Catalogue) -> Measured:
    """Stale deals at the end of the period, or of each of them; as of as-of where that is earlier or there is none."""
    of_stale, known = catalogue.find(STALE), scope.parameters or {}

    def stale_at(at: Scope) -> Measured:
        return stale_share(replace(at, parameters=known), of_stale, catalogue)

    last = scope.end - timedelta(days=1) if scope.end else scope.as_of.day
    return each_period(scope, stale_at) if scope.grain else stale_at(scope.at(last))


def push_count(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Mean number of days on which an open deal's expected close moved to a later day; several moves of a day are one.

    Column `pushed`: the share of open deals that were pushed at least once.
    """
    selection = select(scope, metric)
    sums = ["sum(r.pushes) AS total", "sum(r.pushes * r.pushes) AS squares", "count(*) FILTER (WHERE r.pushes > 0) AS pushed"]
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
