"""Questions of a page, each asked once: answers are kept until a change is committed or the day ends."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from omzet.query.answer import Answer
from omzet.query.question import Question

KEPT = 3000
Ask = Callable[[Question], Answer]
T = TypeVar("T")


class Kept:
    """The newest answers, up to `KEPT`. A key holds everything its answer depends on.

    Whoever asks for what someone else is finding waits for that. An error is not kept.
    """

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, Any] = OrderedDict()
        self._finding: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def has(self, key: Hashable) -> bool:
        """Whether something was found under `key` already."""
        with self._lock:
            return key in self._found

    def of(self, key: Hashable, find: Callable[[], T]) -> T:
        """What was found under `key`, else what `find` finds now."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return cast(T, self._found[key])
            turn = self._finding.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._found:
                    return cast(T, self._found[key])
            try:
                found = find()
                with self._lock:
                    self._found[key] = found
                    while len(self._found) > KEPT:
                        self._found.popitem(last=False)
                return found
            finally:
                with self._lock:
                    self._finding.pop(key, None)
