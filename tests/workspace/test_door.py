"""Work handed to the server through its socket."""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from omzet.errors import CallError, OmzetError, StoreError
from omzet.query.question import Question
from omzet.workspace import requests
from omzet.workspace.door import LONGEST_PATH, CallerLeftError, Door, hand_over, knock, socket_path
from omzet.workspace.frames import receive, send
from omzet.workspace.progress import Progress


@contextmanager
def door(folder: Path, perform: Any) -> Iterator[Door]:
    opened = Door(folder, perform)
    try:
        yield opened
    finally:
        opened.close()


def ask(opened: Door, request: requests.Request, progress: Progress | None = None) -> Any:
    connection = knock(opened.path)
    assert connection is not None
    return hand_over(connection, request, progress)


def test_a_request_arrives_as_it_was_sent_and_its_answer_comes_back(tmp_path: Path) -> None:
    got: list[requests.Request] = []

    def perform(request: requests.Request, progress: Progress | None) -> int:
        got.append(request)
        return 7

    with door(tmp_path, perform) as opened:
        assert ask(opened, requests.Revision()) == 7
    assert got == [requests.Revision()]


def test_a_day_stays_a_day_and_midnight_stays_a_moment(tmp_path: Path) -> None:
    got: list[Question] = []

    def perform(request: requests.Request, progress: Progress | None) -> Any:
        assert isinstance(request, requests.Ask)
        got.append(request.question)
        raise CallError("seen")

    with door(tmp_path, perform) as opened:
        for moment in (date(2026, 3, 31), datetime(2026, 3, 31)):  # noqa: DTZ001 - local time is what a person writes
            with pytest.raises(CallError, match="seen"):
                ask(opened, requests.Ask(question=Question(metrics=("win_rate",), as_of=moment)))
    assert [type(question.as_of) for question in got] == [date, datetime]


@pytest.mark.parametrize("error", [CallError("a wrong word"), StoreError("a full disk"), OmzetError("wrong data")])
def test_an_error_keeps_its_class_text_and_exit_code(tmp_path: Path, error: OmzetError) -> None:
    def perform(request: requests.Request, progress: Progress | None) -> Any:
        raise error

    with door(tmp_path, perform) as opened, pytest.raises(type(error)) as caught:
        ask(opened, requests.Revision())
    assert type(caught.value) is type(error)
    assert str(caught.value) == str(error)
    assert caught.value.exit_code == error.exit_code


def test_a_fault_in_the_server_is_told_and_the_server_goes_on(tmp_path: Path) -> None:
    answers: list[Any] = [ZeroDivisionError("division by zero"), 3]

    def perform(request: requests.Request, progress: Progress | None) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with door(tmp_path, perform) as opened:
        with pytest.raises(OmzetError, match="ZeroDivisionError"):
            ask(opened, requests.Revision())
        assert ask(opened, requests.Revision()) == 3


def test_progress_arrives_while_the_work_goes_on(tmp_path: Path) -> None:
    def perform(request: requests.Request, progress: Progress | None) -> int:
        assert progress is not None
        for share in (0.0, 0.5):
            progress("reading", share)
            time.sleep(0.15)
        return 1

    seen: list[tuple[str, float]] = []
    with door(tmp_path, perform) as opened:
        assert ask(opened, requests.Revision(), lambda text, share: seen.append((text, share))) == 1
    assert seen == [("reading", 0.0), ("reading", 0.5)]


def test_work_is_given_up_when_the_caller_leaves(tmp_path: Path) -> None:
    ended: list[str] = []
    done = threading.Event()

    def perform(request: requests.Request, progress: Progress | None) -> int:
        assert progress is not None
        try:
            for _ in range(200):
                progress("reading", 0.1)
                time.sleep(0.11)
        except CallerLeftError:
            ended.append("given up")
            raise
        finally:
            done.set()
        return 1

    with door(tmp_path, perform) as opened:
        connection = knock(opened.path)
        assert connection is not None
        import omzet

        send(connection, {"version": omzet.__version__, "request": requests.Revision().model_dump_json()})
        assert receive(connection) is not None
        connection.close()
        assert done.wait(10)
    assert ended == ["given up"]


def test_many_callers_are_answered_at_once(tmp_path: Path) -> None:
    barrier = threading.Barrier(4, timeout=10)

    def perform(request: requests.Request, progress: Progress | None) -> int:
        return barrier.wait()

    results: list[int] = []
    with door(tmp_path, perform) as opened:
        callers = [threading.Thread(target=lambda: results.append(ask(opened, requests.Revision()))) for _ in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert sorted(results) == [0, 1, 2, 3]


def test_only_the_owner_may_open_the_socket_and_it_is_gone_afterwards(tmp_path: Path) -> None:
    with door(tmp_path, lambda request, progress: 1) as opened:
        assert stat.S_IMODE(opened.path.stat().st_mode) == 0o600
        assert opened.path.parent == tmp_path.resolve()
    assert not opened.path.exists()
    assert knock(opened.path) is None


def test_a_socket_left_by_a_killed_server_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(socket_path(tmp_path)))
    left.close()
    assert knock(socket_path(tmp_path)) is None
    with door(tmp_path, lambda request, progress: 5) as opened:
        assert ask(opened, requests.Revision()) == 5


def test_a_long_path_gets_a_socket_in_a_short_private_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("a-long-name-" * 8) / ("another-one-" * 8)
    folder.mkdir(parents=True)
    with door(folder, lambda request, progress: 5) as opened:
        assert len(os.fsencode(opened.path)) <= LONGEST_PATH
        assert stat.S_IMODE(opened.path.parent.stat().st_mode) == 0o700
        assert ask(opened, requests.Revision()) == 5
    assert not opened.path.exists()


def test_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with door(tmp_path, lambda request, progress: 5) as opened:
        connection = knock(opened.path)
        assert connection is not None
        with connection:
            send(connection, {"version": "0.0.0", "request": requests.Revision().model_dump_json()})
            message = receive(connection)
    assert message is not None
    assert "Restart the server" in message["error"]["text"]


@pytest.mark.parametrize("request_text", ["", "{}", '{"kind": "drop everything"}', '{"kind": "revision", "more": 1}'])
def test_a_request_that_means_nothing_is_a_wrong_call(tmp_path: Path, request_text: str) -> None:
    import omzet

    with door(tmp_path, lambda request, progress: 5) as opened:
        connection = knock(opened.path)
        assert connection is not None
        with connection:
            send(connection, {"version": omzet.__version__, "request": request_text})
            message = receive(connection)
    assert message is not None
    assert message["error"]["exit_code"] == 2
