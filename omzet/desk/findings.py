"""Findings that somebody put aside, each for themselves and with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from omzet.desk.refusals import Refused
from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import dismissals
from omzet.desk.users import require
from omzet.desk.writing import By, Reading

LIMIT = 2000
"""Characters of what somebody writes at most."""


@dataclass(frozen=True)
class Dismissal:
    """A finding that somebody put aside, why, and the evidence it had then."""

    id: int
    finding: str
    reason: str
    seen: Mapping[str, Any]
    dismissed_at: datetime


def dismiss(desk: Desk, by: By, finding: str, reason: str, seen: Mapping[str, Any]) -> None:
    """Put a finding aside for who acts alone. Raises Refused without a reason."""
    text = reason.strip()[:LIMIT]
    if not text:
        raise Refused("desk.finding.reason", "Say why, so that you know it later.")
    with desk.writing(by) as tx:
        _some_role(tx, by)
        given = {"finding": finding, "reason": text, "seen": dict(seen)}
        old = tx.first(select(dismissals).where(_mine(by), dismissals.c.finding == finding))
        if old is not None:
            tx.change(dismissals, old.id, {**given, "dismissed_at": tx.now})
            return
        tx.insert(dismissals, {**given, "user_id": by.user_id, "dismissed_at": tx.now})


def take_back(desk: Desk, by: By, finding: str) -> None:
    """Show a finding again that was put aside."""
    with desk.writing(by) as tx:
        _some_role(tx, by)
        tx.remove_where(dismissals, _mine(by) & (dismissals.c.finding == finding))


def dismissed(desk: Desk, by: By) -> dict[str, Dismissal]:
    """What who acts has put aside, by finding."""
    with desk.reading() as tx:
        rows = tx.all(select(dismissals).where(_mine(by)))
    return {row.finding: Dismissal(row.id, row.finding, row.reason, dict(row.seen), row.dismissed_at) for row in rows}


def _some_role(tx: Reading, by: By) -> None:
    require(tx, by, Permission.SEE_OWN)


def _mine(by: By) -> ColumnElement[bool]:
    return dismissals.c.user_id == by.user_id if by.user_id is not None else dismissals.c.user_id.is_(None)
