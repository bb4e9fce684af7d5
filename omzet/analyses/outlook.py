"""Where a period ends, as a distribution: won so far, the open deals by their chance, and business not yet there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from omzet.analyses.origins import BAND, ONE_BY_ONE_UP_TO
from omzet.analyses.outlook_parts import (
    amount_ratios,
    ask_for_curves,
    ask_for_ratios,
    ask_for_scored,
    calibrated_shock,
    chances_of,
    curves_of,
    past_periods,
    same_points,
)
from omzet.analyses.targets import periods, targets_of
from omzet.analyses.win_chances import CREATED
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, measure, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.metrics.snapshots import each_period, ends
from omzet.statistics.open_deals import Deals, Ratios
from omzet.statistics.outcomes import Outcomes, outcomes


@dataclass
class Prospect:
    """What one place can still bring: its open deals with their chances, and how past periods went on from here."""

    deals: Deals = field(default_factory=lambda: Deals.of([]))
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
    values = scope.values(metric)
    typed, chance = values["probability"] == "typed", metric.arguments.get("what") == "chance"
    if not typed:
        _ask_ahead(scope, values["shock"])
    if scope.grain:
        return each_period(scope, lambda at: outlook(at, metric, catalogue))
    bookings = catalogue.find("bookings_amount")
    cells: dict[Place, Cell] = {}
    sql, took, unknown = "", 0.0, 0
    for start, end, _ in periods(scope):
        until = min(end, scope.as_of.day + timedelta(days=1))
        ahead = scope.as_of.day < end - timedelta(days=1)
        prospects: dict[Place, Prospect] = defaultdict(Prospect)
        learned = Learned(Ratios({}), values["shock"] or 0.0, 0)
        won: dict[Place, float] | None = None
        if ahead and not typed:
            learned, won = _learn(scope, bookings, start, end, values["shock"], prospects)
        if won is None:
            within = replace(scope.within(start, until), parameters=None)
            cells_won = measure(within, bookings, catalogue).cells if until > start else {}
            won = {place: float(cell.value or 0) for place, cell in cells_won.items()}
        if ahead:
            sql, milliseconds = _add_open(scope, metric, start, end, typed, prospects)
            took += milliseconds
        targets = targets_of(scope, "bookings_amount", start, end) if chance else {}
        for place in {*won, *prospects, *targets, *([()] if not scope.by else [])}:
            prospect = prospects.get(place) or Prospect()
            so_far = won.get(place, 0.0)
            target = sum(t.share(scope, start, end) for t in targets.get(place, ()))
            unknown += prospect.unknown
            deals = prospect.deals
            n = int(deals.numbers.sum())
            brought = outcomes(deals, more=prospect.later, shock=learned.shock, ratios=learned.ratios)
            columns = _parts(deals, prospect, learned, so_far)
            cells[place] = _chance(brought, columns, so_far, target, n) if chance else _distribution(brought, columns, so_far, n)
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


def _ask_ahead(scope: Scope, shock: float | None) -> None:
    """Say of which days chances and ratios will be asked, so that those of all periods and of the shock are read at once."""
    for at, _ in ends(scope) if scope.grain else [(scope, "")]:
        for start, end, _ in periods(at):
            if at.as_of.day < end - timedelta(days=1):
                ask_for_curves(at, [at.as_of.day])
                ask_for_ratios(at, same_points(at, start, end, past_periods(at, start, end)))
                if shock is None:
                    ask_for_scored(at)


def _add_open(
    scope: Scope, metric: Metric, start: date, end: date, typed: bool, prospects: dict[Place, Prospect]
) -> tuple[str, float]:
    """The open deals of each place, with the chance to be won by the period's end; in a large store those alike together."""
    import numpy as np

    as_of = scope.as_of
    open_deals = select(scope.within(start, end), metric.varied(scope.values(metric)))
    within = replace(scope, grain=None)
    age = scope.session.sql.days_between("coalesce(r.entered_on, r.created_on)", as_of.day_sql)
    stage = f"CASE WHEN r.entered_on IS NULL OR r.stage IS NULL THEN {CREATED} ELSE coalesce(o.stage_no, -1) END"
    amount = "CAST(r.amount_as_of AS DOUBLE)"
    given = "CAST(coalesce(r.probability, o.probability) AS DOUBLE)" if typed else "NULL"
    alike = [stage, age, given, BAND.format("r.amount")]
    ((deals,),) = scope.session.once("SELECT count(*) FROM deal_facts")
    if deals <= ONE_BY_ONE_UP_TO:
        alike.append("r.deal_no")
    chosen = ["count(*)", f"count({amount})", f"sum({amount})", f"sum({amount} * {amount})"]
    source = f"{open_deals.source}\nLEFT JOIN stage_order o ON o.connection = r.connection AND o.stage = r.stage"
    source += " AND o.pipeline = coalesce(r.pipeline, '')"
    keys = [f"{key} AS d_{at}" for at, key in enumerate(open_deals.dims.values())]
    keys += [f"{value} AS v_{at}" for at, value in enumerate(alike)]
    by = ", ".join(str(at + 1) for at in range(len(keys)))
    sql = f"SELECT {', '.join([*keys, *chosen])}\nFROM {source}\nWHERE {open_deals.counted or 'TRUE'}\nGROUP BY {by}"
    rows, took = run(within, sql, len(alike) + len(chosen))
    of_place: dict[Place, list[int]] = defaultdict(list)
    for at, (place, _) in enumerate(rows):
        of_place[place].append(at)
    columns = list(zip(*(row for _, row in rows), strict=True))
    if not rows:
        return sql, took
    stages, ages, told, bands = columns[:4]
    number, known, total, square = (np.array(column, dtype=float) for column in columns[-4:])
    if typed:
        chances = np.array(told, dtype=float)
    else:
        (curves,) = curves_of(scope, [as_of.day])
        stage_no, days = np.array(stages, dtype=np.int64), np.array([-1 if age is None else age for age in ages], dtype=np.int64)
        chances = chances_of(curves, stage_no, days, (end - timedelta(days=1) - as_of.day).days)
        chances[days < 0] = np.nan
    known[np.isnan(chances)] = 0
    whole = Deals(known, total, square, np.clip(chances, 0, 1), np.array(bands, dtype=np.int64))
    for place, listed in of_place.items():
        which = np.array(listed)
        prospects[place].deals = whole.kept(which[known[which] > 0])
        prospects[place].unknown = int((number - known)[which].sum())
    return sql, took


