"""The evidence beside a goal: what is usual, how likely a number is, what it takes, and whether two numbers differ at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from omzet.charts.chart import Chart, Form, every_form
from omzet.charts.goal import GoalData, GoalMark, GoalPoint, goal
from omzet.metrics.catalogue import MetricInfo
from omzet.query.question import Question
from omzet.statistics.proposals import Expected
from omzet.web.goal_figures import Figures, Measured
from omzet.web.goal_people import of_subject
from omzet.web.goal_words import unit_of, written
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.tiles import State

CLOSE = 0.05
"""A number nearer than this share to what is usual is as usual."""


@dataclass(frozen=True)
class Line:
    """One line of what a number takes: what, how much, and how much is usual."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Evidence:
    """Ready for the template. `warning` says that the numbers on the table can't be told apart."""

    title: str
    sub: str
    chart: Chart | None = None
    state: State | None = None
    warning: str = ""
    sentences: tuple[str, ...] = ()
    takes: tuple[Line, ...] = ()
    foot: str = ""


def evidence_of(site: Site, reader: Reader, metric: MetricInfo, figures: Figures, marks: Sequence[GoalMark]) -> Evidence:
    """What is known for the numbers in `marks`, in the reader's words."""
    title, sub = metric.name, _sub(reader, figures)
    if figures.problem or not any(each.found.value is not None for each in figures.past):
        text = figures.problem or reader.t(
            "web.goals.no_past_text", "Nothing was measured before, so a goal can only be a guess. Begin with a short one."
        )
        state = State(reader.t("web.goals.no_past", "No past to compare with"), text, "info")
        return Evidence(title, sub, state=state, takes=takes_of(site, reader, metric, figures, marks))
    n = sum(int(each.found.n) for each in figures.past)
    foot = reader.t("web.goals.foot", "Definition v{version}, n = {n}", version=str(metric.version), n=reader.number(n))
    return Evidence(
        title,
        sub,
        every_form(lambda form: _drawn(reader, metric, figures, marks, form)),
        None,
        warning_of(reader, metric, figures, [mark.value for mark in marks]),
        tuple(_sentences(reader, metric, figures, marks)),
        takes_of(site, reader, metric, figures, marks),
        foot,
    )


def warning_of(reader: Reader, metric: MetricInfo, figures: Figures, values: Sequence[float]) -> str:
    """That two numbers can't be told apart by one period's result, where that is so; empty where it isn't."""
    expected = figures.expected
    if expected is None or not values:
        return ""
    one, other = min(values), max(values)
    if one == other:
        return _beside_usual(reader, metric, expected, one)
    if expected.tells_apart(one, other):
        return ""
    low, high = expected.band(one)
    if expected.kind == "share":
        low, high = round(low, 2), round(high, 2)
    shown = {"one": one, "other": other, "low": low, "high": high, "value": one}
    blanks = {name: written(reader, value, metric.unit) for name, value in shown.items()}
    if expected.kind == "share":
        return reader.t(
            "web.goals.apart_share",
            "With about {cases} cases, {one} and {other} can't be told apart: a true {value} gives {low} to {high} by chance.",
            cases=reader.number(round(expected.cases)),
            **blanks,
        )
    return reader.t(
        "web.goals.apart",
        "One period swings: a true {value} gives {low} to {high} by chance, so {one} and {other} can't be told apart by it.",
        **blanks,
    )


def _beside_usual(reader: Reader, metric: MetricInfo, expected: Expected, value: float) -> str:
    """That one number can't be told from what is usual; empty where it can, or where it hardly differs."""
    if abs(value - expected.middle) <= CLOSE * expected.middle or expected.tells_apart(value, expected.middle):
        return ""
    low, high = expected.band(expected.middle)
    if expected.kind == "share":
        low, high = round(low, 2), round(high, 2)
    return reader.t(
        "web.goals.apart_usual",
        "One period's result can't tell {value} from what is usual: by chance alone that gives {low} to {high}.",
        value=written(reader, value, metric.unit),
        low=written(reader, low, metric.unit),
        high=written(reader, high, metric.unit),
    )


