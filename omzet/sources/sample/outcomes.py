"""Whether and when each deal is won or lost. The planted effects on winning act here and nowhere else."""

from __future__ import annotations

import heapq
from datetime import date, datetime, timedelta

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import DAY, Clock, at_work, month_after, quarter_start
from omzet.sources.sample.deals import Contract, Deal, expansions, renewal
from omzet.sources.sample.leads import logistic
from omzet.sources.sample.market import OPEN_STAGES, Account
from omzet.sources.sample.people import Staff
from omzet.sources.sample.truth import (
    DECEMBER_PULL,
    DISQUALIFIED_SHARE,
    GHOSTED_SHARE,
    LATE_CLOSE_SHARE,
    MEETING,
    QUARTER_PULL,
    REOPENED_SHARE,
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
BACK_SHARE = 0.06
WITH_SERVICE = 0.35
BOOKS_BEFORE = 0.6
"""Share of the customers from before the data who have a running contract."""


class Outcomes:
    """One drawing of the fate of all deals."""

    def __init__(self, chance: Chance, clock: Clock, trainings: tuple[Training, ...], shift: MixShift) -> None:
        self._chance, self._clock, self._trainings, self._shift = chance, clock, trainings, shift

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
        if chance.yes(logistic(self.log_odds(deal))):
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
            if at == last and deal.outcome == "lost":
                stay *= 1.15
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
                clock.working_day(date(day.year, 8, 24) + timedelta(days=chance.whole(0, 16)))
                if chance.yes(SUMMER_DELAY)
                else day
            )
        first = quarter_start(day)
        reach, pull = (20, DECEMBER_PULL) if day.month == 1 else (12, QUARTER_PULL)
        if deal.outcome == "won" and (day - first).days < reach and chance.yes(pull):
            earlier = first
            for _ in range(chance.whole(1, 9)):
                earlier = clock.working_day_before(earlier)
            if earlier > max(deal.entries[-1][1].date(), deal.meeting_on or deal.created.date()):
                return earlier
        return day


def draw(
    seed: int,
    clock: Clock,
    staff: Staff,
    fresh: list[Deal],
    before: list[Account],
    trainings: tuple[Training, ...],
    shift: MixShift,
) -> tuple[list[Deal], list[Contract]]:
    """Draw the fate of all deals, again and again until the mix shift shows in the data (at most forty times)."""
    for attempt in range(40):
        chance = Chance(seed, "outcomes", attempt)
        drawn = _draw_once(chance, clock, staff, fresh, before, Outcomes(chance, clock, trainings, shift))
        if shift_shows(drawn[0], clock, shift):
            break
    for number, deal in enumerate(drawn[0], 1):
        deal.deal_id = f"D{number:05d}"
        if deal.lead:
            deal.lead.deal_id = deal.deal_id
    return drawn


def _draw_once(
    chance: Chance, clock: Clock, staff: Staff, fresh: list[Deal], before: list[Account], fate: Outcomes
) -> tuple[list[Deal], list[Contract]]:
    deals = list(fresh)
    for deal in fresh:
        fate.decide(deal)
    customers = [(account.since, account) for account in before if account.since]
    customers += [(deal.closed.date(), deal.account) for deal in fresh if deal.outcome == "won"]
    more = expansions(chance, clock, staff, sorted(customers, key=lambda each: (each[0], each[1].account_id)))
    for deal in more:
        fate.decide(deal)
    deals += more
    running = [
        _contract(chance, clock, account, None, clock.warm_up - timedelta(days=chance.whole(1, 700)), 24) for account in before
    ]
    running = [contract for contract in running if chance.yes(BOOKS_BEFORE)]
    running += [
        _contract(chance, clock, deal.account, deal, deal.closed.date(), chance.pick((12, 24, 24)))
        for deal in deals
        if deal.monthly
    ]
    heap = [(contract.ends, at, contract) for at, contract in enumerate(running)]
    heapq.heapify(heap)
    while heap:
        ends, _, contract = heapq.heappop(heap)
        again = renewal(chance, clock, staff, contract)
        if again is None:
            continue
        fate.decide(again)
        deals.append(again)
        if again.outcome == "won":
            next_one = Contract(
                again.account, again, ends + DAY, month_after(ends + timedelta(days=360)) - DAY, again.monthly or 0.0
            )
            running.append(next_one)
            heapq.heappush(heap, (next_one.ends, len(running), next_one))
    deals.sort(key=lambda deal: (deal.created, deal.account.account_id, deal.kind))
    return deals, running


def _contract(chance: Chance, clock: Clock, account: Account, deal: Deal | None, signed: date, months: int) -> Contract:
    starts = month_after(signed + timedelta(days=chance.whole(10, 60)))
    ends = starts
    for _ in range(months):
        ends = month_after(ends)
    monthly = deal.monthly if deal and deal.monthly else round(chance.lognormal(260.0, 0.4), 2)
    return Contract(account, deal, starts, ends - DAY, monthly)


def win_rates(deals: list[Deal], clock: Clock, first: date) -> dict[str, tuple[int, int]]:
    """Wins and closes by segment, of deals closed in the quarter that starts on `first` and entered before today."""
    counts: dict[str, tuple[int, int]] = {}
    for deal in deals:
        if deal.outcome != "disqualified" and deal.recorded < clock.now and quarter_start(deal.closed.date()) == first:
            won, closed = counts.get(deal.account.segment, (0, 0))
            counts[deal.account.segment] = (won + (deal.outcome == "won"), closed + 1)
    return counts


def shift_shows(deals: list[Deal], clock: Clock, shift: MixShift) -> bool:
    """Whether the win rate fell by three points or more while it fell within no segment."""
    base, after = win_rates(deals, clock, shift.base_on), win_rates(deals, clock, shift.quarter_on)
    totals = [sum(won for won, _ in each.values()) / sum(closed for _, closed in each.values()) for each in (base, after)]
    held = all(after[segment][0] / after[segment][1] >= base[segment][0] / base[segment][1] for segment in base)
    return held and totals[1] <= totals[0] - 0.03


def furthest(deal: Deal, before: datetime) -> int:
    """Place of the furthest open stage the deal had entered before that moment."""
    return max(place for place, moment in deal.entries if moment < before)


__all__ = ["OPEN_STAGES", "Outcomes", "draw", "furthest", "shift_shows", "win_rates"]
