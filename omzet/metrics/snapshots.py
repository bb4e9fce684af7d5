"""Stocks over time: what was open at the end of each period, as entries minus exits and a running sum."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from omzet.engines.sql import quoted
from omzet.history import versions
from omzet.metrics import dimensions, expressions, filters, wording
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.relations import RELATIONS
from omzet.metrics.scope import Scope
from omzet.metrics.selection import columns_of, period_key

WIDE = (
    "(SELECT f.* REPLACE ({replaced}), v.from_on, v.to_on FROM deal_versions v LEFT JOIN deal_facts f ON f.deal_no = v.deal_no)"
)
"""Versions with all facts of their deals, which take long to look up for each."""


def can_run(scope: Scope, metric: Metric) -> bool:
    """Whether a running sum over the versions gives the metric: a number of deals, or the sum of their amounts."""
    if metric.relation != "deals" or not metric.value:
        return False
    aggregate = expressions.aggregate(metric.value, scope.values(metric))
    return aggregate.row == "*" or (aggregate.function, aggregate.row) == ("sum", "r.amount_as_of")


def each_period(scope: Scope, measured: Callable[[Scope], Measured]) -> Measured:
    """What `measured` finds at the end of each period of the range, at as-of in the last one: a snapshot at a time."""
    cells: dict[Place, Cell] = {}
    notes: dict[str, None] = {}
    sql, took, empty = "", 0.0, Cell(0, 0)
    each = ends(scope)
    to_come(scope).update(at.as_of.day for at, _ in each)
    for at, label in each:
        found = measured(at)
        cells |= {(*place, label): cell for place, cell in found.cells.items()}
        if not scope.by and not found.cells:
            cells[label,] = found.empty
        notes |= dict.fromkeys(found.notes)
        sql, took, empty = found.sql, took + found.milliseconds, found.empty
    return Measured(cells, sql, took, tuple(notes), empty)


def to_come(scope: Scope) -> set[date]:
    """The days of which states will be asked in this answer, so that what can be read of all at once is."""
    return scope.labels.once("days to come", set[date])


def ends(scope: Scope) -> list[tuple[Scope, str]]:
    """The question at the end of each period of the range, as-of in the last one, and the period's label."""
    return [(scope.at(day), label) for _, day, label in _periods(scope)]


def series(scope: Scope, metric: Metric, since: str = "") -> Measured:
    """A stock of deals at the end of each period of the range, at as-of in the last one.

    With `since` a deal is in it only from that day on, SQL over `r` that is NULL where it never is.
    """
    periods = _periods(scope)
    if not periods:
        return Measured({}, "", 0.0, (), Cell(0, 0))
    counts = expressions.aggregate(metric.value, scope.values(metric)).row == "*"
    amount = "1" if counts else "r.amount"
    offered = dimensions.of(scope.session, "deals")
    for name in [*scope.by, *(c.dimension for c in scope.where)]:
        if name not in offered:
            dimensions.find(scope.session, "deals", name)
    joins = list(dict.fromkeys(j for name in [*scope.by, *(c.dimension for c in scope.where)] for j in offered[name].joins))
    conditions = [RELATIONS["deals"].standing, f"({expressions.row_sql(metric.population, scope.values(metric))})"]
    conditions += [filters.sql(c, offered[c.dimension], scope.labels) for c in scope.where]
    keys = {quoted("d_" + name): offered[name].key for name in scope.by}
    # A key made of several columns is made of each of their few combinations, not of each version.
    parts = {name: key if "." in re.sub(r"\br\.", "", key) else "" for name, key in keys.items()}
    inner = [f"{key} AS {name}" for name, key in parts.items() if key]
    apart = sorted({column for name, key in keys.items() if not parts[name] for column in columns_of(key)})
    inner += [f"r.{quoted(column)} AS {quoted('k_' + column)}" for column in apart]
    outer = [f"{name if parts[name] else _of_parts(key)} AS {name}" for name, key in keys.items()]
    names = "".join(f"{name}, " for name in keys)
    lookups = "".join("\n" + dimensions.join_sql(j, scope.session, scope.as_of) for j in joins)
    source = states(" ".join([amount, lookups, since, *conditions, *keys.values()]))
    if since:
        begins = f"SELECT r.*, {since} AS begins_on FROM {source} r"
        source = f"(SELECT * REPLACE (greatest(from_on, begins_on) AS from_on) FROM ({begins}) WHERE begins_on < to_on)"
    source += f" r{lookups}"
    last = min(scope.as_of.day, scope.end - timedelta(days=1)) if scope.end else scope.as_of.day
    as_of = f"DATE '{last.isoformat()}'"
    first_unit, first_day = f"DATE '{periods[0][0]}'", f"DATE '{periods[0][1]}'"
    told = ", ".join([*outer, "currency"])
    sql = f"""
WITH spans AS (
    SELECT {", ".join([*inner, "r.currency AS currency"])},
        greatest({period_key(scope, "r.from_on")}, {first_unit}) AS first_period,
        CASE WHEN r.to_on <= {as_of} THEN {period_key(scope, "r.to_on")} END AS end_period,
        sum({amount}) AS amount, count(*) AS items
    FROM {source}
    WHERE {" AND ".join(conditions)} AND r.from_on <= {as_of} AND r.to_on > {first_day}
    GROUP BY {", ".join(str(n + 1) for n in range(len(inner) + 3))}),
moves AS (
    SELECT {told}, first_period AS period, amount, items FROM spans r
    UNION ALL
    SELECT {told}, end_period, -amount, -items FROM spans r WHERE end_period IS NOT NULL)
SELECT {names}currency, period, sum(amount) AS amount, sum(items) AS items
FROM moves GROUP BY {", ".join(str(n + 1) for n in range(len(keys) + 2))}"""
    started = time.perf_counter()
    rows = scope.session.rows(sql)
    took = (time.perf_counter() - started) * 1000
    cells, unrated = _run_up(scope, rows, periods, counts)
    notes = [wording.note("no_rate", scope.language, metric=metric.id, count=n, currency=c) for c, n in sorted(unrated.items())]
    return Measured(cells, sql, took, tuple(notes), Cell(0, 0))


