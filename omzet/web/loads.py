"""Loads in words: what came in, when, and what was set aside."""

from __future__ import annotations

from dataclasses import dataclass

from omzet.history.report import Load, LoadReport
from omzet.web.reader import Reader


@dataclass(frozen=True)
class LoadLine:
    """One load in a line."""

    id: int
    title: str
    text: str
    when: str
    set_aside: int
    undone: bool


def recent_loads(loads: list[Load], reader: Reader, most: int = 5) -> list[LoadLine]:
    """The newest of the loads, in lines."""
    return [line_of(load, reader) for load in loads[:most]]


def line_of(load: Load, reader: Reader) -> LoadLine:
    """A load in a line: its files, what it did, when."""
    names = list(dict.fromkeys(each.path.rsplit("/", 1)[-1] for each in load.files))
    title = ", ".join(names[:2]) if names else reader.t("web.loads.nothing", "Nothing new")
    if len(names) > 2:
        title = reader.t(
            "web.loads.and_more", "{first} and {n} more file | {first} and {n} more files", first=names[0], n=len(names) - 1
        )
    return LoadLine(
        id=load.load_id,
        title=title,
        text=sum_of(load, reader),
        when=reader.instant(load.loaded_at),
        set_aside=sum(each.set_aside for each in load.files),
        undone=load.undone,
    )


def sum_of(load: Load | LoadReport, reader: Reader) -> str:
    """What a load did, in a line: 1,204 added, 12 changed, 3 set aside."""
    added = sum(each.added for each in load.files)
    changed = sum(each.changed for each in load.files)
    unchanged = sum(each.unchanged for each in load.files)
    aside = sum(each.set_aside for each in load.files)
    parts = [
        reader.t("web.loads.added", "{n} added", n=added) if added else "",
        reader.t("web.loads.changed", "{n} changed", n=changed) if changed else "",
        reader.t("web.loads.unchanged", "{n} unchanged", n=unchanged) if unchanged else "",
        reader.t("web.loads.set_aside", "{n} set aside", n=aside) if aside else "",
    ]
    return ", ".join(filter(None, parts)) or reader.t("web.loads.no_rows", "no rows")
