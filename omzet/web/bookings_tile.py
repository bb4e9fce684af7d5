"""Bookings by month through the fiscal year, against target, with the totals of its quarters."""

from __future__ import annotations

from datetime import date, timedelta

from omzet.charts.bars import BarsData, BarsMonth, BarsQuarter, bars
from omzet.charts.chart import Chart, Form, every_form
from omzet.metrics.periods import Period
from omzet.web.tiles import Action, State, Tile
from omzet.web.view import Figure, View, series

METRIC, TARGET, DUE = "bookings_amount", "target_amount", "target_to_date"
MOST_MONTHS = 24


def bookings_tile(view: View) -> Tile:
    """Bars by month; each opens its month, each quarter total narrows the page to that quarter."""
    start, end = view.year()
    if not view.reader.sees_money:
        return hidden_tile(view)
    grain = "fiscal-month" if view.fiscal else "month"
    months = view.calendar.spine(grain, start, end)[-MOST_MONTHS:]
    start = months[0].start
    metrics = [METRIC, TARGET] if view.has_targets else [METRIC]
    answer = view.ask(view.choice.question(metrics, start=start, end=end, grain=grain))
    booked, targets = dict(series(answer, METRIC)), dict(series(answer, TARGET))
    data = BarsData(
        months=tuple(_month(view, month, booked.get(month.label), targets.get(month.label)) for month in months),
        quarters=tuple(_quarters(view, months, end)),
    )
    reader = view.reader

    def draw(form: Form) -> Chart:
        return bars(data, reader.words, reader.charts(), form)

    whole = view.choice.with_period(start, end)
    return Tile(
        id="bookings-by-month",
        title=reader.t("web.bookings.title", "Bookings by month"),
        sub=reader.t("web.bookings.sub", "Amount of deals won, {period}", period=view.name_of(start, end)),
        width=7,
        chart=every_form(draw),
        explain=whole.drill(METRIC),
        csv=whole.export(metrics, grain=grain),
    )


def hidden_tile(view: View) -> Tile:
    """Says that amounts are not for the reader, and what is."""
    reader = view.reader
    state = State(
        reader.t("web.bookings.hidden", "Amounts are not shown to you"),
        reader.t("web.bookings.hidden_text", "Your role sees how many deals were won, not what they brought."),
        "lock-keyhole",
        (Action(reader.t("web.bookings.won", "Show deals won"), view.choice.drill("won_count")),),
    )
    return Tile(
        id="bookings-by-month",
        title=reader.t("web.bookings.title", "Bookings by month"),
        sub=reader.t("web.bookings.sub", "Amount of deals won, {period}", period=view.name_of(*view.year())),
        width=7,
        state=state,
    )


def _month(view: View, month: Period, booked: Figure | None, target: Figure | None) -> BarsMonth:
    name = view.reader.day(month.start + timedelta(days=14) if view.fiscal else month.start, "month")
    to_come = month.start > view.today
    return BarsMonth(
        label=name,
        title=view.reader.day(month.start + timedelta(days=14) if view.fiscal else month.start, "month-long"),
        booked=None if to_come or booked is None else booked.value,
        target=(target.value or None) if target else None,
        current=month.start <= view.today < month.end,
        href=None if to_come else view.choice.drill(METRIC, start=month.start, end=month.end),
    )


def _quarters(view: View, months: list[Period], end: date) -> list[BarsQuarter]:
    """Totals of the quarters, each against its target; the one under way against what is due by today."""
    grain = "fiscal-quarter" if view.fiscal else "quarter"
    metrics = [METRIC, TARGET, DUE] if view.has_targets else [METRIC]
    answer = view.ask(view.choice.question(metrics, start=months[0].start, end=end, grain=grain))
    booked, targets, due = (dict(series(answer, metric)) for metric in (METRIC, TARGET, DUE))
    found = []
    for quarter in view.calendar.spine(grain, months[0].start, end):
        inside = [index for index, month in enumerate(months) if quarter.start <= month.start < quarter.end]
        if len(inside) < 2 or quarter.start > view.today or quarter.label not in booked:
            continue
        running = quarter.end > view.today
        target = (due if running else targets).get(quarter.label)
        whole = view.calendar.unit_of(grain, quarter.start)
        found.append(
            BarsQuarter(
                label=view.reader.unit_name(whole.label, short=True),
                first=inside[0],
                last=inside[-1],
                booked=booked[quarter.label].value,
                target=(target.value or None) if target else None,
                to_date=running,
                href=view.choice.with_period(whole.start, whole.end, whole.label).address(),
            )
        )
    return found
