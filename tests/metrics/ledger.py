"""The sample company counted a second time, without Omzet: each deal's story replayed by hand, as of a day.

Written from the definitions, not from the code that is tested: plain Python and pandas over the files themselves.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

ZONE = ZoneInfo("Europe/Amsterdam")
CLOSED = ("won", "lost", "disqualified")
Frame: TypeAlias = pd.DataFrame


def local_days(texts: pd.Series[str]) -> pd.Series[Any]:
    """The company's local day of each instant; None where there is none."""
    moments = pd.to_datetime(texts, utc=True, format="ISO8601").dt.tz_convert(ZONE)
    return moments.dt.date.where(texts.notna(), None)


@dataclass(frozen=True)
class Ledger:
    """The company as of the end of a day, from its tables as text."""

    tables: dict[str, Frame]
    as_of: date

    @cached_property
    def positions(self) -> dict[str, int]:
        stages = self.tables["stages"]
        return {row.stage: int(row.position) for row in stages.itertuples() if row.kind != "lost"}

    @cached_property
    def present_teams(self) -> dict[str, str]:
        return dict(zip(self.tables["people"].person_id, self.tables["people"].team_id, strict=True))

    @cached_property
    def people(self) -> dict[str, str]:
        return dict(zip(self.tables["people"].person_id, self.tables["people"].name, strict=True))

    @cached_property
    def teams(self) -> dict[str, str]:
        return dict(zip(self.tables["teams"].team_id, self.tables["teams"].name, strict=True))

    @cached_property
    def moves(self) -> dict[str, list[tuple[date, str, str]]]:
        """For each person who moved: on which day, to which team, from which."""
        found = self.tables["person_changes"]
        found = found[found.field == "team_id"].sort_values("changed_at")
        moves: dict[str, list[tuple[date, str, str]]] = {}
        for person, day, new, old in zip(
            found.person_id, local_days(found.changed_at), found.value, found.old_value, strict=True
        ):
            moves.setdefault(person, []).append((day, new, old))
        return moves

    def team_of(self, person: Any, day: date | None) -> str | None:
        """The name of the team a person was in on a day."""
        if not isinstance(person, str) or day is None:
            return None
        team = self.present_teams.get(person)
        if own := self.moves.get(person):
            team = ([own[0][2]] + [new for when, new, _ in own if when <= day])[-1]
        return self.teams.get(team) if isinstance(team, str) else None

    @cached_property
    def _rates(self) -> dict[str, list[tuple[date, float]]]:
        rates = self.tables["exchange_rates"]
        quoted: dict[str, list[tuple[date, float]]] = {}
        for row in rates[rates.kind == "actual"].sort_values("quoted_on").itertuples():
            quoted.setdefault(str(row.currency), []).append((date.fromisoformat(str(row.quoted_on)), float(str(row.rate))))
        return quoted

    def euros(self, amount: float | None, currency: str, day: date) -> float | None:
        """An amount in euros at the latest rate quoted on or before the day."""
        if amount is None or currency == "EUR":
            return amount
        place = bisect.bisect_right(self._rates[currency], (day, math.inf)) - 1
        return amount * self._rates[currency][place][1] if place >= 0 else None

    @cached_property
    def deals(self) -> Frame:
        """One row for each deal that counts and existed by then, in the state it was in at the day's end."""
        return self._told[0]

    @cached_property
    def stages(self) -> Frame:
        """One row for each deal and stage with a place: reached, entered, left."""
        return self._told[1]

    @cached_property
    def _told(self) -> tuple[Frame, Frame]:
        deals = self.tables["deals"]
        deals = deals[(deals.is_deleted != "true")].copy()
        for column in ("created_at", "closed_at", "first_contact_at"):
            deals[column.replace("_at", "_on")] = local_days(deals[column])
        changes = self.tables["deal_changes"].copy()
        changes["day"] = local_days(changes.changed_at)
        changes["moment"] = pd.to_datetime(changes.changed_at, utc=True, format="ISO8601")
        changes["seq"] = changes.seq.fillna("0").astype(int)
        by_deal = {key: rows.to_dict("records") for key, rows in changes.groupby("deal_id")}
        accounts = self.tables["accounts"]
        customer_since = dict(zip(accounts.account_id, accounts.customer_since_on, strict=True))
        states: list[dict[str, Any]] = []
        stays: list[dict[str, Any]] = []
        for deal in deals.to_dict("records"):
            if deal["created_on"] > self.as_of:
                continue
            told = Story(deal, by_deal.get(deal["deal_id"], []))
            state = told.state(self.as_of)
            closed_on = state["closed_on"]
            moment, begun = closed_on or self.as_of, told.state(deal["created_on"])["owner_id"]
            amount = float(state["amount"]) if isinstance(state["amount"], str) else None
            states.append(
                {
                    **{c: deal[c] for c in ("deal_id", "account_id", "currency", "created_on", "first_contact_on")},
                    **state,
                    "customer_since_on": customer_since.get(deal["account_id"]),
                    "rep": self.people.get(state["owner_id"]),
                    "team": self.team_of(state["owner_id"], moment),
                    "first_rep": self.people.get(begun),
                    "first_team": self.team_of(begun, deal["created_on"]),
                    "euros": self.euros(amount, deal["currency"], moment),
                }
            )
            for stay in told.stages(self.as_of, self.positions):
                stays.append({**stay, **{c: states[-1][c] for c in ("deal_id", "status", "created_on", "rep", "team")}})
        return Frame(states), Frame(stays)

    @cached_property
    def leads(self) -> Frame:
        leads = self.tables["leads"]
        leads = leads[(leads.is_deleted != "true") & leads.merged_into.isna()].copy()
        for column in ("created_at", "qualified_at", "converted_at"):
            leads[column.replace("_at", "_on")] = local_days(leads[column])
        leads = leads[leads.created_on <= self.as_of]
        leads["rep"] = leads.owner_id.map(self.people)
        leads["team"] = [self.team_of(o, d) for o, d in zip(leads.owner_id, leads.created_on, strict=True)]
        return leads

    @cached_property
    def activities(self) -> Frame:
        found = self.tables["activities"].copy()
        found["happened_on"], found["logged_on"] = local_days(found.happened_at), local_days(found.logged_at)
        # What has happened counts whenever it was logged; what is planned counts from its logging.
        known = [d is None or min(d, h) <= self.as_of for d, h in zip(found.logged_on, found.happened_on, strict=True)]
        found = found[known]
        found["status"] = [
            s if h <= self.as_of else "planned" for s, h in zip(found.status.fillna("done"), found.happened_on, strict=True)
        ]
        found["direction"] = found.direction.fillna("outbound")
        found["human"] = found.automated != "true"
        found["rep"] = found.owner_id.map(self.people)
        found["team"] = [self.team_of(o, d) for o, d in zip(found.owner_id, found.happened_on, strict=True)]
        return found


