"""How periods stood at the end of past days, and what became of them: read once for many days.

All is as it stood on the day itself, and what became of a period as it stood at the period's end, so that nothing that
happened later is seen. A statement that would join each day with each state takes seconds for a million deals. Here
each state is told by the first and last of the days it holds on, and only these are counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from omzet.analyses.marks import marks, nth
from omzet.engines.sql import quoted
from omzet.metrics import dimensions, filters
from omzet.metrics.cells import Place
from omzet.metrics.relations import Dimension
from omzet.metrics.scope import Scope
from omzet.metrics.snapshots import states

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AGES, WIDE = 100_000, 250
"""More than there are days in a stage, and more than there are points or periods."""

ONE_BY_ONE_UP_TO = 20_000
"""In a store of so many deals they are told one by one; in a larger one those that are alike together."""

BAND = "CASE WHEN {0} > 0 THEN CAST(floor(log10({0})) AS INTEGER) ELSE -1 END"
"""The size band of an amount: how many digits it has."""

LEAST = 5
"""More than the least band is below 0: amounts have four decimals."""


@dataclass(frozen=True)
class Point:
    """The end of a day, in a period that ends before `end`."""

    day: date
    start: date
    end: date


@dataclass(frozen=True)
class Groups:
    """Open deals alike at a point, a group a row: in which stage (0: in none known) and since how many days; how many, the
    sum of their amounts in the reporting currency and of the squares, their size band, and what of it is expected to close
    in the point's period: the amounts times the deals' own chances, and the amounts of those that have none."""

    stage_no: NDArray[np.int64]
    age: NDArray[np.int64]
    number: NDArray[np.int64]
    total: NDArray[np.float64]
    square: NDArray[np.float64]
    band: NDArray[np.int64]
    typed: NDArray[np.float64]
    untyped: NDArray[np.float64]

    @classmethod
    @cache
    def none(cls) -> Groups:
        """No deals at all."""
        import numpy as np

        return cls(*(np.zeros(0, dtype=np.int64 if name in COUNTED else float) for name in cls.__match_args__))

    @classmethod
    def together(cls, several: Sequence[Groups]) -> Groups:
        """All groups of several, in order."""
        import numpy as np

        return cls(*(np.concatenate([getattr(each, name) for each in several]) for name in cls.__match_args__))

    def rows(self, which: slice | NDArray[np.int64]) -> Groups:
        """Some of the groups."""
        return Groups(*(getattr(self, name)[which] for name in self.__match_args__))


COUNTED = ("stage_no", "age", "number", "band")


@dataclass
class Stand:
    """One place at a point: won so far, the open deals, and by the period's end: what was won in all, and what of it came
    from deals created after the point."""

    won: float = 0.0
    groups: Groups = field(default_factory=Groups.none)
    actual: float = 0.0
    later: float = 0.0


Ratios = dict[int, dict[float, int]]
"""By size band how many deals were won at each share of the amount they had stood at."""


class Origins:
    """Points in time, each in a period of which it tells; in order of their days, no two of a day.

    The open deals of each place are told of the points from the day `since` on, and what the deals' own chances make of
    them only where they are to be `typed`.
    """

    def __init__(self, scope: Scope, points: Sequence[Point], since: date | None = None, *, typed: bool = False) -> None:
        self.scope, self._typed = scope, typed
        self.points = sorted(points, key=lambda point: point.day)
        self.days = [point.day for point in self.points]
        self.periods = sorted({(point.start, point.end) for point in points})
        assert all(a[1] <= b[0] for a, b in pairwise(self.periods)), "periods don't overlap"
        self._period_of = [self.periods.index((point.start, point.end)) for point in self.points]
        foreign = "SELECT 1 FROM deal_facts WHERE currency <> ? LIMIT 1"
        self._foreign = bool(scope.session.rows(foreign, [scope.as_of.currency]))
        ((deals,),) = scope.session.once("SELECT count(*) FROM deal_facts")
        self._one_by_one = deals <= ONE_BY_ONE_UP_TO
        self._since = bisect_left(self.days, since) if since and scope.by and not self._one_by_one else 0

    def whole(self) -> list[Groups]:
        """For each point the open deals of all places together."""
        import numpy as np

        at, groups = self._open[1:]
        if not self._one_by_one:
            at, groups = _alike(at, groups)
        order = np.argsort(at, kind="stable")
        cut = np.searchsorted(at[order], np.arange(len(self.points) + 1))
        return [groups.rows(order[a:b]) for a, b in pairwise(cut)]

    def came(self) -> list[float]:
        """For each point what the deals that were won in its period had stood at, of all places together."""
        found = [0.0] * len(self.points)
        for point, _, _, _, total in self._came:
            found[point] += total
        return found

    def stands(self) -> list[dict[Place, Stand]]:
        """For each point how each place of the question stood."""
        import numpy as np

        found: list[dict[Place, Stand]] = [defaultdict(Stand) for _ in self.points]
        (places, place), at, groups = self._open
        told = np.flatnonzero(at >= self._since)
        order = told[np.lexsort((place[told], at[told]))]
        key = at[order] * len(places) + place[order]
        edges = np.concatenate((np.flatnonzero(np.diff(key, prepend=-1)), [len(key)]))
        groups = groups.rows(order)
        for a, b in pairwise(edges.tolist()):
            found[at[order[a]]][places[place[order[a]]]].groups = groups.rows(slice(a, b))
        for where, first, past in self._there_before():
            for point in range(first, past):
                _ = found[point][where]
        for where, period, first, past, amount in self._won_by_then():
            for point in self._within(period, first, past):
                found[point][where].won += amount
        for where, period, created, amount in self._won_by_the_end():
            for point in self._within(period, 0, len(self.points)):
                found[point][where].actual += amount
                if point < created:
                    found[point][where].later += amount
        return found

    def ratios(self) -> list[Ratios]:
        """For each point at what share of their amount the deals that were open were won in the period, whoever's they were."""
        found: list[Ratios] = [defaultdict(lambda: defaultdict(int)) for _ in self.points]
        for at, band, ratio, n, _ in self._came:
            if ratio is not None:
                found[at][band][ratio] += n
        return found

    def _within(self, period: int, first: int, past: int) -> Iterator[int]:
        return (at for at in range(first, past) if self._period_of[at] == period)

    @cached_property
    def _open(self) -> tuple[tuple[list[Place], NDArray[np.int64]], NDArray[np.int64], Groups]:
        """The open deals: their places (a list, and for each group which), the points they are of, and the groups.

        A state holds at a range of points, and is told once for all of them by one number; places before `since` are left
        out, so that more are alike.
        """
        import numpy as np

        amount, day = "CAST(v.amount AS DOUBLE)", f"DATE '{self.days[-1]}'"
        past = "least(s.past, v.past)"
        parts = [  # each with how many values it has
            ("s.stage_no", 10_000),
            (self.scope.session.sql.days_between("s.entered_on", day), AGES),
            ("greatest(s.first, v.first)", WIDE),
            (past, WIDE),
            (BAND.format(amount) + f" + {LEAST}", 32),
            (f"coalesce(v.due, {len(self.periods)})", WIDE),
            ("CASE WHEN v.probability IS NULL THEN 1 ELSE 0 END", 2),
        ]
        packed = ""
        for value, size in parts:
            packed = f"({packed}) * {size} + {value}" if packed else f"CAST({value} AS BIGINT)"
        keys = [packed]
        keys += [f"CASE WHEN {past} > {self._since} THEN {key} END" if self._since else key for key in self._dims()]
        if self._foreign:
            keys.append("v.currency")
        if self._one_by_one:
            keys.append("v.deal_no")
        values = ["count(v.amount)", f"sum({amount})", f"sum({amount} * {amount})", f"coalesce(sum({amount} * v.probability), 0)"]
        sql = f"""
WITH {self._marks()},
opens AS ({self._opens(self._typed)}),
stays AS (
    SELECT s.deal_no, s.stage_no, s.entered_on, {self._nth("s.entered_on", "a")} AS first, {self._nth("s.left_on", "b")} AS past
    FROM stage_visits s JOIN stage_order o ON o.stage_no = s.stage_no AND coalesce(o.kind, 'open') = 'open'
    LEFT JOIN marks a ON a.day = s.entered_on LEFT JOIN marks b ON b.day = s.left_on
    UNION ALL
    SELECT deal_no, 0, created_on, 0, {len(self.points)} FROM deal_facts f
    WHERE created_on IS NOT NULL AND stage IS NULL AND NOT EXISTS (SELECT 1 FROM stage_visits s WHERE s.deal_no = f.deal_no))
SELECT {", ".join(values)}, {", ".join(keys)}
FROM opens v JOIN stays s ON s.deal_no = v.deal_no AND s.first < v.past AND v.first < s.past AND s.first < s.past
WHERE v.amount IS NOT NULL
GROUP BY {", ".join(str(len(values) + n + 1) for n in range(len(keys)))}"""
        rows = self.scope.session.rows(sql)
        number, total, square, own = (np.fromiter(map(itemgetter(at), rows), float, len(rows)) for at in range(4))
        left, unpacked = np.fromiter(map(itemgetter(4), rows), np.int64, len(rows)), []
        for _, size in reversed(parts):
            left, part = np.divmod(left, size)
            unpacked.append(part)
        untyped, due, band, past_at, first, back, stage_no = unpacked
        past_dims = 5 + len(self.scope.by)
        where = itemgetter(slice(5, past_dims))
        places = list(dict.fromkeys(map(where, rows)))
        numbered = {place: nth for nth, place in enumerate(places)}
        place = np.fromiter((numbered[where(row)] for row in rows), np.int64, len(rows))
        # A row for each point of each range.
        length = past_at - first
        row = np.repeat(np.arange(len(rows)), length)
        at = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length) + first[row]
        rate = self._rates_at([each[past_dims] for each in rows] if self._foreign else [], row, at)
        known = ~np.isnan(rate)
        row, at, rate = row[known], at[known], rate[known]
        expected = due[row] == np.asarray(self._period_of)[at]
        before = np.asarray([(self.days[-1] - day).days for day in self.days])
        totals = total[row] * rate
        groups = Groups(
            stage_no[row],
            back[row] - before[at],
            number[row].astype(np.int64),
            totals,
            square[row] * rate**2,
            band[row] - LEAST,
            np.where(expected, own[row] * rate, 0),
            np.where(expected & (untyped[row] == 1), totals, 0),
        )
        return (places, place[row]), at, groups

    def _there_before(self) -> Iterator[tuple[Place, int, int]]:
        """The places that had open deals before `since`, and at which points."""
        if self._since:
            dims = ", ".join(self._dims())
            sql = f"""WITH {self._marks()}, opens AS ({self._opens(False)})
SELECT DISTINCT {dims}, v.first, least(v.past, {self._since}) FROM opens v
WHERE v.first < {self._since} AND v.amount IS NOT NULL"""
            for *place, first, past in self.scope.session.rows(sql):
                yield tuple(place), first, past

    def _won_by_then(self) -> Iterator[tuple[Place, int, int, int, float]]:
        """Deals won, by place and period, with the points on which they stood as won, and their amount."""
        keys = [*self._dims("r"), "p.nth", self._nth("r.from_on", "a"), self._nth("r.to_on", "b")]
        sql = f"""
WITH {self._marks()}, {self._days()}
SELECT sum(r.amount_reporting), {", ".join(keys)}
FROM {self._source("r.amount_reporting")}
JOIN days p ON p.day = r.closed_on LEFT JOIN marks a ON a.day = r.from_on LEFT JOIN marks b ON b.day = r.to_on
WHERE r.status = 'won' AND {self._conditions()}
GROUP BY {", ".join(str(n + 2) for n in range(len(keys)))}"""
        for amount, *row in self.scope.session.rows(sql):
            yield tuple(row[:-3]), *row[-3:], float(amount or 0)

    def _won_by_the_end(self) -> Iterator[tuple[Place, int, int, float]]:
        """What each period brought as it stood at its end, by place and the point by which its deals had been created."""
        keys = [*self._dims("r"), "p.nth", self._nth("r.created_on", "c")]
        sql = f"""
WITH {self._marks()}, {self._days()}
SELECT sum(r.amount_reporting), {", ".join(keys)}
FROM {self._source("r.amount_reporting r.created_on")}
JOIN days p ON p.day = r.closed_on AND r.from_on < p.past AND r.to_on >= p.past
LEFT JOIN marks c ON c.day = r.created_on
WHERE r.status = 'won' AND {self._conditions()}
GROUP BY {", ".join(str(n + 2) for n in range(len(keys)))}"""
        for amount, *row in self.scope.session.rows(sql):
            yield tuple(row[:-2]), *row[-2:], float(amount or 0)

    @cached_property
    def _came(self) -> list[tuple[int, int, float | None, int, float]]:
        """Deals open at a point and won in its period, of all places: by point, size band and the share of their amount they
        were won at, how many, and their amounts at the point."""
        amount = "CAST(v.amount AS DOUBLE)"
        won = f"CASE WHEN v.currency = w.currency AND v.amount > 0 THEN round(w.amount / {amount}, 3) END"
        keys = ["w.nth", "v.first", "v.past", "v.currency", BAND.format(amount), won]
        sql = f"""
WITH {self._marks()}, {self._days()},
opens AS ({self._opens(False, alone=True)}),
wins AS (
    SELECT r.deal_no, p.nth, CAST(r.amount AS DOUBLE) AS amount, {self._currency()} AS currency
    FROM {self._source("r.amount " + self._currency(), alone=True)}
    JOIN days p ON p.day = r.closed_on AND r.from_on < p.past AND r.to_on >= p.past
    WHERE r.status = 'won')
SELECT count(*), sum({amount}), {", ".join(keys)}
FROM wins w JOIN opens v ON v.deal_no = w.deal_no
WHERE v.amount IS NOT NULL
GROUP BY {", ".join(str(n + 3) for n in range(len(keys)))}"""
        found = []
        for n, total, *row in self.scope.session.rows(sql):
            period, first, past, currency, band, ratio = row
            for at in self._within(period, first, past):
                if (rate := self._rate(currency, at)) is not None:
                    share = None if ratio is None else float(ratio)
                    found.append((at, band, share, n, total * rate))
        return found

    def _opens(self, typed: bool, *, alone: bool = False) -> str:
        """SELECT of qualified open deals with the first of the points they hold on, and the first they no longer do; `alone`
        without their places."""
        by = [] if alone else self.scope.by
        dims = "".join(f"{self._dimension(name).key} AS {quoted('d_' + name)}, " for name in by)
        due = "CAST(NULL AS INTEGER)"
        if typed:
            starts = " ".join(
                f"WHEN r.expected_close_on >= DATE '{start}' AND r.expected_close_on < DATE '{end}' THEN {nth}"
                for nth, (start, end) in enumerate(self.periods)
            )
            due = f"CASE {starts} END"
        chance = "CAST(r.probability AS DOUBLE)" if typed else "CAST(NULL AS DOUBLE)"
        used = f"r.is_qualified r.amount {self._currency()} {due} {chance}"
        first, past = self._nth("r.from_on", "a"), self._nth("r.to_on", "b")
        return f"""SELECT r.deal_no, {dims}r.amount, {self._currency()} AS currency, {due} AS due, {chance} AS probability,
        {first} AS first, {past} AS past
    FROM {self._source(used)}
    LEFT JOIN marks a ON a.day = r.from_on LEFT JOIN marks b ON b.day = r.to_on
    WHERE r.status = 'open' AND r.is_qualified AND {first} < {past} AND {self._conditions()}"""

    def _marks(self) -> str:
        return marks(self.scope.session, self.days)

    def _nth(self, day: str, alias: str) -> str:
        return nth(self.days, day, alias)

    def _days(self) -> str:
        """`days`: each day of the periods with the number of its period and the day after its last."""
        periods = ", ".join(f"({nth}, DATE '{start}', DATE '{end}')" for nth, (start, end) in enumerate(self.periods))
        spine = self.scope.session.sql.spine(f"DATE '{self.periods[0][0]}'", f"DATE '{self.periods[-1][1]}'")
        return f"""periods AS (SELECT * FROM (VALUES {periods}) p (nth, begins, past)),
days AS (SELECT s.day, p.nth, p.past FROM {spine} s JOIN periods p ON s.day >= p.begins AND s.day < p.past)"""

    def _currency(self) -> str:
        return "r.currency" if self._foreign else "'own'"

    def _rate(self, currency: str, at: int) -> float | None:
        """What one unit was worth in the reporting currency on a point's day; None where that is not known."""
        if not self._foreign or currency == self.scope.as_of.currency:
            return 1.0
        return self._rates.get((currency, self.points[at].day))

    def _rates_at(self, currencies: Sequence[str], row: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.float64]:
        """The rate of each row's currency at each point; NaN where that is not known."""
        import numpy as np

        if not self._foreign:
            return np.ones(len(row))
        names = list(dict.fromkeys(currencies))
        numbered = {name: nth for nth, name in enumerate(names)}
        table = [[self._rate(name, nth) for nth in range(len(self.points))] for name in names]
        which = np.fromiter((numbered[name] for name in currencies), np.int64, len(currencies))
        return np.asarray(table, dtype=float).reshape(len(names), len(self.points))[which[row], at]

    @cached_property
    def _rates(self) -> dict[tuple[str, date], float]:
        listed = ", ".join(f"DATE '{point.day}'" for point in self.points)
        rows = self.scope.session.rows(
            f"SELECT currency, day, CAST(rate AS DOUBLE) FROM rates WHERE day IN ({listed}) AND rate IS NOT NULL"
        )
        return {(currency, day): rate for currency, day, rate in rows}

    def _dims(self, alias: str = "v") -> list[str]:
        """SQL for the keys that the question splits by: of the deal `r`, or as `_opens` tells them."""
        if alias == "v":
            return [f"v.{quoted('d_' + name)}" for name in self.scope.by]
        return [self._dimension(name).key for name in self.scope.by]

    def _dimension(self, name: str) -> Dimension:
        offered = dimensions.of(self.scope.session, "deals")
        return offered[name] if name in offered else dimensions.find(self.scope.session, "deals", name)

    def _conditions(self) -> str:
        where = [filters.sql(c, self._dimension(c.dimension), self.scope.labels) for c in self.scope.where]
        return " AND ".join(["r.removed IS NULL", *where])

    def _source(self, used: str, *, alone: bool = False) -> str:
        """All states `r` of deals, with what the SQL `used` on them and the question name; `alone` without the question."""
        session = self.scope.session
        names = [] if alone else [*self.scope.by, *(c.dimension for c in self.scope.where)]
        joins = dict.fromkeys(join for name in names for join in self._dimension(name).joins)
        looked_up = "".join("\n" + dimensions.join_sql(join, session, self.scope.as_of) for join in joins)
        if not alone:
            used = " ".join([used, looked_up, *self._dims("r"), self._conditions()])
        return f"{states(used)} r{looked_up}"


def _alike(at: NDArray[np.int64], groups: Groups) -> tuple[NDArray[np.int64], Groups]:
    """Groups of the same point, stage, age and size band as one."""
    import numpy as np

    key = ((at * 10_000 + groups.stage_no) * AGES + groups.age) * 32 + groups.band + LEAST
    _, first, which = np.unique(key, return_index=True, return_inverse=True)

    def summed(values: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
        return np.bincount(which, values, len(first)).astype(float)

    return at[first], Groups(
        groups.stage_no[first],
        groups.age[first],
        summed(groups.number).astype(np.int64),
        summed(groups.total),
        summed(groups.square),
        groups.band[first],
        summed(groups.typed),
        summed(groups.untyped),
    )
