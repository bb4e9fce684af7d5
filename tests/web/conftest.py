"""Real workspaces, served by the real application."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from omzet.metrics.calendar import Calendar
from omzet.web import front
from omzet.web.app import create_app
from omzet.workspace import Workspace, serve_workspace
from omzet.workspace.create import create
from tests.desk.conftest import new_database, server
from tests.web.cast import MANAGED, MANAGERS
from tests.web.company import write_company
from tests.web.serving import Served, serving

__all__ = ["new_database", "server"]


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Pages need their script and style. `scripts/setup` builds them."""
    assert front.STATIC.joinpath("manifest.json").exists(), "the front end is not built: python hatch_build.py"


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the company, loaded once; copied by those who change it."""
    folder = tmp_path_factory.mktemp("company") / "noordlicht"
    create(folder, {"name": "Noordlicht", "holidays": "none"})
    with serve_workspace(folder) as workspace:
        today = Calendar(workspace.settings).today()
        report = workspace.load(write_company(folder.parent / "tables", today), connection="crm")
        assert report.set_aside == 0
    return folder


@pytest.fixture
def workspace(loaded: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The company's workspace, free to be changed."""
    folder = tmp_path / "noordlicht"
    shutil.copytree(loaded, folder)
    with serve_workspace(folder) as found:
        yield found


@pytest.fixture(scope="session")
def lasting(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The company's workspace, only read from."""
    folder = tmp_path_factory.mktemp("read") / "noordlicht"
    shutil.copytree(loaded, folder)
    with serve_workspace(folder) as found:
        yield found


@pytest.fixture(scope="session")
def client(lasting: Workspace) -> Iterator[TestClient]:
    """Someone on this machine who reads."""
    with browser_of(lasting) as found:
        yield found


@pytest.fixture
def writer(workspace: Workspace) -> Iterator[TestClient]:
    """Someone on this machine who changes data."""
    with browser_of(workspace) as found:
        yield found


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace without data."""
    folder = tmp_path / "empty"
    create(folder, {"name": "Leeg"})
    with serve_workspace(folder) as found:
        yield found


@pytest.fixture
def served(workspace: Workspace) -> Iterator[Served]:
    """The company's workspace on a port of its own."""
    with serving(workspace) as found:
        yield found


def browser_of(workspace: Workspace) -> TestClient:
    return TestClient(create_app(workspace), base_url="http://localhost", client=("127.0.0.1", 50000))


@pytest.fixture
def managed(workspace: Workspace, tmp_path: Path) -> Workspace:
    """The company with a manager of the team of two reps."""
    folder = tmp_path / "managers"
    folder.mkdir()
    (folder / "teams.csv").write_text(MANAGED)
    (folder / "people.csv").write_text(MANAGERS)
    assert workspace.load(folder, connection="crm").set_aside == 0
    return workspace
