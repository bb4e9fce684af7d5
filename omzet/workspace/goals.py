"""Whom somebody may set goals for and see the goals of, and what an agreed goal becomes: a target of the sales data."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from omzet.desk.entries import Entered, settle
from omzet.desk.goal_rows import Goal, Level
from omzet.desk.goals import agree, overlap
from omzet.errors import OmzetError, StoreError
from omzet.history.entered import enter
from omzet.metrics.access import Access

if TYPE_CHECKING:
    from omzet.desk.store import Desk
    from omzet.desk.writing import By
    from omzet.engines import Session
    from omzet.workspace import Workspace
    from omzet.workspace.owner import Owner

TARGETS = """
SELECT key, from_on, to_on, CAST(value AS DOUBLE)
FROM targets
WHERE metric = ? AND coalesce(person_id, '') = ? AND coalesce(team_id, '') = ? AND filter IS NULL
    AND coalesce(status, 'agreed') = 'agreed' AND is_deleted IS NOT TRUE AND merged_into IS NULL
    AND from_on < ? AND to_on >= ?
ORDER BY from_on, key"""


@dataclass(frozen=True)
class Subject:
    """Somebody or something that a goal can be for. `team` is the key of a person's team, `managers` those over it."""

    level: Level
    key: str
    name: str
    team: str = ""
    managers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sight:
    """Whose goals somebody sees: all, or those of some teams and people."""

    all: bool = False
    teams: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()

    def sees(self, level: Level, key: str) -> bool:
        """Whether goals of this subject are shown."""
        return self.all or (key in self.teams if level == "team" else level == "rep" and key in self.people)


@dataclass(frozen=True)
class Known:
    """A target that counts already, with its last day."""

    key: str
    from_on: date
    to_on: date
    value: float


def sight_of(workspace: Workspace, access: Access) -> Sight:
    """Whose goals somebody with this access sees. Who sees no names sees none but the own."""
    own = frozenset((access.person,)) if access.person else frozenset[str]()
    if not access.is_limited:
        return Sight(all=access.names is None, people=own)
    teams = frozenset(v for c in access.conditions if c.dimension == "team" for v in c.values)
    if not teams:
        return Sight(people=own)
    with reading(workspace) as session:
        rows = session.rows("SELECT DISTINCT person_key, team_key FROM person_teams WHERE team_key IS NOT NULL")
    return Sight(teams=teams, people=own | {person for person, team in rows if team in teams})


def subjects(workspace: Workspace) -> list[Subject]:
    """Everything a goal can be for, as the company is today: itself, its teams, and who works in it and can carry one."""
    with reading(workspace) as session:
        teams = session.rows(
            "SELECT key, coalesce(name, team_id), parent_id, manager_id FROM teams WHERE is_deleted IS NOT TRUE ORDER BY 2, 1"
        )
        people = session.rows(
            """SELECT p.key, coalesce(p.name, p.person_id), coalesce(m.team_key, p.team_id), p.manager_id, p.role
               FROM people p
               LEFT JOIN person_teams m ON m.person_key = p.key AND m.to_on = DATE '9999-12-31'
               WHERE p.is_deleted IS NOT TRUE AND p.merged_into IS NULL AND coalesce(p.ended_on >= CURRENT_DATE, TRUE)
               ORDER BY 2, 1"""
        )
    above = {key: parent for key, _, parent, _ in teams}
    of_team = {key: manager for key, _, _, manager in teams}
    boss = {key: manager for key, _, _, manager, _ in people}

    def over(team: str | None, manager: str | None, own: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        while manager and manager not in found and manager != own:
            found[manager] = None
            manager = boss.get(manager)
        seen: set[str] = set()
        while team and team not in seen:
            seen.add(team)
            if (leads := of_team.get(team)) and leads != own:
                found[leads] = None
            team = above.get(team)
        return tuple(found)

    return [
        Subject("company", "", workspace.settings.name or "Omzet"),
        *(Subject("team", key, name, key, over(key, manager, "")) for key, name, _, manager in teams),
        *(Subject("rep", key, name, team or "", over(team, manager, key)) for key, name, team, manager, _ in people),
    ]


def known_targets(
    workspace: Workspace, metric: str, level: Level, key: str, from_on: date, to_on: date
) -> tuple[list[Known], list[Known]]:
    """The targets that count already in the days up to before `to_on`: those inside these days, and those that reach out.

    The ones inside give way to a goal that is agreed; one that reaches out would be counted beside it.
    """
    person, team = (key if level == "rep" else "", key if level == "team" else "")
    with reading(workspace) as session:
        rows = session.rows(TARGETS, [metric, person, team, to_on, from_on])
    found = [Known(*row) for row in rows]
    last = to_on - timedelta(days=1)
    inside = [each for each in found if each.from_on >= from_on and each.to_on <= last]
    return inside, [each for each in found if each not in inside]


def refuse_outside(outside: Sequence[Known]) -> None:
    """Raise Refused when a target is partly outside the days of a goal, since both would be counted."""
    if outside:
        raise overlap(outside[0].from_on, outside[0].to_on)


def agree_goal(workspace: Workspace, desk: Desk, by: By, goal: Goal, text: str, *, version: int, on: date, unit: str) -> Goal:
    """Agree a goal, and let its target count at once in place of those inside its days."""
    inside, outside = known_targets(workspace, goal.metric, goal.level, goal.subject, goal.from_on, goal.to_on)
    refuse_outside(outside)
    currency = workspace.settings.currency if unit == "money" else None
    ends = [each.key for each in inside if each.key != goal.target_key]
    agreed, kept = agree(desk, by, goal.id, text, version=version, on=on, ends=ends, currency=currency)
    _take_over(_owner(workspace), desk, kept)
    return agreed


def _take_over(owner: Owner, desk: Desk, kept: Sequence[Entered]) -> None:
    """Let history take over what was kept, as one load; if the process ends before, that happens when it starts again."""
    ids = [each.id for each in kept]
    with owner._changing():
        try:
            report = enter(owner.store, owner.settings, [each.entry for each in kept])
        except OmzetError as error:
            settle(desk, ids, reason=str(error))
            raise
        settle(desk, ids, load_no=report.load_id)


def reading(workspace: Workspace) -> AbstractContextManager[Session]:
    """One view of the store, in the process that serves the workspace. Raises StoreError elsewhere."""
    return _owner(workspace).store.reading()


def _owner(workspace: Workspace) -> Owner:
    if workspace._owner is None:
        raise StoreError("Only the process that serves the workspace can tell whom goals are for.")
    return workspace._owner
