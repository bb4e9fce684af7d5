"""What the money says beyond a sum: margin with the part it covers, weight of the largest customers, bookings per head."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from omzet.analyses.targets import periods
from omzet.engines.sql import quoted
from omzet.errors import CallError
from omzet.metrics import expressions
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, measure, run, unrated_notes
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.spans import over_each
from omzet.statistics import intervals

HEADS = """
SELECT p.key AS person, coalesce(t.team_key, p.team_id) AS team, coalesce(p.fte, 1) AS fte,
       greatest(coalesce(p.started_on, DATE '{start}'), coalesce(t.from_on, DATE '{start}'), DATE '{start}') AS since,
       least(coalesce(p.ended_on, DATE '{last}'), coalesce(t.to_on - 1, DATE '{last}'), DATE '{last}') AS until
FROM people p LEFT JOIN person_teams t ON t.person_key = p.key
WHERE coalesce(p.quota_carrier, coalesce(p.role, 'rep') = 'rep') AND p.is_deleted IS NOT TRUE AND p.merged_into IS NULL"""
"""Quota carriers, once for each team they were in, and from when until when within the period; empty where never."""


def margin(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Σ quantity × (price − cost) over the won lines that have both, with the share of the won amount that they cover.

    Columns: `covered`, the amount of those lines ÷ the amount won; `margin`, the margin ÷ the amount of those lines.
    """
    selection, values = select(scope, metric), scope.values(metric)
    gained = expressions.aggregate(metric.value, values).row
    sums = [f"sum({gained}) AS gained", "sum(r.amount * r.rate) AS net", "count(*) AS n", f"{selection.unrated} AS unrated"]
    sql = grouped(scope, selection, sums)
    rows, took = run(scope, sql, 4)
    booked = measure(replace(scope, parameters=None), catalogue.find("bookings_amount"), catalogue)
    cells: dict[Place, Cell] = {}
    for place, (gain, net, n, out) in rows:
        won, sold, value = booked.cells.get(place, booked.empty).value or 0, float(net or 0), float(gain or 0)
        columns = {"covered": min(sold / won, 1.0) if won > 0 else None, "margin": value / sold if sold > 0 else None}
        cells[place] = Cell(value, n - out, numerator=value, denominator=sold, columns=columns)
    notes = unrated_notes(scope, metric, selection, sum(numbers[-1] for _, numbers in rows))
    return Measured(cells, sql, took, notes, Cell(0, 0))


