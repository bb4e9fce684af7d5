"""A week at work in Chromium: a manager at a desk, a rep on a phone and marketing, over one server; in each language and desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect

from omzet.desk import passwords
from omzet.metrics.calendar import Calendar
from omzet.workspace import Workspace, serve_workspace
from tests.web.browsing import Watched, browser, unfit, watching
from tests.web.people import add_users, come_in
from tests.web.serving import serving

WAYS = (
    pytest.param(("en", "sqlite"), id="sqlite-en"),
    pytest.param(("nl", "sqlite"), id="sqlite-nl"),
    pytest.param(("en", "postgres"), id="postgres-en"),
    pytest.param(("nl", "postgres"), id="postgres-nl", marks=pytest.mark.long),
)
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "dark"}


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@dataclass
class Person:
    """One person's browser."""

    watched: Watched
    language: str

    @property
    def page(self) -> Page:
        return self.watched.page

    def go(self, path: str) -> None:
        """Open a page, and look whether all of it fits and can be used by everybody."""
        self.watched.go(path)
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)
        assert unfit(self.page) == [], path
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path

    def send(self, form: str, button: str = "button[type=submit]") -> None:
        """Press the button of a form, and wait until the page it leads to is there."""
        with self.page.expect_navigation():
            self.page.locator(form).locator(button).first.click()
        self.page.wait_for_selector("#page")


@dataclass
class Office:
    """Who is at work."""

    workspace: Workspace
    manager: Person
    rep: Person
    marketing: Person


@pytest.fixture
def office(managed: Workspace, request: pytest.FixtureRequest, chrome: Browser) -> Iterator[Office]:
    language, kind = request.param
    folder = managed.path
    managed.close()
    if kind == "postgres":
        make: Callable[[], str] = request.getfixturevalue("new_database")
        settings = folder / "omzet.toml"
        written = re.sub(r"(?m)^desk = .*$", f'desk = "{make()}"', settings.read_text(encoding="utf-8"))
        settings.write_text(written, encoding="utf-8")
    with ExitStack() as stack:
        workspace = stack.enter_context(serve_workspace(folder))
        assert workspace.settings.desk.startswith(kind)
        cast = add_users(workspace, {"rep": "crm:p1", "manager": "crm:p7"})
        served = stack.enter_context(serving(workspace))

        def person(role: str, looks: dict[str, Any]) -> Person:
            watched = stack.enter_context(watching(chrome, served.url, locale=language, **looks))
            come_in(watched.page, served.url, cast.emails[role])
            watched.go(f"/?lang={language}")
            return Person(watched, language)

        yield Office(workspace, person("manager", DESKTOP), person("rep", PHONE), person("marketing", DESKTOP))


@pytest.mark.parametrize("office", WAYS, indirect=True)
def test_a_week(office: Office) -> None:
    agree_a_goal(office)
    log_a_call_and_win_a_deal_while_the_manager_looks_on(office)
    hold_a_review(office)
    train_and_recognise(office)
    contest_a_row(office)
    hand_a_lead_over_and_back(office)
    find_the_bottleneck(office)
    see_why_the_win_rate_moved(office)
    compare_on_a_phone(office)


def agree_a_goal(office: Office) -> None:
    manager, rep = office.manager, office.rep
    calendar = Calendar(office.workspace.settings)
    quarter = calendar.unit_of("quarter", calendar.today()).label
    manager.go(f"/goals/new?subject=rep:crm:p1&about=revenue:bookings_amount&period={quarter}")
    manager.page.fill("form[action='/goals'] [name=value]", "90000")
    manager.send("form[action='/goals']")
    rep.go("/goals")
    rep.page.click(".goal-what a")
    rep.page.wait_for_url(re.compile(r"/goals/1$"))
    rep.send("form[action='/goals/1/agree']")
    asked = office.workspace.query(
        "target_amount", where="rep = 'Anna Weber'", period="this-quarter", parameters={"metric": "bookings_amount"}
    )
    assert asked.rows[0]["target_amount"] == 90000


def log_a_call_and_win_a_deal_while_the_manager_looks_on(office: Office) -> None:
    manager, rep = office.manager, office.rep
    calls = office.workspace.query("calls_made").rows[0]["calls_made"] or 0
    rep.go("/log")
    rep.page.locator("[name=deal]").select_option(index=1)
    rep.page.locator("input[name=kind][value=call]").check(force=True)
    rep.send("form[action='/log']")
    assert office.workspace.query("calls_made").rows[0]["calls_made"] == calls + 1

    manager.go("/")
    won = manager.page.locator('[data-live="won"], [data-live="bookings"]').first
    before = won.inner_text()
    rep.go("/pipeline")
    columns = rep.page.locator(".board-column")
    card = columns.first.locator(".card[data-deal]").first
    deal = card.get_attribute("data-deal")
    card.locator("[data-move]").click()
    rep.page.locator("#board-move button").last.click()
    expect(columns.last.locator(f".card[data-deal='{deal}']")).to_be_visible()
    expect(rep.page.locator(".toast-undo")).to_be_visible()
    columns.last.locator(f".card[data-deal='{deal}'] a").first.click()
    rep.page.wait_for_selector("form.steps")
    rep.send("form.steps", "button:text-is('Won')")
    expect(won).not_to_have_text(before, timeout=10_000)


