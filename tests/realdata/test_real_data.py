"""Two public sets, loaded and asked: every figure that another tool found in them, and every row accounted for.

The sets stand beside the project, in ../shared/data, and are no part of it. Without them these tests are skipped, except
in CI, where they must run (conftest.py).
"""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest

from omzet.history.report import LoadReport
from omzet.workspace import Workspace


def lines(path: Path) -> int:
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "rt", encoding="utf-8", newline="") as handle:
        return sum(1 for row in csv.reader(handle) if row) - 1


def asked(workspace: Workspace, metric: str, **how: Any) -> Any:
    (row,) = workspace.query([metric], **how).rows
    return row[metric]


def listed(workspace: Workspace, metric: str, **how: Any) -> list[dict[str, Any]]:
    return workspace.query([metric], **how).rows


def accounted(report: LoadReport, data: Path, table_of: dict[str, str]) -> None:
    for file in report.files:
        assert file.read == file.added + file.changed + file.unchanged + file.set_aside, file
    for name, table in table_of.items():
        read = [f for f in report.files if Path(f.path).name == name and f.table == table]
        assert len(read) == 1, (name, table, [(f.path, f.table) for f in report.files])
        assert read[0].read == lines(data / name)


def test_every_opportunity_of_the_seller_is_accounted_for(maven: tuple[Workspace, LoadReport, Path]) -> None:
    workspace, report, data = maven
    accounted(report, data, {"sales_pipeline.csv": "deals", "accounts.csv": "accounts", "products.csv": "products"})
    assert report.set_aside == 0
    assert workspace.check().set_aside_total == 0
    assert any("day-month-year" in said for said in report.assumptions)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("won_count", 4238),
        ("lost_count", 2473),
        ("open_pipeline_count", 2089),
        ("bookings_amount", 10_005_534),
        ("win_rate", 0.631501),
        ("average_deal_size", 2360.9094),
        ("sales_cycle_length_mean", 51.781973),
        ("sales_cycle_length_median", 57),
    ],
)
def test_figures_of_the_seller(maven: tuple[Workspace, LoadReport, Path], metric: str, expected: float) -> None:
    assert asked(maven[0], metric) == pytest.approx(expected, abs=5e-5 if metric == "average_deal_size" else 5e-7)


def test_the_sellers_quarters(maven: tuple[Workspace, LoadReport, Path]) -> None:
    rows = listed(maven[0], "bookings_amount", grain="quarter", start="2017-01-01", end="2018-01-01")
    assert {row["period"]: row["bookings_amount"] for row in rows} == {
        "2017-Q1": 1_134_672,
        "2017-Q2": 3_086_111,
        "2017-Q3": 2_982_255,
        "2017-Q4": 2_802_496,
    }


def test_the_sellers_offices_and_best_agent(maven: tuple[Workspace, LoadReport, Path]) -> None:
    rates = {row["team"]: row["win_rate"] for row in listed(maven[0], "win_rate", by=["team"]) if row["win_rate"]}
    assert rates == pytest.approx({"Central": 0.625576, "East": 0.630248, "West": 0.639395}, abs=5e-7)
    (best,) = listed(maven[0], "bookings_amount", by=["rep"], order=["-bookings_amount"], limit=1)
    assert (best["rep"], best["bookings_amount"]) == ("Darcel Schlecht", 1_153_214)


def test_every_row_of_the_bank_is_accounted_for(bank: tuple[Workspace, LoadReport, Path]) -> None:
    workspace, report, data = bank
    accounted(report, data, {f"{name}.csv": name for name in ("people", "stages")})
    accounted(report, data, {f"{name}.csv.gz": name for name in ("deals", "deal_changes", "activities")})
    counted = {file.table: file.read for file in report.files}
    assert (counted["deals"], counted["deal_changes"], counted["activities"]) == (13_087, 64_626, 71_371)
    assert counted["people"] == 68
    assert workspace.check().set_aside_total == report.set_aside == 0


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("won_count", 2246),
        ("lost_count", 10_442),
        ("open_pipeline_count", 399),
        ("bookings_amount", 35_290_338),
        ("sales_cycle_length_mean", 16.774265),
        ("sales_cycle_length_median", 15),
        ("sales_cycle_length_p90", 29),
    ],
)
def test_figures_of_the_bank(bank: tuple[Workspace, LoadReport, Path], metric: str, expected: float) -> None:
    assert asked(bank[0], metric) == pytest.approx(expected, abs=5e-7)


def test_the_banks_calls(bank: tuple[Workspace, LoadReport, Path]) -> None:
    assert asked(bank[0], "calls_made") == 39_701


def test_the_banks_months(bank: tuple[Workspace, LoadReport, Path]) -> None:
    rows = listed(bank[0], "won_count", grain="month", start="2011-10-01", end="2012-04-01")
    assert [row["won_count"] for row in rows] == [227, 497, 406, 400, 496, 220]


def test_the_banks_stages(bank: tuple[Workspace, LoadReport, Path]) -> None:
    rows = listed(bank[0], "stage_reached_count", by=["stage"])
    assert [(row["stage"], row["stage_reached_count"]) for row in rows if row["stage_reached_count"]] == [
        ("Submitted", 13_087),
        ("Partly submitted", 13_087),
        ("Pre-accepted", 7367),
        ("Accepted", 5113),
        ("Finalized", 5015),
        ("Offer sent", 5015),
        ("Offer returned", 3254),
        ("Approved", 2246),
    ]
    lost = {row["stage"]: row["lost_count"] for row in listed(bank[0], "lost_count", by=["stage"]) if row["lost_count"]}
    assert lost == {"Declined": 7635, "Cancelled": 2807}
