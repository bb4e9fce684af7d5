"""Passwords: which are accepted, and how they are kept (argon2id)."""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from omzet.desk.refusals import Refused
from omzet.desk.texts import storable

SHORTEST, LONGEST = 10, 500
DIFFERENT = 4
_HASHER = PasswordHasher()
# Each hash takes 64 MB for a moment; a crowd signing in at once waits here rather than for memory.
_AT_ONCE = threading.Semaphore(4)


def check_password(password: str, name: str, email: str) -> None:
    """Raise Refused when a password is too short or easily guessed for this person."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise Refused("desk.password.short", "The password needs at least {n} characters.", n=SHORTEST)
    if len(plain) > LONGEST:
        raise Refused("desk.password.long", "The password may have at most {n} characters.", n=LONGEST)
    if len(set(plain)) < DIFFERENT:
        raise Refused("desk.password.simple", "The password repeats too few characters. Use a few words instead.")
    own = {_bare(each) for each in (name, email, email.partition("@")[0]) if each}
    if _bare(plain) in own:
        raise Refused("desk.password.own", "The password must not be your name or e-mail address.")


def hash_password(password: str) -> str:
    """The hash to keep. It tells its own parameters and salt."""
    with _AT_ONCE:
        return _HASHER.hash(_plain(password))


def is_password(kept: str | None, password: str) -> bool:
    """Whether a password is that of the hash. Takes as long when there is no hash, so that time doesn't tell who exists."""
    try:
        with _AT_ONCE:
            return _HASHER.verify(kept or _nobodys(), _plain(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def new_token() -> str:
    """A secret that nobody can guess, for sessions and links."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is kept of such a secret. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(storable(token).encode()).hexdigest()


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))


def _plain(password: str) -> str:
    """The same characters however a keyboard composes them."""
    return unicodedata.normalize("NFKC", storable(password))


def _bare(text: str) -> str:
    return "".join(_plain(text).casefold().split())
