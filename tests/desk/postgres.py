"""A PostgreSQL server of the tests' own: a folder, a unix socket, no network; gone with the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

QUICK = ("fsync=off", "full_page_writes=off", "listen_addresses=", "max_connections=200", "shared_buffers=32MB")


def programs() -> Path | None:
    """The folder with `initdb` and `postgres` of the newest version there is, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (path := shutil.which("initdb")):
        found = [Path(path).resolve().parent]
    return max(found, key=lambda folder: (len(folder.parent.name), folder.parent.name), default=None)


@contextmanager
def server(folder: Path) -> Iterator[Path]:
    """Run a server while the block lasts; the folder of its socket. It dies with this process, however that ends."""
    home = Path(tempfile.mkdtemp(prefix="omzet-pg-"))  # pytest's own folders are closed to other users
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(home, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=QUIT"]
    data = home / "data"
    try:
        made = [*as_user, str(folder / "initdb"), "-D", str(data), "-A", "trust", "-U", "omzet", "-E", "UTF8", "--locale=C"]
        subprocess.run([*made, "--no-sync"], check=True, capture_output=True, cwd=home)
        options = [part for option in (*QUICK, f"unix_socket_directories={home}") for part in ("-c", option)]
        with (home / "log").open("w") as log:
            process = subprocess.Popen(
                [*as_user, str(folder / "postgres"), "-D", str(data), *options], stderr=log, stdout=log, cwd=home
            )
        try:
            _wait(process, folder, home)
            yield home
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nobody needs what it holds
            process.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], folder: Path, home: Path) -> None:
    until = time.monotonic() + 30
    while subprocess.run([folder / "pg_isready", "-q", "-h", home], check=False).returncode:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError((home / "log").read_text())
        time.sleep(0.05)


def url(socket: Path, database: str) -> str:
    """The URL of a database there."""
    return f"postgresql://omzet@/{database}?host={socket}"
