"""Cells that a spreadsheet must not take for formulas."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from omzet.web.export import csv_text, guarded


@pytest.mark.parametrize("text", ["=1+1", "+31 6 12345678", "-x", "@sum", "\tx", "\rx"])
def test_a_text_that_starts_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("value", [-12, -1.5, Decimal("-3.20"), 0, "plain", "a=b", ""])
def test_numbers_stay_numbers_and_other_texts_as_they_are(value: object) -> None:
    assert guarded(value) == value


def test_a_missing_cell_is_empty() -> None:
    assert guarded(None) == ""


def test_columns_and_cells_are_quoted_where_they_must() -> None:
    text = csv_text(["name", "=x"], [{"name": 'Van Dijk, "B.V."\nGent', "=x": -1}])
    assert list(csv.reader(io.StringIO(text))) == [["name", "'=x"], ['Van Dijk, "B.V."\nGent', "-1"]]
    assert text.endswith("\r\n")
