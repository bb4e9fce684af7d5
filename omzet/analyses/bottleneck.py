"""Which stage holds a process up: where value is lost, where it waits, and whether that hangs on the way of counting."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from omzet.analyses.stages import STAGE, of_all_stages
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.relations import RELATIONS
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics import bottlenecks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

HORIZON = 365
"""Days up to which waiting in a stage counts."""

FIELDS = ("status", "entered", "staying", "stopped", "by_creation", "by_reach", "by_entry", "stayed")
"""What tells groups of deals at a stage apart, in any way of counting."""


@dataclass(frozen=True)
class Way:
    """A way of counting: only deals that were really in a stage, by the day they came to it, without open deals, and with
    disqualified ones as lost."""

    strict: bool = False
    by_stage: bool = False
    without_open: bool = False
    with_disqualified: bool = False


WAYS = tuple(Way(*choice) for choice in product((False, True), repeat=4))
"""The reasonable ones; the first is how the other metrics of the funnel count."""


@dataclass(frozen=True)
class Counted:
    """The stages of one place, in order, in one way of counting: an array each, one number a stage."""

    reached: Numbers
    value: Numbers
    lost: Numbers
    lost_value: Numbers
    exits: Numbers
    days: Numbers
    days_error: Numbers
    median: list[int | None]

    @property
    def loss(self) -> Numbers:
        """Drop-off × value that came in."""
        import numpy as np

        return self.lost / np.maximum(self.reached, 1) * self.value

    @property
    def wait(self) -> Numbers:
        """Mean days of waiting × value that came in."""
        return self.days * self.value


@dataclass(frozen=True)
class Groups:
    """The groups of one place: their columns by name, and the stage of each as its place among `stages`."""

    stages: tuple[str, ...]
    stage: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]

    def counted(self, way: Way) -> Counted:
        """What the way of counting makes of each stage."""
        import numpy as np

        c = self.columns
        status = c["status"]
        cohort = c["by_creation"] if not way.by_stage else c["by_entry"] if way.strict else c["by_reach"]
        lost = c["stopped"] & ((status == "lost") | ((status == "disqualified") & way.with_disqualified))
        waiting_here = c["stopped"] & (status == "open")
        taken = cohort & (way.with_disqualified | (status != "disqualified")) & (c["entered"] | (not way.strict))
        taken = taken & ~(waiting_here & way.without_open)

        def per_stage(which: NDArray[np.bool_], what: str) -> Numbers:
            return np.bincount(self.stage[which], c[what][which], minlength=len(self.stages)).astype(float)

        def by_day(which: NDArray[np.bool_]) -> Numbers:
            at = self.stage[which] * (HORIZON + 1) + c["stayed"][which]
            return (
                np.bincount(at, c["n"][which], minlength=len(self.stages) * (HORIZON + 1)).reshape(-1, HORIZON + 1).astype(float)
            )

        left, staying = by_day(taken & c["entered"] & ~c["staying"]), by_day(taken & c["entered"] & c["staying"])
        days, error = bottlenecks.waiting(left, staying)
        return Counted(
            per_stage(taken, "n"),
            per_stage(taken, "value"),
            per_stage(taken & lost, "n"),
            per_stage(taken & lost, "value"),
            per_stage(taken & ~waiting_here, "n"),
            days,
            error,
            bottlenecks.medians(left, staying),
        )

    def sampled(self, counted: Counted) -> tuple[Numbers, Numbers]:
        """In which share of bootstrap samples each stage comes first, by loss and by wait, in the first way of counting."""
        c = self.columns
        taken = c["by_creation"] & (c["status"] != "disqualified")

        def sums(which: NDArray[np.bool_]) -> tuple[float, float, float]:
            return float(c["n"][which].sum()), float(c["value"][which].sum()), float(c["squares"][which].sum())

        steps = []
        for at in range(len(self.stages)):
            here = taken & c["stopped"] & (self.stage == at)
            days = float(counted.days[at]), float(counted.days_error[at])
            steps.append(bottlenecks.Step(sums(here & (c["status"] == "lost")), sums(here), days))
        passed = sums(taken & ~c["stopped"] & (self.stage == len(self.stages) - 1))
        return bottlenecks.shares_first(steps, passed)


def bottleneck(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """By stage its part of all value at loss, drop-off × value that came in, and how sure it is that it comes first: in how
    many of the 16 ways of counting and in which share of bootstrap samples; the same for the value that waits, Kaplan-Meier
    mean days (up to a year) × value that came in.

    The ways: skipped stages filled or not × deals by creation or by coming to the stage × open deals as not yet lost or
    left out × disqualified deals left out or as lost.
    """
    return of_all_stages(scope, lambda wide: (_each_period if wide.grain else _over_stages)(wide, metric))


def _over_stages(scope: Scope, metric: Metric) -> Measured:
    groups, sql, took = _groups(scope, metric)
    at = scope.by.index(STAGE)
    cells: dict[Place, Cell] = {}
    for rest, found in groups:
        for stage, cell in _cells(found).items():
            cells[(*rest[:at], stage, *rest[at:])] = cell
    return Measured(cells, sql, took, (), Cell(None, 0, why="nothing_lost"))


def _each_period(scope: Scope, metric: Metric) -> Measured:
    """Each period by itself: the ways of counting do not agree on which deals a period holds."""
    ((first,),) = scope.session.rows("SELECT min(created_on) FROM deal_facts")
    start, end = scope.start or first, scope.end or scope.as_of.day + timedelta(days=1)
    cells: dict[Place, Cell] = {}
    sql, took = "", 0.0
    for period in scope.calendar.spine(scope.grain or "month", start, end) if start else []:
        found = _over_stages(scope.within(period.start, period.end), metric)
        cells |= {(*place, period.label): cell for place, cell in found.cells.items()}
        sql, took = found.sql, took + found.milliseconds
    return Measured(cells, sql, took, (), Cell(None, 0, why="nothing_lost"))


def _cells(groups: Groups) -> dict[str, Cell]:
    ways = [groups.counted(way) for way in WAYS]
    here = ways[0]
    first, first_waiting = groups.sampled(here)
    holds, holds_waiting = _firsts([way.loss for way in ways]), _firsts([way.wait for way in ways])
    whole = float(here.loss.sum())
    cells = {}
    for at, stage in enumerate(groups.stages):
        reached, loss, wait = float(here.reached[at]), float(here.loss[at]), float(here.wait[at])
        if not reached:
            continue
        columns = {
            "drop_off": float(here.lost[at]) / reached,
            "value_in": float(here.value[at]),
            "lost_amount": float(here.lost_value[at]),
            "wait_days": float(here.days[at]),
            "wait_median": here.median[at],
            "waiting_value": wait,
            "exits": int(here.exits[at]),
            "rank_lost": 1 + int((here.loss > loss).sum()),
            "rank_waiting": 1 + int((here.wait > wait).sum()),
            "first_share": float(first[at]),
            "first_share_waiting": float(first_waiting[at]),
            "holds_in": holds.count(at),
            "holds_in_waiting": holds_waiting.count(at),
            "ways": len(WAYS),
        }
        value, why = (loss / whole, None) if whole else (None, "nothing_lost")
        cells[stage] = Cell(value, int(reached), why=why, numerator=loss, denominator=whole, columns=columns)
    return cells


def _firsts(scores: list[Numbers]) -> list[int | None]:
    """The stage that comes first in each way of counting; None where none has any."""
    return [int(each.argmax()) if each.max(initial=0) > 0 else None for each in scores]


def _groups(scope: Scope, metric: Metric) -> tuple[list[tuple[Place, Groups]], str, float]:
    """All stages of all deals that any way of counting takes, as few groups: by the place without the stage, and by pipeline."""
    import numpy as np

    loose = replace(metric, population="position IS NOT NULL AND reached_on IS NOT NULL AND has_next", anchor=None)
    selection = select(scope, loose)
    period = [f"r.{{}} >= DATE '{scope.start}'"] if scope.start else []
    period += [f"r.{{}} < DATE '{scope.end}'"] if scope.end else []
    days = ("created_on", "reached_on", "entered_on")
    created, reached, entered = (" AND ".join(each.format(day) for each in period) or f"r.{day} IS NOT NULL" for day in days)
    worth = f"""LEFT JOIN (SELECT deal_no, CAST(coalesce(amount_reporting, amount_as_of, 0) AS DOUBLE) AS worth
        FROM ({RELATIONS["deals"].select(scope.session, scope.as_of)})) w ON w.deal_no = r.deal_no"""
    still = scope.session.sql.days_between("r.last_entered_on", scope.as_of.day_sql)
    stayed = f"least(r.days + CASE WHEN r.entered_on IS NOT NULL AND r.last_left_on IS NULL THEN {still} ELSE 0 END, {HORIZON})"
    told = ["r.status", "r.entered_on IS NOT NULL", "r.last_left_on IS NULL", "r.next_reached_on IS NULL"]
    told += [f"coalesce({created}, FALSE)", f"coalesce({reached}, FALSE)", f"coalesce({entered}, FALSE)", stayed]
    also = [f"{sql} AS {name}" for sql, name in zip(told, FIELDS, strict=True)]
    values = ["count(*) AS n", "sum(w.worth) AS worth", "sum(w.worth * w.worth) AS squares"]
    narrowed = replace(selection, source=f"{selection.source}\n{worth}", period=f"(({created}) OR ({reached}) OR ({entered}))")
    sql = grouped(scope, narrowed, values, also=also)
    rows, took = run(scope, sql, len(also) + len(values))
    at = scope.by.index(STAGE)
    order = {
        key: (f"{connection}:{pipeline}", number)
        for number, (key, connection, pipeline) in enumerate(
            scope.session.rows("SELECT stage_key, connection, pipeline FROM stage_order ORDER BY connection, pipeline, position")
        )
    }
    told_of: dict[tuple[Place, str], list[tuple[Any, ...]]] = defaultdict(list)
    for place, row in rows:
        told_of[(*place[:at], *place[at + 1 :]), order[place[at]][0]].append((place[at], *row))
    groups = []
    for (rest, _), found in told_of.items():
        keys, *columns = zip(*found, strict=True)
        stages = tuple(sorted(set(keys), key=lambda key: order[key][1]))
        number = {stage: at for at, stage in enumerate(stages)}
        arrays: dict[str, NDArray[Any]] = {"status": np.array(columns[0], dtype=object)}
        for name, values_of in zip(FIELDS[1:7], columns[1:7], strict=True):
            arrays[name] = np.array(values_of, dtype=bool)
        arrays["stayed"] = np.array(columns[7], dtype=np.int64)
        for name, values_of in zip(("n", "value", "squares"), columns[8:], strict=True):
            arrays[name] = np.array(values_of, dtype=float)
        groups.append((rest, Groups(stages, np.array([number[key] for key in keys]), arrays)))
    return groups, sql, took
