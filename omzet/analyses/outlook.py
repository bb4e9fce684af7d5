"""Where a period ends, as a distribution: won so far, the open deals by their chance, and business not yet there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from omzet.analyses.outlook_parts import amount_ratios, ask_for_curves, calibrated_shock, curves_of, past_periods, same_points
from omzet.analyses.targets import periods, targets_of
from omzet.analyses.win_chances import CREATED, win_chances
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, measure, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.snapshots import each_period, ends
from omzet.statistics.outcomes import Deals, Outcomes, Ratios, outcomes


@dataclass
class Prospect:
    """What one place can still bring: its open deals with their chances, and how past periods went on from here."""

    deals: list[tuple[float, float, float, float, int]] = field(default_factory=list)
    unknown: int = 0
    later: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Learned:
    """What past periods teach of all places: the ratios of amounts at win, the common shock, and how many periods they are."""

    ratios: Ratios
    shock: float
    past_periods: int


def outlook(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Bookings of the period as a distribution, or with the entry's `what: chance` the chance that they reach the target.

    Each open deal is won by the period's end with the chance that deals of its stage had when they had been in it as
    long: (F(a + h) − F(a)) ÷ S(a), with F and S of Aalen and Johansen from the first entry of the stage. With
    `probability=typed` its own chance counts, for the deals expected to close in the period, and nothing else. From eight
    past periods on a deal comes at its amount times what deals of its size were won at, and business that does not exist
    yet comes on top: what those periods still brought, at this point, from deals created later. From eight scored
    quarters on the chances move together by the shock that would have made past ranges as wide as they should have been;
    `shock` sets another.
    """
    if scope.grain:
        ask_for_curves(scope, [at.as_of.day for at, _ in ends(scope)])
        return each_period(scope, lambda at: outlook(at, metric, catalogue))
    values = scope.values(metric)
    typed, chance = values["probability"] == "typed", metric.arguments.get("what") == "chance"
    bookings = catalogue.find("bookings_amount")
    cells: dict[Place, Cell] = {}
    sql, took, unknown = "", 0.0, 0
    for start, end, _ in periods(scope):
        until = min(end, scope.as_of.day + timedelta(days=1))
        won = measure(replace(scope.within(start, until), parameters=None), bookings, catalogue).cells if until > start else {}
        prospects: dict[Place, Prospect] = defaultdict(Prospect)
        learned = Learned(Ratios({}), values["shock"] or 0.0, 0)
        if scope.as_of.day < end - timedelta(days=1):
            ask_for_curves(scope, [scope.as_of.day])
            if not typed:
                learned = _learn(scope, bookings, start, end, values["shock"], prospects)
            sql, milliseconds = _add_open(scope, metric, start, end, typed, prospects)
            took += milliseconds
        targets = targets_of(scope, "bookings_amount", start, end) if chance else {}
        for place in {*won, *prospects, *targets, *([()] if not scope.by else [])}:
            prospect = prospects.get(place) or Prospect()
            so_far = float((won[place].value if place in won else 0) or 0)
            target = sum(t.share(scope, start, end) for t in targets.get(place, ()))
            unknown += prospect.unknown
            deals = Deals.of(prospect.deals)
            brought = outcomes(deals, more=prospect.later, shock=learned.shock, ratios=learned.ratios)
            columns = _parts(deals, prospect, learned, so_far)
            cells[place] = (
                _chance(brought, columns, so_far, target, len(prospect.deals))
                if chance
                else _distribution(brought, columns, so_far, len(prospect.deals))
            )
    notes = (wording.note("no_chance", scope.language, metric=metric.id, count=unknown),) if unknown else ()
    return Measured(cells, sql, took, notes, Cell(None, 0, why="no_target" if chance else "no_rows"))


def _distribution(brought: Outcomes, columns: dict[str, Any], so_far: float, n: int) -> Cell:
    quantiles = {name: so_far + brought.quantile(share) for name, share in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))}
    return Cell(so_far + columns["open"] + columns["new_business"], n, columns={**quantiles, **columns})


def _chance(brought: Outcomes, columns: dict[str, Any], so_far: float, target: float, n: int) -> Cell:
    columns = {"target": target, **columns}
    if target <= 0:
        return Cell(None, n, why="no_target", columns=columns)
    return Cell(brought.at_least(target - so_far), n, columns=columns)


