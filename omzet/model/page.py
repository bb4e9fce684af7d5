"""The schema page of the docs, written from the declarations: `python -m omzet.model.page > docs/schema.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from omzet.locale import languages, t
from omzet.model import CHANGE_TABLES, TABLES, Column, Kind, Table
from omzet.model.table import EVERY_ROW

TITLES = {"en": "English", "nl": "Nederlands"}

TEXTS = {
    "model.page.introduction": (
        "What a source produces and what `omzet load` takes as `<table>.csv`, as a sheet of an `.xlsx` or as "
        "`<table>.parquet` with these headers. Columns in bold are required; any other may be missing or empty. Unknown "
        "columns are kept as attributes and serve as dimensions and filters."
    ),
    "model.page.rules": (
        "Ids are text and unique within one connection. An instant (`_at`) carries its zone; one without is read in the "
        "connection's zone, else the company's. A bare date there is that local day: its end for a close, else its "
        "start. A day (`_on`) is a local date; `to_on`, `ends_on` and `ended_on` name the last day, included."
    ),
    "model.page.key": "Key: {columns}.",
    "model.page.one_of": "At least one is given of {columns}.",
    "model.page.parent": "Each load replaces the rows of one `{parent}` as a set.",
    "model.page.lines": "Without `line_id` each load replaces the rows of one `{parent}` as a set.",
    "model.page.changes": "Tells of the rows of `{table}`.",
    "model.page.every": "Columns of every table",
    "model.page.column": "column",
    "model.page.kind": "kind",
    "model.page.meaning": "meaning",
    "model.page.others": "or another text",
    "model.kind.text": "text",
    "model.kind.id": "id",
    "model.kind.reference": "reference to `{table}`",
    "model.kind.instant": "instant",
    "model.kind.day": "day",
    "model.kind.money": "money",
    "model.kind.number": "number",
    "model.kind.share": "fraction",
    "model.kind.integer": "whole number",
    "model.kind.seconds": "whole seconds",
    "model.kind.flag": "true or false",
}
"""The English texts of this page by id."""


def meaning_of_table(table: Table, language: str) -> str:
    """What a table holds, in the reader's language."""
    return t(f"model.{table.name}.table", table.meaning, language)


def meaning_of_column(table: Table, column: Column, language: str) -> str:
    """What a column means, in the reader's language. The columns that every table takes are told once for all."""
    place = "every" if column in EVERY_ROW else table.name
    return t(f"model.{place}.{column.name}", column.meaning, language)


def schema_page() -> str:
    """The whole page in Markdown, one part a language."""
    lines = ["# Canonical tables", "", "Written from `omzet/model` by `python -m omzet.model.page > docs/schema.md`.", ""]
    lines += [f"- [{_title(language)}](#{_title(language).lower()})" for language in languages()]
    for language in languages():
        lines += ["", f"## {_title(language)}", "", _say("introduction", language), "", _say("rules", language)]
        for table in TABLES.values():
            own = [column for column in table.columns if column not in EVERY_ROW]
            lines += ["", f"### `{table.name}`", "", _about(table, language), "", *_rows(table, own, language)]
        lines += ["", f"### {_say('every', language)}", "", *_rows(table, EVERY_ROW, language)]
    return "\n".join(lines) + "\n"


def _about(table: Table, language: str) -> str:
    sentences = [f"{meaning_of_table(table, language)}.", _say("key", language, columns=_names(table.key))]
    if table.one_of:
        sentences.append(_say("one_of", language, columns=_names(table.one_of)))
    if table.parent:
        always = table.parent in table.key
        sentences.append(_say("parent" if always else "lines", language, parent=table.parent))
    if table.name in CHANGE_TABLES:
        sentences.append(_say("changes", language, table=CHANGE_TABLES[table.name]))
    return " ".join(sentences)


def _rows(table: Table, columns: Iterable[Column], language: str) -> list[str]:
    lines = ["| " + " | ".join(_say(head, language) for head in ("column", "kind", "meaning")) + " |", "|---|---|---|"]
    for column in columns:
        name = f"**`{column.name}`**" if column.required else f"`{column.name}`"
        lines.append(f"| {name} | {_kind(column, language)} | {meaning_of_column(table, column, language)} |")
    return lines


def _kind(column: Column, language: str) -> str:
    id = f"model.kind.{column.kind.value}"
    if column.kind is Kind.REFERENCE:
        return t(id, TEXTS[id], language, table=column.refers_to)
    if column.kind is Kind.CHOICE:
        choices = _names(column.choices)
        return f"{choices}, {_say('others', language)}" if column.open_choices else choices
    return t(id, TEXTS[id], language)


def _say(name: str, language: str, **values: object) -> str:
    id = f"model.page.{name}"
    return t(id, TEXTS[id], language, **values)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _title(language: str) -> str:
    return TITLES.get(language, language)


if __name__ == "__main__":
    sys.stdout.write(schema_page())
