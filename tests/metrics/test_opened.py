"""Every number of the catalogue opens: its rows are those that it counts, in every cell of an answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.metrics.ledger import Ledger
from tests.sources.sampled import TODAY

ALL = 1_000_000


@pytest.mark.parametrize("asked", [{}, {"by": ("team",)}, {"grain": "month"}, {"where": ("team = Noord",)}], ids=str)
def test_an_opened_cell_has_the_value_that_the_answer_shows(sample: Workspace, asked: dict[str, Any]) -> None:
    for info in sample.metrics():
        question = Question(metrics=(info.id,), start=date(2025, 7, 1), end=date(2025, 10, 1), as_of=TODAY, **asked)
        shown = sample.query(question).rows[1 if asked.get("by") or asked.get("grain") else 0]
        opened = sample.explain(question, cell=shown, limit=ALL)
        assert opened.value == pytest.approx(shown[info.id]), info.id
        assert opened.found == opened.counted + opened.left_out, info.id
        if info.kind == "additive" and info.unit == "count":
            assert opened.counted == len(opened.rows) == shown[info.id], info.id


@pytest.mark.parametrize("metric", ["bookings_amount", "bookings_amount_by_rep", "revenue_recognised"])
@pytest.mark.parametrize("team", ["Noord", "DACH"])
def test_the_rows_of_an_opened_amount_add_up_to_it(sample: Workspace, now: Ledger, metric: str, team: str) -> None:
    question = Question(metrics=(metric,), where=(f"team = {team}",), start=date(2025, 7, 1), end=date(2025, 10, 1), as_of=TODAY)
    opened = sample.explain(question, limit=ALL)
    parts = [
        now.euros(row["amount"] or 0, row["currency"], date.fromisoformat(row.get("closed_on") or row["recognised_on"]))
        * row.get("credit", 1)
        for row in opened.rows
    ]
    assert len(parts) == opened.counted
    assert sum(parts) == pytest.approx(opened.value, abs=0.01)
