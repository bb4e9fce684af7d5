"""Activity by day L of a deal and winning it: among deals still open then, so that living long is no merit of the calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from omzet.engines.sql import text_literal
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.relations.activities import belonging
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics import contrasts
from omzet.statistics.chance import Z_95
from omzet.statistics.survival import Counts, curve

OTHER_DAYS = (14, 30, 60)
OPEN_SHARE = 0.1
"""With more of a group still open, win shares of the closed ones would mislead."""
LEVELS = 5 + len(OTHER_DAYS)


@dataclass(frozen=True)
class Deals:
    """So many deals that are alike: exposed by day L, in all its life, and by each of the other days."""

    status: str
    age: int | None
    exposed: bool
    ever: bool
    cancelled: bool
    others: tuple[bool, ...]
    stratum: tuple[Any, ...]
    count: int


def landmark(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The win share of deals with at least `min_count` activities by day L less that of the others, of those open after L.

    `naive` is the same over all closed deals by the activities of their whole life. With `adjust` the difference is within
    strata of those dimensions. Where more than 10 % of a group is open it compares the incidence of winning at one horizon.
    """
    values = scope.values(metric)
    adjust = tuple(name.strip() for name in str(values["adjust"] or "").split(",") if name.strip() not in ("", "none"))
    sql = _sql(scope, metric, values, adjust)
    width = LEVELS + len(adjust) + 1
    rows, took = run(scope, sql, width)
    found: dict[Place, list[Deals]] = defaultdict(list)
    for place, (status, age, exposed, ever, cancelled, *rest) in rows:
        others, stratum = tuple(rest[: len(OTHER_DAYS)]), tuple(rest[len(OTHER_DAYS) : -1])
        found[place].append(Deals(status, age, exposed, ever, cancelled, others, stratum, rest[-1]))
    day, caution = int(values["day"]), wording.note("goes_together", scope.language)
    cells = {place: _cell(deals, day, bool(adjust), caution) for place, deals in found.items()}
    return Measured(cells, sql, took, (caution,), Cell(None, 0, why="no_rows"))


def _sql(scope: Scope, metric: Metric, values: dict[str, Any], adjust: tuple[str, ...]) -> str:
    kind, least = text_literal(str(values["kind"])), int(values["min_count"])
    chosen = select(replace(scope, by=tuple(dict.fromkeys((*scope.by, *adjust)))), metric)
    strata = [f"{chosen.dims[name]} AS {f'by_{place}'}" for place, name in enumerate(adjust)]
    dims = {name: key for name, key in chosen.dims.items() if name in scope.by}
    age = scope.session.sql.days_between("d.created_on", "t.happened_on")
    done = "t.status = 'done' AND t.direction = 'outbound'"
    days = (int(values["day"]), *OTHER_DAYS)
    counts = ", ".join(f"count(*) FILTER (WHERE {done} AND {age} <= {day}) AS by_{place}" for place, day in enumerate(days))
    acts = f"""(SELECT t.record_key, {counts},
        count(*) FILTER (WHERE {done} AND (d.closed_on IS NULL OR t.happened_on <= d.closed_on)) AS ever,
        count(*) FILTER (WHERE t.status IN ('cancelled', 'no_show') AND {age} <= {days[0]}) AS cancelled
        FROM ({belonging(scope.session, "deal_key", scope.as_of)}) t
        JOIN ({chosen.relation.select(scope.session, scope.as_of)}) d ON d.deal_key = t.record_key
        WHERE t.kind = {kind} AND NOT t.automated GROUP BY 1)"""
    last = f"CASE WHEN r.status = 'open' THEN {scope.as_of.day_sql} ELSE r.closed_on END"
    keys = [
        "r.status",
        f"{scope.session.sql.days_between('r.created_on', last)} AS age",
        f"coalesce(acts.by_0, 0) >= {least} AS exposed",
        f"coalesce(acts.ever, 0) >= {least} AS ever",
        "coalesce(acts.cancelled, 0) > 0 AS missed",
        *(f"coalesce(acts.by_{place}, 0) >= {least} AS exposed_{place}" for place in range(1, len(days))),
        *strata,
    ]
    source = f"{chosen.source}\nLEFT JOIN {acts} acts ON acts.record_key = r.deal_key"
    return grouped(scope, replace(chosen, source=source, dims=dims), ["count(*) AS n"], also=keys)


def _cell(deals: list[Deals], day: int, adjusted: bool, caution: str) -> Cell:
    still = [each for each in deals if _lives(each, day)]
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
    for place, each_day in enumerate(OTHER_DAYS):
        living = [d for d in deals if _lives(d, each_day)]
        contrast = contrasts.newcombe(
            *_won(d for d in living if d.others[place]), *_won(d for d in living if not d.others[place])
        )
        columns[f"effect_{each_day}"] = contrast.value if contrast else None
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


def _by_incidence(one: list[Deals], other: list[Deals], day: int, columns: dict[str, Any]) -> contrasts.Contrast | None:
    """Won by one horizon after L, Aalen-Johansen in each group; the horizon is the longest time seen in both.

    The interval takes each incidence as a share of as many deals as were closed or still followed at the horizon.
    """
    curves = [curve(_times(group, day)) for group in (one, other)]
    if curves[0] is None or curves[1] is None:
        return None
    horizon = min(each.longest for each in curves if each)
    shares, sizes = [], []
    for group, each in zip((one, other), curves, strict=True):
        assert each
        shares.append(each.incidence("won", horizon))
        sizes.append(sum(d.count for d in group if d.status != "open" or (d.age or 0) - day >= horizon))
    columns |= {"exposed": shares[0], "unexposed": shares[1], "horizon": horizon}
    if not all(sizes):
        return None
    margin = Z_95 * sum(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True)) ** 0.5
    value = shares[0] - shares[1]
    return contrasts.Contrast(value, value - margin, value + margin)


def _times(deals: list[Deals], day: int) -> Counts:
    found: dict[float, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in deals:
        found[(each.age or 0) - day][each.status] += each.count
    return found


def _lives(deal: Deals, day: int) -> bool:
    """Still open after that day."""
    return deal.age is not None and (deal.age >= day if deal.status == "open" else deal.age > day)


def _won(deals: Iterable[Deals]) -> tuple[int, int]:
    found = [each for each in deals if each.status != "open"]
    return sum(d.count for d in found if d.status == "won"), sum(d.count for d in found)


def _share(won: int, closed: int) -> float | None:
    return won / closed if closed else None


def _open_share(deals: list[Deals]) -> float | None:
    total = sum(each.count for each in deals)
    return sum(each.count for each in deals if each.status == "open") / total if total else None
