"""What readers of one state of the store were told is kept for those who read the same state, and for no other."""

from __future__ import annotations

import threading
from pathlib import Path

from omzet.engines.duckdb.store import DuckStore

ASKED = "SELECT max(revision) FROM revisions"


def revise(store: DuckStore, number: int) -> None:
    with store.writing() as session:
        session.run("INSERT INTO revisions (revision, committed_at) VALUES (?, now())", [number])


def test_a_reader_is_told_what_holds_in_its_own_snapshot(tmp_path: Path) -> None:
    store = DuckStore.open(tmp_path / "a.duckdb")
    revise(store, 10)
    with store.reading() as early:
        assert early.once(ASKED) == [(10,)]
        revise(store, 11)
        with store.reading() as late:
            assert late.once(ASKED) == [(11,)]
            assert early.once(ASKED) == early.rows(ASKED) == [(10,)]
    with store.reading() as again:
        assert again.once(ASKED) == [(11,)]
    store.close()


def test_readers_of_one_state_ask_only_once(tmp_path: Path) -> None:
    store = DuckStore.open(tmp_path / "a.duckdb")
    with store.reading() as first:
        said = first.once(ASKED)
    with store.reading() as second:
        assert second.once(ASKED) is said
    with store.reading(scratch=True) as scratch:
        assert scratch.once(ASKED) is not said
    store.close()


def test_no_reader_is_ever_told_of_another_state(tmp_path: Path) -> None:
    store = DuckStore.open(tmp_path / "a.duckdb")
    wrong: list[object] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            with store.reading() as session:
                seen = session.rows(ASKED)
                if session.once(ASKED) != seen:
                    wrong.append(seen)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(100, 220):
        revise(store, number)
    over.set()
    for reader in readers:
        reader.join()
    store.close()
    assert not wrong
