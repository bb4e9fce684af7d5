"""What was known: an old report can be asked again after later corrections."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import omzet
from omzet.workspace import Workspace
from omzet.workspace.create import create

FIRST = """deal_id,status,amount,created_at,closed_at,owner_id
A,won,100,2026-01-01,2026-02-10,ann
B,open,50,2026-01-05,,ann
C,won,70,2026-01-01,2026-03-05,ann
"""
SECOND = """deal_id,status,amount,created_at,closed_at,owner_id
A,won,120,2026-01-01,2026-02-10,bob
B,won,50,2026-01-05,2026-02-28,ann
C,lost,70,2026-01-01,2026-03-05,ann
D,open,10,2026-02-01,,ann
"""


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A company whose second load corrects the first."""
    folder: Path = tmp_path_factory.mktemp("known")
    create(folder / "company", {})
    workspace = omzet.open(folder / "company")
    for text, day in ((FIRST, 10), (SECOND, 20)):
        (folder / "deals.csv").write_text(text)
        workspace.load([folder / "deals.csv"], recorded_at=datetime(2026, 3, day, tzinfo=UTC))
    return workspace


def figures(workspace: Workspace, **asked: Any) -> tuple[Any, Any, Any]:
    row = workspace.query(["won_count", "bookings_amount", "open_pipeline_count"], **asked).rows[0]
    return row["won_count"], row["bookings_amount"], row["open_pipeline_count"]


def test_by_default_everything_is_known(corrected: Workspace) -> None:
    assert figures(corrected) == (2, 150, 1)


def test_a_report_from_before_the_correction_is_reproduced(corrected: Workspace) -> None:
    assert figures(corrected, known=date(2026, 3, 15)) == (2, 170, 1)


def test_what_happened_later_was_not_known(corrected: Workspace) -> None:
    assert figures(corrected, known=date(2026, 3, 1)) == (1, 100, 2)


def test_as_of_and_known_are_two_clocks(corrected: Workspace) -> None:
    assert figures(corrected, as_of=date(2026, 3, 1)) == (2, 150, 2)
    assert figures(corrected, as_of=date(2026, 3, 1), known=date(2026, 3, 15)) == (1, 100, 2)


def test_knowing_all_there_is_changes_nothing(corrected: Workspace) -> None:
    assert figures(corrected, known=date(2026, 3, 25)) == figures(corrected)


def test_bookings_keep_the_owner_of_the_close_whatever_is_learned_later(corrected: Workspace) -> None:
    for known in (None, date(2026, 3, 15)):
        rows = corrected.query(["won_count"], by=["rep"], known=known).rows
        assert [row["rep"] for row in rows] == ["ann"]


def test_the_rows_behind_an_old_number_are_those_known_then(corrected: Workspace) -> None:
    found = corrected.explain(omzet.Question(metrics=("bookings_amount",), known=date(2026, 3, 15)))
    assert {row["deal_id"] for row in found.rows} == {"A", "C"}
