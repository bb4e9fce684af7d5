"""Who works at the company: teams, reps with their true ability, hires, leavers, a team change, leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import NormalDist

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.clock import DAY, Clock, at_work
from omzet.sources.sample.names import address, colleague_name
from omzet.sources.sample.truth import ABILITY_SD

TEAMS = {"T1": "Noord", "T2": "Zuid", "T3": "België", "T4": "DACH"}
SALES, MARKETING = "T0", "T5"
COUNTRY = {"T1": "NL", "T2": "NL", "T3": "BE", "T4": "DE", SALES: "NL", MARKETING: "NL"}
DOMAIN = "noordlicht"

# team, load (share of a full book of deals), fte, month hired (0 = before the data), months before today they left, few deals
REPS = (
    ("T1", 1.0, 1.0, 0, 0, False),
    ("T1", 1.0, 1.0, 0, 0, False),
    ("T1", 0.8, 0.8, 0, 0, False),
    ("T1", 1.0, 1.0, 0, 0, False),
    ("T1", 1.0, 1.0, 13, 0, False),
    ("T1", 0.09, 0.6, 0, 0, True),
    ("T1", 0.9, 1.0, 0, 11, False),
    ("T2", 1.0, 1.0, 0, 0, False),
    ("T2", 1.0, 1.0, 0, 0, False),
    ("T2", 0.9, 0.9, 0, 0, False),
    ("T2", 1.0, 1.0, 8, 0, False),
    ("T2", 0.08, 0.5, 0, 0, True),
    ("T2", 1.0, 1.0, 0, 0, False),
    ("T3", 1.0, 1.0, 0, 0, False),
    ("T3", 1.0, 1.0, 0, 0, False),
    ("T3", 0.8, 0.8, 0, 0, False),
    ("T3", 0.5, 1.0, 29, 0, True),
    ("T3", 0.08, 0.6, 4, 0, True),
    ("T3", 1.0, 1.0, 0, 17, False),
    ("T4", 1.0, 1.0, 0, 0, False),
    ("T4", 1.0, 1.0, 0, 0, False),
    ("T4", 1.0, 1.0, 19, 0, False),
    ("T4", 0.1, 0.6, 0, 0, True),
    ("T4", 0.5, 1.0, 32, 0, True),
)
MOVER, MOVES_TO = 3, "T2"


@dataclass(frozen=True)
class Person:
    """Someone at the company. `ended` is the last day; from day `moves` on the team is `team_id`, before it `team_before`."""

    person_id: str
    name: str
    role: str
    team_id: str
    manager_id: str | None
    fte: float
    started: date
    ended: date | None = None
    load: float = 0.0
    ability: float = 0.0
    few_deals: bool = False
    team_before: str | None = None
    moves: date | None = None
    leave: frozenset[date] = field(default_factory=frozenset)

    @property
    def country(self) -> str:
        return COUNTRY[self.team_id]

    def team_on(self, day: date) -> str:
        return self.team_before if self.team_before and self.moves and day < self.moves else self.team_id

    def is_there(self, day: date) -> bool:
        return self.started <= day and (self.ended is None or day <= self.ended)

    def book(self, day: date) -> float:
        """Share of a full book of deals the person carries that day; it grows over the first six months."""
        if not self.is_there(day):
            return 0.0
        return self.load * min(1.0, 0.2 + 0.8 * (day - self.started).days / 180)


@dataclass(frozen=True)
class Staff:
    """Everyone, and who of them does what."""

    people: tuple[Person, ...]

    def of(self, *roles: str) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.role in roles)

    def reps_of(self, team_id: str, day: date) -> list[Person]:
        """Reps in the team that day."""
        return [rep for rep in self.of("rep") if rep.is_there(day) and rep.team_on(day) == team_id]

    def owner(self, chance: Chance, team_id: str, day: date, but: str | None = None) -> Person:
        """A rep of the team to give a deal to that day, in proportion to the books they carry."""
        reps = [rep for rep in self.reps_of(team_id, day) if rep.person_id != but]
        return chance.weighted(reps, [rep.book(day) for rep in reps])

    def manager(self, team_id: str) -> Person:
        return next(person for person in self.of("manager") if person.team_id == team_id)


def hire(seed: int, clock: Clock) -> Staff:
    """The company's staff for that seed."""
    chance = Chance(seed, "people")
    taken: set[str] = set()
    people: list[Person] = []

    def add(role: str, team_id: str, manager_id: str | None, started: date, fte: float = 1.0) -> str:
        person_id = f"P{len(people) + 1:02d}"
        name = colleague_name(chance, COUNTRY[team_id], taken)
        people.append(
            Person(person_id, name, role, team_id, manager_id, fte, started, leave=_leave(chance, clock, started, None))
        )
        return person_id

    def long_ago() -> date:
        return clock.working_day(clock.start - timedelta(days=chance.whole(300, 2500)))

    leader = add("leader", SALES, None, long_ago())
    managers = {team_id: add("manager", team_id, leader, long_ago()) for team_id in TEAMS}
    abilities = iter(_abilities(chance))
    for at, (team_id, load, fte, hired, left, few) in enumerate(REPS):
        started = clock.working_day(clock.start + timedelta(days=30 * hired)) if hired else long_ago()
        ended = clock.working_day_before((clock.today - timedelta(days=30 * left)).replace(day=1)) if left else None
        moves = clock.working_day((clock.start + timedelta(days=600)).replace(day=1)) if at == MOVER else None
        now = MOVES_TO if moves else team_id
        people.append(
            Person(
                f"P{len(people) + 1:02d}",
                colleague_name(chance, COUNTRY[team_id], taken),
                "rep",
                now,
                managers[now],
                fte,
                started,
                ended,
                load,
                round(chance.normal(0.08) if few else next(abilities), 3),
                few,
                team_id if moves else None,
                moves,
                _leave(chance, clock, started, ended),
            )
        )
    for team_id in TEAMS:
        add("sdr", team_id, managers[team_id], long_ago())
    head = add("marketing", MARKETING, leader, long_ago())
    add("marketing", MARKETING, head, long_ago(), 0.8)
    add("marketing", MARKETING, head, clock.working_day(clock.start + timedelta(days=400)))
    add("other", SALES, leader, long_ago())
    add("other", SALES, leader, long_ago(), 0.8)
    return Staff(tuple(people))


