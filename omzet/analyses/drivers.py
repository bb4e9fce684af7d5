"""Why a number changed between two periods: mix and rate of a win rate, the factors of bookings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from omzet.analyses.pipeline import velocity
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.conditions import Condition
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.spans import Span, around, over_each, sums_over_each
from omzet.statistics import contrasts, decomposition, multiplicity

DRAWS = 2_000
Sides = dict[object, tuple[int, int]]
"""Won and closed by segment."""

Pair = tuple[Scope, Scope, str]
"""A period, the one it is compared with, and its label."""


def change_of_rate(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The change of the win rate, or its mix or rate part, over the segments of a dimension.

    By that dimension each segment's own part; the parts add up. The interval of the whole change is Newcombe's, those of
    the parts come from 2,000 redraws of the deals of both periods.
    """
    dimension, part = str(scope.values(metric)["dimension"]), str(metric.arguments["part"])
    kept = [c for c in scope.where if c.dimension == dimension]
    parted = dimension in scope.by or bool(kept)
    wide = replace(
        scope,
        by=(*(name for name in scope.by if name != dimension), dimension),
        where=tuple(c for c in scope.where if c.dimension != dimension),
    )
    cells: dict[Place, Cell] = {}
    odd = False
    pairs = _pairs(wide)
    found, sql, took = _sides(wide, metric, pairs)
    for at, (now, _, label) in enumerate(pairs):
        after_rows, before_rows = found[at], found[at + len(pairs)]
        allowed = _allowed(now, metric, kept)
        for rest in after_rows.keys() | before_rows.keys() | ({()} if len(wide.by) == 1 else set()):
            sides = before_rows.get(rest, {}), after_rows.get(rest, {})
            if not parted:
                cells[_place(scope, dimension, rest, None, label)], is_odd = _whole(part, *sides)
                odd = odd or is_odd
                continue
            for key, cell in _segments(part, *sides).items():
                if dimension in scope.by and (allowed is None or key in allowed):
                    cells[_place(scope, dimension, rest, key, label)] = cell
            if dimension not in scope.by:
                chosen = [cell for key, cell in _segments(part, *sides).items() if allowed is None or key in allowed]
                cells[_place(scope, dimension, rest, None, label)] = _sum(chosen)
    notes = (wording.note("new_segments", scope.language),) if odd else ()
    return Measured(cells, sql, took, notes, Cell(None, 0, why="no_base" if scope.start and scope.end else "no_period"))


def _whole(part: str, before: Sides, after: Sides) -> tuple[Cell, bool]:
    (k0, n0), (k1, n1) = _total(before), _total(after)
    parts = decomposition.mix_and_rate(before, after)
    if parts is None:
        return Cell(None, n1, why="no_base" if n1 else "nothing_closed"), False
    mix, rate = sum(p.mix for p in parts.values()), sum(p.rate for p in parts.values())
    turned = decomposition.is_reversed(parts)
    columns = {"mix": mix, "rate": rate, "reversed": "yes" if turned else "no", "before": k0 / n0, "after": k1 / n1}
    if part == "change":
        change = contrasts.newcombe(k1, n1, k0, n0)
        assert change
        cell = Cell(change.value, n1, change.low, change.high, columns=columns)
    else:
        intervals = redrawn(before, after)
        low, high = intervals[0 if part == "mix" else 1]
        cell = Cell(mix if part == "mix" else rate, n1, low, high)
    return cell, not all(p.known for p in parts.values())


def _segments(part: str, before: Sides, after: Sides) -> dict[object, Cell]:
    parts = decomposition.mix_and_rate(before, after) or {}
    found: dict[object, Cell] = {}
    tested = _tested(before, after) if part == "change" else {}
    for key, each in parts.items():
        value = {"mix": each.mix, "rate": each.rate, "change": each.mix + each.rate}[part]
        columns = {"mix": each.mix, "rate": each.rate, "before": each.before, "after": each.after} if part == "change" else {}
        columns |= tested.get(key, {})
        found[key] = Cell(value, after.get(key, (0, 0))[1], columns=columns)
    return found


def _tested(before: Sides, after: Sides) -> dict[object, dict[str, float]]:
    """By segment whether its own win rate changed: the score test's `p`, and `q`, that adjusted for testing them all."""
    found = {key: p for key in after.keys() & before.keys() if (p := contrasts.score_test(*after[key], *before[key])) is not None}
    adjusted = multiplicity.adjusted(list(found.values()))
    return {key: {"p": p, "q": q} for (key, p), q in zip(found.items(), adjusted, strict=True)}


