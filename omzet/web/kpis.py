"""The strip of key figures: bookings, new opportunities, win rate, cycle length, open pipeline."""

from __future__ import annotations

from datetime import date, timedelta

from markupsafe import Markup

from omzet.charts.kpi import SparkData, SparkPoint, SumData, bullet_of_sum, spark
from omzet.web.change import Write, absolute, against, by_chance, direction, hidden, interval, no_target, pace, relative
from omzet.web.targets import target_of
from omzet.web.tiles import Kpi, Mark
from omzet.web.view import FEW, THIN, View, only, running, series
from omzet.web.why_parts import SUM, WAYS, opens

AMOUNT, COUNT = "open_pipeline_amount", "open_pipeline_count"


def kpis(view: View) -> list[Kpi]:
    """The five cells, left to right."""
    return [bookings(view), opportunities(view), win_rate(view), cycle(view), pipeline(view)]


def bookings(view: View) -> Kpi:
    """What was won, against its target and the period before."""
    metric = "bookings_amount"
    found, won = only(view.main(), metric), only(view.main(), "won_count")
    target = target_of(view, metric)
    reader = view.reader
    status, of = pace(view, found.value, target, reader.money)
    bar = Markup("")
    if target:
        label = f"{status.text if status else ''}, {of}"
        bar = bullet_of_sum(SumData(found.value, target=target.full, pace=None if view.over else target.to_date), label)
    if not reader.sees_money:
        return Kpi(
            id="bookings",
            name=reader.t("web.kpi.bookings", "Bookings"),
            figure="–",
            href=view.choice.drill(metric),
            status=hidden(view),
            note=reader.t("web.kpi.won", "{n} deal won | {n} deals won", n=int(won.value or 0)),
        )
    return Kpi(
        id="bookings",
        name=reader.t("web.kpi.bookings", "Bookings"),
        figure=reader.money(found.value),
        href=view.choice.drill(metric),
        change=relative(view, found, up_is_good=True),
        change_title=against(view),
        spark=growing(view, metric, reader.t("web.kpi.bookings", "Bookings"), reader.money),
        bar=bar,
        status=status or no_target(view),
        target=of,
        note=reader.t("web.kpi.won", "{n} deal won | {n} deals won", n=int(won.value or 0)),
        why=opens(view.choice, metric, WAYS.get(metric, SUM)),
    )


def opportunities(view: View) -> Kpi:
    """Opportunities created, against their target and the period before."""
    metric = "opportunities_created"
    found = only(view.main(), metric)
    target = target_of(view, metric)
    reader = view.reader
    status, of = pace(view, found.value, target, reader.number)
    bar = Markup("")
    if target:
        bar = bullet_of_sum(SumData(found.value, target=target.full, pace=None if view.over else target.to_date), of)
    days = view.calendar.working_days(view.choice.start, view.until) if not view.to_come else 0
    each = reader.number((found.value or 0) / days, 1) if days else "–"
    return Kpi(
        id="opportunities",
        name=reader.t("web.kpi.opportunities", "Opportunities created"),
        figure=reader.number(found.value),
        href=view.choice.drill(metric),
        change=relative(view, found, up_is_good=True),
        change_title=against(view),
        spark=growing(view, metric, reader.t("web.kpi.opportunities", "Opportunities created"), reader.number),
        bar=bar,
        status=status or no_target(view),
        target=of,
        note=reader.t("web.kpi.each_day", "{each} each working day", each=each),
        why=opens(view.choice, metric, WAYS.get(metric, SUM)),
    )


def win_rate(view: View) -> Kpi:
    """Won of closed with its interval; "k of n" where there are too few."""
    metric = "win_rate"
    found, won = only(view.main(), metric), only(view.main(), "won_count")
    reader = view.reader
    shown = found.value is not None and found.n >= FEW
    closed = reader.t("web.kpi.of", "{k} of {n}", k=reader.number(won.value), n=reader.number(found.n))
    if found.value is None:
        note = view.why(found) or reader.t("web.kpi.none_closed", "no deals closed yet")
    elif not shown:
        note = reader.t("web.kpi.too_few", "too few to say more")
    else:
        between = reader.range(reader.percent(found.low), reader.percent(found.high))
        note = f"95%: {between}, {closed}"
    return Kpi(
        id="win_rate",
        name=reader.t("web.kpi.win_rate", "Win rate"),
        figure=reader.percent(found.value) if shown or found.value is None else closed,
        href=view.choice.drill(metric),
        change=absolute(view, found, reader.points, up_is_good=True) if shown else None,
        change_title=against(view),
        spark=months(view, metric, reader.t("web.kpi.win_rate", "Win rate"), reader.percent),
        bar=interval(found, note, (0.0, 1.0)) if found.value is not None else Markup(""),
        status=by_chance(view, found, up_is_good=True),
        note=note,
        few=shown and found.n < THIN,
        why=opens(view.choice, metric, WAYS.get(metric, SUM)) if shown else "",
    )


