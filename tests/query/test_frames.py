"""An answer in the shapes that analysts work with."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from omzet.query.answer import Answer, Freshness, MetricMeaning


def meaning(metric: str, name: str, unit: str) -> MetricMeaning:
    return MetricMeaning(
        id=metric, name=name, description="", formula="", version=1, unit=unit, direction="up", kind="ratio", anchor="P close"
    )


def answer(rows: list[dict[str, Any]]) -> Answer:
    return Answer(
        metrics=["win_rate", "bookings_amount"],
        by=["team"],
        as_of="2026-03-31",
        known=None,
        rows=rows,
        freshness=Freshness(revision=1),
        currency="EUR",
        definitions={
            "win_rate": meaning("win_rate", "Win rate", "share"),
            "bookings_amount": meaning("bookings_amount", "Bookings <net>", "money"),
        },
    )


ROWS: list[dict[str, Any]] = [
    {"team": "North", "win_rate": 0.25, "win_rate:n": 40, "win_rate:low": 0.14, "win_rate:high": 0.4, "bookings_amount": 1000},
    {"team": "<South>", "win_rate": None, "win_rate:n": 0, "win_rate:why": "no decided deals", "bookings_amount": 12.5},
]


def test_arrow_keeps_types_and_nulls() -> None:
    table = answer(ROWS).to_arrow()
    assert table.column_names[:2] == ["team", "win_rate"]
    assert str(table.schema.field("bookings_amount").type) == "double"
    assert table["win_rate"].to_pylist() == [0.25, None]


def test_pandas_has_nan_where_nothing_is_defined() -> None:
    frame = answer(ROWS).to_pandas()
    assert frame["win_rate"].isna().tolist() == [False, True]
    assert frame["bookings_amount"].sum() == 1012.5


def test_polars_has_null_where_nothing_is_defined() -> None:
    frame = answer(ROWS).to_polars()
    assert frame["win_rate"].to_list() == [0.25, None]


def test_an_answer_without_rows_keeps_its_columns() -> None:
    assert answer([]).to_arrow().column_names == ["team", "win_rate", "bookings_amount"]


def test_a_notebook_shows_values_intervals_and_reasons_and_no_markup_from_data() -> None:
    html = answer(ROWS)._repr_html_()
    assert "25.0% <small>14.0–40.0%, n 40</small>" in html
    assert "<span title='no decided deals'>–</span>" in html
    assert "&lt;South&gt;" in html
    assert "Bookings &lt;net&gt;" in html
    assert "€12.50" in html


@pytest.mark.parametrize(("library", "extra"), [("pyarrow", "arrow"), ("pandas", "pandas"), ("polars", "polars")])
def test_a_library_that_is_missing_is_named_with_how_to_install_it(library: str, extra: str) -> None:
    program = f"""
import sys
sys.modules["{library}"] = None
from omzet.query.answer import Answer, Freshness
answer = Answer(metrics=[], by=[], as_of="2026-03-31", known=None, rows=[], freshness=Freshness(revision=1), currency="EUR")
try:
    answer.to_{extra}()
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"OmzetError {library} is not installed. Install it with: pip install 'omzet[{extra}]'"
