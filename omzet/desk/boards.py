"""Saved views of the data: named, shared with everybody or one's own, and pinned to a board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select

from omzet.desk.refusals import NotAllowed, Refused
from omzet.desk.store import Desk
from omzet.desk.tables import saved_views
from omzet.desk.writing import By, Reading

NAME_LIMIT = 120
ADDRESS_LIMIT = 4000


@dataclass(frozen=True)
class SavedView:
    """A saved view: its name, the address it opens, whether everybody sees it, whether it is on its owner's board."""

    id: int
    name: str
    address: str
    is_shared: bool
    is_pinned: bool
    is_own: bool


def save(desk: Desk, by: By, *, name: str, address: str, shared: bool = False) -> int:
    """Save a view; its id. Raises Refused without a name, or for an address that is no view."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_LIMIT:
        raise Refused("desk.view.name", "Give it a name of at most {n} letters.", n=NAME_LIMIT)
    if not address.startswith("/explore") or "//" in address or len(address) > ADDRESS_LIMIT or not address.isprintable():
        raise Refused("desk.view.address", "Only what is explored can be saved.")
    values = {"user_id": by.user_id, "name": name, "address": address, "is_shared": shared, "is_pinned": False}
    with desk.writing(by) as tx:
        return tx.insert(saved_views, {**values, "created_at": tx.now}, "saved")


def saved(desk: Desk, by: By) -> list[SavedView]:
    """One's own views and those that others share, by name."""
    mine = saved_views.c.user_id == by.user_id if by.user_id is not None else saved_views.c.user_id.is_(None)
    with desk.reading() as tx:
        query = select(saved_views).where(or_(mine, saved_views.c.is_shared)).order_by(saved_views.c.name, saved_views.c.id)
        return [_view(row, by) for row in tx.all(query)]


def pin(desk: Desk, by: By, id: int, *, pinned: bool) -> None:
    """Put one's own view on one's board, or take it off. Raises NotAllowed for another's."""
    with desk.writing(by) as tx:
        _own(tx, by, id)
        tx.change(saved_views, id, {"is_pinned": pinned}, "pinned" if pinned else "unpinned")


def remove(desk: Desk, by: By, id: int) -> None:
    """Remove one's own view. Raises NotAllowed for another's."""
    with desk.writing(by) as tx:
        _own(tx, by, id)
        tx.remove(saved_views, id)


def _own(tx: Reading, by: By, id: int) -> None:
    row = tx.first(select(saved_views.c.user_id).where(saved_views.c.id == id))
    if row is None or row.user_id != by.user_id:
        raise NotAllowed("desk.view.not-yours", "Somebody else saved this.")


def _view(row: Row[Any], by: By) -> SavedView:
    own = row.user_id == by.user_id
    return SavedView(row.id, row.name, row.address, row.is_shared, row.is_pinned and own, own)
