"""Hours of business."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from omzet.settings import Settings, parse_hours


@pytest.mark.parametrize(
    ("text", "minutes"), [("09:00-17:00", (540, 1020)), ("8:30 - 18:15", (510, 1095)), ("0:00-24:00", (0, 1440))]
)
def test_hours_are_read_as_minutes_of_the_day(text: str, minutes: tuple[int, int]) -> None:
    assert parse_hours(text) == minutes
    assert Settings(business_hours=text).business_hours == text


@pytest.mark.parametrize("text", ["", "9-17", "17:00-09:00", "09:00-09:00", "09:00-25:00", "09:60-17:00"])
def test_what_are_no_hours_of_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="such as 09:00-17:00"):
        Settings(business_hours=text)
