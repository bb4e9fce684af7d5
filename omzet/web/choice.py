"""What the reader chose, kept in the address: period, comparison, filters. Every state of a page has its own address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from omzet.errors import CallError
from omzet.metrics.calendar import Calendar
from omzet.metrics.periods import Period
from omzet.query.question import Compare, Question

DEFAULT_PERIOD = "this-quarter"
NO_COMPARISON = "none"
ALWAYS = "always"
"""Stands in an address for no period at all."""
COMPARISONS: tuple[Compare, ...] = ("previous", "last-year")
EMPTY = "~"
"""Stands in an address for a value that is missing."""

OWN_NAMES = frozenset({"period", "from", "until", "compare", "add", "table", "reps", "cycle", "lang", "theme", "metric", "cell"})
OWN_NAMES |= {"m", "by", "show", "sort", "parts"}
OWN_NAMES |= {"split", "tab", "offset", "deal", "grain", "as_of", "param", "load", "page", "format", "limit", "where"}
"""Names in an address that are not filters. An attribute with such a name is written `f.name`."""

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Choice:
    """A reader's choice. `end` is excluded; `word` is the period's word or label, empty for two days of their own."""

    word: str
    start: date
    end: date
    compare: Compare | None = "previous"
    picks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tables: frozenset[str] = frozenset()
    views: tuple[tuple[str, str], ...] = ()
    add: str = ""
    conditions: tuple[str, ...] = ()
    """Further filters in the words of `--where`, such as a band of a drawing has."""
    path: str = "/"
    """The page that the choice is of."""

    def picked(self, dimension: str) -> tuple[str, ...]:
        """The values chosen of one dimension."""
        return dict(self.picks).get(dimension, ())

    def where(self) -> tuple[str, ...]:
        """The filters as a question takes them."""
        return (*(clause(dimension, values) for dimension, values in self.picks), *self.conditions)

    def question(self, metrics: str | Sequence[str], **fields: Any) -> Question:
        """A question within this choice; `fields` replace its period, filters or comparison, or add to them."""
        period = {} if self.word == ALWAYS else {"start": self.start, "end": self.end}
        asked = {**period, "where": self.where(), "compare": None, **fields}
        return Question(metrics=(metrics,) if isinstance(metrics, str) else tuple(metrics), **asked)

    def pairs(self) -> list[tuple[str, str]]:
        """The choice as names and values of an address; what is the default is left out."""
        found: list[tuple[str, str]] = []
        if not self.word:
            found += [("from", self.start.isoformat()), ("until", (self.end - timedelta(days=1)).isoformat())]
        elif self.word != DEFAULT_PERIOD:
            found.append(("period", self.word))
        if self.compare != "previous":
            found.append(("compare", self.compare or NO_COMPARISON))
        for dimension, values in self.picks:
            found += [(parameter(dimension), value) for value in values]
        found += [("where", condition) for condition in self.conditions]
        if self.tables:
            found.append(("table", ",".join(sorted(self.tables))))
        found += list(self.views)
        return found

    def address(self, path: str = "", **changes: Any) -> str:
        """The address of `path`, or of its own page, with this choice, some of it changed."""
        return with_pairs(path or self.path, (replace(self, add="", **changes) if changes else self).pairs())

    def with_pick(self, dimension: str, values: Iterable[str]) -> Choice:
        """The same choice with other values of one dimension; none takes the filter away."""
        kept = tuple(values)
        others = [pick for pick in self.picks if pick[0] != dimension]
        place = next((index for index, pick in enumerate(self.picks) if pick[0] == dimension), len(others))
        if kept:
            others.insert(place, (dimension, kept))
        return replace(self, picks=tuple(others), add="")

    def with_period(self, start: date, end: date, word: str = "") -> Choice:
        """The same choice over another period."""
        return replace(self, start=start, end=end, word=word)

    def with_table(self, tile: str) -> Choice:
        """The same choice with one tile as a table, or as a drawing again."""
        return replace(self, tables=self.tables ^ {tile})

    def view(self, name: str, default: str) -> str:
        """Which of its views a tile shows."""
        return dict(self.views).get(name, default)

    def with_view(self, name: str, value: str | None) -> Choice:
        """The same choice with another view of a tile; None is the default one."""
        others = tuple(pair for pair in self.views if pair[0] != name)
        return replace(self, views=others if value is None else (*others, (name, value)))

    def drill(
        self,
        metric: str,
        *,
        cell: Mapping[str, Any] | None = None,
        start: date | None = None,
        end: date | None = None,
        as_of: date | None = None,
        always: bool = False,
        parameters: Mapping[str, str] | None = None,
    ) -> str:
        """The address of one number's drill; `always` is one without a period."""
        other = self if start is None or end is None else self.with_period(start, end)
        other = replace(other, tables=frozenset(), views=(), add="")
        pairs = [("metric", metric), *(replace(other, word=ALWAYS) if always else other).pairs()]
        pairs += [("cell", f"{dimension}:{EMPTY if value is None else value}") for dimension, value in (cell or {}).items()]
        pairs += [("param", f"{name}={value}") for name, value in (parameters or {}).items()]
        if as_of is not None:
            pairs.append(("as_of", as_of.isoformat()))
        return with_pairs("/drill", pairs)

    def export(self, metrics: str | Sequence[str], **extra: str) -> str:
        """The address of the same numbers as CSV."""
        names = metrics if isinstance(metrics, str) else ",".join(metrics)
        pairs = [("metrics", names), ("from", self.start.isoformat()), ("to", self.end.isoformat())]
        pairs += [("where", each) for each in self.where()]
        pairs += [(name.replace("_", "-"), value) for name, value in extra.items() if value]
        return with_pairs("/api/v1/query", [*pairs, ("format", "csv")])


