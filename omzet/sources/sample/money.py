"""Revenue, contracts, costs, exchange rates and credits."""

from __future__ import annotations

from datetime import date, timedelta

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import DAY, Clock, month_after, months_later
from omzet.sources.sample.deals import Contract
from omzet.sources.sample.history import Record
from omzet.sources.sample.market import FRANC, SERVICE, Campaign, product_id
from omzet.sources.sample.people import MARKETING, SALES, TEAMS, Staff
from omzet.sources.sample.tables import money

FRANC_RATE = 1.04
"""Euros for a franc around which the rate wanders."""
MONTHLY_PAY = {"rep": 5600.0, "manager": 8200.0, "sdr": 4300.0, "leader": 11_500.0, "other": 5200.0, "marketing": 4900.0}
RAISE = 0.03
COMMISSION = 0.035
MEDIA = {"C01": 9500.0, "C02": 5500.0, "C09": 3200.0, "C10": 1800.0, "C11": 1500.0, "C14": 8000.0}
"""Spend a month on each campaign that runs on."""
EVENT_COST = 16_000.0
GOODS = 0.64

Rows = list[tuple[object, ...]]

REVENUE_COLUMNS = ("revenue_id", "account_id", "deal_id", "product_id", "recognised_on", "amount", "currency", "is_recurring")
CONTRACT_COLUMNS = ("contract_id", "account_id", "deal_id", "product_id", "starts_on", "ends_on", "monthly_amount", "currency")
COST_COLUMNS = ("cost_id", "kind", "from_on", "to_on", "category", "amount", "currency", "team_id", "campaign_id", "source")
RATE_COLUMNS = ("quoted_on", "currency", "rate", "kind")
CREDIT_COLUMNS = ("deal_id", "person_id", "kind", "share")


def in_euros(record: Record) -> float:
    """The deal's amount in euros, at about the rate of the day."""
    return (record.amount or 0.0) * (FRANC_RATE if record.deal.account.currency == FRANC else 1.0)


def revenue_rows(clock: Clock, sold: list[Record], contracts: list[Contract], kept: set[str], seed: int) -> Rows:
    """Invoices of won deals (part at the order, the rest when installed), credit notes, and contracts by the quarter.

    `sold` are all won deals, also those from before the data, whose invoices have no deal.
    """
    chance, lines = Chance(seed, "revenue"), []

    def invoice(record: Record, day: date, amount: float) -> None:
        deal = record.deal
        if clock.start <= day < clock.today and amount:
            known = deal.deal_id if deal.deal_id in kept else None
            product = record.lines[0].product_id if record.lines else None
            lines.append((day, deal.account.account_id, known, product, amount, deal.account.currency, False))

    for record in sold:
        if record.deal.kind == "renewal":
            continue
        amount, signed = record.amount or 0.0, record.deal.closed.date()
        first = round(0.3 * amount, 2) if amount > 9000 else 0.0
        installed = clock.working_day(signed + timedelta(days=chance.whole(30, 95)))
        invoice(record, clock.working_day(signed + timedelta(days=chance.whole(5, 18))), first)
        invoice(record, installed, round(amount - first, 2))
        if chance.yes(0.02):
            back = clock.working_day(installed + timedelta(days=chance.whole(10, 50)))
            invoice(record, back, -round(amount * chance.between(0.04, 0.3), 2))
    for contract in contracts:
        day = contract.starts
        while day <= contract.ends:
            if clock.start <= day < clock.today and _is_signed(contract, clock):
                known = contract.deal.deal_id if contract.deal and contract.deal.deal_id in kept else None
                account = contract.account
                lines.append(
                    (day, account.account_id, known, _service(contract), round(3 * contract.monthly, 2), account.currency, True)
                )
            day = months_later(day, 3)
    lines.sort(key=lambda line: (line[0], line[1], line[4]))
    return [
        (f"I{number:05d}", account, deal, product, day, money(amount), currency, recurring)
        for number, (day, account, deal, product, amount, currency, recurring) in enumerate(lines, 1)
    ]


def contract_rows(clock: Clock, contracts: list[Contract], kept: set[str]) -> Rows:
    """Signed contracts that have begun and ran at some time in the data."""
    running = [each for each in contracts if _is_signed(each, clock) and each.ends >= clock.start and each.starts < clock.today]
    running.sort(key=lambda each: (each.starts, each.account.account_id, each.monthly))
    return [
        (
            f"S{number:04d}",
            each.account.account_id,
            each.deal.deal_id if each.deal and each.deal.deal_id in kept else None,
            _service(each),
            each.starts,
            each.ends,
            money(each.monthly),
            each.account.currency,
        )
        for number, each in enumerate(running, 1)
    ]


def _is_signed(contract: Contract, clock: Clock) -> bool:
    return contract.deal is None or contract.deal.recorded < clock.now


def _service(contract: Contract) -> str:
    return product_id(SERVICE[int(contract.account.account_id[1:]) % 2])


