"""Expressions of the catalogue: parsed, checked against what is allowed, and written out as SQL over a relation `r`.

A metric's SQL may use the columns of its relation, its own parameters as `:name`, `:as_of` and `:end`, and a short list
of functions. Anything else is refused when the catalogue is read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from omzet.errors import OmzetError

ALLOWED: tuple[type[exp.Expr], ...] = (
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Paren,
    exp.Placeholder,
    exp.Star,
    exp.Tuple,
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Is,
    exp.In,
    exp.Between,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.Neg,
    exp.Case,
    exp.If,
    exp.Coalesce,
    exp.Nullif,
    exp.Abs,
    exp.Least,
    exp.Greatest,
    exp.DateDiff,
    exp.Var,
)
FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Sum: "sum",
    exp.CountIf: "count_if",
    exp.Count: "count",
    exp.Avg: "avg",
    exp.Min: "min",
    exp.Max: "max",
}
AGGREGATES = tuple(FUNCTIONS)
SETTINGS = ("sales_cost_categories", "marketing_cost_categories", "no_decision_loss_kinds", "proposal_stage")
"""Settings that every expression may use by their key."""

BUILT_IN = ("as_of", "start", "end", *SETTINGS)
"""Parameters that every expression may use: the day asked for, the period's first day and the day after it, settings."""


class ExpressionError(OmzetError):
    """An expression of the catalogue that is not allowed."""


@dataclass(frozen=True)
class Aggregate:
    """One aggregate, opened: its function and the row-level SQL it is taken over (`*` for a plain count)."""

    function: str
    row: str


def check(text: str, columns: Collection[str], parameters: Collection[str], *, aggregate: bool) -> None:
    """Refuse an expression that uses anything but the given columns, parameters and allowed functions.

    Raises ExpressionError that names the part that is wrong.
    """
    tree = _parsed(text)
    allowed = ALLOWED + AGGREGATES if aggregate else ALLOWED
    for node in tree.walk():
        if not isinstance(node, allowed):
            what = node.sql(dialect="duckdb") or type(node).__name__
            raise ExpressionError(f"'{what}' is not allowed in '{text}'.")
        if isinstance(node, exp.Column):
            if node.table or node.args.get("db"):
                raise ExpressionError(f"'{node.sql()}' in '{text}' names a table; use the column alone.")
            if node.name not in columns:
                raise ExpressionError(f"There is no column '{node.name}' in '{text}'. Columns: {', '.join(sorted(columns))}.")
        if isinstance(node, exp.Placeholder) and node.name not in (*parameters, *BUILT_IN):
            raise ExpressionError(f"There is no parameter ':{node.name}' in '{text}'.")
    if aggregate and not isinstance(tree, AGGREGATES):
        raise ExpressionError(f"'{text}' must be one of sum(…), count(*), count_if(…), avg(…), min(…), max(…).")


def row_sql(text: str, values: Mapping[str, Any]) -> str:
    """A row-level expression as SQL over `r`, parameters filled in."""
    return _written(text, values)


def aggregate(text: str, values: Mapping[str, Any]) -> Aggregate:
    """An aggregate expression, opened into its function and its row-level SQL over `r`."""
    tree = _parsed(text)
    if isinstance(tree, exp.Count) and isinstance(tree.this, exp.Star):
        return Aggregate("count", "*")
    name = next(name for kind, name in FUNCTIONS.items() if isinstance(tree, kind))
    return Aggregate(name, _written(text, values, opened=True))


@lru_cache(maxsize=1024)
def _parsed(text: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(text, dialect="duckdb")
    except ParseError as error:
        raise ExpressionError(f"'{text}' can't be read as SQL: {str(error).splitlines()[0]}") from error


def _written(text: str, values: Mapping[str, Any], *, opened: bool = False) -> str:
    # The type beside each value: 1 and TRUE are equal, and not the same SQL.
    return _filled(text, tuple((name, type(values[name]), values[name]) for name in _named(text)), opened)


@lru_cache(maxsize=1024)
def _named(text: str) -> tuple[str, ...]:
    """The parameters that an expression uses."""
    return tuple(sorted({node.name for node in _parsed(text).find_all(exp.Placeholder)}))


@lru_cache(maxsize=4096)
def _filled(text: str, given: tuple[tuple[str, type, Any], ...], opened: bool) -> str:
    """An expression with its parameters filled in, or what its aggregate is taken over."""
    values = {name: value for name, _, value in given}

    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.In) and any(isinstance(item, exp.Placeholder) for item in node.expressions):
            return _listed(node, values, node.this.transform(fill))
        if isinstance(node, exp.Placeholder):
            return _literal(values[node.name])
        if isinstance(node, exp.Column):
            return exp.column(node.name, table="r")
        return node

    tree = _parsed(text).this if opened else _parsed(text)
    return str(tree.copy().transform(fill).sql(dialect="duckdb"))


def _listed(node: exp.In, values: Mapping[str, Any], this: exp.Expr) -> exp.Expr:
    """`x IN (:many)` with the values of a parameter that holds several; false where it holds none."""
    items: list[exp.Expr] = []
    for item in node.expressions:
        if not isinstance(item, exp.Placeholder):
            items.append(item)
            continue
        given = values[item.name]
        items += [_literal(each) for each in given] if isinstance(given, tuple) else [_literal(given)]
    return exp.In(this=this, expressions=items) if items else exp.Boolean(this=False)


def _literal(value: Any) -> exp.Expr:
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, date):
        return sqlglot.parse_one(f"DATE '{value.isoformat()}'", dialect="duckdb")
    if isinstance(value, int | float):
        return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
    return exp.Literal.string(str(value))