def _learn(
    scope: Scope, bookings: Metric, start: date, end: date, shock: float | None, prospects: dict[Place, Prospect]
) -> tuple[Learned, dict[Place, float] | None]:
    """What past periods teach, and what each place has won so far in this one, where it was read with them.

    Each place is told what past periods still brought it from here, from deals created later.
    """
    used = calibrated_shock(scope) if shock is None else shock
    spans = past_periods(scope, start, end)
    points = same_points(scope, start, end, spans)
    if not points:
        return Learned(Ratios({}), used, 0), None
    within = replace(scope.within(spans[-1][0], end), parameters=None)
    selection = select(within, bookings)
    cases = " ".join(
        f"WHEN r.closed_on >= DATE '{point.start}' AND r.closed_on < DATE '{point.end}' AND r.created_on > DATE '{point.day}' "
        f"THEN {at}"
        for at, point in enumerate(points)
    )
    cases += f" WHEN r.closed_on >= DATE '{start}' AND r.closed_on <= {scope.as_of.day_sql} THEN {len(points)}"
    sql = grouped(within, selection, ["sum(r.amount_reporting) AS total"], also=[f"CASE {cases} END AS past"])
    totals: dict[Place, dict[int, float]] = defaultdict(dict)
    for place, (past, total) in run(within, sql, 2)[0]:
        if past is not None:
            totals[place][past] = float(total or 0)
    won = {place: past.pop(len(points)) for place, past in totals.items() if len(points) in past}
    for place, past_totals in totals.items():
        if past_totals:
            prospects[place].later = [past_totals.get(at, 0.0) for at in range(len(spans))]
    return Learned(amount_ratios(scope, points), used, len(spans)), won