def cycle(view: View) -> Kpi:
    """Median days from first contact to won, with its interval."""
    metric = "sales_cycle_length_median"
    found = only(view.main(), metric)
    reader = view.reader

    def days(size: float) -> str:
        return reader.days(abs(size))

    if found.value is None:
        note = view.why(found) or reader.t("web.kpi.none_won", "no deals won yet")
    else:
        won = reader.t("web.kpi.won", "{n} deal won | {n} deals won", n=found.n)
        known = found.low is not None and found.high is not None
        note = f"95%: {reader.range(reader.short(found.low), reader.short(found.high))}, {won}" if known else won
    return Kpi(
        id="cycle",
        name=reader.t("web.kpi.cycle", "Sales cycle length, median"),
        figure=reader.short(found.value) if found.value is not None else "–",
        unit=reader.t("web.unit.day_word", "days") if found.value is not None else "",
        href=view.choice.drill(metric),
        change=absolute(view, found, days, up_is_good=False),
        change_title=against(view),
        spark=months(view, metric, reader.t("web.kpi.cycle", "Sales cycle length, median"), days),
        bar=interval(found, note, (0.0, None)) if found.value is not None else Markup(""),
        status=by_chance(view, found, up_is_good=False),
        note=note,
        few=found.value is not None and found.n < THIN,
    )


def pipeline(view: View) -> Kpi:
    """What is open, in money; in deals where none of them has an amount."""
    reader = view.reader
    day = view.until - timedelta(days=1)
    before = view.choice.start - timedelta(days=1)
    asked = {"start": None, "end": None}
    both = [AMOUNT, COUNT]
    now = view.ask(view.choice.question(both, **asked, as_of=day))
    then = view.ask(view.choice.question(both, **asked, as_of=min(before, day)))
    amount, count = only(now, AMOUNT), only(now, COUNT)
    no_amounts = not reader.sees_money or (bool(count.value) and not amount.value)
    metric = COUNT if no_amounts else AMOUNT
    write: Write = reader.number if no_amounts else reader.money
    found, earlier = only(now, metric), only(then, metric)
    change = None
    if found.value is not None and earlier.value:
        change = direction(view, found.value - earlier.value, reader.percent(abs(found.value / earlier.value - 1)), None)
    name = reader.t("web.kpi.pipeline", "Open pipeline")
    if not reader.sees_money:
        note = reader.t("web.kpi.hidden", "amounts are not shown to you")
    elif no_amounts:
        note = reader.t("web.kpi.no_amounts", "no amounts known")
    elif amount.value and count.value:
        note = reader.t("web.kpi.average", "{amount} on average", amount=reader.money(amount.value / count.value))
    else:
        note = ""
    return Kpi(
        id="pipeline",
        name=name,
        figure=reader.money(found.value) if metric == AMOUNT else reader.number(found.value),
        unit=reader.t("web.unit.deals", "deals") if no_amounts else "",
        href=view.choice.drill(metric, as_of=day, always=True),
        change=change,
        change_title=reader.t("web.since", "since {day}", day=reader.day(before)),
        spark=months(view, metric, name, write, from_zero=True),
        status=Mark(reader.t("web.kpi.open_deals", "{n} open deal | {n} open deals", n=int(count.value or 0)), "", "circle-dot"),
        target=reader.t("web.kpi.as_of", "on {day}", day=reader.day(day)),
        note=note,
    )


# Trend


def growing(view: View, metric: str, name: str, write: Write) -> Markup:
    """The sum so far through the period, and through the one before it."""
    base = view.base()
    now = _steps(view, metric, view.choice.start, view.choice.end)
    before = _steps(view, metric, *base) if base else []
    sums, sums_before = running([value for _, value in now]), running([value for _, value in before])
    points = []
    for index in range(max(len(sums), len(sums_before))):
        value = sums[index] if index < len(sums) else None
        previous = sums_before[index] if index < len(sums_before) else None
        points.append(
            SparkPoint(
                label=now[index][0] if index < len(now) else "",
                value=value,
                previous=previous,
                shown="–" if value is None else write(value),
                previous_shown="–" if previous is None else write(previous),
            )
        )
    return spark(SparkData(name, tuple(points), from_zero=True), view.reader.words).svg


def _steps(view: View, metric: str, start: date, end: date) -> list[tuple[str, float | None]]:
    """What each week or month added; those to come have no value."""
    found = dict(series(view.steps(start, end), metric))
    steps: list[tuple[str, float | None]] = []
    for step in view.calendar.spine(view.step, start, end):
        known = step.start <= view.today and step.label in found
        steps.append((view.reader.day(step.start), (found[step.label].value or 0.0) if known else None))
    return steps


def months(view: View, metric: str, name: str, write: Write, *, from_zero: bool = False) -> Markup:
    """The twelve months up to the period's end, or to today."""
    points = tuple(
        SparkPoint(view.reader.unit_name(label), found.value, shown="–" if found.value is None else write(found.value))
        for label, found in series(view.months(), metric)
    )
    return spark(SparkData(name, points, from_zero=from_zero), view.reader.words).svg
