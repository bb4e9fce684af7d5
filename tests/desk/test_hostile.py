"""Whatever is typed or sent, the answer is an answer: a result, or a refusal in words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from omzet.desk.api_tokens import find_api_token, make_api_token, revoke_api_token
from omzet.desk.audit import read_log
from omzet.desk.links import invite, read_link, use_link
from omzet.desk.refusals import Refused
from omzet.desk.sessions import find_session, revoke_session
from omzet.desk.sign_in import sign_in
from omzet.desk.store import Desk
from omzet.desk.users import change_user, find_user, list_users
from omzet.desk.writing import By
from omzet.errors import OmzetError
from tests.desk.conftest import PASSWORD, Company, page

ANY = st.text(st.characters(codec=None), max_size=60)
EACH = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HUGE = (2**31, 2**63, 10**30, -(10**30), 0, -1)


@EACH
@given(ANY, ANY, ANY)
@example("a\0b@x.nl", "\ud800" * 12, "\0")
@example("' OR 1=1 --", "'; DROP TABLE users; --", "\ud83d")
def test_any_text_may_be_typed(desk: Desk, company: Company, one: str, two: str, three: str) -> None:
    by = By(None, "page", one)
    admin = By(company.admin.id, "page", two)
    calls: list[Callable[[], object]] = [
        lambda: sign_in(desk, by, email=one, password=two, browser=three),
        lambda: sign_in(desk, by, email="rens@example.com", password=PASSWORD, browser=three),
        lambda: invite(desk, admin, email=f"{one}@{two}", role="rep", name=three, person_key=one),
        lambda: change_user(desk, admin, company.rep.id, name=one, person_key=two, language=three),
        lambda: change_user(desk, admin, company.rep.id, name=one, person_key=two),
        lambda: read_link(desk, one),
        lambda: use_link(desk, by, one, password=two, name=three),
        lambda: find_session(desk, one),
        lambda: find_api_token(desk, f"omzet_{one}"),
        lambda: make_api_token(desk, page(company.rep), name=one, scopes=[two]),
        lambda: read_log(desk, admin, table=one, row_key=two),
    ]
    for call in calls:
        with contextlib.suppress(OmzetError):
            call()
    assert {user.id for user in list_users(desk, admin)} >= {company.admin.id, company.rep.id, company.manager.id}


@pytest.mark.parametrize("number", HUGE)
def test_any_number_may_be_asked_for(desk: Desk, company: Company, number: int) -> None:
    admin = page(company.admin)
    with pytest.raises(Refused):
        find_user(desk, number)
    with pytest.raises(Refused):
        change_user(desk, admin, number, name="x")
    with pytest.raises(Refused):
        change_user(desk, admin, company.rep.id, name="x", version=number)
    with contextlib.suppress(Refused):
        revoke_session(desk, admin, number)
    with contextlib.suppress(Refused):
        revoke_api_token(desk, admin, number)
    with contextlib.suppress(Refused):
        read_log(desk, admin, before=number)


def test_who_listens_is_told_the_newest_line_after_the_commit(desk: Desk, company: Company) -> None:
    heard: list[int] = []
    stop = desk.on_commit(heard.append)
    invite(desk, page(company.admin), email="noor@example.com", role="rep")
    with pytest.raises(Refused):
        invite(desk, page(company.admin), email="noor@example.com", role="rep")
    assert heard == [read_log(desk, page(company.admin), limit=1)[0].number]
    stop()
    change_user(desk, page(company.admin), company.rep.id, name="Rens Bos")
    assert len(heard) == 1
