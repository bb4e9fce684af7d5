"""The page of findings: every role reads it, one is put aside and comes back, an action is agreed, and names stay names."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from omzet.analyses.findings import Audience, Finding
from omzet.desk.reviews import list_actions
from omzet.desk.store import open_desk
from omzet.desk.users import list_users
from omzet.desk.writing import By
from omzet.web.app import create_app
from omzet.web.finding_words import is_changed, seen_of
from omzet.web.findings import top_findings
from omzet.web.reader import Reader
from omzet.web.who import Who
from omzet.workspace import Workspace, serve_workspace
from tests.web import people
from tests.web.browsing import browser, unfit, watching
from tests.web.serving import Served

PAGE = {"accept": "text/html"}
ROLES = ("rep", "manager", "leader", "marketing", "analyst", "admin")


@pytest.fixture(scope="module")
def peopled(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("findings") / "noordlicht"
    shutil.copytree(loaded, folder)
    with serve_workspace(folder) as found:
        yield found


@pytest.fixture(scope="module")
def cast(peopled: Workspace) -> people.Cast:
    return people.add_users(peopled, {"rep": "crm:p1", "manager": ""})


def as_role(workspace: Workspace, cast: people.Cast, role: str) -> TestClient:
    found = people.browser(workspace)
    assert people.sign_in(found, cast.emails[role]) == 303
    return found


@pytest.fixture
def owner(writer: TestClient) -> TestClient:
    return writer


def ids(text: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'name="finding" value="([^"]+)"', text)]


def token(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found
    return found[1]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_page_tells_findings_with_their_next_step_and_where_the_rows_are(owner: TestClient, language: str) -> None:
    text = owner.get(f"/findings?lang={language}", headers=PAGE).text
    assert ids(text)
    drill = unescape(re.findall(r'class="button" href="(/drill[^"]+)"', text)[0])
    assert owner.get(drill, headers=PAGE).status_code == 200
    for show in ("weak", "aside"):
        assert owner.get(f"/findings?lang={language}&show={show}", headers=PAGE).status_code == 200


def test_every_finding_of_the_page_opens(owner: TestClient) -> None:
    text = owner.get("/findings?lang=en", headers=PAGE).text + owner.get("/findings?show=weak&lang=en", headers=PAGE).text
    for href in {unescape(each) for each in re.findall(r'href="(/drill[^"]+)"', text)}:
        assert owner.get(href, headers=PAGE).status_code == 200, href


def test_one_is_put_aside_with_a_reason_and_shown_again(owner: TestClient) -> None:
    page = owner.get("/findings?lang=en", headers=PAGE).text
    first = ids(page)[0]
    refused = owner.post("/findings/dismiss", data={"token": token(page), "finding": first, "reason": " "})
    assert refused.status_code == 400
    assert "Say why" in refused.text
    answer = owner.post("/findings/dismiss", data={"token": token(page), "finding": first, "reason": "we <b>know</b>"})
    assert answer.status_code == 200
    assert first not in ids(owner.get("/findings?lang=en", headers=PAGE).text)
    aside = owner.get("/findings?show=aside&lang=en", headers=PAGE).text
    assert first in ids(aside)
    assert "we &lt;b&gt;know&lt;/b&gt;" in aside
    owner.post("/findings/restore", data={"token": token(page), "finding": first})
    assert first in ids(owner.get("/findings?lang=en", headers=PAGE).text)


def test_forms_need_their_token(owner: TestClient) -> None:
    first = ids(owner.get("/findings", headers=PAGE).text)[0]
    for path in ("dismiss", "restore", "action"):
        assert owner.post(f"/findings/{path}", data={"token": "x", "finding": first, "reason": "r"}).status_code >= 400


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_the_page_and_none_is_told_what_it_may_not_see(peopled: Workspace, cast: people.Cast, role: str) -> None:
    client = as_role(peopled, cast, role)
    text = client.get("/findings?lang=en", headers=PAGE).text + client.get("/findings?show=weak&lang=en", headers=PAGE).text
    body = text[text.index("<main") :]
    if role in ("rep", "marketing"):
        assert not [name for name in ("Bram Kuiper", "Chloé Dubois", "Daan Mulder", "Emma Peeters") if name in unescape(body)]
    if role == "marketing":
        assert "€" not in re.sub(r"<[^>]+>", "", body)


def test_a_leader_agrees_an_action_and_nobody_takes_one_for_a_stranger(peopled: Workspace, cast: people.Cast) -> None:
    client = as_role(peopled, cast, "leader")
    page = client.get("/findings?lang=en", headers=PAGE).text
    with open_desk(peopled.path, peopled.settings.desk) as desk:
        users = {each.email: each for each in list_users(desk, By(None, "system"))}
    leader, marketing = users[cast.emails["leader"]], users[cast.emails["marketing"]]
    form = {"token": token(page), "finding": ids(page)[0], "task": "Call them", "due": "2099-01-31", "expected": "12,5%"}
    assert client.post("/findings/action", data={**form, "owner": str(marketing.id)}).status_code == 400
    assert client.post("/findings/action", data={**form, "owner": str(leader.id), "due": "2001-01-01"}).status_code == 400
    assert client.post("/findings/action", data={**form, "owner": str(leader.id), "expected": "lots"}).status_code == 400
    assert client.post("/findings/action", data={**form, "owner": str(leader.id)}).status_code == 303
    with open_desk(peopled.path, peopled.settings.desk) as desk:
        (made,) = list_actions(desk, By(leader.id, "page"))
    assert (made.text, made.finding, float(made.expected or 0)) == ("Call them", ids(page)[0], 0.125)


def test_a_finding_comes_back_when_its_evidence_is_another_one() -> None:
    found = Finding(
        *("id", "r", "test", "moderate", Audience("company"), "", 40, -0.1, -0.15, -0.05, 0.01, 0.05, 0.0, ()),
        *("", "", "", None, ""),
    )
    seen = seen_of(found)
    assert not is_changed(replace(found, effect=-0.12, low=-0.17, high=-0.07), seen)
    assert is_changed(replace(found, effect=-0.2, low=-0.25, high=-0.15), seen)
    assert is_changed(replace(found, grade="strong"), seen)
    assert not is_changed(replace(found, grade="weak"), seen)
    fact = replace(found, kind="fact", grade="none", effect=100.0, low=None, high=None)
    assert not is_changed(replace(fact, effect=120.0), seen_of(fact))
    assert is_changed(replace(fact, effect=130.0), seen_of(fact))


def test_the_overview_can_ask_for_the_top_without_waiting(workspace: Workspace) -> None:
    app = create_app(workspace)
    site = app.state.site
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50000)) as client:
        client.get("/findings?lang=en", headers=PAGE)
        reader = Reader("en", "light", "EUR", workspace.settings.zone, who=Who(is_owner=True))
        found = top_findings(site, reader)
        assert found is not None
        assert 0 < len(found) <= 3
        assert all(each.grade != "weak" for each in found)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_page_is_fit_for_everybody(served: Served, theme: str, width: int) -> None:
    with browser() as chromium, watching(chromium, served.url, viewport={"width": width, "height": 900}) as watched:
        watched.page.goto(f"{served.url}/findings?lang=nl&theme={theme}")
        watched.page.locator("details.find-more summary").first.click()
        assert unfit(watched.page) == []
        overflow = watched.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0


def test_the_overview_tells_what_is_most_at_stake_to_who_looked_at_findings_before(owner: TestClient) -> None:
    assert "findings-top" not in owner.get("/?lang=en").text
    listed = owner.get("/findings?lang=en").text
    page = owner.get("/?lang=en").text
    top = page[page.index('id="findings-top"') :]
    claims = re.findall(r'<a class="plain" href="[^"]*">([^<]+)</a>', top[: top.index("</section>")])
    assert 1 <= len(claims) <= 3
    assert all(each in listed for each in claims)
