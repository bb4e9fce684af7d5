"""Ramp time by hand, and growth that exchange rates don't make."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.analyses.companies import company


def test_a_rep_is_ramped_in_the_first_of_two_strong_months(tmp_path: Path) -> None:
    # Full target 100 a month. Ann starts on 15 January: month 1 is February.
    sales = {"ann": {2: 50, 3: 80, 4: 20, 5: 75, 6: 120}, "bob": {1: 90, 2: 76}, "cas": {3: 200}}
    deals = ["deal_id,owner_id,status,amount,created_at,closed_at"]
    deals += [f"{p}{m},{p},won,{a},2025-01-01,2025-{m:02}-20" for p, months in sales.items() for m, a in months.items()]
    starts = "ann,Ann,rep,2025-01-15\nbob,Bob,rep,2025-01-01\ncas,Cas,rep,2025-02-10\nmia,Mia,manager,2025-01-01"
    people = f"person_id,name,role,started_on\n{starts}"
    targets = ["target_id,metric,person_id,from_on,to_on,value"]
    ends = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30}
    for person in ("ann", "bob", "cas"):
        targets += [f"{person}{m},bookings_amount,{person},2025-{m:02}-01,2025-{m:02}-{d},100" for m, d in ends.items()]
    tables = {"deals": "\n".join(deals), "people": people, "targets": "\n".join(targets)}
    workspace = company(tmp_path, tables)
    asked = {"start": "2025-01-01", "end": "2025-07-01", "as_of": "2025-06-30"}
    row = workspace.query(["ramp_time_months"], **asked).rows[0]  # type: ignore[arg-type]
    # Ann in her 4th month, Bob in his 1st, Cas not within 4 months: survival 2/3 after 1, 1/3 after 4.
    assert (row["ramp_time_months"], row["ramp_time_months:n"]) == (4, 3)
    assert row["ramp_time_months:still_open"] == pytest.approx(1 / 3)


def test_at_constant_currency_only_the_amounts_grow(tmp_path: Path) -> None:
    rates = "quoted_on,currency,rate,kind\n2024-01-01,USD,0.80,actual\n2025-01-01,USD,1.00,actual\n2024-12-20,USD,0.90,plan"
    lines = ("a,2024-03-01,100,EUR", "b,2024-03-01,100,USD", "c,2025-03-01,110,EUR", "d,2025-03-01,120,USD", "e,2025-03-01,5,PLN")
    revenue = "\n".join(["revenue_id,recognised_on,amount,currency", *lines])
    workspace = company(tmp_path, {"exchange_rates": rates, "revenue": revenue})
    year = {"start": date(2025, 1, 1), "end": date(2026, 1, 1), "as_of": date(2025, 12, 31)}
    answer = workspace.query(["revenue_growth_constant_currency", "revenue_growth_yoy"], **year)  # type: ignore[arg-type]
    row = answer.rows[0]
    assert row["revenue_growth_constant_currency"] == pytest.approx((110 + 108) / (100 + 90) - 1)
    assert row["revenue_growth_yoy"] == pytest.approx((110 + 120) / (100 + 80) - 1)
    assert any("PLN" in note for note in answer.notes)
