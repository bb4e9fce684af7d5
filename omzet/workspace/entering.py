"""Entering at the desk: kept there first, then taken over by history, by whoever owns the store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from omzet.desk.entries import Entered, record, settle, waiting
from omzet.desk.refusals import NotAllowed
from omzet.desk.writing import By
from omzet.engines import Session, Store
from omzet.engines.sql import text_literal
from omzet.errors import OmzetError
from omzet.history.entered import Entry, enter
from omzet.history.merge import DESK
from omzet.metrics.access import Access
from omzet.metrics.definition import Metric
from omzet.settings import Settings

if TYPE_CHECKING:
    from omzet.desk.store import Desk

log = logging.getLogger(__name__)

OF_ROWS = {"deals": ("deals", "deal_key"), "leads": ("leads", "lead_key"), "activities": ("activities", "activity_key")}
"""Tables whose rows belong to people: the relation that tells whose they are, and its key."""

OWNER = "owner_id"


def enter_rows(store: Store, settings: Settings, desk: Desk, by: By, given: Sequence[Entry], access: Access) -> list[Entered]:
    """Enter on rows that somebody may see, all or nothing; what was entered.

    Raises NotAllowed for a row or an owner that they may not see, Moved when a row changed since they looked at it, and
    CallError for a value that can't be read.
    """
    if access.is_limited:
        with store.reading() as session:
            for entry in given:
                _refuse_others(session, settings, entry, access)
    kept = record(desk, by, given)
    ids = [each.id for each in kept]
    try:
        report = enter(store, settings, [each.entry for each in kept])
    except OmzetError as error:
        settle(desk, ids, reason=str(error))
        raise
    settle(desk, ids, load_no=report.load_id)
    return [replace(each, state="taken", load_no=report.load_id) for each in kept]


def take_over(store: Store, settings: Settings, desk: Desk) -> int:
    """Take over what was kept and not taken over, because the process ended in between; how many entries were."""
    taken = 0
    for each in waiting(desk):
        try:
            report = enter(store, settings, [each.entry])
        except OmzetError as error:
            # It may have been taken over just before the process ended: then what was seen has changed, by itself.
            log.warning("What was entered on %s of %s was not taken over: %s", each.key, each.table, error)
            settle(desk, [each.id], reason=str(error))
        else:
            settle(desk, [each.id], load_no=report.load_id)
            taken += 1
    return taken


def _refuse_others(session: Session, settings: Settings, entry: Entry, access: Access) -> None:
    owner = entry.values.get(OWNER)
    if owner is not None and not access.shows(owner):
        raise _not_yours()
    if entry.table not in OF_ROWS:
        return
    if entry.key.startswith(f"{DESK}:") and not session.rows(f"SELECT 1 FROM {entry.table} WHERE key = ?", [entry.key]):
        if owner is None:
            raise _not_yours()
        return
    if not _sees(session, settings, entry.table, entry.key, access):
        raise _not_yours()


def _sees(session: Session, settings: Settings, table: str, key: str, access: Access) -> bool:
    from omzet.metrics.calendar import Calendar
    from omzet.metrics.labels import Labels
    from omzet.metrics.scope import Scope, state_as_of
    from omzet.metrics.selection import select

    relation, column = OF_ROWS[table]
    calendar = Calendar(settings, ())
    scope = Scope(
        session=session,
        settings=settings,
        calendar=calendar,
        labels=Labels(session, access),
        as_of=state_as_of(session, settings, calendar.today()),
        where=access.conditions,
        access=access,
    )
    chosen = select(scope, replace(ANY, relation=relation))
    where = f"r.{column} = {text_literal(key)} AND {chosen.filters or 'TRUE'}"
    return bool(session.rows(f"SELECT 1 FROM {chosen.source} WHERE {where} LIMIT 1"))


ANY = Metric("any", 1, "", "", "", "", "", "", "", "count", "up", "additive", relation="deals", value="count(*)")
"""Rows, whichever."""


def _not_yours() -> NotAllowed:
    return NotAllowed("desk.not-yours", "This isn't yours to change.")