def read_choice(pairs: Pairs, calendar: Calendar, today: date) -> Choice:
    """The choice that an address says. Raises CallError on a period or comparison that means nothing."""
    first = dict(reversed(pairs))
    period = _period(first, calendar, today)
    picks: dict[str, list[str]] = {}
    for name, value in pairs:
        dimension = name.removeprefix("f.")
        if (name in OWN_NAMES and not name.startswith("f.")) or not value:
            continue
        if value not in picks.setdefault(dimension, []):
            picks[dimension].append(value)
    compare = first.get("compare", "previous")
    if compare not in (*COMPARISONS, NO_COMPARISON):
        raise CallError(f"Unknown comparison '{compare}'. Known: previous, last-year, none.")
    return Choice(
        word=period.label,
        start=period.start,
        end=period.end,
        compare=None if compare == NO_COMPARISON else "last-year" if compare == "last-year" else "previous",
        picks=tuple((dimension, tuple(values)) for dimension, values in picks.items()),
        tables=frozenset(filter(None, first.get("table", "").split(","))),
        views=tuple((name, first[name]) for name in ("reps", "cycle", "parts") if first.get(name)),
        add=first.get("add", ""),
        conditions=tuple(value for name, value in pairs if name == "where" and value),
    )


def _period(first: Mapping[str, str], calendar: Calendar, today: date) -> Period:
    if first.get("from") or first.get("until"):
        start, last = _day(first.get("from", "")), _day(first.get("until", ""))
        if last < start:
            start, last = last, start
        return Period(start, last + timedelta(days=1), "")
    word = first.get("period") or DEFAULT_PERIOD
    if word == ALWAYS:
        return calendar.period(DEFAULT_PERIOD, today)._replace(label=ALWAYS)
    return calendar.period(word, today)._replace(label=word)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CallError(f"'{text}' is no day. Write a range as from=2026-01-01&until=2026-03-31.") from None


def parameter(dimension: str) -> str:
    """The name of a dimension in an address."""
    return f"f.{dimension}" if dimension in OWN_NAMES or dimension.startswith("f.") else dimension


def clause(dimension: str, values: Sequence[str]) -> str:
    """One filter in the words of `--where`."""
    if list(values) == [EMPTY]:
        return f"{dimension} is empty"
    if len(values) == 1:
        return f"{dimension} = {quoted(values[0])}"
    return f"{dimension} in ({', '.join(quoted(value) for value in values)})"


def quoted(value: str) -> str:
    """A value between quotes, so that commas, brackets and words in it stay its own."""
    return f"'{value}'" if '"' in value and "'" not in value else f'"{value}"'


def with_pairs(path: str, pairs: Pairs) -> str:
    """`path` with a query string, if there is anything to say."""
    return f"{path}?{urlencode(list(pairs))}" if pairs else path
