"""What people did and plan to do: calls, e-mails, meetings, notes and tasks on leads, deals and accounts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import log

from omzet.sources.sample.chance import PLANE, Chance, Even
from omzet.sources.sample.clock import DAY, Clock, at_work, midnight
from omzet.sources.sample.history import Record
from omzet.sources.sample.leads import Lead
from omzet.sources.sample.market import Account
from omzet.sources.sample.outcomes import DEMO
from omzet.sources.sample.people import Staff
from omzet.sources.sample.truth import CALLS, MEETING

EMAILS, INBOUND_CALLS, NOTES, TASKS, AUTOMATED = 0.09, 0.02, 0.03, 0.02, 0.02
"""Chance a working day on each deal, beside `CALLS.per_working_day`."""
REPLIES = {"won": 0.36, "lost": 0.22, "disqualified": 0.10}
"""Buyers who will buy answer e-mail more often: a mark of a good deal, not a cause."""
PROSPECTING = 0.42
PLANNED_SHARE = 0.55

Row = list[object]
"""An activity without its id: kind, owner, deal, lead, account, contact, moment, status, direction, outcome, automated,
duration, thread, logged."""
MOMENT = 6


class Diary:
    """Collects activities."""

    def __init__(self, clock: Clock, staff: Staff, seed: int) -> None:
        self._clock, self._staff, self._seed = clock, staff, seed
        self.rows: list[Row] = []

    def of_deals(self, records: list[Record]) -> None:
        """Everything on deals. Each is called in a rhythm of its own; rhythms are alike over deals of every outcome."""
        chance = Chance(self._seed, "deal activities")
        rhythms = {outcome: [Even(chance.random(), step) for step in PLANE] for outcome in REPLIES}
        for record in records:
            deal = record.deal
            last = min(deal.closed.date(), self._clock.today)
            often, ahead = rhythms[deal.outcome]
            calls = -CALLS.per_working_day * log(1 - often.random())
            self._days(chance, record, min(last, deal.silent_from or last), calls, ahead.random())
            self._meetings(chance, record, last)
            if record.status == "open" and last == self._clock.today and not deal.silent_from and chance.yes(PLANNED_SHARE):
                self._plan(chance, record)

    def _days(self, chance: Chance, record: Record, end: date, calls: float, due: float) -> None:
        """A call whenever one is `due`, which grows by `calls` a working day; other things now and then."""
        deal, clock = record.deal, self._clock
        emails = chance.gamma(2, EMAILS)
        contacts, day = deal.account.contacts, deal.created.date() + DAY
        for_deal = (deal.deal_id, None, deal.account.account_id)
        while day < end:
            owner = record.owner_on(day)
            if clock.is_working_day(day, owner.country) and day not in owner.leave:
                who = owner.person_id
                due += calls
                if due >= 1:
                    due = min(due - 1, 1.0)
                    self._call(chance, who, for_deal, chance.pick(contacts), at_work(chance, day))
                if chance.yes(emails):
                    self._email(chance, who, for_deal, chance.pick(contacts), day, REPLIES[deal.outcome])
                draw = chance.random()
                if draw < INBOUND_CALLS:
                    at = at_work(chance, day)
                    self._add(
                        "call",
                        who,
                        *for_deal,
                        chance.pick(contacts),
                        at,
                        "done",
                        "inbound",
                        "connected",
                        False,
                        chance.whole(60, 1400),
                    )
                elif draw < INBOUND_CALLS + NOTES:
                    self._add("note", who, *for_deal, None, at_work(chance, day), "done")
                elif draw < INBOUND_CALLS + NOTES + TASKS:
                    self._add("task", who, *for_deal, None, at_work(chance, day), "done")
                elif draw < INBOUND_CALLS + NOTES + TASKS + AUTOMATED:
                    at = midnight(day) + timedelta(hours=7, minutes=30)
                    self._add("email", who, *for_deal, chance.pick(contacts), at, "done", "outbound", None, True)
            day += DAY

    def _meetings(self, chance: Chance, record: Record, last: date) -> None:
        """The early meeting, or one that fell through; later ones when a stage is entered, none before day 15."""
        deal, clock = record.deal, self._clock
        if deal.meeting_on:
            self._meeting(chance, record, deal.meeting_on, "done")
        elif deal.missed_on:
            self._meeting(chance, record, deal.missed_on, chance.pick(("cancelled", "cancelled", "no_show")))
        silent = deal.silent_from or clock.today
        for place, at in deal.entries:
            if place >= DEMO and chance.yes(0.62 if place == DEMO else 0.45):
                day = at.date() + timedelta(days=chance.whole(1, 7))
                day = clock.working_day(max(day, deal.created.date() + timedelta(days=MEETING.days + 1)))
                if day < min(last, silent):
                    self._meeting(chance, record, day, chance.weighted(("done", "cancelled", "no_show"), (0.83, 0.11, 0.06)))

    def _meeting(self, chance: Chance, record: Record, day: date, status: str) -> None:
        deal = record.deal
        minutes = chance.pick((30, 45, 60, 60, 90))
        at = midnight(day) + timedelta(hours=chance.whole(9, 16), minutes=chance.pick((0, 30)))
        booked = max(deal.created, min(at_work(chance, self._clock.working_day(day - timedelta(days=chance.whole(2, 14)))), at))
        duration = minutes * 60 if status == "done" else None
        contact = chance.pick(deal.account.contacts)
        owner = record.owner_on(day).person_id
        self._add(
            "meeting",
            owner,
            deal.deal_id,
            None,
            deal.account.account_id,
            contact,
            at,
            status,
            "outbound",
            None,
            False,
            duration,
            None,
            booked,
        )

    def _plan(self, chance: Chance, record: Record) -> None:
        """A next step in the coming weeks, put in the diary in the last days."""
        deal, clock = record.deal, self._clock
        at = at_work(chance, clock.working_day(clock.today + timedelta(days=chance.whole(0, 21))))
        logged = max(deal.created, clock.now - timedelta(minutes=chance.whole(400, 9000)))
        kind = chance.weighted(("meeting", "call", "task"), (0.5, 0.3, 0.2))
        contact = None if kind == "task" else chance.pick(deal.account.contacts)
        self._add(
            kind, record.owner.person_id, deal.deal_id, None, deal.account.account_id, contact, at, "planned", logged=logged
        )

    def of_leads(self, leads: list[Lead]) -> None:
        """The automatic reply, the first answer and what follows on leads. `leads` are those that are kept."""
        chance, clock = Chance(self._seed, "lead activities"), self._clock
        for lead in leads:
            who, for_lead = lead.answerer.person_id, (None, lead.lead_id, None)
            if lead.source in ("website", "event", "advertising") and chance.yes(0.5):
                at = lead.created + timedelta(seconds=chance.whole(5, 90))
                self._add("email", who, *for_lead, None, at, "done", "outbound", None, True)
            if lead.contacted is None or lead.contacted >= clock.now:
                continue
            if chance.yes(0.55):
                outcome = chance.weighted(("connected", "voicemail", "no answer"), (0.5, 0.2, 0.3))
                seconds = chance.whole(90, 900) if outcome == "connected" else chance.whole(10, 50)
                self._add("call", who, *for_lead, None, lead.contacted, "done", "outbound", outcome, False, seconds)
            else:
                self._add(
                    "email", who, *for_lead, None, lead.contacted, "done", "outbound", None, False, None, f"{lead.lead_id}-m"
                )
            end = min(lead.converted or lead.disqualified or clock.now, clock.now, lead.contacted + timedelta(days=25))
            for _ in range(chance.count(0.75)):
                day = clock.working_day(lead.contacted.date() + timedelta(days=chance.whole(1, 9)), lead.answerer.country)
                if midnight(day + DAY) < end and day not in lead.answerer.leave:
                    if chance.yes(0.6):
                        self._call(chance, who, for_lead, None, at_work(chance, day))
                    else:
                        self._email(chance, who, for_lead, None, day, 0.2)

    def of_accounts(self, accounts: list[Account]) -> None:
        """Calls to customers without a deal, by each rep in a manner of the own."""
        chance, clock = Chance(self._seed, "account activities"), self._clock
        for rep in self._staff.of("rep"):
            manner = rep.fte * chance.between(0.5, 1.6)
            day = max(clock.start, rep.started)
            while day < min(clock.today, (rep.ended or clock.today) + DAY):
                if clock.is_working_day(day, rep.country) and day not in rep.leave and chance.yes(PROSPECTING * manner):
                    team_id = rep.team_on(day)
                    account = chance.pick([each for each in accounts[:60] if each.team_id == team_id] or accounts)
                    for_account = (None, None, account.account_id)
                    self._call(chance, rep.person_id, for_account, chance.pick(account.contacts), at_work(chance, day))
                day += DAY

    def _call(
        self, chance: Chance, who: str, whom: tuple[str | None, str | None, str | None], contact: str | None, at: datetime
    ) -> None:
        outcome = chance.weighted(("connected", "voicemail", "no answer"), (0.56, 0.19, 0.25))
        seconds = int(chance.lognormal(330, 0.7)) if outcome == "connected" else chance.whole(8, 55)
        lag = chance.weighted((0, 1, 4), (0.82, 0.14, 0.04))
        logged = at + timedelta(seconds=seconds + chance.whole(60, 5400)) + timedelta(days=lag)
        self._add("call", who, *whom, contact, at, "done", "outbound", outcome, False, seconds, None, logged)

    def _email(
        self,
        chance: Chance,
        who: str,
        whom: tuple[str | None, str | None, str | None],
        contact: str | None,
        day: date,
        reply: float,
    ) -> None:
        at, thread = at_work(chance, day), f"{whom[0] or whom[1]}-m"
        answered = chance.yes(reply)
        back = at + timedelta(minutes=chance.whole(20, 3800))
        self._add("email", who, *whom, contact, at, "done", "outbound", "replied" if answered else None, False, None, thread)
        if answered:
            self._add("email", who, *whom, contact, back, "done", "inbound", None, False, None, thread)

    def _add(
        self,
        kind: str,
        who: str,
        deal_id: str | None,
        lead_id: str | None,
        account_id: str | None,
        contact_id: str | None,
        at: datetime,
        status: str,
        direction: str | None = None,
        outcome: str | None = None,
        automated: bool = False,
        seconds: int | None = None,
        thread: str | None = None,
        logged: datetime | None = None,
    ) -> None:
        if status == "planned" or (at < self._clock.now and (logged is None or logged < self._clock.now)):
            self.rows.append(
                [
                    kind,
                    who,
                    deal_id,
                    lead_id,
                    account_id,
                    contact_id,
                    at,
                    status,
                    direction,
                    outcome,
                    automated,
                    seconds,
                    thread,
                    logged,
                ]
            )


ACTIVITY_COLUMNS = (
    *("activity_id", "kind", "owner_id", "deal_id", "lead_id", "account_id", "contact_id", "happened_at", "status", "direction"),
    *("outcome", "automated", "duration_s", "thread_id", "logged_at"),
)
LINK_COLUMNS = ("activity_id", "contact_id")


def activity_rows(diary: Diary) -> list[Row]:
    """All activities in the order of time, numbered."""
    diary.rows.sort(key=lambda row: row[MOMENT])  # type: ignore[arg-type,return-value]
    return [[f"A{number:06d}", *row] for number, row in enumerate(diary.rows, 1)]


def link_rows(rows: list[Row], accounts: dict[str, Account], seed: int) -> list[tuple[object, ...]]:
    """A second contact at some meetings."""
    chance = Chance(seed, "links")
    links: list[tuple[object, ...]] = []
    for row in rows:
        if row[1] == "meeting" and chance.yes(0.3):
            others = [contact for contact in accounts[str(row[5])].contacts if contact != row[6]]
            if others:
                links.append((row[0], others[0]))
    return links
