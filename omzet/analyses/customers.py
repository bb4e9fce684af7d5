"""What a customer is worth against what it cost to win: lifetime value, payback, their ratio, and the magic number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial

from omzet.analyses.costs import cost_ratio, uncounted, without_category
from omzet.analyses.targets import periods
from omzet.engines.sql import quoted
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.spans import around, over_each

MONTHS = 12


def customer_value(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Payback, lifetime value or their ratio, as the entry's `what` says, of the period or the fiscal quarter of as-of.

    Payback = acquisition cost ÷ (monthly revenue per customer × margin); lifetime value = monthly revenue per customer ×
    margin ÷ monthly churn. Customers are accounts with a contract on the period's last day. Each of the three may be
    given as a parameter instead of found in the data.
    """
    what, given = str(metric.arguments["what"]), scope.values(metric)
    scope = without_category(scope)
    spans = periods(scope)
    whole = replace(scope, start=spans[0][0], end=spans[-1][1], parameters=None)
    cost = cost_ratio(whole, catalogue.find("customer_acquisition_cost"), catalogue)
    margins = {} if given["gross_margin"] is not None else _margins(whole, catalogue)
    cells: dict[Place, Cell] = {}
    for start, end, label in spans:
        within = whole.within(start, end)
        monthly, churn = (
            {} if given["monthly_revenue_per_customer"] is not None else _monthly(within, catalogue),
            {} if given["monthly_churn"] is not None else _churn(within, catalogue, start, end),
        )
        last = (label,) if scope.grain else ()
        spent_in = {place[: len(scope.by)] for place in cost.cells if not scope.grain or place[-1] == label}
        for place in {*spent_in, *monthly, *([()] if not scope.by else [])}:
            spent = cost.cells.get((*place, *last), cost.empty)
            revenue, customers = monthly.get(place, (given["monthly_revenue_per_customer"], 0))
            margin = margins.get((*place, *last), given["gross_margin"] or scope.settings.gross_margin)
            left = churn.get(place, given["monthly_churn"])
            n = customers if what == "value" and customers else spent.n
            cells[(*place, *last)] = _valued(what, spent, revenue, margin, left, n)
    return Measured(cells, cost.sql, cost.milliseconds, cost.notes, Cell(None, 0, why="no_contracts"))


def _valued(what: str, cost: Cell, revenue: float | None, margin: float | None, churn: float | None, n: int) -> Cell:
    columns = {
        "acquisition_cost": cost.value,
        "monthly_revenue_per_customer": revenue,
        "gross_margin": margin,
        "monthly_churn": churn,
    }
    if not revenue:
        return Cell(None, n, why="no_contracts", columns=columns)
    if not margin:
        return Cell(None, n, why="no_margin", columns=columns)
    each = revenue * margin
    if what != "payback" and not churn:
        return Cell(None, n, why="no_churn", columns=columns)
    value = each / churn if churn else 0.0
    if what == "value":
        return Cell(value, n, numerator=each, denominator=churn, columns=columns)
    if not cost.value:
        return Cell(None, n, why="no_acquisition_cost", columns=columns)
    if what == "payback":
        return Cell(cost.value / each, n, numerator=cost.value, denominator=each, columns=columns)
    return Cell(value / cost.value, n, numerator=value, denominator=cost.value, columns=columns)


def _monthly(scope: Scope, catalogue: Catalogue) -> dict[Place, tuple[float | None, int]]:
    """By place: monthly amount ÷ accounts with a contract on the period's last day, and how many accounts those are."""
    at = scope.at((scope.end or scope.as_of.day) - timedelta(days=1))
    recurring = replace(
        catalogue.find("recurring_revenue"), population="(ends_on IS NULL OR ends_on >= :as_of) AND account_key IS NOT NULL"
    )
    sums = ["sum(r.amount_as_of) AS amount", "count(DISTINCT r.account_key) AS customers"]
    rows, _ = run(at, grouped(at, select(at, recurring), sums), 2)
    return {place: (float(amount or 0) / customers if customers else None, customers) for place, (amount, customers) in rows}


def _margins(scope: Scope, catalogue: Catalogue) -> dict[Place, float]:
    """By place the margin on the won lines of the period that have a price and a cost."""
    metric = catalogue.find("gross_margin_amount")
    sums = ["sum(r.quantity * (r.unit_price - r.unit_cost) * r.rate) AS gained", "sum(r.amount * r.rate) AS net"]
    rows, _ = run(scope, grouped(scope, select(scope, metric), sums), 2)
    return {place: float(gained) / float(net) for place, (gained, net) in rows if net and gained and net > 0}


