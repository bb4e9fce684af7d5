"""How two processes talk through the door: JSON in frames, each behind its length in four bytes."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

from omzet.errors import StoreError

LENGTH = struct.Struct(">I")
LARGEST = 1 << 30
"""Longest frame that is taken, in bytes."""


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send one message. Raises OSError when the other side is gone."""
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    if len(body) > LARGEST:
        raise StoreError("The answer is too large to hand over. Ask for less: add a filter, a period or a limit.")
    connection.sendall(LENGTH.pack(len(body)) + body)


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """The next message, or None when the other side has closed. Raises StoreError on anything that is no frame."""
    head = _exactly(connection, LENGTH.size)
    if head is None:
        return None
    (length,) = LENGTH.unpack(head)
    if length > LARGEST:
        raise StoreError("What came through the workspace's socket is no message of Omzet's.")
    body = _exactly(connection, length)
    if body is None:
        return None
    try:
        message = json.loads(body)
    except ValueError as error:
        raise StoreError("What came through the workspace's socket is no message of Omzet's.") from error
    if not isinstance(message, dict):
        raise StoreError("What came through the workspace's socket is no message of Omzet's.")
    return message


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    parts: list[bytes] = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
