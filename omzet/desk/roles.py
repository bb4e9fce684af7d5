"""What each role may see and do: one table, `ROLES`. Which rows these are `metrics/access` decides.

Why so: numbers about reps are personal data, so a rep sees itself against the team's band and no colleague by name; managers
coach and so see names, of their own teams. Marketing judges leads and campaigns, for which neither who sold nor what one
deal brought is needed. An analyst checks every number but agrees nothing. An admin may do everything, since in a small
company it is the founder, who would otherwise need a second account to set a target.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, get_args

from omzet.errors import unknown
from omzet.locale import t

Role = Literal["rep", "manager", "leader", "marketing", "analyst", "admin"]
Scope = Literal["read", "write", "admin"]


class Permission(StrEnum):
    """One thing that a role may or may not do."""

    SEE_OWN = "see_own"
    SEE_OWN_TEAMS = "see_own_teams"
    SEE_LEADS = "see_leads"
    SEE_ALL_ROWS = "see_all_rows"
    SEE_NAMES = "see_names"
    SEE_MONEY = "see_money"
    EXPLORE = "explore"
    ENTER_DEALS = "enter_deals"
    ENTER_COSTS = "enter_costs"
    HAND_OVER_LEADS = "hand_over_leads"
    AGREE_GOALS = "agree_goals"
    SET_TARGETS = "set_targets"
    HOLD_REVIEWS = "hold_reviews"
    RECORD_TRAINING = "record_training"
    MANAGE_DATA = "manage_data"
    MANAGE_USERS = "manage_users"
    READ_LOG = "read_log"


_SEEING = frozenset(each for each in Permission if each.startswith("see_")) | {Permission.EXPLORE}
_SELLING = frozenset({Permission.ENTER_DEALS, Permission.HAND_OVER_LEADS, Permission.AGREE_GOALS})
_LEADING = frozenset({Permission.ENTER_COSTS, Permission.SET_TARGETS, Permission.HOLD_REVIEWS, Permission.RECORD_TRAINING})
_ADMIN = frozenset({Permission.MANAGE_DATA, Permission.MANAGE_USERS, Permission.READ_LOG})

ROLES: MappingProxyType[Role, frozenset[Permission]] = MappingProxyType(
    {
        "rep": _SELLING | {Permission.SEE_OWN, Permission.SEE_MONEY, Permission.EXPLORE},
        "manager": _SELLING
        | _LEADING
        | {Permission.SEE_OWN, Permission.SEE_OWN_TEAMS, Permission.SEE_NAMES, Permission.SEE_MONEY, Permission.EXPLORE},
        "leader": _SELLING | _LEADING | _SEEING,
        "marketing": frozenset(
            {
                Permission.SEE_OWN,
                Permission.SEE_LEADS,
                Permission.EXPLORE,
                Permission.ENTER_COSTS,
                Permission.HAND_OVER_LEADS,
                Permission.AGREE_GOALS,
            }
        ),
        "analyst": _SEEING | {Permission.MANAGE_DATA},
        "admin": frozenset(Permission),
    }
)
"""What each role may do.

| may | rep | manager | leader | marketing | analyst | admin |
|---|---|---|---|---|---|---|
| `see_own`: rows of its own, and the team's band without names | yes | yes | yes | yes | yes | yes |
| `see_own_teams`: rows of the teams it manages, then and now | – | yes | yes | – | yes | yes |
| `see_leads`: every lead and campaign, deals only added up | – | – | yes | yes | yes | yes |
| `see_all_rows`: every row of the company | – | – | yes | – | yes | yes |
| `see_names`: who the people behind these rows are | – | yes | yes | – | yes | yes |
| `see_money`: amounts of single deals and people among these rows | yes | yes | yes | – | yes | yes |
| `explore`: ask own questions, save and export the answers | yes | yes | yes | yes | yes | yes |
| `enter_deals`: accounts, contacts, leads, deals, activities | yes | yes | yes | – | – | yes |
| `enter_costs`: costs, budgets, revenue | – | yes | yes | yes | – | yes |
| `hand_over_leads`: give, accept or return a lead | yes | yes | yes | yes | – | yes |
| `agree_goals`: answer and agree goals of its own | yes | yes | yes | yes | – | yes |
| `set_targets`: propose goals to others, for the teams it sees | – | yes | yes | – | – | yes |
| `hold_reviews`: reviews, coaching, recognition | – | yes | yes | – | – | yes |
| `record_training`: programmes and who took part | – | yes | yes | – | – | yes |
| `manage_data`: load, undo, retry, connections, mappings | – | – | – | – | yes | yes |
| `manage_users`: invite, change roles, deactivate, erase | – | – | – | – | – | yes |
| `read_log`: the audit log | – | – | – | – | – | yes |
"""

_WRITING = frozenset(Permission) - _SEEING - _ADMIN
SCOPES: MappingProxyType[Scope, frozenset[Permission]] = MappingProxyType({"read": _SEEING, "write": _WRITING, "admin": _ADMIN})
"""What an API token's scopes leave of what its owner's role may do; one never adds to it."""

ROLE_NAMES = MappingProxyType(
    {
        "desk.role.rep": "Rep",
        "desk.role.manager": "Sales manager",
        "desk.role.leader": "Sales leader",
        "desk.role.marketing": "Marketing",
        "desk.role.analyst": "Analyst",
        "desk.role.admin": "Administrator",
    }
)


def permissions(role: str, scopes: Collection[str] | None = None) -> frozenset[Permission]:
    """What somebody with that role may do; with `scopes` what an API token of theirs may. Raises CallError on unknown words."""
    may = ROLES[as_role(role)]
    if scopes is None:
        return may
    return may & frozenset().union(*(SCOPES[as_scope(scope)] for scope in scopes))


def as_role(word: str) -> Role:
    """The role of that word. Raises CallError with the nearest right one."""
    for role in ROLES:
        if role == word:
            return role
    raise unknown("role", word, get_args(Role))


def as_scope(word: str) -> Scope:
    """The scope of that word. Raises CallError with the nearest right one."""
    for scope in SCOPES:
        if scope == word:
            return scope
    raise unknown("scope", word, get_args(Scope))


def role_name(role: Role, language: str = "en") -> str:
    """What a role is called, for people."""
    id = f"desk.role.{role}"
    return t(id, ROLE_NAMES[id], language)
