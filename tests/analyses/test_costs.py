"""Costs spread over their days, and what they bring, by hand."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.analyses.companies import company

COSTS = """cost_id,kind,from_on,to_on,category,amount,currency,team_id,campaign_id,source
c1,,2026-01-01,2026-03-31,sales_salaries,9000,EUR,north,,
c2,actual,2026-01-16,2026-02-14,media,300,EUR,,spring,web
c3,,2026-02-28,2026-03-01,events,100,USD,,spring,web
c4,,2026-01-01,2026-12-31,rent,365,EUR,,,
c5,budget,2026-01-01,2026-03-31,sales_salaries,8000,EUR,north,,
c6,,2026-01-31,2026-01-31,commission,50,GBP,north,,
"""
DEALS = """deal_id,status,amount,account_id,campaign_id,source,created_at,closed_at
d1,won,1000,k1,spring,web,2026-01-01,2026-01-20
d2,won,2000,k1,,phone,2026-01-05,2026-02-10
d3,won,4000,k2,spring,web,2026-01-10,2026-03-01
"""
LEADS = "lead_id,source,campaign_id,created_at\nl1,web,spring,2026-02-01\nl2,web,,2026-02-02\nl3,phone,,2026-01-31\n"
RATES = "quoted_on,currency,rate\n2026-01-01,USD,0.9\n2026-03-01,USD,0.8\n"
TABLES = {
    "costs": COSTS,
    "deals": DEALS,
    "leads": LEADS,
    "exchange_rates": RATES,
    "teams": "team_id,name\nnorth,North\n",
    "campaigns": "campaign_id,name\nspring,Spring\n",
    "accounts": "account_id,name\nk1,One\nk2,Two\nk3,Three\n",
}
QUARTER = {"start": date(2026, 1, 1), "end": date(2026, 4, 1)}


@pytest.fixture(scope="module")
def spending(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(tmp_path_factory.mktemp("costs"), TABLES)


def rows(workspace: Workspace, metric: str, **asked: Any) -> list[dict[str, Any]]:
    return workspace.query(Question(metrics=(metric,), **{"as_of": date(2026, 12, 31), **asked})).rows


def value(workspace: Workspace, metric: str, **asked: Any) -> Any:
    return rows(workspace, metric, **asked)[0][metric]


def test_a_cost_is_spread_over_its_calendar_days_at_the_rate_of_its_last_day(spending: Workspace) -> None:
    february = {"start": date(2026, 2, 1), "end": date(2026, 3, 1)}
    assert value(spending, "sales_cost_amount", **february) == pytest.approx(9000 * 28 / 90)
    assert value(spending, "marketing_cost_amount", **february) == pytest.approx(300 * 14 / 30 + 100 / 2 * 0.8)
    assert value(spending, "sales_cost_amount", **QUARTER, as_of=date(2026, 1, 10)) == pytest.approx(9000 * 10 / 90)
    assert value(spending, "sales_cost_amount", **QUARTER, parameters={"cost_kind": "budget"}) == pytest.approx(8000)


def test_months_add_up_to_the_quarter_and_a_cost_without_a_rate_is_left_out_by_name(spending: Workspace) -> None:
    months = rows(spending, "sales_marketing_cost_amount", **QUARTER, grain="month")
    assert sum(row["sales_marketing_cost_amount"] for row in months) == pytest.approx(9000 + 300 + 80)
    answer = spending.query(Question(metrics=("sales_cost_amount",), **QUARTER, as_of=date(2026, 12, 31)))
    assert [note for note in answer.notes if "GBP" in note]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, 89), max_size=4, unique=True))
def test_however_a_quarter_is_cut_its_parts_add_up(spending: Workspace, cuts: list[int]) -> None:
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + cut) for cut in (0, *sorted(cuts), 90)]
    parts = [value(spending, "marketing_cost_amount", start=a, end=b) for a, b in pairwise(days)]
    assert sum(parts) == pytest.approx(380)


def test_categories_that_are_neither_are_named_and_bookings_stand_in_for_revenue(spending: Workspace) -> None:
    answer = spending.query(Question(metrics=("sales_cost_ratio",), **QUARTER, as_of=date(2026, 12, 31)))
    assert answer.rows[0]["sales_cost_ratio"] == pytest.approx(9000 / 7000)
    assert [note for note in answer.notes if "rent" in note]
    assert [note for note in answer.notes if "bookings" in note]


def test_costs_per_customer_lead_and_deal(spending: Workspace) -> None:
    spent = 9000 + 300 + 80
    assert value(spending, "customer_acquisition_cost", **QUARTER) == pytest.approx(spent / 2)
    assert value(spending, "cost_per_won_deal", **QUARTER) == pytest.approx(spent / 3)
    assert value(spending, "cost_per_lead", **QUARTER) == pytest.approx(380 / 3)
    assert value(spending, "sales_productivity", **QUARTER) == pytest.approx(7000 / 9000)
    by_campaign = {row["campaign"]: row["cost_per_lead"] for row in rows(spending, "cost_per_lead", **QUARTER, by=("campaign",))}
    assert by_campaign == {"Spring": pytest.approx(380), None: pytest.approx(0)}
    by_source = {row["source"]: row["cost_per_lead"] for row in rows(spending, "cost_per_lead", **QUARTER, by=("source",))}
    assert by_source["web"] == pytest.approx(190)


def test_by_category_only_the_costs_are_split(spending: Workspace) -> None:
    by_kind = rows(spending, "sales_marketing_cost_ratio", **QUARTER, by=("kind",))
    shares = {row["kind"]: row["sales_marketing_cost_ratio"] for row in by_kind}
    assert shares == {
        "sales_salaries": pytest.approx(9 / 7),
        "media": pytest.approx(300 / 7000),
        "events": pytest.approx(80 / 7000),
        "commission": 0,
    }
    only = value(spending, "sales_marketing_cost_ratio", **QUARTER, where=("kind = media",))
    assert only == pytest.approx(300 / 7000)


def test_costs_of_one_median_cycle_before(spending: Workspace) -> None:
    # Cycles of 19, 36 and 50 days: costs are those of 36 days earlier, of which January's first 55 days are there.
    lagged = value(spending, "customer_acquisition_cost", **QUARTER, parameters={"lag": "cycle"})
    assert lagged == pytest.approx((9000 * 54 / 90 + 300) / 2)


def test_somebody_without_costs_on_record_has_no_ratio(spending: Workspace) -> None:
    (row,) = rows(spending, "cost_per_won_deal", **QUARTER, by=("rep",))
    assert row["rep"] is None
    assert row["cost_per_won_deal"] == pytest.approx(9380 / 3)
    by_source = {row["source"]: row for row in rows(spending, "cost_per_won_deal", **QUARTER, by=("source",))}
    assert by_source["phone"]["cost_per_won_deal"] == 0


@pytest.mark.parametrize("metric", ["sales_cost_ratio", "customer_acquisition_cost", "sales_productivity"])
def test_without_costs_there_is_no_ratio(tmp_path: Path, metric: str) -> None:
    bare = company(tmp_path, {"deals": DEALS})
    row = rows(bare, metric, **QUARTER)[0]
    assert (row[metric], row[f"{metric}:why"]) == (None, "no_costs")


CONTRACTS = """contract_id,account_id,starts_on,ends_on,monthly_amount
m1,k1,2025-06-01,,100
m2,k2,2025-06-01,2026-02-10,200
m3,k3,2025-06-01,2026-01-31,300
m4,k3,2026-02-01,,400
m5,,2026-02-15,,28
"""
LINES = "deal_id,quantity,unit_price,unit_cost\nd1,10,100,40\nd2,1,2000,\n"


@pytest.fixture(scope="module")
def recurring(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(tmp_path_factory.mktemp("recurring"), {**TABLES, "contracts": CONTRACTS, "deal_lines": LINES})


def test_recurring_revenue_is_that_of_the_contracts_that_run(recurring: Workspace) -> None:
    assert value(recurring, "recurring_revenue", as_of=date(2026, 1, 31)) == 600
    assert value(recurring, "recurring_revenue", as_of=date(2026, 2, 10)) == 700
    assert value(recurring, "recurring_revenue", as_of=date(2026, 2, 11)) == 500
    assert value(recurring, "recurring_revenue", as_of=date(2026, 2, 11), parameters={"per": "year"}) == 6000
    monthly = rows(recurring, "recurring_revenue", **QUARTER, grain="month")
    assert [row["recurring_revenue"] for row in monthly] == [600, 528, 528]


def test_a_customers_worth_is_found_in_contracts_and_lines(recurring: Workspace) -> None:
    row = rows(recurring, "customer_lifetime_value", **QUARTER)[0]
    found = {name.partition(":")[2]: row[name] for name in row if name.startswith("customer_lifetime_value:")}
    # On 31 March k1 and k3 have a contract; k2's last one ended in February, of 3, 3 and 2 active at a month's start.
    assert found["monthly_revenue_per_customer"] == pytest.approx(250)
    assert found["gross_margin"] == pytest.approx(0.6)
    assert found["monthly_churn"] == pytest.approx(1 / 8)
    assert row["customer_lifetime_value"] == pytest.approx(250 * 0.6 * 8)
    payback = value(recurring, "cac_payback_months", **QUARTER)
    assert payback == pytest.approx((9380 / 2) / 150)
    assert value(recurring, "ltv_cac_ratio", **QUARTER) == pytest.approx(1200 / 4690)
    assert value(recurring, "ltv_cac_ratio", **QUARTER, parameters={"monthly_churn": "0.25"}) == pytest.approx(600 / 4690)


def test_the_magic_number_takes_the_costs_of_the_quarter_before(recurring: Workspace) -> None:
    second = {"start": date(2026, 4, 1), "end": date(2026, 7, 1)}
    row = rows(recurring, "sales_magic_number", **second)[0]
    first = 100 * 3 + 200 * (1 + 10 / 28) + 300 + 400 * 2 + 28 * (14 / 28 + 1)
    assert row["sales_magic_number:recurring"] == pytest.approx(528 * 3)
    assert row["sales_magic_number:recurring_before"] == pytest.approx(first)
    assert row["sales_magic_number"] == pytest.approx((528 * 3 - first) * 4 / 9380)
