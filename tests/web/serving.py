"""A server on a free port, in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from omzet.web.app import create_app
from omzet.web.serving import Server
from omzet.workspace import Workspace


@dataclass(frozen=True)
class Served:
    """Where a workspace is served."""

    url: str
    workspace: Workspace


@contextmanager
def serving(workspace: Workspace) -> Iterator[Served]:
    """Serve a workspace until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = Server(create_app(workspace))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    try:
        yield Served(f"http://localhost:{listener.getsockname()[1]}", workspace)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
