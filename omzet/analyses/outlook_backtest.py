"""How good the bookings outlook would have been: made anew for past quarters from what stood then, and held against what came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from omzet.analyses.forecast_quality import QUANTILES, pinball
from omzet.analyses.origins import Origins, Point, Stand
from omzet.analyses.origins import Ratios as Counted
from omzet.analyses.outlook_parts import (
    PAST_PERIODS,
    WARMING_UP,
    WEEKS,
    best_shock,
    company,
    curves_of,
    deals_of_each,
    end_of_week,
    points_of,
    pooled,
    quarters_over,
    scorable,
    scored_of,
)
from omzet.analyses.win_chances import Curves
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import measure
from omzet.metrics.relations import RELATIONS
from omzet.metrics.scope import Scope
from omzet.statistics import intervals
from omzet.statistics.open_deals import Deals
from omzet.statistics.outcomes import outcomes

DRAWS = 2_000
"""Fewer than one outlook takes: many are made."""

BASELINES = ("seasonal", "typed", "commit")
YEAR = 4
"""Quarters in a year."""


@dataclass(frozen=True)
class Forecast:
    """What the outlook of a quarter said at a point, what simpler ones said, and what the quarter brought.

    `baselines` are amounts: won so far plus what the same quarter of the year before still brought from that week on;
    won so far plus the amounts expected to close in the quarter, each times the chance typed in for it or its stage; and
    the commit that stood then.
    """

    point: Point
    mean: float
    quantiles: dict[str, float]
    crps: float
    baselines: dict[str, float | None]
    actual: float


def backtest(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The skill of the outlook against a baseline, 1 − CRPS ÷ CRPS of the baseline, with its other scores beside it.

    Forecasts are made at the end of weeks 1, 5 and 9 of the quarters that begin in the range and are over by as-of, at
    most the last twelve. Each sees the deals as they stood that day, and learns its chances, ratios, new business and
    shock from what had happened by then. What a quarter brought is told as it stands at as-of.
    """
    values = scope.values(metric)
    weeks = WEEKS if values["week"] == "all" else (int(values["week"]),)
    forecasts = _forecasts(scope, catalogue, weeks)
    found: dict[Place, list[Forecast]] = defaultdict(list)
    for place, forecast in forecasts:
        label = (scope.calendar.unit_of(scope.grain, forecast.point.start).label,) if scope.grain else ()
        found[(*place, *label)].append(forecast)
    cells = {place: _cell(made, values["baseline"]) for place, made in found.items()}
    return Measured(cells, "", 0.0, (), Cell(None, 0, why="no_forecasts"))


def _forecasts(scope: Scope, catalogue: Catalogue, weeks: Sequence[int]) -> list[tuple[Place, Forecast]]:
    possible = scorable(scope, scope.as_of.day)
    asked = [q for q in possible if (not scope.start or q[0] >= scope.start) and (not scope.end or q[0] < scope.end)]
    asked = asked[: PAST_PERIODS[1]]
    if not asked:
        return []
    past = Past(scope, [q for q in quarters_over(scope, scope.as_of.day) if q[0] <= asked[0][0]], since=asked[-1])
    actuals = _actuals(scope, catalogue, asked)
    typed, commits = _stage_chances(scope), Commits(scope)
    found = []
    for quarter in asked:
        before = past.before(quarter, PAST_PERIODS[1])
        known = before if len(before) >= PAST_PERIODS[0] else []
        shock = best_shock([each for each in past.scored if (each.point.start, each.point.end) in {*before} & {*possible}])
        for week in weeks:
            point, curves = past.point(quarter, week), past.curves_at(quarter, week)
            ratios = pooled([past.ratios_at(one, week) for one in known])
            stands = past.stands_at(quarter, week)
            earlier = [past.stands_at(one, week) for one in known]
            deals_of_place = deals_of_each(point, curves, {place: stand.groups for place, stand in stands.items()})
            year_ago = past.before(quarter, YEAR)
            for place in sorted(
                {*stands, *(p for each in earlier for p in each), *(p for p, q in actuals if q == quarter)}, key=str
            ):
                stand = stands.get(place, Stand())
                later = [each.get(place, Stand()).later for each in earlier]
                deals = deals_of_place.get(place) or Deals.of([])
                brought = outcomes(deals, more=later, shock=shock, ratios=ratios, draws=DRAWS)
                actual = actuals.get((place, quarter), 0.0)
                seasonal = None
                if len(year_ago) == YEAR:
                    same = past.stands_at(year_ago[-1], week).get(place, Stand())
                    seasonal = stand.won + same.actual - same.won
                mean = stand.won + deals.expected(ratios) + (sum(later) / len(later) if later else 0.0)
                told = {"seasonal": seasonal, "typed": _typed(stand, typed), "commit": commits.of(point, place)}
                quantiles = {name: stand.won + brought.quantile(float(name)) for name in QUANTILES}
                scored = Forecast(point, mean, quantiles, brought.crps(actual - stand.won), told, actual)
                found.append((place, scored))
    return found


