"""One file that holds a whole workspace."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import URL

from omzet.desk.audit import read_log
from omzet.desk.store import open_desk
from omzet.desk.users import first_admin, list_users
from omzet.desk.writing import By
from omzet.errors import CallError, OmzetError
from omzet.settings import read_settings, write_settings
from omzet.workspace import Workspace, open_workspace, serve_workspace
from omzet.workspace.backup import MANIFEST, restore, verify
from omzet.workspace.create import create
from tests.companies import write_company


@pytest.fixture
def company(tmp_path: Path) -> Path:
    folder = tmp_path / "company"
    create(folder, {"currency": "USD", "holidays": "none"})
    (folder / "mappings" / "crm.txt").write_text("a note", encoding="utf-8")
    open_workspace(folder).load(write_company(tmp_path / "tables"))
    return folder


def test_a_restored_workspace_answers_the_same(company: Path, tmp_path: Path) -> None:
    before = open_workspace(company)
    archive = before.backup(tmp_path / "saved" / "company.zip")
    after = Workspace.restore(archive, tmp_path / "again")
    assert after.settings == before.settings
    assert after.revision() == before.revision()
    assert after.query("won_count", as_of="2026-12-31").rows == before.query("won_count", as_of="2026-12-31").rows
    assert (tmp_path / "again" / "mappings" / "crm.txt").read_text(encoding="utf-8") == "a note"


def test_a_backup_while_a_server_runs_holds_what_was_committed(company: Path, tmp_path: Path) -> None:
    with serve_workspace(company) as serving:
        archive = open_workspace(company).backup(tmp_path / "company.zip")
        revision = serving.revision()
    assert Workspace.restore(archive, tmp_path / "again").revision() == revision


def test_a_folder_gets_a_file_named_after_workspace_and_moment(company: Path, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    archive = open_workspace(company).backup(tmp_path / "saved")
    assert archive.parent == tmp_path / "saved"
    assert archive.name.startswith("company-2")
    assert list((tmp_path / "saved").iterdir()) == [archive]
    assert verify(archive)["files"].keys() >= {"omzet.toml", "history.duckdb"}


def test_what_a_killed_backup_left_is_cleared_away(company: Path, tmp_path: Path) -> None:
    old, new = company / ".backup-old", company / ".backup-new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    open_workspace(company).backup(tmp_path / "company.zip")
    assert not old.exists()
    assert new.exists()


def test_nothing_is_overwritten(company: Path, tmp_path: Path) -> None:
    archive = open_workspace(company).backup(tmp_path / "company.zip")
    with pytest.raises(CallError, match="exists already"):
        open_workspace(company).backup(archive)
    with pytest.raises(CallError, match="not empty"):
        restore(archive, company)
    restore(archive, tmp_path / "empty")
    with pytest.raises(CallError, match="not empty"):
        restore(archive, tmp_path / "empty")


def test_a_damaged_archive_is_found_out_and_not_restored(company: Path, tmp_path: Path) -> None:
    archive = open_workspace(company).backup(tmp_path / "company.zip")
    damaged = tmp_path / "damaged.zip"
    content = bytearray(archive.read_bytes())
    content[len(content) // 3] ^= 0xFF
    damaged.write_bytes(content)
    with pytest.raises(OmzetError, match=r"damaged\.zip"):
        verify(damaged)
    with pytest.raises(OmzetError, match=r"damaged\.zip"):
        restore(damaged, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("content", [b"", b"no archive at all"])
def test_what_is_no_archive_is_said_so(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file.zip").write_bytes(content)
    with pytest.raises(OmzetError, match="no readable backup"):
        verify(tmp_path / "file.zip")


def test_a_file_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="no file"):
        verify(tmp_path / "gone.zip")


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd", "mappings/../../outside.txt", "anything.txt"])
def test_an_archive_cannot_write_outside_its_folder(name: str, tmp_path: Path) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(name, "x")
        opened.writestr(MANIFEST, json.dumps({"format": 1, "omzet": "0", "made_at": "", "files": {name: {}, "omzet.toml": {}}}))
    with pytest.raises(OmzetError, match="no file of a workspace"):
        restore(archive, tmp_path / "again")
    assert not (tmp_path / "outside.txt").exists()


def test_an_archive_of_a_newer_omzet_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "newer.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(MANIFEST, json.dumps({"format": 99, "omzet": "9.0", "made_at": "", "files": {}}))
    with pytest.raises(OmzetError, match="newer Omzet"):
        verify(archive)


def test_the_desk_comes_back_with_its_accounts_and_its_log(company: Path, tmp_path: Path) -> None:
    by = By(None, "system")
    with open_desk(company) as desk:
        first_admin(desk, by, name="Noor", email="noor@noordlicht.example", password="een lang wachtwoord 7")
        archive = open_workspace(company).backup(tmp_path / "company.zip")
        Workspace.restore(archive, tmp_path / "again")
        with open_desk(tmp_path / "again") as restored:
            assert list_users(restored, by) == list_users(desk, by)
            assert read_log(restored, by) == read_log(desk, by)
    assert (tmp_path / "again" / "desk.sqlite").stat().st_mode & 0o077 == 0


def test_a_desk_in_another_database_comes_back_as_a_file(company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_desk(tmp_path) as elsewhere:
        first_admin(elsewhere, By(None, "system"), name="Noor", email="noor@x.example", password="een lang wachtwoord 7")

    def url(folder: Path, where: str) -> URL:
        return URL.create("sqlite", database=str((tmp_path if where == "env:DESK" else folder) / "desk.sqlite"))

    monkeypatch.setattr("omzet.desk.store.desk_url", url)
    write_settings(company, {"desk": "env:DESK"})
    Workspace.restore(open_workspace(company).backup(tmp_path / "company.zip"), tmp_path / "again")
    assert read_settings(tmp_path / "again").desk == "sqlite"
    with open_desk(tmp_path / "again") as restored:
        assert [user.name for user in list_users(restored, By(None, "system"))] == ["Noor"]
