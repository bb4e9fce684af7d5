"""The answer says which period it is about, also when it was asked for with a word."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import omzet
from omzet.query.answer import Answer
from omzet.workspace.create import create


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"period": "2025"}, ("2025-01-01", "2026-01-01")),
        ({"start": date(2025, 3, 1), "end": date(2025, 3, 8)}, ("2025-03-01", "2025-03-08")),
        ({}, (None, None)),
    ],
)
def test_the_answer_names_its_period(tmp_path: Path, asked: dict[str, Any], said: tuple[str | None, str | None]) -> None:
    create(tmp_path / "company", {})
    answer = omzet.open(tmp_path / "company").query(["won_count"], **asked)
    written = answer.model_dump(mode="json", by_alias=True)
    assert (answer.start, answer.end) == said
    assert (written["from"], written["to"]) == said
    assert Answer.model_validate(written) == answer
