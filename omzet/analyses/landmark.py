"""Activity by day L of a deal and winning it: among deals still open then, so that living long is no merit of the calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from omzet.engines.sql import quoted, text_literal
from omzet.history.touches import FIRST_DAYS
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.relations.responses import touches_of_deals
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics import contrasts
from omzet.statistics.chance import Z_95
from omzet.statistics.survival import Exits, curve

OTHER_DAYS = (14, 30, 60)
QUICK = 30
"""Where half of the deals are decided in fewer days, the other days are those by which so many of them are."""
DECIDED = (0.25, 0.5, 0.75)
NAMES = ("early", "middle", "late")
"""What the columns of the other days are called."""
OPEN_SHARE = 0.1
"""With more of a group still open, win shares of the closed ones would mislead."""
LEVELS = 4 + len(OTHER_DAYS)


@dataclass(frozen=True)
class Deals:
    """So many deals that are alike: exposed by day L, in all its life, and by each of the other days; `lives` says of day L
    and of each of these whether they were still open after it. Their ages, and how many are of each."""

    status: str
    lives: tuple[bool, ...]
    exposed: bool
    ever: bool
    cancelled: bool
    others: tuple[bool, ...]
    stratum: tuple[Any, ...]
    ages: list[int]
    numbers: list[int]
    count: int


def landmark(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The win share of deals with at least `min_count` activities by day L less that of the others, of those open after L.

    `naive` is the same over all closed deals by the activities of their whole life. With `adjust` the difference is within
    strata of those dimensions. Where more than 10 % of a group is open it compares the incidence of winning at one horizon.
    Beside it the effect by three other days: 14, 30 and 60, or where half of the deals are decided in under 30 days those by
    which a quarter, half and three quarters are.
    """
    values = scope.values(metric)
    adjust = tuple(name.strip() for name in str(values["adjust"] or "").split(",") if name.strip() not in ("", "none"))
    others, before, more = _other_days(scope, metric)
    days = (int(values["day"]), *(QUICK if other is None else other for other in others))
    found, sql, took = _read(scope, metric, values, adjust, days)
    day, caution = int(values["day"]), wording.note("goes_together", scope.language)
    cells = {place: _cell(deals, day, others, bool(adjust), caution) for place, deals in found.items()}
    return Measured(cells, f"{before};\n\n{sql}", took + more, (caution,), Cell(None, 0, why="no_rows"))


def _read(
    scope: Scope, metric: Metric, values: dict[str, Any], adjust: tuple[str, ...], days: tuple[int, ...]
) -> tuple[dict[Place, list[Deals]], str, float]:
    """The deals of each place, those that are alike together."""
    sql = _sql(scope, metric, values, adjust, days)
    rows, took = run(scope, sql, LEVELS + len(days) + len(adjust) + 3)
    found: dict[Place, list[Deals]] = defaultdict(list)
    for place, (status, exposed, ever, cancelled, *rest, ages, numbers, count) in rows:
        lives, by_others = tuple(rest[: len(days)]), tuple(rest[len(days) : len(days) + len(OTHER_DAYS)])
        stratum = tuple(rest[len(days) + len(OTHER_DAYS) :])
        found[place].append(Deals(status, lives, exposed, ever, cancelled, by_others, stratum, ages, numbers, int(count)))
    return found, sql, took


def _other_days(scope: Scope, metric: Metric) -> tuple[tuple[int | None, ...], str, float]:
    """The other days to look at, the same for every group and period; None for one that no deal is seen to reach."""
    whole = replace(scope, by=(), grain=None)
    last = f"CASE WHEN r.status = 'open' THEN {scope.as_of.day_sql} ELSE r.closed_on END"
    age = scope.session.sql.days_between("r.created_on", last)
    ended = "CASE WHEN r.status = 'open' THEN 'open' ELSE 'closed' END"
    sql = grouped(whole, select(whole, metric), ["count(*) AS n"], also=[f"{age} AS age", f"{ended} AS ended"])
    rows, took = run(whole, sql, 3)
    times = curve(Exits.of((float(age), ended, n) for _, (age, ended, n) in rows if age is not None and age >= 0))
    median = times.median() if times else None
    if times is None or median is None or median >= QUICK:
        return OTHER_DAYS, sql, took
    days = (times.reached(1 - share) for share in DECIDED)
    return tuple(None if day is None else int(day) for day in days), sql, took


