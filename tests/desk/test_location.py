"""Which database the setting `desk` means, and that a password never stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from omzet.desk.location import desk_url
from omzet.desk.store import open_desk
from omzet.errors import CallError
from omzet.settings import read_settings, write_settings


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("env:NOT_SET", "environment variable NOT_SET, which is empty"),
        ("keyring:", "keyring"),
        ("mysql://root@localhost/x", "not mysql"),
        ("somewhere", "no URL of a database"),
    ],
)
def test_a_setting_that_means_no_database_is_told(tmp_path: Path, where: str, told: str) -> None:
    with pytest.raises(CallError, match=told):
        open_desk(tmp_path, where)


def test_the_desk_is_a_file_of_the_workspace_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_URL", "postgres://omzet:hunter2@db.example.com/desk")
    write_settings(tmp_path, {})
    assert desk_url(tmp_path, read_settings(tmp_path).desk).database == str(tmp_path / "desk.sqlite")
    write_settings(tmp_path, {"desk": "env:DESK_URL"})
    url = desk_url(tmp_path, read_settings(tmp_path).desk)
    assert (url.drivername, url.host, url.password) == ("postgresql+psycopg", "db.example.com", "hunter2")


@pytest.mark.parametrize("value", ["", "sqlite", "env:X", "keyring:desk", "postgresql://omzet@/desk?host=/run/postgresql"])
def test_what_the_setting_may_be(tmp_path: Path, value: str) -> None:
    assert write_settings(tmp_path, {"desk": value}).desk == (value or "sqlite")


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://omzet:hunter2@db.example.com/desk",
        "postgres://omzet:hunter2/@db.example.com/desk",
        "postgresql://db.example.com/desk?user=omzet&password=hunter2",
        "sqlite:///hunter2",
        "env:",
    ],
)
def test_a_password_in_the_settings_is_refused_and_not_shown(tmp_path: Path, value: str) -> None:
    with pytest.raises(CallError, match="Setting desk: ") as raised:
        write_settings(tmp_path, {"desk": value})
    assert "hunter2" not in str(raised.value)
    assert not (tmp_path / "omzet.toml").exists()
