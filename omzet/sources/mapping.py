"""From raw tables to batches of canonical rows: by a mapping, or as they are where the headers are canonical."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from omzet.engines import Session
from omzet.errors import CallError
from omzet.model import Table
from omzet.settings import Settings
from omzet.sources.batch import Batch, RawTable
from omzet.sources.canonical import canonical_batches
from omzet.sources.files.delimited import Encodings
from omzet.sources.files.headers import normal
from omzet.sources.formats import Given, with_formats
from omzet.sources.layout import FileLayout, Mapping
from omzet.sources.mapping_file import parse_mapping, read_mapping
from omzet.sources.recognition import canonical_table
from omzet.sources.selects import constant_rows, rule_rows

FOLDER = "mappings"
"""Where a workspace keeps its own mapping files."""


@cache
def shipped_mappings() -> tuple[Mapping, ...]:
    """The mappings that come with Omzet."""
    folder = resources.files("omzet.sources") / "mappings"
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return tuple(parse_mapping(each.read_text(encoding="utf-8"), each.name, shipped=True) for each in files)


def known_mappings(workspace: Path | None = None, chosen: Path | None = None) -> list[Mapping]:
    """The mappings to try, in order: the one chosen for this load, the workspace's own, the shipped ones.

    Raises CallError when one of the files is no mapping; the message names file, line and key.
    """
    own = sorted((workspace / FOLDER).glob("*.toml")) if workspace else []
    first = [read_mapping(chosen)] if chosen else []
    return [*first, *(read_mapping(path) for path in own if path != chosen), *shipped_mappings()]


def encodings(mappings: Sequence[Mapping]) -> Encodings:
    """What `open_paths` asks: the encoding that the first fitting mapping states for a file with these headers."""

    def stated(headers: tuple[str, ...]) -> str | None:
        found = (mapping.file_for(headers) for mapping in mappings)
        return next((file.encoding for file in found if file is not None), None)

    return stated


def batches(
    raw_tables: Sequence[RawTable], session: Session, *, mappings: Sequence[Mapping], settings: Settings
) -> tuple[list[Batch], list[RawTable]]:
    """Batches of canonical rows out of `raw_tables`, and the tables that nobody recognised.

    A table goes to the first mapping that isn't shipped and knows its headers, else to the canonical table that its
    headers are, else to a shipped mapping. Dates and numbers are read as each file's own rows tell.
    """
    mapped: dict[str, tuple[Mapping, list[tuple[FileLayout, RawTable]]]] = {}
    canonical: list[tuple[Table, RawTable]] = []
    unrecognised: list[RawTable] = []
    for raw in raw_tables:
        place = _place(raw, mappings)
        if isinstance(place, Table):
            canonical.append((place, raw))
        elif place is not None:
            mapping, file = place
            mapped.setdefault(mapping.origin, (mapping, []))[1].append((file, raw))
        else:
            unrecognised.append(raw)
    given = canonical_batches(canonical)
    for mapping, files in mapped.values():
        given += mapped_batches(mapping, files)
    return _formatted(given, session, settings), unrecognised


def require(mapping: Mapping, raw_tables: Sequence[RawTable]) -> None:
    """Raise CallError when a mapping chosen for a load knows none of its tables, naming the headers that are missing."""
    filled = [raw for raw in raw_tables if raw.columns]
    if not filled or any(mapping.file_for(raw.columns) for raw in filled):
        return
    raw = filled[0]
    there = {normal(column) for column in raw.columns}
    missing = min(([h for h in file.headers if normal(h) not in there] for file in mapping.files.values()), key=len)
    words = ", ".join(f"'{header}'" for header in missing)
    raise CallError(
        f"{mapping.origin} knows none of these files: {raw.path} lacks the column{'s' if len(missing) > 1 else ''} {words}."
    )


def _place(raw: RawTable, mappings: Sequence[Mapping]) -> Table | tuple[Mapping, FileLayout] | None:
    if not raw.columns:
        return None
    fitting = [(mapping, file) for mapping in mappings if (file := mapping.file_for(raw.columns)) is not None]
    own = [each for each in fitting if not each[0].shipped]
    if own:
        return own[0]
    return canonical_table(raw) or max(fitting, key=lambda each: len(each[1].headers), default=None)


def mapped_batches(mapping: Mapping, files: Sequence[tuple[FileLayout, RawTable]]) -> list[Given]:
    """What the rules and constants of a mapping make of the tables that are its files."""
    tables: dict[str, list[RawTable]] = {}
    for file, raw in files:
        tables.setdefault(file.id, []).append(raw)
    given: list[Given] = []
    for file, raw in files:
        for rule in mapping.rules:
            if rule.file == file.id:
                selected = rule_rows(rule, raw, mapping, tables)
                batch = Batch(
                    table=rule.table,
                    raw=raw,
                    select=selected.select,
                    columns=selected.columns,
                    attributes=selected.attributes,
                    mapping=mapping.name,
                    assumptions=selected.assumptions,
                    timezone=mapping.timezone,
                )
                given.append(Given(batch, file.date_order, file.decimal, selected.sources, selected.computed))
        for constants in mapping.constants:
            if constants.file == file.id:
                selected = constant_rows(constants)
                rows = Batch(
                    constants.table, raw, selected.select, selected.columns, mapping=mapping.name, timezone=mapping.timezone
                )
                given.append(Given(rows))
    return given


def _formatted(given: Sequence[Given], session: Session, settings: Settings) -> list[Batch]:
    """All batches with their formats, found file by file."""
    files: dict[str, list[Given]] = {}
    for each in given:
        files.setdefault(each.batch.raw.relation, []).append(each)
    return [batch for each in files.values() for batch in with_formats(each, session, settings)]


__all__ = ["Mapping", "batches", "encodings", "known_mappings", "parse_mapping", "read_mapping", "require", "shipped_mappings"]
