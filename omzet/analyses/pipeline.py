"""What the open pipeline is worth: weighted, against the target, and how fast it turns into bookings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from omzet.analyses import measure_any
from omzet.analyses.probabilities import chance_sql, joined, stage_chances
from omzet.analyses.targets import periods
from omzet.metrics import snapshots, wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, measure, run, unrated_notes
from omzet.metrics.scope import Scope
from omzet.metrics.selection import Selection, period_key, select
from omzet.metrics.snapshots import each_period

WINDOW_DAYS = 90
"""The trailing window of the pipeline's speed, as-of included."""


def weighted(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Σ amount × chance of the open deals. A deal without a chance adds nothing and is told of.

    Column `unweighted`: the amount of all of them.
    """
    if scope.grain:
        own = scope.session.once("SELECT 1 FROM deal_versions WHERE probability IS NOT NULL LIMIT 1")
        return (
            each_period(scope, lambda at: weighted(at, metric, catalogue)) if own else _weighted_series(scope, metric, catalogue)
        )
    selection, how = select(scope, metric), str(scope.values(metric)["probability"])
    selection = replace(selection, source=f"{selection.source}\n{joined(stage_chances(scope))}")
    chance = chance_sql(how)
    sums = [
        f"sum(CAST(r.amount_as_of AS DOUBLE) * {chance}) AS weighted",
        "sum(r.amount_as_of) AS amount",
        f"count({chance}) FILTER (WHERE {selection.rated or 'TRUE'}) AS n",
        f"count(*) - {selection.unrated} AS deals",
        f"{selection.unrated} AS unrated",
    ]
    sql = grouped(scope, selection, sums)
    rows, took = run(scope, sql, 5)
    cells = {}
    for place, (value, amount, n, deals, _) in rows:
        columns = {"unweighted": float(amount or 0)}
        if deals and not n:
            cells[place] = Cell(None, 0, why="no_probability", columns=columns)
        else:
            cells[place] = Cell(float(value or 0), n, numerator=float(value or 0), columns=columns)
    notes = unrated_notes(scope, metric, selection, sum(numbers[-1] for _, numbers in rows))
    if any(n < deals for _, (_, _, n, deals, _) in rows):
        notes += _unlikely(scope, selection, chance)
    return Measured(cells, sql, took, notes, Cell(0, 0))


def _weighted_series(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Where no deal has a chance of its own: the amounts of each stage over time, by the chances of each period's end."""
    how = str(scope.values(metric)["probability"])
    split = "stage" in scope.by
    by = scope.by if split else (*scope.by, "stage")
    amounts = snapshots.series(replace(scope, by=by, parameters=None), catalogue.find("open_pipeline_amount"))
    ends = snapshots.ends(scope)
    snapshots.to_come(scope).update(at.as_of.day for at, _ in ends)
    chances = {
        label: {f"{c.connection}:{c.pipeline}|{c.stage}": c.typed if how == "typed" else c.known for c in stage_chances(at)}
        for at, label in ends
    }
    totals: dict[Place, list[float]] = {}
    for (*place, label), cell in amounts.cells.items():
        chance = chances[label].get(place[by.index("stage")])
        total = totals.setdefault((*(place if split else place[:-1]), label), [0.0, 0.0, 0, 0])
        total[1] += float(cell.value or 0)
        total[3] += cell.n
        if chance is not None:
            total[0] += float(cell.value or 0) * chance
            total[2] += cell.n
    cells = {}
    for found, (value, amount, n, deals) in totals.items():
        why = "no_probability" if deals and not n else None
        cells[found] = Cell(None if why else value, int(n), why=why, numerator=value, columns={"unweighted": amount})
    return Measured(cells, amounts.sql, amounts.milliseconds, amounts.notes, Cell(0, 0, columns={"unweighted": 0.0}))


def overdue(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Amount of the open deals whose expected close has passed ÷ amount of all open deals."""
    if not scope.grain:
        return measure(scope, replace(metric, analysis=""), catalogue)
    stock = catalogue.find("open_pipeline_amount")
    whole = snapshots.series(scope, stock)
    passed = snapshots.series(scope, stock, since="r.expected_close_on + 1")
    cells = {}
    for place, cell in whole.cells.items():
        part, total = float(passed.cells.get(place, passed.empty).value or 0), float(cell.value or 0)
        value = part / total if total > 0 else None
        cells[place] = Cell(value, cell.n, why=None if total > 0 else "nothing_open", numerator=part, denominator=total)
    empty = Cell(None, 0, why="nothing_open", numerator=0, denominator=0)
    return Measured(cells, passed.sql, whole.milliseconds + passed.milliseconds, whole.notes, empty)


def _unlikely(scope: Scope, selection: Selection, chance: str) -> tuple[str, ...]:
    where = f"{selection.reached or 'TRUE'} AND {chance} IS NULL"
    rows = scope.session.rows(
        f"""SELECT coalesce(r.stage, '–'), count(*) FROM {selection.source_for(f"r.stage {where}")} WHERE {where}
            GROUP BY 1 ORDER BY 2 DESC, 1"""
    )
    if not rows:
        return ()
    stages = ", ".join(f"{stage} ({n})" for stage, n in rows)
    return (wording.note("no_probability", scope.language, count=sum(n for _, n in rows), stages=stages),)


def coverage(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Open deals expected to close in the period ÷ what is left of its target, or all of it.

    The period is the one given, else the fiscal quarter that holds as-of. Null once the target is met, or without one.
    """
    full = scope.values(metric)["base"] == "full_target"
    ((start, end, _),) = periods(replace(scope, grain=None))
    within = replace(scope.within(start, end), parameters=None)
    pipeline = measure(within, catalogue.find("open_pipeline_amount"), catalogue)
    target = measure_any(within, catalogue.find("target_amount" if full else "target_remaining"), catalogue)
    cells = {}
    for place in {*pipeline.cells, *target.cells, *([()] if not scope.by else [])}:
        amount, goal = pipeline.cells.get(place, pipeline.empty), target.cells.get(place, target.empty)
        value = float(amount.value or 0)
        if goal.value is None:
            cells[place] = Cell(None, amount.n, why="no_target", numerator=value)
        elif goal.value <= 0:
            cells[place] = Cell(None, amount.n, why="target_met", numerator=value, denominator=0)
        else:
            cells[place] = Cell(value / goal.value, amount.n, numerator=value, denominator=goal.value)
    empty = Cell(None, 0, why="no_target")
    return Measured(cells, pipeline.sql, pipeline.milliseconds, (*pipeline.notes, *target.notes), empty)


def required_coverage(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Period pipeline ÷ its weighted amount: how much pipeline brings one euro. Periods as those of coverage."""
    ((start, end, _),) = periods(replace(scope, grain=None))
    found = measure_any(scope.within(start, end), catalogue.find("weighted_pipeline_amount"), catalogue)
    cells = {}
    for place, cell in found.cells.items():
        amount = cell.columns.get("unweighted", 0.0)
        if cell.value is None or cell.value <= 0:
            cells[place] = Cell(None, cell.n, why="nothing_weighted", numerator=amount, denominator=cell.value)
        else:
            cells[place] = Cell(amount / cell.value, cell.n, numerator=amount, denominator=cell.value)
    return Measured(cells, found.sql, found.milliseconds, found.notes, Cell(None, 0, why="nothing_weighted"))


def velocity(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Open opportunities × deal size × win rate ÷ mean days from creation to winning, in money a day.

    Size, rate and days are those of the deals closed in the period, by default the 90 days that end with as-of; the size is
    that of the open deals where the parameter says so. Columns tell the four factors.
    """
    end = scope.end or scope.as_of.day + timedelta(days=1)
    start = scope.start or end - timedelta(days=WINDOW_DAYS)
    window = replace(scope.within(start, end), parameters=None)
    now = replace(scope.within(None, None), parameters=None)
    counted = catalogue.find("open_pipeline_count")
    sums = ["count(*) AS n", "sum(r.amount_as_of) AS amount", "count(r.amount_as_of) AS amounts"]
    sql = grouped(now, select(now, counted), sums)
    rows, took = run(now, sql, 3)
    opened = dict(rows)
    size, rate, days = (
        measure(window, catalogue.find(i), catalogue) for i in ("average_deal_size", "win_rate", "deal_age_at_win_mean")
    )
    cells = {}
    for place in {*opened, *rate.cells, *([()] if not scope.by else [])}:
        n, amount, amounts = opened.get(place, (0, 0, 0))
        each = size.cells.get(place, size.empty).value
        if scope.values(metric)["deal_size"] == "open":
            each = float(amount) / amounts if amounts else None
        share, cycle = rate.cells.get(place, rate.empty).value, days.cells.get(place, days.empty).value
        columns = {"open": n, "deal_size": each, "win_rate": share, "cycle_days": cycle}
        if share is None:
            cells[place] = Cell(None, n, why="nothing_closed", columns=columns)
        elif each is None or not cycle:
            cells[place] = Cell(None, n, why="nothing_won", columns=columns)
        else:
            cells[place] = Cell(n * each * share / cycle, n, columns=columns)
    parts = (size, rate, days)
    return Measured(
        cells,
        ";\n\n".join((sql, *(p.sql for p in parts))),
        took + sum(p.milliseconds for p in parts),
        tuple(dict.fromkeys(note for p in parts for note in p.notes)),
        Cell(None, 0, why="nothing_closed"),
    )


def created(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Σ first amount of the opportunities created in each period, of those recorded by its end, at the rates of as-of."""
    selection = select(scope, metric)
    at, first = scope.as_of, "first.amount"
    within = [f"v.from_on <= {at.day_sql}", "v.amount IS NOT NULL", "v.created_on IS NOT NULL"]
    within += [f"v.created_on >= DATE '{scope.start}'"] if scope.start else []
    within += [f"v.created_on < DATE '{scope.end}'", f"v.from_on < DATE '{scope.end}'"] if scope.end else []
    if scope.grain:
        within.append(f"{period_key(scope, 'v.from_on')} <= {period_key(scope, 'v.created_on')}")
    amounts = f"""SELECT v.deal_no, {scope.session.sql.earliest("v.amount", "v.from_on")} AS amount
        FROM deal_versions v WHERE {" AND ".join(within)} GROUP BY 1"""
    selection = replace(selection, source=f"{selection.source}\nLEFT JOIN ({amounts}) first ON first.deal_no = r.deal_no")
    value = at.money_sql(first, "r.currency")
    rated = f"({first} IS NULL OR ({value}) IS NOT NULL)"
    selection = replace(selection, rated=rated)
    missing = f"count(*) FILTER (WHERE {first} IS NULL)"
    sql = grouped(
        scope, selection, [f"sum({value}) AS total", "count(*) AS n", f"{missing} AS missing", f"{selection.unrated} AS unrated"]
    )
    rows, took = run(scope, sql, 4)
    cells = {place: Cell(float(total or 0), n - out, numerator=float(total or 0)) for place, (total, n, _, out) in rows}
    n, lacking, unrated = (sum(numbers[i] for _, numbers in rows) for i in (1, 2, 3))
    notes = unrated_notes(scope, metric, selection, unrated)
    if lacking:
        notes += (wording.note("no_amount", scope.language, metric=metric.id, missing=lacking, of=n),)
    return Measured(cells, sql, took, notes, Cell(0, 0))
