"""The sample company as a data set: complete, consistent, deterministic, and nothing of it in the future."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from omzet.model import TABLES, Kind
from omzet.sources.sample import write_sample
from omzet.sources.sample.large import write_large
from tests.sources.sampled import TODAY, company, days, read_tables

AHEAD = {("activities", "happened_at"), ("deals", "expected_close_on"), ("contracts", "ends_on"), ("campaigns", "to_on")}
"""Columns that may lie on or after today; targets, forecasts and the budget plan ahead too."""


def test_every_file_has_canonical_headers_and_all_required_values() -> None:
    for name, rows in company().tables.items():
        declared = TABLES[name]
        assert set(rows.columns) <= set(declared.names), name
        assert not rows[list(declared.required)].isna().any().any(), name


def test_the_company_has_the_size_that_is_promised() -> None:
    sizes = {name: len(rows) for name, rows in company().tables.items()}
    assert 4_000 <= sizes["deals"] <= 6_000
    assert 10_000 <= sizes["leads"] <= 14_000
    assert 60_000 <= sizes["activities"] <= 90_000
    assert 25_000 <= sizes["deal_changes"] <= 35_000
    assert (company().table("people").role == "rep").sum() == 24


def test_keys_are_unique() -> None:
    for name, rows in company().tables.items():
        key = [column for column in TABLES[name].key if column in rows.columns]
        assert not rows.duplicated(key).any(), name


def test_every_reference_has_its_row() -> None:
    tables = company().tables
    for name, rows in tables.items():
        for column in TABLES[name].columns:
            if column.kind is Kind.REFERENCE and column.refers_to and column.name in rows:
                known = set(tables[column.refers_to][TABLES[column.refers_to].key[0]])
                assert set(rows[column.name].dropna()) <= known, (name, column.name)


def test_choices_are_known_words() -> None:
    for name, rows in company().tables.items():
        for column in TABLES[name].columns:
            if column.kind is Kind.CHOICE and not column.open_choices and column.name in rows:
                assert set(rows[column.name].dropna()) <= set(column.choices), (name, column.name)


def test_nothing_happened_today_or_later_except_plans() -> None:
    limit = pd.Timestamp(TODAY)
    for name, rows in company().tables.items():
        if name in ("targets", "forecasts"):
            continue
        past = rows[rows.kind == "actual"] if name in ("costs", "exchange_rates") else rows
        for column in TABLES[name].columns:
            if column.kind in (Kind.INSTANT, Kind.DAY) and column.name in rows and (name, column.name) not in AHEAD:
                if (name, column.name) == ("person_events", "due_on"):
                    continue
                assert (days(past[column.name].dropna()) < limit).all(), (name, column.name)
    activities = company().table("activities")
    assert (days(activities[activities.status != "planned"].happened_at) < limit).all()
    assert (days(activities[activities.status == "planned"].happened_at) >= limit).all()


def test_closes_fall_in_working_hours_of_the_amsterdam_day() -> None:
    closed = pd.to_datetime(company().deals().closed_at.dropna(), utc=True).dt.tz_convert("Europe/Amsterdam")
    assert (closed.dt.weekday < 5).all()
    assert closed.dt.hour.between(8, 18).all()
    assert (company().deals().closed_at.dropna().str[-6:].isin(["+01:00", "+02:00"])).all()


def test_the_last_change_of_each_field_agrees_with_the_deal() -> None:
    deals = company().table("deals").set_index("deal_id")
    changes = company().table("deal_changes")
    changes["seq"] = changes.seq.astype(int)
    changes = changes.assign(at=pd.to_datetime(changes.changed_at, utc=True)).sort_values(["at", "seq"])
    for field, group in changes.groupby("field"):
        last = group.groupby("deal_id").value.last()
        assert (deals.loc[last.index, str(field)] == last).all(), field


def test_changes_of_a_field_form_a_chain_after_the_deal_was_made() -> None:
    changes = company().table("deal_changes")
    changes["at"] = pd.to_datetime(changes.changed_at, utc=True)
    changes["seq"] = changes.seq.astype(int)
    changes = changes.sort_values(["deal_id", "field", "at", "seq"])
    before = changes.groupby(["deal_id", "field"]).value.shift()
    first = ~changes.duplicated(["deal_id", "field"])
    assert (before[~first] == changes.old_value[~first]).all()
    made = pd.to_datetime(company().table("deals").set_index("deal_id").created_at, utc=True)
    assert (changes["at"] > changes.deal_id.map(made)).all()


def test_history_has_skips_returns_reopened_deals_and_new_owners() -> None:
    changes = company().table("deal_changes")
    stages = changes[changes.field == "stage"]
    place = {stage: at for at, stage in enumerate(("New", "Qualified", "Demo", "Proposal", "Negotiation", "Won"))}
    steps = (stages.value.map(place) - stages.old_value.map(place)).dropna()
    assert (steps > 1).sum() > 100
    assert (steps < 0).sum() > 100
    status = changes[changes.field == "status"]
    assert (status.value == "open").sum() > 20
    assert (changes.field == "owner_id").sum() > 100
    assert (changes.field == "expected_close_on").sum() > 1_000
    assert (changes.field == "amount").sum() > 3_000


def test_people_come_go_and_change_teams() -> None:
    people, changes = company().table("people"), company().table("person_changes")
    reps = people[people.role == "rep"]
    assert (days(reps.started_on) > pd.Timestamp(company().truth.start)).sum() >= 5
    assert reps.ended_on.notna().sum() == 2
    assert list(changes.field) == ["team_id", "manager_id"]
    assert people.name.is_unique


def test_lines_of_a_won_deal_sum_to_its_amount_at_the_close() -> None:
    lines = company().table("deal_lines")
    total = (lines.quantity.astype(float) * lines.unit_price.astype(float)).groupby(lines.deal_id).sum()
    changes = company().table("deal_changes")
    deals = company().decided()
    edited = set(
        changes[(changes.field == "amount")].deal_id[
            days(changes.changed_at) > days(changes.deal_id.map(deals.set_index("deal_id").closed_at))
        ]
    )
    won = deals[(deals.won == 1) & deals.amount.notna() & ~deals.deal_id.isin(edited)]
    assert (won.deal_id.map(total) - won.amount.astype(float)).abs().max() < 0.005


def test_credits_of_a_deal_sum_to_one() -> None:
    credits = company().table("deal_credits")
    shares = credits[credits.kind == "revenue"].share.astype(float).groupby(credits.deal_id).sum()
    assert (shares - 1).abs().max() < 1e-9


def test_every_currency_has_a_rate_before_its_first_use() -> None:
    rates, deals = company().table("exchange_rates"), company().deals()
    assert set(deals.currency) == {"EUR", "CHF"}
    actual = rates[rates.kind == "actual"]
    assert days(actual.quoted_on).min() <= deals.created_on.min()
    assert {"2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01"} == set(rates[rates.kind == "plan"].quoted_on)


def _digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_and_day_give_the_same_bytes(tmp_path: Path) -> None:
    write_sample(tmp_path / "again", today=TODAY)
    tables = read_tables(tmp_path / "again")
    for name, rows in company().tables.items():
        pd.testing.assert_frame_equal(rows, tables[name])


@pytest.mark.parametrize("today", [date(2024, 2, 29), pytest.param(date(2026, 1, 1), marks=pytest.mark.long)])
def test_any_day_can_be_today(tmp_path: Path, today: date) -> None:
    truth = write_sample(tmp_path, today=today, seed=3)
    tables = read_tables(tmp_path)
    deals = tables["deals"]
    assert truth.start == date(2021 if today.year == 2024 else 2023, 1, 1)
    assert (days(deals.closed_at.dropna()) < pd.Timestamp(today)).all()
    assert 4_000 <= len(deals) <= 6_500


def test_a_large_company_is_plain_consistent_and_as_big_as_asked(tmp_path: Path) -> None:
    write_large(tmp_path / "one", deals=2_000, activities=3_000, seed=1)
    write_large(tmp_path / "two", deals=2_000, activities=3_000, seed=1)
    assert _digest(tmp_path / "one") == _digest(tmp_path / "two")
    tables = read_tables(tmp_path / "one")
    assert {
        name: len(rows)
        for name, rows in tables.items()
        if name in ("deals", "deal_changes", "activities", "people", "teams", "products")
    } == {
        "deals": 2_000,
        "deal_changes": 10_000,
        "activities": 3_000,
        "people": 60,
        "teams": 12,
        "products": 40,
    }
    deals, changes = tables["deals"].set_index("deal_id"), tables["deal_changes"]
    changes["seq"] = changes.seq.astype(int)
    for field, group in changes.sort_values(["changed_at", "seq"]).groupby("field"):
        last = group.groupby("deal_id").value.last()
        assert (deals.loc[last.index, str(field)] == last).all(), field
    for name, rows in tables.items():
        assert set(rows.columns) <= set(TABLES[name].names)
