"""Committed changes, told to every open page as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

BEAT = 15.0
"""Seconds between signs of life, so that a dead connection is noticed."""


class Live:
    """Who listens, and the newest revision. `committed` may be called in any thread; the rest belongs to the event loop."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self._listeners: set[asyncio.Queue[int | None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on this loop from here on."""
        self._loop = loop

    def committed(self, revision: int) -> None:
        """Tell everyone that `revision` is there."""
        self.revision = max(self.revision, revision)
        loop = self._loop
        if loop and not loop.is_closed():
            loop.call_soon_threadsafe(self._tell, revision)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._tell(None)

    async def stream(self) -> AsyncIterator[str]:
        """Events for one listener: the revision at once, then each newer one."""
        queue: asyncio.Queue[int | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield f"retry: 1000\n{event(self.revision)}"
            while not self._closed:
                try:
                    revision = await asyncio.wait_for(queue.get(), BEAT)
                except TimeoutError:
                    yield ": beat\n\n"
                    continue
                if revision is None:
                    return
                yield event(revision)
        finally:
            self._listeners.discard(queue)

    def _tell(self, revision: int | None) -> None:
        for queue in self._listeners:
            queue.put_nowait(revision)


def event(revision: int) -> str:
    """One server-sent event."""
    told = json.dumps({"revision": revision, "at": datetime.now(UTC).isoformat(timespec="seconds")})
    return f"event: revision\nid: {revision}\ndata: {told}\n\n"
