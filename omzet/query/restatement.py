"""Why one number differs between two knowings of it: late data, edits, exchange rates, the definition, what came since.

Each row's part in the number is taken as known earlier and as known later. Rows whose parts differ are told apart by
why, and the number is recomputed cause by cause, so that the steps add up to the whole difference for any kind of metric.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime

from pydantic import BaseModel, Field

from omzet.engines import Session, Store
from omzet.engines.sql import text_literal
from omzet.errors import CallError
from omzet.history.known import moment_of
from omzet.locale.words import t
from omzet.metrics import expressions, wording
from omzet.metrics.access import ALL, Access, NotYours
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.definition import Anchor, Metric, Parameter
from omzet.metrics.measure import row_value
from omzet.metrics.scope import Scope
from omzet.metrics.selection import Selection, select
from omzet.query.ask import opened, resolve
from omzet.query.question import Question
from omzet.settings import Settings
from omzet.statistics.quantiles import Histogram

CAUSES = {
    "late": "Late data: it had happened by then, and was recorded afterwards",
    "edit": "Edits: what had been recorded was changed",
    "rate": "Exchange rates: the same amount at another rate",
    "since": "Since then: it happened afterwards",
    "definition": "Definition: the metric was changed",
}
"""Why a number changed, in the order in which the causes are taken."""


class RestatedRow(BaseModel):
    """A row whose part in the number changed: its part `before` and `after`, empty where it was not counted."""

    id: str
    label: str
    before: float | None
    after: float | None


class Cause(BaseModel):
    """One cause: by how much it moved the number, how many rows it touched, and the first of these."""

    id: str
    label: str
    change: float | None
    count: int
    rows: list[RestatedRow] = Field(default_factory=list)


class Restatement(BaseModel):
    """One number as known at two moments. The changes of the causes add up to `after − before` where both are defined."""

    metric: str
    name: str
    unit: str
    earlier: str
    later: str | None
    as_of: str
    before: float | None
    after: float | None
    causes: list[Cause] = Field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """What one row brings: a sum (of a ratio the numerator's and the denominator's), and what tells why it changed."""

    above: float
    below: float
    amount: float | None
    currency: str | None
    day: date | None

    def differs(self, other: Part | None) -> bool:
        """True when the other brings something else."""
        return other is None or (self.above, self.below) != (other.above, other.below)


Parts = dict[str, Part]


def restate(
    store: Store,
    settings: Settings,
    catalogue: Catalogue,
    question: Question,
    earlier: date | datetime,
    *,
    limit: int = 20,
    language: str = "en",
    now: datetime | None = None,
    access: Access = ALL,
) -> Restatement:
    """Split the difference between a number as known `earlier` and as the question knows it, by cause.

    The definition is, each time, the kept version whose `changed_on` had been reached. Raises CallError for a metric
    that is no aggregate over rows, and when `earlier` does not lie before the question's `known`.
    """
    if not access.money:
        raise NotYours("A restatement tells amounts row by row, so it is shown only to those who may see money.")
    if question.known and moment_of(earlier, settings) >= moment_of(question.known, settings):
        raise CallError("The earlier knowing must lie before the later one.")
    question = question.model_copy(update={"by": (), "grain": None, "compare": None})
    metric = catalogue.find(question.metrics[0])
    day = earlier.date() if isinstance(earlier, datetime) else earlier
    with (
        opened(store, settings, question) as late_session,
        opened(store, settings, question.model_copy(update={"known": earlier})) as early_session,
    ):
        late = resolve(late_session, settings, question, [metric], language, now, access)
        early = resolve(early_session, settings, question, [metric], language, now, access)
        old = _definition(late_session, metric, day)
        leaves, old_leaves = _leaves(late, metric, catalogue), _leaves(late, old, catalogue)
        if len(leaves) != len(old_leaves):
            raise CallError(f"{metric.id} was made of other parts in {earlier}: its difference can't be split.")
        before = [_parts(early, leaf) for leaf in old_leaves]
        between = [_parts(late, leaf) for leaf in old_leaves]
        after = [_parts(late, leaf) for leaf in leaves] if old != metric else between
        causes = [
            _told_apart(early, late, leaf, was, then, day) for leaf, was, then in zip(old_leaves, before, between, strict=True)
        ]
        found = []
        standing, value = before, _value(old_leaves, before)
        for word in CAUSES:
            if word == "definition":
                keys = [_changed(one, two) for one, two in zip(between, after, strict=True)]
                standing, using = after, leaves
            else:
                keys = [{key for key, cause in each.items() if cause == word} for each in causes]
                standing = [_moved(part, then, of) for part, then, of in zip(standing, between, keys, strict=True)]
                using = old_leaves
            new = _value(using, standing)
            if any(keys):
                rows = _rows(late, leaves, keys, before if word != "definition" else between, after, limit)
                change = new - value if new is not None and value is not None else None
                label = t(f"metrics.causes.{word}", CAUSES[word], language)
                found.append(Cause(id=word, label=label, change=change, count=len(set().union(*keys)), rows=rows))
            value = new
        return Restatement(
            metric=metric.id,
            name=wording.name(metric, language),
            unit=metric.unit,
            earlier=earlier.isoformat(),
            later=question.known.isoformat() if question.known else None,
            as_of=late.as_of.day.isoformat(),
            before=_value(old_leaves, before),
            after=_value(leaves, after),
            causes=found,
        )


def _definition(session: Session, metric: Metric, day: date) -> Metric:
    """The kept version of a metric that held on a day; the present one where none is kept from then."""
    rows = session.rows("SELECT entry FROM catalogue_versions WHERE metric = ? ORDER BY version", [metric.id])
    entries = [json.loads(text) for (text,) in rows]
    held = [each for each in entries if str(each.get("changed_on", "")) <= day.isoformat()]
    if not held:
        return metric
    given = {each.name: held[-1][each.name] for each in fields(Metric) if each.name in held[-1]}
    if given["version"] == metric.version:
        return metric
    given |= {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    given["anchor"] = Anchor(**given["anchor"]) if given.get("anchor") else None
    given["parameters"] = tuple(
        Parameter(**{**each, "choices": tuple(each.get("choices", ()))}) for each in given.get("parameters", ())
    )
    return Metric(**given)


def _leaves(scope: Scope, metric: Metric, catalogue: Catalogue) -> list[Metric]:
    chosen = metric.varied(scope.values(metric))
    leaves = [catalogue.find(part).varied(scope.values(catalogue.find(part))) for part in chosen.of] or [chosen]
    if any(leaf.analysis or leaf.of or not leaf.relation for leaf in leaves):
        raise CallError(f"{metric.id} is no sum, share or quantile over rows: its difference can't be split.")
    return leaves


def _key(selection: Selection) -> str:
    return " || '|' || ".join(
        f"CAST(r.{name.strip().removeprefix('r.')} AS VARCHAR)" for name in selection.relation.key.split(",")
    )


def _parts(scope: Scope, leaf: Metric) -> Parts:
    """Each counted row's part in the leaf's value."""
    selection, values = select(scope, leaf), scope.values(leaf)
    if leaf.measure:
        above, below = expressions.row_sql(leaf.measure, values), "1"
    elif leaf.numerator:
        above, below = (row_value(expressions.aggregate(text, values)) for text in (leaf.numerator, leaf.denominator))
    else:
        above, below = row_value(expressions.aggregate(leaf.value, values)), "1"
    columns = selection.relation.columns
    own = ("r.amount", "r.currency") if {"amount", "currency"} <= set(columns) else ("NULL", "NULL")
    rows = scope.session.rows(
        f"""SELECT {_key(selection)}, CAST({above} AS DOUBLE), CAST({below} AS DOUBLE), CAST({own[0]} AS DOUBLE), {own[1]},
                {selection.day or "NULL"}
            FROM {selection.source} WHERE {selection.counted or "TRUE"}"""
    )
    return {key: Part(float(x or 0), float(y or 0), amount, currency, on) for key, x, y, amount, currency, on in rows}


def _states(scope: Scope, leaf: Metric, keys: Iterable[str]) -> dict[str, tuple[str | None, date | None]]:
    """What rows not counted were: their status and closing day where the relation has these. Absent rows were not there."""
    listed = ", ".join(text_literal(key) for key in sorted(keys))
    if not listed:
        return {}
    selection = select(scope, leaf)
    columns = [f"r.{name}" if name in selection.relation.columns else "NULL" for name in ("status", "closed_on")]
    rows = scope.session.rows(
        f"SELECT {_key(selection)}, {', '.join(columns)} FROM {selection.source} WHERE {_key(selection)} IN ({listed})"
    )
    return {key: (status, closed_on) for key, status, closed_on in rows}


def _told_apart(early: Scope, late: Scope, leaf: Metric, before: Parts, after: Parts, day: date) -> dict[str, str]:
    """The cause of each row's change between two knowings."""
    then = _states(early, leaf, after.keys() - before.keys())
    now = _states(late, leaf, before.keys() - after.keys())
    found = {}
    for key in _changed(before, after):
        was, is_ = before.get(key), after.get(key)
        if is_ is None:
            closed_on = now.get(key, (None, None))[1]
            found[key] = "since" if closed_on is not None and closed_on > day else "edit"
        elif is_.day is not None and is_.day > day and (was is None or was.day != is_.day) and not leaf.is_snapshot:
            found[key] = "since"
        elif was is None:
            found[key] = "late" if then.get(key, ("open", None))[0] in ("open", "planned") else "edit"
        else:
            same = (was.amount, was.currency, was.day) == (is_.amount, is_.currency, is_.day) and was.amount is not None
            found[key] = "rate" if same else "edit"
    return found


