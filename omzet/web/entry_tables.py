"""What can be entered on a page of its own: which columns of which table, by whom, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from omzet.desk.roles import Permission
from omzet.model import TABLES, Column
from omzet.web.reader import Reader


@dataclass(frozen=True)
class Entering:
    """One kind of row that is entered: `word` is its address, `title` names its texts, `fixed` is in
    each row without being asked.

    `whose` are the columns of which one must be filled by who sees some rows alone, so that the row is theirs.
    `of_amounts`: it is for who sees amounts and single deals.
    """

    word: str
    table: str
    permission: Permission
    icon: str
    title: str
    columns: tuple[str, ...]
    required: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    whose: tuple[str, ...] = ()
    of_amounts: bool = False

    @property
    def fields(self) -> tuple[Column, ...]:
        """The columns that are asked for."""
        return tuple(TABLES[self.table].column(name) for name in self.columns)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that may not be empty."""
        return tuple(each.name for each in self.fields if each.required or each.name in self.required)


ENTERINGS: MappingProxyType[str, Entering] = MappingProxyType(
    {
        each.word: each
        for each in (
            Entering(
                "accounts",
                "accounts",
                Permission.ENTER_DEALS,
                "users",
                "accounts",
                ("name", "owner_id", "industry", "segment", "region", "country", "employees", "customer_since_on"),
            ),
            Entering(
                "contacts",
                "contacts",
                Permission.ENTER_DEALS,
                "circle-user-round",
                "contacts",
                ("name", "account_id", "email", "role"),
                required=("name",),
                whose=("account_id",),
            ),
            Entering(
                "costs",
                "costs",
                Permission.ENTER_COSTS,
                "coins",
                "costs",
                ("category", "amount", "from_on", "to_on", "kind", "currency", "team_id", "person_id", "campaign_id", "source"),
                whose=("team_id", "person_id"),
            ),
            Entering(
                "revenue",
                "revenue",
                Permission.ENTER_COSTS,
                "file-text",
                "revenue",
                ("recognised_on", "amount", "currency", "account_id", "is_recurring"),
                whose=("account_id",),
                of_amounts=True,
            ),
            Entering(
                "contracts",
                "contracts",
                Permission.ENTER_COSTS,
                "rotate-ccw",
                "contracts",
                ("starts_on", "ends_on", "monthly_amount", "currency", "account_id"),
                whose=("account_id",),
                of_amounts=True,
            ),
            Entering(
                "targets",
                "targets",
                Permission.SET_TARGETS,
                "target",
                "targets",
                ("metric", "value", "from_on", "to_on", "person_id", "team_id"),
                whose=("team_id", "person_id"),
            ),
            Entering(
                "time-off",
                "person_events",
                Permission.RECORD_TRAINING,
                "calendar",
                "time_off",
                ("person_id", "from_on", "to_on", "share"),
                fixed={"kind": "absence"},
                whose=("person_id",),
            ),
        )
    }
)
"""What can be entered, by its word in the address, in the order of the tabs."""

TEXTS = {
    "web.enter.accounts": "Accounts",
    "web.enter.accounts_text": "Companies that buy or may buy. Deals and contacts can name them at once.",
    "web.enter.contacts": "Contacts",
    "web.enter.contacts_text": "The people at an account.",
    "web.enter.costs": "Costs",
    "web.enter.costs_text": "What selling and marketing cost. A cost is spread evenly over the days it covers.",
    "web.enter.revenue": "Revenue",
    "web.enter.revenue_text": "What was invoiced or recognised; a credit note is negative.",
    "web.enter.contracts": "Contracts",
    "web.enter.contracts_text": "Running agreements with an amount a month, for recurring revenue.",
    "web.enter.targets": "Targets",
    "web.enter.targets_text": "Targets that were agreed elsewhere. To propose one and talk about it, use Goals.",
    "web.enter.time_off": "Time off",
    "web.enter.time_off_text": "Days that somebody was away, so that work is compared per day worked. No reason is asked.",
}
"""What each is called, and what it is for."""

COLUMNS = {
    "web.column.account_id": "Account",
    "web.column.amount": "Amount",
    "web.column.campaign_id": "Campaign",
    "web.column.category": "Category",
    "web.column.country": "Country",
    "web.column.currency": "Currency",
    "web.column.customer_since_on": "Customer since",
    "web.column.email": "E-mail",
    "web.column.employees": "Employees",
    "web.column.ends_on": "Last day",
    "web.column.from_on": "First day",
    "web.column.industry": "Line of business",
    "web.column.is_recurring": "Recurring",
    "web.column.kind": "Spent or planned",
    "web.column.metric": "Metric",
    "web.column.monthly_amount": "Amount a month",
    "web.column.name": "Name",
    "web.column.owner_id": "Owner",
    "web.column.person_id": "Person",
    "web.column.recognised_on": "Day it counts",
    "web.column.region": "Region",
    "web.column.role": "Role in buying",
    "web.column.segment": "Segment",
    "web.column.share": "Part of the day",
    "web.column.source": "Lead source",
    "web.column.starts_on": "First day",
    "web.column.team_id": "Team",
    "web.column.to_on": "Last day",
    "web.column.value": "Value to reach",
}
"""What the columns are called, above a field and in a spreadsheet."""

CHOICES = {
    "web.choice.actual": "Spent",
    "web.choice.budget": "Budget",
    "web.choice.commission": "Commission",
    "web.choice.cost_of_goods": "Cost of goods",
    "web.choice.events": "Events",
    "web.choice.false": "No",
    "web.choice.marketing_salaries": "Salaries of marketing",
    "web.choice.media": "Advertising",
    "web.choice.sales_salaries": "Salaries of sales",
    "web.choice.sales_tools": "Tools for sales",
    "web.choice.training": "Training",
    "web.choice.travel": "Travel",
    "web.choice.true": "Yes",
}
"""What the values of a choice are called."""


def said(reader: Reader, title: str) -> str:
    """What a kind of row is called, or with `_text` behind its title what it is for, in the reader's language."""
    id = f"web.enter.{title}"
    return reader.t(id, TEXTS[id])


def column_name(reader: Reader, name: str) -> str:
    """A column as people read it."""
    id = f"web.column.{name}"
    return reader.t(id, COLUMNS[id])


def choice_name(reader: Reader, value: str) -> str:
    """The value of a choice as people read it; a company's own one as it is written."""
    id = f"web.choice.{value}"
    return reader.t(id, CHOICES[id]) if id in CHOICES else value.replace("_", " ")


def allowed(reader: Reader) -> list[Entering]:
    """What a reader may enter, in the order of the tabs."""
    return [each for each in ENTERINGS.values() if reader.may(each.permission) and may_enter(reader, each)]


def may_enter(reader: Reader, entering: Entering) -> bool:
    """Whether a reader sees what this is about: who sees no amounts doesn't enter what was earned."""
    return not entering.of_amounts or (reader.sees_money and reader.sees_deals)
