"""What the pages of one question are drawn from: a key figure, a number over the months, and numbers by group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from omzet.charts.chart import Chart, Form, every_form
from omzet.charts.line import LineData, LinePoint, LineSeries, line
from omzet.errors import CallError
from omzet.query.answer import Answer, MetricMeaning
from omzet.web.change import absolute, against, interval, relative
from omzet.web.choice import ALWAYS, EMPTY
from omzet.web.question_pages import QuestionPage, Split, Trend
from omzet.web.tiles import Kpi, Mark, State, Tile
from omzet.web.view import FEW, THIN, Figure, View, figure, only, series
from omzet.web.why_parts import opens, way_of

SHARES = ("share",)
MONEY = ("money", "money_per_day")
GROUPED_AS_IT_IS = ("stage", "step", "age_days")
"""Dimensions whose own order says something."""


@dataclass(frozen=True)
class Cell:
    """A figure of a table: as written, its interval, where it opens, and whether it rests on few rows."""

    text: str
    note: str
    href: str
    few: bool
    why: str = ""


@dataclass(frozen=True)
class Row:
    """A group with its figures."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """Numbers by group as a table; `state` stands in its place where there is nothing to show."""

    id: str
    title: str
    sub: str
    width: int
    head: str
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    more: int = 0
    csv: str = ""
    notes: tuple[str, ...] = ()
    state: State | None = None


def kpi(view: View, metric: str) -> Kpi | None:
    """One key figure with its change, its interval and what it rests on; None where the choice doesn't allow it."""
    try:
        answer = view.ask(view.choice.question(metric, compare=view.choice.compare))
    except CallError:
        return None
    meaning, found = answer.definitions[metric], only(answer, metric)
    reader = view.reader
    few = meaning.unit in SHARES and found.value is not None and found.n < THIN
    change = None
    if found.value is not None and not (meaning.unit in SHARES and found.n < FEW):
        up = {"up": True, "down": False}.get(meaning.direction)
        if meaning.kind in ("additive", "stock"):
            change = relative(view, found, up_is_good=up)
        else:
            change = absolute(view, found, lambda size: written(abs(size), meaning, view, signed=True), up_is_good=up)
    bounds = (0.0, 1.0) if meaning.unit in SHARES else (None, None)
    between = ""
    if found.low is not None and found.high is not None and found.value is not None:
        between = f"95%: {reader.range(written(found.low, meaning, view), written(found.high, meaning, view))}"
    return Kpi(
        id=metric,
        name=meaning.name,
        figure=written(found.value, meaning, view),
        href=view.choice.drill(metric),
        change=change,
        change_title=against(view),
        bar=interval(found, between, bounds) if between and bounds[0] is not None else Kpi.bar,
        status=Mark(view.why(found), "", "circle-minus") if found.value is None else None,
        note=", ".join(part for part in (between, rests_on(found, view)) if part),
        few=few,
        why=opens(view.choice, metric, way_of(metric, meaning.kind, meaning.anchor)) if change else "",
    )


def rests_on(found: Figure, view: View) -> str:
    """How many rows a figure rests on."""
    return f"n = {view.reader.number(found.n)}" if found.n else ""


def written(value: float | None, meaning: MetricMeaning, view: View, *, signed: bool = False) -> str:
    """A value in its unit, money short."""
    reader = view.reader
    if value is None:
        return "–"
    if meaning.unit in MONEY:
        return reader.money(value)
    if meaning.unit in SHARES:
        return reader.points(value) if signed else reader.percent(value)
    if meaning.unit in ("ratio", "number"):
        return reader.number(value, 0 if value == round(value) and abs(value) >= 10 else 2)
    return reader.value(value, meaning.unit)


def trend(view: View, part: Trend) -> Tile | None:
    """A number over the last twelve months of the choice, with its interval; None where the choice doesn't allow it."""
    start, end = twelve_months(view)
    try:
        answer = view.ask(view.choice.question(part.metric, start=start, end=end, grain="month"))
    except CallError:
        return None
    meaning, reader = answer.definitions[part.metric], view.reader
    tile = Tile(
        id=part.id,
        title=meaning.name,
        sub=reader.t("web.page.trend_sub", "By month, {span}", span=reader.span(start, end)),
        width=part.width,
        explain=view.choice.drill(part.metric),
        csv=view.choice.export(part.metric, grain="month"),
    )
    if meaning.unit in MONEY and not reader.sees_money:
        return replace(tile, state=no_money(view), csv="", explain="")
    points = tuple(_point(view, part.metric, label, found) for label, found in series(answer, part.metric))
    if not any(point.value is not None for point in points):
        return replace(tile, state=nothing(view))
    unit = "percent" if meaning.unit in SHARES else "money" if meaning.unit in MONEY else "number"
    data = LineData((LineSeries(meaning.name, points),), unit, from_zero=meaning.kind in ("additive", "stock"), notes=view.notes)

    def draw(form: Form) -> Chart:
        return line(data, reader.words, reader.charts(), form)

    return replace(tile, chart=every_form(draw))


