"""A store that an earlier Omzet derived, or a newer one wrote: rebuilt from rows and log, or refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import omzet
from omzet.engines.duckdb import schema
from omzet.errors import StoreError
from omzet.workspace.create import STORE_NAME, create

DEALS = """deal_id,status,amount,created_at,closed_at
A,won,100,2026-01-01,2026-02-10
B,lost,50,2026-01-05,2026-02-11
"""


@pytest.fixture
def company(tmp_path: Path) -> Path:
    folder = tmp_path / "company"
    create(folder, {})
    (tmp_path / "deals.csv").write_text(DEALS)
    workspace = omzet.open(folder)
    workspace.load([tmp_path / "deals.csv"])
    workspace.close()
    return folder


def test_facts_that_an_earlier_omzet_derived_are_derived_anew(company: Path) -> None:
    with duckdb.connect(str(company / STORE_NAME)) as store:
        store.execute("UPDATE derived SET version = 0")
        store.execute("DELETE FROM deal_facts")
    assert omzet.open(company).query(["won_count", "win_rate"]).rows[0]["win_rate"] == 0.5


def test_facts_follow_a_changed_reporting_currency(company: Path) -> None:
    settings = company / "omzet.toml"
    settings.write_text(settings.read_text().replace('currency = "EUR"', 'currency = "USD"'))
    answer = omzet.open(company).query(["bookings_amount"])
    assert (answer.currency, answer.rows[0]["bookings_amount"]) == ("USD", 100)


def test_a_store_of_a_newer_omzet_is_refused_with_what_to_do(company: Path) -> None:
    with duckdb.connect(str(company / STORE_NAME)) as store:
        store.execute("UPDATE store_version SET version = ?", [schema.VERSION + 1])
    with pytest.raises(StoreError, match=r"newer Omzet.*Update Omzet"):
        omzet.open(company).query(["won_count"])
