"""How far a long piece of work is: called with what is being done and the share that is done, from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]
