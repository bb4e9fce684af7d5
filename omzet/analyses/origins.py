"""How periods stood at the end of past days, and what became of them: read once for many days.

All is as it stood on the day itself, and what became of a period as it stood at the period's end, so that nothing that
happened later is seen. A statement that would join each day with each state takes seconds for a million deals. Here
each state is told by the first and last of the days it holds on, and only these are counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise

from omzet.analyses.marks import marks, nth
from omzet.engines.sql import quoted
from omzet.metrics import dimensions, filters
from omzet.metrics.cells import Place
from omzet.metrics.relations import Dimension
from omzet.metrics.scope import Scope
from omzet.metrics.snapshots import states

ONE_BY_ONE_UP_TO = 20_000
"""In a store of so many deals they are told one by one; in a larger one those that are alike together."""

BAND = "CASE WHEN {0} > 0 THEN CAST(floor(log10({0})) AS INTEGER) ELSE -1 END"
"""The size band of an amount: how many digits it has."""


@dataclass(frozen=True)
class Point:
    """The end of a day, in a period that ends before `end`."""

    day: date
    start: date
    end: date


@dataclass(frozen=True)
class Group:
    """Open deals alike at a point: in a stage (0: in none known) since so many days; how many, the sum of their amounts in
    the reporting currency and of the squares, their size band, and what of it is expected to close in the point's period:
    the amount times the deals' own chances, and the amount of those that have none."""

    stage_no: int
    age: int
    number: int
    total: float
    square: float
    band: int
    typed: float = 0.0
    untyped: float = 0.0


@dataclass
class Stand:
    """One place at a point: won so far, the open deals, and by the period's end: what was won in all, what of it came from
    deals created after the point, and the amounts at the point of the open deals that were won."""

    won: float = 0.0
    groups: list[Group] = field(default_factory=list)
    actual: float = 0.0
    later: float = 0.0
    came: float = 0.0


Ratios = dict[int, dict[float, int]]
"""By size band how many deals were won at each share of the amount they had stood at."""