def _of_parts(key: str) -> str:
    return re.sub(r'\br\."?(\w+)"?', r'r."k_\1"', key)


def states(used: str) -> str:
    """The relation of all versions, with the present facts of their deals where the SQL `used` on it names any."""
    told = (*versions.STATE, *versions.ALONG)
    if columns_of(used) <= {*told, *versions.SPAN}:
        return "deal_versions"
    return WIDE.format(replaced=", ".join(f"v.{c} AS {c}" for c in told))


def _periods(scope: Scope) -> list[tuple[date, date, str]]:
    """Each period's first day of its unit, the day its snapshot is taken, and its label; as-of stands for a later day."""
    start, end = scope.start, scope.end
    if start is None or end is None:
        ((first, last),) = scope.session.rows("SELECT min(created_on), max(settled_on) FROM deal_facts")
        if first is None:
            return []
        start, end = start or first, end or min(last, scope.as_of.day) + timedelta(days=1)
    found = []
    for period in scope.calendar.spine(scope.grain or "month", start, end):
        unit = scope.calendar.unit_of(scope.grain or "month", period.start)
        found.append((unit.start, min(period.end - timedelta(days=1), scope.as_of.day), period.label))
    return found


def _run_up(
    scope: Scope, rows: list[tuple[Any, ...]], periods: list[tuple[date, date, str]], counts: bool
) -> tuple[dict[Place, Cell], dict[str, int]]:
    """The cells, and by currency how many deals in the last period have no rate on its day and add nothing."""
    moves: dict[tuple[Place, str], dict[date, tuple[Decimal, int]]] = defaultdict(dict)
    for row in rows:
        place, currency, period, amount, items = row[:-4], row[-4], row[-3], row[-2], row[-1]
        moves[place, currency][period] = (Decimal(amount or 0), int(items))
    rates = _rates(scope, [day for _, day, _ in periods])
    totals: dict[Place, list[Any]] = {}
    unrated: dict[str, int] = defaultdict(int)
    for (place, currency), steps in moves.items():
        amount, items = Decimal(0), 0
        ahead = sorted(steps)
        at = 0
        for unit_start, day, label in periods:
            while at < len(ahead) and ahead[at] <= unit_start:
                amount, items = amount + steps[ahead[at]][0], items + steps[ahead[at]][1]
                at += 1
            rate = Decimal(1) if currency == scope.as_of.currency else rates.get((currency, day))
            total = totals.setdefault((*place, label), [Decimal(0), 0])
            total[0] += amount * rate if rate is not None else Decimal(0)
            total[1] += items if rate is not None or counts else 0
        if rate is None and items and not counts:
            unrated[currency] += items
    cells = {}
    for place, (amount, items) in totals.items():
        value = items if counts else float(amount)
        cells[place] = Cell(value, items, numerator=value)
    return cells, unrated


def _rates(scope: Scope, days: list[date]) -> dict[tuple[str, date], Decimal]:
    listed = ", ".join(f"DATE '{day.isoformat()}'" for day in days)
    return {
        (currency, day): rate
        for currency, day, rate in scope.session.rows(
            f"SELECT currency, day, rate FROM rates WHERE day IN ({listed}) AND rate IS NOT NULL"
        )
    }
