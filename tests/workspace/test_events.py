"""Who asked to be told is told."""

from __future__ import annotations

import logging

import pytest

from omzet.workspace.events import Events


def test_everyone_is_told_until_they_end_it() -> None:
    events = Events()
    one: list[int] = []
    other: list[int] = []
    end = events.on_commit(one.append)
    events.on_commit(other.append)
    events.committed(1)
    end()
    end()
    events.committed(2)
    assert (one, other) == ([1], [1, 2])


def test_a_listener_that_fails_stops_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    events = Events()
    told: list[int] = []

    def fail(revision: int) -> None:
        raise ValueError("no")

    events.on_commit(fail)
    events.on_commit(told.append)
    with caplog.at_level(logging.ERROR):
        events.committed(3)
    assert told == [3]
    assert "after revision 3" in caplog.text
