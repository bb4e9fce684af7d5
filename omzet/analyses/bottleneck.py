"""Which stage holds a process up: where value is lost, where it waits, and whether that hangs on the way of counting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.relations import RELATIONS
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select

STAGE = "stage"
SAMPLES = 400
HORIZON = 365
"""Days up to which waiting in a stage counts."""


@dataclass(frozen=True)
class Group:
    """Deals that are alike for this: at one stage, with one outcome, counted alike by every way of counting."""

    stage: str
    status: str
    entered: bool
    stopped: bool
    by_creation: bool
    by_entry: bool
    n: int
    amount: float
    days: float


def bottleneck(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """By stage its share of all value lost, with the value that waits there (days up to a year × amount), and how sure
    it is that a stage comes first: in how many of the 16 ways of counting, and in which share of bootstrap samples.

    The ways: skipped stages filled or not × deals by creation or by reaching the stage × open deals as not yet lost or
    left out × disqualified deals left out or as lost. The score of a way is the drop-off rate × the value that came in.
    """
    if STAGE not in scope.by:
        return Measured({}, "", 0.0, (), Cell(None, 0, why="by_stage"))
    groups, sql, took = _groups(scope, metric)
    at = scope.by.index(STAGE)
    cells: dict[Place, Cell] = {}
    for rest, found in groups.items():
        ways = [_first(_scores(found, policy)) for policy in product((False, True), repeat=4)]
        here = [group for group in found if group.by_creation and group.status != "disqualified"]
        lost = _by_stage(here, lambda g: g.amount if g.stopped and g.status == "lost" else 0.0)
        waiting = _by_stage(here, lambda g: g.days)
        whole, first = sum(lost.values()), _sampled(here)
        for stage in lost:
            of = [group for group in here if group.stage == stage]
            reached, dropped = sum(g.n for g in of), sum(g.n for g in of if g.stopped and g.status == "lost")
            columns = {
                "lost_amount": lost[stage],
                "waiting_amount_days": waiting[stage],
                "mean_days": waiting[stage] / sum(g.amount for g in of) if sum(g.amount for g in of) else None,
                "drop_off": dropped / reached if reached else None,
                "exits": sum(g.n for g in of if not (g.stopped and g.status == "open")),
                "rank_lost": _rank(lost, stage),
                "rank_waiting": _rank(waiting, stage),
                "holds_in": sum(way == stage for way in ways),
                "ways": len(ways),
                "first_share": first.get(stage, 0.0),
            }
            value = lost[stage] / whole if whole else None
            why = None if whole else "nothing_lost"
            place = (*rest[:at], stage, *rest[at:])
            cells[place] = Cell(value, reached, why=why, numerator=lost[stage], denominator=whole, columns=columns)
    return Measured(cells, sql, took, (), Cell(None, 0, why="nothing_lost"))


def _groups(scope: Scope, metric: Metric) -> tuple[dict[Place, list[Group]], str, float]:
    """All stages of all deals that any way of counting takes, as few groups; by the place without the stage."""
    loose = replace(metric, population="position IS NOT NULL AND reached_on IS NOT NULL AND has_next", anchor=None)
    within = replace(scope, grain=None)
    selection = select(within, loose)
    period = [f"r.{{}} >= DATE '{scope.start}'"] if scope.start else []
    period += [f"r.{{}} < DATE '{scope.end}'"] if scope.end else []
    by_creation, by_entry = (" AND ".join(part.format(day) for part in period) or "TRUE" for day in ("created_on", "reached_on"))
    worth = f"""LEFT JOIN (SELECT deal_no, coalesce(amount_reporting, amount_as_of, 0) AS worth
        FROM ({RELATIONS["deals"].select(scope.session, scope.as_of)})) w ON w.deal_no = r.deal_no"""
    still = scope.session.sql.days_between("r.last_entered_on", scope.as_of.day_sql)
    stayed = f"least(r.days + CASE WHEN r.entered_on IS NOT NULL AND r.last_left_on IS NULL THEN {still} ELSE 0 END, {HORIZON})"
    also = ["r.status", "r.entered_on IS NOT NULL AS entered", "r.next_reached_on IS NULL AS stopped"]
    also += [f"coalesce({by_creation}, FALSE) AS by_creation", f"coalesce({by_entry}, FALSE) AS by_entry"]
    values = ["count(*) AS n", "sum(w.worth) AS amount", f"sum(w.worth * {stayed}) AS days"]
    narrowed = replace(selection, source=f"{selection.source}\n{worth}", period=f"(({by_creation}) OR ({by_entry}))")
    sql = grouped(within, narrowed, values, also=also)
    rows, took = run(within, sql, len(also) + len(values))
    at = scope.by.index(STAGE)
    groups: dict[Place, list[Group]] = defaultdict(list)
    for place, (status, entered, stopped, created, came, n, amount, days) in rows:
        rest = (*place[:at], *place[at + 1 :])
        group = Group(place[at], status, entered, stopped, created, came, n, float(amount or 0), float(days or 0))
        groups[rest].append(group)
    return groups, sql, took


def _scores(groups: Sequence[Group], policy: tuple[bool, ...]) -> dict[str, float]:
    """Drop-off × value that came in, by stage, in one way of counting: whether stages are strict, the cohort is by stage
    entry, open deals are left out, and disqualified ones are lost."""
    strict, by_entry, without_open, with_disqualified = policy
    losing = ("lost", "disqualified") if with_disqualified else ("lost",)
    reached: dict[str, float] = defaultdict(float)
    value: dict[str, float] = defaultdict(float)
    dropped: dict[str, float] = defaultdict(float)
    for g in groups:
        if not (g.by_entry if by_entry else g.by_creation) or (strict and not g.entered):
            continue
        if g.status == "disqualified" and not with_disqualified:
            continue
        value[g.stage] += g.amount
        if without_open and g.status == "open" and g.stopped:
            continue
        reached[g.stage] += g.n
        dropped[g.stage] += g.n if g.stopped and g.status in losing else 0
    return {stage: dropped[stage] / n * value[stage] for stage, n in reached.items() if n}


def _first(scores: dict[str, float]) -> str | None:
    best = max(scores, key=lambda stage: (scores[stage], stage), default=None)
    return best if best is not None and scores[best] > 0 else None


def _by_stage(groups: Sequence[Group], of: Callable[[Group], float]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for group in groups:
        found[group.stage] += of(group)
    return dict(found)


def _rank(values: dict[str, float], stage: str) -> int:
    return 1 + sum(value > values[stage] for value in values.values())


def _sampled(groups: Sequence[Group]) -> dict[str, float]:
    """In which share of bootstrap samples each stage loses most value; deals are drawn within their groups."""
    import numpy as np

    losing = [g for g in groups if g.stopped and g.status == "lost" and g.n]
    if not losing:
        return {}
    dice = np.random.default_rng(1)
    counts = dice.poisson([g.n for g in losing], size=(SAMPLES, len(losing)))
    worth = counts * np.array([g.amount / g.n for g in losing])
    stages = sorted({g.stage for g in losing})
    sums = np.stack([worth[:, [g.stage == stage for g in losing]].sum(axis=1) for stage in stages], axis=1)
    won = np.bincount(sums.argmax(axis=1), minlength=len(stages)) / SAMPLES
    return dict(zip(stages, map(float, won), strict=True))
