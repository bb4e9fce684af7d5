"""The chance of an open deal to be won in time, by its stage and how long it has been in it: from deals as they ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from omzet.analyses.marks import marks, nth
from omzet.metrics.scope import Scope
from omzet.statistics.survival import OPEN, Curve, Exits, curve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CREATED = 0
"""Stands for the creation of a deal where a stage is expected: what became of all deals, whatever their stages."""

SAMPLE = 200_000
"""Of how many deals at least the chances are taken: in a store of many more, of every so many-th one."""

Curves = Mapping[int, Curve]
"""By stage what became of the deals from their first entry on, and by CREATED from their creation on."""


def curves_at(scope: Scope, days: Sequence[date]) -> list[Curves]:
    """The curves as they could be drawn at the end of each of these days, in rising order, none of which is after as-of.

    A close counts from the day on which the deal stood as closed. Two counts tell all days: entries by day and by the
    first of the days on which the deal was closed, and closes by duration and that same day.
    """
    import numpy as np

    changed = bool(scope.session.once(f"SELECT 1 FROM deal_versions WHERE {CHANGED} LIMIT 1"))
    entered, ended = _entries_and_closes(scope, days, changed)
    again: Sequence[Mapping[int, Columns]] = _changed_after_close(scope, days) if changed else [{} for _ in days]
    found: list[Curves] = []
    for at, day in enumerate(days):
        curves = {}
        for stage_no in entered.keys() | again[at].keys():
            came, closed, n = entered.get(stage_no, _none(3))
            waiting = (came <= day.toordinal()) & (closed > at)
            parts: list[Columns] = [(day.toordinal() - came[waiting], np.full(int(waiting.sum()), 2), n[waiting])]
            duration, outcome, closed, n = ended.get(stage_no, _none(4))
            over = closed <= at
            parts += [(duration[over], outcome[over], n[over]), again[at].get(stage_no, _none(3))]
            times, outcomes, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
            if found_curve := _curve(times, outcomes, numbers):
                curves[stage_no] = found_curve
        found.append(curves)
    return found


def win_chances(curve: Curve | None, ages: Sequence[int] | NDArray[np.int64], ahead: int) -> NDArray[np.float64]:
    """P(won within `ahead` days | still open at this age) for each age: (F(a + h) − F(a)) ÷ S(a).

    Where no deal was ever open at an age, the share won of all that were decided; NaN without a curve.
    """
    import numpy as np

    if curve is None or not len(ages):
        return np.full(len(ages), np.nan)
    level = np.concatenate(([1.0], curve.level))
    won = np.concatenate(([0.0], curve.by_outcome["won"])) if "won" in curve.by_outcome else np.zeros(len(level))
    now = np.searchsorted(curve.times, ages, side="right")
    then = np.searchsorted(curve.times, np.asarray(ages) + ahead, side="right")
    waiting = level[now]
    decided = 1 - level[-1]
    beyond = (waiting <= 0) | (np.asarray(ages) > curve.longest)
    chances = np.divide(won[then] - won[now], waiting, out=np.zeros(len(now)), where=waiting > 0)
    return np.where(beyond, won[-1] / decided if decided > 0 else np.nan, chances)


Columns = tuple["NDArray[np.int64]", ...]


CHANGED = "status <> 'open' AND to_on < DATE '9999-12-31'"
"""Versions after which something changed although the deal was closed."""


def _shared(scope: Scope, days: Sequence[date], changed: bool) -> str:
    """Common tables: `starts` are first entries of stages, and creations; `closed` deals that closed once and stayed as they
    were, with the first of the days on which they stood as closed; `changed` the deals of which something changed after
    their close: reopened, or another amount or owner.
    """
    last = f"DATE '{days[-1]}'"
    ((deals,),) = scope.session.once("SELECT count(*) FROM deal_facts")
    sample = f" AND deal_no % {deals // SAMPLE} = 0" if deals >= 2 * SAMPLE else ""
    unchanged = "v.deal_no NOT IN (SELECT deal_no FROM changed)" if changed else "TRUE"
    return f"""WITH {marks(scope.session, days)},
changed AS (SELECT DISTINCT deal_no FROM deal_versions WHERE {CHANGED}{sample}),
closed AS (
    SELECT v.deal_no, v.closed_on, CASE WHEN v.status = 'won' THEN 0 ELSE 1 END AS outcome, {nth(days, "v.from_on", "m")} AS nth
    FROM deal_versions v LEFT JOIN marks m ON m.day = v.from_on
    WHERE v.status <> 'open' AND v.to_on = DATE '9999-12-31' AND v.closed_on IS NOT NULL AND v.from_on <= {last}
        AND {unchanged}{sample.replace("deal_no", "v.deal_no")}),
