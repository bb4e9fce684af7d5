"""What every rule looks through: the reader's scope, the periods that are compared, and how numbers are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from omzet.analyses import measure_any
from omzet.analyses.findings.finding import COMPANY, Audience, Figure, Level, Opens
from omzet.locale import formats, periods
from omzet.locale.words import t
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured, Place
from omzet.metrics.definition import Metric
from omzet.metrics.scope import Scope

USUAL = 4
"""So many closed quarters before are what is usual."""

Span = tuple[date, date]
Given = Mapping[str, object]
"""Parameters of a metric."""
NOTHING: Given = MappingProxyType({})
Seen = tuple[Audience, dict[Place, Cell]]
"""Whom cells are about, and the cells by what else they are split by."""


@dataclass(frozen=True)
class Look:
    """One reader's look at the data.

    `levels` are those that the reader has findings of: the company, teams, people by name; `you` is the reader where all
    rows are their own. `facts_only` leaves everything else out: what somebody sees of a team without its people.
    """

    scope: Scope
    catalogue: Catalogue
    levels: frozenset[str]
    you: Audience | None = None
    own_team: Audience | None = None
    facts_only: bool = False

    # When

    @property
    def grain(self) -> str:
        """The company's quarters: fiscal ones where its year is not the calendar's."""
        settings = self.scope.settings
        return "quarter" if settings.fiscal_year_start == 1 and settings.fiscal_pattern == "months" else "fiscal-quarter"

    @property
    def today(self) -> date:
        """As of when."""
        return self.scope.as_of.day

    @property
    def running(self) -> Span:
        """The quarter that is not over."""
        return self.quarters_ago(0)

    @property
    def closed(self) -> Span:
        """The last quarter that is over: what is tested once, and not again at every look."""
        return self.quarters_ago(1)

    def quarters_ago(self, count: int) -> Span:
        """The quarter so many before the running one."""
        unit = self.scope.calendar.unit_of(self.grain, self.today)
        for _ in range(count):
            unit = self.scope.calendar.unit_of(self.grain, unit.start - timedelta(days=1))
        return unit.start, unit.end

    def before(self, count: int = USUAL, last: int = 2) -> Span:
        """`count` quarters, of which the last is `last` before the running one."""
        return self.quarters_ago(last + count - 1)[0], self.quarters_ago(last)[1]

    # What

    @property
    def widest(self) -> Look:
        """The same look without the teams of a company that is looked at as a whole."""
        return replace(self, levels=self.levels - {"team"}) if "company" in self.levels else self

    def measured(
        self,
        metric: str | Metric,
        span: Span | None = None,
        by: tuple[str, ...] = (),
        *,
        grain: str | None = None,
        at: date | None = None,
        compare: str | None = None,
        given: Given = NOTHING,
    ) -> Measured:
        """A metric of the reader's rows over a span, as of today or of an earlier day."""
        scope = self.scope.at(at) if at else self.scope
        start, end = span or (None, None)
        parameters = {name: str(value) for name, value in given.items()}
        scope = replace(scope, by=by, start=start, end=end, grain=grain, parameters=parameters, compare=compare)
        found = self.catalogue.find(metric) if isinstance(metric, str) else metric
        return measure_any(scope, found, self.catalogue)

    def each(self, asked: Callable[[Look, tuple[str, ...]], Measured], people: bool = False) -> Iterator[Seen]:
        """What `asked` measures, split by whom it is about: company, teams, and where `people` is given the people.

        `asked` is called with the dimensions to put before its own.
        """
        if self.you or self.own_team or "company" in self.levels:
            about = self.you or self.own_team or COMPANY
            yield about, asked(self, ()).cells
        levels: tuple[tuple[Level, str, str], ...] = (("team", "team", "teams"), ("person", "rep", "people"))
        for level, dimension, table in levels:
            if level not in self.levels or (level == "person" and not people):
                continue
            found: dict[str, dict[Place, Cell]] = defaultdict(dict)
            for place, cell in asked(self, (dimension,)).cells.items():
                if place[0] is not None and (level == "team" or self.scope.access.shows(place[0])):
                    found[place[0]][place[1:]] = cell
            for key in sorted(found):
                yield Audience(level, key, self.scope.labels.label(table, key) or key), found[key]

    def of(
        self,
        metric: str | Metric,
        span: Span | None = None,
        by: tuple[str, ...] = (),
        *,
        people: bool = False,
        at: date | None = None,
        compare: str | None = None,
        given: Given = NOTHING,
    ) -> dict[Audience, dict[Place, Cell]]:
        """A metric by whom it is about, and what else it is split by."""

        def asked(look: Look, split: tuple[str, ...]) -> Measured:
            return look.measured(metric, span, (*split, *by), at=at, compare=compare, given=given)

        return dict(self.each(asked, people))

    def whom(self, team: str | None) -> list[Audience]:
        """Whom a row of a team is about: everybody who is looked at together, and the team."""
        found = [self.you or self.own_team or COMPANY] if self.you or self.own_team or "company" in self.levels else []
        if team is not None and "team" in self.levels:
            found.append(Audience("team", team, self.scope.labels.label("teams", team) or ""))
        return found

    def sums(
        self, metric: str | Metric, spans: Sequence[Span], by: tuple[str, ...] = ()
    ) -> list[dict[tuple[Audience, Place], float]]:
        """A metric that adds up, over each of several spans of whole quarters: read once, and added up to whom it is about."""
        split: tuple[str, ...] = ("team",) if "team" in self.levels else ()
        whole = min(start for start, _ in spans), max(end for _, end in spans)
        label = {unit.label: at for at, span in enumerate(spans) for unit in self.scope.calendar.spine(self.grain, *span)}
        found: list[dict[tuple[Audience, Place], float]] = [defaultdict(float) for _ in spans]
        for place, cell in self.measured(metric, whole, (*split, *by), grain=self.grain).cells.items():
            at = label.get(place[-1])
            if at is None or cell.value is None:
                continue
            for about in self.whom(place[0] if split else None):
                found[at][about, place[len(split) : -1]] += float(cell.value)
        return found

    def deal_size(self) -> Mapping[Audience, float]:
        """What a won deal of the last four closed quarters brought on average, by whom it is about."""

        def make() -> Mapping[Audience, float]:
            sizes = self.each(lambda look, split: look.measured("average_deal_size", look.before(USUAL, 1), split), people=True)
            return {about: float(cells[()].value or 0) for about, cells in sizes if () in cells}

        return self.scope.labels.once(f"deal sizes {self.levels} {self.scope.where}", make)

    def knows(self, dimension: str, metric: str) -> bool:
        """Whether a metric can be split by a dimension in these data."""
        from omzet.errors import CallError
        from omzet.metrics.selection import select

        try:
            select(replace(self.scope, by=(dimension,), parameters={}), self.catalogue.find(metric))
        except CallError:
            return False
        return True

    # Where its rows are

    def opens(
        self,
        about: Audience,
        metric: str,
        span: Span | None = None,
        cell: Mapping[str, str] | None = None,
        given: Given = NOTHING,
    ) -> Opens | None:
        """The number behind a finding; None where its rows are not the reader's."""
        if self.own_team:
            return None
        where: tuple[str, ...] = ()
        dimension = {"team": "team", "person": "rep"}.get(about.level)
        if dimension and not about.is_you:
            mark = "'" if '"' in about.name else '"'
            where = (f"{dimension} = {mark}{about.name}{mark}",)
        start, end = span or (None, None)
        parameters = tuple((name, str(value)) for name, value in given.items())
        return Opens(metric, start, end, None, tuple((cell or {}).items()), where, parameters)

    # How it is written

    def say(self, id: str, english: str, **blanks: object) -> str:
        """A text in the reader's language."""
        return t(id, english, self.scope.language, **blanks)

    def who(self, about: Audience) -> str:
        """What somebody is called at the beginning of a sentence."""
        if about.level == "company":
            return self.scope.settings.name or self.say("findings.company", "The company")
        return about.name or self.say("findings.team", "Your team")

    def about(self, whom: Audience, sentence: str) -> str:
        """A sentence that says whom it is about, where that is not the whole company."""
        if whom.level == "company":
            return sentence
        if whom.is_you:
            return self.say("findings.about_you", "Your own deals: {sentence}", sentence=sentence)
        return self.say("findings.about", "{who}: {sentence}", who=self.who(whom), sentence=sentence)

    def stage(self, key: str) -> str:
        """What a stage is called."""
        return self.scope.labels.label("stages", key) or key

    def money(self, value: float) -> str:
        """A short amount."""
        return formats.money(value, self.scope.settings.currency, self.scope.language)

    def percent(self, value: float, decimals: int = 0) -> str:
        """A fraction as a percentage."""
        return formats.percent(value, self.scope.language, decimals)

    def points(self, value: float) -> str:
        """The size of a difference of shares, in points."""
        return formats.number(abs(value) * 100, self.scope.language, 0 if abs(value) >= 0.1 else 1)

    def signed_points(self, value: float) -> str:
        """A difference of shares in points, with its sign."""
        return formats.signed(formats.number(value * 100, self.scope.language, 1), value)

    def days(self, value: float) -> str:
        """A number of days with its word."""
        return formats.duration(value, "days", self.scope.language)

    def minutes(self, value: float) -> str:
        """A time in minutes, in hours from two hours on."""
        language, currency = self.scope.language, self.scope.settings.currency
        if value < 120:
            return formats.in_unit(round(value), "minutes", currency, language)
        return formats.in_unit(round(value / 60, 1 if value < 600 else 0), "hours", currency, language)

    def between_points(self, low: float, high: float) -> str:
        """The interval of a difference of shares."""
        between = formats.between(*(formats.number(100 * each, self.scope.language, 1) for each in (low, high)))
        return self.say("findings.between.points", "difference {between} points (95%)", between=between)

    def between_money(self, low: float, high: float) -> str:
        """The interval of an amount."""
        return self.say("findings.between.money", "{between} (95%)", between=formats.between(self.money(low), self.money(high)))

    def between_percent(self, low: float, high: float) -> str:
        """The interval of a relative difference."""
        between = formats.between(self.percent(low), self.percent(high))
        return self.say("findings.between.percent", "difference {between} (95%)", between=between)

    def number(self, value: float, decimals: int | None = None) -> str:
        """A number, with one decimal where it has any."""
        own = 0 if round(value, 1) == round(value) else 1
        return formats.number(value, self.scope.language, own if decimals is None else decimals)

    def quarter(self, span: Span) -> str:
        """What a quarter is called."""
        label = self.scope.calendar.unit_of(self.grain, span[0]).label
        return periods.period_label(label, self.scope.language)

    @property
    def cause_caution(self) -> str:
        """What is always said where two things go together."""
        return self.say("findings.caution.cause", "These go together; that does not show that one causes the other.")

    def share(self, label: str, k: float, n: float, low: float | None = None, high: float | None = None) -> Figure:
        """A share as a figure of the evidence."""
        return Figure(label, self.percent(k / n, 1), k / n, round(n), low, high)
