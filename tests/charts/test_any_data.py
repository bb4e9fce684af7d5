"""Whatever the data, a chart stays on its paper, its words apart, and its numbers numbers."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omzet.charts.bars import BarsData, BarsMonth, BarsNote, BarsQuarter, bars
from omzet.charts.chart import FORMS, WIDE, Form
from omzet.charts.control import control, limit_range
from omzet.charts.distribution import DistributionBand, DistributionData, distribution
from omzet.charts.funnel import FunnelData, FunnelStage, funnel
from omzet.charts.goal import GoalData, GoalMark, GoalPoint, goal
from omzet.charts.intervals import ControlData, ControlRep, intervals
from omzet.charts.kpi import RateData, SparkData, SparkPoint, SumData, bullet_of_rate, bullet_of_sum, spark
from omzet.charts.line import LineData, LinePoint, LineSeries, line
from tests.charts.drawing import hold
from tests.charts.samples import EN, english, limit

forms = st.sampled_from(FORMS)
WORDS_OF_NO_NUMBER = re.compile(r"\b(nan|inf|None)\b")
names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Mn", "Me", "Cf", "Co", "Cn"]), min_size=1, max_size=24
).filter(lambda name: not WORDS_OF_NO_NUMBER.search(name))
amounts = st.none() | st.floats(-1e12, 1e12) | st.sampled_from([0.0, 1e-9, 1e15, -1e15, float("nan"), float("inf")])
shares = st.none() | st.floats(0, 1)
calm = settings(deadline=None, max_examples=40)


@st.composite
def months(draw: st.DrawFn) -> BarsData:
    count = draw(st.integers(0, 60))
    current = draw(st.none() | st.integers(0, 60))
    bars_ = tuple(
        BarsMonth(draw(names)[:6], f"month {index}", draw(amounts), draw(amounts), index == current, draw(amounts), None, None)
        for index in range(count)
    )
    quarters = tuple(
        BarsQuarter(f"Q{first // 3 % 4 + 1}", first, min(count, first + 3) - 1, draw(amounts), draw(amounts), draw(st.booleans()))
        for first in range(0, count, 3)
    )
    notes = tuple(BarsNote(position, text) for position, text in draw(st.lists(st.tuples(st.floats(-1, 61), names), max_size=4)))
    return BarsData(bars_, quarters, notes)


@given(months(), forms)
@calm
def test_bars_hold_for_any_amounts(data: BarsData, form: Form) -> None:
    chart = bars(data, english, EN, form)
    hold(chart.svg)
    assert len(chart.table.rows) == len(data.months)


@pytest.mark.parametrize("count", [12, 17, 36, 55, 56, 60])
@pytest.mark.parametrize("label", ["000⺀⺀⺀", "00000@", "Dec 26"])
def test_the_last_name_moved_inward_stands_on_no_other(label: str, count: int) -> None:
    data = BarsData(tuple(BarsMonth(label, f"month {index}", 1000.0) for index in range(count)))
    for form in FORMS:
        hold(bars(data, english, EN, form).svg)


@st.composite
def cohorts(draw: st.DrawFn) -> FunnelData:
    reached, stages = draw(st.integers(0, 10**7)), []
    for index in range(draw(st.integers(0, 12))):
        open_ = draw(st.integers(0, reached))
        dropped = draw(st.integers(0, reached - open_))
        went_on = reached - open_ - dropped
        conversion = went_on / reached if reached else None
        change, wait = draw(st.none() | st.floats(-1, 1)), draw(st.none() | st.floats(0, 4000))
        stages.append(FunnelStage(draw(names), reached, open_, dropped, conversion, change, wait, f"?s={index}"))
        reached = went_on
    bottleneck = draw(st.none() | st.integers(0, max(0, len(stages) - 2))) if len(stages) > 1 else None
    return FunnelData(tuple(stages), bottleneck, draw(st.sampled_from(["median", "mean"])))


@given(cohorts(), forms)
@calm
def test_a_funnel_holds_for_any_cohort(data: FunnelData, form: Form) -> None:
    chart = funnel(data, english, EN, form)
    hold(chart.svg)
    assert len(chart.table.rows) == len(data.stages)


@st.composite
def teams(draw: st.DrawFn) -> ControlData:
    reps = []
    for index in range(draw(st.integers(0, 40))):
        closed = draw(st.integers(0, 400))
        won = draw(st.integers(0, closed))
        rate = won / closed if closed else None
        outside = draw(st.sampled_from(["", "", "", "95", "99.8"])) if closed else ""
        low, high = (None, None) if rate is None else (rate * 0.7, rate + (1 - rate) * 0.3)
        reps.append(ControlRep(draw(names), closed, won, rate, low, high, outside, "", f"?rep={index}"))
    pooled = draw(shares)
    limits = tuple(limit(closed, pooled) for closed in limit_range(reps)) if pooled is not None else ()
    return ControlData(tuple(reps), pooled, limits, draw(st.none() | st.floats(0, 10)))


@given(teams(), st.sampled_from(FORMS[:2]))
@calm
def test_reps_among_limits_hold_for_any_team(data: ControlData, form: Form) -> None:
    hold(control(data, english, EN, form).svg)


@given(teams(), forms)
@calm
def test_intervals_hold_for_any_team(data: ControlData, form: Form) -> None:
    hold(intervals(data, english, EN, form).svg)


@given(
    st.integers(1, 60).flatmap(lambda days: st.tuples(st.just(days), st.lists(st.integers(0, 10**6), max_size=60))),
    st.booleans(),
    st.none() | st.floats(0, 4000),
    st.none() | st.floats(0, 4000),
    forms,
)
@calm
def test_cycle_lengths_hold_for_any_counts(
    bands: tuple[int, list[int]], open_end: bool, median: float | None, p90: float | None, form: Form
) -> None:
    days, counts = bands
    pieces = tuple(
        DistributionBand(days * index, None if open_end and index == len(counts) - 1 else days * (index + 1), count)
        for index, count in enumerate(counts)
    )
    hold(distribution(DistributionData(pieces, median, p90), english, EN, form).svg)


@given(
    st.lists(st.lists(st.tuples(amounts, amounts), max_size=60), max_size=4),
    st.lists(names, min_size=4, max_size=4, unique=True),
    st.sampled_from(["percent", "money", "number"]),
    st.booleans(),
    forms,
)
@calm
def test_lines_hold_for_any_values(
    columns: list[list[tuple[float | None, float | None]]], called: list[str], unit: str, from_zero: bool, form: Form
) -> None:
    series = tuple(
        LineSeries(
            called[place],
            tuple(
                LinePoint(date(2020 + index // 12, index % 12 + 1, 1), f"month {index}", value, high, high)
                for index, (value, high) in enumerate(column)
            ),
            ("now", "past", "target", "past")[place],
        )
        for place, column in enumerate(columns)
    )
    hold(line(LineData(series, unit, from_zero), english, EN, form).svg)


@given(
    st.lists(st.tuples(amounts, amounts), max_size=40),
    st.lists(st.floats(0, 1e12), max_size=3),
    names,
    st.sampled_from(["percent", "money", "number"]),
    amounts,
    forms,
)
@calm
def test_goals_hold_for_any_values(
    past: list[tuple[float | None, float | None]], wanted: list[float], called: str, unit: str, usual: float | None, form: Form
) -> None:
    points = tuple(
        GoalPoint(f"Q{at}", f"quarter {at}", value, high, high, at == len(past) - 1) for at, (value, high) in enumerate(past)
    )
    marks = tuple(GoalMark(called, value, kind) for value, kind in zip(wanted, ("mine", "theirs", "agreed"), strict=False))
    hold(goal(GoalData(points, marks, "Q9", "quarter 9", unit, usual, usual), english, EN, form).svg)


@given(st.lists(st.tuples(amounts, amounts), max_size=60), amounts, st.booleans())
@calm
def test_a_trend_holds_for_any_values(values: list[tuple[float | None, float | None]], target: float | None, zero: bool) -> None:
    points = tuple(SparkPoint(f"week {index}", now, before) for index, (now, before) in enumerate(values))
    hold(spark(SparkData("Bookings", points, target, zero), english).svg)


@given(amounts, amounts, amounts, amounts, amounts)
@calm
def test_bullets_hold_for_any_values(a: float | None, b: float | None, c: float | None, d: float | None, e: float | None) -> None:
    hold(bullet_of_sum(SumData(a, b, c, d, e), "98% of pace"))
    hold(bullet_of_rate(RateData(a, b, c, d, (None, None)), "2.9 pt under target"))
    hold(bullet_of_rate(RateData(a, b, c, d, (0.0, 1.0)), "2.9 pt under target"))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_no_data_says_so(form: Form) -> None:
    drawn = [
        bars(BarsData(()), english, EN, form),
        funnel(FunnelData(()), english, EN, form),
        control(ControlData((), None), english, EN, form),
        intervals(ControlData((), None), english, EN, form),
        distribution(DistributionData(()), english, EN, form),
        line(LineData(()), english, EN, form),
        goal(GoalData((), (), "Q1", "Q1 2027"), english, EN, form),
    ]
    for chart in drawn:
        hold(chart.svg)
        assert "Nothing to show for this choice." in chart.svg
        assert chart.table.rows == ()


def test_a_hostile_name_stays_text() -> None:
    rep = ControlRep('</text><script>alert("1")</script>\x00', 30, 10, 1 / 3, 0.2, 0.5, "95", "", "?rep=%22")
    drawn = control(ControlData((rep,), 0.2), english, EN, WIDE)
    hold(drawn.svg)
    assert "&lt;/text&gt;" in drawn.svg
