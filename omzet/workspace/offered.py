"""What somebody may refer to when they enter a row: people, teams, accounts and campaigns, by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omzet.engines.sql import text_literal
from omzet.metrics.access import Access
from omzet.workspace.goals import reading, sight_of

if TYPE_CHECKING:
    from omzet.workspace import Workspace


def offered(workspace: Workspace, table: str, access: Access) -> dict[str, str]:
    """Key and name of the rows of a table that somebody may refer to, by name.

    Who sees some rows alone refers to themselves, to the teams and people they lead, and to the accounts of these.
    Raises ValueError for another table, StoreError in a process that doesn't serve the workspace.
    """
    if table == "accounts" and access.is_limited:
        return _accounts_of(workspace, access)
    named = dict(workspace.named(table))
    if table == "people":
        sight = sight_of(workspace, access)
        return {key: name for key, name in named.items() if sight.sees("rep", key)}
    if table == "teams" and access.is_limited:
        sight = sight_of(workspace, access)
        return {key: name for key, name in named.items() if sight.sees("team", key)}
    return named


def _accounts_of(workspace: Workspace, access: Access) -> dict[str, str]:
    people = [v for c in access.conditions if c.dimension == "rep" for v in c.values]
    people += [access.person] if access.person else []
    teams = [v for c in access.conditions if c.dimension == "team" for v in c.values]
    of_team = f"SELECT person_key FROM person_teams WHERE {_among('team_key', teams)}"
    deals = f"{_among('owner_key', people)} OR {_among('team_key', teams)}"
    with reading(workspace) as session:
        rows = session.rows(
            f"""SELECT a.key, coalesce(a.name, a.account_id)
                FROM accounts a
                WHERE a.is_deleted IS NOT TRUE AND a.merged_into IS NULL AND (
                    {_among("a.owner_id", people)}
                    OR a.owner_id IN ({of_team})
                    OR a.key IN (SELECT account_key FROM deal_facts WHERE removed IS NULL AND ({deals})))
                ORDER BY lower(coalesce(a.name, a.account_id)), a.key"""
        )
    return {str(key): str(name) for key, name in rows}


def _among(column: str, keys: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(map(text_literal, keys))})" if keys else "FALSE"
