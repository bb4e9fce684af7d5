"""Commands that bring data in: load, mapping suggest, check."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omzet.cli.options import Format, FormatOption, WorkspaceOption, find_workspace
from omzet.cli.printing import Column, note, print_json, print_rows, print_text
from omzet.errors import CallError, OmzetError

if TYPE_CHECKING:
    from omzet.history.report import CheckReport, LoadReport
    from omzet.workspace import Workspace

FILE_COLUMNS = (
    Column("path", "File"),
    Column("sheet", "Sheet"),
    Column("table", "Table"),
    Column("mapping", "Mapping"),
    Column("read", "Read", "right"),
    Column("added", "Added", "right"),
    Column("changed", "Changed", "right"),
    Column("unchanged", "Unchanged", "right"),
    Column("set_aside", "Set aside", "right"),
)
ASIDE_COLUMNS = (
    Column("load_id", "Load", "right"),
    Column("path", "File"),
    Column("sheet", "Sheet"),
    Column("line", "Line", "right"),
    Column("table", "Table"),
    Column("column", "Column"),
    Column("text", "Why"),
)
SHOWN_ROWS = 20

mapping = typer.Typer(help="Mapping files: how the columns of a file become Omzet's tables.", no_args_is_help=True)


def load(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH…", help="Files (CSV, Excel, Parquet, gzip), folders, zips."),
    ] = None,
    workspace: WorkspaceOption = None,
    connection: Annotated[str, typer.Option(metavar="NAME", help="Whose ids these are.")] = "files",
    mapping_file: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="The mapping to read them with (default: recognised)."),
    ] = None,
    recorded_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When differences to the last load were learned. Without it: now.")
    ] = None,
    complete: Annotated[bool, typer.Option("--complete", help="Rows missing here were deleted.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, keep nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a row was set aside.")] = False,
    undo: Annotated[int | None, typer.Option(metavar="ID", help="Take back one load. `omzet check` lists them.")] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try the rows set aside again, with --mapping or with corrected rows in PATH.")
    ] = False,
    form: FormatOption = Format.table,
) -> None:
    """Load data. All of it or, when the command is stopped, nothing; the same file twice changes nothing.

    A newer export of the same data adds only what changed, and the history keeps both. A row that can't be used is set
    aside with its reason and never lost: `omzet check` shows it, `--retry` tries it again.

    Examples:

        omzet load -w our-company export.csv
        omzet load -w our-company crm.zip --connection crm --complete
        omzet load -w our-company --retry --mapping crm.toml
        omzet load -w our-company --undo 12
    """
    from omzet.cli.progress import shown_progress

    place = find_workspace(workspace)
    if undo is not None:
        if paths or retry:
            raise CallError("--undo takes back a load and takes neither paths nor --retry.")
        report = place.undo(undo, keep_outlook=False)
        _print_load(report, form, f"Load {undo} is undone")
        _keep_outlook(place, report)
        return
    if retry:
        with shown_progress() as progress:
            report = place.retry(paths or [], mapping=mapping_file, progress=progress, keep_outlook=False)
    elif not paths:
        raise CallError("Name at least one file, folder or zip to load.")
    else:
        with shown_progress() as progress:
            report = place.load(
                paths,
                connection=connection,
                mapping=mapping_file,
                recorded_at=_instant(recorded_at),
                complete=complete,
                dry_run=dry_run,
                progress=progress,
                keep_outlook=False,
            )
    _print_load(report, form, "Dry run: nothing was kept" if report.load_id is None else f"Load {report.load_id} is kept")
    _keep_outlook(place, report)
    if report.set_aside and strict:
        raise typer.Exit(1)


def check(
    workspace: WorkspaceOption = None,
    limit: Annotated[int, typer.Option(min=0, help="Set-aside rows to list at most.")] = 1000,
    form: FormatOption = Format.table,
) -> None:
    """Show the rows that were set aside and why, figures of data quality, and the loads so far.

    Examples:

        omzet check -w our-company
        omzet check -w our-company --format csv > set-aside.csv
    """
    report = find_workspace(workspace).check(limit)
    if form is Format.json:
        print_json(report.model_dump(mode="json"))
    elif form is Format.csv:
        rows = [{**each.model_dump(mode="json"), "row": each.row} for each in report.set_aside]
        print_rows(rows, (Column("number", "Number"), *ASIDE_COLUMNS, Column("reason", "Reason"), Column("row", "Row")), form)
    else:
        _print_check(report, form)


@mapping.command("suggest")
def suggest(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A file, folder or zip as your CRM exports it.")],
    workspace: WorkspaceOption = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the draft there.")] = None,
) -> None:
    """Write a commented draft of a mapping for a file's columns, which usually only needs confirming.

    Example:

        omzet mapping suggest -w our-company export.csv -o crm.toml
    """
    if output is not None and output.exists():
        raise CallError(f"{output} exists already. Name another file.")
    text = find_workspace(workspace).suggest_mapping(path)
    if output is None:
        print_text(text.rstrip("\n"))
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    place_words = f" -w {workspace}" if workspace else ""
    note(f"Read {output}, confirm what it says, then: omzet load{place_words} {path} --mapping {output}")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise CallError(f"--recorded-at {text}: a time such as 2026-03-31T17:00+02:00 or a day is expected.") from None


def _keep_outlook(place: Workspace, report: LoadReport) -> None:
    """Keep the outlook of the open quarter, once the load itself is told. It failing takes nothing from the load."""
    from omzet.workspace.outlook import concerns, log

    if not concerns(report):
        return
    sys.stdout.flush()
    try:
        place.keep_outlook()
    except OmzetError as error:
        log.warning("The outlook could not be kept: %s", error)


def _print_load(report: LoadReport, form: Format, outcome: str) -> None:
    if form is Format.json:
        print_json(report.model_dump(mode="json"))
        return
    rows = [file.model_dump(mode="json") for file in report.files]
    columns = [column for column in FILE_COLUMNS if form is Format.csv or any(row[column.key] is not None for row in rows)]
    print_rows(rows, columns, form)
    for assumption in report.assumptions:
        note(f"Assumed: {assumption}")
    for told in report.notes:
        note(told[0].upper() + told[1:] + ".")
    if report.deleted:
        note(f"{report.deleted} rows are gone: they were missing from a complete load.")
    if report.set_aside:
        note(f"{report.set_aside} rows were set aside. `omzet check` says why.")
    note(f"{outcome} ({report.seconds:.1f} s).")


def _print_check(report: CheckReport, form: Format) -> None:
    loads = [
        {
            "load_id": each.load_id,
            "connection": each.connection,
            "loaded_at": each.loaded_at,
            "read": sum(file.read for file in each.files),
            "set_aside": sum(file.set_aside for file in each.files),
            "state": "undone" if each.undone else "",
        }
        for each in report.loads
    ]
    load_columns = [
        Column("load_id", "Load", "right"),
        Column("connection", "Connection"),
        Column("loaded_at", "Loaded at"),
        Column("read", "Read", "right"),
        Column("set_aside", "Set aside", "right"),
        Column("state", ""),
    ]
    if loads:
        print_rows(loads, load_columns, form, title="Loads")
    figures = [figure for figure in report.figures if figure["count"]]
    if figures:
        columns = [Column("text", "What"), Column("count", "Count", "right"), Column("of", "Of", "right")]
        print_rows(figures, columns, form, title="Data quality")
    shown = [each.model_dump(mode="json") for each in report.set_aside[: SHOWN_ROWS if form is Format.table else None]]
    if shown:
        print_rows(shown, ASIDE_COLUMNS, form, title="Set aside")
    if report.set_aside_total > len(shown):
        note(f"{report.set_aside_total} rows are set aside, {len(shown)} are shown; see --format csv and --limit for more.")
    elif not report.set_aside_total:
        note("No row is set aside.")