class Story:
    """One deal's events in their order."""

    def __init__(self, deal: dict[str, Any], changes: list[dict[str, Any]]) -> None:
        self.deal = deal
        self.changes = sorted(changes, key=lambda c: (c["moment"], c["seq"]))
        self.first: dict[str, Any] = {}
        for field in ("status", "stage", "owner_id", "amount", "expected_close_on"):
            own = [c for c in self.changes if c["field"] == field]
            self.first[field] = own[0]["old_value"] if own else deal[field]
        events = [(c["day"], c["field"], c["value"]) for c in self.changes if c["field"] in self.first]
        closes = [n for n, (_, field, value) in enumerate(events) if field == "status" and value in CLOSED]
        if closes and deal["status"] in CLOSED:
            # The latest close is dated by the row, whenever it was entered; what was entered with it goes along.
            last = closes[-1]
            entered = events[last][0]
            moved = [
                n
                for n, (day, field, value) in enumerate(events)
                if n == last or (day == entered and field == "stage" and value in ("Won", "Lost") and abs(n - last) <= 1)
            ]
            for n in moved:
                events[n] = (deal["closed_on"], *events[n][1:])
        self.events = sorted(events, key=lambda e: e[0])

    def state(self, day: date) -> dict[str, Any]:
        """The fields at the day's end. A closed deal keeps what it had at the end of its closing day."""
        now: dict[str, Any] = {**self.first, "closed_on": None}
        frozen: dict[str, Any] | None = None
        for when, field, value in self.events:
            if when > day:
                break
            if frozen is not None and when > now["closed_on"]:
                if field == "status" and value == "open":
                    frozen, now["closed_on"] = None, None
                elif field == "amount" and not isinstance(frozen["amount"], str):
                    frozen["amount"] = value
            now[field] = value
            if field == "status" and value in CLOSED:
                now["closed_on"] = when
            if now["closed_on"] and when == now["closed_on"]:
                frozen = {f: now[f] for f in ("owner_id", "amount")}
            if field == "status" and value == "open":
                frozen, now["closed_on"] = None, None
        return {**now, **(frozen or {})}

    def stages(self, day: date, positions: dict[str, int]) -> list[dict[str, Any]]:
        """What became of each stage with a place, as far as known at the day's end."""
        entries = [(self.deal["created_on"], self.first["stage"])]
        entries += [(when, value) for when, field, value in self.events if field == "stage" and when <= day]
        entries = [e for n, e in enumerate(entries) if n == 0 or e[1] != entries[n - 1][1]]
        names = sorted(positions, key=positions.__getitem__)
        highest = max((positions[s] for _, s in entries if s in positions), default=0)
        found = []
        for place, name in enumerate(names):
            stays = [n for n, (_, stage) in enumerate(entries) if stage == name]
            later = names[place + 1] if place + 1 < len(names) else None
            reached = [when for when, stage in entries if positions.get(stage, 0) >= positions[name]]
            if not stays and not reached:
                continue
            left = [entries[n + 1][0] for n in stays if n + 1 < len(entries)]
            over = bool(stays) and len(left) == len(stays)
            strict = [n for n, (_, stage) in enumerate(entries) if stays and stage == later and n > stays[0]]
            found.append(
                {
                    "stage": name,
                    "reached_on": min(reached) if reached else None,
                    "entered_on": entries[stays[0]][0] if stays else None,
                    "went_on": later is not None and highest >= positions[later],
                    "entered_next": bool(strict),
                    "has_next": later is not None,
                    "furthest": highest == positions[name],
                    "last_left_on": max(left) if over else None,
                    "days": sum((entries[n + 1][0] - entries[n][0]).days for n in stays) if over else None,
                }
            )
        return found


