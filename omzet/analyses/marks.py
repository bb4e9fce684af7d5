"""Days told by how many of a few days come before them: a state then holds on a range of these, without joining each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from omzet.engines import Session


def marks(session: Session, days: Sequence[date]) -> str:
    """SQL for a common table `marks`: for each day from the first of `days` (in order) to the last, how many come before it."""
    listed = ", ".join(f"(DATE '{day}')" for day in days)
    spine = session.sql.spine(f"DATE '{days[0]}'", f"DATE '{days[-1]}'")
    return f"""points AS (SELECT * FROM (VALUES {listed}) p (day)),
marks AS (SELECT s.day, count(p.day) AS nth FROM {spine} s LEFT JOIN points p ON p.day < s.day GROUP BY 1)"""


def nth(days: Sequence[date], day: str, alias: str) -> str:
    """SQL for how many of `days` come before a day, which `alias` of `marks` was joined by; a missing day is after all."""
    return f"CASE WHEN {day} <= DATE '{days[0]}' THEN 0 ELSE coalesce({alias}.nth, {len(days)}) END"
