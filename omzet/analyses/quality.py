"""How good the data are that everything else rests on: fields filled, closes entered when they happened."""

from __future__ import annotations

from dataclasses import replace

from omzet.errors import unknown
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics import intervals

FIELDS = {"amount": "amount", "expected_close": "expected_close_on", "owner": "owner_key", "account": "account_key"}
"""The fields that a deal should have, and the columns that hold them."""

ALSO = {"first_contact": "first_contact_on", "created": "created_on", "product": "product_key", "campaign": "campaign_key"}
ALSO |= {
    name: name for name in ("source", "kind", "competitor", "playbook", "forecast_category", "probability", "stage", "pipeline")
}
"""Further ones that may be asked for."""

LATE_DAYS = 3


def field_completeness(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Fields filled ÷ fields that should be, over the open deals and the `fields` asked for.

    Columns: the share of deals with an amount, an expected close, an owner and an account.
    """
    offered = {**FIELDS, **ALSO}
    for (name,) in scope.session.once("SELECT name FROM attributes WHERE table_name = 'deals'"):
        offered.setdefault(name, f'"x_{name}"')
    asked = [name.strip() for name in str(scope.values(metric)["fields"]).split(",") if name.strip()]
    for name in asked:
        if name not in offered:
            raise unknown("field", name, offered)
    selection = select(scope, metric)
    filled = [f"count(r.{column})" for column in (*(offered[name] for name in asked), *FIELDS.values())]
    sql = grouped(scope, selection, ["count(*) AS n", *(f"{sql} AS filled_{i}" for i, sql in enumerate(filled))])
    rows, took = run(scope, sql, len(filled) + 1)
    cells = {}
    for place, (n, *counts) in rows:
        columns = {name: count / n if n else None for name, count in zip(FIELDS, counts[len(asked) :], strict=True)}
        have, should = sum(counts[: len(asked)]), n * len(asked)
        if should:
            cells[place] = Cell(have / should, n, numerator=have, denominator=should, columns=columns)
        else:
            cells[place] = Cell(None, n, why="nothing_open", columns=columns)
    return Measured(cells, sql, took, (), Cell(None, 0, why="nothing_open"))


def backdated(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Closes dated more than 3 days before the day they were recorded ÷ closes recorded after their source's first load."""
    selection = select(scope, metric)
    day = scope.session.sql.local_day("c.recorded_at", scope.settings.timezone)
    closes = f"""SELECT c.key AS deal_key, max({day}) AS recorded_on
        FROM changes c JOIN (SELECT connection, min(recorded_at) AS first_at FROM loads WHERE NOT undone GROUP BY 1) l
            ON l.connection = c.connection AND c.recorded_at > l.first_at
        WHERE c.table_name = 'deals' AND c.field = 'status' AND c.value IN ('won', 'lost')
            AND c.changed_on <= {scope.as_of.day_sql}
        GROUP BY 1"""
    selection = replace(
        selection,
        source=f"{selection.source}\nJOIN ({closes}) noted ON noted.deal_key = r.deal_key",
    )
    late = f"{scope.session.sql.days_between('r.closed_on', 'noted.recorded_on')} > {LATE_DAYS}"
    sql = grouped(scope, selection, [f"count(*) FILTER (WHERE {late}) AS late", "count(*) AS n"])
    rows, took = run(scope, sql, 2)
    cells = {}
    for place, (late_ones, n) in rows:
        if not n:
            cells[place] = Cell(None, 0, why="no_closes_recorded")
            continue
        low, high = intervals.wilson(late_ones, n) or (None, None)
        cells[place] = Cell(late_ones / n, n, low, high, numerator=late_ones, denominator=n)
    return Measured(cells, sql, took, (), Cell(None, 0, why="no_closes_recorded", numerator=0, denominator=0))
