"""Users: who may sign in, with which role, and which person of the sales data they are.

Not `people`: that is the table of the sales data, which knows many who never sign in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from omzet.desk.passwords import check_password, hash_password
from omzet.desk.refusals import NotAllowed, NotSignedIn, Refused
from omzet.desk.roles import Permission, Role, as_role, permissions
from omzet.desk.store import Desk
from omzet.desk.tables import api_tokens, links, sessions, users
from omzet.desk.texts import storable
from omzet.desk.writing import By, Reading, Writing
from omzet.errors import unknown
from omzet.locale import languages, t

ERASED = "[erased]"
"""What stands where somebody's name or address was erased."""
NAME_LIMIT = 200


@dataclass(frozen=True)
class User:
    """Somebody with an account. `person_key` is the key of their row in `people` (`connection:id`), empty for none.

    `is_invited`: no password was set yet. `version` is what a form hands back, so that it doesn't overwrite another's change.
    """

    id: int
    name: str
    email: str
    role: Role
    person_key: str
    language: str
    is_active: bool
    is_invited: bool
    created_at: datetime
    version: int

    def shown(self, language: str = "en") -> str:
        """The name for people to read."""
        return t("desk.erased", "Erased person", language) if self.name == ERASED else self.name


def needs_first_admin(desk: Desk) -> bool:
    """Whether nobody has an account yet."""
    with desk.reading() as tx:
        return _is_empty(tx)


def first_admin(desk: Desk, by: By, *, name: str, email: str, password: str, language: str = "en") -> User:
    """Make the first account, an admin. Raises Refused when there is one already, however close the race."""
    name, email = clean_name(name), clean_email(email)
    check_password(password, name, email)
    hashed = hash_password(password)
    with desk.writing(by) as tx:
        if not _is_empty(tx):
            raise Refused("desk.first.taken", "There is an account already. Sign in, or ask for an invitation.")
        id = tx.insert(users, _new(tx, name, email, "admin", "", language) | {"password_hash": hashed}, "first_admin")
        return user_in(tx, id)


def list_users(desk: Desk, by: By) -> list[User]:
    """All users by name. Raises NotAllowed for who may not manage them."""
    with desk.reading() as tx:
        require(tx, by, Permission.MANAGE_USERS)
        return [user_of_row(row) for row in tx.all(select(users).order_by(func.lower(users.c.name), users.c.id))]


def find_user(desk: Desk, id: int) -> User:
    """The user of that id. Raises Refused when there is none."""
    with desk.reading() as tx:
        return user_in(tx, id)


def find_users(desk: Desk, ids: Collection[int]) -> dict[int, User]:
    """Users by id, for names beside what they did; whether a reader may see them is the caller's to decide (`see_names`)."""
    with desk.reading() as tx:
        return {row.id: user_of_row(row) for row in tx.all(select(users).where(users.c.id.in_(ids)))}


def users_of_person(desk: Desk, person_key: str) -> list[User]:
    """The active users who are that person of the sales data; mostly one or none."""
    with desk.reading() as tx:
        found = select(users).where(users.c.person_key == person_key, users.c.is_active).order_by(users.c.id)
        return [user_of_row(row) for row in tx.all(found)]


def change_user(
    desk: Desk,
    by: By,
    id: int,
    *,
    name: str | None = None,
    email: str | None = None,
    role: str | None = None,
    person_key: str | None = None,
    language: str | None = None,
    version: int | None = None,
) -> User:
    """Change what is given of a user; needs `manage_users`. `version` as read before: Conflict when it has moved on.

    Raises Refused when the e-mail is somebody else's, or when it would leave no admin.
    """
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = clean_name(name)
    if email is not None:
        values |= {"email": clean_email(email), "email_key": email_key(email)}
    if role is not None:
        values["role"] = as_role(role)
    if person_key is not None:
        values["person_key"] = person_key.strip() or None
    if language is not None:
        values["language"] = clean_language(language)
    with desk.writing(by) as tx:
        require(tx, by, Permission.MANAGE_USERS)
        if email is not None:
            refuse_taken(tx, email, besides=id)
        tx.change(users, id, values, version=version)
        refuse_no_admin(tx)
        return user_in(tx, id)


def change_language(desk: Desk, by: By, language: str) -> User:
    """The language that whoever acts reads from now on."""
    with desk.writing(by) as tx:
        id = own_account(by)
        tx.change(users, id, {"language": clean_language(language)})
        return user_in(tx, id)


def deactivate(desk: Desk, by: By, id: int) -> User:
    """End somebody's access at once: sessions, API tokens and open links too. What they entered stays. Needs `manage_users`."""
    with desk.writing(by) as tx:
        require(tx, by, Permission.MANAGE_USERS)
        tx.change(users, id, {"is_active": False}, "deactivated")
        end_access(tx, id)
        refuse_no_admin(tx)
        return user_in(tx, id)


