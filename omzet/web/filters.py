"""The filter bar: which period, compared with what, and which deals. Each choice is a link or a small form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from omzet.web.choice import EMPTY, Choice, parameter
from omzet.web.view import View

SHOWN = ("team", "rep", "product", "region", "source")
"""Dimensions that stand in the bar whenever they have values; all others come in by the button."""

PERIODS = ("this-month", "last-month", "this-quarter", "last-quarter", "this-year", "last-year", "last-12-months", "last-30-days")
FISCAL = ("this-fiscal-quarter", "last-fiscal-quarter", "this-fiscal-year", "last-fiscal-year")

Values = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Option:
    """One thing to choose. For a value of a dimension `value` is what the form sends."""

    text: str
    value: str = ""
    href: str = ""
    note: str = ""
    current: bool = False


@dataclass(frozen=True)
class PickFilter:
    """The filter of one dimension. `hidden` is the rest of the choice, for the form to send along."""

    dimension: str
    name: str
    parameter: str
    shown: str
    options: list[Option]
    hidden: list[tuple[str, str]]
    clear: str
    set: bool
    asked_for: bool


@dataclass(frozen=True)
class Filters:
    """The whole bar."""

    period: str
    span: str
    periods: list[Option]
    range_hidden: list[tuple[str, str]]
    first_day: str
    last_day: str
    comparison: str
    comparisons: list[Option]
    picks: list[PickFilter]
    more: list[Option]
    clear: str | None
    path: str = "/"


def filters_of(view: View, dimensions: Sequence[tuple[str, str]], values: Values) -> Filters:
    """The filter bar for a view; `dimensions` are pairs of a dimension and its name."""
    choice, reader = view.choice, view.reader
    names = dict(dimensions)
    shown = [each for each in SHOWN if each in names and values(each)]
    shown += [each for each, _ in choice.picks if each not in shown]
    if choice.add and choice.add not in shown and choice.add in names:
        shown.append(choice.add)
    words = [
        *PERIODS[:4],
        *(FISCAL[:2] if view.fiscal else ()),
        *PERIODS[4:6],
        *(FISCAL[2:] if view.fiscal else ()),
        *PERIODS[6:],
    ]
    rest = replace(choice, word="this-quarter", add="").pairs()
    return Filters(
        period=period_name(view),
        span="" if reader.span(choice.start, choice.end) == period_name(view) else reader.span(choice.start, choice.end),
        periods=[_period(view, word) for word in words],
        range_hidden=rest,
        first_day=choice.start.isoformat(),
        last_day=(choice.end - timedelta(days=1)).isoformat(),
        comparison=comparison_name(view),
        comparisons=_comparisons(view),
        picks=[_pick(choice, each, names.get(each, each), values(each), view) for each in shown],
        more=[Option(name, href=with_add(choice, each)) for each, name in dimensions if each not in shown and values(each)],
        clear=replace(choice, picks=()).address() if choice.picks else None,
        path=choice.path,
    )


def with_add(choice: Choice, dimension: str) -> str:
    """The address that puts an empty filter of a dimension in the bar."""
    address = choice.address()
    return f"{address}{'&' if '?' in address else '?'}add={dimension}"


def period_name(view: View) -> str:
    """The chosen period in words."""
    if view.choice.word in (*PERIODS, *FISCAL):
        return view.reader.period_word(view.choice.word)
    return view.name_of(view.choice.start, view.choice.end)


def comparison_name(view: View) -> str:
    """The period compared with, in words."""
    base = view.base()
    return view.name_of(*base) if base else view.reader.t("web.compare.none", "nothing")


def _period(view: View, word: str) -> Option:
    period = view.calendar.period(word, view.today)
    return Option(
        text=view.reader.period_word(word),
        href=view.choice.with_period(period.start, period.end, word).address(),
        note=view.reader.span(period.start, period.end),
        current=view.choice.word == word,
    )


def _comparisons(view: View) -> list[Option]:
    reader, choice = view.reader, view.choice
    before = view.calendar.previous(choice.start, choice.end)
    year = view.calendar.last_year(choice.start, choice.end)
    return [
        Option(
            reader.t("web.compare.previous", "The period before"),
            href=choice.address(compare="previous"),
            note=view.name_of(*before),
            current=choice.compare == "previous",
        ),
        Option(
            reader.t("web.compare.last_year", "The same dates last year"),
            href=choice.address(compare="last-year"),
            note=view.name_of(*year),
            current=choice.compare == "last-year",
        ),
        Option(
            reader.t("web.compare.off", "No comparison"),
            href=choice.address(compare=None),
            current=choice.compare is None,
        ),
    ]


def _pick(choice: Choice, dimension: str, name: str, values: Sequence[str], view: View) -> PickFilter:
    reader = view.reader
    chosen = choice.picked(dimension)
    empty = reader.t("web.filter.empty", "(none)")
    known = [*dict.fromkeys([*values, *(each for each in chosen if each != EMPTY)])]
    options = [Option(value, value=value, current=value in chosen) for value in known]
    options.append(Option(empty, value=EMPTY, current=EMPTY in chosen))
    if not chosen:
        shown = reader.t("web.filter.all", "All")
    elif len(chosen) == 1:
        shown = empty if chosen[0] == EMPTY else chosen[0]
    else:
        shown = reader.t("web.filter.several", "{n} chosen", n=len(chosen))
    without = choice.with_pick(dimension, ())
    return PickFilter(
        dimension=dimension,
        name=name,
        parameter=parameter(dimension),
        shown=shown,
        options=options,
        hidden=without.pairs(),
        clear=without.address(),
        set=bool(chosen),
        asked_for=choice.add == dimension,
    )
