"""The chance that a deal in a stage is won: from how such deals ended, else as it was typed in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from omzet.engines.sql import text_literal
from omzet.metrics import snapshots
from omzet.metrics.relations import deals
from omzet.metrics.relations.deals import lean_deals
from omzet.metrics.scope import Scope
from omzet.metrics.spans import passed

ENOUGH = 20
"""From how many closed deals on the history of a stage is taken."""


@dataclass(frozen=True)
class StageChance:
    """One stage: the share won of the deals that reached it and closed, of how many, and the chance typed in."""

    connection: str
    pipeline: str | None
    stage: str
    won: int
    closed: int
    typed: float | None

    @property
    def history(self) -> float | None:
        """The share won; None with too few deals closed."""
        return self.won / self.closed if self.closed >= ENOUGH else None

    @property
    def known(self) -> float | None:
        """The share won, else the chance typed in."""
        return self.typed if self.history is None else self.history


def stage_chances(scope: Scope) -> list[StageChance]:
    """Every stage by the deals of its pipeline that reached it and closed in the 12 months to as-of, whoever owned them."""
    by_pipeline: dict[tuple[str, str], list[tuple[int | None, str, int]]] = defaultdict(list)
    for connection, pipeline, furthest, status, n in _closed(scope):
        by_pipeline[connection, pipeline].append((furthest, status, n))
    stages = scope.session.once(
        "SELECT connection, pipeline, stage, position, probability FROM stage_order WHERE kind = 'open' ORDER BY 1, 2, 4, 3"
    )
    found = []
    for connection, pipeline, stage, position, typed in stages:
        won = closed = 0
        for furthest, status, n in by_pipeline[connection, pipeline or ""]:
            if status == "won" or (None not in (furthest, position) and (furthest or 0) >= position):
                closed += n
                won += n if status == "won" else 0
        found.append(StageChance(connection, pipeline, stage, won, closed, None if typed is None else float(typed)))
    return found


Closes = list[tuple[str, str, int | None, str, int]]
"""How many deals closed in a year: by connection, pipeline, furthest position and outcome."""


def _closed(scope: Scope) -> Closes:
    """What closed in the year to as-of; read together with the years to the other days that will be asked of."""
    day = scope.as_of.day
    if scope.as_of.moment:
        return _closed_by(scope, [day])[day]
    known = scope.labels.once("closes of a year", dict[date, Closes])
    if day not in known:
        known |= _closed_by(scope, sorted({day, *snapshots.to_come(scope)} - known.keys()))
    return known[day]


def _closed_by(scope: Scope, days: list[date]) -> dict[date, Closes]:
    """What closed in the year to each of these days, in order, as it stood that day."""
    if len(days) == 1:
        standing, first, last = lean_deals(scope.session, scope.as_of) or deals(scope.session, scope.as_of), "0", "1"
        within = f"closed_on > DATE '{_year_before(days[0])}' AND closed_on <= DATE '{days[0]}'"
    else:
        after = [day + timedelta(days=1) for day in days]
        standing, within = "SELECT * FROM deal_versions", "first < last"
        first = passed(after, "greatest(from_on, closed_on)")
        last = f"least({passed(after, 'to_on')}, {passed([_year_before(day) + timedelta(days=1) for day in days], 'closed_on')})"
    rows = scope.session.rows(
        f"""SELECT connection, coalesce(pipeline, ''), furthest, status, first, last, count(*)
            FROM (SELECT connection, pipeline, furthest, status, closed_on, {first} AS first, {last} AS last FROM ({standing})
                  WHERE removed IS NULL AND status IN ('won', 'lost') AND closed_on IS NOT NULL)
            WHERE {within} GROUP BY 1, 2, 3, 4, 5, 6"""
    )
    found: dict[date, Closes] = {day: [] for day in days}
    for *what, begins, ends, n in rows:
        for day in days[begins:ends]:
            found[day].append((what[0], what[1], what[2], what[3], n))
    return found


def _year_before(day: date) -> date:
    return date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)


def joined(chances: list[StageChance]) -> str:
    """A JOIN that brings `chance.history` and `chance.typed` to deals `r`; empty columns where there is no stage."""
    rows = ", ".join(
        f"({', '.join(map(text_literal, (c.connection, c.pipeline or '', c.stage)))}, {_sql(c.history)}, {_sql(c.typed)})"
        for c in chances
    )
    values = f"(VALUES {rows})" if rows else "(SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE)"
    return f"""LEFT JOIN (SELECT * FROM {values} v (connection, pipeline, stage, history, typed)) chance
        ON chance.connection = r.connection AND chance.pipeline = coalesce(r.pipeline, '') AND chance.stage = r.stage"""


def chance_sql(how: str) -> str:
    """SQL for a deal's chance: `history` with the typed one where there is too little, or `typed` alone."""
    typed = "coalesce(CAST(r.probability AS DOUBLE), chance.typed)"
    return f"coalesce(chance.history, {typed})" if how == "history" else typed


def _sql(value: float | None) -> str:
    return "CAST(NULL AS DOUBLE)" if value is None else f"CAST({value!r} AS DOUBLE)"
