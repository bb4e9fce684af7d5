"""The log only grows, whoever tries; an erasure takes names out of it and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from omzet.desk.api_tokens import make_api_token
from omzet.desk.audit import Blank, changes_after, last_number, read_log
from omzet.desk.erasure import erase_user
from omzet.desk.links import invite
from omzet.desk.location import desk_url
from omzet.desk.refusals import NotAllowed, NotSignedIn, Refused
from omzet.desk.sessions import find_session
from omzet.desk.sign_in import sign_in
from omzet.desk.store import Desk
from omzet.desk.tables import audit, erasures, users
from omzet.desk.users import change_user, find_user, reactivate
from omzet.desk.writing import By
from tests.desk.conftest import PASSWORD, SYSTEM, Company, page

REWRITES = (
    "UPDATE audit SET action = 'nothing' WHERE number = 1",
    "UPDATE audit SET user_id = NULL",
    'UPDATE audit SET "after" = NULL',
    "DELETE FROM audit WHERE number = 1",
    "DELETE FROM audit",
)
SQLITE_ONLY = ("REPLACE INTO audit SELECT * FROM audit", "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE number = 1")


def test_with_the_database_in_hand_the_log_is_not_rewritten(desk: Desk, company: Company, tmp_path: Path, where: str) -> None:
    before = changes_after(desk, 0)
    statements = (*REWRITES, *(SQLITE_ONLY if desk.is_sqlite else ("TRUNCATE audit", "TRUNCATE users CASCADE")))
    engine = create_engine(desk_url(tmp_path, where))
    for statement in statements:
        with engine.connect() as connection, pytest.raises(DBAPIError, match="the audit log is append-only"):
            connection.execute(text(statement))
    with engine.connect() as connection:  # and while an erasure is open, only what it may blank
        connection.execute(text("INSERT INTO erasures (id, subject, erased_at, is_open) VALUES (99, 'x', '2026-01-01', true)"))
        connection.execute(text("UPDATE audit SET address = ''"))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text("UPDATE audit SET action = 'nothing' WHERE number = 1"))
    engine.dispose()
    assert changes_after(desk, 0) == before


def test_numbers_are_never_given_twice(desk: Desk, company: Company) -> None:
    number = last_number(desk)
    with pytest.raises(Refused):
        invite(desk, page(company.admin), email="rens@example.com", role="rep")
    invite(desk, page(company.admin), email="noor@example.com", role="rep")
    added = changes_after(desk, number)
    assert [line.action for line in added] == ["invited", "invite_link_made"]
    assert [line.number for line in changes_after(desk, number, limit=1)] == [added[0].number]
    assert [line.action for line in changes_after(desk, number, tables=["links"])] == ["invite_link_made"]
    assert changes_after(desk, last_number(desk)) == []


def test_the_log_is_read_newest_first_by_row_and_by_user(desk: Desk, company: Company) -> None:
    admin = page(company.admin)
    change_user(desk, admin, company.rep.id, name="Rens Bos")
    whole = read_log(desk, admin, limit=1000)
    assert [line.number for line in whole] == sorted((line.number for line in whole), reverse=True)
    assert read_log(desk, admin, before=whole[3].number, limit=2) == whole[4:6]
    own = read_log(desk, admin, table="users", row_key=str(company.rep.id))
    assert [line.action for line in own] == ["changed", "accepted", "invited"]
    assert {line.user_id for line in read_log(desk, admin, user_id=company.rep.id)} == {company.rep.id}
    with pytest.raises(NotAllowed):
        read_log(desk, page(company.manager))


def test_an_erased_person_is_gone_from_rows_and_log_but_not_what_they_did(desk: Desk, company: Company, tmp_path: Path) -> None:
    admin = page(company.admin)
    rens = By(None, "page", "198.51.100.23")
    session = sign_in(desk, rens, email="rens@example.com", password=PASSWORD, browser="RensPhone 7")
    make_api_token(desk, session.who.by("page", "198.51.100.23"), name="Sheets of rens@example.com")
    with pytest.raises(NotSignedIn):
        sign_in(desk, rens, email="rens@example.com", password="wrong password")
    change_user(desk, admin, company.rep.id, name="Rens Bos", email="bos@example.com")
    change_user(desk, admin, company.manager.id, name="Mila (was with Rens Bos, not Rensink)")
    before = changes_after(desk, 0)

    erased = erase_user(desk, admin, company.rep.id, also=["R. Bos"])

    assert (erased.name, erased.email, erased.is_active, erased.person_key) == ("[erased]", "", False, "crm:rens")
    assert erased.shown("nl") == "Gewiste persoon"
    assert find_session(desk, session.token) is None
    with desk.reading() as tx:
        everything = str([tx.all(select(table)) for table in (users, audit, erasures)])
    everything = everything.replace("Mila (was with Rens Bos, not Rensink)", "")  # what somebody else's row says stays
    for name in ("rens@example.com", "bos@example.com", "Rens Bos", "'Rens'", "198.51.100.23", "RensPhone"):
        assert name not in everything, name
    after = changes_after(desk, 0)
    assert [(line.number, line.at, line.user_id, line.action, line.table, line.row_key) for line in after[: len(before)]] == [
        (line.number, line.at, line.user_id, line.action, line.table, line.row_key) for line in before
    ]
    assert "Mila (was with [erased], not Rensink)" in str(after)
    assert "'rep'" in str(after)
    assert [line.action for line in after[len(before) :]] == ["ended", "ended", "erased", "erased"]
    with pytest.raises(Refused, match="was erased"):
        reactivate(desk, admin, company.rep.id)
    invite(desk, admin, email="rens@example.com", role="rep")
    if desk.is_sqlite:
        desk.forget_freed()
        files = b"".join(path.read_bytes() for path in tmp_path.glob("desk.sqlite*"))
        assert b"bos@example.com" not in files
        assert b"198.51.100.23" not in files


def test_who_erases_is_another_admin(desk: Desk, company: Company) -> None:
    with pytest.raises(Refused, match="yourself"):
        erase_user(desk, page(company.admin), company.admin.id)
    with pytest.raises(NotAllowed):
        erase_user(desk, page(company.manager), company.rep.id)
    with pytest.raises(Refused, match="last administrator"):
        erase_user(desk, SYSTEM, company.admin.id)
    assert find_user(desk, company.admin.id) == company.admin


def test_a_text_is_blanked_as_a_whole_word_and_codes_are_left() -> None:
    blank = Blank(["Rep", "Li", "Jan de Wit", "jan@x.nl"])
    given = {"role": "rep", "name": "Rep", "email": "jan@x.nl", "language": "en"}
    assert blank.values("users", given) == {"role": "rep", "name": "[erased]", "email": "[erased]", "language": "en"}
    note = {"note": "JAN DE WIT called Li about Jan de Witte (jan@x.nl)", "people": ["Li", {"by": "Jan de Wit"}], "n": 3}
    assert blank.values("notes", note) == {
        "note": "[erased] called Li about Jan de Witte ([erased])",
        "people": ["[erased]", {"by": "[erased]"}],
        "n": 3,
    }
    assert Blank([]).value("Jan") == "Jan"
