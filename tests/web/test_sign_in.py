"""Coming in and going out: who is let in, by what, and where to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from omzet.desk import passwords
from omzet.desk.links import invite
from omzet.desk.sessions import revoke_sessions
from omzet.desk.store import open_desk
from omzet.desk.users import list_users
from omzet.web.app import create_app
from omzet.web.who import cookie_name, local_path
from omzet.workspace import Workspace
from tests.companies import write_deals
from tests.web.people import ADMIN, PASSWORD, SYSTEM, add_users, browser, sign_in, token_on
from tests.web.serving import serving

HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture
def stranger(workspace: Workspace) -> Iterator[TestClient]:
    """A browser at this machine, on a company whose people have accounts."""
    add_users(workspace, {"rep": "crm:p1"})
    with browser(workspace) as found:
        yield found


def test_while_nobody_has_an_account_the_person_at_this_machine_sees_everything(workspace: Workspace) -> None:
    with browser(workspace) as owner:
        page = owner.get("/", headers=HTML)
        assert page.status_code == 200
        assert "Set up sign-in" in page.text
        assert owner.get("/data", headers=HTML).status_code == 200
        assert not (workspace.path / "desk.sqlite").exists()
        proxied = owner.get("/", headers={**HTML, "x-forwarded-for": "192.0.2.7"})
        assert proxied.headers["location"] == "/first-run"


def test_the_first_account_is_made_at_this_machine_and_from_then_on_everybody_signs_in(workspace: Workspace) -> None:
    app = create_app(workspace)
    with browser(workspace, app) as owner:
        form = {"token": token_on(owner, "/first-run"), "name": "Noor", "email": "noor@noordlicht.example", "password": "kort"}
        refused = owner.post("/first-run", data=form)
        assert refused.status_code == 400
        assert "at least 10 characters" in refused.text
        made = owner.post("/first-run", data={**form, "password": PASSWORD})
        assert (made.status_code, made.headers["location"]) == (303, "/users")
        assert owner.get("/", headers=HTML).status_code == 200
        assert owner.get("/first-run").headers["location"] == "/sign-in"
    with browser(workspace, app) as other:
        assert other.get("/", headers=HTML).headers["location"] == "/sign-in"
        assert other.get("/data?load=1", headers=HTML).headers["location"] == "/sign-in?next=/data%3Fload%3D1"


def test_another_machine_makes_the_first_account_only_with_the_code_of_the_terminal(workspace: Workspace) -> None:
    app = create_app(workspace, first_code="K7Q2-M9XD")
    with browser(workspace, app) as remote:
        remote.headers["x-forwarded-for"] = "192.0.2.7"
        form = {"token": token_on(remote, "/first-run"), "name": "Eve", "email": "eve@x.example", "password": PASSWORD}
        assert remote.post("/first-run", data={**form, "code": "K7Q2-M9XX"}).status_code == 403
        assert remote.post("/first-run", data=form).status_code == 403
        assert remote.post("/first-run", data={**form, "code": " k7q2-m9xd "}).status_code == 303


def test_strangers_reach_no_page_no_figure_and_no_stream(stranger: TestClient) -> None:
    for path in ("/", "/figures", "/drill?metric=win_rate", "/catalogue", "/data", "/account", "/users", "/nonsense", "/demo/x"):
        answer = stranger.get(path, headers=HTML)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    for path in ("/api/v1/metrics", "/api/v1/query?metrics=won_count", "/api/v1/openapi.json", "/api/v1/loads"):
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert set(answer.json()) == {"error", "hint"}
        assert answer.headers["www-authenticate"] == "Bearer"
    assert stranger.get("/live", headers={"accept": "text/event-stream"}).status_code == 401
    assert stranger.get("/", headers={**HTML, "hx-request": "true"}).headers["hx-redirect"] == "/sign-in"
    assert stranger.post("/api/v1/query", json={"metrics": ["won_count"]}).status_code == 401
    assert stranger.post("/data/loads/1/undo", data={"token": "x"}, headers=HTML).status_code == 303
    assert stranger.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/catalogue", "/api/v1/metrics", "/api/v1/query?metrics=won_count", "/nope"])
def test_nothing_that_is_told_is_kept_on_the_way(client: TestClient, stranger: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"
    assert stranger.get(path).headers["cache-control"] == "no-store"


def test_where_accounts_cannot_be_read_nobody_is_answered(workspace: Workspace) -> None:
    (workspace.path / "desk.sqlite").write_bytes(b"this is no database, and never was one: " * 200)
    with browser(workspace) as anybody:
        answer = anybody.get("/", headers=HTML)
        assert answer.status_code == 503
        assert "desk.sqlite" not in answer.text
        assert anybody.get("/api/v1/metrics").status_code == 503
        assert anybody.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/welcome/../data", "/welcome/x/y", "/static/../data", "//data", "/sign-in/../users", "/demo/"])
def test_no_spelling_of_an_address_leads_past_the_door(stranger: TestClient, path: str) -> None:
    answer = stranger.build_request("GET", "http://localhost/", headers=HTML)
    answer.url = answer.url.copy_with(raw_path=path.encode())
    told = stranger.send(answer)
    assert told.status_code in (303, 307, 401, 404), path
    assert "Loads" not in told.text


def test_signing_in_leads_to_the_page_that_was_asked_for_and_out_ends_the_session(
    stranger: TestClient, workspace: Workspace
) -> None:
    assert sign_in(stranger, ADMIN, "wrong password") == 401
    form = {"token": token_on(stranger, "/sign-in"), "email": ADMIN.upper(), "password": PASSWORD, "next": "/catalogue"}
    done = stranger.post("/sign-in", data=form)
    assert done.headers["location"] == "/catalogue"
    cookie = next(each for each in done.headers.get_list("set-cookie") if cookie_name(workspace.path) in each)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    kept = stranger.cookies[cookie_name(workspace.path)]
    assert stranger.get("/", headers=HTML).status_code == 200
    assert stranger.post("/sign-out", data={"token": token_on(stranger, "/account")}).headers["location"] == "/sign-in"
    stranger.cookies.set(cookie_name(workspace.path), kept)
    assert stranger.get("/", headers=HTML).status_code == 303


def test_over_https_the_session_is_kept_to_https(workspace: Workspace) -> None:
    add_users(workspace, {})
    app = create_app(workspace)
    with TestClient(app, base_url="https://localhost", client=("127.0.0.1", 5), follow_redirects=False) as secure:
        form = {"token": token_on(secure, "/sign-in"), "email": ADMIN, "password": PASSWORD}
        cookies = secure.post("/sign-in", data=form).headers.get_list("set-cookie")
        assert all("Secure" in each for each in cookies if "session" in each or "token" in each)


def test_after_too_many_attempts_the_page_says_when_to_try_again(stranger: TestClient) -> None:
    form = {"token": token_on(stranger, "/sign-in"), "email": "rep@noordlicht.example", "password": "guess guess"}
    answers = [stranger.post("/sign-in", data=form) for _ in range(11)]
    assert [each.status_code for each in answers] == [401] * 10 + [429]
    assert "Try again in 15 minutes" in answers[-1].text
    assert "Probeer het over 15 minuten opnieuw" in stranger.post("/sign-in?lang=nl", data=form).text


def test_signing_in_needs_the_token_of_its_page(stranger: TestClient) -> None:
    assert stranger.post("/sign-in", data={"email": ADMIN, "password": PASSWORD, "token": "guess"}).status_code == 400


@pytest.mark.parametrize(
    "text",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "", "evil", "/\nx", "/sign-in", "/sign-out"],
)
def test_only_addresses_of_this_site_are_gone_to_after_signing_in(text: str) -> None:
    assert local_path(text) == "/"


def test_an_invitation_sets_name_and_password_once_and_signs_in(stranger: TestClient, workspace: Workspace) -> None:
    with open_desk(workspace.path) as desk:
        link = invite(desk, SYSTEM, email="bram@noordlicht.example", role="rep", language="nl").token
    token = token_on(stranger, f"/welcome/{link}")
    assert stranger.post(f"/welcome/{link}", data={"token": token, "name": "Bram", "password": "kort"}).status_code == 400
    done = stranger.post(f"/welcome/{link}", data={"token": token, "name": "Bram Kuiper", "password": PASSWORD})
    assert done.headers["location"] == "/"
    page = stranger.get("/account", headers=HTML).text
    assert "Bram Kuiper" in page
    assert 'lang="nl"' in page
    over = stranger.get(f"/welcome/{link}", headers=HTML)
    assert over.status_code == 401
    assert "Deze link is al gebruikt of verlopen" in over.text


def test_a_session_that_was_revoked_is_refused_at_once(workspace: Workspace) -> None:
    add_users(workspace, {})
    app = create_app(workspace)
    with browser(workspace, app) as one, browser(workspace, app) as two:
        sign_in(one, ADMIN)
        sign_in(two, ADMIN)
        assert one.post("/account/sessions/end-others", data={"token": token_on(one, "/account")}).status_code == 303
        assert one.get("/", headers=HTML).status_code == 200
        assert two.get("/", headers=HTML).status_code == 303
        (admin,) = [user for user in list_users(app.state.site.desk.open(), SYSTEM) if user.role == "admin"]
        assert admin.is_active


def test_who_may_not_load_data_is_refused_before_anything_is_read(workspace: Workspace) -> None:
    add_users(workspace, {})
    with browser(workspace) as rep:
        sign_in(rep, "rep@noordlicht.example")
        answer = rep.post("/data/upload", content=b" " * 100_000, headers={"content-type": "multipart/form-data; boundary=x"})
        assert answer.status_code == 403


def test_a_live_stream_ends_with_its_session(workspace: Workspace) -> None:
    add_users(workspace, {})
    with serving(workspace) as served, httpx.Client(base_url=served.url, follow_redirects=False) as client:
        token = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in").text)
        assert token
        client.post("/sign-in", data={"token": token[1], "email": ADMIN, "password": PASSWORD})
        with client.stream("GET", "/live", timeout=20) as stream:
            lines = stream.iter_lines()
            assert next(line for line in lines if line.startswith("data: "))
            with open_desk(workspace.path) as desk:
                (admin,) = [user for user in list_users(desk, SYSTEM) if user.role == "admin"]
                revoke_sessions(desk, SYSTEM, admin.id)
            workspace.load(write_deals(workspace.path.parent / "more.csv", 3), connection="crm")
            assert [line for line in lines if line.startswith("data: ")] == []
