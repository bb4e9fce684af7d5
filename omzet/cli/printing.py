"""Answers on stdout: JSON, CSV, a Markdown table, or a table for people."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from omzet.cli.options import Format

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


@dataclass(frozen=True)
class Column:
    """A column of a printed table: its key in a row, its heading, and on which side its values stand."""

    key: str
    heading: str
    side: Literal["left", "right"] = "left"


def print_json(value: Any) -> None:
    """One JSON document. `value` is JSON-ready."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def print_rows(rows: Sequence[dict[str, Any]], columns: Sequence[Column], form: Format, title: str = "") -> None:
    """The rows as CSV (exact values under their keys, for programs), as a Markdown table, or as a table for people."""
    if form is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([column.key for column in columns])
        writer.writerows([_plain(row.get(column.key)) for column in columns] for row in rows)
    elif form is Format.markdown:
        _print_markdown(rows, columns)
    elif rows:
        _print_table(rows, columns, title)


def print_text(text: str) -> None:
    """A line or more of text."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """What is not the answer itself: on stderr."""
    sys.stderr.write(text + "\n")


def console(*, stderr: bool = False) -> Console:
    """A Rich console. Where the output goes to a file or another program its lines are as long as they need to be."""
    from rich.console import Console as RichConsole

    stream = sys.stderr if stderr else sys.stdout
    return RichConsole(stderr=stderr, width=None if stream.isatty() else 400, highlight=False, soft_wrap=not stream.isatty())


def show(renderable: RenderableType) -> None:
    """Something Rich draws, on stdout."""
    console().print(renderable)


def _print_markdown(rows: Iterable[dict[str, Any]], columns: Sequence[Column]) -> None:
    lines = [
        "| " + " | ".join(_cell(column.heading) for column in columns) + " |",
        "|" + "|".join(" ---: " if column.side == "right" else " --- " for column in columns) + "|",
    ]
    lines += ["| " + " | ".join(_cell(row.get(column.key)) for column in columns) + " |" for row in rows]
    print_text("\n".join(lines))


def _cell(value: Any) -> str:
    return _plain(value).replace("|", "\\|").replace("\n", " ")


def _print_table(rows: Iterable[dict[str, Any]], columns: Sequence[Column], title: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, box=SIMPLE_HEAD, title_justify="left", header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(Text(column.heading), justify=column.side, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_plain(row.get(column.key))) for column in columns))
    show(table)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
