"""Money without a rate or without an amount: never guessed, told apart, and the same in the number as in its rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from omzet.query.question import Question
from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create

DEALS = """deal_id,status,amount,currency,closed_at,created_at,expected_close_on
EUR1,won,1000,EUR,2026-01-10,2026-01-01,
USD1,won,500,USD,2026-01-15,2026-01-01,
PLN1,won,700,PLN,2026-01-15,2026-01-01,
NONE,won,,EUR,2026-01-20,2026-01-01,
LOST,lost,300,PLN,2026-01-20,2026-01-01,
LOS2,lost,400,EUR,2026-01-20,2026-01-01,
OPEN,open,250,PLN,,2026-01-01,2026-02-01
"""
RATES = "quoted_on,currency,rate\n2026-01-01,USD,0.9\n"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    files: Path = tmp_path_factory.mktemp("money")
    (files / "deals.csv").write_text(DEALS)
    (files / "exchange_rates.csv").write_text(RATES)
    folder = tmp_path_factory.mktemp("company") / "company"
    create(folder, {})
    workspace = open_workspace(folder)
    workspace.own()
    assert workspace.load(files).set_aside == 0
    return workspace


@pytest.mark.parametrize(
    ("metric", "value", "n", "left_out"),
    [
        ("bookings_amount", 1450, 3, {"no_rate": 1, "lost": 2}),
        ("average_deal_size", 725, 2, {"no_rate": 1, "no_amount": 1, "lost": 2}),
        ("median_deal_size", 725, 2, {"no_rate": 1, "no_amount": 1, "lost": 2}),
        ("win_rate_amount", 1450 / 1850, 4, {"no_rate": 2}),
        ("won_count", 4, 4, {"lost": 2}),
        ("lost_count", 2, 2, {"won": 4}),
    ],
)
def test_what_has_no_rate_or_no_amount_is_left_out_by_name(
    company: Workspace, metric: str, value: float, n: int, left_out: dict[str, int]
) -> None:
    question = Question(metrics=(metric,), as_of=date(2026, 3, 1))
    answer = company.query(question)
    row: dict[str, Any] = answer.rows[0]
    assert row[metric] == pytest.approx(value)
    assert row[f"{metric}:n"] == n
    opened = company.explain(question, limit=100)
    assert opened.counted == len(opened.rows) == n
    assert {group.id: group.count for group in opened.reasons} == left_out
    assert any("PLN" in note for note in answer.notes) == ("no_rate" in left_out)


def test_open_deals_without_a_rate_are_left_out_by_name(company: Workspace) -> None:
    question = Question(metrics=("open_pipeline_amount",), as_of=date(2026, 3, 1))
    assert company.query(question).rows[0]["open_pipeline_amount:n"] == 0
    assert {group.id: group.count for group in company.explain(question).reasons}["no_rate"] == 1
    monthly = Question(metrics=("open_pipeline_amount",), grain="month", start=date(2026, 1, 1), end=date(2026, 3, 1))
    assert [row["open_pipeline_amount:n"] for row in company.query(monthly).rows] == [0, 0]
    assert company.explain(Question(metrics=("won_count",), as_of=date(2026, 3, 1)), deal="PLN1").deal.counted  # type: ignore[union-attr]
    verdict = company.explain(Question(metrics=("bookings_amount",), as_of=date(2026, 3, 1)), deal="PLN1").deal
    assert verdict is not None
    assert (verdict.counted, verdict.reason) == (False, "no_rate")