def _sql(scope: Scope, metric: Metric, values: dict[str, Any], adjust: tuple[str, ...], days: tuple[int, ...]) -> str:
    least = int(values["min_count"])
    chosen = select(replace(scope, by=tuple(dict.fromkeys((*scope.by, *adjust)))), metric)
    strata = [f"{chosen.dims[name]} AS {f'by_{place}'}" for place, name in enumerate(adjust)]
    dims = {name: key for name, key in chosen.dims.items() if name in scope.by}

    def by(happened: str, day: int) -> str:
        return f"coalesce({scope.session.sql.days_between('r.created_on', happened)} <= {day}, FALSE)"

    last = f"CASE WHEN r.status = 'open' THEN {scope.as_of.day_sql} ELSE r.closed_on END"
    age = scope.session.sql.days_between("r.created_on", last)
    keys = [
        "r.status",
        f"{by('acts.nth_on', days[0])} AS exposed",
        "acts.nth_on IS NOT NULL AND (r.closed_on IS NULL OR acts.nth_on <= r.closed_on) AS ever",
        f"{by('acts.missed_on', days[0])} AS missed",
        # Still open after the day: one that is open now has at least come to it.
        *(
            f"coalesce({age} + CASE WHEN r.status = 'open' THEN 1 ELSE 0 END > {day}, FALSE) AS lives_{n}"
            for n, day in enumerate(days)
        ),
        *(f"{by('acts.nth_on', day)} AS exposed_{place}" for place, day in enumerate(days[1:], 1)),
        *strata,
    ]
    source = f"{chosen.source}\nLEFT JOIN ({_nth(scope, str(values['kind']), least)}) acts ON acts.deal_no = r.deal_no"
    by_age = grouped(scope, replace(chosen, source=source, dims=dims), ["count(*) AS n"], also=[*keys, f"{age} AS age"])
    names = [quoted("d_" + name) for name in dims] + (["period"] if scope.grain else []) + [key.split(" AS ")[-1] for key in keys]
    names[names.index("r.status")] = "status"
    listed, told = scope.session.sql.listed, ", ".join(names)
    return f"""SELECT {told}, {listed("age")} AS ages, {listed("n")} AS numbers, sum(n) AS n
FROM ({by_age}) e
GROUP BY {told}"""


def _nth(scope: Scope, kind: str, least: int) -> str:
    """By deal the day on which an activity of the kind was done for the nth time, and the first on which one was missed."""
    sql = scope.session.sql
    if least <= FIRST_DAYS:
        told = f"{sql.item(f'{kind}_days', least)} AS nth_on, {kind}_missed_on AS missed_on"
        return f"SELECT deal_no, {told} FROM ({touches_of_deals(scope.session, scope.as_of)})"
    nth = sql.item(f"{sql.smallest('happened_on', least)} FILTER (WHERE outbound AND NOT missed)", least)
    return f"""SELECT deal_no, {nth} AS nth_on, min(happened_on) FILTER (WHERE missed) AS missed_on FROM touches
        WHERE kind = {text_literal(kind)} AND {scope.as_of.happened("happened_at", "happened_on")} GROUP BY 1"""