starts AS (
    SELECT s.deal_no, s.stage_no, s.entered_on FROM stage_facts s
    JOIN stage_order o ON o.stage_no = s.stage_no AND coalesce(o.kind, 'open') = 'open'
    WHERE s.removed IS NULL AND s.entered_on <= {last}{sample.replace("deal_no", "s.deal_no")}
    UNION ALL
    SELECT deal_no, {CREATED}, created_on FROM deal_facts WHERE removed IS NULL AND created_on <= {last}{sample})"""


def _entries_and_closes(scope: Scope, days: Sequence[date], changed: bool) -> tuple[Mapping[int, Columns], Mapping[int, Columns]]:
    """By stage the entries: on which day, on which of the days the deal first stood as closed (their number: on none); and
    the closes: after how many days, won or not, on which of the days. With how many deals each."""
    import numpy as np

    between = scope.session.sql.days_between
    unchanged = "WHERE s.deal_no NOT IN (SELECT deal_no FROM changed)" if changed else ""
    rows = scope.session.rows(
        f"""{_shared(scope, days, changed)},
both_ends AS (
    SELECT s.stage_no, {between(f"DATE '{date.min}'", "s.entered_on")} + 1 AS came, coalesce(c.outcome, 2) AS outcome,
        CASE WHEN c.closed_on >= s.entered_on THEN {between("s.entered_on", "c.closed_on")} ELSE -1 END AS passed,
        coalesce(c.nth, {len(days)}) AS nth
    FROM starts s LEFT JOIN closed c ON c.deal_no = s.deal_no {unchanged})
SELECT grouping(came) AS ended, stage_no, coalesce(came, -1), coalesce(passed, -1), coalesce(outcome, -1), nth, count(*) AS n
FROM both_ends GROUP BY GROUPING SETS ((stage_no, came, nth), (stage_no, passed, outcome, nth))"""
    )
    if not rows:
        return {}, {}
    ended, stage_no, came, passed, outcome, closed, n = np.array(rows, dtype=np.int64).T
    entry, close = ended == 0, (ended == 1) & (passed >= 0)
    return (
        _by_stage(stage_no[entry], came[entry], closed[entry], n[entry]),
        _by_stage(stage_no[close], passed[close], outcome[close], closed[close], n[close]),
    )


def _changed_after_close(scope: Scope, days: Sequence[date]) -> list[dict[int, Columns]]:
    """For each day the deals that changed after their close, as they stood: by stage days, outcome (2: open) and number."""
    import numpy as np

    ended = "CASE WHEN v.status = 'open' THEN p.day ELSE v.closed_on END"
    passed = scope.session.sql.days_between("s.entered_on", ended)
    rows = scope.session.rows(
        f"""{_shared(scope, days, True)}
SELECT p.day, s.stage_no, {passed} AS passed, CASE v.status WHEN 'open' THEN 2 WHEN 'won' THEN 0 ELSE 1 END AS outcome, count(*)
FROM deal_versions v JOIN changed a ON a.deal_no = v.deal_no
JOIN points p ON v.from_on <= p.day AND p.day < v.to_on
JOIN starts s ON s.deal_no = v.deal_no AND s.entered_on <= {ended} GROUP BY 1, 2, 3, 4"""
    )
    by_day = defaultdict(list)
    for day, *row in rows:
        by_day[day].append(row)
    return [_by_stage(*np.asarray(by_day[day], dtype=np.int64).reshape(-1, 4).T) for day in days]


def _by_stage(stage_no: NDArray[np.int64], *columns: NDArray[np.int64]) -> dict[int, Columns]:
    """The rows of each stage."""
    import numpy as np

    found = {}
    for stage in np.unique(stage_no):
        which = stage_no == stage
        found[int(stage)] = tuple(column[which] for column in columns)
    return found


def _none(width: int) -> Columns:
    import numpy as np

    return (np.zeros(0, dtype=np.int64),) * width


def _curve(times: NDArray[np.int64], outcomes: NDArray[np.int64], numbers: NDArray[np.int64]) -> Curve | None:
    import numpy as np

    if not len(times):
        return None
    longest = int(times.max()) + 1
    counted = np.bincount(outcomes * longest + times, numbers, minlength=3 * longest).reshape(3, longest)
    distinct = np.flatnonzero(counted.any(axis=0))
    by_outcome = dict(zip(("won", "lost", OPEN), counted[:, distinct], strict=True))
    return curve(Exits(distinct.astype(float), by_outcome))
