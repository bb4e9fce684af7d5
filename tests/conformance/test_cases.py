"""The hand-checked companies, asked through the command line exactly as `run.py` does it anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "cases").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES)
def test_every_answer_of_the_case_holds(case: str) -> None:
    command = f"{sys.executable} -m omzet"
    done = subprocess.run(
        [sys.executable, HERE / "run.py", "--omzet", command, case], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
