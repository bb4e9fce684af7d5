"""Deals as they are made: out of leads, by reps' own prospecting, and again with customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import DAY, NEVER, Clock, at_work
from omzet.sources.sample.leads import Lead
from omzet.sources.sample.market import TEAM_SHARE, Account, Market
from omzet.sources.sample.people import Person, Staff
from omzet.sources.sample.truth import MEETING, PRICE_GROWTH, SEASON, SHIFTED_VOLUME, VOLUME_GROWTH

VALUE = {"small": 23_000.0, "mid": 34_000.0, "large": 38_000.0}
"""Median value of a new deal at the start of the data, in euros."""
PROSPECTED_A_DAY = 0.55
EXPANSIONS_A_DAY = 0.9


Customers = list[tuple[date, Account]]
"""Accounts with the day of their first purchase."""


@dataclass
class Deal:
    """One deal with everything that will happen to it, also after today.

    `entries` are the stages it goes through with the moment of each, by their place among `OPEN_STAGES`; a place of -1
    is a loss that is later reopened. `recorded` is when the final close is entered.
    """

    kind: str
    account: Account
    source: str
    owner: Person
    created: datetime
    first_contact: datetime
    value: float
    exposed: bool
    campaign_id: str | None = None
    lead: Lead | None = None
    deal_id: str = ""
    outcome: str = ""
    entries: list[tuple[int, datetime]] = field(default_factory=list)
    meeting_on: date | None = None
    missed_on: date | None = None
    silent_from: date | None = None
    monthly: float | None = None
    closed: datetime = NEVER
    recorded: datetime = NEVER


@dataclass(frozen=True)
class Contract:
    """A running agreement; `renewed` says that its renewal was won."""

    account: Account
    deal: Deal | None
    starts: date
    ends: date
    monthly: float


def new_business(clock: Clock, staff: Staff, market: Market, leads: list[Lead], seed: int, shift_from: date) -> list[Deal]:
    """Deals with new customers: the converted leads, and those that reps find themselves, by day of creation."""
    chance, found = Chance(seed, "new business"), []
    for lead in leads:
        if lead.converted and lead.contacted and lead.account and lead.converted < clock.now:
            day = lead.converted.date()
            owner = (
                lead.answerer
                if lead.answerer.role == "rep" and lead.answerer.is_there(day)
                else staff.owner(chance, lead.team_id, day)
            )
            lead.deal_owner = owner.person_id
            found.append(
                Deal(
                    "new",
                    lead.account,
                    lead.source,
                    owner,
                    lead.converted,
                    lead.contacted,
                    _value(chance, clock, lead.account, day, 1.0),
                    chance.yes(MEETING.share),
                    lead.campaign_id,
                    lead,
                )
            )
    day = clock.warm_up
    while day < clock.today:
        for _ in range(chance.count(_a_day(clock, day, PROSPECTED_A_DAY) * (SHIFTED_VOLUME if day >= shift_from else 1.0))):
            team_id = chance.weighted(tuple(TEAM_SHARE), tuple(TEAM_SHARE.values()))
            owner, created = staff.owner(chance, team_id, day), at_work(chance, day)
            account = market.new_account(created, team_id, shifted=day >= shift_from)
            first = at_work(chance, clock.working_day(day - timedelta(days=chance.whole(1, 9))))
            value = _value(chance, clock, account, day, 1.1)
            found.append(Deal("new", account, "outbound", owner, created, min(first, created), value, chance.yes(MEETING.share)))
        day += DAY
    found.sort(key=lambda deal: (deal.created, deal.account.account_id))
    return found


def expansions(
    chance: Chance, clock: Clock, staff: Staff, customers: Customers, first: date, end: date, share: float
) -> list[Deal]:
    """Deals made from `first` to before `end` with accounts that bought two months before.

    `customers` are sorted by day of first purchase; `share` says which part of all customers they are.
    """
    found: list[Deal] = []
    day, known = first, 0
    while day < end:
        while known < len(customers) and customers[known][0] <= day - timedelta(days=60):
            known += 1
        for _ in range(chance.count(_a_day(clock, day, EXPANSIONS_A_DAY * share))):
            found.append(_again(chance, clock, staff, "expansion", customers[chance.whole(0, known - 1)][1], day, None))
        day += DAY
    return found


def renewal(chance: Chance, clock: Clock, staff: Staff, contract: Contract) -> Deal | None:
    """The deal that renews a contract, made some weeks before its end; None when that is not yet or long ago."""
    day = clock.working_day(contract.ends - timedelta(days=chance.whole(60, 95)))
    if not clock.warm_up <= day < clock.today:
        return None
    return _again(chance, clock, staff, "renewal", contract.account, day, contract)


def _again(chance: Chance, clock: Clock, staff: Staff, kind: str, account: Account, day: date, contract: Contract | None) -> Deal:
    owner, created = staff.owner(chance, account.team_id, day), at_work(chance, day)
    value = round(12 * contract.monthly * chance.between(1.0, 1.06), 2) if contract else _value(chance, clock, account, day, 0.85)
    deal = Deal(kind, account, "customer", owner, created, created, value, chance.yes(MEETING.share))
    if contract:
        deal.monthly = round(value / 12, 2)
    return deal


def _value(chance: Chance, clock: Clock, account: Account, day: date, factor: float) -> float:
    grown: float = (1 + PRICE_GROWTH) ** clock.years(day)
    return round(chance.lognormal(VALUE[account.segment] * factor * grown, 0.5), 2)


def _a_day(clock: Clock, day: date, number: float) -> float:
    """Expected deals on that day, given their number per calendar day."""
    if not clock.is_working_day(day):
        return 0.0
    grown: float = (1 + VOLUME_GROWTH) ** clock.years(day)
    return number * 7 / 5 * SEASON[day.month - 1] * grown
