"""Targets, forecasts, what happens with people, and the company's own days off."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from math import exp

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import DAY, Clock, month_after, quarter_after, quarter_start
from omzet.sources.sample.history import Record
from omzet.sources.sample.money import Rows, in_euros
from omzet.sources.sample.people import TEAMS, Person, Staff
from omzet.sources.sample.truth import COMMIT_BIAS, PRICE_GROWTH, VOLUME_GROWTH, Training

PLANNED_ATTAINMENT = 0.98
"""Bookings over plan, all complete quarters together."""
QUARTER_SEASON = (0.94, 1.0, 0.93, 1.14)
LEAST_TARGET = 25_000.0
COMMIT_WEEKS = {0: 0.17, 4: 0.12, 8: 0.06}
"""Weeks into the quarter at which managers commit, with the spread of their error."""

TARGET_COLUMNS = ("target_id", "metric", "person_id", "team_id", "from_on", "to_on", "value", "currency", "status", "agreed_on")
FORECAST_COLUMNS = ("made_on", "metric", "from_on", "to_on", "team_id", "kind", "amount")
EVENT_COLUMNS = (
    *(
        "event_id",
        "person_id",
        "kind",
        "from_on",
        "to_on",
        "hours",
        "due_on",
        "done_on",
        "status",
        "topic",
        "metric",
        "by_person_id",
    ),
)
HOLIDAY_COLUMNS = ("observed_on", "name", "country")


class Booked:
    """Bookings by quarter and by team, in euros."""

    def __init__(self, clock: Clock, won: list[Record]) -> None:
        self.quarters: dict[date, float] = defaultdict(float)
        self.teams: dict[tuple[date, str], float] = defaultdict(float)
        for record in won:
            day = record.deal.closed.date()
            first = quarter_start(day)
            self.quarters[first] += in_euros(record)
            self.teams[first, record.owner_on(day).team_on(day)] += in_euros(record)
        self.complete = [first for first in sorted(self.quarters) if first < quarter_start(clock.today)]


def target_rows(clock: Clock, staff: Staff, booked: Booked, created: int) -> Rows:
    """Targets by quarter for each rep, each team and the company, and two of this quarter that are not about money.

    `created` is how many opportunities the last complete quarter brought.
    """
    rows: Rows = []
    this, first = quarter_start(clock.today), clock.start
    while first.year <= clock.today.year:
        end = quarter_after(first)
        last = end - DAY
        reps = [rep for rep in staff.of("rep") if rep.started < end and (rep.ended is None or rep.ended >= first)]
        plan = _plan(clock, booked, first)
        books = {rep.person_id: max(_book(rep, first), _book(rep, last)) for rep in reps}
        active = sum(books[rep.person_id] * _present(rep, first, last) for rep in reps)
        agreed = first - timedelta(days=10)
        teams: dict[str, float] = defaultdict(float)
        for rep in reps:
            value = max(LEAST_TARGET, round(plan * books[rep.person_id] / active, -3))
            teams[rep.team_on(first)] += value * _present(rep, first, last)
            status = "agreed" if first <= this else "proposed"
            name = f"T-{first:%Y%m}-{rep.person_id}"
            rows.append(
                (
                    name,
                    "bookings_amount",
                    rep.person_id,
                    None,
                    first,
                    last,
                    f"{value:.2f}",
                    "EUR",
                    status,
                    agreed if first <= this else None,
                )
            )
        if first <= this:
            for team_id in TEAMS:
                value = round(teams[team_id], -3)
                rows.append(
                    (
                        f"T-{first:%Y%m}-{team_id}",
                        "bookings_amount",
                        None,
                        team_id,
                        first,
                        last,
                        f"{value:.2f}",
                        "EUR",
                        "agreed",
                        agreed,
                    )
                )
        rows.append(
            (f"T-{first:%Y%m}", "bookings_amount", None, None, first, last, f"{round(plan, -4):.2f}", "EUR", "agreed", agreed)
        )
        if first == this:
            rows.append((f"T-{first:%Y%m}-win", "win_rate", None, None, first, last, "0.28", None, "agreed", agreed))
            rows.append(
                (
                    f"T-{first:%Y%m}-opp",
                    "opportunities_created",
                    None,
                    None,
                    first,
                    last,
                    f"{round(1.03 * created, -1):.0f}",
                    None,
                    "agreed",
                    agreed,
                )
            )
        first = end
    return rows


def _plan(clock: Clock, booked: Booked, first: date) -> float:
    """The company's target for a quarter: the trend with its season; this quarter's stays near the pace so far."""
    growth = (1 + VOLUME_GROWTH) * (1 + PRICE_GROWTH)

    def shape(quarter: date) -> float:
        grown: float = growth ** clock.years(quarter)
        return grown * QUARTER_SEASON[(quarter.month - 1) // 3]

    level = sum(booked.quarters[each] for each in booked.complete) / sum(shape(each) for each in booked.complete)
    plan = level * shape(first) / PLANNED_ATTAINMENT
    if first == quarter_start(clock.today):
        days = [first + timedelta(days=at) for at in range((quarter_after(first) - first).days)]
        working = [day for day in days if clock.is_working_day(day)]
        elapsed = sum(day < clock.today for day in working) / len(working)
        if elapsed > 0.3:
            pace = booked.quarters[first] / elapsed
            plan = min(max(plan, pace / 1.06), pace / 0.92)
    return plan


def _present(rep: Person, first: date, last: date) -> float:
    """Share of the days of the quarter on which the rep is there."""
    begins, ends = max(first, rep.started), min(last, rep.ended or last)
    return ((ends - begins).days + 1) / ((last - first).days + 1)


def _book(rep: Person, day: date) -> float:
    there = max(day, rep.started) if rep.ended is None else min(max(day, rep.started), rep.ended)
    return rep.book(there) * exp(0.5 * rep.ability)


def forecast_rows(clock: Clock, booked: Booked, targets: Rows, seed: int) -> Rows:
    """What each team's manager committed to, three times a quarter, and the best case beside it."""
    chance = Chance(seed, "forecasts")
    agreed = {(row[4], row[3]): float(str(row[6])) for row in targets if row[3]}
    rows: Rows = []
    for first in (*booked.complete, quarter_start(clock.today)):
        last = quarter_after(first) - DAY
        for week, spread in COMMIT_WEEKS.items():
            made = first + timedelta(days=7 * week + (7 - first.weekday()) % 7)
            if made >= clock.today:
                continue
            for team_id in TEAMS:
                expected = booked.teams[first, team_id] if first in booked.complete else agreed[first, team_id] * 0.97
                commit = expected * (1 + COMMIT_BIAS[team_id]) * chance.lognormal(1.0, spread)
                rows.append((made, "bookings_amount", first, last, team_id, "commit", f"{round(commit, -3):.2f}"))
                rows.append(
                    (
                        made,
                        "bookings_amount",
                        first,
                        last,
                        team_id,
                        "best_case",
                        f"{round(commit * chance.between(1.12, 1.35), -3):.2f}",
                    )
                )
    return rows


