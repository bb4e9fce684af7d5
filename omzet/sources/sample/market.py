"""What is sold, through which campaigns, in which stages, and to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import Clock, at_work, quarter_before, quarter_start
from omzet.sources.sample.names import BUYER_ROLES, TRADES, address, company_name, person_name
from omzet.sources.sample.truth import SEGMENT_MIX, SHIFTED_MIX

PIPELINE = "Sales"
OPEN_STAGES = ("New", "Qualified", "Demo", "Proposal", "Negotiation")
WON, LOST = "Won", "Lost"
TYPED = (0.05, 0.15, 0.30, 0.60, 0.85)
"""Chances of winning as the company typed them in, once and too high."""

# product, family, list price, margin of the list price
PRODUCTS = (
    ("Luma Paneel 60", "Verlichting", 118.0, 0.38),
    ("Luma Highbay", "Verlichting", 342.0, 0.36),
    ("Luma Strip", "Verlichting", 64.0, 0.42),
    ("Luma Buiten", "Verlichting", 415.0, 0.33),
    ("Regie Sensor", "Sturing", 89.0, 0.48),
    ("Regie Centrale", "Sturing", 1850.0, 0.45),
    ("Regie Noodlicht", "Sturing", 156.0, 0.40),
    ("Stroom Laadpaal", "Laden", 2450.0, 0.27),
    ("Stroom Snellader", "Laden", 14800.0, 0.24),
    ("Stroom Buffer", "Laden", 9600.0, 0.26),
    ("Zonnedak", "Zon", 860.0, 0.29),
    ("Omvormer", "Zon", 2100.0, 0.30),
    ("Onderhoud", "Service", 240.0, 0.52),
    ("Energiemonitor", "Service", 165.0, 0.66),
)
FAMILIES = {"Verlichting": 0.44, "Sturing": 0.17, "Laden": 0.22, "Zon": 0.17}
SERVICE = (12, 13)
"""Places of the products that are paid by the month."""

COMPETITORS = ("Heldra", "Voltra Systems", "Brightwerk", "ElektroNova", "Lichtbron Direct")
REGIONS = {
    "T1": (("Noord-Nederland", "NL"), ("Randstad", "NL")),
    "T2": (("Zuid-Nederland", "NL"), ("Oost-Nederland", "NL")),
    "T3": (("Vlaanderen", "BE"), ("Brussel", "BE")),
    "T4": (("Nordrhein-Westfalen", "DE"), ("Bayern", "DE"), ("Zürich", "CH")),
}
TEAM_SHARE = {"T1": 0.33, "T2": 0.29, "T3": 0.22, "T4": 0.16}
EMPLOYEES = {"small": (8, 49), "mid": (50, 249), "large": (250, 2400)}
FRANC = "CHF"
CUSTOMERS_BEFORE = 340

# campaign, source, quarters back from this one, quarters long; the last one is the bad one
CAMPAIGNS = (
    ("Zoeken: LED voor bedrijven", "advertising", 20, 21),
    ("Zoeken: laadpalen zakelijk", "advertising", 8, 9),
    ("Vakbeurs Techniek", "event", 11, 1),
    ("Vakbeurs Energie", "event", 9, 1),
    ("Vakbeurs Techniek, tweede jaar", "event", 7, 1),
    ("Open huis Noordlicht", "event", 5, 1),
    ("Vakbeurs Techniek, derde jaar", "event", 3, 1),
    ("Ronde tafel installateurs", "event", 1, 1),
    ("Besparingscheck website", "website", 10, 11),
    ("Gids: terugverdientijd", "website", 6, 7),
    ("Installateurs brengen klanten", "partner", 20, 21),
    ("Klant brengt klant", "referral", 9, 10),
    ("Belactie bedrijventerreinen", "outbound", 6, 2),
    ("Gratis energiescan", "advertising", 4, 4),
)
BAD_CAMPAIGN = f"C{len(CAMPAIGNS):02d}"


@dataclass
class Account:
    """A company that buys or may buy. `since` is the first purchase."""

    account_id: str
    name: str
    team_id: str
    region: str
    country: str
    segment: str
    industry: str
    employees: int
    created: datetime
    owner_id: str | None = None
    since: date | None = None
    contacts: list[str] = field(default_factory=list)

    @property
    def currency(self) -> str:
        return FRANC if self.country == "CH" else "EUR"


@dataclass(frozen=True)
class Campaign:
    campaign_id: str
    name: str
    source: str
    first: date
    last: date


class Market:
    """Accounts as they turn up, and their contacts."""

    def __init__(self, seed: int) -> None:
        self.accounts: list[Account] = []
        self._chance = Chance(seed, "accounts")
        self._taken: set[str] = set()

    def new_account(self, created: datetime, team_id: str, *, shifted: bool) -> Account:
        chance = self._chance
        region, country = chance.weighted(REGIONS[team_id], (0.4, 0.35, 0.25)[: len(REGIONS[team_id])])
        mix = SHIFTED_MIX if shifted else SEGMENT_MIX
        segment = chance.weighted(tuple(mix), tuple(mix.values()))
        industry = chance.pick(tuple(TRADES))
        language = "DE" if country == "CH" else country
        account = Account(
            f"A{len(self.accounts) + 1:05d}",
            company_name(chance, language, industry, self._taken),
            team_id,
            region,
            country,
            segment,
            industry,
            chance.whole(*EMPLOYEES[segment]),
            created,
        )
        self.accounts.append(account)
        return account


def campaigns(clock: Clock) -> tuple[Campaign, ...]:
    """The campaigns with their days, counted in quarters back from today."""
    found = []
    for number, (name, source, back, length) in enumerate(CAMPAIGNS, 1):
        first = quarter_start(clock.today)
        for _ in range(back):
            first = quarter_before(first)
        last = quarter_start(first + timedelta(days=92 * length + 40)) - timedelta(days=1)
        found.append(Campaign(f"C{number:02d}", name, source, first, last))
    return tuple(found)


ACCOUNT_COLUMNS = (
    *("account_id", "name", "owner_id", "industry", "segment", "region", "country", "employees", "annual_revenue"),
    *("created_at", "customer_since_on"),
)
CONTACT_COLUMNS = ("contact_id", "account_id", "name", "email", "role")
PRODUCT_COLUMNS = ("product_id", "name", "family", "list_price", "currency")
CAMPAIGN_COLUMNS = ("campaign_id", "name", "source", "from_on", "to_on")
STAGE_COLUMNS = ("pipeline", "stage", "name", "position", "kind", "probability", "is_qualified")


def account_rows(accounts: list[Account], seed: int) -> list[tuple[object, ...]]:
    """Rows of accounts; 4 % have no industry, a fifth no revenue of their own."""
    chance = Chance(seed, "account rows")
    rows: list[tuple[object, ...]] = []
    for account in accounts:
        revenue = None if chance.yes(0.2) else f"{round(account.employees * chance.lognormal(160_000, 0.4), -4):.2f}"
        industry = None if chance.yes(0.04) else account.industry
        rows.append(
            (
                account.account_id,
                account.name,
                account.owner_id,
                industry,
                account.segment,
                account.region,
                account.country,
                account.employees,
                revenue,
                account.created,
                account.since,
            )
        )
    return rows


def contact_rows(accounts: list[Account], seed: int) -> list[tuple[object, ...]]:
    """One to three contacts an account; fills `Account.contacts`."""
    chance = Chance(seed, "contacts")
    rows: list[tuple[object, ...]] = []
    for account in accounts:
        language = "DE" if account.country == "CH" else account.country
        taken: set[str] = set()
        for _ in range(chance.weighted((1, 2, 3), (0.45, 0.38, 0.17))):
            contact_id = f"K{len(rows) + 1:05d}"
            name = person_name(chance, language, taken)
            mail = None if chance.yes(0.05) else address(name, f"bedrijf{account.account_id[1:]}")
            rows.append((contact_id, account.account_id, name, mail, chance.pick(BUYER_ROLES)))
            account.contacts.append(contact_id)
    return rows


def product_id(place: int) -> str:
    return f"R{place + 1:02d}"


def product_rows() -> list[tuple[object, ...]]:
    return [(product_id(at), name, family, f"{price:.2f}", "EUR") for at, (name, family, price, _) in enumerate(PRODUCTS)]


def campaign_rows(found: tuple[Campaign, ...]) -> list[tuple[object, ...]]:
    return [(each.campaign_id, each.name, each.source, each.first, each.last) for each in found]


def stage_rows() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        (PIPELINE, stage, stage, place, "open", TYPED[place - 1], place > 1) for place, stage in enumerate(OPEN_STAGES, 1)
    ]
    return [*rows, (PIPELINE, WON, WON, 6, "won", 1, True), (PIPELINE, LOST, LOST, 7, "lost", 0, True)]


def customers_before(market: Market, clock: Clock, seed: int) -> list[Account]:
    """Accounts that bought before the data begin."""
    chance, found = Chance(seed, "customers before"), []
    for _ in range(CUSTOMERS_BEFORE):
        since = clock.working_day(clock.warm_up - timedelta(days=chance.whole(10, 2200)))
        team_id = chance.weighted(tuple(TEAM_SHARE), tuple(TEAM_SHARE.values()))
        account = market.new_account(at_work(chance, since - timedelta(days=40)), team_id, shifted=False)
        account.since = since
        found.append(account)
    return found
