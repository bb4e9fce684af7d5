"""What people did, against the days they were there, the deals it was for and the month before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import measure
from omzet.metrics.periods import Period
from omzet.metrics.scope import Scope, state_as_of
from omzet.metrics.snapshots import to_come
from omzet.metrics.spans import over_each
from omzet.statistics.signals import natural_limits

PEOPLE = """
SELECT p.key, t.team_key, p.manager_id, p.country, greatest(t.from_on, coalesce(p.started_on, t.from_on)),
       least(t.to_on, coalesce(p.ended_on + 1, t.to_on))
FROM people p JOIN person_teams t ON t.person_key = p.key
WHERE p.is_deleted IS NOT TRUE AND p.merged_into IS NULL AND coalesce(p.role, 'rep') IN ('rep', 'sdr')"""
ABSENCES = """
SELECT person_id, from_on, coalesce(to_on, from_on), share, hours FROM person_events
WHERE kind = 'absence' AND is_deleted IS NOT TRUE AND merged_into IS NULL AND from_on <= ?"""
HOURS_A_DAY = 8


@dataclass(frozen=True)
class Stay:
    """A person in a team, from `first` to before `until`."""

    person: str
    team: str | None
    manager: str | None
    country: str | None
    first: date
    until: date


@dataclass(frozen=True)
class Absence:
    """Days away, `until` excluded: all of the day, or a share of it."""

    first: date
    until: date
    share: float


def per_working_day(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Touches of reps and sdrs ÷ the working days they were there: from start to end date, without absences.

    By people each has its own days; by anything else the days are those of everybody. Touches of other people are left out.
    """
    stays = [stay for stay in _stays(scope) if _is_meant(scope, stay)]
    people = {stay.person for stay in stays}
    away = _absences(scope)
    named = tuple(name for name in scope.by if name != "rep")
    wide = replace(scope, by=("rep", *named))
    touches = measure(wide, catalogue.find("touches"), catalogue)
    counts: dict[Place, float] = defaultdict(float)
    for place, cell in touches.cells.items():
        if place[0] in people:
            rest = iter(place[1 : 1 + len(named)])
            own_keys = tuple(place[0] if name == "rep" else next(rest) for name in scope.by)
            counts[(*own_keys, *place[1 + len(named) :])] += float(cell.value or 0)
    cells: dict[Place, Cell] = {}
    for start, end, label in _periods(scope, touches):
        days: dict[Place, float] = defaultdict(float)
        for stay in stays:
            first, until = max(stay.first, start), min(stay.until, end)
            if first < until:
                own = {"rep": stay.person, "team": stay.team, "manager": stay.manager}
                days[tuple(own.get(name) for name in scope.by)] += _present(scope, stay, first, until, away)
        last = (label,) if scope.grain else ()
        keys: set[Place] = {place[: len(scope.by)] for place in counts if not scope.grain or place[-1] == label}
        plain = [name in ("rep", "team", "manager") for name in scope.by]
        if all(plain):
            keys |= set(days)
        for key in keys:
            total = days.get(tuple(value if own else None for value, own in zip(key, plain, strict=True)), 0.0)
            done = counts.get((*key, *last), 0.0)
            value = done / total if total > 0 else None
            why = None if value is not None else "no_working_days"
            cells[(*key, *last)] = Cell(value, round(total), why=why, numerator=done, denominator=total)
    return Measured(cells, touches.sql, touches.milliseconds, (), Cell(None, 0, why="no_working_days"))


def _stays(scope: Scope) -> list[Stay]:
    return [Stay(*row) for row in scope.session.once(PEOPLE)]


def _is_meant(scope: Scope, stay: Stay) -> bool:
    """Whether the conditions on people leave this one; other conditions limit the touches alone."""
    own = {"rep": ("people", stay.person), "team": ("teams", stay.team), "manager": ("people", stay.manager)}
    for condition in scope.where:
        if condition.dimension in own and condition.operator in ("=", "in", "!=", "not in"):
            table, key = own[condition.dimension]
            there = any(key in scope.labels.keys(table, value) for value in condition.values)
            if there == (condition.operator in ("!=", "not in")):
                return False
    return True


def _absences(scope: Scope) -> dict[str, list[Absence]]:
    found: dict[str, list[Absence]] = defaultdict(list)
    for person, first, last, share, hours in scope.session.once(ABSENCES, [scope.as_of.day]):
        until = last + timedelta(days=1)
        part = float(share) if share is not None else 1.0
        if share is None and hours is not None:
            working = scope.calendar.working_days(first, until)
            part = min(1.0, float(hours) / (HOURS_A_DAY * working)) if working else 0.0
        found[person].append(Absence(first, until, part))
    return found


def _present(scope: Scope, stay: Stay, first: date, until: date, away: dict[str, list[Absence]]) -> float:
    """The working days a person was there, in days; two absences on one day are one."""
    days = scope.calendar.working_days(first, until, stay.country)
    absences = [a for a in away.get(stay.person, ()) if a.first < until and a.until > first]
    if not absences:
        return days
    missed: dict[date, float] = defaultdict(float)
    for absence in absences:
        day = max(absence.first, first)
        while day < min(absence.until, until):
            if scope.calendar.is_working_day(day, stay.country):
                missed[day] = min(1.0, missed[day] + absence.share)
            day += timedelta(days=1)
    return days - sum(missed.values())


