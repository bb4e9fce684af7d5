"""What is typed into the forms of accounts: whatever it is, it is refused or kept as text, and nothing fails."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from omzet.desk import passwords
from omzet.web.app import create_app
from omzet.workspace import Workspace
from tests.web.people import ADMIN, PASSWORD, add_users, browser, sign_in, token_on

HTML = {"accept": "text/html"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>@x.example',
    "'; DROP TABLE users; --",
    '=HYPERLINK("http://evil.example")',
    "{{ 7 * 7 }}",
    "../../../etc/passwd",
    "\x00\x01\x1b[31m",
    "\u202egnp.exe",
    "🙂" * 500,
    "a" * 100_000,
    "%ED%A0%80",
    "-1",
    "99999999999999999999999",
    "NaN",
    "",
    " ",
)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture
def admin(workspace: Workspace) -> Iterator[TestClient]:
    add_users(workspace, {"rep": "crm:p1"})
    with browser(workspace) as found:
        assert sign_in(found, ADMIN) == 303
        yield found


FORMS = {
    "/users": ("email", "name", "role", "person"),
    "/users/2": ("email", "name", "role", "person", "language", "version"),
    "/account/language": ("language",),
    "/account/password": ("old", "new"),
    "/account/tokens": ("name", "days", "scopes"),
}
SOUND = {
    "email": "new@noordlicht.example", "name": "Noor", "role": "rep", "person": "", "language": "en", "version": "1",
    "old": PASSWORD, "new": PASSWORD, "days": "30", "scopes": "read",
}  # fmt: skip


def test_no_form_of_accounts_fails_and_nothing_typed_becomes_markup(admin: TestClient) -> None:
    token = token_on(admin, "/account")
    for path, fields in FORMS.items():
        for field in fields:
            for text in HOSTILE:
                form = {**{name: SOUND[name] for name in fields}, field: text, "token": token}
                answer = admin.post(path, data=form, headers=HTML)
                assert answer.status_code in (200, 303, 400, 401, 409, 422, 429), (path, field, text[:40], answer.status_code)
                assert "<script>alert" not in answer.text
                assert "<img src=x" not in answer.text
                if path == "/account/password":
                    token = token_on(admin, "/account")
    listed = admin.get("/users", headers=HTML)
    assert listed.status_code == 200
    assert "<script>alert" not in listed.text
    assert ">49<" not in listed.text


def test_no_hostile_sign_in_fails(workspace: Workspace) -> None:
    add_users(workspace, {})
    with browser(workspace, create_app(workspace)) as stranger:
        token = token_on(stranger, "/sign-in")
        for text in HOSTILE:
            for field in ("email", "password", "next"):
                form = {"token": token, "email": "x@x.example", "password": "wrong wrong", "next": "/", field: text}
                answer = stranger.post("/sign-in", data=form, headers=HTML)
                assert answer.status_code in (401, 429), (field, text[:40], answer.status_code)
                assert "<script>alert" not in answer.text
            assert stranger.get(f"/welcome/{quote(text[:200], safe='')}", headers=HTML).status_code in (303, 401, 404)
            bearer = f"Bearer {quote(text[:200])}"
            assert stranger.get("/", headers={**HTML, "authorization": bearer}).status_code == 401


@pytest.mark.parametrize("id", ["0", "-1", "99999999999999999999999", "1e9", "x", "%00", "2%2F3"])
def test_no_id_of_nobody_fails(admin: TestClient, id: str) -> None:
    token = token_on(admin, "/account")
    assert admin.get(f"/users/{id}", headers=HTML).status_code in (400, 404, 422)
    for part in ("", "/link", "/off", "/on", "/sign-out", "/erase"):
        answer = admin.post(f"/users/{id}{part}", data={"token": token}, headers=HTML)
        assert answer.status_code in (303, 400, 404, 422), (part, answer.status_code)
    for path in (f"/account/sessions/{id}/end", f"/account/tokens/{id}/end"):
        assert admin.post(path, data={"token": token}, headers=HTML).status_code in (400, 404, 422), path