def _abilities(chance: Chance) -> list[float]:
    """Evenly spread normal quantiles in a drawn order: some reps are really better, whatever the seed."""
    number = sum(1 for rep in REPS if not rep[5])
    spread = NormalDist(0, ABILITY_SD)
    return chance.shuffled([spread.inv_cdf((rank + 0.5) / number) for rank in range(number)])


def _leave(chance: Chance, clock: Clock, started: date, ended: date | None) -> frozenset[date]:
    """Working days off: summer, Christmas, a week in spring or autumn, and now and then ill."""
    days: set[date] = set()
    for year in range(clock.warm_up.year, clock.today.year + 1):
        summer = date(year, 7, 6) + timedelta(days=7 * chance.whole(0, 5))
        _take(days, summer, 7 * chance.whole(2, 3) - 2)
        _take(days, date(year, 12, 24), chance.whole(3, 8))
        _take(days, chance.pick((date(year, 2, 16), date(year, 4, 29), date(year, 10, 14))), 5)
        for _ in range(chance.count(2.0)):
            _take(days, date(year, 1, 1) + timedelta(days=chance.whole(0, 364)), chance.whole(1, 4))
    last = min(ended or clock.today, clock.today - DAY)
    return frozenset(day for day in days if started <= day <= last and day.weekday() < 5)


def _take(days: set[date], first: date, number: int) -> None:
    days.update(first + timedelta(days=at) for at in range(number))


PEOPLE_COLUMNS = (
    "person_id",
    "name",
    "email",
    "role",
    "team_id",
    "manager_id",
    "country",
    "fte",
    "started_on",
    "ended_on",
    "quota_carrier",
)
TEAM_COLUMNS = ("team_id", "name", "parent_id", "manager_id")
PERSON_CHANGE_COLUMNS = ("person_id", "field", "value", "old_value", "changed_at", "changed_by")


def people_rows(staff: Staff) -> list[tuple[object, ...]]:
    return [
        (
            person.person_id,
            person.name,
            address(person.name, DOMAIN),
            person.role,
            person.team_id,
            person.manager_id,
            person.country,
            person.fte,
            person.started,
            person.ended,
            person.role == "rep",
        )
        for person in staff.people
    ]


def team_rows(staff: Staff) -> list[tuple[object, ...]]:
    leader, head = staff.of("leader")[0], staff.of("marketing")[0]
    teams = [(team_id, name, SALES, staff.manager(team_id).person_id) for team_id, name in TEAMS.items()]
    return [(SALES, "Verkoop", None, leader.person_id), *teams, (MARKETING, "Marketing", None, head.person_id)]


def person_change_rows(staff: Staff, seed: int) -> list[tuple[object, ...]]:
    chance = Chance(seed, "person changes")
    rows: list[tuple[object, ...]] = []
    leader = staff.of("leader")[0].person_id
    for person in staff.of("rep"):
        if person.moves and person.team_before:
            at = at_work(chance, person.moves, 8 * 60, 8 * 60 + 20)
            before, now = staff.manager(person.team_before).person_id, staff.manager(person.team_id).person_id
            rows.append((person.person_id, "team_id", person.team_id, person.team_before, at, leader))
            rows.append((person.person_id, "manager_id", now, before, at, leader))
    return rows
