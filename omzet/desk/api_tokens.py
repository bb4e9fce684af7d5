"""API tokens: secrets by which a program acts as a user, within scopes, until a day."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from omzet.desk.passwords import hash_token, new_token
from omzet.desk.refusals import NotAllowed, Refused
from omzet.desk.roles import Permission, Scope, as_scope, permissions
from omzet.desk.sessions import NOTICED, SignedIn
from omzet.desk.store import Desk
from omzet.desk.tables import api_tokens, users
from omzet.desk.users import clean_name, own_account, require, signed_in, user_in, user_of_row
from omzet.desk.writing import By
from omzet.errors import StoreError

PREFIX = "omzet_"
"""Begins every token, so that a scanner of code or logs recognises one that was left there."""
LASTS_DAYS = 90
LONGEST_DAYS = 366
MOST = 50


@dataclass(frozen=True)
class ApiToken:
    """One token of a user; the secret itself isn't kept. `is_over`: its day has passed."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    is_over: bool


@dataclass(frozen=True)
class NewApiToken:
    """A token that was just made, and its secret, which is told this once."""

    about: ApiToken
    token: str


def make_api_token(desk: Desk, by: By, *, name: str, scopes: Collection[str] = ("read",), days: int = LASTS_DAYS) -> NewApiToken:
    """Make a token for oneself that lasts `days` (1 to 366). It may do what the scopes and the user's role both allow.

    Raises NotAllowed for a scope in which the role may do nothing, and when a token asks; Refused for other mistakes.
    """
    wanted: tuple[Scope, ...] = tuple(sorted({as_scope(scope) for scope in scopes}))
    if not wanted:
        raise Refused("desk.token.scopes", "Choose at least one scope.")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("desk.token.days", "A token lasts 1 to {n} days.", n=LONGEST_DAYS)
    name = clean_name(name)
    secret = PREFIX + new_token()
    with desk.writing(by) as tx:
        user = user_in(tx, own_account(by))
        if not all(permissions(user.role, [scope]) for scope in wanted):
            raise NotAllowed("desk.token.role", "Your role has nothing to do in this scope.")
        own = api_tokens.c.user_id == user.id
        if tx.value(select(func.count()).select_from(api_tokens).where(own)) >= MOST:
            raise Refused("desk.token.many", "There are {n} tokens already. Revoke one first.", n=MOST)
        values = {"user_id": user.id, "name": name, "scopes": list(wanted), "token_hash": hash_token(secret)}
        times = {"created_at": tx.now, "last_used_at": None, "expires_at": tx.now + timedelta(days=days)}
        id = tx.insert(api_tokens, values | times, "token_made")
        row = tx.first(select(api_tokens).where(api_tokens.c.id == id))
        assert row is not None
        return NewApiToken(_token(row, tx.now), secret)


def find_api_token(desk: Desk, token: str) -> SignedIn | None:
    """Who acts with this secret; None when it is over, was revoked, or its user was deactivated."""
    if not token.startswith(PREFIX):
        return None
    with desk.reading() as tx:
        row = tx.first(
            select(users, api_tokens.c.id.label("token_id"), api_tokens.c.scopes, api_tokens.c.last_used_at)
            .join(api_tokens, api_tokens.c.user_id == users.c.id)
            .where(api_tokens.c.token_hash == hash_token(token), api_tokens.c.expires_at > tx.now, users.c.is_active)
        )
        if row is None:
            return None
        is_noted = row.last_used_at is not None and row.last_used_at > tx.now - NOTICED
    if not is_noted:
        with contextlib.suppress(StoreError, Refused), desk.writing(By(row.id, "api")) as writing:
            writing.change(api_tokens, row.token_id, {"last_used_at": writing.now})
    return SignedIn(user_of_row(row), scopes=tuple(row.scopes))


def list_api_tokens(desk: Desk, by: By) -> list[ApiToken]:
    """One's own tokens, newest first, those that are over included."""
    with desk.reading() as tx:
        own = select(api_tokens).where(api_tokens.c.user_id == signed_in(by)).order_by(api_tokens.c.id.desc())
        return [_token(row, tx.now) for row in tx.all(own)]


def revoke_api_token(desk: Desk, by: By, id: int) -> None:
    """End a token: one's own, or with `manage_users` anybody's. Ending it twice is no error."""
    with desk.writing(by) as tx:
        owner = tx.value(select(api_tokens.c.user_id).where(api_tokens.c.id == id))
        if owner is None:
            return
        if owner != by.user_id or by.scopes is not None:
            require(tx, by, Permission.MANAGE_USERS)
        tx.remove(api_tokens, id, "revoked")


def _token(row: Row[*tuple[Any, ...]], now: datetime) -> ApiToken:
    return ApiToken(
        id=row.id,
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        is_over=row.expires_at <= now,
    )
