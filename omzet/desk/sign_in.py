"""Signing in with e-mail and password, and changing one's own password."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from omzet.desk.attempts import begin_attempt, end_attempt
from omzet.desk.passwords import check_password, hash_password, is_outdated, is_password
from omzet.desk.refusals import NotSignedIn
from omzet.desk.sessions import SignedIn, begin_session
from omzet.desk.store import Desk
from omzet.desk.tables import links, sessions, users
from omzet.desk.users import email_key, own_account, user_in, user_of_row
from omzet.desk.writing import By, Writing


@dataclass(frozen=True)
class NewSession:
    """A session that has just begun, and its secret for the cookie, which is told this once."""

    who: SignedIn
    token: str


def sign_in(desk: Desk, by: By, *, email: str, password: str, browser: str = "") -> NewSession:
    """Begin a session for whoever knows the password of `email`; `by.address` and `browser` are shown in their list.

    Raises TooManyAttempts, or NotSignedIn with one and the same text (and after the same time) whether the e-mail is unknown,
    the password wrong, the account switched off or the invitation not accepted yet.
    """
    by = replace(by, user_id=None)
    with desk.writing(by) as tx:
        begin_attempt(tx, email, by.address)
        row = tx.first(select(users).where(users.c.email_key == email_key(email)))
    kept = row.password_hash if row is not None and row.is_active else None
    if not is_password(kept, password) or row is None:
        with desk.writing(by) as tx:  # for unknown addresses too: the time it takes must not tell who exists
            tx.note("sign_in_failed", users, "" if row is None else row.id)
        raise NotSignedIn("desk.sign-in.wrong", "The e-mail address or the password is not right.")
    renewed = hash_password(password) if is_outdated(kept or "") else None
    with desk.writing(by) as tx:
        tx.acting_as(row.id)
        return _begin(tx, row.id, kept, renewed, email, browser)


def demo_session(desk: Desk, by: By, user_id: int, browser: str = "") -> NewSession:
    """Begin a session without a password, for the demo's sign-in by one click. Nothing else may call it."""
    with desk.writing(by) as tx:
        tx.acting_as(user_id)
        session_id, token = begin_session(tx, user_id, browser)
        return NewSession(SignedIn(user_in(tx, user_id), session_id), token)


def change_password(desk: Desk, who: SignedIn, by: By, *, old: str, new: str) -> None:
    """Set a new password of one's own; every other session ends, and so do open links.

    Raises NotSignedIn when `old` is not right, TooManyAttempts after too many tries, Refused when `new` is not accepted.
    """
    id = own_account(by)
    with desk.writing(by) as tx:
        begin_attempt(tx, who.user.email, by.address)
        kept = tx.value(select(users.c.password_hash).where(users.c.id == id))
    if not is_password(kept, old):
        raise NotSignedIn("desk.password.old", "The present password is not right.")
    check_password(new, who.user.name, who.user.email)
    hashed = hash_password(new)
    with desk.writing(by) as tx:
        end_attempt(tx, who.user.email)
        tx.change(users, id, {"password_hash": hashed}, "password_changed")
        tx.remove_where(sessions, (sessions.c.user_id == id) & (sessions.c.id != (who.session_id or 0)), "ended")
        tx.remove_where(links, links.c.user_id == id, "replaced")


def _begin(tx: Writing, id: int, kept: str | None, renewed: str | None, email: str, browser: str) -> NewSession:
    row = tx.first(select(users).where(users.c.id == id, users.c.is_active, users.c.password_hash == kept))
    if row is None:  # changed while the password was being looked at
        raise NotSignedIn("desk.sign-in.wrong", "The e-mail address or the password is not right.")
    end_attempt(tx, email)
    if renewed:
        tx.change(users, id, {"password_hash": renewed}, "password_rehashed")
    session_id, token = begin_session(tx, id, browser)
    return NewSession(SignedIn(user_of_row(row), session_id), token)
