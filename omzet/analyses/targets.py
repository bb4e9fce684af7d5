"""Targets: how much of them a period stands for, and how far bookings have come against them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

from omzet.errors import CallError
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.scope import Scope
from omzet.metrics.spans import over_each
from omzet.statistics import intervals

TARGETS = """
SELECT t.person_id, coalesce(t.team_id, m.team_key) AS team, t.person_id IS NULL AND t.team_id IS NULL AS is_company,
    t.person_id IS NULL AS is_shared,
       t.from_on, t.to_on, t.value,
       p.started_on, p.ended_on, coalesce(p.quota_carrier, p.role = 'rep', TRUE) AS carries
FROM targets t LEFT JOIN people p ON p.key = t.person_id
LEFT JOIN person_teams m ON m.person_key = t.person_id AND m.from_on <= t.from_on AND t.from_on < m.to_on
WHERE t.metric = ? AND coalesce(t.status, 'agreed') = 'agreed' AND t.is_deleted IS NOT TRUE AND t.merged_into IS NULL
    AND t.filter IS NULL"""


@dataclass(frozen=True)
class Target:
    """One agreed target: for a person, a team or the company."""

    person: str | None
    team: str | None
    is_company: bool
    is_shared: bool
    start: date
    end: date
    value: float
    started_on: date | None
    ended_on: date | None
    carries: bool

    def share(self, scope: Scope, start: date, end: date) -> float:
        """The part of the value that falls in a period: by working days, and by calendar days where the person was not
        there for all of the overlap."""
        first, last = max(start, self.start), min(end, self.end)
        if first >= last:
            return 0.0
        whole = scope.calendar.working_days(self.start, self.end)
        part = self.value * (
            scope.calendar.working_days(first, last) / whole if whole else (last - first) / (self.end - self.start)
        )
        return part * self.present(first, last)

    def present(self, first: date, last: date) -> float:
        """The share of the calendar days from `first` to before `last` on which the person was there."""
        came = max(first, self.started_on) if self.started_on else first
        left = min(last, self.ended_on + timedelta(days=1)) if self.ended_on else last
        return max((left - came).days, 0) / (last - first).days


def target_to_date(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The agreed target of the period, or the part of it that the working days elapsed by as-of stand for.

    Without a period the fiscal quarter that holds as-of. A company's or team's own target goes before the sum of those
    below it.
    """
    subject = str(scope.values(metric)["metric"])
    catalogue.find(subject)
    whole = bool(metric.arguments.get("whole"))
    cells: dict[Place, Cell] = {}
    for start, end, label in periods(scope):
        until = end if whole else min(end, scope.as_of.day + timedelta(days=1))
        for place, chosen in targets_of(scope, subject, start, end).items():
            full = sum(t.share(scope, start, end) for t in chosen)
            elapsed = scope.calendar.working_days(start, until) if until > start else 0
            total = scope.calendar.working_days(start, end)
            value = full if whole else full * elapsed / total if total else 0.0
            cells[(*place, label) if scope.grain else place] = Cell(
                value,
                len(chosen),
                numerator=value,
                denominator=full,
                columns={} if whole else {"target": full, "elapsed_days": elapsed, "days": total},
            )
    return Measured(cells, TARGETS.strip(), 0.0, (), Cell(None, 0, why="no_target"))


