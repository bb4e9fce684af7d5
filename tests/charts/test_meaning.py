"""What a drawing says: heights that add up, marks where their numbers put them, one bottleneck, names in order."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omzet.charts.bars import BarsData, BarsMonth, bars
from omzet.charts.chart import FORMS, MEDIUM, NARROW, WIDE, Form, every_form
from omzet.charts.control import control, cut
from omzet.charts.distribution import DistributionBand, DistributionData, distribution
from omzet.charts.funnel import FunnelData, FunnelStage, funnel
from omzet.charts.intervals import ControlData, ControlRep, intervals
from omzet.charts.kpi import RateData, SparkData, SparkPoint, SumData, bullet_of_rate, bullet_of_sum, spark
from omzet.charts.labels import shortened, spread, width_of
from omzet.charts.scales import decimals, magnitude, ticks
from omzet.charts.svg import tag
from tests.charts.drawing import of_class, parse, words_of
from tests.charts.samples import BARS, CONTROL, EN, FUNNEL, english, limit, rep

ROOT = Path(__file__).parents[2]


def height(element: ElementTree.Element) -> float:
    return float(element.attrib["height"])


def test_bars_are_as_tall_as_their_amounts() -> None:
    (drawing,) = parse(bars(BARS, english, EN).svg)
    drawn = [height(bar) for bar in of_class(drawing, "c-bar")]
    booked = [month.booked for month in BARS.months if month.booked is not None]
    assert [tall / drawn[0] for tall in drawn] == pytest.approx([amount / booked[0] for amount in booked], rel=1e-3)


def test_a_month_to_come_has_a_target_and_no_bar() -> None:
    (drawing,) = parse(bars(BARS, english, EN).svg)
    december = of_class(drawing, "c-mark")[11]
    assert (len(of_class(december, "c-target")), len(of_class(december, "c-bar"))) == (1, 0)


def test_the_month_under_way_is_marked_and_counts_in_no_total() -> None:
    drawn = bars(BARS, english, EN)
    assert "to date" in words_of(parse(drawn.svg)[0])
    assert drawn.summary == (
        "€8.87M booked in Jan 2026 – Oct 2026 against a target of €8.82M (101%); Nov 2026 stands at €725k to date."
    )


def test_what_is_expected_is_hatched_on_top_of_what_is_booked() -> None:
    data = BarsData(
        (BarsMonth("Jan", "Jan 2026", 100.0, 200.0), BarsMonth("Feb", "Feb 2026", 50.0, 200.0, True, 150.0, 120.0, 180.0))
    )
    (drawing,) = parse(bars(data, english, EN).svg)
    january, february = (height(bar) for bar in of_class(drawing, "c-bar"))
    (hatch,) = of_class(of_class(drawing, "c-mark")[1], "c-hatch-back")
    assert height(hatch) + february == pytest.approx(1.5 * january, abs=0.05)


def test_a_loss_hangs_under_the_axis() -> None:
    data = BarsData((BarsMonth("Jan", "Jan", 100.0), BarsMonth("Feb", "Feb", -50.0)))
    (drawing,) = parse(bars(data, english, EN).svg)
    up, down = of_class(drawing, "c-bar")
    assert float(up.attrib["y"]) + height(up) == pytest.approx(float(down.attrib["y"]), abs=0.02)


def test_each_column_stands_as_tall_as_the_one_before() -> None:
    (drawing,) = parse(funnel(FUNNEL, english, EN).svg)
    stages = of_class(drawing, "c-mark")
    reached = [sum(height(part) for name in ("c-bar", "c-fill-hot") for part in of_class(stage, name)) for stage in stages]
    behind = [sum(height(part) for name in ("c-hatch-back", "c-fill-mute") for part in of_class(stage, name)) for stage in stages]
    for index in range(1, len(stages)):
        assert reached[index] + behind[index] == pytest.approx(reached[index - 1], abs=0.1)


@pytest.mark.parametrize("form", [WIDE, NARROW], ids=["columns", "rows"])
def test_conversion_stands_beneath_the_stage_that_is_left(form: Form) -> None:
    (drawing,) = parse(funnel(FUNNEL, english, EN, form).svg)
    told = [" ".join(words_of(stage)) for stage in of_class(drawing, "c-mark")]
    assert "Opportunity" in told[0] and "79%" in told[0] and "117" in told[0] and "4 days" in told[0]  # noqa: PT018
    assert "Proposal" in told[3] and "41%" in told[3] and "104" in told[3] and "−9 pt" in told[3]  # noqa: PT018
    assert "days" not in told[-1]


def test_one_bottleneck_is_hot() -> None:
    for form in FORMS:
        (drawing,) = parse(funnel(FUNNEL, english, EN, form).svg)
        hot = [index for index, stage in enumerate(of_class(drawing, "c-mark")) if of_class(stage, "c-fill-hot")]
        assert hot == [3]


def test_twelve_stages_become_rows() -> None:
    stages = tuple(FunnelStage(f"Stage {index}", 100 - index, 0, 1, 0.99) for index in range(12))
    (drawing,) = parse(funnel(FunnelData(stages), english, EN, WIDE).svg)
    assert not of_class(drawing, "c-figure")


def test_names_stand_from_a_to_z_whatever_the_rate() -> None:
    (drawing,) = parse(intervals(CONTROL, english, EN).svg)
    names = [words_of(mark)[0] for mark in of_class(drawing, "c-mark")]
    assert names == sorted(names)
    assert len(names) == 14


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(20, 24), st.integers(9, 11)), min_size=1, max_size=40))
def test_outliers_are_always_named(crowd: list[tuple[int, int]]) -> None:
    reps = tuple(rep(f"Rep{index:02d} X", closed, won, "95" if index < 6 else "") for index, (closed, won) in enumerate(crowd))
    data = ControlData(reps, 0.2, tuple(limit(closed, 0.2) for closed in range(1, 40)))
    (drawing,) = parse(control(data, english, EN).svg)
    named = set(words_of(drawing))
    assert {r.short for r in reps if r.outside} <= named


def test_a_rep_without_closed_deals_keeps_a_row_and_no_dot() -> None:
    data = ControlData((ControlRep("Zoe", 0, 0, None), rep("Ann B", 30, 9)), 0.3)
    drawn = intervals(data, english, EN)
    assert drawn.table.rows[1] == ("Zoe", "0", "0", "–", "–", "–")
    assert "Zoe" in words_of(parse(drawn.svg)[0])


def test_a_median_stands_where_its_day_falls_in_the_band() -> None:
    bands = tuple(DistributionBand(10.0 * index, 10.0 * index + 10, 5) for index in range(10))
    (drawing,) = parse(distribution(DistributionData(bands, 45.0, 90.0), english, EN).svg)
    first, last = of_class(drawing, "c-bar")[0], of_class(drawing, "c-bar")[-1]
    left, right = float(first.attrib["x"]) - 1, float(last.attrib["x"]) + float(last.attrib["width"]) + 1
    (median,) = of_class(drawing, "c-stat")
    assert float(median.attrib["x1"]) == pytest.approx(left + 0.45 * (right - left), abs=0.1)


def test_a_bullet_keeps_the_proportions_of_a_sum() -> None:
    (drawing,) = parse(bullet_of_sum(SumData(50.0, 100.0, 75.0), "half way"))
    (bar,) = of_class(drawing, "c-bar")
    (pace,) = of_class(drawing, "c-pace")
    (end,) = of_class(drawing, "c-end")
    filled, due, whole = (float(value.rstrip("%")) for value in (bar.attrib["width"], pace.attrib["x1"], end.attrib["x1"]))
    assert (filled / whole, due / whole) == pytest.approx((0.5, 0.75), abs=1e-3)


def test_the_dot_of_a_rate_lies_in_its_interval() -> None:
    (drawing,) = parse(bullet_of_rate(RateData(0.24, 0.2, 0.28, 0.27, (0.0, 1.0)), "under"))
    (bar,) = of_class(drawing, "c-interval")
    (dot,) = of_class(drawing, "c-point")
    start, wide, at = (float(value.rstrip("%")) for value in (bar.attrib["x"], bar.attrib["width"], dot.attrib["cx"]))
    assert at == pytest.approx(start + wide / 2, abs=0.05)


def test_a_gap_in_a_trend_stays_a_gap() -> None:
    points = tuple(SparkPoint(str(index), value) for index, value in enumerate([1.0, 2.0, None, 3.0, 4.0]))
    (drawing,) = parse(spark(SparkData("Bookings", points), english).svg)
    assert len(of_class(drawing, "c-spark-now")) == 2


def test_a_page_gets_every_form_with_one_tab_stop_each() -> None:
    drawn = every_form(lambda form: bars(BARS, english, EN, form))
    assert [drawing.attrib["class"].split()[-1] for drawing in parse(drawn.svg)] == [f"c-form-{form.name}" for form in FORMS]
    assert drawn.svg.count('tabindex="0"') == 3


def test_a_mark_is_a_link_where_it_opens_something() -> None:
    (drawing,) = parse(bars(BARS, english, EN, MEDIUM).svg)
    assert of_class(drawing, "c-mark")[0].attrib["href"] == "?month=1"
    assert of_class(drawing, "c-mark")[0].attrib["data-tip"].splitlines()[0] == "Jan 2026"


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "//elsewhere.example", "data:text/html,x", " javascript:1", "/\t/x.example", "/\\x.example"]
)
def test_a_link_cannot_run_or_leave_unseen(href: str) -> None:
    with pytest.raises(ValueError, match="link"):
        tag("a", "c-mark", "x", href=href)


def test_the_builder_takes_no_style_no_handler_and_no_foreign_class() -> None:
    for attributes in ({"style": "fill: red"}, {"onclick": "x()"}):
        with pytest.raises(ValueError, match="not allowed"):
            tag("rect", "c-bar", **attributes)
    with pytest.raises(ValueError, match="c-"):
        tag("rect", "bar")
    with pytest.raises(ValueError, match="finite"):
        tag("rect", "c-bar", x=float("nan"))


@settings(deadline=None, max_examples=50)
@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9), st.booleans())
def test_ticks_are_few_round_and_cover_the_values(low: float, span: float, whole: bool) -> None:
    made = ticks(low, low + span, whole=whole)
    assert 2 <= len(made) <= 6
    assert made[0] <= low + 1e-6 * span
    assert made[-1] >= low + span - 1e-6 * span
    assert not whole or all(step == int(step) for step in made)


def test_ticks_read_well() -> None:
    assert ticks(0, 1_120_000) == (0, 250_000, 500_000, 750_000, 1_000_000, 1_250_000)
    assert ticks(0, 3, whole=True) == (0, 1, 2, 3)
    assert (decimals((0, 0.25, 0.5)), decimals((0, 5))) == (2, 0)
    assert [magnitude(top)[1] for top in (900, 1_250_000, 15_000_000, 2e10)] == ["", "thousand", "million", "billion"]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 200), max_size=12))
def test_labels_pushed_apart_keep_their_order_and_their_room(wanted: list[float]) -> None:
    placed = spread(wanted, 14, 0, 200)
    ordered = sorted(placed)
    assert all(after - before >= 14 - 1e-6 for before, after in pairwise(ordered))
    assert all(-1e-6 <= place <= 200 + 1e-6 for place in placed)
    for one, two in zip(wanted, placed, strict=True):
        for other, where in zip(wanted, placed, strict=True):
            assert one >= other or two <= where


def test_a_shortened_name_fits_its_room() -> None:
    cut_name = shortened("Havenbedrijf Rotterdam en omstreken", 80)
    assert cut_name.endswith("…")
    assert width_of(cut_name) <= 80


def test_a_limit_stops_where_it_leaves_the_frame() -> None:
    assert cut([(0.0, 2.0), (1.0, 0.0)], 0.0, 1.0) == [[(0.5, 1.0), (1.0, 0.0)]]


def test_every_word_of_the_charts_has_its_dutch() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "omzet/charts").glob("*.py")))
    used = set(re.findall(r"words\(\s*[\"']charts\.([a-z0-9_.]+)[\"']", source)) | {"thousand", "million", "billion"}
    table = tomllib.loads((ROOT / "omzet/locale/nl/charts.toml").read_text(encoding="utf-8"))
    known = {key for key, value in table.items() if isinstance(value, str)}
    known |= {f"{part}.{key}" for part, texts in table.items() if isinstance(texts, dict) for key in texts}
    assert used == known
