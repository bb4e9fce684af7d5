"""Small companies written by hand, as CSV texts by table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create


def company(folder: Path, tables: Mapping[str, str], **settings: Any) -> Workspace:
    """An owned workspace that has these tables loaded; every row must be usable."""
    files = folder / "files"
    files.mkdir(parents=True)
    for name, text in tables.items():
        (files / f"{name}.csv").write_text(text.strip() + "\n", encoding="utf-8")
    create(folder / "company", {"holidays": "none", **settings})
    workspace = open_workspace(folder / "company")
    workspace.own()
    assert workspace.load(files).set_aside == 0
    return workspace
