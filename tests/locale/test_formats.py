"""Numbers, money, days and periods in English and Dutch, letter by letter."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omzet.locale import formats, periods

H = "\u00a0"


@pytest.mark.parametrize(
    ("value", "english", "dutch"),
    [
        (1_840_000, "€1.84M", f"€{H}1,84{H}mln"),
        (-94_000, "−€94k", f"−€{H}94k"),
        (39_400, "€39k", f"€{H}39k"),
        (9_820, "€9,820", f"€{H}9.820"),
        (9_999.4, "€9,999", f"€{H}9.999"),
        (9_999.6, "€10k", f"€{H}10k"),
        (999_600, "€1.00M", f"€{H}1,00{H}mln"),
        (18_440_000, "€18.4M", f"€{H}18,4{H}mln"),
        (184_400_000, "€184M", f"€{H}184{H}mln"),
        (2_100_000_000, "€2.10B", f"€{H}2,10{H}mld"),
        (Decimal("1840000.00"), "€1.84M", f"€{H}1,84{H}mln"),
        (0, "€0", f"€{H}0"),
        (-0.2, "€0", f"€{H}0"),
        (None, "–", "–"),
    ],
)
def test_a_short_amount(value: float | None, english: str, dutch: str) -> None:
    assert (formats.money(value, "EUR", "en"), formats.money(value, "EUR", "nl")) == (english, dutch)


def test_an_exact_amount() -> None:
    assert formats.money_exact(Decimal("1234567.80"), "EUR", "en") == "€1,234,567.80"
    assert formats.money_exact(Decimal("-1234567.80"), "EUR", "nl") == f"−€{H}1.234.567,80"
    assert formats.money_exact(18_400, "EUR", "nl", 0) == f"€{H}18.400"
    assert formats.money_exact(None, "EUR", "nl") == "–"


def test_other_currencies_have_their_own_sign() -> None:
    assert formats.money(1_840_000, "USD", "en") == "$1.84M"
    assert formats.money(1_840_000, "USD", "nl") == f"US${H}1,84{H}mln"
    assert formats.money(1_840_000, "CHF", "en") == f"CHF{H}1.84M"


def test_a_percentage_has_no_space_before_its_sign() -> None:
    assert (formats.percent(0.241, "en"), formats.percent(0.241, "nl")) == ("24.1%", "24,1%")
    assert formats.percent(-0.038, "nl") == "−3,8%"
    assert formats.percent(0.5, "en", 0) == "50%"
    assert formats.percent(None, "en") == "–"


def test_points_carry_their_sign() -> None:
    assert (formats.points(-0.038, "en"), formats.points(-0.038, "nl")) == (f"−3.8{H}pt", f"−3,8{H}pt")
    assert formats.points(0.06, "en") == f"+6.0{H}pt"
    assert formats.points(0, "en") == f"0.0{H}pt"


def test_a_number_has_thousands_marks_a_true_minus_and_no_negative_zero() -> None:
    assert (formats.number(12_345, "en"), formats.number(12_345, "nl")) == ("12,345", "12.345")
    assert formats.number(-1234.56, "nl", 1) == "−1.234,6"
    assert formats.number(-0.04, "en", 1) == "0.0"
    assert formats.number(None, "en") == "–"


def test_times_have_their_unit() -> None:
    assert (formats.duration(31, "days", "en"), formats.duration(31, "days", "nl")) == (f"31{H}days", f"31{H}dagen")
    assert (formats.duration(1, "days", "en"), formats.duration(1.04, "days", "nl")) == (f"1{H}day", f"1{H}dag")
    assert formats.duration(47.46, "days", "nl") == f"47,5{H}dagen"
    assert (formats.duration(5.1, "hours", "en"), formats.duration(5.1, "hours", "nl")) == (f"5.1{H}h", f"5,1{H}u")
    assert formats.duration(45, "minutes", "nl") == f"45{H}min"
    assert formats.duration(None, "days", "nl") == "–"


def test_a_range_has_a_dash_and_one_percent_sign() -> None:
    assert formats.between("20,5%", "28,1%") == "20,5–28,1%"
    assert formats.between("642", "702") == "642–702"
    assert formats.between("−3.8%", "2.1%") == "−3.8 – 2.1%"
    assert formats.between("5", "5") == "5"


def test_days_are_short_and_show_the_year_where_it_matters() -> None:
    november = date(2026, 11, 24)
    assert (formats.day(november, "en"), formats.day(november, "nl")) == ("24 Nov", "24 nov")
    assert formats.day(november, "nl", year=True) == "24 nov 2026"
    assert formats.days(date(2026, 11, 1), date(2026, 11, 25), "en") == "1–24 Nov"
    assert formats.days(date(2026, 10, 1), date(2027, 1, 1), "nl") == "1 okt – 31 dec"
    assert formats.days(date(2025, 12, 1), date(2026, 3, 1), "en") == "1 Dec 2025 – 28 Feb 2026"
    assert formats.days(november, date(2026, 11, 25), "en") == "24 Nov"
    assert formats.day(None, "en") == "–"


def test_months_and_quarters_have_names() -> None:
    assert [formats.month_name(month, "nl") for month in (1, 3, 8)] == ["januari", "maart", "augustus"]
    assert [formats.month_name(month, "nl", short=True) for month in (3, 5, 9)] == ["mrt", "mei", "sep"]
    assert [formats.month_name(month, "en", short=True) for month in (3, 9, 11)] == ["Mar", "Sep", "Nov"]
    assert (formats.quarter(3, "en"), formats.quarter(3, "nl")) == ("Q3", "K3")


@pytest.mark.parametrize(
    ("label", "english", "dutch", "short"),
    [
        ("2026", "2026", "2026", "2026"),
        ("2026-Q3", "Q3 2026", "K3 2026", "K3"),
        ("2026-03", "March 2026", "maart 2026", "mrt"),
        ("2026-W13", "week 13, 2026", "week 13, 2026", "W13"),
        ("2026-03-29", "29 Mar 2026", "29 mrt 2026", "29 mrt"),
        ("FY2027", "FY2027", "FY2027", "FY2027"),
        ("FY2027-Q1", "Q1 FY2027", "K1 FY2027", "K1"),
        ("FY2027-M01", "M1 FY2027", "M1 FY2027", "M1"),
        ("2025-03/2026-02", "March 2025 – February 2026", "maart 2025 – februari 2026", "mrt–feb"),
        ("anything", "anything", "anything", "anything"),
    ],
)
def test_a_periods_label_is_said_as_people_say_it(label: str, english: str, dutch: str, short: str) -> None:
    assert periods.period_label(label, "en") == english
    assert periods.period_label(label, "nl") == dutch
    assert periods.period_label(label, "nl", short=True) == short


@pytest.mark.parametrize(
    ("word", "english", "dutch"),
    [
        ("this-quarter", "This quarter", "Dit kwartaal"),
        ("last-12-months", "Last 12 months", "Afgelopen 12 maanden"),
        ("last-1-month", "Last 1 month", "Afgelopen 1 maand"),
        ("last-4-fiscal-quarters", "Last 4 fiscal quarters", "Afgelopen 4 boekkwartalen"),
        ("2026-Q3", "Q3 2026", "K3 2026"),
        ("last-2-moons", "last-2-moons", "last-2-moons"),
    ],
)
def test_a_periods_word_is_said_as_people_say_it(word: str, english: str, dutch: str) -> None:
    assert (periods.period_word(word, "en"), periods.period_word(word, "nl")) == (english, dutch)


@given(st.floats(-1e13, 1e13), st.sampled_from(["en", "nl"]), st.sampled_from(["EUR", "USD", "CHF", "JPY"]))
def test_any_amount_is_short_and_keeps_its_sign(value: float, language: str, currency: str) -> None:
    text = formats.money(value, currency, language)
    assert "-" not in text
    assert " " not in text
    assert len(re.sub(r"[^0-9]", "", text)) <= 5
    assert text.startswith("−") == (value < 0 and re.search("[1-9]", text) is not None)


def test_importing_words_and_formats_loads_no_babel() -> None:
    code = "import sys, omzet.locale.periods; print('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
