"""Two public sets, loaded once for all tests of a worker. They stand beside the project, in ../shared/data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import omzet
from omzet.history.report import LoadReport
from omzet.workspace import Workspace
from omzet.workspace.create import create

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def found(name: str) -> Path:
    """The folder of a set; without it the test is skipped, or fails in CI."""
    folder = DATA / name
    if folder.is_dir():
        return folder
    if os.environ.get("CI") == "true":
        pytest.fail(f"{folder} is not there: in CI the real sets may not be skipped.")
    pytest.skip(f"SKIPPED: {folder} is not there, so the figures of the real set {name} are not checked.")


def opened(folder: Path, data: Path) -> tuple[Workspace, LoadReport]:
    create(folder, {"holidays": "none", "locale": "en"})
    workspace = omzet.open(folder)
    workspace.own()
    return workspace, workspace.load([data])


@pytest.fixture(scope="session")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, LoadReport, Path]]:
    data = found("maven-crm")
    workspace, report = opened(tmp_path_factory.mktemp("maven") / "company", data)
    yield workspace, report, data
    workspace.close()


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, LoadReport, Path]]:
    data = found("bpic2012")
    workspace, report = opened(tmp_path_factory.mktemp("bank") / "company", data)
    yield workspace, report, data
    workspace.close()
