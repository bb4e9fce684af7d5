"""Accounts from a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from omzet.desk.audit import read_log
from omzet.desk.links import read_link, use_link
from omzet.desk.store import open_desk
from omzet.desk.users import first_admin
from omzet.desk.writing import By
from omzet.workspace.create import create
from tests.cli.terminal import omzet

EMAIL, PASSWORD = "noor@noordlicht.example", "een lang wachtwoord 7"


@pytest.fixture
def company(tmp_path: Path) -> Path:
    create(tmp_path / "company", {"holidays": "none"})
    return tmp_path / "company"


def test_the_only_administrator_who_forgot_the_password_gets_a_link(company: Path) -> None:
    with open_desk(company) as desk:
        first_admin(desk, By(None, "system"), name="Noor", email=EMAIL, password=PASSWORD)
        done = omzet("link", "-w", company, EMAIL.upper())
        assert done.code == 0
        token = done.out.strip().rpartition("/welcome/")[2]
        assert read_link(desk, token).kind == "reset"
        use_link(desk, By(None), token, password="een ander wachtwoord 8")
        made = [line for line in read_log(desk, By(None, "cli")) if line.action == "reset_link_made"]
        assert [line.door for line in made] == ["cli"]


def test_an_unknown_account_is_answered_with_the_nearest(company: Path) -> None:
    assert "omzet serve" in omzet("link", "-w", company, EMAIL).err
    with open_desk(company) as desk:
        first_admin(desk, By(None, "system"), name="Noor", email=EMAIL, password=PASSWORD)
    done = omzet("link", "-w", company, "nor@noordlicht.example")
    assert done.code == 2
    assert f"Did you mean '{EMAIL}'" in done.err
