"""How the pipeline went from one day to another: what came in, what changed, what was won, lost and pushed out."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from omzet.analyses.targets import periods
from omzet.engines.sql import quoted
from omzet.errors import CallError
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.scope import Scope
from omzet.metrics.selection import Selection, select
from omzet.statistics import intervals

INTO = ("created", "reopened", "pulled_in", "reassigned_in", "increased")
OUT_OF = ("decreased", "won", "lost", "removed", "pushed_out", "reassigned_out")
LINES = ("opening", *INTO, *OUT_OF, "fx", "closing")


@dataclass(frozen=True)
class Span:
    """Between the ends of which days, and of the deals expected to close when (None: all)."""

    opening: date
    closing: date
    start: date | None
    end: date | None
    label: str = ""

    def holds(self, day: str) -> str:
        """SQL condition: a deal with this expected close is looked at."""
        if not self.start or not self.end:
            return "TRUE"
        return f"coalesce({day} >= DATE '{self.start}' AND {day} < DATE '{self.end}', FALSE)"


@dataclass(frozen=True)
class Move:
    """Deals that went the same way: how many, and their amounts, at the opening's rates but for `closing`."""

    before: Place | None
    after: Place | None
    was_in: bool
    stays: bool
    now: str
    entered: str
    deals: int
    opening: Decimal
    amount: Decimal
    up: Decimal
    down: Decimal
    closing: Decimal


