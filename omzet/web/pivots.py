"""Answers as tables, pivots and what a drawing takes: for exploring."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omzet.query.answer import Answer, MetricMeaning
from omzet.web.choice import EMPTY
from omzet.web.question_tiles import Cell, plain_note, written
from omzet.web.view import THIN, View, figure

if TYPE_CHECKING:
    from omzet.web.explore import Ask

MOST_ROWS = 200
MOST_COLUMNS = 24
MOST_SERIES = 8
MOST_BARS = 30
PERIOD = "period"


@dataclass(frozen=True)
class Found:
    """An answer with the columns that a file of it has."""

    answer: Answer
    keys: tuple[str, ...]
    columns: list[str]
    rows: list[dict[str, Any]]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """A column: its name, the order that its link asks for, and how it is sorted now."""

    text: str
    sort: str = ""
    sorted: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of names and cells; `more` rows are only in the file."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...]
    more: int = 0
    names: int = 1


def found_of(view: View, ask: Ask) -> Found:
    """Ask what is explored. Raises CallError for what can't be asked."""
    answer = view.ask(view.choice.question(ask.metrics, by=ask.by, grain=ask.grain or None))
    keys = (*ask.by, *((PERIOD,) if ask.grain else ()))
    columns = [*keys, *(name for metric in ask.metrics for name in (metric, f"{metric}:n"))]
    columns += [name for metric in ask.metrics for name in (f"{metric}:low", f"{metric}:high") if _any(answer, name)]
    rows = _sorted([row for row in answer.rows if _has_begun(view, row)], ask.sort, ask.metrics)
    notes = tuple(dict.fromkeys(plain_note(note, metric) for metric in ask.metrics[:1] for note in answer.notes))
    return Found(answer, keys, columns, rows, notes[:4])


def _has_begun(view: View, row: dict[str, Any]) -> bool:
    """A period that has yet to begin has no figures: nothing is not none."""
    return PERIOD not in row or view.calendar.period(str(row[PERIOD]), view.today).start <= view.today


def _any(answer: Answer, name: str) -> bool:
    return any(row.get(name) is not None for row in answer.rows)


def _sorted(rows: Sequence[dict[str, Any]], sort: str, metrics: Sequence[str]) -> list[dict[str, Any]]:
    name, down = sort.lstrip("-"), sort.startswith("-")
    if not name or (rows and name not in rows[0]):
        return list(rows)
    full = [row for row in rows if row.get(name) is not None]
    full.sort(key=lambda row: row[name] if name in metrics else str(row[name]).casefold(), reverse=down)
    return full + [row for row in rows if row.get(name) is None]


def table_of(view: View, ask: Ask, found: Found) -> Table:
    """One row a group and period, one column a number; each column's head sorts by it."""
    meanings = found.answer.definitions
    heads = [_head(ask, name, _key_name(view, name), is_number=False) for name in found.keys]
    heads += [_head(ask, metric, meanings[metric].name, is_number=True) for metric in ask.metrics]
    rows = tuple(
        (
            tuple(_shown(view, name, row.get(name)) for name in found.keys),
            tuple(_cell(view, ask, meanings[metric], metric, row) for metric in ask.metrics),
        )
        for row in found.rows[:MOST_ROWS]
    )
    return Table(tuple(heads), rows, max(0, len(found.rows) - MOST_ROWS), len(found.keys))


def _head(ask: Ask, name: str, text: str, *, is_number: bool) -> Head:
    now = "ascending" if ask.sort == name else "descending" if ask.sort == f"-{name}" else ""
    first, then = (f"-{name}", name) if is_number else (name, f"-{name}")
    return Head(text, then if ask.sort == first else first, now, is_number)


def pivot_of(view: View, ask: Ask, found: Found) -> Table:
    """The first number with the last key across: groups down, groups or periods across."""
    metric = ask.metrics[0]
    meaning, across, down = found.answer.definitions[metric], found.keys[-1], found.keys[:-1]
    columns = list(dict.fromkeys(row.get(across) for row in found.rows))[:MOST_COLUMNS]
    lines: dict[tuple[Any, ...], dict[Any, dict[str, Any]]] = {}
    for row in found.rows:
        lines.setdefault(tuple(row.get(name) for name in down), {})[row.get(across)] = row
    heads = [Head(_key_name(view, name)) for name in down]
    heads += [Head(_shown(view, across, column), is_number=True) for column in columns]
    rows = tuple(
        (
            tuple(_shown(view, name, value) for name, value in zip(down, key, strict=True)),
            tuple(_cell(view, ask, meaning, metric, cells[column]) if column in cells else NONE for column in columns),
        )
        for key, cells in list(lines.items())[:MOST_ROWS]
    )
    return Table(tuple(heads), rows, max(0, len(lines) - MOST_ROWS), len(down))


