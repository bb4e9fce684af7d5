"""The sample company, loaded once for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omzet.sources.sample import write_sample
from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create
from tests.metrics.ledger import Ledger
from tests.sources.sampled import TODAY, read_tables


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, today=TODAY)
    return folder


@pytest.fixture(scope="session")
def sample(sample_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("company") / "company"
    create(folder, {"holidays": "NL"})
    workspace = open_workspace(folder)
    workspace.own()
    report = workspace.load(sample_files)
    assert report.set_aside == 0
    yield workspace
    workspace.close()


@pytest.fixture(scope="session")
def now(sample_files: Path) -> Ledger:
    return Ledger(read_tables(sample_files), TODAY)
