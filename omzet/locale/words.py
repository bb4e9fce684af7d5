"""Texts by id in the reader's language, English where that has none.

The English text stands at the place of use: `t("overview.title", "Overview", language)`. Another language is a folder
of TOML files here; the name of a file is the first word of its ids, so `overview.title` in Dutch is `title` in
`nl/overview.toml`, and `charts.bars.booked` is `booked` under `[bars]` in `nl/charts.toml`. What is too much for one file
is a folder of that name, such as `nl/metrics/`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

DEFAULT_LANGUAGE = "en"
FOLDER = Path(__file__).parent
FORMS = " | "
"""Between the text for one and the text for any other number."""
_MARKS = {"en": ",.", "nl": ".,"}


@cache
def languages() -> tuple[str, ...]:
    """The languages there are, English first: one for each folder with texts beside this file."""
    others = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir() and any(folder.glob("*.toml")))
    return (DEFAULT_LANGUAGE, *(each for each in others if each != DEFAULT_LANGUAGE))


@dataclass(frozen=True)
class Words:
    """All texts of one language by id."""

    language: str
    texts: MappingProxyType[str, str]

    def t(self, id: str, english: str = "", /, **values: object) -> str:
        """The text of that id, `english` where the language has none, with `{name}` filled from `values`.

        Without values the blanks stay open. A text with `{n}` may hold two forms, `{n} deal | {n} deals`: the first is
        for exactly 1. Whole numbers get the thousands mark of the language, so pass a year as text; other values show as
        they are.
        """
        return self.fill(self.texts.get(id, english or id), values)

    __call__ = t

    def fill(self, text: str, values: dict[str, Any]) -> str:
        """`text` with the right form chosen and its blanks filled; as it is without values."""
        if not values:
            return text
        if "n" in values and FORMS in text:
            one, other = text.split(FORMS, 1)
            text = one if values["n"] in (1, "1") else other
        return text.format_map({name: self._written(value) for name, value in values.items()})

    def _written(self, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            text = f"{abs(value):,}".replace(",", _MARKS.get(self.language, ",.")[0])
            return f"−{text}" if value < 0 else text
        return value


@cache
def words(language: str) -> Words:
    """The texts of a language, read once. A language that isn't there has none, so everything shows in English."""
    texts: dict[str, str] = {}
    if language in languages():
        folder = FOLDER / language
        for path in sorted(folder.rglob("*.toml")):
            with path.open("rb") as file:
                _collect(path.relative_to(folder).parts[0].removesuffix(".toml"), tomllib.load(file), texts)
    return Words(language, MappingProxyType(texts))


def t(id: str, english: str, language: str = DEFAULT_LANGUAGE, /, **values: object) -> str:
    """The text of an id in a language, `english` where it has none; see `Words.t`."""
    return words(language).t(id, english, **values)


def _collect(prefix: str, given: dict[str, Any], texts: dict[str, str]) -> None:
    for key, value in given.items():
        if isinstance(value, dict):
            _collect(f"{prefix}.{key}", value, texts)
        else:
            texts[f"{prefix}.{key}"] = str(value)