Value = Callable[[Frame], float | None]


def ratio(part: Value, whole: Value) -> Value:
    def value(rows: Frame) -> float | None:
        below = whole(rows)
        return (part(rows) or 0) / below if below else None

    return value


def count(rows: Frame) -> float:
    return len(rows)


def where(**conditions: Any) -> Value:
    def value(rows: Frame) -> float:
        chosen = pd.Series(True, index=rows.index)
        for name, wanted in conditions.items():
            chosen &= rows[name].isin(wanted) if isinstance(wanted, tuple) else rows[name] == wanted
        return int(chosen.sum())

    return value


def total(column: str) -> Value:
    return lambda rows: float(rows[column].fillna(0).astype(float).sum())


def mean(column: str) -> Value:
    return lambda rows: float(rows[column].astype(float).mean()) if len(rows) else None


def quantile(column: str, share: float) -> Value:
    return lambda rows: float(np.quantile(rows[column].astype(float), share)) if len(rows) else None


@dataclass(frozen=True)
class Recount:
    """How a metric is counted by hand: which rows, by which day they fall in a period, and the value of a group of them."""

    rows: Callable[[Ledger], Frame]
    day: str
    value: Value
    rep: str = "rep"
    team: str = "team"


def _deals(*statuses: str, day: str = "closed_on") -> Callable[[Ledger], Frame]:
    def rows(ledger: Ledger) -> Frame:
        found = ledger.deals[ledger.deals.status.isin(statuses)]
        return found[found[day].notna()]

    return rows


