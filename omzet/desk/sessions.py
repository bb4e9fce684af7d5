"""Who is signed in: sessions, each a secret in one browser, of which only the hash is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from omzet.desk.passwords import hash_token, new_token
from omzet.desk.refusals import Refused
from omzet.desk.roles import Permission, permissions
from omzet.desk.store import Desk
from omzet.desk.tables import sessions, users
from omzet.desk.users import User, own_account, require, user_of_row
from omzet.desk.writing import By, Door, Writing
from omzet.errors import StoreError

IDLE = timedelta(days=7)
"""A session that isn't used this long is over."""
LASTS = timedelta(days=30)
"""And so is one that was begun this long ago, however much it is used."""
NOTICED = timedelta(minutes=5)
"""When something was last used is written down at most this often, so that reading a page doesn't write."""
BROWSER_LIMIT = 300


@dataclass(frozen=True)
class SignedIn:
    """Somebody who has proved who they are: by a session, or by an API token with its `scopes`."""

    user: User
    session_id: int | None = None
    scopes: tuple[str, ...] | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do this way."""
        return permissions(self.user.role, self.scopes)

    def may(self, permission: Permission) -> bool:
        """Whether they may do this."""
        return permission in self.permissions

    def by(self, door: Door, address: str) -> By:
        """As whom what they do is logged."""
        return By(self.user.id, door, address, self.scopes)


@dataclass(frozen=True)
class Session:
    """One browser in which a user is signed in. `is_current`: the one that asks."""

    id: int
    address: str
    browser: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


def begin_session(tx: Writing, user_id: int, browser: str) -> tuple[int, str]:
    """Begin a session for a user who has just proved who they are; its id and its secret, for the cookie.

    Sessions that are over are cleared away.
    """
    over = (sessions.c.expires_at <= tx.now) | (sessions.c.last_seen_at <= tx.now - IDLE)
    tx.remove_where(sessions, over & (sessions.c.user_id == user_id), "expired")
    token = new_token()
    values = {"user_id": user_id, "token_hash": hash_token(token), "address": tx.by.address, "browser": browser[:BROWSER_LIMIT]}
    times = {"created_at": tx.now, "last_seen_at": tx.now, "expires_at": tx.now + LASTS}
    return tx.insert(sessions, values | times, "signed_in"), token


def find_session(desk: Desk, token: str) -> SignedIn | None:
    """Who has this session's secret; None when it is over, was revoked, or its user was deactivated."""
    if not token:
        return None
    with desk.reading() as tx:
        row = tx.first(
            select(users, sessions.c.id.label("session_id"), sessions.c.last_seen_at)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.token_hash == hash_token(token), users.c.is_active)
            .where(sessions.c.expires_at > tx.now, sessions.c.last_seen_at > tx.now - IDLE)
        )
        if row is None:
            return None
        is_noted = row.last_seen_at > tx.now - NOTICED
    if not is_noted:
        # A desk that is busy, or a session that was revoked this instant, is no reason to refuse a page.
        with contextlib.suppress(StoreError, Refused), desk.writing(By(row.id)) as writing:
            writing.change(sessions, row.session_id, {"last_seen_at": writing.now})
    return SignedIn(user_of_row(row), row.session_id)


def list_sessions(desk: Desk, who: SignedIn) -> list[Session]:
    """The browsers in which somebody is signed in, last used first."""
    with desk.reading() as tx:
        own = select(sessions).where(sessions.c.user_id == who.user.id, sessions.c.expires_at > tx.now)
        rows = tx.all(own.where(sessions.c.last_seen_at > tx.now - IDLE).order_by(sessions.c.last_seen_at.desc()))
    return [_session(row, who.session_id) for row in rows]


def sign_out(desk: Desk, by: By, session_id: int) -> None:
    """End one session of one's own. Ending it twice is no error."""
    _end(desk, by, own_account(by), only={session_id}, action="signed_out")


def revoke_session(desk: Desk, by: By, session_id: int) -> None:
    """End a session from another browser: one's own, or with `manage_users` anybody's."""
    with desk.writing(by) as tx:
        owner = tx.value(select(sessions.c.user_id).where(sessions.c.id == session_id))
        if owner is None:
            return
        if owner != by.user_id or by.scopes is not None:
            require(tx, by, Permission.MANAGE_USERS)
        tx.remove(sessions, session_id, "revoked")


def revoke_sessions(desk: Desk, by: By, user_id: int, *, besides: int | None = None) -> int:
    """End all sessions of a user, `besides` one; how many. One's own, or with `manage_users` anybody's."""
    if user_id != by.user_id or by.scopes is not None:
        with desk.reading() as tx:
            require(tx, by, Permission.MANAGE_USERS)
    return _end(desk, by, user_id, besides=besides, action="revoked")


def _end(
    desk: Desk, by: By, user_id: int, *, only: Collection[int] | None = None, besides: int | None = None, action: str
) -> int:
    which = sessions.c.user_id == user_id
    if only is not None:
        which &= sessions.c.id.in_(only)
    if besides is not None:
        which &= sessions.c.id != besides
    with desk.writing(by) as tx:
        return tx.remove_where(sessions, which, action)


def _session(row: Row[*tuple[Any, ...]], current: int | None) -> Session:
    return Session(
        id=row.id,
        address=row.address,
        browser=row.browser,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        is_current=row.id == current,
    )
