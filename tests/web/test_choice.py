"""A choice and its address say the same."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omzet.errors import CallError
from omzet.metrics import conditions
from omzet.metrics.calendar import Calendar
from omzet.settings import Settings
from omzet.web.choice import EMPTY, OWN_NAMES, Choice, clause, read_choice

TODAY = date(2026, 11, 24)
CALENDAR = Calendar(Settings(holidays="none"))
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(lambda text: text.strip() == text)
NAMES = st.sampled_from(["team", "rep", "budget_holder", *sorted(OWN_NAMES)])


def choice(address: str) -> Choice:
    return read_choice(parse_qsl(urlsplit(address).query), CALENDAR, TODAY)


def test_without_words_it_is_this_quarter_against_the_one_before() -> None:
    found = choice("/")
    assert (found.start, found.end, found.compare) == (date(2026, 10, 1), date(2027, 1, 1), "previous")
    assert found.address() == "/"


def test_two_days_of_ones_own_include_the_last() -> None:
    found = choice("/?from=2026-02-03&until=2026-02-09")
    assert (found.start, found.end) == (date(2026, 2, 3), date(2026, 2, 10))
    assert found.address() == "/?from=2026-02-03&until=2026-02-09"


def test_two_days_the_wrong_way_round_are_turned() -> None:
    assert choice("/?from=2026-02-09&until=2026-02-03").start == date(2026, 2, 3)


def test_several_values_of_one_dimension_are_either() -> None:
    found = choice("/?team=Noord&team=Zuid")
    assert found.where() == ('team in ("Noord", "Zuid")',)


def test_a_value_can_be_missing() -> None:
    assert choice(f"/?source={EMPTY}").where() == ("source is empty",)


@pytest.mark.parametrize("address", ["/?period=this-quartr", "/?from=2026-02-30&until=2026-03-01", "/?compare=yesterday"])
def test_an_address_that_means_nothing_says_so(address: str) -> None:
    with pytest.raises(CallError):
        choice(address)


def test_an_attribute_may_have_a_name_that_pages_use() -> None:
    found = choice("/?f.period=morning")
    assert found.picks == (("period", ("morning",)),)
    assert found.address() == "/?f.period=morning"


@given(st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3, unique=True), max_size=3))
def test_any_choice_survives_its_address(picks: dict[str, list[str]]) -> None:
    made = Choice("this-year", date(2026, 1, 1), date(2027, 1, 1), "last-year", tuple((k, tuple(v)) for k, v in picks.items()))
    assert choice(made.address()) == made


@given(
    st.lists(
        TEXTS.filter(lambda text: '"' not in text and "\\" not in text and text != EMPTY), min_size=1, max_size=3, unique=True
    )
)
def test_any_value_survives_as_a_condition(values: list[str]) -> None:
    assert conditions.parse(clause("team", values)).values == tuple(values)


def test_a_drill_names_its_metric_and_cell() -> None:
    address = choice("/?team=Noord&table=funnel").drill("win_rate", cell={"rep": "Anna", "stage": None})
    assert parse_qsl(urlsplit(address).query) == [
        ("metric", "win_rate"),
        ("team", "Noord"),
        ("cell", "rep:Anna"),
        ("cell", f"stage:{EMPTY}"),
    ]


def test_an_export_asks_the_api_the_same() -> None:
    pairs = parse_qsl(urlsplit(choice("/?team=Noord").export(["win_rate"], by="rep")).query)
    assert pairs == [
        ("metrics", "win_rate"),
        ("from", "2026-10-01"),
        ("to", "2027-01-01"),
        ("where", 'team = "Noord"'),
        ("by", "rep"),
        ("format", "csv"),
    ]


def test_a_condition_of_a_drawing_survives_its_address() -> None:
    address = "/?where=cycle_days+between+10+and+19"
    assert choice(address).where() == ("cycle_days between 10 and 19",)
    assert choice(address).address() == address
