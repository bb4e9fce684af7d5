"""What changed after a training, against comparable people who did not take it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics.matching import difference_in_differences

PERIOD = 91
"""Days of one period, a quarter."""

CLOSED = """SELECT r.owner_key, r.closed_on, count(*) FILTER (WHERE r.status = 'won'), count(*)
FROM ({deals}) r WHERE r.status IN ('won', 'lost') AND r.removed IS NULL AND r.closed_on IS NOT NULL AND r.owner_key IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2"""

Closed = dict[str, tuple[list[date], list[int], list[int]]]
"""By person the days on which deals closed, with running totals of won and closed."""


def training_effect(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Change of the win rate of those trained in the period less that of matched reps who never took such a training.

    Before: `periods` quarters until the training. After: as many quarters from `lag_days` after it. Needs 5 people with
    closed deals on both sides of it, trained and untrained.
    """
    values = scope.values(metric)
    span, lag = PERIOD * int(values["periods"]), timedelta(days=int(values["lag_days"]))
    selection = select(scope, metric)
    sql = grouped(scope, selection, ["min(r.from_on)"], also=["r.topic AS about", "r.owner_key AS person"])
    rows, took = run(replace(scope, grain=None), sql, 1)
    width = len(scope.by) + (1 if scope.grain else 0)
    trained: dict[Place, dict[str, date]] = defaultdict(dict)
    topics: dict[Place, set[Any]] = defaultdict(set)
    for full, (day,) in rows:
        topic, person = full[-2:]
        place = full[:width]
        if scope.grain:
            place = (*place[:-1], scope.calendar.unit_of(scope.grain, place[-1]).label)
        trained[place][person] = min(day, trained[place].get(person, day))
        topics[place].add(topic)
    everyone = scope.session.rows(
        "SELECT person_id, topic FROM person_events WHERE kind = 'training' AND is_deleted IS NOT TRUE AND from_on <= ?",
        [scope.as_of.day],
    )
    closed = _closed(scope, catalogue)
    teams = dict(scope.session.rows("SELECT key, team_id FROM people"))
    cells = {}
    for place, days in trained.items():
        others = set(closed) - {person for person, topic in everyone if topic in topics[place]}
        cells[place] = _cell(days, others, closed, teams, timedelta(days=span), lag, scope.as_of.day)
    note = (wording.note("goes_together", scope.language),)
    return Measured(cells, sql, took, note, Cell(None, 0, why="no_trainings"))


def _closed(scope: Scope, catalogue: Catalogue) -> Closed:
    from omzet.metrics.relations import deals

    found: Closed = {}
    for person, day, won, count in scope.session.rows(CLOSED.format(deals=deals(scope.session, scope.as_of))):
        days, wins, counts = found.setdefault(person, ([], [0], [0]))
        days.append(day)
        wins.append(wins[-1] + won)
        counts.append(counts[-1] + count)
    return found


def _between(of: tuple[list[date], list[int], list[int]], first: date, until: date) -> tuple[int, int]:
    days, wins, counts = of
    low, high = bisect_left(days, first), bisect_left(days, until)
    return wins[high] - wins[low], counts[high] - counts[low]


def _cell(
    trained: dict[str, date],
    others: set[str],
    closed: Closed,
    teams: dict[str, Any],
    span: timedelta,
    lag: timedelta,
    today: date,
) -> Cell:
    middle = sorted(trained.values())[len(trained) // 2]
    if max(trained.values()) + lag + span > today + timedelta(days=1):
        return Cell(None, len(trained), why="too_early")
    people, before, after, weight = [], [], [], []
    for person in [*trained, *sorted(others)]:
        if person not in closed:
            continue
        day = trained.get(person, middle)
        (k0, n0), (k1, n1) = (_between(closed[person], *s) for s in ((day - span, day), (day + lag, day + lag + span)))
        if n0 and n1:
            people.append(person)
            before.append(k0 / n0)
            after.append(k1 / n1)
            weight.append(2 / (1 / n0 + 1 / n1))
    took = np.array([person in trained for person in people], dtype=bool)
    names = {team: float(at) for at, team in enumerate(sorted({str(teams.get(person)) for person in people}))}
    pool = np.array([names[str(teams.get(person))] for person in people])
    effect = difference_in_differences(np.array(before), np.array(after), np.array(weight), pool, took)
    columns: dict[str, Any] = {"trained": int(took.sum()), "untrained": int((~took).sum())}
    if effect is None:
        return Cell(None, int(took.sum()), why="too_few_people", columns=columns)
    change = float(np.average((np.array(after) - np.array(before))[took], weights=np.array(weight)[took]))
    columns |= {"p": effect.p, "own_change": change}
    return Cell(effect.value, int(took.sum()), effect.low, effect.high, columns=columns)
