"""The whole sample, put together and written."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from omzet.sources.sample import activities, history, leads, lines, market, money, people, planning
from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import Clock, quarter_before, quarter_start
from omzet.sources.sample.deals import Contract, new_business
from omzet.sources.sample.history import Record
from omzet.sources.sample.outcomes import draw
from omzet.sources.sample.people import Staff
from omzet.sources.sample.tables import write_table
from omzet.sources.sample.truth import SHIFT_LIFT, TRAINING_EFFECT, MixShift, Training, Truth


def write_sample(folder: Path, *, today: date, seed: int = 7) -> Truth:
    """Write the sample company as canonical CSV files, one a table, with nothing that happened on or after `today`.

    The same seed and day give the same bytes. Returns what is really so in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock(today)
    staff = people.hire(seed, clock)
    place, campaigns = market.Market(seed), market.campaigns(clock)
    truth = _truth(clock, staff, seed)
    shift = truth.mix_shift
    before = market.customers_before(place, clock, seed)
    found = leads.arrivals(clock, staff, place, campaigns, seed, shift.from_on)
    fresh = new_business(clock, staff, place, found, seed, shift.from_on)
    book = draw(seed, clock, staff, fresh, before, (truth.training_that_works, truth.training_without_effect), shift)
    chance = Chance(seed, "history")
    every = [history.record(chance, clock, staff, deal) for deal in book.deals]
    records = [record for record in every if record.deal.closed.date() >= clock.start]
    older = [record for record in every if record.deal.closed.date() < clock.start and record.status == "won"]
    kept = {record.deal.deal_id for record in records}
    accounts = [account for account in place.accounts if account.created < clock.now]
    contacts = market.contact_rows(accounts, seed)

    write_table(folder, "people", people.PEOPLE_COLUMNS, people.people_rows(staff))
    write_table(folder, "teams", people.TEAM_COLUMNS, people.team_rows(staff))
    write_table(folder, "person_changes", people.PERSON_CHANGE_COLUMNS, people.person_change_rows(staff, seed))
    write_table(folder, "accounts", market.ACCOUNT_COLUMNS, market.account_rows(accounts, seed))
    write_table(folder, "contacts", market.CONTACT_COLUMNS, contacts)
    write_table(folder, "products", market.PRODUCT_COLUMNS, market.product_rows())
    write_table(folder, "campaigns", market.CAMPAIGN_COLUMNS, market.campaign_rows(campaigns))
    write_table(folder, "stages", market.STAGE_COLUMNS, market.stage_rows())
    write_table(folder, "leads", leads.LEAD_COLUMNS, leads.lead_rows(found, clock, kept))
    write_table(folder, "lead_changes", leads.LEAD_CHANGE_COLUMNS, leads.lead_change_rows(found, clock, kept))
    write_table(folder, "deals", history.DEAL_COLUMNS, [history.deal_row(record) for record in records])
    write_table(folder, "deal_changes", history.CHANGE_COLUMNS, history.change_rows(records))
    write_table(folder, "deal_contacts", history.CONTACT_COLUMNS, history.contact_rows(records, seed))
    write_table(folder, "deal_lines", lines.LINE_COLUMNS, lines.line_rows([(each.deal.deal_id, each.lines) for each in records]))
    _write_activities(folder, clock, staff, seed, records, [lead for lead in found if leads.is_kept(lead, clock, kept)], accounts)
    _write_money(folder, clock, staff, seed, records, older, book.contracts, campaigns)
    events = planning.event_rows(clock, staff, (truth.training_that_works, truth.training_without_effect), seed)
    write_table(folder, "person_events", planning.EVENT_COLUMNS, events)
    write_table(folder, "holidays", planning.HOLIDAY_COLUMNS, planning.holiday_rows(clock))
    return truth


def _write_activities(
    folder: Path,
    clock: Clock,
    staff: Staff,
    seed: int,
    records: list[Record],
    found: list[leads.Lead],
    accounts: list[market.Account],
) -> None:
    diary = activities.Diary(clock, staff, seed)
    diary.of_deals(records)
    diary.of_leads(found)
    diary.of_accounts(accounts)
    rows = activities.activity_rows(diary)
    by_id = {account.account_id: account for account in accounts}
    write_table(folder, "activities", activities.ACTIVITY_COLUMNS, rows)
    write_table(folder, "activity_links", activities.LINK_COLUMNS, activities.link_rows(rows, by_id, seed))


def _write_money(
    folder: Path,
    clock: Clock,
    staff: Staff,
    seed: int,
    records: list[Record],
    older: list[Record],
    contracts: list[Contract],
    campaigns: tuple[market.Campaign, ...],
) -> None:
    kept = {record.deal.deal_id for record in records}
    won = [record for record in records if record.status == "won" and not record.is_test]
    revenue = money.revenue_rows(clock, [*older, *won], contracts, kept, seed)
    booked = planning.Booked(clock, won)
    last = quarter_before(clock.today)
    created = sum(quarter_start(each.deal.created.date()) == last and len(each.deal.entries) > 1 for each in records)
    targets = planning.target_rows(clock, staff, booked, created)
    write_table(folder, "revenue", money.REVENUE_COLUMNS, revenue)
    write_table(folder, "contracts", money.CONTRACT_COLUMNS, money.contract_rows(clock, contracts, kept))
    write_table(folder, "exchange_rates", money.RATE_COLUMNS, money.rate_rows(clock, seed))
    write_table(folder, "costs", money.COST_COLUMNS, money.cost_rows(clock, staff, campaigns, won, revenue, seed))
    write_table(folder, "deal_credits", money.CREDIT_COLUMNS, money.credit_rows(staff, records, seed))
    write_table(folder, "targets", planning.TARGET_COLUMNS, targets)
    write_table(folder, "forecasts", planning.FORECAST_COLUMNS, planning.forecast_rows(clock, booked, targets, seed))


def _truth(clock: Clock, staff: Staff, seed: int) -> Truth:
    """The truths that depend on the day and on who works there."""
    last = quarter_before(clock.today)
    base = quarter_before(last)
    works_on = clock.working_day(quarter_before(base) - timedelta(days=20))
    other_on = clock.working_day(quarter_before(base) + timedelta(days=12))

    def training(topic: str, team_id: str, on: date, log_odds: float) -> Training:
        return Training(topic, team_id, on, tuple(rep.person_id for rep in staff.reps_of(team_id, on)), log_odds)

    return Truth(
        seed,
        clock.today,
        clock.start,
        {rep.person_id: rep.ability for rep in staff.of("rep")},
        tuple(rep.person_id for rep in staff.of("rep") if rep.few_deals),
        training("Van offerte naar opdracht", "T2", works_on, TRAINING_EFFECT),
        training("Tijd indelen", "T1", other_on, 0.0),
        MixShift("segment", last - timedelta(days=35), base, last, SHIFT_LIFT),
        market.BAD_CAMPAIGN,
    )
