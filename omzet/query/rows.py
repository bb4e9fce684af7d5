"""The rows behind a number, and the candidates left out, as people can read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from omzet.engines.sql import text_literal
from omzet.metrics import dimensions, expressions
from omzet.metrics.definition import Metric
from omzet.metrics.dimensions import KEYED
from omzet.metrics.scope import Scope
from omzet.metrics.selection import Selection
from omzet.query.explanation import ShownColumn

UNITS = {
    "created_on": "day",
    "closed_on": "day",
    "expected_close_on": "day",
    "reached_on": "day",
    "next_reached_on": "day",
    "entered_on": "day",
    "last_left_on": "day",
    "left_on": "day",
    "contacted_on": "day",
    "qualified_on": "day",
    "converted_on": "day",
    "happened_on": "day",
    "recognised_on": "day",
    "starts_on": "day",
    "ends_on": "day",
    "spent_on": "day",
    "amount": "money",
    "credit": "share",
    "days": "days",
}

AMOUNTS = frozenset({"amount", "p10", "p50", "p90"})
"""Columns of money, in any relation."""


def numerator_condition(metric: Metric, scope: Scope) -> str:
    """SQL condition of the rows in a share's numerator."""
    aggregate = expressions.aggregate(metric.numerator, scope.values(metric))
    return aggregate.row if aggregate.function == "count_if" else "TRUE"


def reason_case(selection: Selection) -> str:
    """SQL for the first reason why a row is not counted."""
    period = selection.period or "TRUE"
    whens = [f"WHEN {reason.condition} THEN {text_literal(reason.id)}" for reason in selection.relation.reasons[:2]]
    # Where only open deals count, that a deal is open is no reason to leave it out.
    of_open = "r.status = 'open'" in selection.population
    others = [reason for reason in selection.relation.reasons[2:] if not (of_open and reason.id == "open")]
    if selection.filters:
        whens.append(f"WHEN NOT coalesce({selection.filters}, FALSE) THEN 'filtered'")
    population = selection.population or "TRUE"
    whens += [
        f"WHEN NOT coalesce({population}, FALSE) AND {reason.condition} THEN {text_literal(reason.id)}"
        for reason in others
        if reason.id != "no_amount" or selection.needs_amount
    ]
    whens += [
        f"WHEN NOT coalesce({period}, FALSE) AND {r.condition} THEN {text_literal(r.id)}"
        for r in others
        if r.id in ("undated", "uncreated", "unreached")
    ]
    whens.append(f"WHEN NOT coalesce({period}, FALSE) THEN 'outside_period'")
    if selection.rated:
        whens.append(f"WHEN NOT {selection.rated} THEN 'no_rate'")
    return f"CASE {' '.join(whens)} ELSE 'not_counted' END"


def candidates(selection: Selection) -> str:
    """SQL condition of the rows that are left out though they lie in the period, or that no day places."""
    conditions = [f"NOT coalesce({selection.counted}, FALSE)"] if selection.counted else ["FALSE"]
    if selection.filters:
        conditions.append(f"({selection.filters})")
    day = selection.day
    if day and selection.period:
        undated = [r.condition for r in selection.relation.reasons if r.id in ("undated", "uncreated") and _places(r.id, day)]
        placed = f"({selection.period})"
        conditions.append(f"({' OR '.join([placed, *undated])})")
    return " AND ".join(conditions)


def _places(reason: str, day: str) -> bool:
    return (reason == "undated" and day.endswith(("closed_on", "happened_on"))) or (
        reason == "uncreated" and day.endswith("created_on")
    )


def rows_in(
    scope: Scope, metric: Metric, selection: Selection, tab: str, limit: int, offset: int
) -> tuple[list[ShownColumn], list[dict[str, Any]]]:
    """One page of the counted rows, or of those in or out of the numerator."""
    condition = selection.counted or "TRUE"
    if metric.numerator and tab in (*metric.parts[:1], "other"):
        inside = numerator_condition(metric, scope)
        condition += f" AND ({inside})" if tab != "other" else f" AND NOT coalesce({inside}, FALSE)"
    return _page(scope, selection, condition, (), limit, offset)


def rows_out(scope: Scope, selection: Selection, limit: int, offset: int) -> tuple[list[ShownColumn], list[dict[str, Any]]]:
    """One page of the rows left out, each with its reason."""
    return _page(scope, selection, candidates(selection), (f"{reason_case(selection)} AS reason",), limit, offset)


def _page(
    scope: Scope, selection: Selection, condition: str, extra: tuple[str, ...], limit: int, offset: int
) -> tuple[list[ShownColumn], list[dict[str, Any]]]:
    offered = dimensions.of(scope.session, selection.relation.name)
    selects: list[str] = []
    columns: list[ShownColumn] = []
    source = selection.source
    named: dict[str, str] = {}
    for name in selection.relation.shown:
        if name in AMOUNTS and not scope.access.money:
            continue
        if name in selection.relation.columns or name in ("amount", "currency"):
            selects.append(f"r.{name} AS {name}")
        elif name == "deal":
            selects.append("r.deal_key AS deal")
            named[name] = "deals"
        elif name in offered:
            dimension = offered[name]
            for join in dimension.joins:
                source = _joined(source, dimensions.join_sql(join, scope.session, scope.as_of))
            selects.append(f"{dimension.key} AS {name}")
        else:
            selects.append(f"deal.{name} AS {name}")
        if name in KEYED:
            named[name] = KEYED[name]
        columns.append(ShownColumn(name=name, label=name, unit=UNITS.get(name, "text")))
    day = selection.day or "1"
    order = f"{day} DESC NULLS LAST, r.{selection.relation.key}"
    if any(s.startswith("deal.") for s in selects):
        source = _joined(source, dimensions.join_sql("deal", scope.session, scope.as_of))
    rows = scope.session.rows(
        f"""SELECT {", ".join([*selects, *extra])} FROM {source} WHERE {condition}
            ORDER BY {order} LIMIT {int(limit)} OFFSET {int(offset)}"""
    )
    if extra:
        columns.append(ShownColumn(name="reason", label="reason", unit="text"))
    names = [c.name for c in columns]
    found = []
    for row in rows:
        shown = {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for name, table in named.items():
            shown[name] = scope.labels.label(table, shown[name])
        found.append(shown)
    return columns, found


def _joined(source: str, clause: str) -> str:
    """The source with one more join, unless its alias is there already."""
    alias = clause.rsplit(" ON ", 1)[0].split()[-1]
    return source if f" {alias} ON " in source else f"{source}\n{clause}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
