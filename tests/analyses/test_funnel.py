"""Leads into deals as one funnel, real moves, ways back, and where a process is held up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from omzet.workspace import Workspace
from tests.analyses.companies import company
from tests.analyses.test_survival import CHANGES, DEALS, STAGES
from tests.sources.sampled import TODAY

LEADS = """lead_id,created_at,contacted_at,qualified_at,converted_at,deal_id,source
l1,2026-01-01,2026-01-02,2026-01-03,2026-01-04,a,web
l2,2026-01-01,2026-01-02,2026-01-03,2026-01-04,c,web
l3,2026-01-01,,,2026-01-04,e,fair
l4,2026-01-01,2026-01-02,,,,fair
l5,2026-01-01,,,,,fair
l6,2026-01-01,,2026-01-03,,,web
"""
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    amounts = dict(zip("abcdefg", (100, 200, 4000, 300, 400, 500, 600), strict=True))
    rows = [f"{row},{amounts[row[0]]}" if row[1:2] == "," else f"{row},amount" for row in DEALS.strip().splitlines()]
    tables = {"stages": STAGES, "deals": "\n".join(rows), "deal_changes": CHANGES, "leads": LEADS}
    return company(tmp_path_factory.mktemp("sales"), tables)


def by(workspace: Workspace, metric: str, *names: str, **asked: Any) -> dict[Any, dict[str, Any]]:
    rows = workspace.query([metric], by=list(names), **{"as_of": DAY, **asked}).rows
    return {tuple(row[name] for name in names) if len(names) > 1 else row[names[0]]: row for row in rows}


def test_one_group_of_leads_goes_through_all_steps(sales: Workspace) -> None:
    found = by(sales, "funnel_reached_count", "step")
    assert {step: row["funnel_reached_count"] for step, row in found.items()} == {
        "Leads": 6,
        "Contacted": 5,  # l3 became a deal and l6 was qualified, so both were spoken to
        "Qualified": 4,
        "Deal": 3,
        "Lead": 3,
        "Talk": 3,
        "Offer": 1,
        "Won": 1,
    }
    whole = 1.0
    for row in list(found.values())[1:]:
        whole *= row["funnel_reached_count:of_previous"]
    assert whole == pytest.approx(1 / 6)
    assert sales.query(["funnel_reached_count"], as_of=DAY).rows[0]["funnel_reached_count"] == 6


def test_the_funnel_is_told_per_group(sales: Workspace) -> None:
    found = by(sales, "funnel_reached_count", "source", "step")
    assert found["fair", "Leads"]["funnel_reached_count"] == 3
    assert found["web", "Won"]["funnel_reached_count"] == 1
    assert found["fair", "Won"]["funnel_reached_count"] == 0


def test_moves_are_real_and_every_deal_ends_somewhere(sales: Workspace) -> None:
    found = {key: row["stage_moves_count"] for key, row in by(sales, "stage_moves_count", "stage", "to_stage").items()}
    moved = {key: n for key, n in found.items() if n}
    assert moved == {
        ("Lead", "Offer"): 2,
        ("Lead", "Talk"): 3,
        ("Talk", "Lead"): 1,
        ("Talk", "Lost"): 1,
        ("Lead", "Won"): 1,
        ("Offer", "Won"): 2,
        ("Lead", "open"): 1,
        ("Talk", "open"): 1,
    }


def test_a_way_back_counts_once_a_deal(sales: Workspace) -> None:
    assert sales.query(["stage_regression_rate"], as_of=DAY).rows[0]["stage_regression_rate"] == pytest.approx(1 / 6)
    before = sales.query(["stage_regression_rate"], as_of=date(2026, 1, 3)).rows[0]
    assert before["stage_regression_rate"] == 0


def test_the_bottleneck_is_where_most_value_is_lost(sales: Workspace) -> None:
    found = by(sales, "stage_bottleneck_score", "stage")
    talk = found["Talk"]
    assert talk["stage_bottleneck_score"] == 1
    assert (talk["stage_bottleneck_score:lost_amount"], talk["stage_bottleneck_score:rank_lost"]) == (4000, 1)
    assert talk["stage_bottleneck_score:drop_off"] == pytest.approx(1 / 5)  # a, c, d, e and f came to Talk or beyond
    assert talk["stage_bottleneck_score:ways"] == 16
    assert talk["stage_bottleneck_score:first_share"] > 0.5
    assert talk["stage_bottleneck_score:wait_median"] == 6
    assert sum(row["stage_bottleneck_score"] or 0 for row in found.values()) == pytest.approx(1)
    # Only where disqualified deals count as lost, and Lead's value is large, can another stage come first.
    assert talk["stage_bottleneck_score:holds_in"] + found["Lead"]["stage_bottleneck_score:holds_in"] == 16


def test_the_steps_are_the_rates_that_other_metrics_tell(sample: Workspace) -> None:
    asked: dict[str, Any] = {"as_of": TODAY}
    rows = sample.query(["funnel_reached_count"], by=["source", "step"], **asked).rows
    steps = {(row["source"], row["step"]): row for row in rows}
    for row in sample.query(["lead_conversion_rate"], by=["source"], **asked).rows:
        assert steps[row["source"], "Deal"]["funnel_reached_count:of_all"] == pytest.approx(row["lead_conversion_rate"])
        assert steps[row["source"], "Leads"]["funnel_reached_count"] == row["lead_conversion_rate:n"]
    for row in sample.query(["lead_to_customer_rate"], by=["source"], **asked).rows:
        assert steps[row["source"], "Won"]["funnel_reached_count:of_all"] == pytest.approx(row["lead_to_customer_rate"])


def test_the_moves_of_all_deals_end_where_the_deals_are(sample: Workspace) -> None:
    rows = sample.query(["stage_moves_count"], by=["stage", "to_stage"], as_of=TODAY).rows
    into = {to: sum(row["stage_moves_count"] or 0 for row in rows if row["to_stage"] == to) for to in ("Won", "Lost", "open")}
    back = sum(row["stage_moves_count"] or 0 for row in rows if row["stage"] == "Lost")
    count = {
        metric: sample.query([metric], as_of=TODAY).rows[0][metric]
        for metric in ("won_count", "lost_count", "opportunities_created")
    }
    assert (into["Won"], into["Lost"] - back) == (count["won_count"], count["lost_count"])
    assert back > 0
    assert into["open"] > 0
