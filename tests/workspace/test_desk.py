"""The workspace's desk, and what each role may see by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omzet.desk.roles import ROLES, Role, permissions
from omzet.desk.users import first_admin
from omzet.desk.writing import By
from omzet.errors import StoreError
from omzet.metrics.access import Access
from omzet.settings import write_settings
from omzet.workspace import Workspace, open_workspace, serve_workspace
from omzet.workspace.create import create
from omzet.workspace.desk import WorkspaceDesk, access_by, people, sees_single_deals
from tests.companies import write_company


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Workspace]:
    create(tmp_path / "company", {"holidays": "none"})
    with serve_workspace(tmp_path / "company") as workspace:
        workspace.load(write_company(tmp_path / "tables"))
        yield workspace


def access(workspace: Workspace, role: Role, person: str | None = None) -> Access:
    return access_by(workspace, permissions(role), person)


def test_a_desk_is_made_when_it_is_needed_and_not_by_asking(company: Workspace) -> None:
    desk = WorkspaceDesk(company)
    assert not desk.has_users()
    assert not (company.path / "desk.sqlite").exists()
    first_admin(desk.open(), By(None, "system"), name="Noor", email="noor@x.example", password="een lang wachtwoord 7")
    assert desk.has_users()
    desk.close()
    assert WorkspaceDesk(company).has_users()


def test_who_leads_or_looks_after_the_data_sees_everything(company: Workspace) -> None:
    for role in ("leader", "analyst", "admin"):
        assert access(company, role) == Access()
        assert sees_single_deals(company, permissions(role))


def test_marketing_sees_every_row_without_names_and_money_and_deals_only_added_up(company: Workspace) -> None:
    assert access(company, "marketing") == Access(names=frozenset(), money=False)
    assert not sees_single_deals(company, permissions("marketing"))


def test_a_rep_sees_the_own_rows_and_who_is_nobody_there_sees_none(company: Workspace) -> None:
    key = people(company)[0].key
    own = access(company, "rep", key)
    assert own.conditions[0].values == (key,)
    assert own.money
    nobody = access(company, "rep")
    assert company.query("won_count", access=nobody).rows[0]["won_count"] == 0


def test_a_token_that_reads_nothing_sees_nothing_whatever_the_role(company: Workspace) -> None:
    for everyone in ("teams", "everyone"):
        write_settings(company.path, {"access": everyone})
        writing = access_by(company, permissions("admin", ["write"]), None)
        assert company.query("won_count", access=writing).rows[0]["won_count"] == 0
        assert not writing.money
        assert not sees_single_deals(company, permissions("admin", ["write"]))


def test_where_all_see_all_they_do(company: Workspace) -> None:
    write_settings(company.path, {"access": "everyone"})
    for role in ROLES:
        assert access(company, role) == Access()
        assert sees_single_deals(company, permissions(role))


def test_only_the_process_that_serves_can_tell(tmp_path: Path) -> None:
    create(tmp_path / "company", {"holidays": "none"})
    with pytest.raises(StoreError, match="serves the workspace"):
        access(open_workspace(tmp_path / "company"), "rep")
