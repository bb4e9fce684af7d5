"""Links for one use: an invitation, or a new password. Whoever has the link sets the password; only its hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Row, select

from omzet.desk.passwords import check_password, hash_password, hash_token, new_token
from omzet.desk.refusals import NotSignedIn, Refused
from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import links, sessions, users
from omzet.desk.users import User, add_user, clean_email, clean_name, require, user_in
from omzet.desk.writing import By, Reading, Writing

Kind = Literal["invite", "reset"]
LASTS: dict[Kind, timedelta] = {"invite": timedelta(days=7), "reset": timedelta(days=1)}


@dataclass(frozen=True)
class Invitation:
    """A user and the secret of the link that lets them set a password. The secret is told this once."""

    user: User
    token: str


@dataclass(frozen=True)
class OpenLink:
    """What the page behind a link shows before it is used: who it is for and what it does."""

    kind: Kind
    name: str
    email: str
    language: str


def invite(
    desk: Desk, by: By, *, email: str, role: str, name: str = "", person_key: str = "", language: str = "en"
) -> Invitation:
    """Add a user who sets name and password by a link within 7 days. Needs `manage_users`.

    Raises Refused when the e-mail address is somebody's already.
    """
    email = clean_email(email)
    shown = name.strip() or email.partition("@")[0]
    with desk.writing(by) as tx:
        require(tx, by, Permission.MANAGE_USERS)
        id = add_user(tx, name=shown, email=email, role=role, person_key=person_key, language=language)
        return Invitation(user_in(tx, id), _add(tx, id, "invite"))


def make_link(desk: Desk, by: By, user_id: int) -> Invitation:
    """A new link for somebody: to set a new password within a day, or to accept the invitation. Earlier ones end.

    Needs `manage_users`. The old password holds until the link is used.
    """
    with desk.writing(by) as tx:
        require(tx, by, Permission.MANAGE_USERS)
        user = user_in(tx, user_id)
        if not user.is_active:
            raise Refused("desk.link.inactive", "This account is switched off. Switch it on first.")
        return Invitation(user, _add(tx, user_id, "invite" if user.is_invited else "reset"))


def read_link(desk: Desk, token: str) -> OpenLink:
    """Who a link is for. Raises NotSignedIn when it was used, has ended, or never was."""
    with desk.reading() as tx:
        row = _find(tx, token)
        return OpenLink(row.kind, row.name, row.email, row.language)


def use_link(desk: Desk, by: By, token: str, *, password: str, name: str | None = None) -> User:
    """Set the password (and an invited person's name) by a link, which then is over; all sessions of the user end.

    Raises NotSignedIn when the link is over, Refused when the password is not accepted: the link then stays.
    """
    found = read_link(desk, token)
    shown = clean_name(name) if name is not None and found.kind == "invite" else found.name
    check_password(password, shown, found.email)
    hashed = hash_password(password)
    with desk.writing(by) as tx:
        row = _find(tx, token)
        tx.acting_as(row.user_id)
        tx.remove_where(links, links.c.user_id == row.user_id, "used")
        action = "accepted" if row.kind == "invite" else "password_reset"
        tx.change(users, row.user_id, {"password_hash": hashed, "name": shown}, action)
        tx.remove_where(sessions, sessions.c.user_id == row.user_id, "ended")
        return user_in(tx, row.user_id)


def _add(tx: Writing, user_id: int, kind: Kind) -> str:
    tx.remove_where(links, links.c.user_id == user_id, "replaced")
    token = new_token()
    values = {"user_id": user_id, "kind": kind, "token_hash": hash_token(token), "created_at": tx.now}
    tx.insert(links, values | {"expires_at": tx.now + LASTS[kind]}, f"{kind}_link_made")
    return token


def _find(tx: Reading, token: str) -> Row[*tuple[Any, ...]]:
    row = tx.first(
        select(links.c.kind, links.c.user_id, users.c.name, users.c.email, users.c.language)
        .join(users, users.c.id == links.c.user_id)
        .where(links.c.token_hash == hash_token(token), links.c.expires_at > tx.now, users.c.is_active)
    )
    if row is None:
        raise NotSignedIn("desk.link.over", "This link was used already or is over. Ask an administrator for a new one.")
    return row
