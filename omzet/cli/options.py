"""Options that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omzet.errors import CallError

if TYPE_CHECKING:
    from omzet.workspace import Workspace


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


WorkspaceOption = Annotated[
    Path | None,
    typer.Option("-w", "--workspace", metavar="DIR", help="The workspace's folder (default: the current one)."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the answer is written.")]


def find_workspace(given: Path | None) -> Workspace:
    """The workspace that the option names, or that the current folder is. Raises CallError when there is none."""
    from omzet.settings import FILE_NAME
    from omzet.workspace import open_workspace

    if given is None:
        given = Path.cwd()
        if not (given / FILE_NAME).is_file():
            raise CallError("Which workspace? Name its folder with -w DIR, or go there first. `omzet init DIR` makes one.")
    return open_workspace(given)


def pairs(texts: list[str], flag: str) -> dict[str, str]:
    """KEY=VALUE texts as a mapping. Raises CallError for a text without `=`."""
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise CallError(f"{flag} {text}: KEY=VALUE is expected.")
        found[key.strip()] = value.strip()
    return found