def concentration(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Revenue of the `k` largest accounts of each place ÷ all its revenue; column `accounts`, how many there are."""
    selection, k = select(scope, metric), int(scope.values(metric)["k"])
    names = [quoted("d_" + name) for name in selection.dims] + (["period"] if scope.grain else [])
    keys = "".join(f"{name}, " for name in names)
    by_account = grouped(
        scope, selection, ["sum(r.amount_reporting) AS amount", "count(*) AS n"], also=["r.account_key AS account_of_line"]
    )
    over = f"PARTITION BY {keys}account_of_line IS NULL ORDER BY amount DESC NULLS LAST, account_of_line"
    group = f" GROUP BY {', '.join(str(n + 1) for n in range(len(names)))}" if names else ""
    largest = f"CASE WHEN account_of_line IS NOT NULL AND place_of_account <= {k} THEN amount END"
    sql = f"""
WITH by_account AS ({by_account}),
placed AS (SELECT *, row_number() OVER ({over}) AS place_of_account FROM by_account)
SELECT {keys}sum({largest}) AS top, sum(amount) AS whole, sum(n) AS n, count(account_of_line) AS accounts
FROM placed{group}"""
    rows, took = run(scope, sql, 4)
    cells: dict[Place, Cell] = {}
    for place, (top, whole, n, accounts) in rows:
        part, total, n = float(top or 0), float(whole or 0), int(n or 0)
        columns = {"accounts": accounts}
        if total <= 0:
            cells[place] = Cell(None, n, why="no_revenue", numerator=part, denominator=total, columns=columns)
        else:
            cells[place] = Cell(part / total, n, numerator=part, denominator=total, columns=columns)
    return Measured(cells, sql, took, (), Cell(None, 0, why="no_revenue"))


def per_head(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Bookings ÷ the quota carriers who were there on average, by people's hours (`fte`) and calendar days up to as-of.

    Without a period that of the fiscal quarter that holds as-of.
    """
    for name in (*scope.by, *(c.dimension for c in scope.where)):
        if name not in ("rep", "team"):
            raise CallError(f"Sales heads are people in teams: they can't be split by {name}.")
    bookings = catalogue.find("bookings_amount")
    cells: dict[Place, Cell] = {}
    sql, took = "", 0.0
    spans = periods(scope)
    for (start, end, label), booked in zip(
        spans, over_each(replace(scope, parameters=None), bookings, catalogue, [(a, b) for a, b, _ in spans]), strict=True
    ):
        sql, took = booked.sql, took + booked.milliseconds
        heads = _heads(scope, start, min(end, scope.as_of.day + timedelta(days=1)))
        for place in {*booked.cells, *heads, *([()] if not scope.by else [])}:
            cell = booked.cells.get(place, booked.empty)
            count, n = heads.get(place, (0.0, 0))
            value = float(cell.value or 0)
            if count <= 0:
                found = Cell(None, 0, why="no_heads", numerator=value, denominator=0)
            else:
                found = Cell(value / count, n, numerator=value, denominator=count)
            cells[(*place, label) if scope.grain else place] = found
    return Measured(cells, sql, took, (), Cell(None, 0, why="no_heads"))


def _heads(scope: Scope, start: date, end: date) -> dict[Place, tuple[float, int]]:
    """By place the average number of quota carriers and how many people they are; `end` is the day after the last."""
    found: dict[Place, tuple[float, set[str]]] = {}
    if end <= start:
        return {}
    last = end - timedelta(days=1)
    wanted: dict[str, set[str]] = {}
    for condition in scope.where:
        if condition.operator not in ("=", "in"):
            raise CallError(f"Sales heads are people in teams: '{condition.text}' can't limit them.")
        table = "teams" if condition.dimension == "team" else "people"
        wanted[condition.dimension] = {key for value in condition.values for key in scope.labels.keys(table, value)}
    for person, team, fte, since, until in scope.session.rows(HEADS.format(start=start, last=last)):
        of: dict[str, Any] = {"rep": person, "team": team}
        if until < since or any(of[name] not in keys for name, keys in wanted.items()):
            continue
        place = tuple(of[name] for name in scope.by)
        count, people = found.get(place, (0.0, set()))
        found[place] = (count + float(fte) * ((until - since).days + 1) / (end - start).days, people | {person})
    return {place: (count, len(people)) for place, (count, people) in found.items()}


def reason_share(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Lost deals with each reason ÷ lost deals with any, within each place; column `unfilled`, the share without one.

    Not split by reason, the share is that of the lost deals whose reason the filter allows.
    """
    narrowed = [c for c in scope.where if c.dimension == "loss_reason"]
    others = tuple(name for name in scope.by if name != "loss_reason")
    wide = replace(scope, by=others, where=tuple(c for c in scope.where if c not in narrowed))
    sums = ["count(*) AS lost", "count(r.loss_reason) AS given"]
    whole, took = run(wide, grouped(wide, select(wide, replace(metric, population="status = 'lost'")), sums), 2)
    sql = grouped(scope, select(scope, metric), ["count(*) AS n"])
    rows, more = run(scope, sql, 1)
    totals = dict(whole)
    cells: dict[Place, Cell] = {}
    at = scope.by.index("loss_reason") if "loss_reason" in scope.by else None
    for place, (n,) in rows:
        lost, given = totals.get(place if at is None else (*place[:at], *place[at + 1 :]), (0, 0))
        low, high = intervals.wilson(n, given) or (None, None)
        columns = {"unfilled": (lost - given) / lost if lost else None}
        if given:
            cells[place] = Cell(n / given, given, low, high, numerator=n, denominator=given, columns=columns)
        else:
            cells[place] = Cell(None, 0, why="no_reasons", columns=columns)
    return Measured(cells, sql, took + more, (), Cell(None, 0, why="no_reasons"))