def takes_of(site: Site, reader: Reader, metric: MetricInfo, figures: Figures, marks: Sequence[GoalMark]) -> tuple[Line, ...]:
    """What the last number in `marks` takes: a day, in deals, in cases; each beside what is usual."""
    lines = []
    t, expected = reader.t, figures.expected

    def usual(value: str) -> str:
        return t("web.goals.usually", "usually {value}", value=value)

    value = marks[-1].value if marks else None
    if value is not None and figures.kind == "sum" and figures.days:
        gone = figures.now.found.value or 0.0 if figures.now else 0.0
        left = figures.days - figures.days_gone
        if left > 0:
            each = max(0.0, value - gone) / left
            note = usual(_rate(reader, expected.middle / figures.days, metric.unit)) if expected else ""
            lines.append(Line(t("web.goals.each_day", "Each working day"), _rate(reader, each, metric.unit), note))
    if value is not None and figures.kind == "share" and expected is not None:
        cases = round(expected.cases)
        needed = t("web.kpi.of", "{k} of {n}", k=reader.number(-(-value * cases // 1)), n=reader.number(cases))
        note = usual(reader.number(round(expected.middle * cases)))
        lines.append(Line(t("web.goals.cases", "Cases it takes"), needed, note))
    if value is not None and figures.kind == "level" and expected is not None and expected.middle:
        change = value - expected.middle
        share = abs(change) / expected.middle
        size = reader.signed(change, reader.percent(share, 0)) if share >= 0.005 else t("web.unchanged", "unchanged")
        before = usual(written(reader, expected.middle, metric.unit))
        lines.append(Line(t("web.goals.change_needed", "Change it takes"), size, before))
    if value is not None and metric.id == "bookings_amount":
        lines += _in_deals(site, reader, figures, value)
    off = figures.asked.days_off
    days = t("web.goals.days", "{n} working day | {n} working days", n=figures.days)
    note = t("web.goals.off", "{n} day off taken out | {n} days off taken out", n=off) if off else ""
    lines.append(Line(t("web.goals.capacity", "Capacity"), days, note))
    return tuple(lines)


def _in_deals(site: Site, reader: Reader, figures: Figures, value: float) -> list[Line]:
    """Bookings as won deals of the usual size, and those as opportunities at the usual win rate."""
    whole = [each for each in figures.past if not each.running][-4:]
    if not whole:
        return []
    asked = figures.asked
    question = Question(
        metrics=("average_deal_size", "win_rate", "won_count"), start=whole[0].period.start, end=whole[-1].period.end
    )
    key = site.key(of_subject(asked.level, asked.subject), "goal.deals", question.model_dump_json())
    access = of_subject(asked.level, asked.subject)
    row = site.kept.of(key, lambda: site.workspace.query(question, language=reader.language, access=access)).rows[0]
    size, rate, won = row["average_deal_size"], row["win_rate"], row["won_count"] or 0
    if not size or not won:
        return []
    days = sum(site.calendar.working_days(each.period.start, each.period.end) for each in whole) or 1
    gone = figures.now.found.value or 0.0 if figures.now else 0.0
    deals = max(0.0, value - gone) / float(size)
    usual = float(won) / days * max(0, figures.days - figures.days_gone)
    note = reader.t("web.goals.usually", "usually {value}", value=reader.short(usual))
    name = reader.t("web.goals.won", "Deals won at {size} each", size=reader.money(size))
    found = [Line(name, reader.short(deals), note)]
    if rate:
        name = reader.t("web.goals.closed", "Deals closed at a win rate of {rate}", rate=reader.percent(rate, 0))
        note = reader.t("web.goals.usually", "usually {value}", value=reader.short(usual / float(rate)))
        found.append(Line(name, reader.short(deals / float(rate)), note))
    return found


def _rate(reader: Reader, value: float, unit: str) -> str:
    return written(reader, value, unit) if unit == "money" else reader.number(value, 1 if value < 10 else 0)


def _sub(reader: Reader, figures: Figures) -> str:
    if figures.grain == "month":
        return reader.t("web.goals.by_month", "By month, with 95% interval where there is one")
    return reader.t("web.goals.by_quarter", "By quarter, with 95% interval where there is one")


def _sentences(reader: Reader, metric: MetricInfo, figures: Figures, marks: Sequence[GoalMark]) -> list[str]:
    expected = figures.expected
    if expected is None:
        return [reader.t("web.goals.few_periods", "Fewer than four past periods: too few to say what is usual or likely.")]

    def write(value: float) -> str:
        return written(reader, value, metric.unit)

    n = expected.periods
    words = ("web.goals.usual", "Half of the last {n} periods lay between {low} and {high}.")
    if figures.kind == "sum":
        words = (
            "web.goals.usual_sum",
            "Half of the last {n} periods lay between {low} and {high}, brought to the working days of this goal.",
        )
    said = [reader.t(*words, n=reader.number(n), low=write(expected.low), high=write(expected.high))]
    if expected.trend is not None:
        words = ("web.goals.rising", "It rises by about {step} a period, so only the last {n} count.")
        if expected.trend < 0:
            words = ("web.goals.falling", "It falls by about {step} a period, so only the last {n} count.")
        said.append(reader.t(*words, step=_step(reader, abs(expected.trend), metric.unit), n=reader.number(n)))
    words = ("web.goals.expect", "As likely passed as missed: {middle}. A stretch that one in three reach: {stretch}.")
    if figures.now is not None and figures.kind != "level":
        words = ("web.goals.expect_now", "With what is in so far, as likely passed as missed: {middle}; one in three: {stretch}.")
    from_deals = metric.id == "bookings_amount" and figures.now is not None and any(mark.kind == "agreed" for mark in marks)
    if not from_deals:  # there the chance comes from the open deals, which know more than the past
        said.append(reader.t(*words, middle=write(expected.middle), stretch=write(expected.stretch)))
    if n < 8:
        said.append(reader.t("web.goals.rough", "Fewer than 8 past periods: a rough estimate."))
    return said


def _step(reader: Reader, size: float, unit: str) -> str:
    return reader.points(size) if unit == "share" else written(reader, size, unit)


def _drawn(reader: Reader, metric: MetricInfo, figures: Figures, marks: Sequence[GoalMark], form: Form) -> Chart:
    expected = figures.expected
    part, title = figures.part, reader.span(figures.asked.from_on, figures.asked.to_on)
    if part != 1.0:
        title += f", {reader.t('web.goals.a_part', 'as a part of one such period')}"
    data = GoalData(
        tuple(_point(reader, each) for each in figures.past),
        tuple(GoalMark(mark.name, mark.value * part, mark.kind) for mark in marks),
        axis_name(reader, figures.label) if figures.label else reader.t("web.goals.goal", "Goal"),
        title,
        unit_of(reader, metric.unit).chart,
        expected.low * part if expected else None,
        expected.high * part if expected else None,
    )
    return goal(data, reader.words, reader.charts(), form)


def axis_name(reader: Reader, label: str) -> str:
    """A period under an axis: Q3 26, Nov, 2027."""
    short = reader.unit_name(label, short=True)
    year = re.search(r"\d{4}", label)
    return f"{short} {year[0][2:]}" if year and "Q" in label else short


def _point(reader: Reader, each: Measured) -> GoalPoint:
    label = each.period.label
    return GoalPoint(
        axis_name(reader, label), reader.unit_name(label), each.found.value, each.found.low, each.found.high, each.running
    )