def bridge(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The closing pipeline of the period, with each line that leads to it from the opening one as a column.

    opening + created + reopened + pulled_in + reassigned_in + increased − decreased − won − lost − removed − pushed_out −
    reassigned_out + fx = closing. Amounts are at the rates of the opening; `fx` is what other rates at the closing change.
    Reassigned are deals whose place (owner, team) by what is split or filtered differs between the two days.
    """
    counts = scope.values(metric)["measure"] == "count"
    cells: dict[Place, Cell] = {}
    sql, started = "", time.perf_counter()
    for span in _spans(scope, metric, every=True):
        moves, sql = _moves(scope, metric, span, counts)
        lines, deals = _lines(moves)
        for place in {*lines, *([()] if not scope.by else [])}:
            line = lines[place]
            kept = {name: int(line[name]) if counts else float(line[name]) for name in LINES}
            cells[(*place, span.label) if scope.grain else place] = Cell(kept["closing"], deals[place], columns=kept)
    return Measured(cells, sql, (time.perf_counter() - started) * 1000, (), Cell(0, 0, columns=dict.fromkeys(LINES, 0)))


def slippage(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Of the deals open at the opening and expected to close in the period: what was pushed out of it ÷ all of them.

    Once the period is over, the deals still open count as pushed.
    """
    counts = scope.values(metric)["measure"] == "count"
    cells: dict[Place, Cell] = {}
    sql, started = "", time.perf_counter()
    for span in _spans(scope, metric, every=False):
        moves, sql = _moves(scope, metric, span, counts)
        over = span.end is not None and span.closing >= span.end - timedelta(days=1)
        pushed: dict[Place, Decimal] = defaultdict(Decimal)
        opening: dict[Place, Decimal] = defaultdict(Decimal)
        deals: dict[Place, int] = defaultdict(int)
        for move in moves:
            if not move.was_in or move.before is None:
                continue
            opening[move.before] += move.opening
            deals[move.before] += move.deals
            if not move.stays or (over and move.now == "open"):
                pushed[move.before] += move.opening
        for place in {*opening, *([()] if not scope.by else [])}:
            cells[(*place, span.label) if scope.grain else place] = _slipped(pushed[place], opening[place], deals[place], counts)
    return Measured(
        cells,
        sql,
        (time.perf_counter() - started) * 1000,
        (),
        Cell(None, 0, why="nothing_at_opening", numerator=0, denominator=0),
    )


def _slipped(pushed: Decimal, opening: Decimal, n: int, counts: bool) -> Cell:
    above, below = float(pushed), float(opening)
    if below <= 0:
        return Cell(None, n, why="nothing_at_opening", numerator=above, denominator=below)
    low, high = (intervals.wilson(int(pushed), int(opening)) or (None, None)) if counts else (None, None)
    return Cell(above / below, n, low, high, numerator=above, denominator=below)


def _spans(scope: Scope, metric: Metric, *, every: bool) -> Iterator[Span]:
    """The periods asked for, each from the end of the day before it to its end, or as-of, unless the parameters say other
    days. Without a period the fiscal quarter that holds as-of; of all deals where `every`."""
    values = scope.values(metric)
    given = {name: _day(name, values[name]) for name in ("opening", "closing")}
    whole = every and (scope.start is None or scope.end is None)
    for start, end, label in periods(scope):
        opening = given["opening"] or start - timedelta(days=1)
        closing = min(given["closing"] or (scope.as_of.day if whole else end - timedelta(days=1)), scope.as_of.day)
        if opening > closing and (given["opening"] or given["closing"]):
            raise CallError(f"The opening ({opening}) must not be later than the closing ({closing}).")
        yield Span(min(opening, closing), closing, None if whole else start, None if whole else end, label)


def _day(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CallError(f"Parameter {name} must be a day such as 2026-03-31, not '{text}'.") from None


def _moves(scope: Scope, metric: Metric, span: Span, counts: bool) -> tuple[list[Move], str]:
    """Every deal in the pipeline of the span at its opening or closing, or that closed in between, by the way it went."""
    scope = replace(scope, grain=None)
    before, after = scope.at(span.opening), scope.at(span.closing)
    earlier, later = select(before.within(None, None), metric), select(after.within(None, None), metric)
    old, new = ([quoted(f"{side}_{name}") for name in scope.by] for side in ("old", "new"))

    def money(at: Scope, amount: str, currency: str) -> str:
        return "1" if counts else f"coalesce({at.as_of.money_sql(amount, currency)}, 0)"

    def side(selection: Selection, names: list[str]) -> str:
        dims = "".join(f"{key} AS {name}, " for key, name in zip(selection.dims.values(), names, strict=True))
        return f"{dims}coalesce({selection.filters or 'TRUE'}, FALSE) AS kept"

    expected, at_close = "r.expected_close_on", ""
    if scope.labels.kept(
        "moved after close", "SELECT 1 FROM deal_versions WHERE status <> 'open' AND closed_on < from_on LIMIT 1"
    ):
        # What a deal was expected to close by on the day it closed: later versions of it may tell otherwise.
        expected = "CASE WHEN ended.deal_no IS NULL THEN r.expected_close_on ELSE ended.expected_close_on END"
        at_close = """
    LEFT JOIN (SELECT deal_no, from_on, to_on, expected_close_on FROM deal_versions
               WHERE deal_no IN (SELECT deal_no FROM deal_versions WHERE status <> 'open' AND closed_on < from_on)) ended
        ON ended.deal_no = r.deal_no AND r.status <> 'open' AND ended.from_on <= r.closed_on AND r.closed_on < ended.to_on"""
    columns = "".join(f"{name}, " for name in (*old, *new))
    opening_day = before.as_of.day_sql
    opened = f"""r.deal_no, {side(earlier, old)}, r.is_qualified, r.expected_close_on AS expected,
           {money(before, "r.amount", "r.currency")} AS amount"""
    closed = f"""r.deal_no, {side(later, new)}, r.status, r.is_qualified, r.qualified_on, r.exists_on, {expected} AS expected,
           {money(before, "r.amount", "r.currency")} AS amount, {money(after, "r.amount", "r.currency")} AS amount_now"""
    was_open = f"{earlier.standing} AND r.status = 'open'"
    is_open = f"{later.standing} AND (r.status = 'open' OR coalesce(r.closed_on > {opening_day}, TRUE))"
    sql = f"""
WITH opening AS (
    SELECT {opened}
    FROM {earlier.source_for(f"{opened} {was_open}")}
    WHERE {was_open}),
closing AS (
    SELECT {closed}
    FROM {later.source_for(f"{closed} {is_open} {at_close}")}{at_close}
    WHERE {is_open}),
paths AS (
    SELECT {columns}o.kept AS old_kept, c.kept AS new_kept, c.deal_no IS NULL AS is_gone,
           coalesce(o.is_qualified AND {span.holds("o.expected")}, FALSE) AS was_in,
           {span.holds("c.expected")} AS stays,
           CASE WHEN c.status = 'open' AND c.is_qualified THEN 'open' WHEN c.status IN ('won', 'lost') THEN c.status
                ELSE 'removed' END AS now,
           CASE WHEN o.deal_no IS NULL AND c.qualified_on IS NOT NULL
                    THEN CASE WHEN c.exists_on > {opening_day} THEN 'created' ELSE 'reopened' END
                WHEN o.is_qualified THEN 'pulled_in'
                WHEN (c.status = 'open' AND c.is_qualified) OR c.qualified_on > {opening_day} THEN 'created' END AS entered,
           coalesce(o.amount, 0) AS before, coalesce(c.amount, o.amount, 0) AS after, coalesce(c.amount_now, 0) AS amount_now
    FROM opening o FULL JOIN closing c ON c.deal_no = o.deal_no)
SELECT {columns}old_kept, new_kept, is_gone, was_in, stays, now, entered, count(*) AS deals, sum(before) AS before,
       sum(after) AS after, sum(greatest(after - before, 0)) AS up, sum(greatest(before - after, 0)) AS down,
       sum(amount_now) AS amount_now
FROM paths
WHERE was_in OR (stays AND entered IS NOT NULL)
GROUP BY {", ".join(str(n + 1) for n in range(len(old) + len(new) + 7))}"""
    found = []
    for row in scope.session.rows(sql):
        here, there, rest = row[: len(old)], row[len(old) : len(old) + len(new)], row[len(old) + len(new) :]
        old_kept, new_kept, is_gone, was_in, stays, now, entered, deals, *amounts = rest
        first = tuple(here) if old_kept else None
        found.append(
            Move(
                first,
                first if is_gone else tuple(there) if new_kept else None,
                was_in,
                bool(stays) or is_gone,
                now,
                entered or "",
                deals,
                *(Decimal(amount or 0) for amount in amounts),
            )
        )
    return found, sql


def _lines(moves: list[Move]) -> tuple[dict[Place, dict[str, Decimal]], dict[Place, int]]:
    """The lines of each place, `fx` being what the others leave of the closing; and how many deals are open there."""
    lines: dict[Place, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    deals: dict[Place, int] = defaultdict(int)
    for move in moves:
        if move.was_in:
            if move.before is not None:
                lines[move.before]["opening"] += move.opening
            if move.before != move.after:
                if move.before is not None:
                    lines[move.before]["reassigned_out"] += move.opening
                if move.after is not None:
                    lines[move.after]["reassigned_in"] += move.opening
        if move.after is None:
            continue
        line = lines[move.after]
        if move.was_in and not move.stays:
            line["pushed_out"] += move.opening
            continue
        if move.was_in:
            line["increased"] += move.up
            line["decreased"] += move.down
        else:
            line[move.entered] += move.amount
        if move.now == "open":
            line["closing"] += move.closing
            deals[move.after] += move.deals
        else:
            line[move.now] += move.amount
    for line in lines.values():
        came = line["opening"] + sum(line[name] for name in INTO)
        line["fx"] = line["closing"] - came + sum(line[name] for name in OUT_OF)
    return lines, deals
