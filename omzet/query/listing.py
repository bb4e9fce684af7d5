"""Which rows an answer has, in which order, and how their keys are shown."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product
from typing import Any

from omzet.errors import unknown
from omzet.metrics import wording
from omzet.metrics.cells import Measured, Place
from omzet.metrics.conditions import Condition
from omzet.metrics.definition import Metric
from omzet.metrics.dimensions import KEYED
from omzet.metrics.scope import Scope
from omzet.query.question import Question

NAMED = {**KEYED, "stage": "stages", "to_stage": "stages"}


def places(scope: Scope, measured: Mapping[str, Measured]) -> list[Place]:
    """Every place the answer shows: all periods of the range, all people, teams and stages that were active, and the
    other dimensions' values that have rows."""
    found = {place for m in measured.values() for place in m.cells}
    if not scope.by and not scope.grain:
        return [()]
    full = {name: _active(scope, name) for name in scope.by if name in ("rep", "team", "stage")}
    if full and len(scope.by) == 1:
        only = full[scope.by[0]]
        found |= {(key, *rest) for key in only for rest in ({p[1:] for p in found} or {()})} if not scope.grain else set()
        if scope.grain:
            found |= {(key, label) for key, label in product(only, _labels(scope, found))}
    elif scope.grain:
        tuples = {p[:-1] for p in found} or ({()} if not scope.by else set())
        found |= {(*keys, label) for keys, label in product(tuples, _labels(scope, found))}
    return sorted(found, key=lambda place: _sort_key(scope, place))


def _labels(scope: Scope, found: set[Place]) -> list[str]:
    """The labels of all periods of the range; without a range from the first to the last that has rows."""
    grain = scope.grain or "month"
    start, end = scope.start, scope.end
    if start is None or end is None:
        days = [scope.calendar.period(place[-1], scope.as_of.day) for place in found]
        if not days:
            return []
        start = start or min(p.start for p in days)
        end = end or max(p.end for p in days)
    return [period.label for period in scope.calendar.spine(grain, start, end)]


def _active(scope: Scope, name: str) -> list[Any]:
    if any(c.dimension == name for c in scope.where):
        return []
    if name == "stage":
        return [
            key
            for (key,) in scope.session.once("SELECT stage_key FROM stage_order WHERE position IS NOT NULL")
            if _used_pipeline(scope, key)
        ]
    first = scope.start or date(1, 1, 1)
    last = (scope.end - timedelta(days=1)) if scope.end else scope.as_of.day
    people = """FROM people p WHERE p.is_deleted IS NOT TRUE AND p.merged_into IS NULL AND coalesce(p.role,
        'rep') IN ('rep', 'sdr')
        AND (p.started_on IS NULL OR p.started_on <= ?) AND (p.ended_on IS NULL OR p.ended_on >= ?)"""
    if name == "rep":
        found = [key for (key,) in scope.session.once(f"SELECT p.key {people}", [last, first])]
        return [key for key in found if _is_seen(scope, name, key)]
    return [
        key
        for (key,) in scope.session.once(
            f"""SELECT DISTINCT t.team_key FROM person_teams t WHERE t.team_key IS NOT NULL AND t.from_on <= ? AND t.to_on > ?
                AND t.person_key IN (SELECT p.key {people})""",
            [last, first, last, first],
        )
        if _is_seen(scope, name, key)
    ]


def _is_seen(scope: Scope, name: str, key: str) -> bool:
    """Whether a person or team without rows may be named to the reader."""
    if not scope.access.is_limited:
        return True
    if name == "rep":
        return scope.access.shows(key)
    return any(c.dimension == "team" and key in c.values for c in scope.access.conditions)


def _used_pipeline(scope: Scope, key: str) -> bool:
    connections = {c for (c,) in scope.session.once("SELECT DISTINCT connection FROM deal_facts")}
    return key.split(":", 1)[0] in connections


def _sort_key(scope: Scope, place: Place) -> tuple[Any, ...]:
    parts: list[Any] = []
    for name, key in zip(scope.by, place, strict=False):
        if name == "stage":
            positions = _positions(scope)
            parts.append((key is None, positions.get(key, (str(key), 10**9))))
        else:
            label = scope.labels.label(NAMED[name], key) if name in NAMED else key
            number = label if isinstance(label, int | float) else getattr(label, "place", 0)
            parts.append((label is None, number, str(label).casefold() if label is not None else ""))
    if scope.grain:
        parts.append(scope.calendar.period(place[-1], scope.as_of.day).start)
    return tuple(parts)


