"""Conditions as SQL over a relation."""

from __future__ import annotations

import re

from omzet.engines.sql import text_literal
from omzet.metrics.conditions import Condition
from omzet.metrics.labels import Labels
from omzet.metrics.relations import Dimension


def sql(condition: Condition, dimension: Dimension, labels: Labels) -> str:
    """The condition as SQL over a relation `r`."""
    if condition.operator == "is empty":
        return f"({dimension.key} IS NULL)"
    if condition.operator == "is not empty":
        return f"({dimension.key} IS NOT NULL)"
    if dimension.named_by and condition.operator in ("=", "!=", "in", "not in"):
        return _by_key(condition, dimension, labels)
    if dimension.named_by:
        chosen = [key for key, label in labels.of(dimension.named_by).items() if _holds(condition, label)]
        return _within(dimension.key, chosen)
    return _by_value(condition, dimension.key)


def _by_key(condition: Condition, dimension: Dimension, labels: Labels) -> str:
    table = dimension.named_by or ""
    keys: list[str] = []
    for value in condition.values:
        # A reference without a row is shown by its id: it can be asked for by that id too.
        keys += labels.keys(table, value) or [f"files:{value}"]
    inside = _within(dimension.key, keys)
    if condition.operator in ("!=", "not in"):
        return f"({dimension.key} IS NULL OR NOT {inside})"
    return inside


def _within(key: str, keys: list[str]) -> str:
    return f"({key} IN ({', '.join(text_literal(k) for k in keys)}))" if keys else "(FALSE)"


def _holds(condition: Condition, label: str) -> bool:
    first = condition.values[0]
    if condition.operator == "contains":
        return first.lower() in label.lower()
    if condition.operator == "between":
        return first <= label <= condition.values[1]
    return {"<": label < first, "<=": label <= first, ">": label > first, ">=": label >= first}[condition.operator]


def _by_value(condition: Condition, key: str) -> str:
    operator, values = condition.operator, condition.values
    text = f"CAST({key} AS VARCHAR)"
    if operator == "contains":
        return f"(strpos(lower({text}), lower({text_literal(values[0])})) > 0)"
    if operator in ("=", "in"):
        return f"({text} IN ({', '.join(text_literal(v) for v in values)}))"
    if operator in ("!=", "not in"):
        return f"({key} IS NULL OR {text} NOT IN ({', '.join(text_literal(v) for v in values)}))"
    if all(_is_number(v) for v in values):
        number = f"TRY_CAST({text} AS DOUBLE)"
        if operator == "between":
            return f"({number} BETWEEN {float(values[0])} AND {float(values[1])})"
        return f"({number} {operator} {float(values[0])})"
    if operator == "between":
        return f"({text} BETWEEN {text_literal(values[0])} AND {text_literal(values[1])})"
    return f"({text} {operator} {text_literal(values[0])})"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text.strip()))
