"""What the CRM holds of each deal: its row as it stands, and every change with its date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import DAY, Clock, at_work, midnight, month_after
from omzet.sources.sample.deals import Deal
from omzet.sources.sample.lines import Line, lines_of
from omzet.sources.sample.market import COMPETITORS, FRANC, LOST, OPEN_STAGES, PIPELINE, WON
from omzet.sources.sample.names import BUYER_ROLES
from omzet.sources.sample.outcomes import NEGOTIATION, PROPOSAL, REOPENED
from omzet.sources.sample.people import Person, Staff
from omzet.sources.sample.truth import LATE_AMOUNT_SHARE, NO_AMOUNT_SHARE, NO_REASON_SHARE, OVERDUE_SHARE

LOSS_KINDS = {"no_decision": 0.31, "competitor": 0.24, "price": 0.20, "timing": 0.11, "fit": 0.09, "other": 0.05}
REASONS = {
    "no_decision": ("Project stopped", "No answer any more"),
    "competitor": ("Chose a competitor", "Stays with present supplier"),
    "price": ("Too expensive", "Pays back too slowly"),
    "timing": ("Postponed to next year", "Building work delayed"),
    "fit": ("Product does not fit", "Delivery not possible in time"),
    "other": ("Other",),
}
HANDED_OVER = 0.03
TEST_SHARE = 0.0015
"""Share of deals that were tests and are marked deleted."""
CORRECTED = 0.012
"""Share of closed deals whose amount is edited after the close."""
PLAYBOOKS = ("Energiescan eerst", "Referentiebezoek", "Standaard")


@dataclass(frozen=True)
class Change:
    field: str
    value: object
    old: object
    at: datetime
    by: str
    recorded: datetime | None = None


@dataclass
class Record:
    """A deal as the CRM shows it now. `owners` are its owners with the day from which each had it."""

    deal: Deal
    owners: list[tuple[date, Person]]
    status: str = "open"
    stage: str = OPEN_STAGES[0]
    amount: float | None = None
    expected_on: date | None = None
    category: str = "Pipeline"
    closed: datetime | None = None
    loss_kind: str | None = None
    loss_reason: str | None = None
    competitor: str | None = None
    is_test: bool = False
    playbook: str = ""
    lines: list[Line] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def owner(self) -> Person:
        return self.owners[-1][1]

    def owner_on(self, day: date) -> Person:
        return next((person for first, person in reversed(self.owners) if first <= day), self.owners[0][1])

    def set(self, name: str, value: object, at: datetime, recorded: datetime | None = None) -> None:
        """Note a change of a field, if it is one."""
        attribute = {"expected_close_on": "expected_on", "forecast_category": "category"}.get(name, name)
        old = getattr(self, attribute)
        if value != old:
            self.changes.append(Change(name, value, old, at, self.owner_on(at.date()).person_id, recorded))
            setattr(self, attribute, value)


def record(chance: Chance, clock: Clock, staff: Staff, deal: Deal) -> Record:
    """Everything the CRM knows of the deal before today."""
    entries = [entry for entry in deal.entries if entry[1] < clock.now]
    done = deal.recorded < clock.now
    end = deal.closed if done else clock.now
    entry = Record(deal, _owners(chance, clock, staff, deal, end), playbook=chance.weighted(PLAYBOOKS, (0.35, 0.2, 0.45)))
    reached = max(place for place, _ in entries) >= PROPOSAL
    final = deal.value / (1.04 if deal.account.currency == FRANC else 1.0)
    if reached or deal.kind == "renewal":
        entry.lines = lines_of(chance, deal, final)
        final = round(sum(line.quantity * line.unit_price for line in entry.lines), 2)
    unknown = chance.yes(NO_AMOUNT_SHARE)
    if unknown:
        entry.lines = []
    elif deal.kind == "renewal":
        entry.amount = final
    elif not chance.yes(LATE_AMOUNT_SHARE):
        entry.amount = max(500.0, round(final * chance.lognormal(1.0, 0.18), -2))
    entry.is_test = chance.yes(TEST_SHARE)
    _expect(chance, entry)
    _pushes(chance, clock, entry, end)
    _stages(chance, entry, entries, None if unknown else final)
    if done:
        _close(chance, clock, entry, None if unknown else final)
    entry.changes.sort(key=lambda change: change.at)
    return entry


def _owners(chance: Chance, clock: Clock, staff: Staff, deal: Deal, end: datetime) -> list[tuple[date, Person]]:
    """The first owner, and who takes over when that one leaves or hands the deal on."""
    first, person = deal.created.date(), deal.owner
    owners = [(first, person)]
    handed = None
    if chance.yes(HANDED_OVER) and (end.date() - first).days > 10:
        handed = clock.working_day(first + timedelta(days=chance.whole(5, (end.date() - first).days - 2)))
    if person.ended and person.ended < end.date():
        handed = min(handed or person.ended, max(person.ended, first + DAY))
    if handed and handed < end.date():
        owners.append(
            (handed, staff.owner(chance, deal.account.team_id, max(handed, (person.ended or handed) + DAY), but=person.person_id))
        )
    return owners


def _expect(chance: Chance, entry: Record) -> None:
    day = entry.deal.created.date() + timedelta(days=chance.whole(32, 85))
    entry.expected_on = month_after(day) - DAY if chance.yes(0.5) else day


def _pushes(chance: Chance, clock: Clock, entry: Record, end: datetime) -> None:
    """Later expected closes, as each one comes near; now and then nobody cares and it passes."""
    while entry.expected_on and entry.expected_on < end.date() + timedelta(days=3):
        day = clock.working_day(entry.expected_on - timedelta(days=chance.whole(-2, 9)))
        at = at_work(chance, max(day, entry.deal.created.date() + DAY))
        if at >= end - timedelta(days=2) or chance.yes(OVERDUE_SHARE):
            return
        entry.set("expected_close_on", entry.expected_on + timedelta(days=chance.whole(14, 60)), at)


def _stages(chance: Chance, entry: Record, entries: list[tuple[int, datetime]], final: float | None) -> None:
    for place, at in entries[1:]:
        if place == REOPENED:
            entry.set("stage", LOST, at)
            entry.set("status", "lost", at)
            entry.closed = at
            _loss(chance, entry)
            continue
        entry.set("stage", OPEN_STAGES[place], at)
        entry.set("status", "open", at)
        entry.closed = entry.loss_kind = entry.loss_reason = entry.competitor = None
        if place == PROPOSAL and final is not None and entry.category == "Pipeline":
            entry.set("amount", final if entry.deal.kind == "renewal" else round(final * chance.lognormal(1.0, 0.05), -1), at)
        if place >= PROPOSAL and chance.yes(0.65):
            entry.set("forecast_category", "Commit" if place == NEGOTIATION else "Best case", at)


def _close(chance: Chance, clock: Clock, entry: Record, final: float | None) -> None:
    deal, at = entry.deal, entry.deal.closed
    late = deal.recorded if deal.recorded > at else None
    won = deal.outcome == "won"
    if deal.outcome != "disqualified":
        entry.set("stage", WON if won else LOST, at, late)
    entry.set("status", deal.outcome, at, late)
    if won and final is not None:
        entry.set("amount", final, at, late)
    entry.closed = at
    if deal.outcome == "lost":
        _loss(chance, entry)
    elif chance.yes(0.4 if won else 0.0):
        entry.competitor = chance.pick(COMPETITORS)
    if won and entry.amount and chance.yes(CORRECTED):
        later = at_work(chance, clock.working_day((late or at).date() + timedelta(days=chance.whole(6, 40))))
        if later < clock.now:
            entry.set("amount", round(entry.amount * chance.between(0.85, 1.1), 2), later)


def _loss(chance: Chance, entry: Record) -> None:
    kind = "no_decision" if entry.deal.silent_from else chance.weighted(tuple(LOSS_KINDS), tuple(LOSS_KINDS.values()))
    if not chance.yes(NO_REASON_SHARE):
        entry.loss_kind, entry.loss_reason = kind, chance.pick(REASONS[kind])
    if kind in ("competitor", "price") or chance.yes(0.15):
        entry.competitor = chance.pick(COMPETITORS) if chance.yes(0.85) else None


DEAL_COLUMNS = (
    *("deal_id", "name", "account_id", "owner_id", "kind", "pipeline", "stage", "status", "amount", "currency", "monthly_amount"),
    *("product_id", "source", "campaign_id", "competitor", "playbook", "created_at", "first_contact_at", "closed_at"),
    *("expected_close_on", "forecast_category", "loss_reason", "loss_kind", "modified_at", "is_deleted"),
)
CONTACT_COLUMNS = ("deal_id", "contact_id", "role", "is_primary")
CHANGE_COLUMNS = ("deal_id", "field", "value", "old_value", "changed_at", "changed_by", "recorded_at", "seq")


def deal_row(entry: Record) -> tuple[object, ...]:
    deal = entry.deal
    modified = max((change.recorded or change.at for change in entry.changes), default=deal.created)
    for since, _ in entry.owners[1:]:
        modified = max(modified, handed_at(since))
    return (
        deal.deal_id,
        f"{deal.account.name} – {entry.lines[0].family if entry.lines else 'aanvraag'}",
        deal.account.account_id,
        entry.owner.person_id,
        deal.kind,
        PIPELINE,
        entry.stage,
        entry.status,
        _value(entry.amount),
        deal.account.currency,
        _value(deal.monthly) if entry.status == "won" else None,
        entry.lines[0].product_id if entry.lines else None,
        deal.source,
        deal.campaign_id,
        entry.competitor,
        entry.playbook,
        deal.created,
        deal.first_contact,
        entry.closed,
        entry.expected_on,
        entry.category,
        entry.loss_reason,
        entry.loss_kind,
        modified,
        entry.is_test,
    )


def change_rows(records: list[Record]) -> list[tuple[object, ...]]:
    """All changes of all deals, in the order of time."""
    rows: list[tuple[object, ...]] = []
    for entry in records:
        deal_id = entry.deal.deal_id
        for seq, change in enumerate(entry.changes):
            rows.append(
                (deal_id, change.field, _value(change.value), _value(change.old), change.at, change.by, change.recorded, seq)
            )
        for (_, before), (since, person) in zip(entry.owners, entry.owners[1:], strict=False):
            at = handed_at(since)
            rows.append(
                (deal_id, "owner_id", person.person_id, before.person_id, at, before.manager_id, None, len(entry.changes))
            )
    rows.sort(key=lambda row: (row[4], row[0], row[7]))
    return rows


def contact_rows(records: list[Record], seed: int) -> list[tuple[object, ...]]:
    """The contacts involved in each deal: the first of the account, and sometimes the others."""
    chance = Chance(seed, "deal contacts")
    rows: list[tuple[object, ...]] = []
    for entry in records:
        for at, contact_id in enumerate(entry.deal.account.contacts):
            if at == 0 or chance.yes(0.55):
                role = "decision maker" if at == 0 else chance.pick(BUYER_ROLES[1:])
                rows.append((entry.deal.deal_id, contact_id, role, at == 0))
    return rows


def handed_at(day: date) -> datetime:
    """Hand-overs are done in the evening of the last day."""
    return midnight(day) + timedelta(hours=18, minutes=10)


def _value(value: object) -> object:
    return f"{value:.2f}" if isinstance(value, float) else value
