"""What a reader may see: a frozen value that is part of every question and is applied where a question is compiled.

The rows a reader may see are told by conditions on whose they are: as strict as if the reader had written them, and not to
be taken off. People whose names a reader may not see are shown as `SOMEONE`; money may be hidden whatever the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from omzet.engines import Session
from omzet.errors import CallError
from omzet.metrics.conditions import Condition

SOMEONE = "…"
"""What stands for a person whose name may not be seen."""

Rows = Literal["all", "teams", "own"]
"""Whose rows: everybody's, those of one's teams and the teams below them, or one's own."""


class NotYours(CallError):
    """Something that can't be told apart by whose it is, asked by a reader who may not see everything."""


@dataclass(frozen=True)
class Access:
    """Which rows, whose names, and whether money.

    `conditions` limit every relation that rows are read from; `names` are the keys of the people whose names may be seen
    (None: of all); `person` is the key of the reader among the people, where there is one.
    """

    conditions: tuple[Condition, ...] = ()
    names: frozenset[str] | None = None
    money: bool = True
    person: str | None = None

    @property
    def is_limited(self) -> bool:
        """Whether some rows may not be seen."""
        return bool(self.conditions)

    def shows(self, person: str | None) -> bool:
        """Whether the name of a person may be seen."""
        return self.names is None or person in self.names


ALL = Access()
"""Everything, for whoever has the workspace itself."""


def access_of(session: Session, rows: Rows, person: str | None, *, money: bool = True) -> Access:
    """What somebody sees: `person` is his or her key among the people, None where that is nobody of them."""
    if rows == "all":
        return Access(money=money, person=person)
    above = _above(session, person)
    if rows == "own":
        own = (person,) if person else ()
        return Access((Condition("rep", "in", own),), frozenset((*own, *above)), money, person)
    teams = _teams_of(session, person)
    names = {*_members(session, teams), *above, *([person] if person else [])}
    return Access((Condition("team", "in", tuple(sorted(teams))),), frozenset(names), money, person)


def _teams_of(session: Session, person: str | None) -> set[str]:
    """The teams that a person manages, or whose people name him or her as their manager, with all teams below these."""
    teams = session.rows("SELECT key, parent_id, manager_id FROM teams WHERE is_deleted IS NOT TRUE")
    reporting = session.rows(
        """SELECT DISTINCT t.team_key FROM people p JOIN person_teams t ON t.person_key = p.key AND t.to_on = DATE '9999-12-31'
           WHERE p.manager_id = ? AND p.is_deleted IS NOT TRUE AND t.team_key IS NOT NULL""",
        [person],
    )
    found = {key for key, _, manager in teams if person and manager == person} | {key for (key,) in reporting if person}
    while below := {key for key, parent, _ in teams if parent in found} - found:
        found |= below
    return found


def _members(session: Session, teams: set[str]) -> set[str]:
    """Everybody who is or was in one of the teams."""
    rows = session.rows("SELECT DISTINCT person_key, team_key FROM person_teams WHERE team_key IS NOT NULL")
    return {person for person, team in rows if team in teams}


def _above(session: Session, person: str | None) -> tuple[str, ...]:
    """The managers over a person, the nearest first."""
    managers = dict(session.rows("SELECT key, manager_id FROM people WHERE manager_id IS NOT NULL"))
    found: list[str] = []
    while (person := managers.get(person)) and person not in found:
        found.append(person)
    return tuple(found)
