"""Whose turn it is: a server that listens does the work; otherwise this process takes the lock as long as the work lasts."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omzet.errors import StoreError
from omzet.workspace.door import hand_over, knock
from omzet.workspace.lock import Holder, Lock, read_holder
from omzet.workspace.progress import Progress
from omzet.workspace.requests import Request

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1
SAY_AFTER = 1.0
"""Seconds of waiting after which the person who waits is told for whom."""

Waiting = Callable[[Holder | None], None]


def say_who(holder: Holder | None) -> None:
    """Tell on stderr who is waited for."""
    who = f"{holder.doing} (process {holder.pid})" if holder else "another process"
    sys.stderr.write(f"Waiting for {who} to finish with this workspace …\n")


def take_turn(folder: Path, request: Request, progress: Progress | None, work: Callable[[], Any], waiting: Waiting) -> Any:
    """Have `request` done by the server, or do it by `work` while holding the lock; its answer."""
    lock = Lock(folder)
    begun, pause, said = time.monotonic(), FIRST_PAUSE, False
    while True:
        holder = read_holder(folder)
        if holder and holder.socket and (connection := knock(Path(holder.socket))):
            return hand_over(connection, request, progress)
        if lock.acquire(request.doing):
            try:
                return work()
            finally:
                lock.release()
        if not said and time.monotonic() - begun > SAY_AFTER:
            waiting(holder)
            said = True
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def take_over(folder: Path, doing: str, waiting: Waiting) -> Lock:
    """Take the lock for as long as a server runs, after whoever holds it now. Raises StoreError for a second server."""
    lock = Lock(folder)
    begun, pause, said = time.monotonic(), FIRST_PAUSE, False
    while not lock.acquire(doing):
        holder = read_holder(folder)
        if holder and holder.socket and (connection := knock(Path(holder.socket))):
            connection.close()
            raise StoreError(f"This workspace is served already: {holder.address or f'process {holder.pid}'}")
        if not said and time.monotonic() - begun > SAY_AFTER:
            waiting(holder)
            said = True
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return lock
