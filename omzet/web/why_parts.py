"""What the change of a number is split into: its factors, what each group adds by mix and rate, and which split says most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from omzet.query.answer import Answer, MetricMeaning
from omzet.web.choice import ALWAYS, Choice
from omzet.web.view import Figure, View, figure, number, only

MONEY = ("money", "money_per_day")
MOST = 15
"""So many groups stand by themselves; what the others add is one row."""

USUAL = ("segment", "source", "region", "team", "product", "industry", "country")
RANKED = 4
"""So many dimensions are tried for the one that says most."""

Unit = Literal["points", "money", "number"]


@dataclass(frozen=True)
class Way:
    """How the change of a metric is split: the metric that does it, the columns of its parts, and whether groups add up to it."""

    change: str
    parts: tuple[str, ...]
    by_group: bool = True
    mixes: bool = False


WAYS = {
    "win_rate": Way("win_rate_change", ("rate", "mix"), mixes=True),
    "bookings_amount": Way("bookings_change", ("closed", "win_rate", "won_value")),
    "pipeline_velocity": Way("pipeline_velocity_change", ("open", "deal_size", "win_rate", "cycle"), by_group=False),
}
SUM = Way("", ())
"""A sum or a count: each group adds its own change."""


@dataclass(frozen=True)
class Group:
    """A group's part in the change; `value` is what it is called in a filter. `columns` are the further figures of the split."""

    value: Any
    part: float
    parts: tuple[float, ...] = ()
    then: Figure = field(default_factory=lambda: Figure(None))
    now: Figure = field(default_factory=lambda: Figure(None))
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Whole:
    """The number then and now and its change. `parts` by their column; `turned`: all groups moved against the whole."""

    meaning: MetricMeaning
    then: Figure
    now: Figure
    change: Figure
    parts: Mapping[str, float]
    headings: Mapping[str, str]
    turned: bool = False
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> Unit:
        """What the change is in."""
        if self.meaning.unit == "share":
            return "points"
        return "money" if self.meaning.unit in MONEY else "number"


def way_of(metric: str, kind: str, anchor: str) -> Way | None:
    """How the change of a metric is split; None where it can't be."""
    if metric in WAYS:
        return WAYS[metric]
    return SUM if kind == "additive" and not anchor.startswith(("snapshot", "cohort")) else None


def opens(choice: Choice, metric: str, way: Way | None) -> str:
    """The address where the change of a number is split; empty where nothing is compared or there is no way to."""
    if choice.compare is None or choice.word == ALWAYS or way is None:
        return ""
    return choice.address(f"/why/{metric}", tables=frozenset(), views=())


def before(view: View) -> tuple[date, date]:
    """The days compared with, as far as the period itself has come."""
    choice = view.choice
    base = view.calendar.last_year if choice.compare == "last-year" else view.calendar.previous
    start, end = base(choice.start, choice.end)
    return start, view.calendar.partial(choice.start, choice.end, start, end, view.today)


def driver(view: View, way: Way, dimension: str, *, by: bool) -> Answer:
    """What the analysis says of the whole, or by group."""
    # Without a comparison these are against the period before; with one they would be asked of that period too.
    compare = "last-year" if view.choice.compare == "last-year" else None
    parameters = {"dimension": dimension} if way.mixes and dimension else {}
    return view.ask(view.choice.question(way.change, by=(dimension,) if by else (), compare=compare, parameters=parameters))


def whole(view: View, metric: str, way: Way, dimension: str) -> Whole:
    """The number then and now, and what its change is made of."""
    start, end = before(view)
    answer = view.ask(view.choice.question(metric))
    meaning = answer.definitions[metric]
    now, then = only(answer, metric), only(view.ask(view.choice.question(metric, start=start, end=end)), metric)
    if not way.change:
        return Whole(meaning, then, now, difference(then, now), {}, {}, notes=tuple(answer.notes))
    told = driver(view, way, dimension, by=False)
    row = told.rows[0] if told.rows else {}
    if not way.by_group:  # a state at the end of either period: only the analysis asks for it that way
        then, now = (Figure(number(row.get(f"{way.change}:{side}"))) for side in ("before", "after"))
    parts = {name: number(row.get(f"{way.change}:{name}")) for name in way.parts}
    return Whole(
        meaning,
        then,
        now,
        figure(row, way.change),
        {name: value for name, value in parts.items() if value is not None},
        told.definitions[way.change].headings,
        row.get(f"{way.change}:reversed") == "yes",
        tuple(dict.fromkeys([*answer.notes, *told.notes])),
    )


