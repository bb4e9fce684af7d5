"""The words people read. English stands beside each declaration; every other language is a folder here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

DEFAULT_LANGUAGE = "en"


@cache
def languages() -> tuple[str, ...]:
    """The languages there are, English first: one for each folder with texts beside this file."""
    here = Path(__file__).parent
    others = sorted(folder.name for folder in here.iterdir() if folder.is_dir() and any(folder.glob("*.toml")))
    return (DEFAULT_LANGUAGE, *(each for each in others if each != DEFAULT_LANGUAGE))


__all__ = ["DEFAULT_LANGUAGE", "languages"]
