"""What each group adds to a change stays on the paper whatever it is; what happened on a day stands over the line."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omzet.charts.chart import FORMS, WIDE, Form
from omzet.charts.contributions import Contribution, ContributionsData, contributions
from omzet.charts.line import LineData, LineNote, LinePoint, LineSeries, line
from tests.charts.drawing import hold, of_class, parse, words_of
from tests.charts.samples import EN, english
from tests.charts.test_any_data import names

parts = st.tuples(st.floats(-1, 1), st.floats(-1, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(names, parts), max_size=16), st.sampled_from(FORMS), st.sampled_from(["points", "money", "number"]))
def test_the_drawing_holds_for_any_groups(rows: list[tuple[str, tuple[float, float]]], form: Form, unit: str) -> None:
    size = 1.0 if unit == "points" else 80_000.0
    made = tuple(Contribution(name, (a * size, b * size), (a + b) * size) for name, (a, b) in rows)
    data = ContributionsData("Team", ("Rate", "Mix"), made, unit, "What each adds.")  # type: ignore[arg-type]
    hold(contributions(data, english, EN, form).svg)


def test_bars_go_left_and_right_of_nothing_and_the_table_adds_up() -> None:
    data = ContributionsData("Team", ("Rate", "Mix"), (Contribution("Noord", (-0.02, 0.01), -0.01, "/drill?x=1"),), summary="s")
    chart = contributions(data, english, EN, WIDE)
    (drawing,) = parse(chart.svg)
    (rate,), (mix,) = of_class(drawing, "c-fill-bar")[1:], of_class(drawing, "c-fill-past")[1:]
    assert float(rate.attrib["x"]) + float(rate.attrib["width"]) == pytest.approx(float(mix.attrib["x"]), abs=0.02)
    assert float(rate.attrib["width"]) == pytest.approx(2 * float(mix.attrib["width"]), abs=0.02)
    assert chart.table.rows == (("Noord", "−2.0 pt", "+1.0 pt", "−1.0 pt"),)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_what_happened_stands_over_its_day_and_in_the_table(form: Form) -> None:
    points = tuple(LinePoint(date(2026, month, 1), f"month {month}", month / 20) for month in range(1, 11))
    notes = (
        LineNote(date(2026, 3, 9), "New prices"),
        LineNote(date(2026, 3, 12), "A fair that was held three days later"),
        LineNote(date(2026, 10, 30), "A last one with a name that is far too long for what room there is left on any paper"),
        LineNote(date(2025, 1, 1), "Long before"),
    )
    chart = line(LineData((LineSeries("Win rate", points),), "percent", notes=notes), english, EN, form)
    hold(chart.svg)
    (drawing,) = parse(chart.svg)
    assert len(of_class(drawing, "c-dated")) == 3
    assert "New prices" in words_of(drawing)
    told = {row[0]: row[-1] for row in chart.table.rows}
    assert told["month 3"].endswith("A fair that was held three days later")
    assert "Long before" not in str(chart.table)
    assert told["month 4"] == ""
