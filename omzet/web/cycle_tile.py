"""How long won deals took: a histogram in bands of days, with the median and the 90th percentile."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from omzet.charts.chart import Chart, Form, every_form
from omzet.charts.distribution import DistributionBand, DistributionData, distribution
from omzet.web.tiles import Fact, State, Tile
from omzet.web.view import View, number, only

MEDIAN, P90 = "sales_cycle_length_median", "sales_cycle_length_p90"
MEAN = "sales_cycle_length_mean"
BANDS = 12
WIDTHS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180)


def cycle_tile(view: View) -> Tile:
    """Won deals of the period by the days from first contact to close."""
    reader, choice = view.reader, view.choice
    answer = view.main()
    median, p90, mean = only(answer, MEDIAN), only(answer, P90), only(answer, MEAN)
    tile = Tile(
        id="cycle-length",
        title=reader.t("web.cycle.title", "Sales cycle length"),
        sub=reader.t(
            "web.cycle.sub",
            "Days from first contact to close, deals won in {period}",
            period=view.name_of(choice.start, choice.end),
        ),
        width=5,
        explain=choice.drill(MEDIAN),
        csv=choice.export([MEDIAN, "sales_cycle_length_p75", P90, MEAN]),
    )
    if median.value is None:
        title = reader.t("web.cycle.none", "No deal was won")
        return replace(
            tile,
            state=State(
                title,
                view.why(median) or reader.t("web.cycle.none_text", "A cycle ends with a win. There is none in this period."),
            ),
        )
    facts = tuple(
        Fact(f"cycle-{key}", name, reader.days(found.value), choice.drill(metric))
        for key, name, found, metric in (
            ("median", reader.t("web.cycle.median", "Median"), median, MEDIAN),
            ("p90", reader.t("web.cycle.p90", "90th percentile"), p90, P90),
            ("mean", reader.t("web.cycle.mean", "Mean"), mean, MEAN),
        )
    )
    made = (replace(band, href=_opens(view, band)) for band in bands(counts(view), p90.value or median.value))
    data = DistributionData(tuple(made), median.value, p90.value)

    def draw(form: Form) -> Chart:
        return distribution(data, reader.words, reader.charts(), form)

    return replace(tile, facts=facts, chart=every_form(draw))


def _opens(view: View, band: DistributionBand) -> str | None:
    """The drill of the deals in a band."""
    if not band.count:
        return None
    days = f"cycle_days >= {band.start:g}" if band.end is None else f"cycle_days between {band.start:g} and {band.end - 1:g}"
    return replace(view.choice, conditions=(*view.choice.conditions, days)).drill(MEDIAN)


def counts(view: View) -> list[tuple[float, int]]:
    """How many won deals took each number of days."""
    answer = view.ask(view.choice.question("won_count", by=("cycle_days",)))
    found = ((number(row.get("cycle_days")), int(number(row.get("won_count")) or 0)) for row in answer.rows)
    return sorted((days, count) for days, count in found if days is not None and count)


def bands(found: list[tuple[float, int]], p90: float) -> list[DistributionBand]:
    """About twelve bands of a round width; the last is open and holds the long tail."""
    if not found:
        return []
    most = found[-1][0]
    reach = min(most + 1, p90 * 1.5 + 1)
    width = next((width for width in WIDTHS if width * BANDS >= reach), ceil(reach / BANDS))
    number_of = max(1, ceil(reach / width))
    rest = most >= number_of * width
    heights = [0] * (number_of + rest)
    for days, count in found:
        heights[min(int(max(days, 0) // width), len(heights) - 1)] += count
    return [
        DistributionBand(index * width, None if rest and index == number_of else (index + 1) * width, height)
        for index, height in enumerate(heights)
    ]
