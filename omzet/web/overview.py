"""The overview: how are we doing, in one sentence, five key figures and the drawings behind them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from omzet.history.report import Load
from omzet.metrics.periods import Period
from omzet.query.answer import Freshness
from omzet.query.question import Grain
from omzet.web.bookings_tile import bookings_tile
from omzet.web.choice import Choice
from omzet.web.cycle_tile import cycle_tile
from omzet.web.filters import Filters
from omzet.web.funnel_tile import funnel_tile
from omzet.web.kpis import kpis
from omzet.web.loads import LoadLine, recent_loads
from omzet.web.people_tile import People, people_tile
from omzet.web.reps_tile import reps_tile
from omzet.web.targets import target_of
from omzet.web.tiles import Action, Kpi, State, Tile
from omzet.web.view import View, only

WORKERS = 4


@dataclass(frozen=True)
class Overview:
    """Everything the overview shows, in its order. `nothing` stands in place of it where no deal falls in the period."""

    filters: Filters
    answer: Markup
    kpis: list[Kpi]
    tiles: list[Tile]
    people: People | None
    loads: list[LoadLine] | None
    freshness: Freshness
    nothing: State | None
    choice: Choice

    def table_link(self, tile: str) -> str:
        """The address that shows a tile as a table, or as a drawing again."""
        return self.choice.with_table(tile).address()


@dataclass(frozen=True)
class Figures:
    """The top of the overview: what changes first when data do."""

    answer: Markup
    kpis: list[Kpi]


def figures(view: View) -> Figures:
    """The sentence and the strip alone."""
    return Figures(answer(view), kpis(view))


def overview(view: View, filters: Filters, loads: list[Load] | None) -> Overview:
    """The overview of a view; `loads` are None where they are not for the reader.

    Its parts ask side by side: each spends most of its time waiting for the store.
    """
    first = view.main()
    with ThreadPoolExecutor(WORKERS) as pool:
        making = [pool.submit(make, view) for make in (funnel_tile, bookings_tile, reps_tile, cycle_tile)]
        people, cells = pool.submit(people_tile, view), pool.submit(kpis, view)
        funnel, bookings, reps, cycle = (each.result() for each in making)
    return Overview(
        filters=filters,
        answer=answer(view),
        kpis=cells.result(),
        tiles=[replace(tile, as_table=tile.id in view.choice.tables) for tile in (bookings, cycle, funnel, reps)],
        people=people.result(),
        loads=None if loads is None else recent_loads(loads, view.reader),
        freshness=first.freshness,
        nothing=nothing(view),
        choice=view.choice,
    )


def answer(view: View) -> Markup:
    """How are we doing: bookings against what is due, and the working days that are left."""
    reader = view.reader
    name = view.name_of(view.choice.start, view.choice.end)
    if not reader.sees_money:
        return answer_in_deals(view, name)
    found = only(view.main(), "bookings_amount")
    target = target_of(view, "bookings_amount")
    booked = found.value or 0.0
    if view.to_come:
        return Markup(escape(reader.t("web.answer.to_come", "{period} has yet to begin.", period=name)))
    days = view.calendar.working_days(view.until, view.choice.end)
    to_go = reader.t("web.answer.to_go", "{n} working day to go | {n} working days to go", n=days)
    opens = view.choice.drill("bookings_amount")
    blanks: dict[str, object] = {"booked": bold(reader.money(booked), opens), "period": escape(name), "to_go": escape(to_go)}
    if target and view.over:
        share = bold(reader.percent(booked / target.full, 0))
        text = reader.t("web.answer.over", "{period} closed at {booked}, {share} of the {target} target.")
        return Markup(text).format(**blanks, share=share, target=reader.money(target.full))
    if target:
        gap = booked - target.to_date
        words = ("web.answer.ahead_gap", "{size} ahead of pace") if gap >= 0 else ("web.answer.behind_gap", "{size} behind pace")
        text = reader.t("web.answer.ahead", "You are {gap} with {to_go}. {booked} of {target} is booked.")
        distance = bold(reader.t(*words, size=reader.money(abs(gap))))
        return Markup(text).format(**blanks, gap=distance, target=reader.money(target.full))
    if found.previous:
        change = found.value or 0.0
        size = reader.percent(abs(change / found.previous - 1), 1)
        more = change >= found.previous
        text = reader.t("web.answer.more", "{booked} is booked in {period}, {change} than {base}.")
        base = view.base()
        words = ("web.answer.more_than", "{share} more") if more else ("web.answer.less_than", "{share} less")
        word = reader.t(*words, share=size)
        sentence = Markup(text).format(**blanks, change=bold(word), base=view.name_of(*base) if base else "")
        if view.over:
            return sentence
        return Markup(" ").join([sentence, reader.t("web.answer.still", "There are {to_go}.", to_go=to_go)])
    return Markup(reader.t("web.answer.plain", "{booked} is booked in {period}.")).format(**blanks)


def answer_in_deals(view: View, period: str) -> Markup:
    """How are we doing, for who sees no amounts."""
    won = only(view.main(), "won_count")
    text = view.reader.t("web.answer.deals", "{won} won in {period}. Amounts are not shown to your role.")
    count = view.reader.t("web.kpi.deals", "{n} deal | {n} deals", n=int(won.value or 0))
    return Markup(text).format(won=bold(count, view.choice.drill("won_count")), period=period)


def bold(text: str, href: str = "") -> Markup:
    """A figure of the sentence, as a link where it opens."""
    return Markup('<b><a href="{}">{}</a></b>').format(href, text) if href else Markup("<b>{}</b>").format(text)


def nothing(view: View) -> State | None:
    """What to say when no deal was won, lost or created in the period, and the nearest period that has some."""
    row = view.main().rows[0] if view.main().rows else {}
    if any(row.get(metric) for metric in ("opportunities_created", "won_count", "lost_count")):
        return None
    reader = view.reader
    if reader.access.is_limited and reader.access.person is None:
        return State(
            title=reader.t("web.nothing.nobody", "Your account is nobody in the sales data yet"),
            text=reader.t(
                "web.nothing.nobody_text",
                "Your role shows rows of your own or of your teams. An administrator can say on your account who you are.",
            ),
            icon="circle-user-round",
        )
    actions: list[Action] = []
    if view.choice.picks:
        actions.append(Action(reader.t("web.nothing.all", "Show all deals"), replace(view.choice, picks=()).address()))
    latest = latest_with_deals(view)
    if latest and not (latest.start <= view.choice.start and view.choice.end <= latest.end):
        name = reader.unit_name(latest.label)
        href = view.choice.with_period(latest.start, latest.end, latest.label).address()
        actions.append(Action(reader.t("web.nothing.latest", "Show {period}", period=name), href))
    return State(
        title=reader.t("web.nothing.title", "No deals in this period"),
        text=reader.t(
            "web.nothing.text",
            "No deal was created, won or lost in {period} for this choice.",
            period=view.name_of(view.choice.start, view.choice.end),
        ),
        actions=tuple(actions),
    )


def latest_with_deals(view: View) -> Period | None:
    """The newest quarter in which a deal was won or lost, within the filters."""
    grain: Grain = "fiscal-quarter" if view.fiscal else "quarter"
    answer = view.ask(view.choice.question(["won_count", "lost_count"], start=None, end=None, grain=grain))
    closed = [row for row in answer.rows if row.get("won_count") or row.get("lost_count")]
    return view.calendar.period(str(closed[-1]["period"]), view.today) if closed else None
