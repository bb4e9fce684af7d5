"""Leads: when they come in, how fast they are answered, and which of them become deals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import CLOSES, DAY, OPENS, Clock, at_work, midnight
from omzet.sources.sample.market import BAD_CAMPAIGN, TEAM_SHARE, Account, Campaign, Market
from omzet.sources.sample.names import address, person_name
from omzet.sources.sample.people import Person, Staff
from omzet.sources.sample.truth import (
    BAD_CAMPAIGN_EFFECT,
    LEAD_BY_SOURCE,
    RESPONSE,
    SEASON,
    SHIFTED_VOLUME,
    UNANSWERED_SHARE,
    VOLUME_GROWTH,
)

A_DAY = 9.2
"""Leads a calendar day at the start of the data, before season."""
SOURCE_SHARE = {"website": 0.30, "advertising": 0.22, "event": 0.11, "outbound": 0.15, "referral": 0.10, "partner": 0.12}
WEEK = (1.25, 1.3, 1.25, 1.2, 1.05, 0.45, 0.5)
PUSHED = {BAD_CAMPAIGN: 3.0}
"""Campaigns that bring more leads than the others of their source."""
TO_REPS = ("partner", "referral")
"""Sources whose leads go straight to a rep; an SDR answers the others."""
REASONS = (
    "no budget",
    "no need now",
    "wrong contact",
    "outside our region",
    "student or private person",
    "chose another supplier",
)


@dataclass
class Lead:
    """One lead with everything that will happen to it, also after today."""

    lead_id: str
    name: str
    team_id: str
    source: str
    campaign_id: str | None
    answerer: Person
    created: datetime
    contacted: datetime | None = None
    marketing_qualified: datetime | None = None
    qualified: datetime | None = None
    converted: datetime | None = None
    disqualified: datetime | None = None
    reason: str | None = None
    account: Account | None = None
    deal_id: str | None = None
    deal_owner: str | None = None
    merged_into: str | None = None
    is_spam: bool = False


def logistic(x: float) -> float:
    return 1.0 / (1.0 + exp(-x))


def arrivals(clock: Clock, staff: Staff, market: Market, found: tuple[Campaign, ...], seed: int, shift_from: date) -> list[Lead]:
    """All leads from the warm-up to yesterday, in the order in which they came in."""
    chance = Chance(seed, "leads")
    sdrs = {sdr.team_id: sdr for sdr in staff.of("sdr")}
    leads: list[Lead] = []
    day = clock.warm_up
    while day < clock.today:
        mean = A_DAY * SEASON[day.month - 1] * WEEK[day.weekday()] * (1 + VOLUME_GROWTH) ** clock.years(day)
        mean *= 1.0 if day.weekday() > 4 or clock.is_working_day(day) else 0.4
        shifted = day >= shift_from
        moments = sorted(_moment(chance, day) for _ in range(chance.count(mean * (SHIFTED_VOLUME if shifted else 1.0))))
        for moment in moments:
            source = chance.weighted(tuple(SOURCE_SHARE), tuple(SOURCE_SHARE.values()))
            running = [each for each in found if each.source == source and each.first <= day <= each.last]
            campaign = (
                chance.weighted(running, [PUSHED.get(each.campaign_id, 1.0) for each in running])
                if running and chance.yes(0.7)
                else None
            )
            team_id = chance.weighted(tuple(TEAM_SHARE), tuple(TEAM_SHARE.values()))
            answerer = staff.owner(chance, team_id, day) if source in TO_REPS else sdrs[team_id]
            name = person_name(chance, answerer.country, set())
            lead = Lead(
                f"L{len(leads) + 1:05d}", name, team_id, source, campaign.campaign_id if campaign else None, answerer, moment
            )
            _follow(chance, clock, lead)
            if lead.converted:
                lead.account = market.new_account(lead.converted, team_id, shifted=shifted)
            elif day >= clock.start + timedelta(days=30) and chance.yes(0.02):
                other = chance.pick(leads[-100:])
                lead.merged_into = other.lead_id if other.merged_into is None else None
            leads.append(lead)
        day += DAY
    return leads


def _moment(chance: Chance, day: date) -> datetime:
    working = day.weekday() < 5 and chance.yes(0.78)
    return at_work(chance, day) if working else at_work(chance, day, 7 * 60, 22 * 60 + 30)


def _follow(chance: Chance, clock: Clock, lead: Lead) -> None:
    """What becomes of the lead, once it is answered or not."""
    if chance.yes(0.62):
        lead.marketing_qualified = lead.created + timedelta(seconds=chance.whole(400, 216_000))
    if chance.yes(UNANSWERED_SHARE):
        lead.is_spam = chance.yes(0.15)
        return
    lead.contacted = _answered(chance, clock, lead)
    quick = lead.contacted - lead.created <= timedelta(minutes=RESPONSE.minutes)
    x = LEAD_BY_SOURCE[lead.source] + (RESPONSE.log_odds if quick else 0.0)
    x += BAD_CAMPAIGN_EFFECT if lead.campaign_id == BAD_CAMPAIGN else 0.0
    contacted = lead.contacted.date()
    if chance.yes(logistic(x)):
        lead.converted = _later(chance, clock, contacted, chance.lognormal(3.0, 0.8), lead.contacted)
        between = (lead.converted - lead.contacted).total_seconds() * chance.between(0.3, 1.0)
        lead.qualified = _in_hours(clock, lead.contacted + timedelta(seconds=int(between)), lead.converted)
    elif chance.yes(0.12):
        lead.qualified = _later(chance, clock, contacted, chance.lognormal(4.0, 0.7), lead.contacted)
    if not lead.converted and chance.yes(0.8):
        lead.disqualified = _later(
            chance, clock, (lead.qualified or lead.contacted).date(), chance.lognormal(9.0, 0.8), lead.contacted
        )
        lead.reason = chance.pick(REASONS)


def _answered(chance: Chance, clock: Clock, lead: Lead) -> datetime:
    """The first answer of a person: within the hour for some, else hours or days later, in working hours."""
    created, day = lead.created, lead.created.date()
    minute = created.hour * 60 + created.minute
    open_now = clock.is_working_day(day) and OPENS <= minute < CLOSES - 60
    if open_now and chance.yes(0.52):
        return created + timedelta(seconds=int(chance.between(120, 3540)))
    wait = chance.lognormal(260.0, 0.9)
    if open_now and 62 + wait < CLOSES - minute:
        return created + timedelta(seconds=int(60 * (62 + wait)))
    after = chance.weighted((1, 2, 3, 5), (0.72, 0.16, 0.08, 0.04))
    early = clock.is_working_day(day) and minute < OPENS - 60
    return at_work(chance, clock.working_day(day + timedelta(days=0 if early else after)), OPENS + 5, CLOSES)


def _later(chance: Chance, clock: Clock, day: date, days: float, not_before: datetime) -> datetime:
    """A moment in working hours about that many days later, after `not_before`."""
    then = clock.working_day(day + timedelta(days=int(days)))
    moment = at_work(chance, then)
    if moment <= not_before:
        moment = at_work(chance, clock.working_day(not_before.date() + DAY))
    return moment


def _in_hours(clock: Clock, moment: datetime, last: datetime) -> datetime:
    """The moment moved into working hours of a working day, at the latest `last`."""
    day = clock.working_day(moment.date())
    minute = min(max(moment.hour * 60 + moment.minute, OPENS), CLOSES)
    return min(midnight(day) + timedelta(minutes=minute), last)


LEAD_COLUMNS = (
    *(
        "lead_id",
        "name",
        "email",
        "owner_id",
        "account_id",
        "contact_id",
        "source",
        "campaign_id",
        "status",
        "created_at",
        "contacted_at",
    ),
    *("marketing_qualified_at", "qualified_at", "converted_at", "disqualified_at", "disqualify_reason", "deal_id"),
    *("is_deleted", "merged_into"),
)


def lead_rows(leads: list[Lead], clock: Clock, kept_deals: set[str]) -> list[tuple[object, ...]]:
    """Leads from the start of the data, and older ones whose deal is kept, as they stand now."""
    rows: list[tuple[object, ...]] = []
    for lead in leads:
        if not is_kept(lead, clock, kept_deals):
            continue
        contacted, qualified, converted, disqualified = (
            past(moment, clock) for moment in (lead.contacted, lead.qualified, lead.converted, lead.disqualified)
        )
        status = "converted" if converted else "disqualified" if disqualified else "qualified" if qualified else "working"
        account = lead.account if converted else None
        rows.append(
            (
                lead.lead_id,
                lead.name,
                address(lead.name, f"post{lead.lead_id[1:]}"),
                lead.deal_owner if converted else lead.answerer.person_id,
                account.account_id if account else None,
                account.contacts[0] if account else None,
                lead.source,
                lead.campaign_id,
                status if contacted else "new",
                lead.created,
                contacted,
                past(lead.marketing_qualified, clock),
                qualified,
                converted,
                disqualified,
                lead.reason if disqualified else None,
                lead.deal_id if converted else None,
                lead.is_spam,
                lead.merged_into,
            )
        )
    return rows


LEAD_CHANGE_COLUMNS = ("lead_id", "field", "value", "old_value", "changed_at", "changed_by")


def lead_change_rows(leads: list[Lead], clock: Clock, kept_deals: set[str]) -> list[tuple[object, ...]]:
    """The hand-over from the person who answered to the rep who owns the deal."""
    return [
        (lead.lead_id, "owner_id", lead.deal_owner, lead.answerer.person_id, lead.converted, lead.answerer.person_id)
        for lead in leads
        if is_kept(lead, clock, kept_deals) and past(lead.converted, clock) and lead.deal_owner != lead.answerer.person_id
    ]


def is_kept(lead: Lead, clock: Clock, kept_deals: set[str]) -> bool:
    return lead.created.date() >= clock.start or lead.deal_id in kept_deals


def past(moment: datetime | None, clock: Clock) -> datetime | None:
    """The moment, or None when it is not yet past."""
    return moment if moment and moment < clock.now else None
