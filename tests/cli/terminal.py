"""The command line as a person or a script meets it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OMZET = [sys.executable, "-m", "omzet"]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """This process's environment, where `omzet` is this copy's from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1", **more}


def omzet(*words: str | Path, cwd: Path | None = None, **more: str) -> Done:
    """Run `omzet` with these words."""
    done = subprocess.run(
        [*OMZET, *map(str, words)], capture_output=True, text=True, check=False, timeout=120, cwd=cwd, env=environment(**more)
    )
    return Done(done.returncode, done.stdout, done.stderr)
