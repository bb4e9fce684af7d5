"""The built front end holds what the pages use, and nothing more."""

from __future__ import annotations

import json
import re
from pathlib import Path

from omzet.web import front

WEB = Path(front.__file__).parent
ICONS = set(json.loads((WEB / "frontend" / "icons.json").read_text(encoding="utf-8")))
WORDS = re.compile(r"""["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")


def test_every_icon_is_used_and_every_icon_used_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*WEB.glob("*.py"), *WEB.glob("templates/*.html"))]
    words = {word for text in texts for word in WORDS.findall(text)}
    called = {name for text in texts for name in re.findall(r"""icon\(["\']([a-z0-9-]+)["\']""", text)}
    assert called <= ICONS
    assert words >= ICONS
    assert set(front.icons()) == ICONS


def test_packages_are_pinned_exactly_and_the_lock_names_no_registry() -> None:
    package = json.loads((WEB / "frontend" / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())
    lock = json.loads((WEB / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    hosts = {entry["resolved"] for entry in lock["packages"].values() if "resolved" in entry}
    assert all(host.startswith("https://registry.npmjs.org/") for host in hosts)


def test_built_files_carry_their_content_in_their_name() -> None:
    assert {"omzet.js", "app.css", "font"} <= set(front.manifest())
    assert all("-" in name for name in front.manifest().values())
