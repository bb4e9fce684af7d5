"""Discount, margin, concentration, revenue per head and loss reasons, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.analyses.companies import company

DEALS = """deal_id,owner_id,status,amount,currency,created_at,closed_at,loss_reason,loss_kind,competitor
w1,ann,won,1000,EUR,2026-01-01,2026-01-20,,,Rival
w2,bob,won,500,USD,2026-01-01,2026-02-20,,,
l1,ann,lost,100,EUR,2026-01-01,2026-02-20,Price,price,Rival
l2,ann,lost,100,EUR,2026-01-01,2026-02-21,Price,price,
l3,bob,lost,100,EUR,2026-01-01,2026-02-22,Nothing done,no_decision,Other
l4,bob,lost,100,EUR,2026-01-01,2026-02-23,,,
"""
LINES = """line_id,deal_id,quantity,unit_price,unit_cost,list_price
1,w1,10,80,50,100
2,w1,-2,80,50,80
3,w1,1,200,,
4,w2,5,100,60,110
5,l1,7,10,5,20
"""
PEOPLE = """person_id,name,role,team_id,started_on,ended_on,quota_carrier,fte
ann,Ann,rep,north,,,,
bob,Bob,rep,south,2026-02-15,,,0.5
mia,Mia,manager,north,,,,
eve,Eve,other,north,,2026-01-09,yes,
"""
REVENUE = """revenue_id,account_id,recognised_on,amount,currency
r1,k1,2026-01-10,500,EUR
r2,k2,2026-01-10,300,EUR
r3,k1,2026-02-10,-100,EUR
r4,,2026-02-10,900,EUR
r5,k3,2026-02-10,100,USD
"""
CREDITS = "deal_id,person_id,kind,share\nw1,ann,revenue,0.75\nw1,bob,revenue,0.25\nw2,ann,overlay,1\n"
QUARTER = {"start": date(2026, 1, 1), "end": date(2026, 4, 1)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    tables = {
        "deals": DEALS,
        "deal_lines": LINES,
        "people": PEOPLE,
        "teams": "team_id,name\nnorth,North\nsouth,South\n",
        "revenue": REVENUE,
        "deal_credits": CREDITS,
        "exchange_rates": "quoted_on,currency,rate\n2026-01-01,USD,0.9\n2026-02-20,USD,0.8\n",
    }
    return company(tmp_path_factory.mktemp("shop"), tables)


def rows(workspace: Workspace, metric: str, **asked: Any) -> list[dict[str, Any]]:
    return workspace.query(Question(metrics=(metric,), **{"as_of": date(2026, 12, 31), **QUARTER, **asked})).rows


def test_lines_of_won_deals(shop: Workspace) -> None:
    assert rows(shop, "units_sold")[0]["units_sold"] == 14
    listed, net = 1000 - 160 + 550 * 0.8, 800 - 160 + 500 * 0.8
    assert rows(shop, "average_discount_rate")[0]["average_discount_rate"] == pytest.approx(1 - net / listed)
    margin = rows(shop, "gross_margin_amount")[0]
    assert margin["gross_margin_amount"] == pytest.approx(10 * 30 - 2 * 30 + 5 * 40 * 0.8)
    assert margin["gross_margin_amount:covered"] == pytest.approx(net / 1400)
    assert rows(shop, "average_discount_rate", start=date(2020, 1, 1), end=date(2020, 2, 1))[0]["average_discount_rate"] is None


def test_the_largest_customers_share_and_revenue_without_one(shop: Workspace) -> None:
    total = 500 + 300 - 100 + 900 + 90
    assert rows(shop, "revenue_concentration")[0]["revenue_concentration"] == pytest.approx(790 / total)
    largest = rows(shop, "revenue_concentration", parameters={"k": "1"})[0]
    assert largest["revenue_concentration"] == pytest.approx(400 / total)
    assert largest["revenue_concentration:accounts"] == 3
    months = rows(shop, "revenue_concentration", parameters={"k": "1"}, grain="month")
    assert [row["revenue_concentration"] for row in months] == [pytest.approx(500 / 800), pytest.approx(90 / 890), None]


def test_bookings_per_head_count_people_for_the_days_they_were_there(shop: Workspace) -> None:
    heads = 1 + 0.5 * 45 / 90 + 9 / 90
    assert rows(shop, "revenue_per_rep")[0]["revenue_per_rep"] == pytest.approx(1400 / heads)
    by_team = {row["team"]: row["revenue_per_rep"] for row in rows(shop, "revenue_per_rep", by=("team",))}
    assert by_team == {"North": pytest.approx(1000 / 1.1), "South": pytest.approx(400 / 0.25)}


def test_reasons_are_shares_of_the_deals_that_have_one(shop: Workspace) -> None:
    by_reason = {row["loss_reason"]: row for row in rows(shop, "loss_reason_share", by=("loss_reason",))}
    assert {reason: row["loss_reason_share"] for reason, row in by_reason.items()} == pytest.approx(
        {"Price": 2 / 3, "Nothing done": 1 / 3}
    )
    assert by_reason["Price"]["loss_reason_share:unfilled"] == 1 / 4
    only = rows(shop, "loss_reason_share", where=("loss_reason = Price",))[0]
    assert only["loss_reason_share"] == pytest.approx(2 / 3)


def test_against_competitors_and_without_a_decision(shop: Workspace) -> None:
    assert rows(shop, "competitive_win_rate")[0]["competitive_win_rate"] == pytest.approx(1 / 3)
    by_rival = {row["competitor"]: row["competitive_win_rate"] for row in rows(shop, "competitive_win_rate", by=("competitor",))}
    assert by_rival == {"Rival": 0.5, "Other": 0}
    assert rows(shop, "no_decision_rate")[0]["no_decision_rate"] == pytest.approx(1 / 6)


def test_fractional_wins_add_up_and_overlays_add_nothing(shop: Workspace) -> None:
    by_rep = {row["rep"]: row["won_count_by_rep"] for row in rows(shop, "won_count_by_rep", by=("rep",))}
    assert by_rep["Ann"] == pytest.approx(0.75)
    assert by_rep["Bob"] == pytest.approx(1.25)
