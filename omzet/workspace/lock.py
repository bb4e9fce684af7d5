"""Who owns the workspace: one process at a time, by a lock on `workspace.lock` that the kernel lets go when the process ends.

The file says who holds it, and where the holder listens if it does. Only the lock itself decides; what the file says may
be left over from a process that was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from omzet.errors import StoreError

FILE_NAME = "workspace.lock"


@dataclass(frozen=True)
class Holder:
    """The process that holds the lock: its id, what it does, and (a server) its socket and address."""

    pid: int
    doing: str
    socket: str | None = None
    address: str | None = None


class Lock:
    """The lock, held from `acquire` to `release`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._descriptor: int | None = None

    @property
    def pid(self) -> int:
        """The process that holds it: this one."""
        return os.getpid()

    def acquire(self, doing: str) -> bool:
        """Take the lock if it is free. `doing` is what others read while they wait."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self.path} can't be opened: {error.strerror}. The folder must be writable.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise StoreError(f"{self.path} can't be locked: {error.strerror}. Keep the workspace on a local disk.") from error
        self._descriptor = descriptor
        self.announce(Holder(os.getpid(), doing))
        return True

    def announce(self, holder: Holder) -> None:
        """Write who holds the lock, for others to read."""
        if self._descriptor is None:
            raise StoreError("Only the holder of the lock can say so.")
        text = json.dumps(asdict(holder)).encode()
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, text, 0)
        except OSError:
            return  # a full disk: the lock itself holds, others just can't read whose it is

    def release(self) -> None:
        """Let go. Does nothing when the lock isn't held."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def read_holder(folder: Path) -> Holder | None:
    """Who says to hold the lock, or None. It may be gone by now."""
    try:
        return Holder(**json.loads((folder / FILE_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
