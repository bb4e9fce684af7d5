"""Conditions: whatever a value holds, what is written for it reads back as the same condition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from omzet.errors import CallError
from omzet.metrics.conditions import Condition, parse

VALUES = some.one_of(some.text(max_size=8), some.text(some.sampled_from("a\"'\\,() %;-="), max_size=8))


@given(some.sampled_from(["=", "!=", "<", "<=", ">", ">=", "contains"]), VALUES)
def test_a_condition_reads_back(operator: str, value: str) -> None:
    condition = Condition("region", operator, (value,))
    assert parse(condition.text) == condition


@given(some.sampled_from(["in", "not in"]), some.lists(VALUES, min_size=1, max_size=4))
def test_a_list_reads_back(operator: str, values: list[str]) -> None:
    condition = Condition("region", operator, tuple(values))
    assert parse(condition.text) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Sales Channel = Web", Condition("sales_channel", "=", ("Web",))),
        ('team in ("a\\"b", \'c, d\', e f)', Condition("team", "in", ('a"b', "c, d", "e f"))),
        ("amount between 5 and 10", Condition("amount", "between", ("5", "10"))),
        ("source IS NOT EMPTY", Condition("source", "is not empty", ())),
    ],
)
def test_conditions_as_people_write_them(text: str, condition: Condition) -> None:
    assert parse(text) == condition


@pytest.mark.parametrize("text", ["team in ()", "nonsense", ""])
def test_what_is_no_condition_is_told_in_words(text: str) -> None:
    with pytest.raises(CallError, match=r"is empty|is not a condition"):
        parse(text)
