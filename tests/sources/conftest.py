"""A live session on a store in memory, as a load has it: inside one transaction."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omzet.engines import Session
from omzet.engines.duckdb.store import DuckStore


@pytest.fixture
def session() -> Iterator[Session]:
    store = DuckStore.open(None)
    try:
        with store.writing() as writing:
            yield writing
    finally:
        store.close()
