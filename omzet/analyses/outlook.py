"""Where a period ends, as a distribution: won so far, the open deals by their chance, and business not yet there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from omzet.analyses.targets import periods, targets_of
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, measure, run
from omzet.metrics.relations import RELATIONS
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics.outcomes import Outcomes, of_deals
from omzet.statistics.survival import Curve, curve

PAST_PERIODS = (8, 12)
"""How many past periods new business is reckoned from: at least, and at most."""


ALL = ("", "", "")
"""Stands for all deals, whatever their stage."""


@dataclass
class Prospect:
    """What one place can still bring: its open deals' amounts and chances, and how past periods went on from here."""

    amounts: list[float] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    unknown: int = 0
    later: list[float] = field(default_factory=list)


def outlook(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Bookings of the period as a distribution, or with the entry's `what: chance` the chance that they reach the target.

    Each open deal is won by the period's end with the chance that deals of its stage had when they had been in it as
    long: (F(a + h) − F(a)) ÷ S(a), with F and S of Aalen and Johansen from the first entry of the stage. With
    `probability=typed` its own chance counts, for the deals expected to close in the period. Deals are independent and
    come at their present amount. From eight past periods on, business that does not exist yet comes on top: what those
    periods still brought, at this point, from deals created later.
    """
    values = scope.values(metric)
    typed, chance = values["probability"] == "typed", metric.arguments.get("what") == "chance"
    bookings = catalogue.find("bookings_amount")
    cells: dict[Place, Cell] = {}
    sql, took, unknown = "", 0.0, 0
    for start, end, label in periods(scope):
        until = min(end, scope.as_of.day + timedelta(days=1))
        won = measure(replace(scope.within(start, until), parameters=None), bookings, catalogue).cells if until > start else {}
        prospects: dict[Place, Prospect] = defaultdict(Prospect)
        if scope.as_of.day < end - timedelta(days=1):
            sql, milliseconds = _add_open(scope, metric, start, end, typed, prospects)
            took += milliseconds
            if not typed:
                _add_later(scope, bookings, start, end, prospects)
        targets = targets_of(scope, "bookings_amount", start, end) if chance else {}
        for place in {*won, *prospects, *targets, *([()] if not scope.by else [])}:
            prospect = prospects.get(place) or Prospect()
            so_far = float((won[place].value if place in won else 0) or 0)
            target = sum(t.share(scope, start, end) for t in targets.get(place, ()))
            unknown += prospect.unknown
            outcomes = of_deals(prospect.amounts, prospect.chances, more=prospect.later)
            cells[(*place, label) if scope.grain else place] = (
                _chance(outcomes, prospect, so_far, target) if chance else _distribution(outcomes, prospect, so_far)
            )
    notes = (wording.note("no_chance", scope.language, metric=metric.id, count=unknown),) if unknown else ()
    return Measured(cells, sql, took, notes, Cell(None, 0, why="no_target" if chance else "no_rows"))


def _distribution(outcomes: Outcomes, prospect: Prospect, so_far: float) -> Cell:
    quantiles = {name: so_far + outcomes.quantile(share) for name, share in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))}
    parts = _parts(prospect, so_far)
    value = so_far + parts["open"] + parts["new_business"]
    return Cell(value, len(prospect.amounts), columns={**quantiles, **parts, "past_periods": len(prospect.later)})


def _chance(outcomes: Outcomes, prospect: Prospect, so_far: float, target: float) -> Cell:
    n = len(prospect.amounts)
    columns = {"target": target, **_parts(prospect, so_far), "past_periods": len(prospect.later)}
    if target <= 0:
        return Cell(None, n, why="no_target", columns=columns)
    return Cell(outcomes.at_least(target - so_far), n, columns=columns)


def _parts(prospect: Prospect, so_far: float) -> dict[str, float]:
    expected = sum(amount * chance for amount, chance in zip(prospect.amounts, prospect.chances, strict=True))
    later = sum(prospect.later) / len(prospect.later) if prospect.later else 0.0
    return {"won": so_far, "open": expected, "new_business": later}


def _add_open(
    scope: Scope, metric: Metric, start: date, end: date, typed: bool, prospects: dict[Place, Prospect]
) -> tuple[str, float]:
    """The open deals of each place, with the chance to be won by the period's end."""
    as_of = scope.as_of
    open_deals = select(scope.within(start, end), metric.varied(scope.values(metric)))
    within = replace(scope, grain=None)
    age = scope.session.sql.days_between("coalesce(r.entered_on, r.created_on)", as_of.day_sql)
    keys = ["r.connection", "r.pipeline", "CASE WHEN r.entered_on IS NOT NULL THEN r.stage END", age]
    chosen = [*keys, "coalesce(r.probability, o.probability)", "r.amount_as_of"]
    source = f"{open_deals.source}\nLEFT JOIN stage_order o ON o.connection = r.connection AND o.stage = r.stage"
    source += " AND o.pipeline = coalesce(r.pipeline, '')"
    dims = [f"{key} AS d_{at}" for at, key in enumerate(open_deals.dims.values())]
    named = [f"{value} AS v_{at}" for at, value in enumerate(chosen)]
    sql = f"SELECT {', '.join([*dims, *named])}\nFROM {source}\nWHERE {open_deals.counted or 'TRUE'}"
    rows, took = run(within, sql, len(chosen))
    curves = {} if typed else _curves(scope)
    ahead = (end - timedelta(days=1) - as_of.day).days
    for place, (connection, pipeline, stage, age, given, amount) in rows:
        prospect = prospects[place]
        chance = given if typed else _win_chance(curves.get((connection, pipeline or "", stage) if stage else ALL), age, ahead)
        if chance is None or amount is None:
            prospect.unknown += 1
            continue
        prospect.amounts.append(float(amount))
        prospect.chances.append(float(chance))
    return sql, took


def _curves(scope: Scope) -> Mapping[tuple[str, str, str], Curve]:
    """By stage what became of all deals that had entered it, from their first entry on; and of all deals from creation."""
    as_of = scope.as_of
    until = f"CASE WHEN d.status = 'open' THEN {as_of.day_sql} ELSE d.closed_on END"
    ended = scope.session.sql.days_between("s.entered_on", until)
    sql = f"""SELECT s.connection, coalesce(s.pipeline, ''), s.stage, {ended} AS days, d.status, count(*)
        FROM ({RELATIONS["stages"].select(scope.session, as_of)}) s
        JOIN ({RELATIONS["deals"].select(scope.session, as_of)}) d ON d.deal_no = s.deal_no
        WHERE s.removed IS NULL AND s.entered_on IS NOT NULL AND coalesce(s.stage_kind, 'open') = 'open'
            AND (d.status = 'open' OR d.closed_on >= s.entered_on)
        GROUP BY 1, 2, 3, 4, 5"""
    counts: dict[tuple[str, str, str], dict[float, dict[str, int]]] = defaultdict(dict)
    for connection, pipeline, stage, days, status, n in scope.session.rows(sql):
        left = counts[connection, pipeline, stage].setdefault(float(days), {})
        left[status] = left.get(status, 0) + n
    created = scope.session.sql.days_between("d.created_on", until)
    every: dict[float, dict[str, int]] = counts[ALL]
    for days, status, n in scope.session.rows(
        f"""SELECT {created} AS days, d.status, count(*) FROM ({RELATIONS["deals"].select(scope.session, as_of)}) d
            WHERE d.removed IS NULL AND d.created_on IS NOT NULL AND (d.status = 'open' OR d.closed_on >= d.created_on)
            GROUP BY 1, 2"""
    ):
        every.setdefault(float(days), {})[status] = n
    return {key: found for key, left in counts.items() if (found := curve(left))}


def _win_chance(found: Curve | None, age: int, ahead: int) -> float | None:
    """P(won by then | still open at this age); the stage's overall share where no deal was ever open at this age."""
    if found is None:
        return None
    waiting = found.survival(age)
    if waiting <= 0 or age > found.longest:
        decided = 1 - found.survival(found.longest)
        return found.incidence("won", found.longest) / decided if decided > 0 else None
    return (found.incidence("won", age + ahead) - found.incidence("won", age)) / waiting


def _add_later(scope: Scope, bookings: Metric, start: date, end: date, prospects: dict[Place, Prospect]) -> None:
    """What past periods still brought, when as much of their working days was over, from deals created after that day."""
    whole = scope.calendar.working_days(start, end)
    over = scope.calendar.working_days(start, scope.as_of.day + timedelta(days=1))
    spans = [scope.calendar.previous(start, end)]
    while len(spans) < PAST_PERIODS[1]:
        spans.append(scope.calendar.previous(*spans[-1]))
    ((first,),) = scope.session.rows("SELECT min(created_on) FROM deal_facts")
    spans = [span for span in spans if first is not None and span[0] >= first]
    if len(spans) < PAST_PERIODS[0] or not whole:
        return
    origins = [_day_when(scope, begin, stop, over / whole) for begin, stop in spans]
    within = replace(scope.within(spans[-1][0], spans[0][1]), parameters=None)
    selection = select(within, bookings)
    cases = " ".join(
        f"WHEN r.closed_on >= DATE '{begin}' AND r.closed_on < DATE '{stop}' AND r.created_on > DATE '{origin}' THEN {at}"
        for at, ((begin, stop), origin) in enumerate(zip(spans, origins, strict=True))
    )
    sql = grouped(within, selection, ["sum(r.amount_reporting) AS total"], also=[f"CASE {cases} END AS past"])
    totals: dict[Place, dict[int, float]] = defaultdict(dict)
    rows, _ = run(within, sql, 2)
    for place, (past, total) in rows:
        if past is not None:
            totals[place][past] = float(total or 0)
    for place in {*totals, *prospects}:
        prospects[place].later = [totals[place].get(at, 0.0) for at in range(len(spans))]


def _day_when(scope: Scope, begin: date, stop: date, share: float) -> date:
    """The last day of a period by which at most that share of its working days is over."""
    due, day = round(scope.calendar.working_days(begin, stop) * share), begin - timedelta(days=1)
    while day + timedelta(days=1) < stop and scope.calendar.working_days(begin, day + timedelta(days=2)) <= due:
        day += timedelta(days=1)
    return day
