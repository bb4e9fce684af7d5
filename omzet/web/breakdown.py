"""One number by group or over time: each value with its interval, n and further figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from omzet.errors import CallError
from omzet.metrics import wording
from omzet.metrics.catalogue import MetricInfo
from omzet.query.answer import MetricMeaning
from omzet.query.question import Question
from omzet.web.beside import Heading, headings, written
from omzet.web.choice import ALWAYS, EMPTY, clause, with_pairs
from omzet.web.reader import Reader
from omzet.web.view import FEW, THIN, View, figure

GRAINS = {"week": "Week", "month": "Month", "quarter": "Quarter", "year": "Year"}
AGES = {"age_days": "Age in days", "cycle_days": "Cycle in days"}
MOST = 60
"""So many rows are shown; the file has them all."""

OF_THE_PLACE = ("tab", "offset", "deal", "split")


@dataclass(frozen=True)
class Option:
    """A way to split a number."""

    id: str
    text: str
    over_time: bool
    current: bool


@dataclass(frozen=True)
class Split:
    """A group's or a period's value: what it is called, where it opens, and its figures as written."""

    name: str
    href: str
    value: str
    between: str
    why: str
    n: str
    thin: bool
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Breakdown:
    """The number by one dimension or grain; `failed` says why there is none."""

    by: str
    columns: tuple[Heading, ...] = ()
    rows: tuple[Split, ...] = ()
    more: int = 0
    csv: str = ""
    failed: str = ""


def options(info: MetricInfo, named: Mapping[str, str], chosen: str, reader: Reader) -> list[Option]:
    """What the number can be split by: over time, then its own dimensions, then the others in the order of filters."""
    named = {**named, **{name: reader.t(f"web.dimension.{name}", english) for name, english in AGES.items()}}
    order = [*info.by, *(name for name in named if name in info.dimensions and name not in AGES), *info.dimensions]
    times = [Option(grain, reader.t(f"web.split.{grain}", text), True, grain == chosen) for grain, text in GRAINS.items()]
    groups = [
        Option(name, named.get(name) or wording.column(name, reader.language), False, name == chosen)
        for name in dict.fromkeys(order)
    ]
    return [*times, *groups]


def usual(info: MetricInfo) -> str:
    """What a number is split by when nothing is chosen: what it needs, people where it is about them, else nothing."""
    if info.by:
        return info.by[0]
    return "rep" if info.group == "people" and "rep" in info.dimensions else ""


def breakdown(
    view: View,
    question: Question,
    meaning: MetricMeaning,
    split: str,
    pairs: Sequence[tuple[str, str]],
    cell: Mapping[str, Any] | None,
    facts: Sequence[tuple[str, str]] = (),
) -> Breakdown | None:
    """The number of a drill by `split`, one row a group or period; None without a split.

    A further figure that every row would repeat from `facts`, those of the whole, is left to them.
    """
    if not split:
        return None
    reader, metric = view.reader, question.metrics[0]
    where = (*question.where, *(clause(name, [EMPTY if value is None else str(value)]) for name, value in (cell or {}).items()))
    grain = split if split in GRAINS else None
    asked = question.model_copy(update={"by": () if grain else (split,), "grain": grain, "where": where})
    try:
        answer = view.ask(asked)
    except CallError as error:
        return Breakdown(split, failed=str(error))
    columns = [
        column
        for column in headings(meaning.columns, meaning.headings, reader)
        if any(row.get(f"{metric}:{column.id}") is not None for row in answer.rows)
    ]
    columns = [column for column in columns if not _repeats(column, answer.rows, metric, meaning, dict(facts), reader)]
    rows = answer.rows if grain or split in ("stage", "step", "age_days") else sorted(answer.rows, key=_by_name(split))
    decimals = _decimals(meaning.unit, [figure(row, metric).value for row in rows])
    return Breakdown(
        split,
        tuple(columns),
        tuple(_split(view, row, metric, meaning, split, columns, pairs, decimals) for row in rows[:MOST]),
        max(0, len(rows) - MOST),
        _csv(view, asked, split, grain),
    )


def _repeats(
    column: Heading,
    rows: Sequence[Mapping[str, Any]],
    metric: str,
    meaning: MetricMeaning,
    facts: Mapping[str, str],
    reader: Reader,
) -> bool:
    if column.is_text or column.text not in facts:
        return False
    figures = [{name: row.get(f"{metric}:{name}") for name in meaning.columns} for row in rows]
    shown = {written(column, each, reader) for each in figures if each.get(column.id) is not None}
    return len(rows) > 1 and shown == {facts[column.text]}


def _decimals(unit: str, values: Sequence[float | None]) -> int | None:
    """How many decimals a column without a unit of its own has, the same in every row; None for one with a unit."""
    if unit not in ("ratio", "number"):
        return None
    return 0 if all(value is None or value == round(value) for value in values) else 2


def _by_name(split: str) -> Any:
    return lambda row: (row.get(split) is None, str(row.get(split)).casefold())


def _split(
    view: View,
    row: Mapping[str, Any],
    metric: str,
    meaning: MetricMeaning,
    split: str,
    columns: Sequence[Heading],
    pairs: Sequence[tuple[str, str]],
    decimals: int | None,
) -> Split:
    reader, found = view.reader, figure(dict(row), metric)
    figures = {name: row.get(f"{metric}:{name}") for name in meaning.columns}
    value, between = reader.value(found.value, meaning.unit), ""
    if decimals is not None and found.value is not None:
        value = reader.number(found.value, decimals)
    counted = row.get(f"{metric}:numerator")
    if meaning.unit == "share" and found.value is not None and counted is not None and found.n < FEW:
        value = reader.t("web.kpi.of", "{k} of {n}", k=reader.number(float(counted)), n=reader.number(found.n))
    elif found.low is not None and found.high is not None and found.value is not None:
        between = reader.range(reader.value(found.low, meaning.unit), reader.value(found.high, meaning.unit))
    label = row.get("period") if split in GRAINS else row.get(split)
    return Split(
        name=_name(view, split, label),
        href=_opens(view, meaning, split, label, pairs),
        value=value,
        between=between,
        why=view.why(found),
        n=reader.number(found.n),
        thin=meaning.unit == "share" and 0 < found.n < THIN,
        figures=tuple(written(column, figures, reader) for column in columns),
    )


def _name(view: View, split: str, label: Any) -> str:
    if label in (None, ""):
        return view.reader.t("web.filter.empty", "(none)")
    return view.reader.unit_name(str(label)) if split in GRAINS else str(label)


def _opens(view: View, meaning: MetricMeaning, split: str, label: Any, pairs: Sequence[tuple[str, str]]) -> str:
    kept = [pair for pair in pairs if pair[0] not in OF_THE_PLACE]
    if split not in GRAINS:
        kept = [pair for pair in kept if pair[0] != "cell" or not pair[1].startswith(f"{split}:")]
        return with_pairs("/drill", [*kept, ("cell", f"{split}:{EMPTY if label in (None, '') else label}")])
    period = view.calendar.period(str(label), view.today)
    start, end = period.start, period.end
    if view.choice.word != ALWAYS:
        start, end = max(start, view.choice.start), min(end, view.choice.end)
    kept = [pair for pair in kept if pair[0] not in ("period", "from", "until")]
    kept += [("from", start.isoformat()), ("until", (end - timedelta(days=1)).isoformat())]
    if meaning.anchor.startswith("snapshot"):
        kept = [pair for pair in kept if pair[0] != "as_of"]
        kept.append(("as_of", min(end - timedelta(days=1), view.today).isoformat()))
    return with_pairs("/drill", kept)


def _csv(view: View, asked: Question, split: str, grain: str | None) -> str:
    pairs = [("metrics", asked.metrics[0]), ("grain", split) if grain else ("by", split)]
    if asked.start and asked.end:
        pairs += [("from", asked.start.isoformat()), ("to", asked.end.isoformat())]
    if asked.as_of:
        pairs.append(("as-of", asked.as_of.isoformat()))
    pairs += [("where", each) for each in asked.where]
    pairs += [("param", f"{name}={value}") for name, value in asked.parameters.items()]
    return with_pairs("/api/v1/query", [*pairs, ("format", "csv")])
