"""What happens after a commit: whoever asked to be told is told the new revision."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

Callback = Callable[[int], None]
log = logging.getLogger(__name__)


class Events:
    """Callbacks, called in the thread that committed, each with the store's new revision."""

    def __init__(self) -> None:
        self._callbacks: list[Callback] = []
        self._lock = threading.Lock()

    def on_commit(self, callback: Callback) -> Callable[[], None]:
        """Call `callback` after every commit from here on. Returns what ends it."""
        with self._lock:
            self._callbacks.append(callback)

        def end() -> None:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return end

    def committed(self, revision: int) -> None:
        """Tell everyone. What goes wrong in one callback is logged and stops neither the others nor the commit."""
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            try:
                callback(revision)
            except Exception:
                log.exception("A listener failed after revision %s", revision)
