"""What stands beside a number on its page: further figures, the steps of a bridge, and the number by group or over time."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from omzet.query.explanation import Beside
from omzet.web.beside import besides, bridge, facts
from omzet.web.reader import Reader

ENGLISH = Reader("en", "light", "EUR", ZoneInfo("Europe/Amsterdam"))
DUTCH = Reader("nl", "light", "EUR", ZoneInfo("Europe/Amsterdam"))


def beside(unit: str, **figures: float | str | None) -> list[Beside]:
    return [Beside(id=id, label=id.capitalize(), value=value, unit=unit) for id, value in figures.items()]


def test_two_ends_of_a_range_are_one_figure_and_what_is_unknown_is_left_out() -> None:
    shares = beside("share", rate=0.25, low95=0.1, high95=0.4, centre=None)
    assert facts(shares, ENGLISH) == [("Rate", "25.0%"), ("95% limits", "10.0–40.0%")]
    assert facts(shares, DUTCH) == [("Rate", "25,0%"), ("95%-grenzen", "10,0–40,0%")]


def test_a_word_is_said_in_the_readers_language_and_a_chance_has_three_decimals() -> None:
    found = [*beside("text", flag="action_low"), *beside("share", p=0.03449), *beside("share", q=0.00002)]
    assert [text for _, text in facts(found, ENGLISH)] == ["Below the 99.8% limit", "0.034", "<\u00a00.001"]
    assert [text for _, text in facts(found, DUTCH)] == ["Onder de 99,8%-grens", "0,034", "<\u00a00,001"]


def test_a_bridge_goes_from_the_opening_to_the_closing_and_its_bars_join() -> None:
    steps = bridge(beside("money", opening=100.0, created=50.0, won=30.0, fx=0.0, closing=120.0), ENGLISH)
    assert [(step.text, step.figure, step.kind) for step in steps] == [
        ("Opening", "€100", "end"),
        ("Created", "+€50", "more"),
        ("Won", "−€30", "less"),
        ("Closing", "€120", "end"),
    ]
    assert [round(step.x + step.width, 6) for step in steps] == [66.666667, 100, 100, 80]
    assert round(steps[1].x, 6) == 66.666667
    assert round(steps[2].x, 6) == 80


def test_figures_that_do_not_add_up_are_no_bridge() -> None:
    figures = beside("money", opening=100.0, created=50.0, closing=120.0)
    assert bridge(figures, ENGLISH) == []
    assert len(besides(figures, [])) == 3


@pytest.mark.parametrize(
    ("metric", "more", "english", "dutch"),
    [
        ("rep_funnel_plot", "&period=last-year", "Rate of all reps", "Percentage van alle verkopers"),
        ("pipeline_bridge", "&period=this-year&split=team", "Pushed out", "Doorgeschoven"),
        ("bookings_outlook", "&split=team", "New business", "Nieuwe deals"),
        ("activity_effect_landmark", "&period=this-year", "Deals without it", "Deals zonder"),
        ("stage_bottleneck_score", "&period=last-year", "Mean wait", "Gemiddeld wachten"),
    ],
)
def test_the_page_of_an_analysis_shows_its_further_figures(
    client: TestClient, metric: str, more: str, english: str, dutch: str
) -> None:
    for language, label in (("en", english), ("nl", dutch)):
        page = client.get(f"/drill?metric={metric}{more}&lang={language}")
        assert page.status_code == 200
        assert label in page.text


def test_a_number_is_shown_by_group_and_each_group_opens(client: TestClient) -> None:
    page = client.get("/drill?metric=win_rate&period=this-year&split=team&lang=en").text
    links = re.findall(r'<th scope="row"><a href="([^"]+cell=team[^"]+)"', page)
    assert links
    for link in links:
        opened = client.get(link.replace("&amp;", "&"))
        assert opened.status_code == 200
        assert "÷" in opened.text


def test_a_number_is_shown_over_time_and_each_period_opens(client: TestClient) -> None:
    page = client.get("/drill?metric=open_pipeline_amount&period=this-year&split=quarter&lang=en").text
    links = re.findall(r'<th scope="row"><a href="([^"]+)"', page)
    assert len(links) == 4
    assert all("as_of=" in link for link in links)
    assert client.get(links[0].replace("&amp;", "&")).status_code == 200


def test_what_every_group_would_repeat_is_told_once(client: TestClient) -> None:
    page = client.get("/drill?metric=rep_funnel_plot&period=last-year&lang=en").text
    assert page.count("<dt>Rate of all reps</dt>") == 1
    assert ">Rate of all reps</th>" not in page
    assert ">95% limits</th>" in page


def test_what_a_number_can_not_be_split_by_says_so(client: TestClient) -> None:
    page = client.get("/drill?metric=win_rate&split=nonsense&lang=en")
    assert page.status_code == 200
    assert "nonsense" in page.text


def test_the_file_holds_the_further_figures(client: TestClient) -> None:
    page = client.get("/drill?metric=rep_funnel_plot&period=last-year&lang=en").text
    (address,) = re.findall(r'<a class="button split-csv" href="([^"]+)"', page)
    head = client.get(address.replace("&amp;", "&")).text.splitlines()[0]
    assert "rep_funnel_plot:low95" in head
    assert "rep_funnel_plot:flag" in head


def test_a_rate_is_told_with_what_stale_deals_make_of_it(client: TestClient) -> None:
    assert "depending on how many of the" in client.get("/drill?metric=win_rate&period=this-year&lang=en").text
    assert "al naar gelang hoeveel van de" in client.get("/drill?metric=win_rate&period=this-year&lang=nl").text
    assert "depending on" not in client.get("/drill?metric=win_rate&period=this-year&param=bound=none&lang=en").text


def test_a_caution_stands_with_the_number(client: TestClient) -> None:
    page = client.get("/drill?metric=activity_effect_landmark&period=this-year&lang=en").text
    assert page.count("that does not show that one causes the other") >= 1
    assert 'class="caution"' in page
