"""Commands about the workspace itself: make it, save it, bring it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omzet.cli.options import WorkspaceOption, find_workspace, pairs
from omzet.cli.printing import note, print_text


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new workspace's folder.")],
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Reporting time zone, such as Europe/Amsterdam (the default).")
    ] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="Reporting currency, such as EUR (the default).")] = None,
    fiscal_year_start: Annotated[str | None, typer.Option(metavar="MONTH", help="Its first month, 1 to 12.")] = None,
    locale: Annotated[str | None, typer.Option(metavar="LANGUAGE", help="Language of pages and reports: en or nl.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other setting of omzet.toml; may be repeated."),
    ] = None,
) -> None:
    """Make a new workspace: a folder with the company's settings (omzet.toml, every key explained) and its data.

    Examples:

        omzet init our-company
        omzet init our-company --currency USD --fiscal-year-start 4
        omzet init our-company --set holidays=none --set stale_days=45
    """
    from omzet.workspace.create import create

    named = {"timezone": timezone, "currency": currency, "fiscal_year_start": fiscal_year_start, "locale": locale}
    values = pairs(settings or [], "--set") | {key: value for key, value in named.items() if value is not None}
    made = create(folder, values)
    note(f"Workspace '{made.name}' is in {folder}. Its settings are in {folder / 'omzet.toml'}.")
    note(f"Next: omzet load -w {folder} FILE…")


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write, or a folder to put it in.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Save the whole workspace in one file: settings, data, mappings, own metrics. Prints the file's path.

    The archive is one consistent moment, also while a server runs, and is read back before the command ends.

    Example:

        omzet backup -w our-company backups/
    """
    print_text(str(find_workspace(workspace).backup(target)))


def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="An archive that `omzet backup` wrote.")],
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="A new or empty folder.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Only check that the archive is whole.")] = False,
) -> None:
    """Bring a backup back in a new or empty folder. Nothing is ever overwritten.

    Examples:

        omzet restore backups/our-company-20260331T170000Z.zip again
        omzet restore --verify backups/our-company-20260331T170000Z.zip
    """
    from omzet.errors import CallError
    from omzet.workspace import Workspace, backup

    if verify:
        about = backup.verify(archive)
        note(f"{archive} is whole: {len(about['files'])} files, made at {about['made_at']} by Omzet {about['omzet']}.")
        return
    if folder is None:
        raise CallError("Name the folder to restore into, or --verify to only check the archive.")
    restored = Workspace.restore(archive, folder)
    note(f"Workspace '{restored.settings.name}' is back in {folder}.")


def version() -> None:
    """Print Omzet's version."""
    import omzet

    print_text(omzet.__version__)
