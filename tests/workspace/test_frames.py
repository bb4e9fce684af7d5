"""Messages between two processes."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from omzet.errors import StoreError
from omzet.workspace.frames import LENGTH, receive, send


def test_what_is_sent_is_received() -> None:
    one, other = socket.socketpair()
    message: dict[str, Any] = {"text": "Größe – 1.000 €", "rows": [{"n": n, "x": None} for n in range(5000)]}
    with one, other:
        sender = threading.Thread(target=send, args=(one, message))
        sender.start()
        assert receive(other) == message
        sender.join()


def test_a_closed_connection_gives_none() -> None:
    one, other = socket.socketpair()
    one.close()
    with other:
        assert receive(other) is None


def test_a_message_cut_off_in_the_middle_gives_none() -> None:
    one, other = socket.socketpair()
    one.sendall(LENGTH.pack(100) + b"{")
    one.close()
    with other:
        assert receive(other) is None


@pytest.mark.parametrize("body", [b"GET / HTTP/1.1\r\n\r\n", LENGTH.pack(3) + b"{]}", LENGTH.pack(2) + b"[]"])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(body)
        with pytest.raises(StoreError, match="no message of Omzet's"):
            receive(other)
