"""A question out of the words a person writes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from omzet.errors import CallError
from omzet.query.question import Question
from omzet.workspace.words import question_of


def test_lists_may_be_written_with_commas() -> None:
    question = question_of("win_rate, won_count", by="team,rep", order=["-win_rate"])
    assert question == Question(metrics=("win_rate", "won_count"), by=("team", "rep"), order=("-win_rate",))


def test_a_period_may_stand_where_the_first_day_stands() -> None:
    assert question_of("win_rate", start="last-quarter").period == "last-quarter"
    assert question_of("win_rate", start="2026-Q1").period == "2026-Q1"
    assert question_of("win_rate", start="2026-01-01").start == date(2026, 1, 1)


def test_a_day_and_a_moment_are_told_apart() -> None:
    question = question_of("win_rate", as_of="2026-03-31", known="2026-03-31T17:00:00Z")
    assert question.as_of == date(2026, 3, 31)
    assert not isinstance(question.as_of, datetime)
    assert question.known == datetime(2026, 3, 31, 17, tzinfo=UTC)


def test_parameters_become_texts() -> None:
    assert question_of("win_rate", parameters={"days": 60, "at": [7, 14], "flag": True}).parameters == {
        "days": "60",
        "at": "7,14",
        "flag": "true",
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"grain": "mont"}, "Did you mean 'month'"),
        ({"compare": "lastyear"}, "Did you mean 'last-year'"),
        ({"start": "2026-02-30"}, "--from 2026-02-30"),
        ({"end": "next week"}, "--to next week"),
        ({"as_of": "soon"}, "--as-of soon"),
        ({"period": "2026", "end": "2026-04-01"}, "either a period"),
        ({"limit": 0}, "limit"),
    ],
)
def test_a_wrong_word_is_a_wrong_call(words: dict[str, Any], message: str) -> None:
    with pytest.raises(CallError, match=message):
        question_of("win_rate", **words)


def test_no_metric_is_a_wrong_call() -> None:
    with pytest.raises(CallError, match="at least one metric"):
        question_of(" , ")
