"""Which rows a metric is taken over: the relation as of the day, the joins, and the conditions, each kept apart.

The same selection makes the number (`measure`), lists the rows behind it and names the rows left out (`explain`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from omzet.metrics import dimensions, expressions, filters
from omzet.metrics.access import NotYours
from omzet.metrics.definition import DURATIONS, Metric
from omzet.metrics.relations import RELATIONS, Dimension, Relation
from omzet.metrics.scope import Scope


@dataclass(frozen=True)
class Selection:
    """SQL parts over `r`. `counted` is all conditions together; the parts tell why a row is left out.

    `rated` is the condition that a row's amount could be converted; empty where money plays no part.
    """

    relation: Relation
    source: str
    dims: dict[str, str]
    standing: str
    period: str
    population: str
    filters: str
    day: str | None
    rated: str = ""
    needs_amount: bool = False
    wide: str = ""
    lean: str = ""
    items: str = ""

    def counting(self, scope: Scope, used: str) -> Selection:
        """The selection over rows that stand for many, `items` being how many, where these tell all columns that are used."""
        if not self.relation.counted or not self.source.startswith(self.wide):
            return self
        joins = self.source[len(self.wide) :]
        dims = " ".join(self.dims.values())
        named = columns_of(f"{used} {dims} {self.reached} {self.day or ''} {joins}")
        many = self.relation.counted(scope.session, scope.as_of) if named <= self.relation.counted_columns else ""
        return replace(self, source=f"({many}) r{joins}", items="r.items") if many else self

    def source_for(self, used: str) -> str:
        """The source for a SELECT of which `used` is all the rest: the lean one where it has every column that is used."""
        if not self.lean or not self.source.startswith(self.wide):
            return self.source
        joins = self.source[len(self.wide) :]
        return f"{self.lean}{joins}" if columns_of(f"{used} {joins}") <= self.relation.lean_columns else self.source

    @property
    def reached(self) -> str:
        """The condition of the rows that count or would if there were a rate; empty when all do."""
        return " AND ".join(part for part in (self.standing, self.period, self.population, self.filters) if part)

    @property
    def counted(self) -> str:
        """The condition of the rows that count; empty when all do."""
        return " AND ".join(part for part in (self.reached, self.rated) if part)

    @property
    def number(self) -> str:
        """SQL for the number of rows."""
        return f"coalesce(sum({self.items}), 0)" if self.items else "count(*)"

    @property
    def unrated(self) -> str:
        """SQL for the number of rows among those reached that lack a rate."""
        return f"count(*) FILTER (WHERE NOT {self.rated})" if self.rated else "0"


def columns_of(sql: str) -> set[str]:
    """The columns of `r` that a piece of SQL names."""
    return set(re.findall(r'\br\."?(\w+)', sql))


def select(scope: Scope, metric: Metric) -> Selection:
    """The selection of an aggregate metric. Raises CallError for a dimension that its relation doesn't offer."""
    relation = RELATIONS[metric.relation]
    offered = dimensions.of(scope.session, metric.relation, owner_at=metric.owner_at)
    joins: list[str] = []

    def use(name: str) -> Dimension:
        if name not in offered:
            return dimensions.find(scope.session, metric.relation, name, owner_at=metric.owner_at)
        for join in offered[name].joins:
            if join not in joins:
                joins.append(join)
        return offered[name]

    dims = {name: use(name).key for name in scope.by}
    for condition in scope.access.conditions:
        if condition.dimension not in offered:
            raise NotYours(f"Whose it is can't be told of {metric.id}, so it is shown only to those who may see everything.")
    conditions = [filters.sql(c, use(c.dimension), scope.labels) for c in scope.where]
    values = scope.values(metric)
    population = [expressions.row_sql(metric.population, values)] if metric.population != "TRUE" else []
    if metric.needs_amount:
        population.append("r.amount IS NOT NULL")
    amount = _amount(metric, relation, values)
    if metric.measure and not metric.amount:
        measured = expressions.row_sql(metric.measure, values)
        population.append(f"{measured} >= 0" if metric.unit in DURATIONS else f"{measured} IS NOT NULL")
    wide = source = f"({relation.select(scope.session, scope.as_of)}) r"
    lean = relation.lean(scope.session, scope.as_of) if relation.lean else ""
    for name in joins:
        source += "\n" + dimensions.join_sql(name, scope.session, scope.as_of)
    return Selection(
        relation,
        source,
        dims,
        relation.standing,
        _period(scope, metric),
        " AND ".join(f"({p})" for p in population),
        " AND ".join(conditions),
        f"r.{metric.anchor.column}" if metric.anchor and metric.anchor.column != "as_of" else None,
        f"(r.amount IS NULL OR ({amount}) IS NOT NULL)" if amount else "",
        metric.needs_amount,
        wide,
        f"({lean}) r" if lean else "",
    )


def _amount(metric: Metric, relation: Relation, values: dict[str, Any]) -> str:
    """SQL for the money that the metric takes of each row; empty when it takes none."""
    if metric.amount:
        return expressions.row_sql(metric.amount, values)
    if metric.unit == "money" and metric.value and "amount" in relation.columns:
        return expressions.aggregate(metric.value, values).row
    return ""


def _period(scope: Scope, metric: Metric) -> str:
    if metric.anchor is None:
        return ""
    column = f"r.{metric.anchor.column}"
    if metric.anchor.column == "as_of":
        return ""
    if metric.anchor.kind == "snapshot" and (scope.start is None and scope.end is None):
        return ""
    parts = []
    if scope.start:
        parts.append(f"{column} >= DATE '{scope.start.isoformat()}'")
    if scope.end:
        parts.append(f"{column} < DATE '{scope.end.isoformat()}'")
    return " AND ".join(parts) or f"{column} IS NOT NULL"


def period_key(scope: Scope, day: str) -> str:
    """SQL for the first day of the period of the question's grain that holds a day."""
    grain, truncated = scope.grain or "", scope.session.sql.truncated
    if grain == "day":
        return day
    if grain in ("week", "month", "quarter", "year"):
        return truncated(grain, day)
    if scope.settings.fiscal_pattern == "months":
        months = scope.settings.fiscal_year_start - 1
        if grain == "fiscal-month":
            return truncated("month", day)
        unit, shift = ("quarter", months % 3) if grain == "fiscal-quarter" else ("year", months)
        shifted = truncated(unit, f"{day} - INTERVAL {shift} MONTH")
        return f"CAST({shifted} + INTERVAL {shift} MONTH AS DATE)"
    first, last = scope.start or date(2000, 1, 1), scope.end or date(2050, 1, 1)
    starts = [scope.calendar.unit_of(grain, period.start).start for period in scope.calendar.spine(grain, first, last)]
    cases = " ".join(f"WHEN {day} >= DATE '{start.isoformat()}' THEN DATE '{start.isoformat()}'" for start in reversed(starts))
    return f"CASE {cases} END"
