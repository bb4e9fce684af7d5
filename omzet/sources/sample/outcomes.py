"""Whether and when each deal is won or lost. The planted effects on winning act here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from omzet.sources.sample.chance import Chance, Even
from omzet.sources.sample.clock import DAY, Clock, at_work, month_after, months_later, quarter_start
from omzet.sources.sample.deals import Contract, Customers, Deal, expansions, renewal
from omzet.sources.sample.leads import logistic
from omzet.sources.sample.market import Account
from omzet.sources.sample.people import TEAMS, Staff
from omzet.sources.sample.truth import (
    DECEMBER_PULL,
    DISQUALIFIED_SHARE,
    GHOSTED_SHARE,
    LATE_CLOSE_SHARE,
    MEETING,
    QUARTER_PULL,
    REOPENED_SHARE,
    SEGMENT_MIX,
    SUMMER_DELAY,
    WIN_BASE,
    WIN_BY_KIND,
    WIN_BY_SEGMENT,
    WIN_BY_SOURCE,
    MixShift,
    Training,
)

NEW, QUALIFIED, DEMO, PROPOSAL, NEGOTIATION = range(5)
REOPENED = -1
STAY = (3.5, 6.5, 6.0, 15.0, 5.5)
"""Median days in each open stage."""
SPREAD = (0.7, 0.7, 0.65, 0.65, 0.6)
LOST_AT = (0.13, 0.20, 0.15, 0.42, 0.10)
"""Share of lost deals by the furthest stage they reach."""
SKIPPED = (0.0, 0.05, 0.10, 0.0, 0.07)
PACE = {"small": 0.9, "mid": 1.0, "large": 1.2}
LOSING_PACE = 0.8
"""Deals that will be lost leave the stages other than the proposal sooner."""
BACK_SHARE = 0.06
REDRAWN = 40
"""How often the latest deals of a segment are drawn again at most, until the mix shift shows."""
WITH_SERVICE = 0.25
TERMS = (12, 24, 24, 36)
"""Months of a first contract; renewals run for a year."""
BOOKS_BEFORE = 0.4
"""Share of the customers from before the data who have a running contract."""


class Outcomes:
    """One drawing of the fate of all deals."""

    def __init__(self, chance: Chance, clock: Clock, trainings: tuple[Training, ...], shift: MixShift) -> None:
        self._chance, self._clock, self._trainings, self._shift = chance, clock, trainings, shift
        groups = product(WIN_BY_KIND, WIN_BY_SEGMENT, TEAMS)
        self._even = {group: Even(chance.random()) for group in groups}

    def log_odds(self, deal: Deal) -> float:
        """The true log-odds that the deal is won."""
        day = deal.created.date()
        x = (
            WIN_BASE
            + WIN_BY_KIND[deal.kind]
            + WIN_BY_SEGMENT[deal.account.segment]
            + WIN_BY_SOURCE[deal.source]
            + deal.owner.ability
        )
        x += MEETING.log_odds if deal.exposed else 0.0
        x += sum(each.log_odds for each in self._trainings if day >= each.on and deal.owner.person_id in each.participants)
        return x + (self._shift.lift if day >= self._shift.from_on else 0.0)

    def decide(self, deal: Deal) -> None:
        """Draw outcome, way through the stages and close of the deal."""
        chance = self._chance
        deal.entries, deal.silent_from, deal.meeting_on, deal.missed_on = [], None, None, None
        if self._even[deal.kind, deal.account.segment, deal.account.team_id].random() < logistic(self.log_odds(deal)):
            deal.outcome, furthest = "won", NEGOTIATION
        else:
            deal.outcome, furthest = "lost", chance.weighted(range(5), LOST_AT)
        if chance.yes(DISQUALIFIED_SHARE):
            deal.outcome, furthest = "disqualified", chance.weighted((NEW, QUALIFIED, DEMO), (0.5, 0.35, 0.15))
        self._meet(deal)
        day = self._walk(deal, furthest)
        deal.closed = at_work(chance, day, 9 * 60)
        if deal.closed <= deal.entries[-1][1]:
            deal.closed = deal.entries[-1][1] + timedelta(minutes=chance.whole(3, 40))
        deal.recorded = deal.closed
        if chance.yes(LATE_CLOSE_SHARE):
            deal.recorded = at_work(chance, self._clock.working_day(day + timedelta(days=chance.whole(2, 15))))
        if deal.outcome == "won" and deal.kind != "renewal":
            deal.monthly = round(chance.lognormal(deal.value * 0.011, 0.35), 2) if chance.yes(WITH_SERVICE) else None

    def _meet(self, deal: Deal) -> None:
        """The early meeting of exposed deals; a cancelled one for some of the others."""
        days = [deal.created.date() + timedelta(days=at) for at in range(1, MEETING.days)]
        days = [day for day in days if self._clock.is_working_day(day)]
        if deal.exposed:
            deal.meeting_on = self._chance.pick(days)
        elif self._chance.yes(MEETING.cancelled_share):
            deal.missed_on = self._chance.pick(days)

    def _walk(self, deal: Deal, furthest: int) -> date:
        """Fill the stages entered and return the day of the close."""
        chance, clock = self._chance, self._clock
        pace = PACE[deal.account.segment]
        places = [place for place in range(furthest + 1) if place == furthest or not chance.yes(SKIPPED[place])]
        if furthest >= PROPOSAL and chance.yes(BACK_SHARE):
            places[places.index(PROPOSAL) + 1 : places.index(PROPOSAL) + 1] = [DEMO, PROPOSAL]
        if furthest >= PROPOSAL and chance.yes(REOPENED_SHARE):
            places[places.index(PROPOSAL) + 1 : places.index(PROPOSAL) + 1] = [REOPENED, PROPOSAL]
        passed, last = 0.0, len(places) - 1
        moment = deal.created
        for at, place in enumerate(places):
            if at:
                day = clock.working_day(deal.created.date() + timedelta(days=int(passed)))
                moment = max(at_work(chance, day), moment + timedelta(minutes=chance.whole(4, 50)))
            deal.entries.append((place, moment))
            stay = chance.between(12, 45) if place == REOPENED else chance.lognormal(STAY[place] * pace, SPREAD[place])
            stay *= 1.0 if deal.outcome == "won" or place == PROPOSAL else LOSING_PACE
            if at == last and deal.outcome == "lost":
                stay *= 1.1
                if furthest >= QUALIFIED and chance.yes(GHOSTED_SHARE):
                    stay = chance.lognormal(75.0, 0.35) + max(0.0, 60 - passed)
                    deal.silent_from = deal.created.date() + timedelta(days=60)
            passed += stay
        day = deal.created.date() + timedelta(days=max(1, round(passed)))
        met = deal.meeting_on or deal.missed_on
        if met and day <= met:
            day = met + DAY
        return self._season(deal, clock.working_day(day))

    def _season(self, deal: Deal, day: date) -> date:
        """Move a close by the season: wins into the end of the quarter, decisions out of the summer."""
        chance, clock = self._chance, self._clock
        if (7, 20) <= (day.month, day.day) <= (8, 20):
            return (
                clock.working_day(date(day.year, 8, 25) + timedelta(days=chance.whole(0, 24)))
                if chance.yes(SUMMER_DELAY)
                else day
            )
        first = quarter_start(day)
        reach, pull = (25, DECEMBER_PULL) if day.month == 1 else (12, QUARTER_PULL)
        if deal.outcome == "won" and (day - first).days < reach and chance.yes(pull):
            earlier = first
            for _ in range(chance.whole(1, 9)):
                earlier = clock.working_day_before(earlier)
            if earlier > max(deal.entries[-1][1].date(), deal.meeting_on or deal.created.date()):
                return earlier
        return day


@dataclass
class Book:
    """Deals decided so far, who is a customer since when, and the contracts that run."""

    deals: list[Deal]
    customers: Customers
    contracts: list[Contract]


def draw(
    seed: int,
    clock: Clock,
    staff: Staff,
    fresh: list[Deal],
    before: list[Account],
    trainings: tuple[Training, ...],
    shift: MixShift,
) -> Book:
    """Draw the fate of all deals; of the latest by segment, again until none fell while the mix shifted."""
    again_from = shift.base_on - timedelta(days=60)
    chance = Chance(seed, "outcomes")
    book = Book([], [(account.since, account) for account in before if account.since], _contracts_before(chance, clock, before))
    fate = Outcomes(chance, clock, trainings, shift)
    _add(
        chance,
        clock,
        staff,
        book,
        [deal for deal in fresh if deal.created.date() < again_from],
        clock.warm_up,
        again_from,
        1.0,
        fate,
    )
    _renew(chance, clock, staff, book, list(book.contracts), fate)
    early = Book(list(book.deals), list(book.customers), [])
    for segment in SEGMENT_MIX:
        known = [each for each in early.customers if each[1].segment == segment]
        late = [deal for deal in fresh if deal.created.date() >= again_from and deal.account.segment == segment]
        fixed = [deal for deal in early.deals if deal.account.segment == segment]
        for attempt in range(REDRAWN):
            chance = Chance(seed, "latest outcomes", segment, attempt)
            fate = Outcomes(chance, clock, trainings, shift)
            part = Book([], list(known), [])
            _add(chance, clock, staff, part, late, again_from, clock.today, len(known) / len(early.customers), fate)
            _renew(chance, clock, staff, part, list(part.contracts), fate)
            base, after = (win_rate([*fixed, *part.deals], clock, first) for first in (shift.base_on, shift.quarter_on))
            if base <= after <= base + 0.03:
                break
        book.deals += part.deals
        book.contracts += part.contracts
    book.deals.sort(key=lambda deal: (deal.created, deal.account.account_id, deal.kind))
    for number, deal in enumerate(book.deals, 1):
        deal.deal_id = f"D{number:05d}"
        if deal.lead:
            deal.lead.deal_id = deal.deal_id
    return book


def _add(
    chance: Chance,
    clock: Clock,
    staff: Staff,
    book: Book,
    fresh: list[Deal],
    first: date,
    end: date,
    share: float,
    fate: Outcomes,
) -> None:
    """Decide new business and the expansions made in those days, and sign the contracts that follow."""
    for deal in fresh:
        fate.decide(deal)
    book.customers += [(deal.closed.date(), deal.account) for deal in fresh if deal.outcome == "won"]
    book.customers.sort(key=lambda each: (each[0], each[1].account_id))
    more = expansions(chance, clock, staff, book.customers, first, end, share)
    for deal in more:
        fate.decide(deal)
    book.deals += [*fresh, *more]
    for deal in (*fresh, *more):
        if deal.monthly:
            book.contracts.append(_contract(chance, deal.account, deal, deal.closed.date(), chance.pick(TERMS), deal.monthly))


def _renew(chance: Chance, clock: Clock, staff: Staff, book: Book, contracts: list[Contract], fate: Outcomes) -> None:
    """Decide the renewals of those contracts, and the renewals of what was renewed."""
    waiting = list(contracts)
    while waiting:
        contract = waiting.pop(0)
        again = renewal(chance, clock, staff, contract)
        if again is None:
            continue
        fate.decide(again)
        book.deals.append(again)
        if again.outcome == "won" and again.monthly:
            ends = months_later(contract.ends + DAY, 12) - DAY
            waiting.append(Contract(again.account, again, contract.ends + DAY, ends, again.monthly))
            book.contracts.append(waiting[-1])


def _contracts_before(chance: Chance, clock: Clock, before: list[Account]) -> list[Contract]:
    """Contracts that ran already when the simulation begins."""
    found = []
    for account in before:
        signed, monthly = clock.warm_up - timedelta(days=chance.whole(1, 700)), round(chance.lognormal(260.0, 0.4), 2)
        if chance.yes(BOOKS_BEFORE):
            found.append(_contract(chance, account, None, signed, 24, monthly))
    return found


def _contract(chance: Chance, account: Account, deal: Deal | None, signed: date, months: int, monthly: float) -> Contract:
    starts = month_after(signed + timedelta(days=chance.whole(10, 60)))
    return Contract(account, deal, starts, months_later(starts, months) - DAY, monthly)


def win_rate(deals: list[Deal], clock: Clock, first: date) -> float:
    """Wins by closes, of deals closed in the quarter that starts on `first` and entered before today."""
    closed = [
        deal
        for deal in deals
        if deal.outcome != "disqualified" and deal.recorded < clock.now and quarter_start(deal.closed.date()) == first
    ]
    return sum(deal.outcome == "won" for deal in closed) / max(1, len(closed))
