"""Which database the setting `desk` means."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from omzet.errors import CallError

FILE_NAME = "desk.sqlite"
DRIVER = "postgresql+psycopg"


def desk_url(folder: Path, where: str) -> URL:
    """The database that `where` means for the workspace in `folder`.

    `sqlite` is `desk.sqlite` in it. `env:NAME` and `keyring:NAME` hold the URL of a PostgreSQL database; one without a
    password may stand there itself. Raises CallError when there is no such secret, or when it is no such URL.
    """
    kind, _, name = where.partition(":")
    if where in ("", "sqlite"):
        return URL.create("sqlite", database=str(folder.absolute() / FILE_NAME))
    if kind == "env":
        found = os.environ.get(name)
        hint = f"The setting desk refers to the environment variable {name}"
    elif kind == "keyring":
        found = _from_keyring(name)
        hint = f"The setting desk refers to '{name}' in the keyring (service omzet)"
    else:
        found, hint = where, "The setting desk"
    if not found:
        raise CallError(f"{hint}, which is empty. It should hold postgresql://user:password@host/database")
    try:
        url = make_url(found)
    except ArgumentError:
        raise CallError(f"{hint} is no URL of a database such as postgresql://user@host/database") from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise CallError(f"{hint}: sqlite or a postgresql:// URL is expected, not {url.get_backend_name()}.")
    return url.set(drivername=DRIVER)


def _from_keyring(name: str) -> str | None:
    try:
        import keyring
    except ImportError:
        raise CallError("Secrets in the keyring need its library: pip install keyring. Or use env:NAME.") from None
    found: str | None = keyring.get_password("omzet", name)
    return found
