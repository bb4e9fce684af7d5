"""The workspace's desk, opened when it is first needed, and what somebody who is signed in may see of the data.

`WorkspaceDesk` is imported by who serves pages; SQLAlchemy comes in with the first use, not with the import.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omzet.errors import StoreError
from omzet.metrics.access import Access, Rows, access_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager
    from pathlib import Path

    from omzet.desk.roles import Permission
    from omzet.desk.sessions import SignedIn
    from omzet.desk.store import Desk
    from omzet.engines import Session
    from omzet.settings import Settings
    from omzet.workspace import Workspace

FILE_NAME = "desk.sqlite"
NOTHING: Rows = "own"


class WorkspaceDesk:
    """The desk of one workspace, for all threads of the process; close it when done."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._desk: Desk | None = None
        self._has_users = False
        self._guard = threading.Lock()

    def open(self) -> Desk:
        """The desk, its tables brought up to date. Raises StoreError or CallError when it can't be used."""
        with self._guard:
            if self._desk is None:
                from omzet.desk.store import open_desk

                self._desk = open_desk(self._workspace.path, self._workspace.settings.desk)
            return self._desk

    def has_users(self) -> bool:
        """Whether somebody has an account. A desk that was never made has none, and isn't made by the question."""
        if not self._has_users:
            if not is_made(self._workspace.path, self._workspace.settings):
                return False
            from omzet.desk.users import needs_first_admin

            self._has_users = not needs_first_admin(self.open())
        return self._has_users

    def close(self) -> None:
        """Let go of the desk."""
        with self._guard:
            if self._desk is not None:
                self._desk.close()
            self._desk = None


def is_made(folder: Path, settings: Settings) -> bool:
    """Whether the workspace in `folder` has a desk: a database that is named in the settings is taken to be there."""
    return settings.desk not in ("", "sqlite") or (folder / FILE_NAME).exists()


def access_for(workspace: Workspace, who: SignedIn) -> Access:
    """What somebody who is signed in may see: by role, by the scopes of a token, and by the setting `access`.

    Only in the process that serves the workspace. Raises StoreError elsewhere.
    """
    return access_by(workspace, who.permissions, who.user.person_key or None)


def access_by(workspace: Workspace, may: Collection[Permission], person: str | None) -> Access:
    """What somebody with these permissions may see, who is `person` among the people of the sales data.

    With `access = everyone` all see all. Otherwise who judges leads sees every row added up, without names and money.
    """
    from omzet.desk.roles import Permission

    if not _sees(may):
        person, may = None, ()
    elif workspace.settings.access == "everyone":
        return Access(person=person)
    money = Permission.SEE_MONEY in may
    if Permission.SEE_ALL_ROWS in may or Permission.SEE_LEADS in may:
        return Access(names=None if Permission.SEE_NAMES in may else frozenset(), money=money, person=person)
    rows: Rows = "teams" if Permission.SEE_OWN_TEAMS in may else "own"
    with _reading(workspace) as session:
        return access_of(session, rows, person, money=money)


def sees_single_deals(workspace: Workspace, may: Collection[Permission]) -> bool:
    """Whether the deals among the rows may be listed one by one; else they are only added up."""
    from omzet.desk.roles import Permission

    if not _sees(may) or workspace.settings.access == "everyone":
        return _sees(may)
    return Permission.SEE_ALL_ROWS in may or Permission.SEE_LEADS not in may


@dataclass(frozen=True)
class Person:
    """Somebody of the sales data, and how many deals were theirs. `manager` is the key of their manager."""

    key: str
    name: str
    email: str
    role: str
    team: str
    manager: str
    deals: int


def people(workspace: Workspace) -> list[Person]:
    """Everybody in the sales data, by name; for choosing who an account is."""
    with _reading(workspace) as session:
        rows = session.rows(
            """SELECT p.key, coalesce(p.name, p.person_id), p.email, p.role, t.name, p.manager_id, coalesce(d.deals, 0)
               FROM people p
               LEFT JOIN teams t ON t.key = p.team_id
               LEFT JOIN (SELECT owner_key, count(*) AS deals FROM deal_facts GROUP BY owner_key) d ON d.owner_key = p.key
               WHERE p.is_deleted IS NOT TRUE AND p.merged_into IS NULL
               ORDER BY lower(coalesce(p.name, p.person_id)), p.key"""
        )
    return [
        Person(key, str(name), email or "", role or "", team or "", manager or "", int(deals))
        for key, name, email, role, team, manager, deals in rows
    ]


def _sees(may: Collection[Permission]) -> bool:
    return any(each.startswith("see_") for each in may)


def _reading(workspace: Workspace) -> AbstractContextManager[Session]:
    owner = workspace._owner
    if owner is None:
        raise StoreError("Only the process that serves the workspace can tell what its users may see.")
    return owner.store.reading()