def reactivate(desk: Desk, by: By, id: int) -> User:
    """Let somebody sign in again, with the password they had. Needs `manage_users`."""
    with desk.writing(by) as tx:
        require(tx, by, Permission.MANAGE_USERS)
        if user_in(tx, id).name == ERASED:
            raise Refused("desk.erased-stays", "This person was erased. Invite them anew.")
        tx.change(users, id, {"is_active": True}, "reactivated")
        return user_in(tx, id)


def require(tx: Reading, by: By, permission: Permission) -> None:
    """Raise NotAllowed when who acts may not do this.

    At the command line nobody is signed in: whoever can open the workspace's files may do everything with them anyway. So
    may the one person who is let in while nobody has an account.
    """
    if by.user_id is None and (by.door in ("cli", "system") or _is_empty(tx)):
        return
    row = tx.first(select(users.c.role, users.c.is_active).where(users.c.id == signed_in(by)))
    if row is None or not row.is_active or permission not in permissions(row.role, by.scopes):
        raise NotAllowed("desk.not-allowed", "Your role doesn't allow this. Ask an administrator.")


def signed_in(by: By) -> int:
    """The id of the user who acts. Raises NotSignedIn when nobody is signed in."""
    if by.user_id is None:
        raise NotSignedIn("desk.sign-in.needed", "Sign in first.")
    return by.user_id


def own_account(by: By) -> int:
    """The id of who acts on their own account. Raises NotAllowed for an API token: a stolen one must not outlive its end."""
    if by.scopes is not None:
        raise NotAllowed("desk.token.account", "A token can't do this. Sign in on a page.")
    return signed_in(by)


def user_in(tx: Reading, id: int) -> User:
    """The user of that id, as this transaction sees it."""
    row = tx.first(select(users).where(users.c.id == id))
    if row is None:
        raise Refused("desk.users.absent", "There is no such user.")
    return user_of_row(row)


def user_of_row(row: Row[*tuple[Any, ...]]) -> User:
    """A user out of a row of the table."""
    return User(
        id=row.id,
        name=row.name,
        email=row.email or "",
        role=row.role,
        person_key=row.person_key or "",
        language=row.language,
        is_active=row.is_active,
        is_invited=row.password_hash is None,
        created_at=row.created_at,
        version=row.version,
    )


def add_user(tx: Writing, *, name: str, email: str, role: str, person_key: str, language: str) -> int:
    """Add a user who has no password yet; the id. Raises Refused when the e-mail is taken."""
    refuse_taken(tx, email)
    return tx.insert(users, _new(tx, name, email, role, person_key, language), "invited")


def end_access(tx: Writing, id: int) -> None:
    """End what somebody could still come in with."""
    for table in (sessions, api_tokens, links):
        tx.remove_where(table, table.c.user_id == id, "ended")


def refuse_taken(tx: Reading, email: str, besides: int | None = None) -> None:
    """Raise Refused when somebody else has that e-mail address, whatever its capitals."""
    taken = tx.value(select(users.c.id).where(users.c.email_key == email_key(email)))
    if taken is not None and taken != besides:
        raise Refused("desk.email.taken", "Somebody has an account with this e-mail address already.")


def clean_name(name: str) -> str:
    """A name without stray blanks and control characters. Raises Refused when nothing is left."""
    text = " ".join("".join(" " if unicodedata.category(each)[0] == "C" else each for each in name).split())[:NAME_LIMIT]
    if not text or text == ERASED:
        raise Refused("desk.name.empty", "A name is needed.")
    return text


def clean_email(email: str) -> str:
    """An e-mail address without blanks around it. Raises Refused when it can't be one."""
    text = storable(email).strip()
    if len(text) > 254 or not re.fullmatch(r"[^\s@<>,;:\"\\()\x00-\x1f]+@[^\s@<>,;:\"\\()\x00-\x1f]+", text):
        raise Refused("desk.email.wrong", "This is no e-mail address.")
    return text


def email_key(email: str) -> str:
    """What is equal for the same address in other capitals."""
    return unicodedata.normalize("NFKC", storable(email).strip()).casefold()


def clean_language(language: str) -> str:
    """A language there are texts in. Raises CallError with the nearest right one."""
    if language not in languages():
        raise unknown("language", language, languages())
    return language


def _new(tx: Writing, name: str, email: str, role: str, person_key: str, language: str) -> dict[str, Any]:
    return {
        "name": clean_name(name),
        "email": clean_email(email),
        "email_key": email_key(email),
        "role": as_role(role),
        "person_key": person_key.strip() or None,
        "language": clean_language(language),
        "is_active": True,
        "password_hash": None,
        "created_at": tx.now,
    }


def _is_empty(tx: Reading) -> bool:
    return tx.first(select(users.c.id).limit(1)) is None


def refuse_no_admin(tx: Reading) -> None:
    """Raise Refused when nobody would be left who may manage users."""
    admins = select(users.c.id).where(users.c.role == "admin", users.c.is_active, users.c.password_hash.is_not(None))
    if tx.first(admins.limit(1)) is None:
        raise Refused("desk.last-admin", "This is the last administrator. Make somebody else one first.")
