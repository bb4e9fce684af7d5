"""The schema page and the Dutch meanings follow the declarations."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from omzet.locale import languages, words
from omzet.model import TABLES
from omzet.model.page import TEXTS, schema_page
from omzet.model.table import EVERY_ROW

ENGLISH = (
    {f"model.{table.name}.table": table.meaning for table in TABLES.values()}
    | {
        f"model.{table.name}.{column.name}": column.meaning
        for table in TABLES.values()
        for column in table.columns
        if column not in EVERY_ROW
    }
    | {f"model.every.{column.name}": column.meaning for column in EVERY_ROW}
    | TEXTS
)
OTHERS = [language for language in languages() if language != "en"]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_table_and_column_has_a_meaning_in_every_language_and_none_is_left_over(language: str) -> None:
    there = {id for id in words(language).texts if id.startswith("model.")}
    assert sorted(set(ENGLISH) - there) == []
    assert sorted(there - set(ENGLISH)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_meaning_has_the_blanks_of_the_english_one_and_no_stop_the_english_lacks(language: str) -> None:
    for id, english in ENGLISH.items():
        text = words(language).texts[id]
        assert blanks(text) == blanks(english), id
        assert text.endswith(".") == english.endswith("."), id


def test_no_column_is_called_as_the_key_of_a_tables_own_meaning() -> None:
    assert not [table.name for table in TABLES.values() if "table" in table.names]
    assert not {"every", "page", "kind"} & set(TABLES)


def test_the_schema_page_in_docs_is_what_the_model_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "schema.md"
    assert page.read_text(encoding="utf-8") == schema_page(), "run: python -m omzet.model.page > docs/schema.md"