def twelve_months(view: View) -> tuple[date, date]:
    """The twelve months up to the end of the choice, or to the present one."""
    end = view.calendar.unit_of("month", view.until - timedelta(days=1)).end
    start = end
    for _ in range(12):
        start = view.calendar.unit_of("month", start - timedelta(days=1)).start
    return start, end


def _point(view: View, metric: str, label: str, found: Figure) -> LinePoint:
    month = view.calendar.period(label, view.today)
    few = found.n < FEW and found.low is not None
    return LinePoint(
        at=month.start,
        title=view.reader.unit_name(label),
        value=found.value,
        low=None if few else found.low,
        high=None if few else found.high,
        href=view.choice.with_period(month.start, month.end, label).drill(metric),
    )


def grid(view: View, part: Split, page: QuestionPage, names: dict[str, str]) -> Grid | None:
    """Numbers by group; those that can't be split that way, or not by the filters of the choice, are left out."""
    reader = view.reader
    title = reader.t(f"web.page.{page.id}.{part.id}", part.title)
    made = Grid(
        id=part.id,
        title=title,
        sub=reader.t(f"web.page.{page.id}.{part.id}_sub", part.sub),
        width=part.width,
        head=names.get(part.by, part.by.replace("_", " ").capitalize()),
    )
    answers: dict[str, Answer] = {}
    for metric in part.metrics:
        try:
            answer = view.ask(view.choice.question(metric, by=(part.by,)))
        except CallError:
            continue
        if answer.definitions[metric].unit not in MONEY or reader.sees_money:
            answers[metric] = answer
    if not answers:
        return replace(made, state=nothing(view)) if reader.sees_money else None
    if part.by == "rep" and not reader.sees_names:
        text = reader.t("web.reps.hidden_text", "Your role sees teams, not the people in them.")
        return replace(made, state=State(reader.t("web.reps.hidden", "Names are not shown to you"), text, "lock-keyhole"))
    found = {metric: {row.get(part.by): row for row in answer.rows} for metric, answer in answers.items()}
    groups = list(dict.fromkeys(key for rows in found.values() for key in rows))
    groups = [key for key in groups if any(_counts(found[metric].get(key), metric) for metric in answers)]
    if part.by not in GROUPED_AS_IT_IS:
        groups.sort(key=lambda key: (key is None, str(key).casefold()))
    if not groups:
        return replace(made, state=nothing(view))

    return replace(
        made,
        columns=tuple(answer.definitions[metric].name for metric, answer in answers.items()),
        rows=tuple(
            Row(
                _named(key, view),
                tuple(_cell(view, part, metric, answer, found[metric].get(key), key) for metric, answer in answers.items()),
            )
            for key in groups[: part.top]
        ),
        more=max(0, len(groups) - part.top),
        csv=view.choice.export(list(answers), by=part.by),
        notes=tuple(dict.fromkeys(plain_note(note, metric) for metric in answers for note in answers[metric].notes))[:2],
    )


def plain_note(note: str, metric: str) -> str:
    """A note without the id of its metric before it."""
    text = note.removeprefix(f"{metric}: ")
    return text[:1].upper() + text[1:]


def _counts(row: dict[str, Any] | None, metric: str) -> bool:
    return row is not None and (row.get(metric) not in (None, 0) or bool(row.get(f"{metric}:n")))


def _named(key: Any, view: View) -> str:
    return view.reader.t("web.filter.empty", "(none)") if key in (None, "") else str(key)


def _cell(view: View, part: Split, metric: str, answer: Answer, row: dict[str, Any] | None, key: Any) -> Cell:
    meaning = answer.definitions[metric]
    opens = view.choice.drill(metric, cell={part.by: EMPTY if key in (None, "") else key})
    if row is None:
        return Cell("–", "", opens, few=True)
    found = figure(row, metric)
    few = meaning.unit in SHARES and 0 < found.n < THIN
    note = ""
    if found.low is not None and found.high is not None and found.value is not None:
        note = view.reader.range(written(found.low, meaning, view), written(found.high, meaning, view))
    return Cell(written(found.value, meaning, view), note, opens, few, view.why(found) if found.value is None else "")


def nothing(view: View) -> State:
    """What stands where a part has nothing to show."""
    reader = view.reader
    when = (
        reader.t("web.page.ever", "all time") if view.choice.word == ALWAYS else view.name_of(view.choice.start, view.choice.end)
    )
    return State(
        reader.t("web.page.nothing", "Nothing to show"),
        reader.t("web.page.nothing_text", "There are no rows for this in {period} with this choice.", period=when),
    )


def no_money(view: View) -> State:
    """What stands where amounts are not for the reader."""
    reader = view.reader
    return State(
        reader.t("web.page.no_money", "Amounts are not shown to you"),
        reader.t("web.page.no_money_text", "Your role sees numbers of deals, not what they bring."),
        "lock-keyhole",
    )
