"""The built front end: which file is which, and the icons that go into the page."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from markupsafe import Markup

from omzet.errors import OmzetError

STATIC = Path(__file__).parent / "static"


@cache
def manifest() -> dict[str, str]:
    """The built file of each asset (`omzet.js`, `app.css`, `font`). Raises OmzetError when nothing was built."""
    return _read("manifest.json")


@cache
def icons() -> dict[str, str]:
    """The inside of each icon's SVG, by name."""
    return _read("icons.json")


def asset(name: str) -> str:
    """The address of an asset; it changes with its content, so that it can be kept for ever."""
    return f"/static/{manifest()[name]}"


def icon(name: str, classes: str = "", *, shown_for: str = "", word: str = "", hidden: bool = False) -> Markup:
    """An icon as inline SVG, silent to screen readers. Only those in `frontend/icons.json` exist."""
    marks = f' data-for="{shown_for}" data-word="{Markup.escape(word)}"' if shown_for else ""
    drawing = icons()[name]
    kind = f"ico {classes}".strip()
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 24 24" aria-hidden="true"{marks}{" hidden" if hidden else ""}>{drawing}</svg>'
    )


def _read(name: str) -> dict[str, str]:
    path = STATIC / name
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OmzetError(f"The front end has not been built: {path} is missing. Run: python hatch_build.py") from None
    return found
