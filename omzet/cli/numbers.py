"""An answer as a table: raw columns for programs, written numbers for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omzet.cli.printing import Column
from omzet.locale import formats
from omzet.locale.formats import NOTHING
from omzet.metrics.wording import column as column_name
from omzet.metrics.wording import why
from omzet.query.frames import written

if TYPE_CHECKING:
    from omzet.query.answer import Answer

HEADINGS = {"previous": "Before", "change": "Change", "why": "Why"}
HIDDEN = ("low", "high", "numerator", "denominator", "previous_n")
"""Columns of a row that a person finds in the interval or by opening the number."""


def machine_columns(answer: Answer) -> list[Column]:
    """Every key of the rows: dimensions and period first, then what the metrics have."""
    keys = dict.fromkeys(key for row in answer.rows for key in row)
    return [Column(key, key) for key in keys] or [Column(key, key) for key in (*answer.by, *answer.metrics)]


def person_table(answer: Answer, language: str) -> tuple[list[dict[str, Any]], list[Column]]:
    """The rows as texts in `language`, and their columns: for each metric its value, interval, n, change and reason."""
    keys = [column.key for column in machine_columns(answer)]
    places = [key for key in keys if key.partition(":")[0] not in answer.metrics]
    columns = [Column(key, column_name(key, language)) for key in places]
    for metric in answer.metrics:
        own = [key for key in keys if key.startswith(f"{metric}:")]
        columns += _columns(answer, metric, [key for key in own if any(row.get(key) is not None for row in answer.rows)])
    return [_written(row, answer, places, language) for row in answer.rows], columns


def _columns(answer: Answer, metric: str, filled: list[str]) -> list[Column]:
    """The metric's own columns: those that tell a person something beside the value."""
    meaning = answer.definitions.get(metric)
    shown = [Column(metric, meaning.name if meaning else metric, "right")]
    if f"{metric}:low" in filled or f"{metric}:high" in filled:
        shown.append(Column(f"{metric}:interval", "95 %"))
    for key in filled:
        part = key.partition(":")[2]
        redundant = part in HIDDEN or (part == "n" and meaning is not None and meaning.unit == "count")
        if not redundant:
            shown.append(Column(key, HEADINGS.get(part, part.replace("_", " ")), "left" if part == "why" else "right"))
    return shown


def _written(row: dict[str, Any], answer: Answer, places: list[str], language: str) -> dict[str, str]:
    texts = {key: NOTHING if row.get(key) is None else str(row[key]) for key in places}
    for metric in answer.metrics:
        meaning = answer.definitions.get(metric)
        unit, kind = (meaning.unit, meaning.kind) if meaning else ("", "")

        def cell(part: str, metric: str = metric) -> Any:
            return row.get(f"{metric}:{part}" if part else metric)

        texts[metric] = written(cell(""), unit, answer.currency, language)
        if cell("low") is not None or cell("high") is not None:
            ends = (written(cell(end), unit, answer.currency, language) for end in ("low", "high"))
            texts[f"{metric}:interval"] = formats.between(*ends)
        for key, value in row.items():
            part = key.partition(":")[2]
            if not key.startswith(f"{metric}:") or part in (*HIDDEN, "interval"):
                continue
            if part == "why":
                texts[key] = why(str(value), language) if value else ""
            elif part == "change":
                texts[key] = _change(value, unit, kind, answer.currency, language)
            else:
                texts[key] = written(value, unit if part == "previous" else "count", answer.currency, language)
    return texts


def _change(value: Any, unit: str, kind: str, currency: str, language: str) -> str:
    """A growth rate for what adds up, percentage points for shares, a difference for the rest; with its sign."""
    if value is None:
        return NOTHING
    if kind in ("additive", "stock"):
        return formats.signed(formats.percent(value, language), value)
    if unit == "share":
        return formats.points(value, language)
    return formats.signed(written(value, unit, currency, language), value)
