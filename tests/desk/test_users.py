"""The first admin, invitations, roles: who gets in, who may change whom, and what the log keeps of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from omzet.desk.audit import read_log
from omzet.desk.links import invite, make_link, read_link, use_link
from omzet.desk.refusals import Conflict, NotAllowed, NotSignedIn, Refused
from omzet.desk.sessions import find_session
from omzet.desk.sign_in import sign_in
from omzet.desk.store import Desk
from omzet.desk.users import (
    User,
    change_language,
    change_user,
    deactivate,
    find_user,
    find_users,
    first_admin,
    list_users,
    needs_first_admin,
    reactivate,
    users_of_person,
)
from omzet.desk.writing import By
from omzet.errors import CallError, OmzetError
from tests.desk.conftest import PASSWORD, SYSTEM, Clock, Company, join, page


def outcomes(calls: list[Any]) -> list[Any]:
    """What calls made all at once gave: a result or the error."""

    def one(call: Any) -> Any:
        try:
            return call()
        except OmzetError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_the_first_run_makes_one_admin_however_many_try_at_once(desk: Desk, desks: tuple[Desk, Desk]) -> None:
    assert needs_first_admin(desk)

    def attempt(number: int) -> Any:
        return lambda: first_admin(
            desks[number % 2], page(), name=f"A{number}", email=f"a{number}@example.com", password=PASSWORD
        )

    made = outcomes([attempt(number) for number in range(8)])
    admins = [each for each in made if isinstance(each, User)]
    assert [(each.role, each.is_active, each.is_invited) for each in admins] == [("admin", True, False)]
    assert all("There is an account already" in str(each) for each in made if each is not admins[0])
    assert not needs_first_admin(desk)
    assert list_users(desk, page(admins[0])) == admins


def test_an_invited_person_sets_name_and_password_and_signs_in(desk: Desk, company: Company) -> None:
    made = invite(desk, page(company.admin), email=" Noor@Example.com ", role="marketing", language="nl")
    assert (made.user.name, made.user.email, made.user.is_invited) == ("Noor", "Noor@Example.com", True)
    link = read_link(desk, made.token)
    assert (link.kind, link.email, link.language) == ("invite", "Noor@Example.com", "nl")
    noor = use_link(desk, page(), made.token, password=PASSWORD, name="Noor  de\tVries")
    assert (noor.name, noor.role, noor.is_invited, noor.version) == ("Noor de Vries", "marketing", False, 2)
    assert sign_in(desk, page(), email="noor@example.COM", password=PASSWORD).who.user == noor


def test_a_link_works_once_however_many_use_it_at_once(desk: Desk, desks: tuple[Desk, Desk], company: Company) -> None:
    made = invite(desk, page(company.admin), email="noor@example.com", role="rep")

    def attempt(number: int) -> Any:
        return lambda: use_link(desks[number % 2], page(), made.token, password=f"{PASSWORD} {number}", name=f"Noor {number}")

    used = outcomes([attempt(number) for number in range(6)])
    [noor] = [each for each in used if isinstance(each, User)]
    assert sum("used already or is over" in str(each) for each in used) == 5
    winner = noor.name.split()[-1]
    assert sign_in(desk, page(), email="noor@example.com", password=f"{PASSWORD} {winner}").who.user.id == noor.id


def test_a_link_ends_by_its_day_a_newer_one_or_the_end_of_the_account(desk: Desk, company: Company, clock: Clock) -> None:
    admin = page(company.admin)
    made = invite(desk, admin, email="noor@example.com", role="rep")
    newer = make_link(desk, admin, made.user.id)
    assert read_link(desk, newer.token).kind == "invite"
    clock.move(days=7)
    reset = make_link(desk, admin, company.rep.id)
    assert read_link(desk, reset.token).kind == "reset"
    deactivate(desk, admin, company.rep.id)
    for token in (made.token, newer.token, reset.token, "", "guess"):
        with pytest.raises(NotSignedIn, match="used already or is over"):
            read_link(desk, token)
        with pytest.raises(NotSignedIn, match="used already or is over"):
            use_link(desk, page(), token, password=PASSWORD)
    with pytest.raises(Refused, match="switched off"):
        make_link(desk, admin, company.rep.id)


def test_a_password_that_is_refused_leaves_the_link(desk: Desk, company: Company) -> None:
    made = invite(desk, page(company.admin), email="noor.devries@example.com", role="rep")
    for password in ("short", "noor.devries", "Noor De Vries", "aaaaaaaaaaaa", "noor.devries@EXAMPLE.com"):
        with pytest.raises(Refused):
            use_link(desk, page(), made.token, password=password, name="Noor de Vries")
    assert use_link(desk, page(), made.token, password=PASSWORD, name="Noor de Vries").name == "Noor de Vries"


def test_a_reset_sets_a_new_password_and_ends_the_sessions(desk: Desk, company: Company) -> None:
    session = sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    reset = make_link(desk, page(company.admin), company.rep.id)
    assert find_session(desk, session.token) is not None
    user = use_link(desk, page(), reset.token, password="something else entirely", name="Not Rens")
    assert user.name == "Rens"
    assert find_session(desk, session.token) is None
    with pytest.raises(NotSignedIn):
        sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    sign_in(desk, page(), email="rens@example.com", password="something else entirely")


def test_one_address_is_one_account_whatever_its_capitals(desk: Desk, company: Company) -> None:
    with pytest.raises(Refused, match="already") as raised:
        invite(desk, page(company.admin), email="RENS@example.com", role="rep")
    assert raised.value.text("nl") == "Iemand heeft al een account met dit e-mailadres."
    with pytest.raises(Refused, match="already"):
        change_user(desk, page(company.admin), company.manager.id, email="ʀens@example.com".replace("ʀ", "R"))
    assert change_user(desk, page(company.admin), company.rep.id, email="Rens@Example.com").email == "Rens@Example.com"


@pytest.mark.parametrize("email", ["", "rens", "a b@example.com", "@example.com", "x@", "x@y@z", "a@b\nc", "x" * 250 + "@x.nl"])
def test_what_is_no_address_is_told(desk: Desk, company: Company, email: str) -> None:
    with pytest.raises(Refused, match="no e-mail address"):
        invite(desk, page(company.admin), email=email, role="rep")


def test_a_change_of_role_holds_at_once_and_is_logged_with_both(desk: Desk, company: Company) -> None:
    session = sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    changed = change_user(desk, page(company.admin, "192.0.2.9"), company.rep.id, role="manager", person_key="crm:77", version=2)
    assert (changed.role, changed.person_key, changed.version) == ("manager", "crm:77", 3)
    found = find_session(desk, session.token)
    assert found is not None
    assert found.user == changed
    [line] = read_log(desk, page(company.admin), table="users", row_key=str(company.rep.id), limit=1)
    assert (line.user_id, line.door, line.address, line.action) == (company.admin.id, "page", "192.0.2.9", "changed")
    assert line.before == {"role": "rep", "person_key": "crm:rens"}
    assert line.after == {"role": "manager", "person_key": "crm:77"}
    with pytest.raises(Conflict):
        change_user(desk, page(company.admin), company.rep.id, role="leader", version=2)
    with pytest.raises(CallError, match="Did you mean 'manager'"):
        change_user(desk, page(company.admin), company.rep.id, role="manger")


def test_who_is_deactivated_is_out_at_once_and_may_come_back(desk: Desk, company: Company) -> None:
    session = sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    assert not deactivate(desk, page(company.admin), company.rep.id).is_active
    assert find_session(desk, session.token) is None
    with pytest.raises(NotSignedIn, match="not right"):
        sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    reactivate(desk, page(company.admin), company.rep.id)
    assert find_session(desk, session.token) is None
    sign_in(desk, page(), email="rens@example.com", password=PASSWORD)


def test_one_admin_always_remains(desk: Desk, company: Company) -> None:
    admin = page(company.admin)
    with pytest.raises(Refused, match="last administrator"):
        deactivate(desk, admin, company.admin.id)
    with pytest.raises(Refused, match="last administrator"):
        change_user(desk, admin, company.admin.id, role="rep")
    invite(desk, admin, email="other@example.com", role="admin")
    with pytest.raises(Refused, match="last administrator"):  # an invitation may never be accepted
        deactivate(desk, admin, company.admin.id)
    join(desk, company.admin, "Bo", "admin")
    assert not deactivate(desk, admin, company.admin.id).is_active
    with pytest.raises(NotAllowed):
        list_users(desk, admin)


def test_two_admins_can_not_remove_each_other_at_once(desk: Desk, desks: tuple[Desk, Desk], company: Company) -> None:
    bo = join(desk, company.admin, "Bo", "admin")
    tried = outcomes(
        [lambda: deactivate(desk, page(company.admin), bo.id), lambda: deactivate(desks[1], page(bo), company.admin.id)]
    )
    assert sum(isinstance(each, User) for each in tried) == 1
    assert sum(user.is_active for user in list_users(desk, SYSTEM) if user.role == "admin") == 1


def test_only_who_manages_users_may_and_nobody_by_a_narrower_token(desk: Desk, company: Company) -> None:
    narrow, nobody = By(company.admin.id, "api", "", ("read", "write")), By(None, "page")
    for by in (page(company.rep), page(company.manager), narrow, nobody):
        for call in (
            lambda by: list_users(desk, by),
            lambda by: invite(desk, by, email="x@example.com", role="admin"),
            lambda by: make_link(desk, by, company.admin.id),
            lambda by: change_user(desk, by, company.rep.id, role="admin"),
            lambda by: deactivate(desk, by, company.manager.id),
            lambda by: reactivate(desk, by, company.manager.id),
            lambda by: read_log(desk, by),
        ):
            with pytest.raises(NotSignedIn if by is nobody else NotAllowed):
                call(by)
    assert find_user(desk, company.rep.id) == company.rep
    assert len(list_users(desk, By(company.admin.id, "api", "", ("admin",)))) == 3
    assert len(list_users(desk, By(None, "cli"))) == 3


def test_users_are_found_by_id_and_by_the_person_they_are(desk: Desk, company: Company) -> None:
    assert find_users(desk, [company.rep.id, company.admin.id, 99]) == {
        company.rep.id: company.rep,
        company.admin.id: company.admin,
    }
    assert find_users(desk, []) == {}
    assert users_of_person(desk, "crm:rens") == [company.rep]
    deactivate(desk, page(company.admin), company.rep.id)
    assert users_of_person(desk, "crm:rens") == users_of_person(desk, "") == []


def test_everybody_chooses_their_language(desk: Desk, company: Company) -> None:
    assert change_language(desk, page(company.rep), "nl").language == "nl"
    with pytest.raises(CallError, match="Unknown language"):
        change_language(desk, page(company.rep), "xx")


def test_no_secret_is_in_the_log(desk: Desk, company: Company) -> None:
    session = sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    reset = make_link(desk, page(company.admin), company.rep.id)
    text = str(read_log(desk, page(company.admin), limit=1000))
    for secret in (PASSWORD, session.token, reset.token, "argon2", "token_hash", "password_hash"):
        assert secret not in text
    assert "Rens" in text
