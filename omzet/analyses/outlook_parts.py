"""What past periods teach the outlook: at what deals are won, how far they fall together, and what comes that is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from omzet.analyses.origins import Groups, Origins, Point
from omzet.analyses.origins import Ratios as Counted
from omzet.analyses.win_chances import Curves, curves_at, win_chances
from omzet.metrics.cells import Place
from omzet.metrics.scope import Scope
from omzet.statistics.open_deals import Deals, Ratios
from omzet.statistics.outcomes import share_below

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAST_PERIODS = (8, 12)
"""From how many past periods the outlook learns: at least, and at most."""

WARMING_UP = 2
"""So many of the first quarters only teach chances: nothing forecast in them is held against what came."""

WEEKS = (1, 5, 9)
"""At the end of which weeks of past quarters a forecast is made and held against what came."""

SHOCKS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
"""Sizes of the common shock that are tried: standard deviations on the logit of the chances."""

ENOUGH = 20
"""From how many deals on a size band has ratios of its own."""

COVERED = 0.8


@dataclass(frozen=True)
class Scored:
    """The open deals of a past point, and the amounts that those had which were won by its quarter's end."""

    point: Point
    deals: Deals
    came: float

    @cached_property
    def inside(self) -> tuple[bool, ...]:
        """For each shock tried whether what came lay in the 80 % range."""
        return tuple(0.1 <= share_below(self.deals, self.came, shock) <= 0.9 for shock in SHOCKS)


def past_periods(scope: Scope, start: date, end: date) -> list[tuple[date, date]]:
    """The periods before one that the outlook learns from, newest first; none where there are too few since the first deal."""
    first = first_day(scope)
    spans = [scope.calendar.previous(start, end)]
    while len(spans) < PAST_PERIODS[1]:
        spans.append(scope.calendar.previous(*spans[-1]))
    spans = [span for span in spans if first is not None and span[0] >= first]
    return spans if len(spans) >= PAST_PERIODS[0] else []


def first_day(scope: Scope) -> date | None:
    """The day on which the first deal was created."""
    ((first,),) = scope.labels.kept("first_day", "SELECT min(created_on) FROM deal_facts WHERE removed IS NULL")
    found: date | None = first
    return found


def same_points(scope: Scope, start: date, end: date, spans: Sequence[tuple[date, date]]) -> list[Point]:
    """The days in other periods by which as much of their working days was over as is of this one at as-of."""
    whole = scope.calendar.working_days(start, end)
    over = scope.calendar.working_days(start, scope.as_of.day + timedelta(days=1))
    return [Point(_day_when(scope, begin, stop, over / whole), begin, stop) for begin, stop in spans] if whole else []


def ask_for_ratios(scope: Scope, points: Iterable[Point]) -> None:
    """Say of which points ratios will be asked, so that all are counted at once."""
    scope.labels.once("ratio_points", set[Point]).update(points)


def amount_ratios(scope: Scope, points: Sequence[Point]) -> Ratios:
    """By size band what the deals open at these points were won at in the period, as a share of what they stood at then."""
    return pooled([ratios for ratios, _ in _won_after(scope, points)])


def _won_after(scope: Scope, points: Sequence[Point]) -> list[tuple[Counted, float]]:
    """What of the deals open at these points was won in the period: at which ratios, and what they had stood at."""
    known = scope.labels.once("won_after", dict[Point, tuple[Counted, float]])
    if missing := set(points) - known.keys():
        asked = missing | scope.labels.once("ratio_points", set[Point]) - known.keys()
        origins = Origins(company(scope), list(asked if apart(asked) else missing))
        known |= dict(zip(origins.points, zip(origins.ratios(), origins.came(), strict=True), strict=True))
    return [known[point] for point in points]


def apart(points: Iterable[Point]) -> bool:
    """Whether the periods of these points don't overlap."""
    return all(a[1] <= b[0] for a, b in pairwise(sorted({(point.start, point.end) for point in points})))


