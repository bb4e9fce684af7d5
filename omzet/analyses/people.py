"""People compared fairly: rates drawn to those of their peers, limits of chance, and the mix of deals they had."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.measure import grouped, run
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.statistics import chance, dispersion, logistic, multiplicity, shrinkage

OF_PEOPLE = ("rep", "team", "manager")
"""Dimensions that tell people apart: whoever is asked about, the peers are all reps."""

Counts = dict[Place, tuple[int, int]]
"""Won and closed by place."""


def shrunk_rate(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """(a + won) ÷ (a + b + closed), with a Beta(a, b) prior fitted on the peers unless given.

    Peers are all reps of the period, whatever people the question is limited to; by other dimensions each value has its
    own peers. Who closed nothing has the prior's mean.
    """
    values = scope.values(metric)
    counts, sql, took = _counts(scope, metric)
    groups: dict[Place, list[tuple[int, int]]] = defaultdict(list)
    peers, more_sql, more = _counts(_among_peers(scope), metric)
    for place, pair in peers.items():
        groups[_group(_among_peers(scope), place)].append(pair)
    given = values["prior_a"], values["prior_b"]
    priors: dict[Place, shrinkage.Prior | None] = {}
    for group, pairs in groups.items():
        if given[0] is not None and given[1] is not None:
            priors[group] = shrinkage.Prior(float(given[0]), float(given[1]), "given")
        else:
            priors[group] = shrinkage.fit([k for k, _ in pairs], [n for _, n in pairs])
    if given[0] is not None and given[1] is not None and not priors:
        priors[()] = shrinkage.Prior(float(given[0]), float(given[1]), "given")
    _without_rows(scope, counts, priors)
    cells: dict[Place, Cell] = {}
    by_group: dict[Place, list[Place]] = defaultdict(list)
    for place in counts:
        by_group[_group(scope, place)].append(place)
    for group, places in by_group.items():
        if prior := priors.get(group):
            pairs = [counts[place] for place in places]
            cells |= dict(zip(places, _shrunk(prior, pairs), strict=True))
    empty = Cell(None, 0, why="nothing_closed")
    if len(priors) == 1 and (only := next(iter(priors.values()))):
        empty = _shrunk(only, [(0, 0)])[0]
    hows = {prior.how for prior in priors.values() if prior}
    notes = tuple(wording.note(f"prior_{how}", scope.language) for how in ("few", "alike") if how in hows)
    return Measured(cells, f"{sql};\n\n{more_sql}", took + more, notes, empty)


def _shrunk(prior: shrinkage.Prior, pairs: list[tuple[int, int]]) -> list[Cell]:
    found = shrinkage.posteriors(prior, [k for k, _ in pairs], [n for _, n in pairs])
    return [
        Cell(
            each.mean,
            n,
            each.low,
            each.high,
            numerator=k,
            denominator=n,
            columns={
                "low90": each.low90,
                "high90": each.high90,
                "above_team": each.above,
                "team_rate": prior.mean,
                "prior_a": prior.a,
                "prior_b": prior.b,
            },
        )
        for each, (k, n) in zip(found, pairs, strict=True)
    ]


def _without_rows(scope: Scope, counts: Counts, priors: Mapping[Place, object]) -> None:
    """Over time a person has a place in every period once seen in one."""
    if not scope.grain or not any(name in OF_PEOPLE for name in scope.by):
        return
    for place in [*counts]:
        for group in priors:
            other = (*place[:-1], group[-1])
            if _group(scope, other) in priors:
                counts.setdefault(other, (0, 0))


def funnel_plot(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """z of the win rate against the pooled rate of all reps, with the limits at 95 % and 99.8 % and a flag.

    z = (rate − centre) ÷ √(centre (1 − centre) ÷ n). Limits widen where reps differ more than chance; under 20 deals they
    are exact. A period that isn't over raises no flag and is not tested. `p` is the chance to lie so far by chance alone,
    `q` that adjusted for all reps of the period being looked at at once, or for all groups asked about.
    """
    counts, sql, took = _counts(scope, metric)
    wide = _among_peers(scope)
    peers, more_sql, more = _counts(wide, metric)
    groups: dict[Place, list[tuple[int, int]]] = defaultdict(list)
    for place, pair in peers.items():
        groups[_group(wide, place)].append(pair)
    widened = scope.values(metric)["overdispersion"] == "auto"
    running = scope.end is not None and scope.end > scope.as_of.day + timedelta(days=1)
    cells: dict[Place, Cell] = {}
    tested: dict[Place, dict[Place, float]] = defaultdict(dict)
    factors: dict[Place, tuple[float, float]] = {}
    for place, (won, closed) in counts.items():
        pairs = groups[_group(scope, place)]
        centre = sum(k for k, _ in pairs) / sum(n for _, n in pairs)
        if not 0 < centre < 1:
            cells[place] = Cell(None, closed, why="all_alike", numerator=won, denominator=closed)
            continue
        scores = [(k / n - centre) / math.sqrt(centre * (1 - centre) / n) for k, n in pairs]
        factor = math.sqrt(dispersion.overdispersion(scores)) if widened else 1.0
        rate = won / closed
        z = (rate - centre) / math.sqrt(centre * (1 - centre) / closed)
        low95, high95 = chance.limits(centre, closed, chance.Z_95 * factor)
        low998, high998 = chance.limits(centre, closed, chance.Z_998 * factor)
        if closed >= chance.EXACT_BELOW:  # by z itself: a limit held at 0 or 1 would hide nothing, but rounding might
            level = "action" if abs(z) > chance.Z_998 * factor else "warning" if abs(z) > chance.Z_95 * factor else ""
        else:
            level = "action" if not low998 <= rate <= high998 else "warning" if not low95 <= rate <= high95 else ""
        if running and (not scope.grain or _is_running(scope, place)):
            level = ""
        else:
            factors[_group(scope, place)] = centre, factor
            tested[_group(scope, place)][place] = chance.probability(won, closed, centre, factor)
        flag = f"{level}_{'high' if rate > centre else 'low'}" if level else "none"
        columns = {"rate": rate, "centre": centre, "low95": low95, "high95": high95, "low998": low998, "high998": high998}
        cells[place] = Cell(z, closed, numerator=won, denominator=closed, columns={**columns, "flag": flag})
    of_reps = "rep" in scope.by or any(c.dimension == "rep" for c in scope.where)
    for group, found in tested.items() if of_reps or scope.by else ():
        family = [chance.probability(k, n, *factors[group]) for k, n in groups[group]] if of_reps else list(found.values())
        adjusted = dict(zip(family, multiplicity.adjusted(family), strict=True))
        for place, p in found.items():
            cells[place].columns.update(p=p, q=adjusted[p] if p in adjusted else multiplicity.adjusted([*family, p])[-1])
    return Measured(cells, f"{sql};\n\n{more_sql}", took + more, (), Cell(None, 0, why="nothing_closed"))


def _is_running(scope: Scope, place: Place) -> bool:
    return scope.calendar.period(str(place[-1]), scope.as_of.day).end > scope.as_of.day + timedelta(days=1)


SIZES = (1_000, 5_000, 25_000, 100_000)
"""Bounds of the bands of deal size, in the reporting currency: fixed, so that a band means the same everywhere."""


def case_mix(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """Won ÷ expected wins × the overall rate. Expected from segment, size and source of the deals, by a model of all peers'
    deals of the period that has not seen the deal itself (five folds)."""
    among = _among_peers(scope)
    model_scope = replace(among, by=tuple(name for name in among.by if name not in OF_PEOPLE))
    rows, sql, took = _profiles(model_scope, metric)
    grouped_rows: dict[Place, dict[tuple[object, ...], tuple[int, int]]] = defaultdict(dict)
    for place, profile, won, closed in rows:
        grouped_rows[place][profile] = (won, closed)
    chances: dict[Place, tuple[float, dict[tuple[object, ...], float]]] = {}
    for group, found in grouped_rows.items():
        profiles = list(found)
        pairs = list(found.values())
        predicted = logistic.out_of_fold(
            [p[:-1] for p in profiles], [int(str(p[-1])) for p in profiles], [k for k, _ in pairs], [n for _, n in pairs]
        )
        rate = sum(k for k, _ in pairs) / sum(n for _, n in pairs)
        chances[group] = (rate, dict(zip(profiles, predicted, strict=True)))
    totals: dict[Place, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    own, more_sql, more = _profiles(scope, metric)
    for place, profile, won, closed in own:
        total, (_, predicted_by) = totals[place], chances[_group(scope, place)]
        total[0] += won
        total[1] += closed
        total[2] += closed * predicted_by[profile]
    cells: dict[Place, Cell] = {}
    for place, (wins, cases, expected) in totals.items():
        rate = chances[_group(scope, place)][0]
        columns = {"expected": expected, "rate": wins / cases, "overall": rate}
        if expected <= 0:
            cells[place] = Cell(None, int(cases), why="all_alike", columns=columns)
        else:
            cells[place] = Cell(wins / expected * rate, int(cases), numerator=wins, denominator=expected, columns=columns)
    return Measured(cells, f"{sql};\n\n{more_sql}", took + more, (), Cell(None, 0, why="nothing_closed"))


def _profiles(scope: Scope, metric: Metric) -> tuple[list[tuple[Place, tuple[object, ...], int, int]], str, float]:
    """Won and closed by place and by profile: segment, source, size and fold."""
    extra = ("segment", "source")
    selection = select(replace(scope, by=tuple(dict.fromkeys((*scope.by, *extra)))), metric)
    keys = [f"{selection.dims[name]} AS p_{name}" for name in extra]
    bands = " ".join(f"WHEN r.amount_reporting < {bound} THEN {place}" for place, bound in enumerate(SIZES))
    # By the day of creation, so that a deal's fold does not hang on the order of loading.
    created = scope.session.sql.days_between("DATE '2000-01-01'", "coalesce(r.created_on, r.closed_on)")
    keys += [f"CASE WHEN r.amount_reporting IS NULL THEN -1 {bands} ELSE {len(SIZES)} END AS size", f"{created} % 5 AS fold"]
    dims = {name: key for name, key in selection.dims.items() if name in scope.by}
    sql = grouped(scope, replace(selection, dims=dims), ["count(*) FILTER (WHERE r.status = 'won')", "count(*)"], also=keys)
    label, width = run(replace(scope, grain=None), sql, 2), len(scope.by) + (1 if scope.grain else 0)
    rows: list[tuple[Place, tuple[object, ...], int, int]] = []
    for full, (won, closed) in label[0]:
        place = list(full[:width])
        if scope.grain:
            place[-1] = scope.calendar.unit_of(scope.grain, place[-1]).label
        rows.append((tuple(place), tuple(full[width:]), int(won), int(closed)))
    return rows, sql, label[1]


def _counts(scope: Scope, metric: Metric) -> tuple[Counts, str, float]:
    sql = grouped(scope, select(scope, metric), ["count(*) FILTER (WHERE r.status = 'won')", "count(*)"])
    rows, took = run(scope, sql, 2)
    return {place: (int(won), int(closed)) for place, (won, closed) in rows if closed}, sql, took


def _among_peers(scope: Scope) -> Scope:
    """The same question of every rep: no people left out, split by rep."""
    where = tuple(condition for condition in scope.where if condition.dimension not in OF_PEOPLE)
    return replace(scope, by=(*(name for name in scope.by if name not in OF_PEOPLE), "rep"), where=where)


def _group(scope: Scope, place: Iterable[object]) -> Place:
    """The part of a place that says which peers it has."""
    names = (*scope.by, *(["period"] if scope.grain else []))
    return tuple(key for name, key in zip(names, place, strict=True) if name not in OF_PEOPLE)
