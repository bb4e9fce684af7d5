"""Text that every database can hold and every program can read."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and with a question mark for half a character (lone surrogates)."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