def _sum(cells: list[Cell]) -> Cell:
    if len(cells) == 1:
        return cells[0]
    if not cells:
        return Cell(None, 0, why="no_base")
    return Cell(sum(float(cell.value or 0) for cell in cells), sum(cell.n for cell in cells))


def redrawn(before: Sides, after: Sides) -> list[tuple[float, float]]:
    """The 95 % intervals of the mix and the rate part, by redrawing both periods' deals from their grouped counts."""
    keys = sorted({*before, *after}, key=str)  # the draws must not hang on the order of rows
    rng = np.random.default_rng(20_240)
    drawn = []
    for side in (before, after):
        pairs = [side.get(key, (0, 0)) for key in keys]
        cells = np.array([[k, n - k] for k, n in pairs], dtype=float).ravel()
        total = int(cells.sum())
        times = rng.multinomial(total, cells / total, size=DRAWS).reshape(DRAWS, len(keys), 2)
        drawn.append((times[:, :, 0], times.sum(axis=2), total))
    (k0, n0, t0), (k1, n1, t1) = drawn
    with np.errstate(invalid="ignore", divide="ignore"):
        r0, r1 = k0 / n0, k1 / n1
    r0, r1 = np.where(n0 == 0, r1, r0), np.where(n1 == 0, r0, r1)
    r0, r1 = np.nan_to_num(r0), np.nan_to_num(r1)
    s0, s1 = n0 / t0, n1 / t1
    mix, rate = ((s1 - s0) * (r0 + r1) / 2).sum(axis=1), ((r1 - r0) * (s0 + s1) / 2).sum(axis=1)
    return [(float(low), float(high)) for low, high in (np.quantile(each, [0.025, 0.975]) for each in (mix, rate))]


def _total(side: Sides) -> tuple[int, int]:
    return sum(k for k, _ in side.values()), sum(n for _, n in side.values())


def _sides(scope: Scope, metric: Metric, pairs: Sequence[Pair]) -> tuple[list[dict[Place, Sides]], str, float]:
    """Won and closed by place and segment, of each period and then of each it is compared with."""
    if not pairs:
        return [], "", 0.0
    spans = _spans(pairs)
    values = ["count(*) FILTER (WHERE r.status = 'won')", "count(*)"]
    found, sql, took = sums_over_each(scope, select(around(scope, spans), metric), values, spans)
    sides: list[dict[Place, Sides]] = []
    for places in found:
        by_place: dict[Place, Sides] = defaultdict(dict)
        for place, (won, closed) in places.items():
            by_place[place[:-1]][place[-1]] = (int(won), int(closed))
        sides.append(by_place)
    return sides, sql, took


def _allowed(scope: Scope, metric: Metric, kept: list[Condition]) -> set[object] | None:
    """The segments that conditions on the dimension leave; None without such conditions."""
    if not kept:
        return None
    limited = replace(scope, by=scope.by[-1:], where=(*scope.where, *kept), start=None, end=None)
    rows, _ = run(limited, grouped(limited, select(limited, metric), ["count(*)"]), 1)
    return {place[0] for place, _ in rows}


def _place(scope: Scope, dimension: str, rest: Place, key: object, label: str) -> Place:
    others = iter(rest)
    place = tuple(key if name == dimension else next(others) for name in scope.by)
    return (*place, label) if scope.grain else place


FACTORS = ("closed", "win_rate", "won_value")
VELOCITY = ("open", "deal_size", "win_rate", "cycle")