def _won_days(start: str) -> Callable[[Ledger], Frame]:
    def rows(ledger: Ledger) -> Frame:
        won = ledger.deals[ledger.deals.status == "won"].copy()
        begun = won.first_contact_on.where(won.first_contact_on.notna(), won.created_on) if start == "contact" else won.created_on
        won["cycle"] = [(end - begin).days for begin, end in zip(begun, won.closed_on, strict=True)]
        return won[won.cycle >= 0]

    return rows


def _with_amount(ledger: Ledger) -> Frame:
    return ledger.deals[(ledger.deals.status == "won") & ledger.deals.euros.notna()]


def _closed_amounts(ledger: Ledger) -> Frame:
    found = ledger.deals[ledger.deals.status.isin(["won", "lost"])].copy()
    found["won_euros"] = found.euros.where(found.status == "won", 0.0)
    return found


def _qualified(ledger: Ledger) -> Frame:
    """Deals that have been in a stage other than the first, which is the unqualified one."""
    ever = ledger.stages[(ledger.stages.stage != "New") & ledger.stages.entered_on.notna()].deal_id
    return ledger.deals[ledger.deals.deal_id.isin(ever)]


def _customers(ledger: Ledger) -> Frame:
    won = ledger.deals[(ledger.deals.status == "won") & ledger.deals.account_id.notna()]
    first = won.sort_values(["closed_on", "deal_id"]).drop_duplicates("account_id")
    before = pd.to_datetime(first.customer_since_on).dt.date
    return first[[pd.isna(since) or since >= closed for since, closed in zip(before, first.closed_on, strict=True)]]


def _stages(column: str, *, has_next: bool = False, entered: bool = False) -> Callable[[Ledger], Frame]:
    def rows(ledger: Ledger) -> Frame:
        found = ledger.stages[(ledger.stages.status != "disqualified") & ledger.stages[column].notna()]
        if has_next:
            found = found[found.has_next]
        return found[found.entered_on.notna()] if entered else found

    return rows


def _dropped(ledger: Ledger) -> Frame:
    found = _stages("reached_on", has_next=True)(ledger).copy()
    found["dropped"] = found.furthest & (found.status == "lost")
    return found


def _touches(*kinds: str, outbound: bool = False, human: bool = True, done: bool = True) -> Callable[[Ledger], Frame]:
    def rows(ledger: Ledger) -> Frame:
        found = ledger.activities[ledger.activities.kind.isin(kinds)]
        if done:
            found = found[found.status == "done"]
        if human:
            found = found[found.human]
        return found[found.direction == "outbound"] if outbound else found

    return rows


def _meetings_due(ledger: Ledger) -> Frame:
    found = ledger.activities
    return found[(found.kind == "meeting") & found.status.isin(["done", "cancelled", "no_show"])]


def _leads(column: str) -> Callable[[Ledger], Frame]:
    def rows(ledger: Ledger) -> Frame:
        found = ledger.leads.copy()
        found["converted"] = [d is not None and d <= ledger.as_of for d in found.converted_on]
        return found[[d is not None and d <= ledger.as_of for d in found[column]]]

    return rows


def _within(days: int) -> Callable[[Ledger], Frame]:
    def rows(ledger: Ledger) -> Frame:
        found = ledger.deals[ledger.deals.status != "disqualified"].copy()
        found["in_time"] = [
            status == "won" and (closed - created).days <= days
            for status, closed, created in zip(found.status, found.closed_on, found.created_on, strict=True)
        ]
        found["young"] = [created + timedelta(days=days) > ledger.as_of for created in found.created_on]
        return found

    return rows


