"""People and their accounts, walked in a browser: invited, signed in, changed, switched off, erased; what the demo shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect

from omzet.desk import passwords
from omzet.desk.users import list_users
from omzet.workspace import Workspace
from omzet.workspace.create import DEMO_MARK
from omzet.workspace.desk import WorkspaceDesk
from tests.web.browsing import browser, unfit, watching
from tests.web.people import ADMIN, PASSWORD, SYSTEM, add_users
from tests.web.serving import Served, serving

LOOKS: tuple[dict[str, Any], ...] = (
    {"viewport": {"width": 1440, "height": 900}, "locale": "en", "color_scheme": "light"},
    {"viewport": {"width": 390, "height": 844}, "locale": "nl", "color_scheme": "dark"},
)
REFUSED = ("401 (Unauthorized)", "403 (Forbidden)", "400 (Bad Request)", "409 (Conflict)")


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def manned(workspace: Workspace) -> Iterator[Served]:
    """The company, served, with an account of every role."""
    add_users(workspace, {"rep": "crm:p1"})
    with serving(workspace) as found:
        yield found


def come_in(page: Page, url: str, email: str, password: str = PASSWORD) -> None:
    """Sign in with the keyboard alone."""
    page.goto(f"{url}/sign-in")
    page.wait_for_selector("[name=email]:focus")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#page[data-revision]")


def fits(page: Page) -> None:
    """The page has nothing wrong for who can't see or point, and doesn't scroll sideways."""
    assert unfit(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("look", LOOKS, ids=["desktop-en", "phone-nl-dark"])
def test_every_page_of_accounts_fits_every_reader(chrome: Browser, manned: Served, look: dict[str, Any]) -> None:
    with watching(chrome, manned.url, expected=REFUSED, **look) as watched:
        page = watched.page
        watched.go("/sign-in")
        fits(page)
        page.fill("[name=email]", ADMIN)
        page.fill("[name=password]", "not the password")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        fits(page)
        come_in(page, manned.url, ADMIN)
        for path in ("/account", "/account/privacy", "/users", "/users/log", "/users/1", "/users/2"):
            watched.go(path)
            fits(page)
        page.context.clear_cookies()
        come_in(page, manned.url, "marketing@noordlicht.example")
        for path in ("/", "/?period=last-12-months", "/drill?metric=win_rate", "/data", "/account"):
            watched.go(path)
            fits(page)


def test_somebody_is_invited_comes_in_and_is_switched_off_at_once(chrome: Browser, manned: Served) -> None:
    with watching(chrome, manned.url, locale="en") as boss, watching(chrome, manned.url, expected=REFUSED, locale="en") as guest:
        page = boss.page
        come_in(page, manned.url, ADMIN)
        boss.go("/users")
        page.get_by_label("E-mail").fill("bram@noordlicht.example")
        page.get_by_label("Who they are in the sales data").select_option(label="Bram Kuiper, Noord")
        page.get_by_role("button", name="Invite").click()
        link = page.locator(".secret code").inner_text()
        assert link.startswith(f"{manned.url}/welcome/")
        expect(page.locator("h2", has_text="Bram Kuiper")).to_be_visible()

        guest.page.goto(link)
        assert unfit(guest.page) == []
        guest.page.get_by_label("Password, at least 10 characters").fill("een lang wachtwoord 8")
        guest.page.keyboard.press("Enter")
        guest.page.wait_for_selector("#page[data-revision]")
        expect(guest.page.locator(".me b")).to_have_text("Bram Kuiper")
        expect(guest.page.locator("#people tbody tr")).to_have_count(1)

        boss.go("/users")
        page.get_by_role("link", name="Bram Kuiper").click()
        page.get_by_role("button", name="Switch off").click()
        expect(page.get_by_role("status").filter(has_text="Switched off")).to_be_visible()
        guest.page.goto(f"{manned.url}/")
        expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_two_who_change_the_same_account_do_not_overwrite_each_other(chrome: Browser, manned: Served) -> None:
    with watching(chrome, manned.url, locale="en") as one, watching(chrome, manned.url, expected=REFUSED, locale="en") as two:
        for each in (one, two):
            come_in(each.page, manned.url, ADMIN)
            each.go("/users/2")
        one.page.get_by_label("Role").select_option("manager")
        one.page.get_by_role("button", name="Save").click()
        expect(one.page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
        two.page.get_by_label("Name", exact=True).fill("Somebody else")
        two.page.get_by_role("button", name="Save").click()
        expect(two.page.get_by_role("alert")).to_contain_text("Somebody changed this in the meantime")
        expect(two.page.get_by_label("Role")).to_have_value("manager")
        expect(two.page.get_by_label("Name", exact=True)).to_have_value("Account rep")


def test_a_token_is_shown_once_and_revoked(chrome: Browser, manned: Served) -> None:
    with watching(chrome, manned.url, locale="en") as watched:
        page = watched.page
        come_in(page, manned.url, "rep@noordlicht.example")
        watched.go("/account")
        page.get_by_label("Name: what it is for").fill("Spreadsheet")
        page.get_by_role("button", name="Make a token").click()
        token = page.locator(".secret code").inner_text()
        assert token.startswith("omzet_")
        fits(page)
        asked = {"Authorization": f"Bearer {token}"}
        api = chrome.new_context().request
        assert api.get(f"{manned.url}/api/v1/metrics", headers=asked).status == 200
        watched.go("/account")
        assert token not in page.content()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Revoke Spreadsheet").click()
        expect(page.get_by_text("The token is revoked.")).to_be_visible()
        assert api.get(f"{manned.url}/api/v1/metrics", headers=asked).status == 401


def test_an_open_page_of_a_session_that_ended_leads_to_sign_in(chrome: Browser, manned: Served, tmp_path: Path) -> None:
    with watching(chrome, manned.url, expected=REFUSED, locale="en") as watched:
        page = watched.page
        come_in(page, manned.url, ADMIN)
        page.context.clear_cookies()
        page.locator(".segments a", has_text="Intervals").first.click()
        page.wait_for_url("**/sign-in")


def test_the_demo_is_looked_at_as_each_role_by_one_click(chrome: Browser, workspace: Workspace) -> None:
    (workspace.path / DEMO_MARK).touch()
    with serving(workspace) as served, watching(chrome, served.url, locale="en") as watched:
        page = watched.page
        watched.go("/")
        page.get_by_role("link", name="Look at it as somebody of one role").click()
        for role, sees_data in (("Rep", False), ("Marketing", False), ("Analyst", True), ("Administrator", True)):
            expect(page.locator(".role-card")).to_have_count(6)
            assert unfit(page) == []
            page.locator(".role-card", has_text=role).first.focus()
            page.keyboard.press("Enter")
            page.wait_for_selector("#page[data-revision]")
            expect(page.locator(".me small")).to_have_text(role)
            expect(page.locator(".nav a", has_text="Loads and quality")).to_have_count(int(sees_data))
            page.get_by_role("button", name="Sign out").click()
    desk = WorkspaceDesk(workspace)
    assert {user.email.partition("@")[2] for user in list_users(desk.open(), SYSTEM)} == {"demo.invalid"}
    desk.close()


def test_a_company_that_is_no_demo_has_no_cards(manned: Served, chrome: Browser) -> None:
    api = chrome.new_context().request
    assert api.get(f"{manned.url}/demo").status == 404
    assert api.post(f"{manned.url}/demo", form={"role": "admin", "token": "x"}).status == 404


def test_an_erased_person_is_gone_from_the_list_and_from_the_log(chrome: Browser, manned: Served) -> None:
    with watching(chrome, manned.url, locale="en") as watched:
        page = watched.page
        come_in(page, manned.url, ADMIN)
        watched.go("/users/3")
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Erase this person").click()
        expect(page.get_by_role("status").filter(has_text="The person is erased")).to_be_visible()
        expect(page.locator("tbody th", has_text="Erased person")).to_have_count(1)
        assert "manager@noordlicht.example" not in page.content()


def test_who_is_nobody_in_the_sales_data_is_told_what_to_do(chrome: Browser, manned: Served) -> None:
    with watching(chrome, manned.url, locale="en") as watched:
        come_in(watched.page, manned.url, "manager@noordlicht.example")
        expect(watched.page.get_by_role("heading", name="Your account is nobody in the sales data yet")).to_be_visible()
        fits(watched.page)
        watched.page.context.clear_cookies()
        come_in(watched.page, manned.url, ADMIN)
        watched.go("/users")
        expect(watched.page.get_by_text("nobody: sees no rows")).to_have_count(1)
        fits(watched.page)
