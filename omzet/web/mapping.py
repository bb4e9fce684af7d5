"""A mapping confirmed by eye: which column of a file is which of ours, as lists to choose from beside the text itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from omzet.errors import CallError
from omzet.model import TABLES

KEPT = ""
"""Chosen for a column that becomes none of ours: it is kept under its own name."""


@dataclass(frozen=True)
class Column:
    """A choice: a column or a text of the file, and what of ours it becomes. `field` is its name in the form."""

    field: str
    source: str
    chosen: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """The choices of one table that the file's rows become."""

    name: str
    columns: tuple[Column, ...]
    values: tuple[Column, ...]


@dataclass(frozen=True)
class Draft:
    """A mapping as text and as choices."""

    text: str
    tables: tuple[Rows, ...]


def draft_of(text: str) -> Draft:
    """The choices in a mapping's text; none when the text is not TOML, which the text field then lets the reader mend."""
    try:
        mapping = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return Draft(text, ())
    files = mapping.get("files", {})
    tables = []
    for number, rule in enumerate(mapping.get("rows", [])):
        headers = files.get(rule.get("file"), {}).get("headers", [])
        table = TABLES.get(rule.get("table", ""))
        if table is None or not headers:
            continue
        options = (KEPT, *(column.name for column in table.columns))
        first = {source: column for column, source in reversed(list(_sources(rule.get("columns", {}))))}
        columns = tuple(
            Column(f"column.{number}.{place}", header, first.get(header, KEPT), options) for place, header in enumerate(headers)
        )
        tables.append(Rows(f"{rule['table']}", columns, tuple(_values(number, rule.get("columns", {}), table))))
    return Draft(text, tuple(tables))


def written(text: str, form: Mapping[str, str]) -> str:
    """The mapping's text after a form: the text as typed, else the text with the choices put into it.

    Raises CallError when it isn't TOML.
    """
    typed = form.get("text", text).replace("\r\n", "\n")
    if typed.strip() != text.strip():
        return typed
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise CallError(f"The mapping is not readable as TOML: {error}") from None
    before = {column.field: column for rows in draft_of(text).tables for column in (*rows.columns, *rows.values)}
    for field, column in before.items():
        chosen = form.get(field, column.chosen)
        if chosen == column.chosen:
            continue
        kind, number, place = field.split(".", 2)
        columns: Any = document["rows"][int(number)]["columns"]
        if kind == "value":
            target, _, _ = place.partition(".")
            columns[target]["values"][column.source] = chosen
        else:
            _move(columns, column, chosen)
    return tomlkit.dumps(document)


def _move(columns: Any, column: Column, chosen: str) -> None:
    """Give the value of one of our columns to another, or take it away."""
    value: Any = column.source
    if column.chosen != KEPT:
        value = columns.pop(column.chosen)
    if chosen != KEPT:
        columns[chosen] = value


def _sources(columns: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Our columns that come from one column of the file."""
    for name, value in columns.items():
        source = value.get("column") if isinstance(value, dict) else value
        if isinstance(source, str):
            yield name, source


def _values(number: int, columns: Mapping[str, Any], table: Any) -> Iterator[Column]:
    """The texts of the file that stand for texts of ours, where ours are a closed list."""
    choices = {column.name: column.choices for column in table.columns}
    for name, value in columns.items():
        if isinstance(value, dict) and choices.get(name):
            for place, (source, chosen) in enumerate(value.get("values", {}).items()):
                yield Column(f"value.{number}.{name}.{place}", source, str(chosen), tuple(choices[name]))
