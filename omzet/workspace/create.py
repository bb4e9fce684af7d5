"""A new workspace: its settings and the folders a person fills."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from omzet.errors import CallError
from omzet.settings import FILE_NAME, Settings, write_settings

STORE_NAME = "history.duckdb"
MAPPINGS, METRICS = "mappings", "metrics"
DEMO_MARK = ".demo"
"""A file that tells the sample company's workspace from a real one: there one click signs in."""

READ_ME = {
    MAPPINGS: "Mapping files (*.toml): how the columns of a file become Omzet's tables.\n"
    "`omzet mapping suggest FILE` writes a draft to put here.\n",
    METRICS: "Your own metrics (*.yaml), written like those that Omzet ships. `omzet metrics` lists them all.\n",
}


def create(folder: Path, values: Mapping[str, str]) -> Settings:
    """Make a workspace in `folder` (new, or without one) with the settings `values`; what they are.

    Raises CallError when there is a workspace already, or when a setting is wrong: nothing is made then.
    """
    if (folder / FILE_NAME).exists():
        raise CallError(f"{folder} is a workspace already. To change a setting, edit {folder / FILE_NAME}.")
    if folder.exists() and not folder.is_dir():
        raise CallError(f"{folder} is a file. Name a folder for the workspace.")
    try:
        settings = write_settings(folder, values)
        for name, text in READ_ME.items():
            (folder / name).mkdir(exist_ok=True)
            (folder / name / "README.txt").write_text(text, encoding="utf-8")
    except OSError as error:
        raise CallError(f"{folder} can't be made: {error.strerror}.") from error
    return settings


def workspace_folder(path: Path) -> Path:
    """`path` when it is a workspace. Raises CallError otherwise."""
    if not (path / FILE_NAME).is_file():
        if not path.exists():
            raise CallError(f"There is no folder {path}. Make a workspace there with: omzet init {path}")
        raise CallError(f"{path} is no workspace: it has no {FILE_NAME}. Make one with: omzet init {path}")
    return path.resolve()
