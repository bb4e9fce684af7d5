"""A mapping confirmed by eye: which column of a file is which of ours, as lists to choose from beside the text itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from omzet.errors import CallError
from omzet.model import TABLES

KEPT = ""
"""Chosen for a column that becomes none of ours: it is kept under its own name."""

EXAMPLE, GUESSED = "for example ", "guessed: "
"""How a draft begins the values it found in a column, and those whose meaning it guessed."""


@dataclass(frozen=True)
class Column:
    """A choice: a column or a text of the file, and what of ours it becomes. `field` is its name in the form.

    `example` are values of the file, `unsure` says that the draft only guessed, and `of` names the column of a text.
    """

    field: str
    source: str
    chosen: str
    options: tuple[str, ...]
    example: str = ""
    unsure: bool = False
    of: str = ""


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
    notes = _notes(text)
    for number, rule in enumerate(mapping.get("rows", [])):
        headers = files.get(rule.get("file"), {}).get("headers", [])
        table = TABLES.get(rule.get("table", ""))
        if table is None or not headers:
            continue
        options = (KEPT, *(column.name for column in table.columns))
        first = {source: column for column, source in reversed(list(_sources(rule.get("columns", {}))))}
        columns = []
        for place, header in enumerate(headers):
            chosen = first.get(header, KEPT)
            comment, unsure = notes.get((number, chosen), ("", False))
            example = comment.removeprefix(EXAMPLE) if comment.startswith(EXAMPLE) else ""
            if chosen != KEPT or not rule.get("distinct"):
                columns.append(Column(f"column.{number}.{place}", header, chosen, options, example, unsure))
        tables.append(Rows(f"{rule['table']}", tuple(columns), tuple(_values(number, rule.get("columns", {}), table, notes))))
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


def _values(
    number: int, columns: Mapping[str, Any], table: Any, notes: Mapping[tuple[int, str], tuple[str, bool]]
) -> Iterator[Column]:
    """The texts of the file that stand for texts of ours, where ours are a closed list."""
    choices = {column.name: column.choices for column in table.columns}
    for name, value in columns.items():
        if isinstance(value, dict) and choices.get(name):
            comment, unsure = notes.get((number, name), ("", False))
            guessed = comment.removeprefix(GUESSED).removesuffix("; check").split(", ") if comment.startswith(GUESSED) else None
            for place, (source, chosen) in enumerate(value.get("values", {}).items()):
                doubt = unsure if guessed is None else source in guessed
                field = f"value.{number}.{name}.{place}"
                yield Column(field, source, str(chosen), tuple(choices[name]), unsure=doubt, of=str(value.get("column", "")))


def _notes(text: str) -> dict[tuple[int, str], tuple[str, bool]]:
    """What the draft says beside a column, by the number of its rows and its name, and whether it asks for a check."""
    found: dict[tuple[int, str], tuple[str, bool]] = {}
    number = -1
    for line in text.splitlines():
        number += line.startswith("[[rows]]")
        name, sign, _ = line.partition(" = ")
        _, mark, comment = line.rpartition("  # ")
        if sign and mark and number >= 0:
            found[number, name.strip()] = (comment, comment.endswith("check"))
    return found


def keep_mapping(folder: Path, text: str) -> Path:
    """Put a confirmed mapping among the workspace's own, so that the next export of this layout is recognised."""
    name = re.sub(r"[^a-z0-9_-]+", "-", str(tomllib.loads(text).get("name", "")).lower()).strip("-") or "export"
    path = folder / f"{name}.toml"
    number = 2
    while path.exists() and path.read_text(encoding="utf-8") != text:
        path = folder / f"{name}-{number}.toml"
        number += 1
    folder.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
