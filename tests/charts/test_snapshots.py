"""What the charts look like, as text: a change of a drawing shows in review.

After a change that is meant, write the files anew with `OMZET_SNAPSHOTS=write pytest tests/charts/test_snapshots.py` and look
at them with `scripts/chart-sheet`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from omzet.charts.bars import bars
from omzet.charts.chart import FORMS, WIDE, Chart, Form
from omzet.charts.control import control
from omzet.charts.distribution import distribution
from omzet.charts.funnel import funnel
from omzet.charts.goal import goal
from omzet.charts.intervals import intervals
from omzet.charts.kpi import bullet_of_rate, bullet_of_sum, spark
from omzet.charts.line import line
from tests.charts.drawing import hold
from tests.charts.samples import BARS, CONTROL, DISTRIBUTION, EN, FUNNEL, GOAL, LINE, NL, RATE, SPARK, SUM, TREND, dutch, english

SNAPSHOTS = Path(__file__).parent / "snapshots"
CHARTS: dict[str, Callable[[Form], Chart]] = {
    "bars": lambda form: bars(BARS, english, EN, form),
    "funnel": lambda form: funnel(FUNNEL, english, EN, form),
    "control": lambda form: control(CONTROL, english, EN, form),
    "intervals": lambda form: intervals(CONTROL, english, EN, form),
    "distribution": lambda form: distribution(DISTRIBUTION, english, EN, form),
    "line": lambda form: line(LINE, english, EN, form),
    "goal": lambda form: goal(GOAL, english, EN, form),
}
DUTCH: dict[str, Callable[[Form], Chart]] = {
    "bars": lambda form: bars(BARS, dutch, NL, form),
    "funnel": lambda form: funnel(FUNNEL, dutch, NL, form),
    "control": lambda form: control(CONTROL, dutch, NL, form),
    "intervals": lambda form: intervals(CONTROL, dutch, NL, form),
    "distribution": lambda form: distribution(DISTRIBUTION, dutch, NL, form),
    "line": lambda form: line(LINE, dutch, NL, form),
    "goal": lambda form: goal(GOAL, dutch, NL, form),
}


def compare(name: str, text: str) -> None:
    path = SNAPSHOTS / name
    if os.environ.get("OMZET_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{name} has no snapshot yet"
    assert text == path.read_text(encoding="utf-8")


def one_element_a_line(svg: str) -> str:
    return svg.replace("><", ">\n<") + "\n"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_as_before(name: str, form: Form) -> None:
    drawn = CHARTS[name](form)
    hold(drawn.svg)
    compare(f"{name}-{form.name}.svg", one_element_a_line(drawn.svg))


@pytest.mark.parametrize("name", CHARTS)
def test_summary_and_table_say_the_same_numbers_as_before(name: str) -> None:
    drawn = CHARTS[name](WIDE)
    rows = [" | ".join(row) for row in (drawn.table.columns, *drawn.table.rows)]
    compare(f"{name}.txt", "\n".join([drawn.summary, "", *rows, ""]))


def test_the_small_drawings_of_a_kpi_are_drawn_as_before() -> None:
    small = {"spark-sum": spark(SPARK, english).svg, "spark-rate": spark(TREND, english).svg}
    small |= {"bullet-sum": bullet_of_sum(SUM, "98% of pace"), "bullet-rate": bullet_of_rate(RATE, "2.9 pt under target")}
    for name, svg in small.items():
        hold(svg)
        compare(f"{name}.svg", one_element_a_line(svg))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("name", DUTCH)
def test_dutch_words_fit_as_well(name: str, form: Form) -> None:
    hold(DUTCH[name](form).svg)
