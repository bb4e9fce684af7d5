"""Commands that show the pages: serve, and demo with the sample company."""

from __future__ import annotations

import errno
import secrets
import signal
import socket
import sys
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omzet.cli.options import WorkspaceOption, find_workspace
from omzet.cli.printing import note, print_text
from omzet.errors import CallError, OmzetError

if TYPE_CHECKING:
    from omzet.workspace import Workspace

HOST = "127.0.0.1"
PORT = 8642
NEXT_PORTS = 20
SAMPLE = {"name": "Noordlicht", "timezone": "Europe/Amsterdam", "currency": "EUR", "holidays": "NL", "proposal_stage": "Proposal"}
"""The sample company's settings, where they are not simply the defaults."""


def serve(
    workspace: WorkspaceOption = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=f"Where to listen (default: {PORT}, or the next free one).", show_default=False),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is every one this machine has.")] = HOST,
    name: Annotated[
        list[str] | None,
        typer.Option(help="A name by which other machines may reach it. May be repeated.", show_default=False),
    ] = None,
) -> None:
    """Serve the pages and the HTTP API of a workspace until Ctrl+C. Prints the address.

    Only this machine is answered, unless a name is given for others. As long as nobody has an account, whoever uses this
    machine sees everything; from the first account on everybody signs in. Other commands go on working meanwhile, and what
    they change shows on open pages within a second.

    Examples:

        omzet serve -w our-company --port 8700
        omzet serve -w our-company --name omzet.example.com   (behind a server with HTTPS on this machine)
    """
    run_server(find_workspace(workspace).path, port, host, name or [])


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new workspace's folder.")] = Path("demo"),
    start: Annotated[bool, typer.Option("--serve", help="Serve its pages too, until Ctrl+C.")] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where to listen, with --serve.", show_default=False)] = None,
) -> None:
    """Make a workspace with a sample company: three years of a simulated Dutch firm, four teams, 24 reps.

    A workspace that is there already is kept and used.

    Examples:

        omzet demo --serve
        omzet demo sample-company
    """
    from omzet.settings import FILE_NAME

    if (folder / FILE_NAME).is_file():
        note(f"{folder} is there already and is used as it is.")
    else:
        make_sample(folder)
    if start:
        run_server(folder, port)
    else:
        note(f"The sample company is in {folder}. Look at it with: omzet serve -w {folder}")


def make_sample(folder: Path) -> None:
    """A workspace in `folder` with the sample company loaded. All of it or nothing."""
    import shutil
    import tempfile

    from omzet.cli.progress import shown_progress
    from omzet.sources.sample import write_sample
    from omzet.workspace import open_workspace
    from omzet.workspace.create import DEMO_MARK, create

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CallError(f"{folder} is not empty and no workspace. Name another folder.")
    note("Making the sample company …")
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.absolute().parent))
    try:
        place, tables = scratch / folder.name, scratch / "tables"
        settings = create(place, SAMPLE)
        write_sample(tables, today=datetime.now(settings.zone).date())
        with shown_progress() as progress:
            report = open_workspace(place).load(tables, connection="sample", progress=progress)
        if report.set_aside:
            raise OmzetError(f"{report.set_aside} rows of the sample company were set aside. This is a fault of Omzet's.")
        (place / DEMO_MARK).touch()
        if folder.exists():
            folder.rmdir()
        place.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def run_server(folder: Path, port: int | None, host: str = HOST, names: Collection[str] = ()) -> None:
    """Own the workspace and serve it until the process is told to stop."""
    from omzet.web.app import create_app
    from omzet.web.serving import Server
    from omzet.workspace import serve_workspace
    from omzet.workspace.outlook import Keeper

    if host != HOST and not names:
        raise CallError(f"To answer other machines at {host}, say by which name they reach it: --name omzet.example.com")
    listener = listen(port, host)
    address = f"http://{HOST if host == '0.0.0.0' else host}:{listener.getsockname()[1]}/"
    workspace: Workspace = serve_workspace(folder)
    keeper = Keeper(workspace)
    # Uvicorn hands the signal on when it has stopped; this turns it into the end of the command.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        code = first_code() if names else ""
        server = Server(create_app(workspace, first_code=code, names=names))
        workspace.announce(address)
        print_text(address)
        sys.stdout.flush()
        note(f"Serving '{workspace.settings.name}'. Ctrl+C stops.")
        if names and not has_users(workspace):
            note(f"Nobody has an account yet. The first is made at /first-run, from another machine with the code {code}")
        if host != HOST:
            note("Passwords cross the network as they are typed, unless a server with HTTPS stands before this one.")
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        note("Stopped.")
    finally:
        keeper.close()
        workspace.close()
        listener.close()


def first_code() -> str:
    """A code that nobody guesses and anybody can type."""
    letters = [secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(12)]
    return "-".join("".join(letters[at : at + 4]) for at in (0, 4, 8))


def has_users(workspace: Workspace) -> bool:
    """Whether somebody has an account in a workspace."""
    from omzet.workspace.desk import WorkspaceDesk

    desk = WorkspaceDesk(workspace)
    try:
        return desk.has_users()
    finally:
        desk.close()


def listen(port: int | None, host: str = HOST) -> socket.socket:
    """A listening socket at `port` of an address of this machine, or at the first free port from 8642 on."""
    choices = [port] if port is not None else [*range(PORT, PORT + NEXT_PORTS), 0]
    for choice in choices:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, choice))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise CallError(f"{host} is no address of this machine.") from error
            if port is not None:
                raise OmzetError(f"Port {port} can't be used: {error.strerror}. Without --port a free one is taken.") from error
            continue
        return listener
    raise OmzetError("No port of this machine can be listened on.")