NONE = Cell("", "", "", few=False)


def _cell(view: View, ask: Ask, meaning: MetricMeaning, metric: str, row: dict[str, Any]) -> Cell:
    found = figure(row, metric)
    few = meaning.unit == "share" and 0 < found.n < THIN
    note = ""
    if found.low is not None and found.high is not None and found.value is not None:
        note = view.reader.range(written(found.low, meaning, view), written(found.high, meaning, view))
    choice, cell = view.choice, {name: EMPTY if row.get(name) in (None, "") else row.get(name) for name in ask.by}
    if ask.grain and row.get(PERIOD):
        period = view.calendar.period(str(row[PERIOD]), view.today)
        choice = choice.with_period(max(period.start, choice.start), min(period.end, choice.end))
    return Cell(
        written(found.value, meaning, view),
        note,
        choice.drill(metric, cell=cell),
        few,
        view.why(found) if found.value is None else "",
    )


def _key_name(view: View, name: str) -> str:
    from omzet.metrics import wording

    if name == PERIOD:
        return view.reader.t("web.explore.period", "Period")
    return wording.column(name, view.reader.language)


def _shown(view: View, name: str, value: Any) -> str:
    if value in (None, ""):
        return view.reader.t("web.filter.empty", "(none)")
    return view.reader.unit_name(str(value), short=True) if name == PERIOD else str(value)


def chart_of(view: View, ask: Ask, found: Found) -> str:
    """What the drawing takes, as JSON: the kind, the names along the axis, the series, and how values are written."""
    metric = ask.metrics[0]
    meaning = found.answer.definitions[metric]
    if ask.show == "heat" and len(found.keys) >= 2:
        return _json(_heat(view, found, metric, meaning))
    along = PERIOD if ask.grain else (found.keys[0] if found.keys else "")
    apart = [name for name in found.keys if name != along]
    names = list(dict.fromkeys(row.get(along) for row in found.rows)) if along else [None]
    if ask.show == "bar":
        names = names[:MOST_BARS]
    series: list[dict[str, Any]] = []
    if apart:
        groups = list(dict.fromkeys(row.get(apart[0]) for row in found.rows))[:MOST_SERIES]
        for group in groups:
            values = {row.get(along): row.get(metric) for row in found.rows if row.get(apart[0]) == group}
            series.append({"name": _shown(view, apart[0], group), "data": [_number(values.get(name)) for name in names]})
    else:
        alike = [each for each in ask.metrics if found.answer.definitions[each].unit == meaning.unit]
        for each in alike:
            values = {row.get(along) if along else None: row.get(each) for row in found.rows}
            series.append({"name": found.answer.definitions[each].name, "data": [_number(values.get(name)) for name in names]})
    labels = [_shown(view, along, name) if along else meaning.name for name in names]
    return _json({"kind": ask.show, "names": labels, "series": series, **_axis(view, meaning)})


def _heat(view: View, found: Found, metric: str, meaning: MetricMeaning) -> dict[str, Any]:
    down, across = found.keys[0], found.keys[-1]
    rows = list(dict.fromkeys(row.get(down) for row in found.rows))[:MOST_BARS]
    columns = list(dict.fromkeys(row.get(across) for row in found.rows))[:MOST_COLUMNS]
    cells = [
        [columns.index(row.get(across)), rows.index(row.get(down)), _number(row.get(metric))]
        for row in found.rows
        if row.get(across) in columns and row.get(down) in rows and row.get(metric) is not None
    ]
    return {
        "kind": "heat",
        "names": [_shown(view, across, each) for each in columns],
        "rows": [_shown(view, down, each) for each in rows],
        "series": [{"name": meaning.name, "data": cells}],
        **_axis(view, meaning),
    }


def _axis(view: View, meaning: MetricMeaning) -> dict[str, Any]:
    unit = "percent" if meaning.unit == "share" else "money" if meaning.unit.startswith("money") else "number"
    return {"unit": unit, "title": meaning.name, "currency": view.reader.currency, "language": view.reader.language}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


_json: Callable[[Any], str] = json.dumps