def _periods(scope: Scope, touches: Measured) -> list[tuple[date, date, str]]:
    """The periods asked for, as far as they are over at as-of; without a range from the first touch on."""
    until = scope.as_of.day + timedelta(days=1)
    start, end = scope.start, min(scope.end or until, until)
    if start is None:
        ((start,),) = scope.session.rows("SELECT min(happened_on) FROM activities")
    if start is None or start >= end:
        return []
    if not scope.grain:
        return [(start, end, "")]
    return [(p.start, p.end, p.label) for p in scope.calendar.spine(scope.grain, start, end)]


def beside_lost(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The metric over deals won, with what it is over deals lost beside it."""
    plain = replace(metric, analysis="")
    won = measure(scope, plain, catalogue)
    lost = measure(scope, replace(plain, population=str(metric.arguments["population"])), catalogue)
    cells = {}
    for place in won.cells.keys() | lost.cells.keys():
        other = lost.cells.get(place, lost.empty)
        cell = won.cells.get(place, won.empty)
        cells[place] = replace(cell, columns={"lost": other.value, "lost_n": other.n})
    return Measured(cells, won.sql, won.milliseconds + lost.milliseconds, won.notes, won.empty)


def velocity_of_leads(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Qualified leads of the period ÷ those of the period before − 1; a running period against as many working days."""
    counted = catalogue.find("qualified_leads")
    cells: dict[Place, Cell] = {}
    sql, took = "", 0.0
    month = scope.calendar.unit_of("month", scope.as_of.day)
    start, end = (scope.start, scope.end) if scope.start and scope.end else (month.start, month.end)
    spans = [(start, end, "")]
    if scope.grain:
        spans = [(p.start, p.end, p.label) for p in scope.calendar.spine(scope.grain, start, end)]
    bases = []
    for first, last, _ in spans:
        base, until = scope.calendar.previous(first, last)
        bases.append((base, scope.calendar.partial(first, last, base, until, scope.as_of.day)))
    found = over_each(scope, counted, catalogue, [*((first, last) for first, last, _ in spans), *bases])
    for now, then, (_, _, label) in zip(found, found[len(spans) :], spans, strict=False):
        sql, took = now.sql, took + now.milliseconds + then.milliseconds
        for place in now.cells.keys() | then.cells.keys() | ({()} if not scope.by else set()):
            above, below = (float(m.cells.get(place, m.empty).value or 0) for m in (now, then))
            value = above / below - 1 if below > 0 else None
            cell = Cell(value, int(above), why=None if below > 0 else "no_base", numerator=above, denominator=below)
            cells[(*place, label) if scope.grain else place] = cell
    return Measured(cells, sql, took, (), Cell(None, 0, why="no_base"))


WEEKS = 12
"""The weeks that make somebody's own band."""


def band(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Touches per working day in the last whole week at as-of, against the XmR limits of the 12 weeks before it."""
    last = _last_week(scope, scope.as_of.day)
    begin = last.start - timedelta(weeks=WEEKS)
    weekly = scope.labels.once(f"weeks of {scope.by} {scope.where}", lambda: _weekly(scope, metric, catalogue))
    series: dict[Place, dict[str, Cell]] = defaultdict(dict)
    for place, cell in weekly.cells.items():
        series[place[:-1]][place[-1]] = cell
    labels = [period.label for period in scope.calendar.spine("week", begin, last.end)]
    cells: dict[Place, Cell] = {}
    for place, by_week in series.items():
        own = [float(each.value) for label in labels[:-1] if (each := by_week.get(label)) and each.value is not None]
        now = by_week.get(labels[-1], Cell(None, 0, why="no_working_days"))
        limits = natural_limits(own)
        if limits is None or now.value is None:
            cells[place] = replace(now, columns={"weeks": len(own)})
            continue
        centre, low, high = limits[0], max(0.0, limits[1]), limits[2]
        flag = "low" if now.value < low else "high" if now.value > high else "none"
        columns = {"centre": centre, "flag": flag, "weeks": len(own)}
        cells[place] = replace(now, low=low, high=high, columns=columns)
    return Measured(cells, weekly.sql, weekly.milliseconds, (), Cell(None, 0, why="no_working_days"))


def _last_week(scope: Scope, day: date) -> Period:
    """The last week that is over at the end of a day."""
    return scope.calendar.unit_of("week", scope.calendar.unit_of("week", day + timedelta(days=1)).start - timedelta(days=1))


def _weekly(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Every week that as-of needs, or any other day that will be asked of: what was done in a week is the same from then on."""
    days = sorted({scope.as_of.day, *to_come(scope)})
    first, last = (_last_week(scope, day) for day in (days[0], days[-1]))
    weeks = replace(scope, grain="week", start=first.start - timedelta(weeks=WEEKS), end=last.end)
    if days[-1] > scope.as_of.day:
        weeks = replace(weeks, as_of=state_as_of(scope.session, scope.settings, days[-1]))
    return per_working_day(weeks, metric, catalogue)