def _positions(scope: Scope) -> dict[Any, tuple[str, int]]:
    rows = scope.labels.kept("stage positions", "SELECT stage_key, pipeline, position FROM stage_order")
    return {key: (pipeline, position if position is not None else 10**9) for key, pipeline, position in rows}


def shown(scope: Scope, place: Place) -> dict[str, Any]:
    """The keys of a place as people read them, the pipeline beside a stage where there are several, and the period."""
    row: dict[str, Any] = {}
    for name, key in zip(scope.by, place, strict=False):
        row[name] = scope.labels.label(NAMED[name], key) if name in NAMED else key
        if name == "stage":
            positions = _positions(scope)
            if len({pipeline for pipeline, _ in positions.values()}) > 1:
                row["pipeline"] = positions[key][0] if key in positions else None
    if scope.grain:
        row["period"] = place[-1]
    return row


def earlier_periods(scope: Scope, before: Mapping[str, Measured]) -> dict[str, str]:
    """For each period of the question the one in the same place of the period it is compared with."""
    now = [p.label for p in scope.calendar.spine(scope.grain or "month", scope.start or date.min, scope.end or date.max)]
    base_of = scope.calendar.previous(scope.start or date.min, scope.end or date.max)
    then = [p.label for p in scope.calendar.spine(scope.grain or "month", *base_of)]
    last_year = {p for m in before.values() for p in (place[-1] for place in m.cells)}
    if not set(then) & last_year and last_year:
        then = [
            p.label
            for p in scope.calendar.spine(
                scope.grain or "month", *scope.calendar.last_year(scope.start or date.min, scope.end or date.max)
            )
        ]
    return dict(zip(now, then, strict=False))


def notes(scope: Scope, metrics: list[Metric]) -> list[str]:
    """What a reader must know about the whole answer."""
    found = [note for c in scope.where if (note := _unknown_value(scope, c))]
    if any(m.relation in ("deals", "credits", "customers", "stages", "visits") for m in metrics):
        ((undated,),) = scope.session.once(
            "SELECT count(*) FROM deal_facts WHERE removed IS NULL AND status IN ('won', 'lost') AND closed_on IS NULL"
        )
        if undated:
            found.append(wording.note("undated", scope.language, count=undated))
    return found


def _unknown_value(scope: Scope, condition: Condition) -> str | None:
    """A name in a condition that nobody and nothing has, with the nearest right one."""
    table = NAMED.get(condition.dimension)
    if condition in scope.access.conditions or (scope.access.is_limited and table in ("accounts", "deals")):
        return None  # whether such a name exists is not for this reader
    if not table or condition.operator not in ("=", "!=", "in", "not in"):
        return None
    for value in condition.values:
        if not scope.labels.keys(table, value):
            near = difflib.get_close_matches(value, [str(label) for label in scope.labels.of(table).values()], n=1, cutoff=0.5)
            what = wording.column(condition.dimension, scope.language).lower()
            if near:
                return wording.note("unknown_near", scope.language, what=what, value=value, near=near[0])
            return wording.note("unknown_value", scope.language, what=what, value=value)
    return None


def ordered(rows: list[dict[str, Any]], question: Question, metrics: list[Metric]) -> list[dict[str, Any]]:
    """Rows in the order asked for (`win_rate`, `-bookings_amount`, `rep`), nulls last, cut to the limit."""
    for word in reversed(question.order):
        name, down = word.lstrip("-+").split(" ")[0], word.startswith("-") or word.lower().endswith(" desc")
        columns = {*question.by, "period", *(m.id for m in metrics)} | set(rows[0] if rows else ())
        if name not in columns:
            raise unknown("column to order by", name, columns)
        empty = [r for r in rows if r.get(name) is None]
        full = [r for r in rows if r.get(name) is not None]
        full.sort(key=lambda r: r[name].casefold() if isinstance(r[name], str) else r[name], reverse=down)
        rows = full + empty
    return rows[: question.limit] if question.limit is not None else rows