def _parts(deals: Deals, prospect: Prospect, learned: Learned, so_far: float) -> dict[str, Any]:
    """What the outlook is made of; `amount_ratio` is what the open deals are expected at, as a share of their amounts."""
    plain, expected = deals.expected(Ratios({})), deals.expected(learned.ratios)
    later = sum(prospect.later) / len(prospect.later) if prospect.later else 0.0
    return {
        "won": so_far,
        "open": expected,
        "new_business": later,
        "past_periods": learned.past_periods,
        "amount_ratio": expected / plain if plain else 1.0,
        "shock": learned.shock,
    }


def _add_open(
    scope: Scope, metric: Metric, start: date, end: date, typed: bool, prospects: dict[Place, Prospect]
) -> tuple[str, float]:
    """The open deals of each place, with the chance to be won by the period's end."""
    as_of = scope.as_of
    open_deals = select(scope.within(start, end), metric.varied(scope.values(metric)))
    within = replace(scope, grain=None)
    age = scope.session.sql.days_between("coalesce(r.entered_on, r.created_on)", as_of.day_sql)
    stage = f"CASE WHEN r.entered_on IS NULL OR r.stage IS NULL THEN {CREATED} ELSE coalesce(o.stage_no, -1) END"
    amount = "CAST(r.amount_as_of AS DOUBLE)"
    band = "CASE WHEN r.amount > 0 THEN CAST(floor(log10(r.amount)) AS INTEGER) ELSE -1 END"
    chosen = [stage, age, "CAST(coalesce(r.probability, o.probability) AS DOUBLE)", amount, band]
    source = f"{open_deals.source}\nLEFT JOIN stage_order o ON o.connection = r.connection AND o.stage = r.stage"
    source += " AND o.pipeline = coalesce(r.pipeline, '')"
    dims = [f"{key} AS d_{at}" for at, key in enumerate(open_deals.dims.values())]
    named = [f"{value} AS v_{at}" for at, value in enumerate(chosen)]
    sql = f"SELECT {', '.join([*dims, *named])}\nFROM {source}\nWHERE {open_deals.counted or 'TRUE'}"
    rows, took = run(within, sql, len(chosen))
    chances = {} if typed else _chances(scope, {(stage_no, days) for _, (stage_no, days, *_) in rows}, end)
    for place, (stage_no, days, given, worth, size) in rows:
        prospect = prospects[place]
        chance = given if typed else chances[stage_no, days]
        if chance is None or worth is None:
            prospect.unknown += 1
            continue
        prospect.deals.append((1.0, worth, worth * worth, chance, size))
    return sql, took


def _chances(scope: Scope, asked: set[tuple[int, int | None]], end: date) -> dict[tuple[int, int | None], float | None]:
    """The chance to be won by the period's end, for each stage and age asked for."""
    day = scope.as_of.day
    (curves,) = curves_of(scope, [day])
    by_stage: dict[int, list[int]] = defaultdict(list)
    for stage_no, age in asked:
        if age is not None:
            by_stage[stage_no].append(age)
    found: dict[tuple[int, int | None], float | None] = dict.fromkeys(asked)
    for stage_no, ages in by_stage.items():
        chances = win_chances(curves.get(stage_no), ages, (end - timedelta(days=1) - day).days)
        found |= {(stage_no, age): chance for age, chance in zip(ages, chances, strict=True)}
    return found


def _learn(
    scope: Scope, bookings: Metric, start: date, end: date, shock: float | None, prospects: dict[Place, Prospect]
) -> Learned:
    """What past periods teach; each place is told what it still brought from here, from deals created later."""
    used = calibrated_shock(scope) if shock is None else shock
    spans = past_periods(scope, start, end)
    points = same_points(scope, start, end, spans)
    if not points:
        return Learned(Ratios({}), used, 0)
    within = replace(scope.within(spans[-1][0], spans[0][1]), parameters=None)
    selection = select(within, bookings)
    cases = " ".join(
        f"WHEN r.closed_on >= DATE '{point.start}' AND r.closed_on < DATE '{point.end}' AND r.created_on > DATE '{point.day}' "
        f"THEN {at}"
        for at, point in enumerate(points)
    )
    sql = grouped(within, selection, ["sum(r.amount_reporting) AS total"], also=[f"CASE {cases} END AS past"])
    totals: dict[Place, dict[int, float]] = defaultdict(dict)
    for place, (past, total) in run(within, sql, 2)[0]:
        if past is not None:
            totals[place][past] = float(total or 0)
    for place in totals:
        prospects[place].later = [totals[place].get(at, 0.0) for at in range(len(spans))]
    return Learned(amount_ratios(scope, points), used, len(spans))
