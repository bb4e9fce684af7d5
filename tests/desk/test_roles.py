"""What each role may do: the table that is documented is the one that holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from omzet.desk import roles
from omzet.desk.refusals import Refused, TooManyAttempts
from omzet.desk.roles import ROLE_NAMES, ROLES, SCOPES, Permission, Role, permissions, role_name
from omzet.errors import CallError


def documented() -> dict[str, set[str]]:
    """Permissions by role, as the table under `ROLES` tells them."""
    source = Path(roles.__file__).read_text(encoding="utf-8")
    heading, *lines = re.findall(r"^\| (.*) \|$", source.split('"""What each role may do.')[1], re.MULTILINE)
    named = heading.split(" | ")[1:]
    found: dict[str, set[str]] = {name: set() for name in named}
    for line in lines:
        about, *cells = line.split(" | ")
        for name, cell in zip(named, cells, strict=True):
            assert cell in ("yes", "–")
            found[name] |= {about.split("`")[1]} if cell == "yes" else set()
    return found


def test_the_table_is_what_holds() -> None:
    assert documented() == {role: {str(each) for each in ROLES[role]} for role in get_args(Role)}
    assert set(ROLES) == set(get_args(Role))
    assert set(ROLE_NAMES) == {f"desk.role.{role}" for role in ROLES}


def test_each_permission_is_in_exactly_one_scope() -> None:
    parts = list(SCOPES.values())
    assert frozenset().union(*parts) == frozenset(Permission)
    assert sum(len(part) for part in parts) == len(Permission)


def test_a_rep_sees_itself_a_manager_the_teams_and_marketing_no_names() -> None:
    assert Permission.SEE_NAMES not in permissions("rep")
    assert Permission.SEE_OWN_TEAMS in permissions("manager")
    assert Permission.SEE_ALL_ROWS not in permissions("manager")
    assert not permissions("marketing") & {Permission.SEE_NAMES, Permission.SEE_MONEY, Permission.SEE_ALL_ROWS}
    assert permissions("admin") == frozenset(Permission)


def test_scopes_only_take_away() -> None:
    for role in ROLES:
        assert permissions(role, list(SCOPES)) == permissions(role)
        assert permissions(role, []) == frozenset()
        for scope in SCOPES:
            assert permissions(role, [scope]) <= permissions(role)


def test_unknown_words_are_told() -> None:
    with pytest.raises(CallError, match="Did you mean 'leader'"):
        permissions("leder")
    with pytest.raises(CallError, match="Unknown scope"):
        permissions("rep", ["root"])


def test_roles_and_refusals_read_in_both_languages() -> None:
    assert (role_name("rep"), role_name("rep", "nl")) == ("Rep", "Verkoper")
    assert str(TooManyAttempts(30)) == "Too many attempts. Try again in 1 minute."
    assert TooManyAttempts(61).text("nl") == "Te veel pogingen. Probeer het over 2 minuten opnieuw."
    assert Refused("desk.absent", "x").text("nl") == "Dit is er niet meer. Misschien heeft iemand het verwijderd."