def hold_a_review(office: Office) -> None:
    manager, rep = office.manager, office.rep
    manager.go("/reviews/new")
    manager.page.locator("[name=subject]").select_option("rep|crm:p1")
    manager.page.fill("[name=title]", "November")
    manager.send("form[action='/reviews']")
    expect(manager.page.locator("#agenda-title")).to_be_visible()
    manager.page.fill("[name=notes]", "Meer bellen & vragen <i>")
    manager.send("form[action^='/reviews/']", "button[name=hold]")
    manager.page.fill("form[action='/actions'] [name=text]", "Bel vijf klanten")
    manager.page.locator("form[action='/actions'] [name=metric]").select_option("calls_made")
    manager.send("form[action='/actions']")
    rep.go("/reviews")
    expect(rep.page.locator("#page")).to_contain_text("Bel vijf klanten")
    rep.page.get_by_role("link", name="November").click()
    expect(rep.page.locator("#page")).to_contain_text("Meer bellen & vragen <i>")
    rep.go("/reviews")
    rep.send("form[action^='/actions/']")
    assert office.workspace.query("action_completion_rate").rows[0]["action_completion_rate"] == 1


def train_and_recognise(office: Office) -> None:
    manager, rep = office.manager, office.rep
    manager.go("/training")
    manager.page.fill("[name=topic]", "Doorvragen")
    manager.page.locator("[name=people]").select_option(["crm:p1"])
    manager.send("form[action='/training']")
    row = manager.page.locator("tr", has_text="Doorvragen")
    words = {"en": r"cannot tell|than the others", "nl": r"niet te zeggen|dan de anderen"}
    expect(row).to_contain_text(re.compile(words[manager.language]))
    manager.go("/person/crm:p1")
    manager.page.fill("form[action='/remarks'] [name=text]", "Sterk kwartaal")
    manager.send("form[action='/remarks']")
    rep.go("/me")
    expect(rep.page.locator("#page")).to_contain_text("Sterk kwartaal")


def contest_a_row(office: Office) -> None:
    manager, rep = office.manager, office.rep
    rep.go("/pipeline")
    rep.page.locator(".card[data-deal] a").first.click()
    rep.page.wait_for_selector("form[action='/contests']")
    rep.page.fill("form[action='/contests'] [name=text]", "Bedrag klopt niet")
    rep.send("form[action='/contests']")
    manager.go("/reviews")
    manager.page.fill("form[action^='/contests/'] [name=answer]", "Aangepast")
    manager.send("form[action^='/contests/']", "button[value=accepted]")
    rep.go("/reviews")
    expect(rep.page.locator("#contests")).to_contain_text("Aangepast")


def hand_a_lead_over_and_back(office: Office) -> None:
    manager, marketing = office.manager, office.marketing
    marketing.go("/leads")
    marketing.page.fill("form[action='/leads'] [name=name]", "Bakkerij Zon")
    marketing.send("form[action='/leads']")
    marketing.page.locator("form[action$='/hand-over'] [name=team]").first.select_option("crm:t1")
    marketing.send("form[action$='/hand-over']")
    manager.go("/leads")
    manager.page.locator(".lead-back summary").first.click()
    manager.page.fill("form[action$='/return'] [name=reason]", "Geen budget")
    manager.send("form[action$='/return']")
    marketing.go("/leads")
    expect(marketing.page.locator(".lead", has_text="Bakkerij Zon")).to_contain_text("Geen budget")


def find_the_bottleneck(office: Office) -> None:
    manager = office.manager
    manager.go("/funnel")
    tile = manager.page.locator("#tile-bottlenecks, [id*=bottleneck]").first
    expect(tile).to_be_visible()
    tile.locator("a[href*='/drill']").first.click()
    expect(manager.page.locator("dialog#drill h2")).to_be_visible()
    expect(manager.page.locator("dialog#drill table").first).to_be_visible()


def see_why_the_win_rate_moved(office: Office) -> None:
    manager = office.manager
    manager.go("/")
    manager.page.locator("#kpi-win_rate a[href^='/why/win_rate']").click()
    manager.page.wait_for_url(re.compile("/why/win_rate"))
    expect(manager.page.locator("#page .answer")).to_contain_text("%")
    expect(manager.page.locator("#page table").first).to_be_visible()


def compare_on_a_phone(office: Office) -> None:
    rep = office.rep
    rep.go("/?period=this-quarter&compare=previous&team=Noord")
    expect(rep.page.locator(".kpi-change").first).to_be_visible()
