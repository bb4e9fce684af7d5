"""A new workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from omzet.errors import CallError
from omzet.workspace.create import create, workspace_folder


def test_a_workspace_has_its_settings_and_folders_to_fill(tmp_path: Path) -> None:
    settings = create(tmp_path / "our-company", {"currency": "USD", "holidays": "none"})
    assert (settings.name, settings.currency, settings.holidays) == ("our-company", "USD", "none")
    assert workspace_folder(tmp_path / "our-company") == tmp_path.resolve() / "our-company"
    assert {path.name for path in (tmp_path / "our-company").iterdir()} == {"omzet.toml", "mappings", "metrics"}


def test_a_wrong_setting_makes_nothing_and_names_the_right_word(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="currency"):
        create(tmp_path / "new", {"curency": "USD"})
    assert not (tmp_path / "new").exists()


def test_a_workspace_is_never_made_over_another(tmp_path: Path) -> None:
    create(tmp_path / "one", {})
    with pytest.raises(CallError, match="a workspace already"):
        create(tmp_path / "one", {"currency": "USD"})


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="omzet init"):
        workspace_folder(tmp_path)
    with pytest.raises(CallError, match="no folder"):
        workspace_folder(tmp_path / "nowhere")