def _changed(before: Parts, after: Parts) -> set[str]:
    """The keys of the rows that bring something else, or that only one of the two counts."""
    return {key for key in before.keys() | after.keys() if key not in before or before[key].differs(after.get(key))}


def _moved(standing: Parts, then: Parts, keys: set[str]) -> Parts:
    """The parts with those of `keys` as they became."""
    kept = {key: part for key, part in standing.items() if key not in keys}
    return kept | {key: then[key] for key in keys if key in then}


def _value(leaves: list[Metric], parts: list[Parts]) -> float | None:
    """The number that parts make."""
    if len(leaves) == 2:
        above, below = (_value([leaf], [part]) for leaf, part in zip(leaves, parts, strict=True))
        return above / below if above is not None and below else None
    leaf, rows = leaves[0], list(parts[0].values())
    above = sum(row.above for row in rows)
    if leaf.measure and not rows:
        return None
    if leaf.measure and leaf.statistic == "mean":
        return above / len(rows)
    if leaf.measure:
        counts: dict[float, int] = {}
        for row in rows:
            counts[row.above] = counts.get(row.above, 0) + 1
        return Histogram.of(counts).quantile(float(leaf.statistic or 0.5))
    if leaf.numerator:
        below = sum(row.below for row in rows)
        return above / below if below > 0 else None
    return above


def _rows(
    scope: Scope, leaves: list[Metric], keys: list[set[str]], before: list[Parts], after: list[Parts], limit: int
) -> list[RestatedRow]:
    """The rows of one cause, those that moved most first."""

    def size(row: RestatedRow) -> tuple[float, str]:
        return (-abs((row.after or 0) - (row.before or 0)), row.id)

    rows = []
    for leaf, of, was, is_ in zip(leaves, keys, before, after, strict=True):
        table = "deals" if select(scope, leaf).relation.key == "deal_key" else None
        for key in of:
            first, second = was.get(key), is_.get(key)
            label = scope.labels.label(table, key) if table else key
            rows.append(
                RestatedRow(
                    id=key,
                    label=str(label),
                    before=first.above if first else None,
                    after=second.above if second else None,
                )
            )
    return sorted(rows, key=size)[:limit]