def rate_rows(clock: Clock, seed: int) -> Rows:
    """A rate each Monday, and the plan rate of each year: that of the Monday before it begins."""
    chance, rate = Chance(seed, "rates"), FRANC_RATE
    rows: Rows = []
    day = clock.warm_up - timedelta(days=clock.warm_up.weekday())
    rows.append((date(day.year, 1, 1), FRANC, f"{rate:.4f}", "plan"))
    while day < clock.today:
        rate *= 1 + chance.normal(0.005) + 0.02 * (FRANC_RATE / rate - 1)
        rows.append((day, FRANC, f"{rate:.4f}", "actual"))
        if (day + timedelta(days=7)).year > day.year and day + timedelta(days=7) <= clock.today:
            rows.append((date(day.year + 1, 1, 1), FRANC, f"{rate:.4f}", "plan"))
        day += timedelta(days=7)
    return rows


def cost_rows(clock: Clock, staff: Staff, campaigns: tuple[Campaign, ...], won: list[Record], revenue: Rows, seed: int) -> Rows:
    """Actual costs by month up to yesterday, and the budget to the end of the year."""
    chance, rows = Chance(seed, "costs"), []
    first = clock.start
    while first.year <= clock.today.year:
        last = month_after(first) - DAY
        grown = (1 + RAISE) ** clock.years(first)
        goods = sum(float(str(line[5])) * (0.35 if line[7] else GOODS) for line in revenue if first <= _day(line[4]) <= last)
        booked = dict.fromkeys(TEAMS, 0.0)
        for record in won:
            if first <= record.deal.closed.date() <= last:
                booked[record.owner_on(record.deal.closed.date()).team_on(last)] += in_euros(record)
        plain = _plain_costs(staff, campaigns, first, grown)
        through = min(last, clock.today - DAY)
        if first <= through:
            part = ((through - first).days + 1) / ((last - first).days + 1)
            for category, amount, team_id, campaign in plain:
                real = amount * part * (1.0 if category.endswith("salaries") else chance.lognormal(1.0, 0.12))
                rows.append(("actual", first, through, category, real, team_id, campaign))
            for team_id, amount in booked.items():
                rows.append(("actual", first, through, "commission", amount * COMMISSION, team_id, None))
            rows.append(("actual", first, through, "cost_of_goods", goods, None, None))
        for category, amount, team_id, campaign in plain:
            rows.append(("budget", first, last, category, round(amount * 1.01, -2), team_id, campaign))
        for team_id in TEAMS:
            rows.append(("budget", first, last, "commission", round(8500 * grown, -2), team_id, None))
        first = month_after(first)
    return [
        (
            f"{kind[0].upper()}{number:05d}",
            kind,
            begins,
            ends,
            category,
            money(amount),
            "EUR",
            team_id,
            campaign.campaign_id if campaign else None,
            campaign.source if campaign else None,
        )
        for number, (kind, begins, ends, category, amount, team_id, campaign) in enumerate(rows, 1)
    ]


def _plain_costs(
    staff: Staff, campaigns: tuple[Campaign, ...], first: date, grown: float
) -> list[tuple[str, float, str | None, Campaign | None]]:
    """Costs of a month that do not follow sales."""
    found: list[tuple[str, float, str | None, Campaign | None]] = []
    middle = first + timedelta(days=14)
    there = [person for person in staff.people if person.is_there(middle)]
    for team_id in (SALES, *TEAMS, MARKETING):
        pay = sum(MONTHLY_PAY[person.role] * person.fte for person in there if person.team_on(middle) == team_id)
        found.append(("marketing_salaries" if team_id == MARKETING else "sales_salaries", pay * grown, team_id, None))
    sellers = [person for person in there if person.role != "marketing"]
    found.append(("sales_tools", 310.0 * len(sellers) * grown, SALES, None))
    for team_id in TEAMS:
        found.append(("travel", 430.0 * grown * sum(person.team_on(middle) == team_id for person in sellers), team_id, None))
    for campaign in campaigns:
        if campaign.first <= first <= campaign.last:
            if campaign.campaign_id in MEDIA:
                found.append(("media", MEDIA[campaign.campaign_id] * grown, MARKETING, campaign))
            elif campaign.source == "event" and first.month % 3 == 2:
                found.append(("events", EVENT_COST * grown, MARKETING, campaign))
    return found


def credit_rows(staff: Staff, records: list[Record], seed: int) -> Rows:
    """Splits of some deals between the owner and a colleague, and overlays for the specialists."""
    chance = Chance(seed, "credits")
    specialists = [person.person_id for person in staff.of("other")]
    rows: Rows = []
    for record in records:
        deal_id, owner = record.deal.deal_id, record.owner.person_id
        if chance.yes(0.06):
            day = record.deal.created.date()
            colleagues = [rep.person_id for rep in staff.reps_of(record.deal.account.team_id, day) if rep.person_id != owner]
            share = chance.pick((0.5, 0.6, 0.7, 0.8))
            rows.append((deal_id, owner, "revenue", share))
            rows.append((deal_id, chance.pick(colleagues), "revenue", round(1 - share, 2)))
        if record.lines and chance.yes(0.06):
            rows.append((deal_id, chance.pick(specialists), "overlay", chance.pick((0.2, 0.5, 1.0))))
    return rows


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value