def _mature(part: Value) -> Value:
    return lambda rows: None if rows.young.any() else part(rows)


def _live(day: str) -> Callable[[Ledger], Frame]:
    return _deals("open", "won", "lost", day=day)


CYCLE = _won_days("contact")
RECOUNTS: dict[str, Recount] = {
    "won_count": Recount(_deals("won"), "closed_on", count),
    "lost_count": Recount(_deals("lost"), "closed_on", count),
    "bookings_amount": Recount(_deals("won"), "closed_on", total("euros")),
    "average_deal_size": Recount(_with_amount, "closed_on", mean("euros")),
    "median_deal_size": Recount(_with_amount, "closed_on", quantile("euros", 0.5)),
    "win_rate": Recount(_deals("won", "lost"), "closed_on", ratio(where(status="won"), count)),
    "loss_rate": Recount(_deals("won", "lost"), "closed_on", ratio(where(status="lost"), count)),
    "win_rate_amount": Recount(_closed_amounts, "closed_on", ratio(total("won_euros"), total("euros"))),
    "win_rate_cohort": Recount(_live("created_on"), "created_on", ratio(where(status="won"), count)),
    "win_rate_cohort_closed": Recount(_deals("won", "lost", day="created_on"), "created_on", ratio(where(status="won"), count)),
    "win_rate_cohort_upper": Recount(_live("created_on"), "created_on", ratio(where(status=("won", "open")), count)),
    "cohort_open_share": Recount(_live("created_on"), "created_on", ratio(where(status="open"), count)),
    "win_rate_within_days": Recount(_within(90), "created_on", _mature(ratio(where(in_time=True), count))),
    "opportunities_created": Recount(_qualified, "created_on", count, "first_rep", "first_team"),
    "new_customers": Recount(_customers, "closed_on", count),
    "sales_cycle_length_mean": Recount(CYCLE, "closed_on", mean("cycle")),
    "sales_cycle_length_median": Recount(CYCLE, "closed_on", quantile("cycle", 0.5)),
    "sales_cycle_length_p75": Recount(CYCLE, "closed_on", quantile("cycle", 0.75)),
    "sales_cycle_length_p90": Recount(CYCLE, "closed_on", quantile("cycle", 0.9)),
    "deal_age_at_win_mean": Recount(_won_days("created"), "closed_on", mean("cycle")),
    "leads_created": Recount(_leads("created_on"), "created_on", count),
    "qualified_leads": Recount(_leads("qualified_on"), "qualified_on", count),
    "lead_conversion_rate": Recount(_leads("created_on"), "created_on", ratio(where(converted=True), count)),
    "touches": Recount(_touches("call", "email", "meeting"), "happened_on", count),
    "calls_made": Recount(_touches("call", outbound=True), "happened_on", count),
    "emails_sent": Recount(_touches("email", outbound=True), "happened_on", count),
    "meetings_scheduled": Recount(_touches("meeting", human=False, done=False), "happened_on", count),
    "meetings_held": Recount(_touches("meeting", human=False), "happened_on", count),
    "meeting_held_rate": Recount(_meetings_due, "happened_on", ratio(where(status="done"), count)),
    "stage_reached_count": Recount(_stages("reached_on"), "reached_on", count),
    "stage_entered_count": Recount(_stages("entered_on"), "entered_on", count),
    "stage_conversion_rate": Recount(_stages("reached_on", has_next=True), "reached_on", ratio(where(went_on=True), count)),
    "stage_conversion_rate_strict": Recount(
        _stages("entered_on", has_next=True), "entered_on", ratio(where(entered_next=True), count)
    ),
    "stage_drop_off_rate": Recount(_dropped, "reached_on", ratio(where(dropped=True), count)),
    "time_in_stage_mean": Recount(_stages("last_left_on"), "last_left_on", mean("days")),
    "time_in_stage_median": Recount(_stages("last_left_on"), "last_left_on", quantile("days", 0.5)),
}
"""Metrics counted by hand. Those of stages also split by stage."""
