"""Which evidence gets which grade, and that all tests are adjusted together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from omzet.analyses.findings.finding import COMPANY, Candidate
from omzet.analyses.findings.grading import adjusted_together, dimmed, grade_of

TEST = Candidate("r", "test", "", COMPANY, "", 40, effect=0.2, low=0.1, high=0.3, minimum=0.05, p=0.01)


@pytest.mark.parametrize(
    ("changes", "q", "grade"),
    [
        ({}, 0.01, "strong"),
        ({}, 0.05, "strong"),
        ({}, 0.06, "moderate"),
        ({}, 0.11, "weak"),
        ({"n": 29}, 0.01, "moderate"),
        ({"n": 14}, 0.01, "weak"),
        ({"n": 5}, 0.9, "weak"),
        ({"n": 4}, 0.01, None),
        ({"low": 0.04}, 0.01, "moderate"),
        ({"low": -0.01}, 0.01, "weak"),
        ({"effect": 0.04, "low": 0.01, "high": 0.07}, 0.01, None),
        ({"effect": -0.2, "low": -0.3, "high": -0.1}, 0.01, "strong"),
        ({"effect": -0.2, "low": -0.3, "high": 0.01}, 0.01, "weak"),
        ({"gate": False}, 0.01, None),
        ({"kind": "fact"}, None, "none"),
        ({"kind": "signal"}, None, "none"),
        ({"kind": "estimate", "p": None}, None, "strong"),
        ({"kind": "estimate", "p": None, "low": 0.01}, None, "moderate"),
        ({"kind": "estimate", "p": None, "low": -0.01}, None, "weak"),
        ({"n": 8, "enough": (6, 8)}, 0.01, "strong"),
        ({"p": None}, None, None),
        ({"effect": float("inf")}, 0.01, None),
    ],
)
def test_a_grade_follows_from_the_evidence(changes: dict[str, Any], q: float | None, grade: str | None) -> None:
    assert grade_of(replace(TEST, **changes), q) == grade


def test_all_tests_are_adjusted_together_those_held_back_too() -> None:
    asked = [replace(TEST, p=p, gate=p != 0.5) for p in (0.01, 0.5, 0.02, 0.9)] + [replace(TEST, kind="fact", p=None)]
    found = adjusted_together(asked)
    assert found[-1] is None
    assert found[:4] == pytest.approx([0.04, 0.5 * 4 / 3, 0.04, 0.9])


def test_a_grade_is_lowered_by_one_and_no_further() -> None:
    assert [dimmed(each) for each in ("strong", "moderate", "weak", "none")] == ["moderate", "weak", "weak", "none"]
