"""Erasing a person from the desk: what they did stays, with its numbers; who they were goes, from rows and log."""

from __future__ import annotations

from collections.abc import Collection

from omzet.desk.attempts import end_attempt
from omzet.desk.audit import erase, logged_texts
from omzet.desk.goals import forget_words
from omzet.desk.refusals import Refused
from omzet.desk.roles import Permission
from omzet.desk.store import Desk
from omzet.desk.tables import users
from omzet.desk.users import ERASED, User, end_access, refuse_no_admin, require, user_in
from omzet.desk.writing import By


def erase_user(desk: Desk, by: By, id: int, *, also: Collection[str] = ()) -> User:
    """Erase a user: name, e-mail and password go, access ends, and the log no longer names them. Needs `manage_users`.

    What they wrote in talks about goals goes too; the numbers and answers stay.

    `also` are other names they are known by, such as those in the sales data. Their id and `person_key` stay, so that what
    they entered still belongs together. It can't be undone, except by a backup made before. On PostgreSQL what was
    overwritten leaves the disk with the next VACUUM. Raises Refused for oneself.
    """
    if id == by.user_id:
        raise Refused("desk.erase-self", "You can't erase yourself. Another administrator can.")
    with desk.writing(by) as tx:
        require(tx, by, Permission.MANAGE_USERS)
        user = user_in(tx, id)
        texts = logged_texts(tx, users.name, str(id), ("name", "email")) | {user.name, user.email, *also}
        end_access(tx, id)
        gone = {"name": ERASED, "email": None, "email_key": None, "password_hash": None, "is_active": False}
        tx.change(users, id, gone, "erased")
        refuse_no_admin(tx)
        for text in texts:
            end_attempt(tx, text)
        forget_words(tx, id)
        erase(tx, f"users:{id}", texts - {ERASED, ""}, user_id=id)
        erased = user_in(tx, id)
    desk.forget_freed()
    return erased
