"""A load that is killed at any moment leaves the last complete state, and can simply be repeated."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create
from omzet.workspace.lock import read_holder
from tests.companies import write_company, write_deals

LOAD = "import sys, omzet; omzet.open(sys.argv[1]).load(sys.argv[2])"
EACH = 3000


def state(workspace: Workspace) -> tuple[int, int]:
    """Deals in the facts and loads in the book: both come with a load or neither."""
    answer = workspace.query("won_count", as_of="2026-12-31")
    return int(answer.rows[0]["won_count"]), len(workspace.loads())


def killed_load(folder: Path, file: Path, moment: float) -> int:
    """Start a load and kill it `moment` seconds after it took the lock; its exit code."""
    process = subprocess.Popen([sys.executable, "-c", LOAD, folder, file])
    while process.poll() is None and not ((holder := read_holder(folder)) and holder.pid == process.pid):
        time.sleep(0.002)
    time.sleep(moment)
    process.kill()
    return process.wait()


def kill_many(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(20)
    folder = tmp_path / "company"
    create(folder, {"holidays": "none"})
    workspace = open_workspace(folder)
    workspace.load(write_company(tmp_path / "tables"))
    begun = time.monotonic()
    workspace.load(write_deals(tmp_path / "first.csv", EACH))
    longest = time.monotonic() - begun
    before = state(workspace)
    cut_short = 0
    for number in range(1, rounds + 1):
        file = write_deals(tmp_path / "more.csv", EACH, first=1 + EACH * number)
        code = killed_load(folder, file, chance.uniform(0, longest * 1.2))
        after = state(workspace)
        whole = (before[0] + EACH, before[1] + 1)
        assert after in (before, whole), f"round {number}"
        cut_short += after == before
        assert code in (0, -9)
        if after == before:
            workspace.load(file)
            after = state(workspace)
            assert after == whole
        before = after
    assert cut_short > 0


def test_a_few_loads_killed_at_random_moments(tmp_path: Path) -> None:
    kill_many(tmp_path, 8)


@pytest.mark.long
def test_fifty_loads_killed_at_random_moments(tmp_path: Path) -> None:
    kill_many(tmp_path, 50)
