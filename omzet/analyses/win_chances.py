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

    entered, ended = _entries(scope, days), _closes(scope, days)
    again = _changed_after_close(scope, days)
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


def _shared(scope: Scope, days: Sequence[date]) -> str:
    """Common tables: `starts` are first entries of stages, and creations; `closed` deals that closed once and stayed as they
    were, with the first of the days on which they stood as closed; `changed` the deals of which something changed after
    their close: reopened, or another amount or owner.
    """
    last = f"DATE '{days[-1]}'"
    ((deals,),) = scope.session.rows("SELECT count(*) FROM deal_facts")
    sample = f" AND deal_no % {deals // SAMPLE} = 0" if deals >= 2 * SAMPLE else ""
    return f"""WITH {marks(scope.session, days)},
changed AS (SELECT DISTINCT deal_no FROM deal_versions WHERE status <> 'open' AND to_on < DATE '9999-12-31'),
closed AS (
    SELECT v.deal_no, v.closed_on, CASE WHEN v.status = 'won' THEN 0 ELSE 1 END AS outcome, {nth(days, "v.from_on", "m")} AS nth
    FROM deal_versions v LEFT JOIN marks m ON m.day = v.from_on
    WHERE v.status <> 'open' AND v.to_on = DATE '9999-12-31' AND v.closed_on IS NOT NULL AND v.from_on <= {last}
        AND v.deal_no NOT IN (SELECT deal_no FROM changed)),
starts AS (
    SELECT s.deal_no, s.stage_no, s.entered_on FROM stage_facts s
    JOIN stage_order o ON o.stage_no = s.stage_no AND coalesce(o.kind, 'open') = 'open'
    WHERE s.removed IS NULL AND s.entered_on <= {last}{sample.replace("deal_no", "s.deal_no")}
    UNION ALL
    SELECT deal_no, {CREATED}, created_on FROM deal_facts WHERE removed IS NULL AND created_on <= {last}{sample})"""


def _entries(scope: Scope, days: Sequence[date]) -> dict[int, Columns]:
    """By stage the entries: on which day, on which of the days the deal first stood as closed (their number: on none)."""
    rows = scope.session.rows(
        f"""{_shared(scope, days)}
SELECT s.stage_no, s.entered_on, coalesce(c.nth, {len(days)}) AS nth, count(*)
FROM starts s LEFT JOIN closed c ON c.deal_no = s.deal_no
WHERE s.deal_no NOT IN (SELECT deal_no FROM changed) GROUP BY 1, 2, 3"""
    )
    return _columns([(stage, came.toordinal(), closed, n) for stage, came, closed, n in rows])


def _closes(scope: Scope, days: Sequence[date]) -> dict[int, Columns]:
    """By stage the closes: after how many days, won or not, on which of the days the deal first stood as closed."""
    passed = scope.session.sql.days_between("s.entered_on", "c.closed_on")
    return _columns(
        scope.session.rows(
            f"""{_shared(scope, days)}
SELECT s.stage_no, {passed} AS passed, c.outcome, c.nth, count(*)
FROM starts s JOIN closed c ON c.deal_no = s.deal_no AND c.closed_on >= s.entered_on GROUP BY 1, 2, 3, 4"""
        )
    )


def _changed_after_close(scope: Scope, days: Sequence[date]) -> list[dict[int, Columns]]:
    """For each day the deals that changed after their close, as they stood: by stage days, outcome (2: open) and number."""
    ended = "CASE WHEN v.status = 'open' THEN p.day ELSE v.closed_on END"
    passed = scope.session.sql.days_between("s.entered_on", ended)
    rows = scope.session.rows(
        f"""{_shared(scope, days)}
SELECT p.day, s.stage_no, {passed} AS passed, CASE v.status WHEN 'open' THEN 2 WHEN 'won' THEN 0 ELSE 1 END AS outcome, count(*)
FROM deal_versions v JOIN changed a ON a.deal_no = v.deal_no
JOIN points p ON v.from_on <= p.day AND p.day < v.to_on
JOIN starts s ON s.deal_no = v.deal_no AND s.entered_on <= {ended} GROUP BY 1, 2, 3, 4"""
    )
    by_day = defaultdict(list)
    for day, *row in rows:
        by_day[day].append(row)
    return [_columns(by_day[day]) for day in days]


def _columns(rows: Sequence[Sequence[int]]) -> dict[int, Columns]:
    """The rows of each first value as arrays, one a column."""
    import numpy as np

    if not rows:
        return {}
    table = np.asarray(rows, dtype=np.int64)
    return {int(key): tuple(table[table[:, 0] == key, 1:].T) for key in np.unique(table[:, 0])}


def _none(width: int) -> Columns:
    import numpy as np

    return (np.zeros(0, dtype=np.int64),) * width


def _curve(times: NDArray[np.int64], outcomes: NDArray[np.int64], numbers: NDArray[np.int64]) -> Curve | None:
    import numpy as np

    if not len(times):
        return None
    distinct, place = np.unique(times, return_inverse=True)
    by_outcome = {
        name: np.bincount(place[outcomes == at], numbers[outcomes == at], minlength=len(distinct)).astype(float)
        for at, name in enumerate(("won", "lost", OPEN))
    }
    return curve(Exits(distinct.astype(float), by_outcome))