def difference(then: Figure, now: Figure) -> Figure:
    """The change of a sum, a side without rows counted as nothing."""
    if then.value is None and now.value is None:
        return Figure(None, why=now.why)
    return Figure((now.value or 0.0) - (then.value or 0.0), now.n)


def groups(view: View, metric: str, way: Way, dimension: str) -> list[Group]:
    """What each group adds, the largest part first; people from A to Z."""
    start, end = before(view)
    now = _by(view.ask(view.choice.question(metric, by=(dimension,))), dimension)
    then = _by(view.ask(view.choice.question(metric, by=(dimension,), start=start, end=end)), dimension)
    found = []
    if way.change:
        for value, row in _by(driver(view, way, dimension, by=True), dimension).items():
            part = number(row.get(way.change))
            parts = tuple(number(row.get(f"{way.change}:{name}")) or 0.0 for name in way.parts)
            columns = {name: row.get(f"{way.change}:{name}") for name in (*way.parts, "p", "q")}
            if part is not None:
                found.append(Group(value, part, parts, _side(then, value, metric), _side(now, value, metric), columns))
    else:
        for value in dict.fromkeys([*then, *now]):
            sides = _side(then, value, metric), _side(now, value, metric)
            part = difference(*sides).value
            if part is not None:
                found.append(Group(value, part, (), *sides))
    found = [each for each in found if each.part or each.then.value or each.now.value or each.now.n or each.then.n]
    if dimension in ("rep", "manager"):
        return sorted(found, key=lambda each: (each.value is None, str(each.value).casefold()))
    return sorted(found, key=lambda each: (-abs(each.part), each.value is None, str(each.value).casefold()))


def _side(rows: Mapping[Any, dict[str, Any]], value: Any, metric: str) -> Figure:
    return figure(rows.get(value, {}), metric)


def _by(answer: Answer, dimension: str) -> dict[Any, dict[str, Any]]:
    return {row.get(dimension): row for row in answer.rows}


@dataclass(frozen=True)
class Ranked:
    """A dimension and how much of the change it places: what an even spread would have put in other groups.

    `mix` is what comes from another mix of its groups, where that is told apart.
    """

    dimension: str
    uneven: float
    mix: float | None
    most: Group


def ranked(view: View, metric: str, way: Way, dimension: str) -> Ranked | None:
    """What a dimension says of the change; None where it has fewer than two groups."""
    found = groups(view, metric, way, dimension)
    if len(found) < 2:
        return None
    most = max(found, key=lambda each: abs(each.part))
    mix = sum(each.parts[way.parts.index("mix")] for each in found) if way.mixes else None
    return Ranked(dimension, uneven(found, way), mix, most)


def uneven(found: Sequence[Group], way: Way) -> float:
    """½·Σ|part − share·change|: 0 where every group changed in step with its size, nearly all of it where one did alone.

    The share is the mean of both periods, of rows for a rate and of the value for a sum.
    """
    change = sum(each.part for each in found)
    sizes = [[abs((side.n if way.mixes else side.value) or 0.0) for side in (each.then, each.now)] for each in found]
    wholes = [sum(side) or 1.0 for side in zip(*sizes, strict=True)]
    shares = [sum(size / of for size, of in zip(each, wholes, strict=True)) / 2 for each in sizes]
    return sum(abs(each.part - share * change) for each, share in zip(found, shares, strict=True)) / 2


def named(value: Any, view: View) -> str:
    """What a group is called."""
    return view.reader.t("web.filter.empty", "(none)") if value in (None, "") else str(value)


def others(found: Sequence[Group]) -> tuple[Sequence[Group], Group | None, int]:
    """The groups that stand by themselves, what the rest adds together, and how many those are."""
    if len(found) <= MOST + 1:
        return found, None, 0
    rest = found[MOST:]
    parts = tuple(sum(each.parts[place] for each in rest) for place in range(len(rest[0].parts)))
    return found[:MOST], Group(None, sum(each.part for each in rest), parts), len(rest)
