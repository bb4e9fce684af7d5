"""An answer as a table: raw columns for programs, written numbers for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omzet.cli.printing import Column
from omzet.locale.formats import NOTHING, between
from omzet.query.frames import written

if TYPE_CHECKING:
    from omzet.query.answer import Answer

HEADINGS = {"n": "n", "low": "from", "high": "to", "previous": "before", "change": "change"}


def machine_columns(answer: Answer) -> list[Column]:
    """Every key of the rows: dimensions and period first, then what the metrics have."""
    keys = dict.fromkeys(key for row in answer.rows for key in row)
    return [Column(key, key) for key in keys] or [Column(key, key) for key in (*answer.by, *answer.metrics)]


def person_table(answer: Answer, language: str) -> tuple[list[dict[str, Any]], list[Column]]:
    """The rows as texts in `language`, and their columns: for each metric its value, interval, n, change and reason."""
    metrics = tuple(answer.metrics)
    keys = [column.key for column in machine_columns(answer)]
    places = [key for key in keys if key.partition(":")[0] not in metrics]
    columns = [Column(key, key.replace("_", " ").capitalize()) for key in places]
    for metric in metrics:
        meaning = answer.definitions.get(metric)
        name = meaning.name if meaning else metric
        columns.append(Column(metric, name, "right"))
        parts = [key for key in keys if key.startswith(f"{metric}:")]
        if f"{metric}:low" in parts:
            columns.append(Column(f"{metric}:interval", "95 %"))
        for key in parts:
            part = key.partition(":")[2]
            filled = any(row.get(key) is not None for row in answer.rows)
            if part not in ("low", "high") and filled:
                columns.append(Column(key, HEADINGS.get(part, part.replace("_", " ")), "left" if part == "why" else "right"))
    return [_written(row, answer, metrics, language) for row in answer.rows], columns


def _written(row: dict[str, Any], answer: Answer, metrics: tuple[str, ...], language: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in row.items():
        metric, _, part = key.partition(":")
        if metric not in metrics:
            texts[key] = NOTHING if value is None else str(value)
            continue
        meaning = answer.definitions.get(metric)
        unit = "count" if part == "n" or meaning is None else meaning.unit
        texts[key] = str(value or "") if part == "why" else written(value, unit, answer.currency, language)
    for metric in metrics:
        if row.get(f"{metric}:low") is not None or row.get(f"{metric}:high") is not None:
            texts[f"{metric}:interval"] = between(texts[f"{metric}:low"], texts[f"{metric}:high"])
    return texts
