"""The door: a unix socket through which other processes hand their work to the server that owns the workspace.

Only the owner's user may open it (mode 0600, and the peer's user is checked where the system tells). One connection carries
one request: `{"version", "request"}` in, the request as JSON text (which keeps days and times apart); any number of
`{"progress"}` and then `{"result"}` or `{"error"}` out.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import stat
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import omzet
from omzet import errors
from omzet.errors import OmzetError, StoreError
from omzet.workspace.frames import receive, send
from omzet.workspace.progress import Progress
from omzet.workspace.requests import Request, answers, reader

SOCKET_NAME = "workspace.sock"
LONGEST_PATH = 100
"""Bytes that a socket's path may have everywhere (Linux takes 107, other systems 103)."""
PROGRESS_EVERY = 0.1
"""Seconds between two progress messages of one request."""

log = logging.getLogger(__name__)


class CallerLeftError(StoreError):
    """The process that asked is gone, or the server stops: the work is given up before its commit."""


class Door:
    """The listening side. `perform` does the work, in a thread of its own for each caller."""

    def __init__(self, folder: Path, perform: Callable[[Request, Progress | None], Any]) -> None:
        self.path = socket_path(folder)
        self._perform = perform
        self._callers: set[threading.Thread] = set()
        self._closing = threading.Event()
        self._listener = _listen(self.path)
        self._thread = threading.Thread(target=self._accept, name="omzet-door", daemon=True)
        self._thread.start()

    def close(self, patience: float = 10.0) -> None:
        """Take no more callers, let loads in progress give up, and wait for the rest for `patience` seconds."""
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.path.unlink(missing_ok=True)
        end = time.monotonic() + patience
        self._thread.join(1.0)  # a caller it let in just now has been started then, and can be waited for
        for caller in list(self._callers):
            caller.join(max(0.0, end - time.monotonic()))

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if self._closing.is_set():
                    return
                time.sleep(0.05)  # out of file descriptors: let some callers finish
                continue
            caller = threading.Thread(target=self._serve, args=(connection,), name="omzet-caller", daemon=True)
            self._callers.add(caller)
            caller.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                if _same_user(connection):
                    self._answer(connection)
        except OSError:
            log.info("A caller left before its answer.")
        except StoreError as error:
            log.warning("%s", error)
        finally:
            self._callers.discard(threading.current_thread())

    def _answer(self, connection: socket.socket) -> None:
        message = receive(connection)
        if message is None:
            return
        last_sent = 0.0

        def progress(text: str, share: float) -> None:
            nonlocal last_sent
            if self._closing.is_set():
                raise CallerLeftError("The server is stopping; nothing of this was kept. Repeat it.")
            if time.monotonic() - last_sent >= PROGRESS_EVERY:
                last_sent = time.monotonic()
                try:
                    send(connection, {"progress": [text, share]})
                except OSError as error:
                    raise CallerLeftError("The caller left; nothing of this was kept.") from error

        try:
            if message.get("version") != omzet.__version__:
                raise StoreError(
                    f"The server runs Omzet {omzet.__version__}, this command is {message.get('version')}. Restart the server."
                )
            request = reader().validate_json(str(message.get("request")))
            result = self._perform(request, progress)
            text = answers(request.kind).dump_python(result, mode="json", by_alias=True)
        except OmzetError as error:
            send(connection, {"error": {"kind": type(error).__name__, "exit_code": error.exit_code, "text": str(error)}})
        except ValidationError as error:
            send(connection, {"error": {"kind": "CallError", "exit_code": 2, "text": f"The call can't be read: {error}"}})
        except Exception as error:
            log.exception("A request through the door failed")
            text = f"Something went wrong in the server: {type(error).__name__}: {error}. Details are in the server's log."
            send(connection, {"error": {"kind": "OmzetError", "exit_code": 1, "text": text}})
        else:
            send(connection, {"result": text})


def knock(path: Path) -> socket.socket | None:
    """A connection to the server that listens at `path`, or None when nobody does."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(5)
        connection.connect(str(path))
        connection.settimeout(None)
    except OSError:
        connection.close()
        return None
    return connection


def hand_over(connection: socket.socket, request: Request, progress: Progress | None) -> Any:
    """Hand `request` through an open door and wait for its answer. An error comes back as what it was over there."""
    with connection:
        try:
            send(connection, {"version": omzet.__version__, "request": request.model_dump_json()})
            while (message := receive(connection)) is not None:
                if "progress" in message:
                    if progress:
                        progress(*message["progress"])
                elif "error" in message:
                    raise _same_error(message["error"])
                else:
                    return answers(getattr(request, "kind", "")).validate_python(message["result"])
        except OSError as error:
            raise StoreError(f"The server went away: {error.strerror or error}. Repeat the command.") from error
    raise StoreError("The server stopped before it answered. What was committed is safe; repeat the command.")


def socket_path(folder: Path) -> Path:
    """Where the server of `folder` listens: in the folder, or in a short private one when that path is too long."""
    path = folder.resolve() / SOCKET_NAME
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return _private_folder() / f"{name}.sock"


def _private_folder() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    base = Path(runtime) if runtime and Path(runtime).is_dir() and len(runtime) < 60 else Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > 60:
        base = Path("/tmp")
    folder = base / f"omzet-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise StoreError(f"{folder} must be a folder of yours alone (mode 0700). Remove it and try again.")
    return folder


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path.unlink(missing_ok=True)  # left by a server that was killed: this process holds the lock, so nobody listens
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise StoreError(f"The socket {path} can't be made: {error.strerror}.") from error
    finally:
        os.umask(mask)
    listener.listen(64)
    return listener


def _same_user(connection: socket.socket) -> bool:
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return user in (os.getuid(), 0)


def _same_error(described: dict[str, Any]) -> OmzetError:
    kind = getattr(errors, str(described.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, OmzetError)):
        kind = errors.CallError if described.get("exit_code") == errors.CallError.exit_code else OmzetError
    return kind(str(described.get("text")))