def pooled(counted: Sequence[Counted]) -> Ratios:
    """The ratios of several points together."""
    by_band: dict[int, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for each in counted:
        for band, counts in each.items():
            for ratio, n in counts.items():
                by_band[band][ratio] += n
    return Ratios(by_band, enough=ENOUGH)


def calibrated_shock(scope: Scope) -> float:
    """The shock under which most nearly 80 % of what the open deals of past quarters still brought lay in its 80 % range.

    0 until eight quarters can be scored. Where several are as near, the smallest.
    """
    quarters = scorable(scope, scope.as_of.day)[: PAST_PERIODS[1]]
    if len(quarters) < PAST_PERIODS[0]:
        return 0.0
    known = scope.labels.once("outlook_scored", lambda: _scored(scope, quarters[-1][0]))
    if not {start for start, _ in quarters} <= {each.point.start for each in known}:
        known = _scored(scope, quarters[-1][0])
    starts = {start for start, _ in quarters}
    return best_shock([each for each in known if each.point.start in starts])


def best_shock(scored: Sequence[Scored]) -> float:
    """Of the shocks tried the one whose 80 % range held most nearly 80 % of what came."""
    scored = [each for each in scored if each.deals.expected(Ratios({})) > 0]
    if len({each.point.start for each in scored}) < PAST_PERIODS[0]:
        return 0.0
    covered = [sum(tried) / len(scored) for tried in zip(*(each.inside for each in scored), strict=True)]
    return min(zip(SHOCKS, covered, strict=True), key=lambda tried: abs(tried[1] - COVERED))[0]


def quarters_over(scope: Scope, day: date) -> list[tuple[date, date]]:
    """The fiscal quarters since the first deal that are over by a day, newest first."""
    first = first_day(scope)
    quarter = scope.calendar.unit_of("fiscal-quarter", day + timedelta(days=1))
    found = [scope.calendar.previous(quarter.start, quarter.end)]
    while first is not None and found[-1][0] >= first:
        found.append(scope.calendar.previous(*found[-1]))
    return found[:-1]


def scorable(scope: Scope, day: date) -> list[tuple[date, date]]:
    """Those of them whose forecasts can be held against what came, newest first."""
    return quarters_over(scope, day)[:-WARMING_UP]


def points_of(quarters: Sequence[tuple[date, date]]) -> list[Point]:
    """The ends of the weeks on which forecasts of these quarters are made."""
    return [Point(end_of_week(start, week), start, end) for start, end in quarters for week in WEEKS]


def end_of_week(start: date, week: int) -> date:
    """The last day of the so many-th week of a period."""
    return start + timedelta(days=7 * week - 1)


def deals_of(point: Point, curves: Curves, groups: Groups) -> Deals:
    """The open deals of a point with their chances to be won by its period's end; without those of which none is known."""
    return deals_of_each(point, curves, {(): groups})[()]


def deals_of_each(point: Point, curves: Curves, groups: Mapping[Place, Groups]) -> dict[Place, Deals]:
    """The same for several places."""
    import numpy as np

    if not groups:
        return {}
    whole = Groups.together(list(groups.values()))
    chances = chances_of(curves, whole.stage_no, whole.age, (point.end - point.day).days - 1)
    deals = Deals(whole.number.astype(float), whole.total, whole.square, np.clip(chances, 0, 1), whole.band)
    ends = np.cumsum([len(each.age) for each in groups.values()]).tolist()
    known = ~np.isnan(chances)
    return {place: deals.kept(np.arange(a, b)[known[a:b]]) for place, (a, b) in zip(groups, pairwise([0, *ends]), strict=True)}


def chances_of(curves: Curves, stage_no: NDArray[np.int64], age: NDArray[np.int64], ahead: int) -> NDArray[np.float64]:
    """The chances of open deals to be won within `ahead` days, by their stages and ages; NaN where none is known."""
    import numpy as np

    found = np.full(len(age), np.nan)
    for stage in np.unique(stage_no):
        which = np.flatnonzero(stage_no == stage)
        found[which] = win_chances(curves.get(int(stage)), age[which], ahead)
    return found


def ask_for_curves(scope: Scope, days: Iterable[date]) -> None:
    """Say of which days curves will be asked, so that all are drawn at once."""
    scope.labels.once("curve_days", set[date]).update(days)


def curves_of(scope: Scope, days: Sequence[date]) -> list[Curves]:
    """The curves of each of these days; those that are not known yet are drawn together with all that were asked for."""
    known = scope.labels.once("curves", dict[date, Curves])
    if missing := set(days) - known.keys():
        wanted = sorted(missing | scope.labels.once("curve_days", set[date]) - known.keys())
        known |= dict(zip(wanted, curves_at(scope, wanted), strict=True))
    return [known[day] for day in days]


def scored_of(points: Sequence[Point], opened: Sequence[Groups], came: Sequence[float], curves: Sequence[Curves]) -> list[Scored]:
    """What a shock is fitted on: for each point the open deals of all, and what of them was won."""
    return [
        Scored(point, deals_of(point, drawn, groups), won)
        for point, groups, won, drawn in zip(points, opened, came, curves, strict=True)
    ]


def company(scope: Scope) -> Scope:
    """The question about all deals: what is learned is learned from all."""
    return replace(scope.within(None, None), by=(), where=())


def ask_for_scored(scope: Scope) -> None:
    """Say that a shock will be calibrated, so that what it takes is read with the rest."""
    quarters = scorable(scope, scope.as_of.day)[: PAST_PERIODS[1]]
    if len(quarters) >= PAST_PERIODS[0]:
        points = _scored_points(scope, quarters[-1][0])
        ask_for_curves(scope, [point.day for point in points])
        ask_for_ratios(scope, points)


def _scored(scope: Scope, since: date) -> list[Scored]:
    """Every point of the quarters over by today, or by as-of, from a day on: a series asks for several as-ofs."""
    origins = Origins(company(scope), _scored_points(scope, since))
    came = [won for _, won in _won_after(scope, origins.points)]
    return scored_of(origins.points, origins.whole(), came, curves_of(scope, origins.days))


def _scored_points(scope: Scope, since: date) -> list[Point]:
    until = max(scope.as_of.day, min(scope.calendar.today(), _last_day(scope)))
    return points_of([q for q in scorable(scope, until) if q[0] >= since][-2 * PAST_PERIODS[1] :])


def _last_day(scope: Scope) -> date:
    ((last,),) = scope.session.once("SELECT max(settled_on) FROM deal_facts")
    return last if isinstance(last, date) else scope.as_of.day


def _day_when(scope: Scope, begin: date, stop: date, share: float) -> date:
    """The last day of a period by which at most that share of its working days is over."""
    due, day = round(scope.calendar.working_days(begin, stop) * share), begin - timedelta(days=1)
    while day + timedelta(days=1) < stop and scope.calendar.working_days(begin, day + timedelta(days=2)) <= due:
        day += timedelta(days=1)
    return day
