"""What the overview says of its figures, from answers written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest

from omzet.charts.funnel import FunnelStage
from omzet.metrics.calendar import Calendar
from omzet.query.answer import Answer, Freshness
from omzet.query.question import Question
from omzet.settings import Settings
from omzet.web import change, kpis
from omzet.web.choice import read_choice
from omzet.web.cycle_tile import bands
from omzet.web.funnel_tile import bottleneck
from omzet.web.overview import answer
from omzet.web.reader import Reader
from omzet.web.view import View

SETTINGS = Settings(holidays="none")
CALENDAR = Calendar(SETTINGS)
TODAY = date(2026, 11, 24)
Row = dict[str, Any]


def view(rows: Callable[[Question], list[Row]], address: str = "", language: str = "en", today: date = TODAY) -> View:
    """A view whose every question is answered with the rows that `rows` gives."""

    def ask(question: Question) -> Answer:
        found = rows(question)
        return Answer(
            metrics=list(question.metrics), by=list(question.by), as_of="2026-11-24", known=None, rows=found,
            freshness=Freshness(revision=1), currency="EUR",
        )  # fmt: skip

    reader = Reader(language, "light", "EUR", SETTINGS.zone)
    return View(ask, read_choice(parse_qsl(address), CALENDAR, today), reader, CALENDAR, today)


def always(**figures: Any) -> Callable[[Question], list[Row]]:
    """The same figures for every question without a grain."""
    row = {name.replace("__", ":"): value for name, value in figures.items()}
    return lambda question: [] if question.grain else [row]


def plain(markup: object) -> str:
    return re.sub("<[^>]+>", "", str(markup))


def test_behind_pace_is_said_with_the_working_days_that_are_left() -> None:
    scene = view(always(bookings_amount=1_840_000, target_amount=3_100_000, target_to_date=1_879_000))
    assert plain(answer(scene)) == "You are €39k behind pace with 27 working days to go. €1.84M of €3.10M is booked."


def test_the_same_in_dutch() -> None:
    scene = view(always(bookings_amount=1_840_000, target_amount=3_100_000, target_to_date=1_879_000), language="nl")
    text = plain(answer(scene)).replace("\u00a0", " ")
    assert text == "Je ligt € 39k achter op tempo met nog 27 werkdagen te gaan. € 1,84 mln van € 3,10 mln is geboekt."


def test_a_period_that_is_over_is_held_against_its_whole_target() -> None:
    scene = view(always(bookings_amount=2_430_000, target_amount=2_500_000, target_to_date=2_500_000), "period=last-quarter")
    assert plain(answer(scene)) == "Q3 2026 closed at €2.43M, 97% of the €2.50M target."


def test_without_a_target_the_sentence_compares() -> None:
    figures = {"bookings_amount": 110.0, "bookings_amount:previous": 100.0}
    scene = view(lambda question: [] if question.grain else [figures], "period=last-quarter")
    assert plain(answer(scene)) == "€110 is booked in Q3 2026, 10.0% more than Q2 2026."


def test_a_period_to_come_says_so() -> None:
    assert plain(answer(view(always(), "from=2027-02-01&until=2027-02-28"))) == "February 2027 has yet to begin."


@pytest.mark.parametrize(
    ("booked", "tone", "words"), [(105, "good", "105% of pace"), (98, "near", "98% of pace"), (80, "bad", "80% of pace")]
)
def test_pace_is_a_word_with_a_tone_and_an_icon(booked: float, tone: str, words: str) -> None:
    cell = kpis.bookings(view(always(bookings_amount=booked, won_count=3, target_amount=200, target_to_date=100)))
    assert cell.status
    assert (cell.status.tone, cell.status.text) == (tone, words)
    assert cell.status.icon
    assert cell.target == "of €200"


def test_a_target_for_a_part_of_the_period_is_none_for_the_whole() -> None:
    def rows(question: Question) -> list[Row]:
        if question.grain:
            return [{"period": "2026-10", "target_amount": 0}, {"period": "2026-11", "target_amount": 200}]
        return [{"bookings_amount": 900, "won_count": 3, "target_amount": 200, "target_to_date": 100}]

    cell = kpis.bookings(view(rows))
    assert cell.status
    assert cell.status.text == "no target"


def rate(n: int, won: int, **more: Any) -> Callable[[Question], list[Row]]:
    return always(win_rate=won / n if n else None, win_rate__n=n, win_rate__low=0.1, win_rate__high=0.6, won_count=won, **more)


def test_under_five_deals_there_is_no_percentage() -> None:
    cell = kpis.win_rate(view(rate(4, 3)))
    assert cell.figure == "3 of 4"
    assert "%" not in cell.figure + cell.note
    assert cell.change is None


def test_under_twenty_deals_the_rate_is_greyed_beside_its_interval() -> None:
    cell = kpis.win_rate(view(rate(12, 4)))
    assert cell.few
    assert cell.figure == "33.3%"
    assert cell.note == "95%: 10.0–60.0%, 4 of 12"


def test_from_twenty_on_it_is_plain() -> None:
    assert not kpis.win_rate(view(rate(20, 5))).few


def test_nothing_closed_is_a_dash_with_the_reason() -> None:
    cell = kpis.win_rate(view(always(win_rate=None, win_rate__n=0, win_rate__why="nothing_closed", won_count=0)))
    assert cell.figure == "–"
    assert cell.note == "No deals closed"


@pytest.mark.parametrize(("before", "words"), [(0.25, "within chance"), (0.7, "clearly worse"), (0.05, "clearly better")])
def test_a_change_is_judged_by_the_interval(before: float, words: str) -> None:
    cell = kpis.win_rate(view(rate(40, 12, win_rate__previous=before)))
    assert cell.status
    assert cell.status.text == words


def test_a_shorter_cycle_is_better() -> None:
    figures = always(sales_cycle_length_median=40.0, sales_cycle_length_median__n=50, sales_cycle_length_median__previous=47.0)
    change = kpis.cycle(view(figures)).change
    assert change
    assert (change.text.replace("\u00a0", " "), change.tone) == ("−7 days", "good")


def test_what_it_is_against_says_the_same_working_day_only_while_the_period_runs() -> None:
    running, over = view(always()), view(always(), "period=last-quarter")
    assert change.against(running) == "vs Q3 2026, up to the same working day"
    assert change.against(over) == "vs Q2 2026"
    assert change.against(view(always(), "compare=none")) == ""


def test_a_pipeline_without_amounts_is_told_in_deals() -> None:
    cell = kpis.pipeline(view(always(open_pipeline_amount=0, open_pipeline_count=31)))
    assert (cell.figure, cell.unit, cell.note) == ("31", "deals", "no amounts known")


def test_bands_of_days_are_round_and_hold_every_deal() -> None:
    found = [(0.0, 3), (12.0, 5), (44.0, 9), (71.0, 4), (400.0, 1)]
    made = bands(found, p90=70)
    assert sum(band.count for band in made) == 22
    assert {band.end - band.start for band in made if band.end is not None} == {10}
    assert made[-1].end is None
    assert made[-1].count == 1


def stage(change: float | None) -> FunnelStage:
    return FunnelStage("x", 100, conversion=0.5, change=change)


def test_the_bottleneck_fell_clearly_and_by_more_than_chance() -> None:
    row: Row = {"stage_conversion_rate": 0.5, "stage_conversion_rate:high": 0.56}
    assert bottleneck([row, row, row], (stage(-0.02), stage(-0.15), stage(-0.09))) == 1
    assert bottleneck([row, row], (stage(-0.04), stage(None))) is None
    assert bottleneck([row | {"stage_conversion_rate:high": 0.7}], (stage(-0.15),)) is None


def test_a_longer_period_is_followed_by_month_and_a_short_one_by_week() -> None:
    assert view(always()).step == "week"
    assert view(always(), "period=this-year").step == "month"


def test_the_choice_of_a_view_stays_in_its_address() -> None:
    scene = view(always(), "team=Noord")
    assert replace(scene.choice, word="last-quarter").address() == "/?period=last-quarter&team=Noord"
