"""The labels of a line's axis."""

from __future__ import annotations

import pytest

from omzet.charts.line import axis_labels
from tests.charts.samples import EN, english


@pytest.mark.parametrize(
    ("steps", "labels"),
    [
        ((0, 0.2, 0.4, 0.6, 0.8, 1.0), ["€0", "", "", "", "", "€1"]),
        ((0, 0.5, 1, 1.5), ["€0", "", "€1", ""]),
        ((0, 500, 1000), ["€0", "€500", "€1k"]),
    ],
)
def test_no_two_steps_of_money_are_called_the_same(steps: tuple[float, ...], labels: list[str]) -> None:
    assert axis_labels(steps, "money", EN, english) == labels