def change_of_bookings(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The change of bookings and what each factor adds: deals closed × win rate × (bookings ÷ deals won).

    The parts add up exactly. Where a side closed or won nothing, what can't be told of it is taken from the other side.
    """
    wanted = [catalogue.find(name) for name in ("bookings_amount", "won_count", "lost_count")]
    cells: dict[Place, Cell] = {}
    pairs = _pairs(scope)
    found = [over_each(scope, each, catalogue, _spans(pairs)) for each in wanted] if pairs else [[]]
    for at, (_, _, label) in enumerate(pairs):
        after, base = ([each[i] for each in found] for i in (at, at + len(pairs)))
        places = {place for m in (*after, *base) for place in m.cells} | ({()} if not scope.by else set())
        for place in places:
            v1, w1, l1 = (float(m.cells.get(place, m.empty).value or 0) for m in after)
            v0, w0, l0 = (float(m.cells.get(place, m.empty).value or 0) for m in base)
            parts = _bookings_parts((v0, w0, w0 + l0), (v1, w1, w1 + l1))
            columns = {**parts, "before": v0, "after": v1}
            cells[(*place, label) if scope.grain else place] = Cell(v1 - v0, int(w1), columns=columns)
    notes = tuple(dict.fromkeys(note for each in found[0] for note in each.notes))
    sql, took = (found[0][0].sql, sum(m.milliseconds for each in found for m in each)) if pairs else ("", 0.0)
    return Measured(cells, sql, took, notes, Cell(None, 0, why="no_base" if scope.start and scope.end else "no_period"))


def _bookings_parts(before: tuple[float, float, float], after: tuple[float, float, float]) -> Mapping[str, float]:
    sides = []
    for (value, won, closed), (other_value, other_won, other_closed) in ((before, after), (after, before)):
        rate = won / closed if closed else other_won / other_closed if other_closed else 0.0
        size = value / won if won else other_value / other_won if other_won else 0.0
        sides.append((closed, rate, size))
    return dict(zip(FACTORS, decomposition.product_parts(*sides), strict=True))


def change_of_velocity(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The change of pipeline velocity and what each factor adds: open deals × won deal size × win rate × 1 ÷ mean days.

    Either side is the state at the end of its period, with the deals closed in it. The parts add up exactly. Null where a
    side has no velocity.
    """
    of_velocity = catalogue.find("pipeline_velocity")
    cells: dict[Place, Cell] = {}
    sql, took = "", 0.0
    notes: tuple[str, ...] = ()
    for now, before, label in _pairs(scope):
        after, base = (velocity(_at_the_end(side), of_velocity, catalogue) for side in (now, before))
        sql, took = after.sql, took + after.milliseconds + base.milliseconds
        notes += (*after.notes, *base.notes)
        for place in after.cells.keys() | base.cells.keys() | ({()} if not scope.by else set()):
            sides = base.cells.get(place, base.empty), after.cells.get(place, after.empty)
            cells[(*place, label) if scope.grain else place] = _velocity_cell(*sides)
    empty = Cell(None, 0, why="no_base" if scope.start and scope.end else "no_period")
    return Measured(cells, sql, took, tuple(dict.fromkeys(notes)), empty)


def _at_the_end(scope: Scope) -> Scope:
    """The state at the end of the scope's period, that period kept as the window."""
    assert scope.end
    return replace(scope.at(scope.end - timedelta(days=1)), start=scope.start, end=scope.end)


def _velocity_cell(before: Cell, after: Cell) -> Cell:
    v0, v1 = before.value, after.value
    if v0 is None or v1 is None:
        return Cell(None, after.n, why=after.why or before.why, columns={"before": v0, "after": v1})
    factors = [
        (float(c["open"]), float(c["deal_size"]), float(c["win_rate"]), 1 / float(c["cycle_days"]))
        for c in (before.columns, after.columns)
    ]
    parts = dict(zip(VELOCITY, decomposition.product_parts(*factors), strict=True))
    return Cell(v1 - v0, after.n, columns={**parts, "before": v0, "after": v1})


def _spans(pairs: Sequence[Pair]) -> list[Span]:
    """The days of each period, and then of each it is compared with."""
    found = []
    for side in (*(now for now, _, _ in pairs), *(before for _, before, _ in pairs)):
        assert side.start
        assert side.end
        found.append((side.start, side.end))
    return found


def _pairs(scope: Scope) -> list[Pair]:
    """Each period, the one it is compared with, and its label. One that isn't over is compared by elapsed working days."""
    if not scope.start or not scope.end:
        return []
    base_of = scope.calendar.last_year if scope.compare == "last-year" else scope.calendar.previous
    spans: list[tuple[date, date, str]] = [(scope.start, scope.end, "")]
    if scope.grain:
        spans = [(p.start, p.end, p.label) for p in scope.calendar.spine(scope.grain, scope.start, scope.end)]
    found = []
    for start, end, label in spans:
        if start > scope.as_of.day + timedelta(days=1):
            continue
        base_start, base_end = base_of(start, end)
        base_end = scope.calendar.partial(start, end, base_start, base_end, scope.as_of.day)
        found.append((scope.within(start, end), scope.within(base_start, base_end), label))
    return found
