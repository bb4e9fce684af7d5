"""Sessions and API tokens: only the hash is kept, each ends by time, by its owner or by an admin."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from omzet.desk.api_tokens import find_api_token, list_api_tokens, make_api_token, revoke_api_token
from omzet.desk.audit import last_number
from omzet.desk.refusals import NotAllowed, Refused
from omzet.desk.roles import Permission
from omzet.desk.sessions import find_session, list_sessions, revoke_session, revoke_sessions, sign_out
from omzet.desk.sign_in import NewSession, change_password, sign_in
from omzet.desk.store import Desk
from omzet.desk.tables import api_tokens, sessions, users
from omzet.desk.users import change_language, change_user, deactivate
from omzet.desk.writing import By
from omzet.errors import CallError
from tests.desk.conftest import PASSWORD, SYSTEM, Clock, Company, page


def begin(desk: Desk, name: str = "rens", browser: str = "Firefox", address: str = "192.0.2.7") -> NewSession:
    return sign_in(desk, By(None, "page", address), email=f"{name}@example.com", password=PASSWORD, browser=browser)


def test_a_session_is_found_by_its_secret_of_which_only_the_hash_is_kept(desk: Desk, company: Company) -> None:
    session = begin(desk)
    found = find_session(desk, session.token)
    assert found == session.who
    assert find_session(desk, session.token + "x") is None
    assert find_session(desk, "") is None
    with desk.reading() as tx:
        assert session.token not in str(tx.all(select(sessions)))
    assert len(session.token) >= 43


def test_nothing_is_found_of_who_is_switched_off_whatever_was_left_behind(desk: Desk, company: Company) -> None:
    session, token = begin(desk), make_api_token(desk, page(company.rep), name="x")
    with desk.writing(SYSTEM) as tx:
        tx.change(users, company.rep.id, {"is_active": False})
    assert find_session(desk, session.token) is None
    assert find_api_token(desk, token.token) is None


def test_a_session_ends_when_it_is_not_used(desk: Desk, company: Company, clock: Clock) -> None:
    session = begin(desk)
    clock.move(days=6)
    assert find_session(desk, session.token) is not None
    clock.move(days=6)
    assert find_session(desk, session.token) is not None
    clock.move(days=7)
    assert find_session(desk, session.token) is None


def test_a_session_ends_after_thirty_days_however_much_it_is_used(desk: Desk, company: Company, clock: Clock) -> None:
    session = begin(desk)
    for _ in range(6):
        clock.move(days=4.9)
        assert find_session(desk, session.token) is not None
    clock.move(days=0.6)
    assert find_session(desk, session.token) is None
    begin(desk)
    with desk.reading() as tx:
        assert len(tx.all(select(sessions))) == 1


def test_reading_pages_writes_at_most_every_five_minutes_and_never_to_the_log(desk: Desk, company: Company, clock: Clock) -> None:
    session = begin(desk)
    number = last_number(desk)
    begun = clock.now
    for _ in range(8):
        clock.move(minutes=1)
        assert find_session(desk, session.token) is not None
    [seen] = list_sessions(desk, session.who)
    assert (seen.last_seen_at - begun).total_seconds() == 300
    assert last_number(desk) == number


def test_everybody_sees_and_ends_their_own_sessions(desk: Desk, company: Company) -> None:
    phone, laptop, other = begin(desk, browser="Phone", address="192.0.2.8"), begin(desk, browser="Laptop"), begin(desk, "mila")
    listed = list_sessions(desk, laptop.who)
    assert {(each.browser, each.address, each.is_current) for each in listed} == {
        ("Phone", "192.0.2.8", False),
        ("Laptop", "192.0.2.7", True),
    }
    assert phone.who.session_id is not None
    with pytest.raises(NotAllowed):
        revoke_session(desk, other.who.by("page", ""), phone.who.session_id)
    with pytest.raises(NotAllowed):
        revoke_sessions(desk, other.who.by("page", ""), company.rep.id)
    revoke_session(desk, laptop.who.by("page", ""), phone.who.session_id)
    revoke_session(desk, laptop.who.by("page", ""), phone.who.session_id)
    assert find_session(desk, phone.token) is None
    assert find_session(desk, laptop.token) is not None
    assert laptop.who.session_id is not None
    sign_out(desk, other.who.by("page", ""), laptop.who.session_id)
    assert find_session(desk, laptop.token) is not None
    sign_out(desk, laptop.who.by("page", ""), laptop.who.session_id)
    assert find_session(desk, laptop.token) is None
    assert find_session(desk, other.token) is not None


def test_all_other_sessions_end_at_once_and_an_admin_ends_anybodys(desk: Desk, company: Company) -> None:
    here, there, admin = begin(desk), begin(desk), begin(desk, "ada")
    assert revoke_sessions(desk, here.who.by("page", ""), company.rep.id, besides=here.who.session_id) == 1
    assert find_session(desk, there.token) is None
    assert find_session(desk, here.token) is not None
    assert revoke_sessions(desk, admin.who.by("page", ""), company.rep.id) == 1
    assert find_session(desk, here.token) is None


def test_a_token_may_do_what_its_scopes_and_its_owners_role_allow(desk: Desk, company: Company) -> None:
    made = make_api_token(desk, page(company.manager), name="Sheets", scopes=["write", "read"], days=30)
    assert made.token.startswith("omzet_")
    who = find_api_token(desk, made.token)
    assert who is not None
    assert (who.user.id, who.scopes, who.session_id) == (company.manager.id, ("read", "write"), None)
    assert who.may(Permission.SEE_OWN_TEAMS)
    assert who.may(Permission.SET_TARGETS)
    assert not who.may(Permission.SEE_ALL_ROWS)
    assert not who.may(Permission.MANAGE_USERS)
    reading = find_api_token(desk, make_api_token(desk, page(company.manager), name="Read").token)
    assert reading is not None
    assert not reading.may(Permission.SET_TARGETS)
    change_user(desk, page(company.admin), company.manager.id, role="rep")
    who = find_api_token(desk, made.token)
    assert who is not None
    assert not who.may(Permission.SET_TARGETS)


def test_a_token_that_may_nothing_more_than_asked_is_made(desk: Desk, company: Company) -> None:
    with pytest.raises(NotAllowed, match="nothing to do"):
        make_api_token(desk, page(company.rep), name="x", scopes=["admin"])
    with pytest.raises(CallError, match="Unknown scope"):
        make_api_token(desk, page(company.rep), name="x", scopes=["reed"])
    with pytest.raises(Refused, match="at least one scope"):
        make_api_token(desk, page(company.rep), name="x", scopes=[])
    with pytest.raises(Refused, match="1 to 366 days"):
        make_api_token(desk, page(company.rep), name="x", days=400)
    with pytest.raises(Refused, match="name is needed"):
        make_api_token(desk, page(company.rep), name=" ")


def test_a_stolen_token_can_not_dig_itself_in(desk: Desk, company: Company) -> None:
    session = begin(desk)
    own = make_api_token(desk, page(company.rep), name="x", scopes=["read", "write"]).about
    assert session.who.session_id is not None
    by = By(company.rep.id, "api", "", ("read", "write"))
    for call in (
        lambda session_id: make_api_token(desk, by, name="x"),
        lambda session_id: revoke_session(desk, by, session_id),
        lambda session_id: sign_out(desk, by, session_id),
        lambda session_id: revoke_sessions(desk, by, company.rep.id),
        lambda session_id: revoke_api_token(desk, by, own.id),
        lambda session_id: change_language(desk, by, "nl"),
        lambda session_id: change_password(desk, session.who, by, old=PASSWORD, new="something else"),
    ):
        with pytest.raises(NotAllowed):
            call(session.who.session_id)
    assert find_session(desk, session.token) is not None


def test_a_token_ends_by_its_day_its_owner_or_the_account(desk: Desk, company: Company, clock: Clock) -> None:
    short, revoked, last = (
        make_api_token(desk, page(company.rep), name=name, days=days) for name, days in (("a", 1), ("b", 90), ("c", 90))
    )
    with pytest.raises(NotAllowed):
        revoke_api_token(desk, page(company.manager), revoked.about.id)
    revoke_api_token(desk, page(company.rep), revoked.about.id)
    clock.move(days=1)
    assert [find_api_token(desk, each.token) is None for each in (short, revoked, last)] == [True, True, False]
    listed = list_api_tokens(desk, page(company.rep))
    assert [(each.name, each.is_over, each.last_used_at) for each in listed] == [("c", False, clock.now), ("a", True, None)]
    with desk.reading() as tx:
        assert last.token not in str(tx.all(select(api_tokens)))
    deactivate(desk, page(company.admin), company.rep.id)
    assert find_api_token(desk, last.token) is None
    assert find_api_token(desk, "omzet_guess") is None
    assert find_api_token(desk, "guess") is None
