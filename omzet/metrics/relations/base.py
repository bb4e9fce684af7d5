"""What a relation is: one SELECT as of a day, its columns and days, what splits it, and why a row of it is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from omzet.engines import Session


@dataclass(frozen=True)
class Hours:
    """When the company is at work: the days of the week (Monday = 0), whose holidays, and which minutes of the day."""

    week: frozenset[int]
    country: str
    opens: int
    closes: int
    zone: str


@dataclass(frozen=True)
class AsOf:
    """A moment: what was true by `day`'s end, or by `moment` (UTC) where a timestamp was given.

    `latest` says that no deal changed state after the day, so that the present facts answer. `ends_at` is the day's end in UTC,
    `hours` are the company's hours of business.
    """

    day: date
    moment: datetime | None
    latest: bool
    currency: str
    rates: tuple[tuple[str, str], ...] = ()
    ends_at: datetime | None = None
    hours: Hours | None = None

    @property
    def day_sql(self) -> str:
        return f"DATE '{self.day.isoformat()}'"

    @property
    def amount_sql(self) -> str:
        """SQL for an open deal's `amount` in the reporting currency at the day's rate; NULL where there is none."""
        return self.money_sql("amount", "currency")

    def money_sql(self, amount: str, currency: str) -> str:
        """SQL for an amount in the reporting currency at the day's rate; NULL where there is none."""
        cases = "".join(f" WHEN '{other}' THEN {amount} * {rate}" for other, rate in self.rates)
        return f"CASE {currency} WHEN '{self.currency}' THEN {amount}{cases} END"

    @property
    def instant_sql(self) -> str:
        """SQL for the moment itself, or the instant at which the day ends."""
        at = self.moment or self.ends_at
        return f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S.%f}'" if at else f"TIMESTAMP '{self.day.isoformat()} 23:59:59'"

    def holds(self, start: str, until: str) -> str:
        """SQL condition: the day is in a span of days, its end excluded."""
        return f"{start} <= {self.day_sql} AND {self.day_sql} < {until}"

    def happened(self, instant: str, day: str) -> str:
        """SQL condition: it had happened."""
        if self.moment is None:
            return f"{day} <= {self.day_sql}"
        return f"{instant} <= TIMESTAMP '{self.moment:%Y-%m-%d %H:%M:%S.%f}'"


@dataclass(frozen=True)
class Reason:
    """Why a row of a relation is left out: its id, what people read, and the SQL condition, tried in order."""

    id: str
    text: str
    condition: str


@dataclass(frozen=True)
class Dimension:
    """A dimension of a relation. `key` is SQL over `r` and the joined aliases; `named_by` the table that names its keys."""

    name: str
    key: str
    joins: tuple[str, ...] = ()
    named_by: str | None = None


@dataclass(frozen=True)
class Relation:
    """One relation: how it is selected, its columns and which of them are days, its key, and the reasons to leave a row out.

    `dimensions` are its own; `account` and `deal` name the joins that bring the aliases `account` and `deal`, by which
    the dimensions and attributes of a row's account and deal come on top; `table` is the one whose attributes it carries.
    `lean` is a cheaper SELECT of the same rows with only `lean_columns`; `counted` one of rows that each stand for `items`
    rows alike in all `counted_columns`. Both give empty text where there is none.
    """

    name: str
    select: Callable[[Session, AsOf], str]
    columns: tuple[str, ...]
    days: tuple[str, ...]
    key: str
    shown: tuple[str, ...]
    standing: str = "r.removed IS NULL"
    reasons: tuple[Reason, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    account: tuple[str, ...] = ()
    deal: tuple[str, ...] = ()
    table: str = ""
    lean: Callable[[Session, AsOf], str] | None = None
    lean_columns: frozenset[str] = frozenset()
    counted: Callable[[Session, AsOf], str] | None = None
    counted_columns: frozenset[str] = frozenset()


def names(text: str) -> tuple[str, ...]:
    """Column names written in one text."""
    return tuple(text.split())


DEAL_TEXTS = names("source loss_reason competitor forecast_category kind pipeline currency playbook loss_kind status")
"""Dimensions that are a text of the deal."""

OWNER = (
    Dimension("rep", "r.owner_key", (), "people"),
    Dimension("team", "r.team_key", (), "teams"),
    Dimension("manager", "owner.manager_id", ("owner",), "people"),
)
"""Whose it is, for rows that name an owner and a team."""


OF_ACCOUNT = (
    Dimension("rep", "deal.owner_key", ("deal",), "people"),
    Dimension("team", "deal.team_key", ("deal",), "teams"),
    Dimension("manager", "owner.manager_id", ("deal", "deal_owner"), "people"),
    Dimension("account", "r.account_key", (), "accounts"),
    Dimension("product", "coalesce(r.product_key, deal.product_key)", ("deal",), "products"),
    Dimension("product_family", "product.family", ("product",)),
    Dimension("currency", "r.currency"),
)
"""What splits money of an account that may name a deal: revenue lines and contracts."""


def of_deal(*joins: str, without: tuple[str, ...] = ()) -> tuple[Dimension, ...]:
    """What a row takes over from its deal, brought by `joins`, but for the names it has itself."""
    found = (
        Dimension("account", "deal.account_key", joins, "accounts"),
        Dimension("product", "deal.product_key", joins, "products"),
        Dimension("product_family", "product.family", (*joins, "deal_product")),
        Dimension("campaign", "deal.campaign_key", joins, "campaigns"),
        *(Dimension(name, f"deal.{name}", joins) for name in DEAL_TEXTS),
    )
    return tuple(each for each in found if each.name not in without)


DELETED = Reason("deleted", "Deleted or marked as a test", "r.removed = 'deleted'")
MERGED = Reason("merged", "Merged into another deal", "r.removed = 'merged'")
DISQUALIFIED = Reason("disqualified", "Disqualified", "r.status = 'disqualified'")
UNCREATED = Reason("uncreated", "Without a creation date", "r.created_on IS NULL")
