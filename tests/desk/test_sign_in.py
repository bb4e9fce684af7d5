"""Signing in: one answer for whoever doesn't get in, a limit that no race or restart passes, passwords kept as they should be."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from sqlalchemy import select

from omzet.desk import passwords
from omzet.desk.attempts import BY_ADDRESS, BY_EMAIL, network_of
from omzet.desk.audit import read_log
from omzet.desk.links import invite
from omzet.desk.refusals import NotSignedIn, Refused, TooManyAttempts
from omzet.desk.sessions import find_session, list_sessions
from omzet.desk.sign_in import NewSession, change_password, demo_session, sign_in
from omzet.desk.store import Desk, open_desk
from omzet.desk.tables import attempts, users
from omzet.desk.users import deactivate
from omzet.desk.writing import By
from tests.desk.conftest import PASSWORD, Clock, Company, page
from tests.desk.test_users import outcomes


def fail(desk: Desk, email: str = "rens@example.com", address: str = "192.0.2.7") -> None:
    with pytest.raises(NotSignedIn, match="not right"):
        sign_in(desk, By(None, "page", address), email=email, password="wrong password")


def test_who_does_not_get_in_is_not_told_why(desk: Desk, company: Company) -> None:
    invite(desk, page(company.admin), email="noor@example.com", role="rep")
    deactivate(desk, page(company.admin), company.manager.id)
    told = set()
    for email, password in (
        ("rens@example.com", "wrong password"),
        ("nobody@example.com", PASSWORD),
        ("noor@example.com", ""),
        ("mila@example.com", PASSWORD),
        ("", ""),
    ):
        with pytest.raises(NotSignedIn) as raised:
            sign_in(desk, page(), email=email, password=password)
        told.add(str(raised.value))
    assert told == {"The e-mail address or the password is not right."}
    failed = [line for line in read_log(desk, page(company.admin)) if line.action == "sign_in_failed"]
    assert [(line.row_key, line.user_id) for line in failed][::-1][:2] == [(str(company.rep.id), None), ("", None)]


def test_time_does_not_tell_who_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With hashes as slow as the real ones, so that a difference would show."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher())
    kept = passwords.hash_password(PASSWORD)
    passwords.is_password(None, PASSWORD)

    def took(hashed: str | None) -> float:
        begun = time.process_time()
        assert not passwords.is_password(hashed, "wrong password")
        return time.process_time() - begun

    pairs = [(took(kept), took(None)) for _ in range(9)]
    known, unknown = (statistics.median(each) for each in zip(*pairs, strict=True))
    assert 0.5 < known / unknown < 2


def test_after_too_many_tries_the_address_waits_and_is_told_how_long(desk: Desk, company: Company, clock: Clock) -> None:
    for _ in range(BY_EMAIL):
        fail(desk)
        clock.move(minutes=0.5)
    with pytest.raises(TooManyAttempts) as raised:
        sign_in(desk, page(), email="RENS@example.com", password=PASSWORD)
    assert raised.value.seconds == 600
    assert str(raised.value) == "Too many attempts. Try again in 10 minutes."
    assert raised.value.text("nl") == "Te veel pogingen. Probeer het over 10 minuten opnieuw."
    clock.move(minutes=9.5)
    with pytest.raises(TooManyAttempts, match=r"in 1 minute\."):
        sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    clock.move(minutes=0.5)
    sign_in(desk, page(), email="rens@example.com", password=PASSWORD)


def test_others_at_the_address_still_get_in_and_success_forgets_the_tries(desk: Desk, company: Company) -> None:
    for _ in range(BY_EMAIL):
        fail(desk)
    sign_in(desk, page(), email="mila@example.com", password=PASSWORD)
    for _ in range(BY_EMAIL - 1):
        fail(desk, "mila@example.com")
    sign_in(desk, page(), email="mila@example.com", password=PASSWORD)
    fail(desk, "mila@example.com")


def test_many_addresses_tried_from_one_place_are_stopped_too(desk: Desk, company: Company) -> None:
    for number in range(BY_ADDRESS):
        fail(desk, f"{number}@example.com", f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooManyAttempts):
        sign_in(desk, By(None, "page", "2001:db8:1:2:ffff::1"), email="rens@example.com", password=PASSWORD)
    sign_in(desk, By(None, "page", "2001:db8:1:3::1"), email="rens@example.com", password=PASSWORD)


def test_the_limit_outlives_a_restart(desk: Desk, company: Company, tmp_path: Path, where: str, clock: Clock) -> None:
    for _ in range(BY_EMAIL):
        fail(desk)
    desk.close()
    with open_desk(tmp_path, where, clock=clock) as again, pytest.raises(TooManyAttempts):
        sign_in(again, page(), email="rens@example.com", password=PASSWORD)


def test_the_limit_is_not_passed_by_trying_all_at_once(desks: tuple[Desk, Desk], company: Company) -> None:
    def attempt(number: int) -> Any:
        return lambda: sign_in(desks[number % 2], page(), email="rens@example.com", password="wrong password")

    tried = outcomes([attempt(number) for number in range(BY_EMAIL + 8)])
    assert sum(isinstance(each, TooManyAttempts) for each in tried) == 8


def test_what_was_typed_is_not_kept_and_old_tries_go(desk: Desk, company: Company, clock: Clock) -> None:
    fail(desk, "hunter2-typed-in-the-wrong-field")
    with desk.reading() as tx:
        assert "hunter2" not in str(tx.all(select(attempts)))
    clock.move(minutes=16)
    sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    with desk.reading() as tx:
        assert tx.all(select(attempts)) == []


def test_a_hash_with_old_parameters_is_renewed_at_sign_in(desk: Desk, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=128, parallelism=1))
    for _ in range(2):
        sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    with desk.reading() as tx:
        kept = tx.value(select(users.c.password_hash).where(users.c.id == company.rep.id))
    assert extract_parameters(kept).time_cost == 2
    assert [line.action for line in read_log(desk, page(company.admin), table="users", limit=1)] == ["password_rehashed"]


def test_a_changed_password_ends_the_other_sessions(desk: Desk, company: Company) -> None:
    here, elsewhere = (sign_in(desk, page(), email="rens@example.com", password=PASSWORD, browser=name) for name in "ab")
    by = here.who.by("page", "192.0.2.7")
    with pytest.raises(NotSignedIn, match="present password"):
        change_password(desk, here.who, by, old="wrong password", new="a new and longer one")
    with pytest.raises(Refused, match="at least 10"):
        change_password(desk, here.who, by, old=PASSWORD, new="short")
    change_password(desk, here.who, by, old=PASSWORD, new="a new and longer one")
    assert find_session(desk, here.token) is not None
    assert find_session(desk, elsewhere.token) is None
    sign_in(desk, page(), email="rens@example.com", password="a new and longer one")


def test_guessing_the_present_password_is_limited_too(desk: Desk, company: Company) -> None:
    here = sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    for _ in range(BY_EMAIL):
        with pytest.raises(NotSignedIn, match="present password"):
            change_password(desk, here.who, page(company.rep), old="guess", new="a new and longer one")
    with pytest.raises(TooManyAttempts):
        change_password(desk, here.who, page(company.rep), old=PASSWORD, new="a new and longer one")


def test_the_demo_signs_in_by_one_click(desk: Desk, company: Company) -> None:
    session = demo_session(desk, page(), company.manager.id, "Chromium")
    assert isinstance(session, NewSession)
    found = find_session(desk, session.token)
    assert found is not None
    assert [each.browser for each in list_sessions(desk, found)] == ["Chromium"]


def test_passwords_are_kept_by_argon2id_with_the_parameters_of_rfc_9106() -> None:
    kept = PasswordHasher().hash(PASSWORD)
    found = extract_parameters(kept)
    assert (found.type, found.memory_cost, found.time_cost) == (Type.ID, 65536, 3)


def test_a_password_is_the_same_however_its_letters_are_composed() -> None:
    assert passwords.is_password(passwords.hash_password("cafe\u0301 crème"), "caf\u00e9 cr\u00e8me")
    assert not passwords.is_password("$not a hash", PASSWORD)
    assert not passwords.is_password(None, PASSWORD)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