def _cell(deals: list[Deals], day: int, others: tuple[int | None, ...], adjusted: bool, caution: str) -> Cell:
    still = [each for each in deals if each.lives[0]]
    one, other = [d for d in still if d.exposed], [d for d in still if not d.exposed]
    (k1, n1), (k0, n0) = _won(one), _won(other)
    closed = [each for each in deals if each.status != "open"]
    all_one, all_other = _won(d for d in closed if d.ever), _won(d for d in closed if not d.ever)
    naive_one, naive_other = _share(*all_one), _share(*all_other)
    columns: dict[str, Any] = {
        "exposed": _share(k1, n1),
        "unexposed": _share(k0, n0),
        "exposed_n": n1,
        "unexposed_n": n0,
        "exposed_open": _open_share(one),
        "unexposed_open": _open_share(other),
        "naive_exposed": naive_one,
        "naive_unexposed": naive_other,
        "naive": naive_one - naive_other if naive_one is not None and naive_other is not None else None,
    }
    for place, (name, other_day) in enumerate(zip(NAMES, others, strict=True)):
        effect = None if other_day is None else _by_then(deals, place, other_day)
        columns |= {f"{name}_day": other_day, f"{name}_effect": effect.value if effect else None}
    placebo = contrasts.newcombe(*_won(d for d in other if d.cancelled), *_won(d for d in other if not d.cancelled))
    columns |= {
        "placebo": placebo.value if placebo else None,
        "placebo_low": placebo.low if placebo else None,
        "placebo_high": placebo.high if placebo else None,
    }
    contrast = contrasts.newcombe(k1, n1, k0, n0)
    if adjusted:
        strata: dict[tuple[Any, ...], list[Deals]] = defaultdict(list)
        for each in still:
            strata[each.stratum].append(each)
        contrast = contrasts.stratified(
            (*_won(d for d in group if d.exposed), *_won(d for d in group if not d.exposed)) for group in strata.values()
        )
    elif max(columns["exposed_open"] or 0, columns["unexposed_open"] or 0) > OPEN_SHARE and one and other:
        contrast = _by_incidence(one, other, day, columns)
    columns["caution"] = caution
    if contrast is None:
        return Cell(None, n1 + n0, why="one_group", columns=columns)
    return Cell(contrast.value, n1 + n0, contrast.low, contrast.high, columns=columns)


def _by_then(deals: list[Deals], place: int, day: int) -> contrasts.Contrast | None:
    """The effect of activity by one of the other days."""
    living = [each for each in deals if each.lives[1 + place]]
    one, other = [d for d in living if d.others[place]], [d for d in living if not d.others[place]]
    if one and other and max(_open_share(one) or 0, _open_share(other) or 0) > OPEN_SHARE:
        return _by_incidence(one, other, day, {})
    return contrasts.newcombe(*_won(one), *_won(other))


def _by_incidence(one: list[Deals], other: list[Deals], day: int, columns: dict[str, Any]) -> contrasts.Contrast | None:
    """Won by one horizon after L, Aalen-Johansen in each group; the horizon is the longest time seen in both.

    The interval takes each incidence as a share of as many deals as were closed or still followed at the horizon.
    """
    if all(each.status == "open" for each in (*one, *other)):
        return None
    curves = [curve(_times(group, day)) for group in (one, other)]
    if curves[0] is None or curves[1] is None:
        return None
    horizon = min(each.longest for each in curves if each)
    shares, sizes = [], []
    for group, each in zip((one, other), curves, strict=True):
        assert each
        shares.append(each.incidence("won", horizon))
        sizes.append(sum(_followed(d, day + horizon) for d in group))
    columns |= {"exposed": shares[0], "unexposed": shares[1], "horizon": horizon}
    if not all(sizes):
        return None
    margin = Z_95 * sum(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True)) ** 0.5
    value = shares[0] - shares[1]
    return contrasts.Contrast(value, value - margin, value + margin)


def _times(deals: list[Deals], day: int) -> Exits:
    found: dict[str, tuple[list[float], list[int]]] = defaultdict(lambda: ([], []))
    for each in deals:
        times, numbers = found[each.status]
        times += [age - day for age in each.ages]
        numbers += each.numbers
    return Exits.listed(found)


def _followed(deals: Deals, age: float) -> int:
    """How many are closed, or open at that age."""
    if deals.status != "open":
        return deals.count
    return sum(n for own, n in zip(deals.ages, deals.numbers, strict=True) if own >= age)


def _won(deals: Iterable[Deals]) -> tuple[int, int]:
    found = [each for each in deals if each.status != "open"]
    return sum(d.count for d in found if d.status == "won"), sum(d.count for d in found)


def _share(won: int, closed: int) -> float | None:
    return won / closed if closed else None


def _open_share(deals: list[Deals]) -> float | None:
    total = sum(each.count for each in deals)
    return sum(each.count for each in deals if each.status == "open") / total if total else None