class Past:
    """What is read of past quarters: how they stood at the end of their weeks 1, 5 and 9, and what that taught."""

    def __init__(self, scope: Scope, quarters: Sequence[tuple[date, date]], since: tuple[date, date]) -> None:
        """`quarters` over, newest first; the first that is asked for is `since`."""
        self._quarters = quarters[: quarters.index(since) + PAST_PERIODS[1] + WARMING_UP + 1]
        points = points_of(self._quarters)
        origins = Origins(replace(scope.within(None, None), parameters=None), points, since[0], typed=True)
        whole = Origins(company(scope), points) if scope.where else origins
        self._at = {point.day: at for at, point in enumerate(origins.points)}
        self._points, self._curves = origins.points, curves_of(scope, origins.days)
        self._stands, self._ratios = origins.stands(), whole.ratios()
        self.scored = scored_of(whole.points, whole.whole(), whole.came(), self._curves)

    def before(self, quarter: tuple[date, date], most: int) -> list[tuple[date, date]]:
        """At most so many quarters before one, newest first."""
        at = self._quarters.index(quarter)
        return list(self._quarters[at + 1 : at + 1 + most])

    def point(self, quarter: tuple[date, date], week: int) -> Point:
        return self._points[self._of(quarter, week)]

    def curves_at(self, quarter: tuple[date, date], week: int) -> Curves:
        return self._curves[self._of(quarter, week)]

    def stands_at(self, quarter: tuple[date, date], week: int) -> Mapping[Place, Stand]:
        return self._stands[self._of(quarter, week)]

    def ratios_at(self, quarter: tuple[date, date], week: int) -> Counted:
        return self._ratios[self._of(quarter, week)]

    def _of(self, quarter: tuple[date, date], week: int) -> int:
        return self._at[end_of_week(quarter[0], week)]


class Commits:
    """The commits on the bookings of a period as they stood on a day: of the company, else of its teams or people together."""

    def __init__(self, scope: Scope) -> None:
        self._by = scope.by
        self._filtered = bool(scope.where)
        made = RELATIONS["forecasts"].select(scope.session, scope.as_of)
        self._rows = scope.session.rows(
            f"""SELECT made_on, from_on, to_on, team_key, person_key, amount FROM ({made})
                WHERE removed IS NULL AND kind = 'commit' AND metric = 'bookings_amount' AND deal_key IS NULL
                    AND amount IS NOT NULL
                ORDER BY made_on"""
        )

    def of(self, point: Point, place: Place) -> float | None:
        """The last commit made by the point; None where there is none, or the question is about something else."""
        last = point.end - timedelta(days=1)
        made = {
            (team, person): amount
            for on, a, b, team, person, amount in self._rows
            if (a, b) == (point.start, last) and on <= point.day
        }
        people = {person: amount for (_, person), amount in made.items() if person}
        teams = {team: amount for (team, person), amount in made.items() if team and not person}
        if self._filtered or self._by not in ((), ("team",), ("rep",)):
            return None
        if self._by:
            found = (teams if self._by == ("team",) else people).get(place[0])
            return None if found is None else float(found)
        if (None, None) in made:
            return float(made[None, None])
        below = teams or people
        return float(sum(below.values())) if below else None


def _actuals(
    scope: Scope, catalogue: Catalogue, quarters: Sequence[tuple[date, date]]
) -> dict[tuple[Place, tuple[date, date]], float]:
    """What each quarter brought each place, as it stands at as-of."""
    within = replace(scope, start=quarters[-1][0], end=quarters[0][1], grain="fiscal-quarter", parameters=None)
    labels = {scope.calendar.unit_of("fiscal-quarter", quarter[0]).label: quarter for quarter in quarters}
    cells = measure(within, catalogue.find("bookings_amount"), catalogue).cells
    return {(place[:-1], labels[str(place[-1])]): float(cell.value or 0) for place, cell in cells.items() if place[-1] in labels}


def _stage_chances(scope: Scope) -> dict[int, float]:
    rows = scope.session.rows("SELECT stage_no, probability FROM stage_order WHERE probability IS NOT NULL")
    return {stage_no: float(chance) for stage_no, chance in rows}


def _typed(stand: Stand, chances: Mapping[int, float]) -> float | None:
    """Won so far and the deals expected to close, each times the chance typed in; None where none is typed in at all."""
    import numpy as np

    groups = stand.groups
    own = float(groups.typed.sum())
    untyped = [(float(groups.untyped[groups.stage_no == stage].sum()), chance) for stage, chance in chances.items()]
    told = bool(chances) and bool(np.isin(groups.stage_no, list(chances)).any())
    return stand.won + own + sum(amount * chance for amount, chance in untyped) if own or told else None


def _cell(made: Sequence[Forecast], baseline: str) -> Cell:
    n, actual = len(made), sum(each.actual for each in made)
    losses = {
        name: sum(pinball(float(share), each.quantiles[share], each.actual) for each in made) / n
        for share, name in QUANTILES.items()
    }
    inside = sum(each.quantiles["0.1"] <= each.actual <= each.quantiles["0.9"] for each in made)
    low, high = intervals.wilson(inside, n) or (None, None)
    skills, scores = {}, {}
    for name in BASELINES:
        against = [(each.crps, abs(told - each.actual)) for each in made if (told := each.baselines[name]) is not None]
        theirs = sum(loss for _, loss in against)
        scores[name] = theirs / len(against) if against else None
        skills[name] = 1 - sum(own for own, _ in against) / theirs if theirs > 0 else None
    columns: dict[str, Any] = {
        "quarters": len({each.point.start for each in made}),
        "wape": sum(abs(each.mean - each.actual) for each in made) / actual if actual > 0 else None,
        "bias": sum(each.mean - each.actual for each in made) / actual if actual > 0 else None,
        **{f"loss_{name}": loss for name, loss in losses.items()},
        "crps": sum(each.crps for each in made) / n,
        **{f"crps_{name}": score for name, score in scores.items()},
        "coverage": inside / n,
        "coverage_low": low,
        "coverage_high": high,
    }
    value = skills[baseline]
    return Cell(value, n, why=None if value is not None else "no_base", columns=columns)
