"""The company's calendar: periods, their names, comparisons and working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omzet.errors import CallError, OmzetError
from omzet.metrics.calendar import GRAINS, Calendar, Period
from omzet.settings import Settings

TODAY = date(2026, 3, 29)
PLAIN = Calendar(Settings())
FEBRUARY = Calendar(Settings(fiscal_year_start=2))
WEEKS = Calendar(Settings(fiscal_pattern="4-4-5"))
FEBRUARY_WEEKS = Calendar(Settings(fiscal_year_start=2, fiscal_pattern="4-4-5"))
NO_HOLIDAYS = Calendar(Settings(holidays="none"))
CALENDARS = [PLAIN, FEBRUARY, WEEKS, FEBRUARY_WEEKS]

days = st.dates(date(1970, 1, 1), date(2100, 12, 31))
grains = st.sampled_from(GRAINS)
calendars = st.sampled_from(CALENDARS)


def span(period: Period) -> tuple[str, str, str]:
    return period.start.isoformat(), period.end.isoformat(), period.label


# Words


@pytest.mark.parametrize(
    ("word", "start", "end", "label"),
    [
        ("today", "2026-03-29", "2026-03-30", "2026-03-29"),
        ("yesterday", "2026-03-28", "2026-03-29", "2026-03-28"),
        ("this-week", "2026-03-23", "2026-03-30", "2026-W13"),
        ("last-week", "2026-03-16", "2026-03-23", "2026-W12"),
        ("this-month", "2026-03-01", "2026-04-01", "2026-03"),
        ("last-month", "2026-02-01", "2026-03-01", "2026-02"),
        ("next-month", "2026-04-01", "2026-05-01", "2026-04"),
        ("this-quarter", "2026-01-01", "2026-04-01", "2026-Q1"),
        ("last-quarter", "2025-10-01", "2026-01-01", "2025-Q4"),
        ("this-year", "2026-01-01", "2027-01-01", "2026"),
        ("last-year", "2025-01-01", "2026-01-01", "2025"),
        ("this-fiscal-quarter", "2026-02-01", "2026-05-01", "FY2027-Q1"),
        ("last-fiscal-quarter", "2025-11-01", "2026-02-01", "FY2026-Q4"),
        ("this-fiscal-year", "2026-02-01", "2027-02-01", "FY2027"),
        ("last-fiscal-year", "2025-02-01", "2026-02-01", "FY2026"),
        ("last-7-days", "2026-03-22", "2026-03-29", "2026-03-22/2026-03-28"),
        ("last-12-months", "2025-03-01", "2026-03-01", "2025-03/2026-02"),
        ("last-4-weeks", "2026-02-23", "2026-03-23", "2026-W09/2026-W12"),
        ("last-2-quarters", "2025-07-01", "2026-01-01", "2025-Q3/2025-Q4"),
        ("last-3-years", "2023-01-01", "2026-01-01", "2023/2025"),
        ("last-1-month", "2026-02-01", "2026-03-01", "2026-02"),
        ("last-4-fiscal-quarters", "2025-02-01", "2026-02-01", "FY2026-Q1/FY2026-Q4"),
        ("2026", "2026-01-01", "2027-01-01", "2026"),
        ("2026-Q1", "2026-01-01", "2026-04-01", "2026-Q1"),
        ("2026-03", "2026-03-01", "2026-04-01", "2026-03"),
        ("2026-W13", "2026-03-23", "2026-03-30", "2026-W13"),
        ("2026-03-29", "2026-03-29", "2026-03-30", "2026-03-29"),
        ("FY2027", "2026-02-01", "2027-02-01", "FY2027"),
        ("FY2027-Q1", "2026-02-01", "2026-05-01", "FY2027-Q1"),
        ("FY2027-M01", "2026-02-01", "2026-03-01", "FY2027-M01"),
        ("fy2027-m12", "2027-01-01", "2027-02-01", "FY2027-M12"),
        ("2025-Q3/2026-Q1", "2025-07-01", "2026-04-01", "2025-Q3/2026-Q1"),
    ],
)
def test_a_word_names_its_period(word: str, start: str, end: str, label: str) -> None:
    assert span(FEBRUARY.period(word, TODAY)) == (start, end, label)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("this-quater", "Did you mean 'this-quarter'?"),
        ("last-12-month-s", "Did you mean 'last-12-months'?"),
        ("last-quarters", "Did you mean 'last-quarter'?"),
        ("2026-Q5", "Did you mean '2026-Q1'?"),
        ("FY2027-M13", "Did you mean 'FY2027-M01'?"),
        ("2026-13", "'2026-13' is not in the calendar"),
        ("2025-W53", "'2025-W53' is not in the calendar"),
        ("2026-02-30", "'2026-02-30' is not in the calendar"),
        ("last-0-days", "is an empty period"),
        ("last-9999-years", "begins before the calendar does"),
        ("", "Unknown period ''"),
        ("29-03-2026", "Unknown period"),
    ],
)
def test_a_word_that_names_no_period_is_told_with_the_nearest_right_one(word: str, told: str) -> None:
    with pytest.raises(CallError) as error:
        PLAIN.period(word, TODAY)
    assert told in str(error.value)


def test_a_grain_that_does_not_exist_is_told_with_the_nearest_right_one() -> None:
    with pytest.raises(CallError, match=r"Unknown grain 'fiscal_quarter'\. Did you mean 'fiscal-quarter'\?"):
        PLAIN.spine("fiscal_quarter", TODAY, TODAY)


@given(calendars, grains, days)
def test_a_label_read_back_is_the_unit_it_names(calendar: Calendar, grain: str, day: date) -> None:
    unit = calendar.unit_of(grain, day)
    assert calendar.period(unit.label, TODAY) == unit


# Spines


@given(calendars, grains, days, st.integers(0, 1500))
def test_a_spine_covers_its_range_without_gap_or_overlap_and_its_labels_are_unique(
    calendar: Calendar, grain: str, start: date, length: int
) -> None:
    end = start + timedelta(days=length)
    periods = calendar.spine(grain, start, end)
    edges = [start, *(period.end for period in periods)]
    assert edges[-1] == end
    assert [period.start for period in periods] == edges[:-1]
    assert all(period.start < period.end for period in periods)
    assert len({period.label for period in periods}) == len(periods)
    for period in (*periods[:1], *periods[-1:]):
        assert calendar.unit_of(grain, period.start).label == period.label


@given(calendars, grains, days)
def test_every_day_lies_in_its_unit_and_units_touch(calendar: Calendar, grain: str, day: date) -> None:
    unit = calendar.unit_of(grain, day)
    assert unit.start <= day < unit.end
    assert calendar.unit_of(grain, unit.start) == unit
    assert calendar.unit_of(grain, unit.end - timedelta(days=1)) == unit
    assert calendar.unit_of(grain, unit.end).start == unit.end


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("grain", GRAINS)
def test_the_ends_of_the_calendar_itself_are_no_accident(calendar: Calendar, grain: str) -> None:
    for start, end in ((date.min, date(1, 3, 1)), (date(9999, 10, 1), date.max)):
        periods = calendar.spine(grain, start, end)
        assert (periods[0].start, periods[-1].end) == (start, end)


def test_a_range_that_is_cut_keeps_the_labels_of_whole_units() -> None:
    assert [span(period) for period in PLAIN.spine("month", date(2026, 1, 15), date(2026, 3, 2))] == [
        ("2026-01-15", "2026-02-01", "2026-01"),
        ("2026-02-01", "2026-03-01", "2026-02"),
        ("2026-03-01", "2026-03-02", "2026-03"),
    ]


def test_a_spine_of_too_many_periods_is_refused() -> None:
    with pytest.raises(CallError, match="more than 50,000 periods of one day"):
        PLAIN.spine("day", date.min, date.max)


# Fiscal years


def test_a_fiscal_year_is_named_after_the_year_it_ends_in() -> None:
    assert span(FEBRUARY.unit_of("fiscal-year", date(2024, 2, 1))) == ("2024-02-01", "2025-02-01", "FY2025")
    assert FEBRUARY.unit_of("fiscal-quarter", date(2024, 1, 31)).label == "FY2024-Q4"
    assert FEBRUARY.unit_of("fiscal-quarter", date(2024, 4, 30)).label == "FY2025-Q1"
    assert FEBRUARY.unit_of("fiscal-quarter", date(2024, 5, 1)).label == "FY2025-Q2"
    assert FEBRUARY.unit_of("fiscal-month", date(2025, 1, 31)).label == "FY2025-M12"


@given(days)
def test_a_fiscal_year_from_january_is_the_calendar_year(day: date) -> None:
    fiscal, plain = PLAIN.unit_of("fiscal-year", day), PLAIN.unit_of("year", day)
    assert (fiscal.start, fiscal.end, fiscal.label) == (plain.start, plain.end, f"FY{plain.label}")


@given(days)
def test_a_4_4_5_year_from_january_is_the_iso_week_year(day: date) -> None:
    year = day.isocalendar().year
    unit = WEEKS.unit_of("fiscal-year", day)
    assert unit == (date.fromisocalendar(year, 1, 1), date.fromisocalendar(year + 1, 1, 1), f"FY{year}")


@given(st.integers(1980, 2090), st.sampled_from([WEEKS, FEBRUARY_WEEKS]))
def test_the_months_of_4_4_5_have_4_4_and_5_weeks_and_a_53rd_week_ends_the_year(year: int, calendar: Calendar) -> None:
    whole = calendar.period(f"FY{year}", TODAY)
    weeks = [(month.end - month.start).days / 7 for month in calendar.spine("fiscal-month", whole.start, whole.end)]
    assert weeks in ([4, 4, 5] * 4, [*[4, 4, 5] * 3, 4, 4, 6])
    assert whole.start.weekday() == 0
    first = date(year - 1, 2, 1) if calendar is FEBRUARY_WEEKS else date(year, 1, 1)
    assert abs((whole.start - first).days) <= 3


# Comparisons


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        ("2026-03-01", "2026-04-01", "2026-02-01"),
        ("2026-01-01", "2026-04-01", "2025-10-01"),
        ("2026-01-01", "2027-01-01", "2025-01-01"),
        ("2025-03-01", "2026-03-01", "2024-03-01"),
        ("2026-03-23", "2026-03-30", "2026-03-16"),
        ("2026-03-10", "2026-03-20", "2026-02-28"),
        ("2026-03-01", "2026-03-29", "2026-02-01"),
    ],
)
def test_the_range_before_is_calendar_units_or_as_many_days(start: str, end: str, before: str) -> None:
    found = PLAIN.previous(date.fromisoformat(start), date.fromisoformat(end))
    assert found == (date.fromisoformat(before), date.fromisoformat(start))


@given(calendars, st.sampled_from(GRAINS), days, st.integers(1, 8))
def test_the_range_before_whole_units_has_as_many_of_them(calendar: Calendar, grain: str, day: date, count: int) -> None:
    start = end = calendar.unit_of(grain, day).start
    for _ in range(count):
        end = calendar.unit_of(grain, end).end
    before, until = calendar.previous(start, end)
    assert until == start
    if start.day == 1 and end.day == 1 and grain not in ("month", "quarter", "year"):
        return  # whole months as well, which come first
    if grain in ("day", "week") and calendar in (WEEKS, FEBRUARY_WEEKS):
        return  # may be whole fiscal months as well, which come before weeks
    periods = calendar.spine(grain, before, until)
    assert len(periods) == count
    assert calendar.unit_of(grain, before).start == before


def test_last_year_takes_the_same_dates_and_bends_only_on_29_february() -> None:
    assert PLAIN.last_year(date(2026, 3, 5), date(2026, 3, 29)) == (date(2025, 3, 5), date(2025, 3, 29))
    assert PLAIN.last_year(date(2024, 2, 1), date(2024, 3, 1)) == (date(2023, 2, 1), date(2023, 3, 1))
    assert PLAIN.last_year(date(2024, 2, 29), date(2024, 3, 1)) == (date(2023, 2, 28), date(2023, 3, 1))
    assert PLAIN.last_year(date(2024, 2, 1), date(2024, 2, 29)) == (date(2023, 2, 1), date(2023, 3, 1))


def test_a_range_that_is_not_over_is_compared_by_elapsed_working_days() -> None:
    # 1 to 14 April 2026 holds 8 working days (Good Friday and Easter Monday are off); the 8th of March is the 11th.
    april, march = (date(2026, 4, 1), date(2026, 5, 1)), (date(2026, 3, 1), date(2026, 4, 1))
    as_of = date(2026, 4, 14)
    assert PLAIN.working_days(april[0], date(2026, 4, 15)) == 8
    assert PLAIN.partial(*april, *march, as_of) == date(2026, 3, 12)


def test_a_range_that_is_over_or_has_not_begun_is_compared_whole() -> None:
    february, january = (date(2026, 2, 1), date(2026, 3, 1)), (date(2026, 1, 1), date(2026, 2, 1))
    for as_of in (date(2026, 2, 28), date(2026, 3, 15), date(2026, 1, 31)):
        assert PLAIN.partial(*february, *january, as_of) == january[1]
    assert PLAIN.partial(*february, *january, date(2026, 2, 27)) < january[1]


def test_before_the_first_working_day_there_is_nothing_to_compare() -> None:
    assert PLAIN.partial(date(2026, 8, 1), date(2026, 9, 1), date(2026, 7, 1), date(2026, 8, 1), date(2026, 8, 2)) == date(
        2026, 7, 1
    )


@given(days, st.integers(2, 100), st.integers(0, 99), days, st.integers(1, 100))
def test_the_base_of_a_partial_range_ends_right_after_its_kth_working_day(
    start: date, length: int, elapsed: int, base: date, base_length: int
) -> None:
    end, base_end = start + timedelta(days=length), base + timedelta(days=base_length)
    as_of = start + timedelta(days=min(elapsed, length - 2))
    until = PLAIN.partial(start, end, base, base_end, as_of)
    count = PLAIN.working_days(start, as_of + timedelta(days=1))
    assert base <= until <= base_end
    assert PLAIN.working_days(base, until) == min(count, PLAIN.working_days(base, base_end))
    if base < until < base_end:
        assert PLAIN.is_working_day(until - timedelta(days=1))


# Working days


@given(days, st.integers(0, 1200), st.sampled_from([PLAIN, NO_HOLIDAYS, Calendar(Settings(working_week="sun-thu"))]))
def test_counted_working_days_are_the_days_that_are_working_days(start: date, length: int, calendar: Calendar) -> None:
    end = start + timedelta(days=length)
    one_by_one = sum(calendar.is_working_day(start + timedelta(days=step)) for step in range(length))
    assert calendar.working_days(start, end) == one_by_one
    assert calendar.working_days(end, start) == 0 or length == 0


def test_march_2026_has_22_working_days_and_february_20() -> None:
    assert NO_HOLIDAYS.working_days(date(2026, 3, 1), date(2026, 4, 1)) == 22
    assert NO_HOLIDAYS.working_days(date(2026, 2, 1), date(2026, 3, 1)) == 20


def test_public_holidays_are_those_of_the_companys_country_or_the_persons() -> None:
    kings_day, unity_day, epiphany = date(2026, 4, 27), date(2025, 10, 3), date(2025, 1, 6)
    assert not PLAIN.is_working_day(kings_day)
    assert PLAIN.is_working_day(kings_day, "DE")
    assert (PLAIN.is_working_day(unity_day), PLAIN.is_working_day(unity_day, "de")) == (True, False)
    assert (PLAIN.is_working_day(epiphany, "DE"), PLAIN.is_working_day(epiphany, "DE-BY")) == (True, False)
    assert not PLAIN.is_working_day(kings_day, "Atlantis")
    assert NO_HOLIDAYS.is_working_day(kings_day)
    assert NO_HOLIDAYS.is_working_day(unity_day, "DE")


def test_rows_of_the_holidays_table_come_on_top_for_everyone_or_their_country() -> None:
    calendar = Calendar(Settings(holidays="none"), [(date(2026, 3, 2), None), (date(2026, 3, 3), "de"), (date(2026, 3, 7), None)])
    assert calendar.working_days(date(2026, 3, 1), date(2026, 4, 1)) == 21
    dutch = Calendar(Settings(), [(date(2026, 3, 3), "DE"), (date(2026, 3, 4), "NL")])
    assert [dutch.is_working_day(date(2026, 3, day)) for day in (3, 4)] == [True, False]
    assert [dutch.is_working_day(date(2026, 3, day), "DE") for day in (3, 4)] == [False, True]


def test_a_country_without_known_holidays_says_what_to_set() -> None:
    with pytest.raises(OmzetError, match=r"No public holidays are known for 'QQ'.*omzet\.toml"):
        Calendar(Settings(holidays="QQ")).working_days(date(2026, 1, 1), date(2026, 2, 1))


# Days


def test_a_local_day_follows_the_companys_zone_through_summer_time() -> None:
    assert PLAIN.local_day(datetime(2026, 3, 28, 23, 30, tzinfo=UTC)) == date(2026, 3, 29)
    assert PLAIN.local_day(datetime(2026, 3, 29, 21, 59, tzinfo=UTC)) == date(2026, 3, 29)
    assert PLAIN.local_day(datetime(2026, 3, 29, 22, 0, tzinfo=UTC)) == date(2026, 3, 30)
    assert Calendar(Settings(timezone="America/New_York")).today(datetime(2026, 1, 1, 3, 0, tzinfo=UTC)) == date(2025, 12, 31)
