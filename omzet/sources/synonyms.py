"""Words that exports use for canonical tables, columns and values (synonyms.toml), to draft a mapping by."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Synonyms:
    """Words, compared plainly: `tables` that speak for a table, `headers` by table and column with the most telling first,
    `values` by table, column and canonical value, and the texts that stand for nothing."""

    tables: dict[str, frozenset[str]]
    headers: dict[str, dict[str, list[str]]]
    values: dict[str, dict[str, dict[str, list[str]]]]
    empty: frozenset[str]

    def meaning(self, table: str, column: str, text: str) -> str | None:
        """The canonical value that a text means in a column, None when it isn't known."""
        word = plain(text)
        choices = self.values.get(table, {}).get(column, {})
        return next((value for value, words in choices.items() if word == plain(value) or word in words), None)

    def choices(self, table: str, column: str) -> tuple[str, ...]:
        """The canonical values of a column that texts are known for."""
        return tuple(self.values.get(table, {}).get(column, ()))


@cache
def synonyms() -> Synonyms:
    """The words that come with Omzet."""
    document = tomllib.loads((resources.files("omzet.sources") / "synonyms.toml").read_text(encoding="utf-8"))
    return Synonyms(
        {table: frozenset(words) for table, words in document["tables"].items()},
        {
            table: {column: [plain(column), *map(plain, words)] for column, words in columns.items()}
            for table, columns in document["headers"].items()
        },
        {
            table: {
                column: {value: [*map(plain, words)] for value, words in values.items()} for column, values in columns.items()
            }
            for table, columns in document["values"].items()
        },
        frozenset(document["empty"]),
    )


def plain(text: str) -> str:
    """A text without accents, capitals and punctuation, as words are compared."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", letters.lower()).strip()
