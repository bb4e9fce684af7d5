"""Keep a store fit for use: make its derived tables, and rebuild them when their making or the settings changed."""

from __future__ import annotations

from omzet.engines import Session, Store
from omzet.engines.sql import quoted
from omzet.history import facts, surroundings, touches
from omzet.model import CHANGE_TABLES, TABLES, Kind
from omzet.settings import Settings

DERIVED_VERSION = 11
"""Grows whenever derived tables are made differently: an older store is then rebuilt from its log."""


def prepare(store: Store, settings: Settings) -> None:
    """Make or rebuild what is derived, if the store is new, was derived by another version, or under other settings."""
    with store.reading() as session:
        if _state(session) == _wanted(settings):
            return
    with store.writing() as session:
        before = _state(session)
        if before == _wanted(settings):
            return
        if before and before[1] != settings.timezone:
            _move_days(session, settings.timezone)
        surroundings.prepare(session)
        surroundings.fill(session, settings.fiscal_year_start)
        facts.derive(session, settings, None)
        touches.derive(session)
        session.run(
            "CREATE OR REPLACE TABLE derived (version INTEGER, timezone VARCHAR, currency VARCHAR, fiscal_year_start INTEGER)"
        )
        session.run("INSERT INTO derived VALUES (?, ?, ?, ?)", list(_wanted(settings)))


def _wanted(settings: Settings) -> tuple[int, str, str, int]:
    return DERIVED_VERSION, settings.timezone, settings.currency, settings.fiscal_year_start


def _state(session: Session) -> tuple[int, str, str, int] | None:
    if not session.rows("SELECT 1 FROM information_schema.tables WHERE table_name = 'derived'"):
        return None
    rows = session.rows("SELECT version, timezone, currency, fiscal_year_start FROM derived")
    return rows[0] if rows else None


def _move_days(session: Session, zone: str) -> None:
    """Local days belong to the company's zone: find them again from the instants."""
    for table in TABLES.values():
        if table.name in CHANGE_TABLES:
            continue
        days = [
            f"{quoted(c.local_day)} = {session.sql.local_day(quoted(c.name), zone)}"
            for c in table.columns
            if c.kind is Kind.INSTANT
        ]
        session.run(f"UPDATE {table.name} SET {', '.join(days)}")
    session.run(f"UPDATE changes SET changed_on = {session.sql.local_day('changed_at', zone)}")
