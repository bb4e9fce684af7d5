"""The sample company, written once for all tests that read it, as pandas tables of text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from omzet.sources.sample import Truth, write_sample

TODAY = date(2025, 11, 24)
STAGES = ("New", "Qualified", "Demo", "Proposal", "Negotiation", "Won")


@dataclass(frozen=True)
class Company:
    """The written tables and what is true of them."""

    tables: dict[str, pd.DataFrame]
    truth: Truth

    def table(self, name: str) -> pd.DataFrame:
        return self.tables[name].copy()

    def deals(self) -> pd.DataFrame:
        """Deals that count, with their account's segment, days as dates, the amount in euros at about the day's rate."""
        deals = self.table("deals")
        deals = deals[deals.is_deleted == "false"].merge(self.tables["accounts"][["account_id", "segment"]], on="account_id")
        deals["created_on"], deals["closed_on"] = days(deals.created_at), days(deals.closed_at)
        deals["euros"] = deals.amount.astype(float) * deals.currency.map({"EUR": 1.0, "CHF": 1.04})
        return deals

    def decided(self) -> pd.DataFrame:
        """Won and lost deals; `won` is 1 or 0, `age` the days from creation to close."""
        deals = self.deals()
        deals = deals[deals.status.isin(["won", "lost"])].copy()
        deals["won"] = (deals.status == "won").astype(int)
        deals["age"] = (deals.closed_on - deals.created_on).dt.days
        return deals

    def on_deals(self, kind: str, *statuses: str) -> pd.DataFrame:
        """Activities of that kind on deals, with `age`, the days since the deal was made."""
        found = self.table("activities")
        found = found[(found.kind == kind) & found.status.isin(statuses)].merge(
            self.deals()[["deal_id", "created_on"]], on="deal_id"
        )
        found["age"] = (days(found.happened_at) - found.created_on).dt.days
        return found


def days(texts: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    return pd.to_datetime(texts.str[:10])


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""]) for path in sorted(folder.glob("*.csv"))
    }


@cache
def company() -> Company:
    with TemporaryDirectory() as place:
        truth = write_sample(Path(place), today=TODAY)
        return Company(read_tables(Path(place)), truth)