def event_rows(clock: Clock, staff: Staff, trainings: tuple[Training, ...], seed: int) -> Rows:
    """Leave, selling hours by month, trainings, reviews, agreed actions and recognitions."""
    chance = Chance(seed, "events")
    found: list[tuple[object, ...]] = []
    for person in staff.people:
        for begins, ends in _ranges([day for day in person.leave if day >= clock.start]):
            found.append(
                (
                    person.person_id,
                    "absence",
                    begins,
                    ends,
                    None,
                    None,
                    None,
                    None,
                    "leave" if ends > begins else "ill",
                    None,
                    None,
                )
            )
    for training in trainings:
        for person_id in training.participants:
            found.append(
                (person_id, "training", training.on, training.on, 7, None, training.on, "done", training.topic, "win_rate", None)
            )
    for rep in staff.of("rep"):
        first = max(clock.start, rep.started.replace(day=1))
        while month_after(first) <= clock.today and (rep.ended is None or first <= rep.ended):
            last = month_after(first) - DAY
            days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
            days = [day for day in days if clock.is_working_day(day, rep.country) and day not in rep.leave and rep.is_there(day)]
            hours = round(len(days) * 8 * rep.fte * chance.between(0.33, 0.46), 1)
            found.append((rep.person_id, "selling", first, last, hours, None, None, None, None, None, None))
            if first.month % 3 == 1 and chance.yes(0.9):
                day = clock.working_day(first + timedelta(days=chance.whole(7, 17)))
                topic = chance.pick(("Quarter review", "Pipeline and plan", "Goals for the quarter"))
                found.append((rep.person_id, "review", day, day, 1, None, day, "done", topic, "quota_attainment", rep.manager_id))
                if chance.yes(0.25):
                    due = day + timedelta(days=42)
                    done = due if due < clock.today and chance.yes(0.8) else None
                    what = chance.pick(
                        ("Call back all open proposals weekly", "Ask for the decision maker early", "Clean up close dates")
                    )
                    status = "done" if done else "open"
                    found.append((rep.person_id, "action", day, None, None, due, done, status, what, "win_rate", rep.manager_id))
            if chance.yes(0.03):
                day = clock.working_day(first + timedelta(days=chance.whole(3, 20)))
                why = chance.pick(("Saved a difficult renewal", "Shared a playbook", "Best quarter so far"))
                found.append((rep.person_id, "recognition", day, day, None, None, None, "done", why, None, rep.manager_id))
            first = month_after(first)
    found.sort(key=lambda event: (str(event[2]), str(event[0]), str(event[1])))
    return [(f"E{number:05d}", *event) for number, event in enumerate(found, 1)]


def _ranges(days: list[date]) -> list[tuple[date, date]]:
    """Runs of days, a weekend in between not ending a run."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and (day - runs[-1][1]).days <= (3 if day.weekday() == 0 else 1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def holiday_rows(clock: Clock) -> Rows:
    return [(day, "Vrijdag na Hemelvaart", "NL") for day in clock.bridge_days()]
