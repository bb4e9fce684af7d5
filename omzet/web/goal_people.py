"""Whom goals can be for, who answers them, and whose goals a reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omzet.desk.goal_objectives import OBJECTIVES, objective_name
from omzet.desk.goal_rows import Goal, Level, list_goals
from omzet.desk.roles import Permission, permissions
from omzet.desk.users import User, find_users, list_users
from omzet.desk.writing import By
from omzet.metrics.access import ALL, Access
from omzet.metrics.catalogue import MetricInfo
from omzet.metrics.conditions import Condition
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.workspace.goals import Sight, Subject, sight_of, subjects

DIMENSION: dict[Level, str] = {"rep": "rep", "team": "team"}


@dataclass(frozen=True)
class Circle:
    """What a reader has to do with goals: who they are, whose goals they see, and everything a goal can be for, by its key."""

    reader: Reader
    user: User | None
    sight: Sight
    subjects: dict[tuple[Level, str], Subject]

    @property
    def own(self) -> int:
        """The reader's account; 0 for none."""
        return self.user.id if self.user else 0

    def sees(self, goal: Goal) -> bool:
        """Whether this goal is shown: to its two parties, and to who may see whose it is."""
        return self.own in goal.parties or self.sight.sees(goal.level, goal.subject)

    def name(self, level: Level, key: str) -> str:
        """What the subject of a goal is called."""
        found = self.subjects.get((level, key))
        return found.name if found else key.partition(":")[2]

    def offered(self) -> list[Subject]:
        """Whom the reader may propose a goal for."""
        person = self.user.person_key if self.user else ""
        if not self.reader.may(Permission.AGREE_GOALS):
            return []
        sets = self.reader.may(Permission.SET_TARGETS)

        def may(each: Subject) -> bool:
            if each.level == "rep" and each.key == person:
                return True
            if not sets:
                return False
            return self.sight.all or (each.team in self.sight.teams and self.sight.sees(each.level, each.key))

        return [each for each in self.subjects.values() if may(each)]


def circle_of(site: Site, reader: Reader) -> Circle:
    """The reader's circle, found once for each state of the data."""
    signed_in = reader.who.signed_in
    sight = site.kept.of(site.key(reader.access, "goals.sight"), lambda: sight_of(site.workspace, reader.access))
    every = site.kept.of(site.key(ALL, "goals.subjects"), lambda: subjects(site.workspace))
    return Circle(reader, signed_in.user if signed_in else None, sight, {(each.level, each.key): each for each in every})


def seen_goals(site: Site, circle: Circle) -> list[Goal]:
    """The goals that a reader sees, newest first."""
    return [goal for goal in list_goals(site.desk.open()) if circle.sees(goal)]


def answerers(site: Site, circle: Circle, subject: Subject) -> list[User]:
    """Who can answer a goal that the reader proposes for a subject, the nearest first."""
    everybody = [each for each in list_users(site.desk.open(), By(None, "system")) if each.is_active and each.id != circle.own]
    is_own = circle.user is not None and subject.level == "rep" and subject.key == circle.user.person_key
    if subject.level == "rep" and not is_own:
        return [each for each in everybody if each.person_key == subject.key and _may(each, Permission.AGREE_GOALS)]
    setters = [each for each in everybody if _may(each, Permission.SET_TARGETS)]
    near = [each for key in subject.managers for each in setters if each.person_key == key]
    far = [each for each in setters if each not in near and _may(each, Permission.SEE_ALL_ROWS)]
    others = [each for each in setters if each not in near and each not in far] if subject.level == "company" else []
    found = [*near, *far, *others]
    # Who alone may set targets agrees those of the company with themselves: there is nobody else to ask.
    return found or ([circle.user] if circle.user and not setters and not is_own else [])


def names_of(site: Site, reader: Reader, ids: Sequence[int]) -> dict[int, str]:
    """What the accounts that speak of a goal are called."""
    return {id: user.shown(reader.language) for id, user in find_users(site.desk.open(), set(ids)).items()}


def of_subject(level: Level, key: str) -> Access:
    """The access under which a subject is measured: its own rows and no others."""
    dimension = DIMENSION.get(level)
    return Access((Condition(dimension, "in", (key,)),)) if dimension else ALL


def metrics_for(site: Site, reader: Reader, level: Level) -> list[tuple[str, str, list[MetricInfo]]]:
    """The objectives with their metrics that a subject of this level can be measured by: code, name, metrics."""
    known = {each.id: each for each in site.metrics(reader.language)}
    dimension = DIMENSION.get(level)
    found = []
    for code, objective in OBJECTIVES.items():
        fit = [
            known[id]
            for id in objective.metrics
            if id in known
            and (dimension is None or dimension in known[id].dimensions)
            and (reader.sees_money or known[id].unit != "money")
        ]
        if fit:
            found.append((code, objective_name(code, reader.language), fit))
    return found


def _may(user: User, permission: Permission) -> bool:
    return permission in permissions(user.role)
