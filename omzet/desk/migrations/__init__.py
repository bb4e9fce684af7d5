"""The desk's schema, brought up to what this version knows whenever a desk is opened."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from omzet.errors import StoreError

SCHEMA = "0005"
"""The newest schema that this version knows: the last file of `versions`."""

FOLDER = Path(__file__).parent
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it works on in module globals


def schema_of(connection: Connection) -> str | None:
    """The number of the schema that a database has; None when the desk has no tables in it yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def bring_up(connection: Connection) -> None:
    """Bring the database up to `SCHEMA`. The caller's transaction is that of a writer and commits; all happens or nothing.

    Raises StoreError when a newer Omzet made the schema.
    """
    found = schema_of(connection)
    if found == SCHEMA:
        return
    if found is not None and (not found.isdecimal() or found > SCHEMA):
        raise StoreError(
            f"A newer Omzet wrote the desk (its schema is {found}, this version knows up to {SCHEMA}). Update Omzet to open it."
        )
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")