class Origins:
    """Points in time, each in a period of which it tells; in order of their days, no two of a day."""

    def __init__(self, scope: Scope, points: Sequence[Point]) -> None:
        self.scope = scope
        self.points = sorted(points, key=lambda point: point.day)
        self.days = [point.day for point in self.points]
        self.periods = sorted({(point.start, point.end) for point in points})
        assert all(a[1] <= b[0] for a, b in pairwise(self.periods)), "periods don't overlap"
        self._period_of = [self.periods.index((point.start, point.end)) for point in self.points]
        self._stands: list[dict[Place, Stand]] = [defaultdict(Stand) for _ in self.points]
        self._read = False
        foreign = "SELECT 1 FROM deal_facts WHERE currency <> ? LIMIT 1"
        self._foreign = bool(scope.session.rows(foreign, [scope.as_of.currency]))

    def prospects(self) -> list[dict[Place, Stand]]:
        """For each point the open deals of each place of the question, and what came of them."""
        if not self._read:
            for place, at, group in self._open(typed=False):
                self._stands[at][place].groups.append(group)
        for place, at, _, _, _, total in self._came:
            self._stands[at][place].came += total
        return self._stands

    def stands(self) -> list[dict[Place, Stand]]:
        """For each point how each place of the question stood, with what the deals' own chances make of them too."""
        found, self._read = self._stands, True
        for place, at, group in self._open(typed=True):
            found[at][place].groups.append(group)
        for place, period, first, past, amount in self._won_by_then():
            for at in self._within(period, first, past):
                found[at][place].won += amount
        for place, period, created, amount in self._won_by_the_end():
            for at in self._within(period, 0, len(self.points)):
                found[at][place].actual += amount
                if at < created:
                    found[at][place].later += amount
        return found

    def ratios(self) -> list[Ratios]:
        """For each point at what share of their amount the deals that were open were won in the period, whoever's they were."""
        found: list[Ratios] = [defaultdict(lambda: defaultdict(int)) for _ in self.points]
        for _, at, band, ratio, n, _ in self._came:
            if ratio is not None:
                found[at][band][ratio] += n
        return found

    def _within(self, period: int, first: int, past: int) -> Iterator[int]:
        return (at for at in range(first, past) if self._period_of[at] == period)

    def _open(self, *, typed: bool) -> Iterator[tuple[Place, int, Group]]:
        """The open deals at each point, by place."""
        session, last = self.scope.session, len(self.points)
        amount = "CAST(v.amount AS DOUBLE)"
        ((deals,),) = session.rows("SELECT count(*) FROM deal_facts")
        keys = [*self._dims(), "s.stage_no", "s.entered_on", "greatest(s.first, v.first)", "least(s.past, v.past)"]
        keys += ["v.currency", BAND.format(amount), *(["v.due"] if typed else ["CAST(NULL AS INTEGER)"])]
        if deals <= ONE_BY_ONE_UP_TO:
            keys.append("v.deal_no")
        values = ["count(v.amount)", f"sum({amount})", f"sum({amount} * {amount})"]
        values += [f"sum({amount} * v.probability)", f"sum(CASE WHEN v.probability IS NULL THEN {amount} END)"]
        sql = f"""
WITH {self._marks()},
opens AS ({self._opens(typed)}),
stays AS (
    SELECT s.deal_no, s.stage_no, s.entered_on, {self._nth("s.entered_on", "a")} AS first, {self._nth("s.left_on", "b")} AS past
    FROM stage_visits s JOIN stage_order o ON o.stage_no = s.stage_no AND coalesce(o.kind, 'open') = 'open'
    LEFT JOIN marks a ON a.day = s.entered_on LEFT JOIN marks b ON b.day = s.left_on
    UNION ALL
    SELECT deal_no, 0, created_on, 0, {last} FROM deal_facts
    WHERE created_on IS NOT NULL AND deal_no NOT IN (SELECT deal_no FROM stage_visits))
SELECT {", ".join(values)}, {", ".join(keys)}
FROM opens v JOIN stays s ON s.deal_no = v.deal_no AND s.first < v.past AND v.first < s.past AND s.first < s.past
GROUP BY {", ".join(str(len(values) + n + 1) for n in range(len(keys)))}"""
        width = len(self.scope.by)
        for number, total, square, own, none, *row in session.rows(sql):
            stage_no, entered_on, first, past, currency, band, due = row[width : width + 7]
            if not number:
                continue
            for at in range(first, past):
                rate = self._rate(currency, at)
                if rate is not None:
                    told = (own or 0, none or 0) if due == self._period_of[at] else (0, 0)
                    yield (
                        tuple(row[:width]),
                        at,
                        Group(
                            stage_no,
                            (self.points[at].day - entered_on).days,
                            number,
                            total * rate,
                            square * rate**2,
                            band,
                            float(told[0]) * rate,
                            told[1] * rate,
                        ),
                    )

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
    def _came(self) -> list[tuple[Place, int, int, float | None, int, float]]:
        """Deals open at a point and won in its period: by place, point, size band and the share of their amount they were
        won at, how many, and their amounts at the point."""
        amount = "CAST(v.amount AS DOUBLE)"
        won = f"CASE WHEN v.currency = w.currency AND v.amount > 0 THEN round(w.amount / {amount}, 3) END"
        keys = [*self._dims(), "w.nth", "v.first", "v.past", "v.currency", BAND.format(amount), won]
        sql = f"""
WITH {self._marks()}, {self._days()},
opens AS ({self._opens(False)}),
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
            period, first, past, currency, band, ratio = row[-6:]
            for at in self._within(period, first, past):
                if (rate := self._rate(currency, at)) is not None:
                    share = None if ratio is None else float(ratio)
                    found.append((tuple(row[:-6]), at, band, share, n, total * rate))
        return found

    def _opens(self, typed: bool) -> str:
        """SELECT of qualified open deals with the first of the points they hold on, and the first they no longer do."""
        dims = "".join(f"{key} AS {quoted('d_' + name)}, " for name, key in zip(self.scope.by, self._dims("r"), strict=True))
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
