"""One metric over several spans of days: the days are cut where a span begins or ends, and each piece is read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import divided, grouped, measure, reading, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import Selection

Span = tuple[date, date]
"""The first day, and the day after the last."""


def over_each(scope: Scope, metric: Metric, catalogue: Catalogue, spans: Sequence[Span]) -> list[Measured]:
    """The metric over each span, as if it were asked of each by itself; the question's own period and grain don't matter."""
    chosen = metric.varied(scope.values(metric))
    if chosen.of:
        sides = [over_each(scope, catalogue.find(part), catalogue, spans) for part in chosen.of]
        return [divided(chosen, above, below) for above, below in zip(*sides, strict=True)]
    if len(spans) < 2 or chosen.measure or not chosen.anchor or chosen.is_snapshot or len(cuts(spans)) < 2:
        return [measure(scope.within(*span), metric, catalogue) for span in spans]
    wanted = reading(around(scope, spans), chosen)
    found, sql, took = sums_over_each(around(scope, spans), wanted.selection, wanted.values, spans)
    answers = []
    for span, places in zip(spans, found, strict=True):
        own = wanted
        if any(numbers[-1] for numbers in places.values()):
            own = reading(scope.within(*span), chosen)  # its notes name the span's own rows
        answers.append(own.measured(places, sql, took / len(spans)))
    return answers


def sums_over_each(
    scope: Scope, selection: Selection, values: Sequence[str], spans: Sequence[Span]
) -> tuple[list[dict[Place, list[Any]]], str, float]:
    """By span and place the sums of `values`, which add up over any parts; the SQL; and the milliseconds it took.

    `selection` is one of a scope `around` the spans.
    """
    edges, scope = cuts(spans), replace(scope, grain=None)
    sql = grouped(scope, selection, values, also=[f"{passed(edges[1:-1], str(selection.day))} AS piece"])
    rows, took = run(scope, sql, len(values) + 1)
    of_piece: list[list[tuple[Place, Sequence[Any]]]] = [[] for _ in edges]
    for place, (piece, *numbers) in rows:
        of_piece[piece].append((place, numbers))
    found = []
    for start, end in spans:
        places: dict[Place, list[Any]] = {}
        for piece in range(edges.index(start), edges.index(end)) if start < end else ():
            for place, more in of_piece[piece]:
                before = places.get(place)
                places[place] = [*more] if before is None else [*map(_add, before, more)]
        found.append(places)
    return found, sql, took


def around(scope: Scope, spans: Sequence[Span]) -> Scope:
    """The question over all days from the first of any span to the last."""
    edges = cuts(spans)
    return scope.within(edges[0], edges[-1])


def cuts(spans: Sequence[Span]) -> list[date]:
    """The days on which a span begins or has ended, in order."""
    return sorted({day for start, end in spans if start < end for day in (start, end)})


def passed(edges: Sequence[date], day: str) -> str:
    """SQL for how many of `edges`, in order, are not after a day: by halves, as few comparisons as there must be."""

    def half(first: int, last: int) -> str:
        if first == last:
            return str(first)
        middle = (first + last) // 2
        return f"CASE WHEN {day} < DATE '{edges[middle]}' THEN {half(first, middle)} ELSE {half(middle + 1, last)} END"

    return half(0, len(edges))


def _add(a: Any, b: Any) -> Any:
    return a if b is None else b if a is None else a + b