def attainment(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Bookings against targets of the quota carriers with an agreed target; null where there is none.

    As the entry asks: Σ bookings ÷ Σ target, the mean of the people's own ratios, or the share of people at 1 or above.
    Bookings are credited by the deals' revenue splits. A target of somebody who started or left within the period counts
    for the calendar days in which he or she was there.
    """
    how = str(metric.arguments.get("how", "sum"))
    cells: dict[Place, Cell] = {}
    credited = catalogue.find("bookings_amount_by_rep")
    sql, took = "", 0.0
    by_rep = replace(scope, by=("rep",), where=(), parameters=None)
    spans = periods(scope)
    for (start, end, label), booked in zip(
        spans, over_each(by_rep, credited, catalogue, [(start, end) for start, end, _ in spans]), strict=True
    ):
        targets = [t for t in _targets(scope, "bookings_amount", start, end) if t.person and t.carries and t.value > 0]
        sql, took = booked.sql, took + booked.milliseconds
        for place, chosen in _by_place(scope, targets).items():
            quota: dict[str, float] = defaultdict(float)
            for t in chosen:
                quota[t.person or ""] += t.share(scope, start, end)
            actual = {person: float(booked.cells.get((person,), booked.empty).value or 0) for person in quota}
            cells[(*place, label) if scope.grain else place] = _attained(how, actual, quota)
    return Measured(cells, sql, took, (), Cell(None, 0, why="no_target"))


def _attained(how: str, actual: dict[str, float], quota: dict[str, float]) -> Cell:
    ratios = [actual[person] / value for person, value in quota.items() if value > 0]
    bookings, target = sum(actual.values()), sum(quota.values())
    if not ratios:
        return Cell(None, 0, why="no_target", numerator=bookings, denominator=target)
    n = len(ratios)
    if how == "sum":
        return Cell(bookings / target, n, numerator=bookings, denominator=target)
    if how == "mean":
        interval = intervals.mean(n, sum(ratios), sum(ratio * ratio for ratio in ratios))
        spread = {"least": min(ratios), "most": max(ratios)}
        low, high = interval or (None, None)
        return Cell(sum(ratios) / n, n, low, high, numerator=sum(ratios), denominator=n, columns=spread)
    there = sum(ratio >= 1 for ratio in ratios)
    low, high = intervals.wilson(there, n) or (None, None)
    return Cell(there / n, n, low, high, numerator=there, denominator=n)


def targets_of(scope: Scope, subject: str, start: date, end: date) -> dict[Place, list[Target]]:
    """The agreed targets on a metric that count for each place asked for, of those that overlap a period."""
    return _by_place(scope, _targets(scope, subject, start, end))


def _targets(scope: Scope, subject: str, start: date, end: date) -> list[Target]:
    chosen = [
        Target(p, t, bool(c), bool(s), a, b + timedelta(days=1), float(v), on, off, bool(q))
        for p, t, c, s, a, b, v, on, off, q in scope.session.once(TARGETS, [subject])
        if a < end and b >= start
    ]
    for condition in scope.where:
        if condition.dimension not in ("team", "rep") or condition.operator not in ("=", "in"):
            raise CallError(f"Targets are set for people and teams: '{condition.text}' can't limit them.")
        table = "teams" if condition.dimension == "team" else "people"
        keys = {key for value in condition.values for key in scope.labels.keys(table, value)}
        chosen = [t for t in chosen if (t.team if condition.dimension == "team" else t.person) in keys]
    return chosen


def _by_place(scope: Scope, targets: list[Target]) -> dict[Place, list[Target]]:
    """The targets that count for each place asked for."""
    for name in scope.by:
        if name not in ("team", "rep"):
            raise CallError(f"Targets are set for people and teams: they can't be split by {name}.")
    if "rep" in scope.by:
        grouped: dict[Place, list[Target]] = defaultdict(list)
        for t in targets:
            if t.person:
                grouped[tuple(t.person if name == "rep" else t.team for name in scope.by)].append(t)
        return grouped
    if "team" in scope.by:
        return {(team,): _of_team(targets, team) for team in {t.team for t in targets if t.team}}
    if any(c.dimension == "rep" for c in scope.where):
        return {(): [t for t in targets if t.person]}
    company = [t for t in targets if t.is_company]
    if company and not scope.where:
        return {(): company}
    teams = [t for team in {t.team for t in targets} for t in _of_team(targets, team)]
    return {(): teams} if teams else {}


def _of_team(targets: list[Target], team: str | None) -> list[Target]:
    """The team's own target, else those of its people."""
    own = [t for t in targets if t.team == team and t.is_shared and not t.is_company]
    return own or [t for t in targets if t.team == team and t.person]


def periods(scope: Scope) -> list[tuple[date, date, str]]:
    """First day, day after the last and label of each period asked for; without one the fiscal quarter that holds as-of."""
    if scope.start and scope.end and scope.grain:
        return [(p.start, p.end, p.label) for p in scope.calendar.spine(scope.grain, scope.start, scope.end)]
    if scope.start and scope.end:
        return [(scope.start, scope.end, "")]
    quarter = scope.calendar.unit_of("fiscal-quarter", scope.as_of.day)
    return [(quarter.start, quarter.end, quarter.label)]
