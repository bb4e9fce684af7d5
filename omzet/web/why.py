"""Why a number changed: then and now, in a sentence, by its factors and by group, each group opening its rows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from omzet.charts.chart import Chart, Form, every_form
from omzet.charts.contributions import Contribution, ContributionsData, contributions
from omzet.errors import CallError, unknown
from omzet.web.beside import one
from omzet.web.change import against
from omzet.web.choice import ALWAYS, EMPTY, Choice
from omzet.web.filters import Filters, filters_of
from omzet.web.notes import listed, marked
from omzet.web.question_pages import Trend
from omzet.web.question_tiles import Cell, Grid, Row, no_money, nothing, rests_on, trend, written
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.tiles import Action, State, Tile
from omzet.web.view import FEW, THIN, Figure, View
from omzet.web.why_parts import (
    MONEY,
    RANKED,
    USUAL,
    WAYS,
    Group,
    Ranked,
    Unit,
    Way,
    Whole,
    groups,
    named,
    others,
    ranked,
    way_of,
    whole,
)
from omzet.web.why_parts import before as days_before

WORKERS = 4
PARTS = "parts"
"""In an address: the dimension of the groups."""


@dataclass(frozen=True)
class Side:
    """The number in one of the two periods."""

    name: str
    figure: str
    note: str
    href: str
    few: bool = False


@dataclass(frozen=True)
class Choosable:
    """A dimension to choose, and how much it says where that was tried."""

    id: str
    text: str
    current: bool
    href: str = ""
    uneven: str = ""
    mix: str = ""
    most: str = ""


@dataclass(frozen=True)
class Shown:
    """The page made. `state` stands in place of everything where nothing can be compared."""

    filters: Filters
    choice: Choice
    name: str
    sentence: str = ""
    warnings: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    dimensions: tuple[Choosable, ...] = ()
    ranking: tuple[Choosable, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    tiles: tuple[Tile | Grid, ...] = ()
    total: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()
    state: State | None = None
    back: str = ""

    @property
    def path(self) -> str:
        """The address of the page without a choice."""
        return self.choice.path

    def table_link(self, tile: str) -> str:
        """The address that shows a tile as a table, or as a drawing again."""
        return self.choice.with_table(tile).address()


def routes(site: Site) -> APIRouter:
    """The address of the page, one a metric."""
    router = APIRouter(include_in_schema=False)

    @router.get("/why/{metric}")
    def why(request: Request, metric: str) -> Response:
        reader = site.reader(request)
        infos = {each.id: each for each in site.metrics(reader.language)}
        if metric not in infos:
            raise unknown("metric", metric, infos)
        info = infos[metric]
        way = way_of(metric, info.kind, info.anchor)
        if way is None or info.by:
            known = ", ".join(WAYS)
            text = "The change of '{metric}' can't be split. These can, and every sum or count of a period: {known}."
            raise CallError(reader.t("web.why.cannot", text, metric=info.name, known=known))
        view = site.view(request, reader)
        choice = replace(view.choice, path=f"/why/{metric}")
        view, wanted = marked(site, reader, replace(view, choice=choice)), choice.view(PARTS, "")
        names = site.dimensions(reader)
        filters = filters_of(view, names, lambda dimension: site.values(dimension, reader))
        taken = {name for name, _ in choice.picks}
        taken |= {name for name, _ in names if any(each.startswith(f"{name} ") for each in choice.conditions)}
        offered = {
            name: text for name, text in names if name in info.dimensions and name not in taken and site.values(name, reader)
        }
        if wanted and wanted not in offered and wanted not in taken:
            raise unknown("dimension", wanted, offered)
        model = Page(view, metric, way, filters, offered, wanted if wanted in offered else "").made(info.name, info.unit)
        title = reader.t("web.why.title", "Why {name} changed", name=info.name)
        return site.render(
            request,
            "why.html",
            reader,
            page_title=title,
            model=model,
            notes=listed(site, reader, view, request.query_params.get("page", "")),
            freshness=site.freshness(reader.language),
        )

    return router


@dataclass(frozen=True)
class Page:
    """What a reader asked of a metric: its way of splitting, the dimensions there are, and the one chosen."""

    view: View
    metric: str
    way: Way
    filters: Filters
    offered: dict[str, str]
    wanted: str

    @property
    def reader(self) -> Reader:
        return self.view.reader

    def made(self, name: str, unit: str) -> Shown:
        """The page, or why there is none."""
        view, choice = self.view, self.view.choice
        shown = Shown(self.filters, choice, name, back=choice.drill(self.metric))
        if unit in MONEY and not self.reader.sees_money:
            return replace(shown, state=no_money(view))
        if choice.compare is None or choice.word == ALWAYS or view.to_come:
            return replace(shown, state=self._nothing_compared())
        with ThreadPoolExecutor(WORKERS) as pool:
            tried = [pool.submit(ranked, view, self.metric, self.way, each) for each in self._tried()]
            ranking = sorted((each for one in tried if (each := one.result())), key=lambda each: -each.uneven)
        dimension = self.wanted or (ranking[0].dimension if ranking else next(iter(self.offered), ""))
        found = whole(view, self.metric, self.way, dimension)
        if found.change.value is None:
            return replace(shown, state=nothing(view))
        by_group = groups(view, self.metric, self.way, dimension) if self.way.by_group and dimension else []
        return replace(
            shown,
            sentence=self._sentence(found, by_group, dimension),
            warnings=tuple(self._warnings(found, by_group, dimension)),
            sides=self._sides(found),
            dimensions=tuple(self._choosable(each, each == dimension) for each in self.offered) if self.way.by_group else (),
            ranking=tuple(self._rank(each, dimension, found.unit) for each in ranking),
            hidden=tuple(pair for pair in choice.pairs() if pair[0] != PARTS),
            tiles=tuple(self._tiles(found, by_group, dimension, beside=len(ranking) > 1)),
            total=self._total(found, by_group),
            notes=found.notes,
        )

    def _tried(self) -> list[str]:
        return [each for each in USUAL if each in self.offered][:RANKED] if self.way.by_group else []

    def _nothing_compared(self) -> State:
        reader, choice = self.reader, self.view.choice
        if choice.compare is None and choice.word != ALWAYS:
            action = Action(reader.t("web.why.compare", "Compare with the period before"), choice.address(compare="previous"))
            return State(
                reader.t("web.why.alone", "Nothing to compare with"),
                reader.t("web.why.alone_text", "A change needs two periods. Choose what this one is compared with."),
                actions=(action,),
            )
        period = self.view.calendar.period("last-quarter", self.view.today)
        address = choice.with_period(period.start, period.end, "last-quarter").address(compare=choice.compare or "previous")
        return State(
            reader.t("web.why.no_period", "No period that has begun"),
            reader.t("web.why.no_period_text", "Choose a period with days in the past, and what it is compared with."),
            actions=(Action(reader.period_word("last-quarter"), address),),
        )

    # Words

    def _moved(self, value: float, unit: Unit, *, exact: bool = False) -> str:
        """A change with its sign, money short unless `exact`; what is rounded to nothing has no sign."""
        reader = self.reader
        if unit == "points":
            size = reader.points(value)
        elif unit == "money":
            size = reader.amount(abs(value)) if exact else reader.money(abs(value))
        else:
            size = reader.short(abs(value))
        return reader.signed(value, size) if any(digit in size for digit in "123456789") else size

    def _sentence(self, found: Whole, by_group: Sequence[Group], dimension: str) -> str:
        reader, unit = self.reader, found.unit
        then, now = (written(side.value, found.meaning, self.view) for side in (found.then, found.now))
        change = found.change.value or 0.0
        if then == now or not any(digit in self._moved(change, unit) for digit in "123456789"):
            start = reader.t("web.why.stayed", "{name} stayed at {now}", name=found.meaning.name, now=now)
        elif change > 0:
            start = reader.t("web.why.rose", "{name} rose from {then} to {now}", name=found.meaning.name, then=then, now=now)
        else:
            start = reader.t("web.why.fell", "{name} fell from {then} to {now}", name=found.meaning.name, then=then, now=now)
        told = []
        if self.way.mixes and dimension:
            groups_of = self.offered[dimension].lower()
            rate, mix = (found.parts.get(name, 0.0) for name in ("rate", "mix"))
            less = "{part} because deals within the groups were won less often"
            more = "{part} because deals within the groups were won more often"
            other = "{part} because of another mix by {dimension}"
            told = [
                reader.t("web.why.less", less, part=self._moved(rate, unit))
                if rate < 0
                else reader.t("web.why.more", more, part=self._moved(rate, unit)),
                reader.t("web.why.by_mix", other, part=self._moved(mix, unit), dimension=groups_of),
            ]
        elif found.parts:
            told = [f"{self._moved(value, unit)} {found.headings.get(name, name).lower()}" for name, value in found.parts.items()]
        sentence = f"{start}: {', '.join(told)}." if told else f"{start}."
        if len(by_group) > 1 and (most := max(by_group, key=lambda each: abs(each.part))).part:
            text = "Largest part: {group}, {part}."
            part = self._moved(most.part, unit)
            sentence += " " + reader.t("web.why.most", text, group=named(most.value, self.view), part=part)
        return sentence

    def _warnings(self, found: Whole, by_group: Sequence[Group], dimension: str) -> list[str]:
        reader, told = self.reader, []
        if found.turned:
            text = "Within every group it moved the other way: the total changed because the mix did."
            told.append(reader.t("web.why.turned", text))
        change = found.change
        if change.low is not None and change.high is not None:
            between = reader.range(*(self._moved(end, found.unit) for end in (change.low, change.high)))
            if change.low <= 0 <= change.high:
                text = "The change lies within what chance alone allows (95%: {between}). Read the parts as a hint."
                told.append(reader.t("web.why.chance", text, between=between))
        if by_group and found.change.value is not None and not self._adds_up(by_group, found.change.value):
            text = "A row can count for several groups here, so the parts don't add up to the whole."
            told.append(reader.t("web.why.overlaps", text))
        return told

    def _adds_up(self, by_group: Sequence[Group], change: float) -> bool:
        return abs(sum(each.part for each in by_group) - change) <= 1e-6 * max(1.0, *(abs(each.part) for each in by_group))

    def _sides(self, found: Whole) -> tuple[Side, ...]:
        view, choice = self.view, self.view.choice
        start, end = days_before(view)
        sides = [
            self._side(found.then, found, choice.with_period(start, end), view.name_of(start, end)),
            self._side(found.now, found, choice, view.name_of(choice.start, view.until)),
        ]
        change = found.change
        note = ""
        if change.low is not None and change.high is not None:
            note = f"95%: {self.reader.range(*(self._moved(end, found.unit) for end in (change.low, change.high)))}"
        last = Side(against(view), self._moved(change.value or 0.0, found.unit), note, "")
        return (*sides, last)

    def _side(self, side: Figure, found: Whole, choice: Choice, name: str) -> Side:
        few = found.unit == "points" and side.n < THIN
        return Side(name, written(side.value, found.meaning, self.view), self._note(side, found), choice.drill(self.metric), few)

    def _note(self, side: Figure, found: Whole) -> str:
        between = ""
        if side.low is not None and side.high is not None and side.value is not None:
            ends = (written(end, found.meaning, self.view) for end in (side.low, side.high))
            between = f"95%: {self.reader.range(*ends)}"
        return ", ".join(part for part in (between, rests_on(side, self.view)) if part)

    # Dimensions

    def _choosable(self, dimension: str, current: bool) -> Choosable:
        address = self.view.choice.with_view(PARTS, dimension).address()
        return Choosable(dimension, self.offered[dimension], current, address)

    def _rank(self, each: Ranked, dimension: str, unit: Unit) -> Choosable:
        mix = "" if each.mix is None else self._moved(each.mix, unit)
        uneven = self._moved(each.uneven, unit).lstrip("+")
        most = f"{named(each.most.value, self.view)} {self._moved(each.most.part, unit)}"
        return replace(self._choosable(each.dimension, each.dimension == dimension), uneven=uneven, mix=mix, most=most)

    # Tiles

    def _tiles(self, found: Whole, by_group: Sequence[Group], dimension: str, *, beside: bool) -> list[Tile | Grid]:
        reader, made = self.reader, list[Tile | Grid]()
        if found.parts and not self.way.mixes:
            rows = tuple(Contribution(found.headings.get(name, name), (value,), value) for name, value in found.parts.items())
            title = reader.t("web.why.factors", "What it is made of")
            sub = reader.t("web.why.factors_sub", "What each factor adds to the change; they add up to it")
            head = reader.t("web.why.factor", "Factor")
            made.append(self._drawn("factors", title, sub, head, (reader.t("web.why.part", "Part"),), rows, found))
        if by_group:
            made += [self._group_chart(found, by_group, dimension), self._group_table(found, by_group, dimension)]
        if made and (beside or len(made) == 1) and isinstance(made[0], Tile):
            made[0] = replace(made[0], width=7)
        over_time = trend(self.view, Trend("trend", self.metric, 12))
        if over_time:
            made.append(replace(over_time, as_table="trend" in self.view.choice.tables))
        return made

    def _group_chart(self, found: Whole, by_group: Sequence[Group], dimension: str) -> Tile:
        reader, view = self.reader, self.view
        kept, rest, count = others(by_group)
        rows = []
        for each in kept:
            href = self._opens(view.choice, dimension, each.value)
            rows.append(Contribution(named(each.value, view), self._bars(each), each.part, href))
        if rest:
            rows.append(Contribution(self._others(count), self._bars(rest), rest.part))
        names: tuple[str, ...] = (reader.t("web.why.part", "Part"),)
        if self.way.mixes:
            names = tuple(found.headings.get(name, name) for name in self.way.parts)
        title = reader.t("web.why.groups", "By {dimension}", dimension=self.offered[dimension].lower())
        sub = reader.t("web.why.groups_sub", "What each group adds to the change; they add up to it")
        return self._drawn("groups", title, sub, self.offered[dimension], names, tuple(rows), found)

    def _drawn(
        self, tile: str, title: str, sub: str, head: str, names: tuple[str, ...], rows: tuple[Contribution, ...], found: Whole
    ) -> Tile:
        reader = self.reader
        most = max(rows, key=lambda row: abs(row.total))
        total = self._moved(found.change.value or 0.0, found.unit)
        text = "Largest part of {total}: {most}, {part}."
        summary = reader.t("web.why.summary", text, total=total, most=most.label, part=self._moved(most.total, found.unit))
        data = ContributionsData(head, names, rows, found.unit, summary)

        def draw(form: Form) -> Chart:
            return contributions(data, reader.words, reader.charts(), form)

        return Tile(tile, title, sub, chart=every_form(draw), as_table=tile in self.view.choice.tables)

    def _bars(self, group: Group) -> tuple[float, ...]:
        return group.parts if self.way.mixes else (group.part,)

    def _others(self, count: int) -> str:
        return self.reader.t("web.why.others", "{n} other | {n} others", n=count)

    def _opens(self, choice: Choice, dimension: str, value: object) -> str:
        return choice.drill(self.metric, cell={dimension: EMPTY if value in (None, "") else value})

    def _group_table(self, found: Whole, by_group: Sequence[Group], dimension: str) -> Grid:
        reader, view = self.reader, self.view
        kept, rest, count = others(by_group)
        earlier = view.choice.with_period(*days_before(view))
        chance = any(each.columns.get("q") is not None for each in by_group)
        columns = [reader.t("web.why.then", "Then"), reader.t("web.why.now", "Now")]
        columns += [found.headings.get(name, name) for name in self.way.parts]
        columns += [reader.t("web.why.together", "Together")]
        columns += [reader.t("web.why.chance_head", "Chance alone (q)")] if chance else []
        rows = [
            Row(
                named(each.value, view),
                (
                    self._figure(each.then, found, self._opens(earlier, dimension, each.value)),
                    self._figure(each.now, found, self._opens(view.choice, dimension, each.value)),
                    *self._moves(each, found),
                    *([Cell(one("q", each.columns.get("q"), "share", reader), "", "", few=False)] if chance else []),
                ),
            )
            for each in kept
        ]
        if rest:
            blank = Cell("", "", "", few=False)
            cells = (blank, blank, *self._moves(rest, found), *([blank] if chance else []))
            rows.append(Row(self._others(count), cells))
        sub = reader.t("web.why.table_sub", "Each figure with its 95% interval, where there is one")
        against_what = "last-year" if view.choice.compare == "last-year" else "previous"
        given = {"param": f"dimension={dimension}"} if self.way.mixes else {}
        csv = view.choice.export(self.way.change or self.metric, by=dimension, compare=against_what, **given)
        title = reader.t("web.why.table", "All figures")
        return Grid("figures-by-group", title, sub, 12, self.offered[dimension], tuple(columns), tuple(rows), csv=csv)

    def _moves(self, group: Group, found: Whole) -> list[Cell]:
        return [Cell(self._moved(value, found.unit, exact=True), "", "", few=False) for value in (*group.parts, group.part)]

    def _figure(self, side: Figure, found: Whole, href: str = "") -> Cell:
        """A figure of one period with its interval, as k of n where there are too few."""
        reader = self.reader
        few = found.unit == "points" and side.n < THIN
        if few and side.value is not None and side.n < FEW:
            k, n = reader.number(round(side.value * side.n)), reader.number(side.n)
            return Cell(reader.t("web.kpi.of", "{k} of {n}", k=k, n=n), "", href, few)
        note = ""
        if side.low is not None and side.high is not None and side.value is not None:
            note = reader.range(*(written(end, found.meaning, self.view) for end in (side.low, side.high)))
        why = self.view.why(side) if side.value is None else ""
        text = written(side.value, found.meaning, self.view)
        if found.unit == "money" and side.value is not None:
            text = reader.amount(side.value)
        return Cell(text, note, href, few, why)

    def _total(self, found: Whole, by_group: Sequence[Group]) -> tuple[Cell, ...]:
        if not by_group:
            return ()
        parts = [found.parts.get(name, 0.0) for name in self.way.parts]
        cells = [self._figure(side, found) for side in (found.then, found.now)]
        cells += [
            Cell(self._moved(value, found.unit, exact=True), "", "", few=False) for value in (*parts, found.change.value or 0.0)
        ]
        if any(each.columns.get("q") is not None for each in by_group):
            cells.append(Cell("", "", "", few=False))
        return tuple(cells)