def _churn(scope: Scope, catalogue: Catalogue, start: date, end: date) -> dict[Place, float]:
    """By place: accounts whose last contract ended in a month ÷ accounts with one at its start, over the period's months."""
    by_account = select(
        scope.within(None, None), replace(catalogue.find("recurring_revenue"), population="account_key IS NOT NULL")
    )
    names = [quoted("d_" + name) for name in by_account.dims]
    keys = [f"{key} AS {name}" for key, name in zip(by_account.dims.values(), names, strict=True)]
    last = "max(coalesce(r.ends_on, DATE '9999-12-31')) OVER (PARTITION BY r.account_key) AS last_on"
    columns = ", ".join([*keys, "r.account_key AS account", "r.starts_on AS starts_on", "r.ends_on AS ends_on", last])
    contracts = f"SELECT {columns} FROM {by_account.source} WHERE {by_account.reached or 'TRUE'}"
    group = f" GROUP BY {', '.join(str(n + 1) for n in range(len(names)))}" if names else ""
    counts = []
    for month in scope.calendar.spine("month", start, min(end, scope.as_of.day + timedelta(days=1))):
        first, after = f"DATE '{month.start}'", f"DATE '{month.end}'"
        there = f"starts_on <= {first} AND (ends_on IS NULL OR ends_on >= {first})"
        gone = f"last_on >= {first} AND last_on < {after} AND starts_on < {after}"
        counts += [f"count(DISTINCT CASE WHEN {condition} THEN account END)" for condition in (there, gone)]
    if not counts:
        return {}
    sql = f"SELECT {', '.join([*names, *counts])} FROM ({contracts}){group}"
    found: dict[Place, float] = {}
    for place, numbers in run(scope.within(None, None), sql, len(counts))[0]:
        were, left = sum(numbers[::2]), sum(numbers[1::2])
        if were:
            found[place] = left / were
    return found


def magic_number(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """(Recurring revenue of the period − of the one before) at a yearly rate ÷ sales and marketing costs of the one before.

    A contract brings its monthly amount for each month, spread evenly over the month's days. Without a period the fiscal
    quarter that holds as-of; a quarter's change counts four times in a year.
    """
    scope = without_category(scope)
    spent = catalogue.find("sales_marketing_cost_amount")
    cells: dict[Place, Cell] = {}
    sql, took = "", 0.0
    notes: dict[str, None] = {}
    spans = periods(scope)
    bases = [scope.calendar.previous(start, end) for start, end, _ in spans]
    all_costs = over_each(replace(scope, parameters=None), spent, catalogue, bases)
    recurring = cache(partial(_recurring, scope, catalogue))
    for (start, end, label), (before, until), costs in zip(spans, bases, all_costs, strict=True):
        now, n, now_sql = recurring(start, end)
        then, _, _ = recurring(before, until)
        sql, took = f"{now_sql};\n\n{costs.sql}", took + costs.milliseconds
        notes |= dict.fromkeys(costs.notes)
        yearly = MONTHS / max(round((end - start).days / (365.25 / MONTHS)), 1)
        for place in {*now, *then, *costs.cells, *([()] if not scope.by else [])}:
            change = (now.get(place, 0.0) - then.get(place, 0.0)) * yearly
            cost = float(costs.cells.get(place, costs.empty).value or 0)
            columns = {"recurring": now.get(place, 0.0), "recurring_before": then.get(place, 0.0), "costs_before": cost}
            if place not in now and place not in then:
                found = Cell(None, 0, why="no_contracts", columns=columns)
            elif cost <= 0:
                found = Cell(None, n.get(place, 0), why="no_costs", numerator=change, denominator=cost, columns=columns)
            else:
                found = Cell(change / cost, n.get(place, 0), numerator=change, denominator=cost, columns=columns)
            cells[(*place, label) if scope.grain else place] = found
    notes |= dict.fromkeys(uncounted(around(scope, bases)))
    return Measured(cells, sql, took, tuple(notes), Cell(None, 0, why="no_contracts"))


def _recurring(scope: Scope, catalogue: Catalogue, start: date, end: date) -> tuple[dict[Place, float], dict[Place, int], str]:
    """By place what the contracts bring in a period, and how many bring something."""
    at = scope.at(end - timedelta(days=1))
    metric = replace(catalogue.find("recurring_revenue"), population="TRUE")
    sums = []
    for month in scope.calendar.spine("month", start, end):
        whole = scope.calendar.unit_of("month", month.start)
        first, last = f"DATE '{month.start}'", f"DATE '{month.end - timedelta(days=1)}'"
        days = scope.session.sql.days_between(f"greatest(r.starts_on, {first})", f"least(coalesce(r.ends_on, {last}), {last})")
        covered = f"greatest({days} + 1, 0)"
        sums += [
            f"sum(CAST(r.amount_as_of AS DOUBLE) * {covered} / {(whole.end - whole.start).days})",
            f"count(*) FILTER (WHERE {covered} > 0)",
        ]
    sql = grouped(at, select(at, metric), sums)
    rows, _ = run(at, sql, len(sums))
    amounts = {place: sum(float(amount or 0) for amount in numbers[::2]) for place, numbers in rows}
    return amounts, {place: max(numbers[1::2]) for place, numbers in rows}, sql
