"""A walk through the pages in Chromium: what a person does on the first day."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from omzet.metrics.calendar import Calendar
from tests.web.browsing import browser, watching
from tests.web.serving import Served

WAIT = 15_000


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


def figure(page: Page, name: str) -> str:
    return page.locator(f'[data-live="{name}"]').inner_text()


def amount(text: str) -> float:
    """The number in a figure such as €312k."""
    digits = float(re.sub(r"[^\d.]", "", text))
    return digits * {"k": 1e3, "M": 1e6}.get(text.strip()[-1], 1)


def test_open_filter_switch_language_drill_and_come_back(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url, locale="en-GB") as watched:
        page = watched.page
        watched.go("/")
        expect(page.locator("#answer")).to_contain_text("working day")
        whole = figure(page, "bookings")

        page.get_by_role("button", name=re.compile("^Team")).click()
        page.get_by_label("Noord").check()
        page.get_by_role("button", name="Apply").click()
        expect(page).to_have_url(re.compile(r"\?team=Noord$"))
        expect(page.locator('[data-live="bookings"]')).not_to_have_text(whole)

        page.go_back()
        expect(page.locator('[data-live="bookings"]')).to_have_text(whole)
        page.go_forward()
        expect(page.locator('[data-live="bookings"]')).not_to_have_text(whole)

        page.get_by_role("link", name="Nederlands").click()
        expect(page.locator("html")).to_have_attribute("lang", "nl")
        expect(page.get_by_role("heading", name="Overzicht", level=1)).to_be_visible()
        page.get_by_role("link", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")

        page.locator("#kpi-win_rate .kpi-name a").click()
        drill = page.locator("dialog#drill")
        expect(drill.get_by_role("heading", name="Win rate")).to_be_visible()
        expect(page).to_have_url(re.compile("/drill"))
        drill.get_by_text("SQL that made this number").click()
        expect(drill.locator("pre")).to_contain_text("SELECT")
        expect(drill).to_contain_text("Deals won as a share")
        found = re.search(r"([\d,]+) rows? found\. ([\d,]+) counted, ([\d,]+) left out", drill.inner_text())
        assert found
        whole_rows, counted, out = (int(each.replace(",", "")) for each in found.groups())
        assert whole_rows == counted + out

        drill.get_by_role("link", name=re.compile("^Left out")).click()
        expect(drill.get_by_role("link", name=re.compile("^Left out"))).to_have_attribute("aria-current", "true")
        page.keyboard.press("Escape")
        expect(drill).not_to_be_visible()
        expect(page).to_have_url(re.compile(r"team=Noord"))
        assert page.evaluate("document.activeElement.closest('#kpi-win_rate') !== null"), "focus goes back to where it was"


def test_a_page_is_presented_alone_and_escape_ends_it(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url, viewport={"width": 1440, "height": 900}) as watched:
        page = watched.page
        watched.go("/")
        side, button = page.locator(".side"), page.locator("[data-present-button]")
        button.click()
        expect(side).to_be_hidden()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(page.locator('[data-live="bookings"]')).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.keyboard.press("Escape")
        page.evaluate("document.fullscreenElement && document.exitFullscreen()")
        expect(side).to_be_visible()
        expect(button).to_have_attribute("aria-pressed", "false")


def test_any_attribute_can_be_put_in_the_bar(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url) as watched:
        page = watched.page
        watched.go("/")
        page.get_by_role("button", name="Filter", exact=True).click()
        page.get_by_role("link", name="Budget holder").click()
        page.get_by_label("cfo").check()
        page.locator("#pick-budget_holder").get_by_role("button", name="Apply").click()
        expect(page).to_have_url(re.compile(r"\?budget_holder=cfo$"))
        expect(page.get_by_role("button", name=re.compile("^Budget holder"))).to_contain_text("cfo")
        page.get_by_role("link", name="Clear filters").click()
        expect(page).to_have_url(re.compile(r"/$"))


def test_a_drill_is_a_page_of_its_own_and_back_closes_it(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url) as watched:
        page = watched.page
        watched.go("/")
        page.locator("#kpi-bookings .kpi-name a").click()
        expect(page.locator("dialog#drill h2")).to_be_visible()
        address = page.url
        page.go_back()
        expect(page.locator("dialog#drill")).not_to_be_visible()
        page.go_forward()
        expect(page.locator("dialog#drill h2")).to_be_visible()
        page.goto(address)
        expect(page.locator("main h2")).to_have_text("Bookings")


def test_upload_a_file_and_see_what_became_of_it(served: Served, chrome: Browser, tmp_path: Path) -> None:
    today = Calendar(served.workspace.settings).today()
    path = tmp_path / "won today.csv"
    header = "deal_id,name,owner_id,pipeline,stage,status,amount,currency,created_at,closed_at"
    rows = [f"u1,Grote klant,p1,Sales,Won,won,500000,EUR,{today - timedelta(days=9)},{today}"]
    rows.append(f"u2,Fout bedrag,p1,Sales,Won,won,twaalf,EUR,{today},{today}")
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    with watching(chrome, served.url) as watched:
        page = watched.page
        watched.go("/")
        before = amount(figure(page, "bookings"))
        page.get_by_role("link", name="Loads and quality").first.click()
        page.locator('input[type="file"][name="files"]').first.set_input_files(path)
        page.get_by_role("button", name="Look at what is in them").click()
        expect(page.get_by_text("nothing has been kept yet")).to_be_visible()
        expect(page.locator("tbody tr").first).to_contain_text("deals")
        page.get_by_label("These ids come from").fill("crm")
        page.get_by_role("button", name="Load these rows").click()
        expect(page.get_by_text("is in.")).to_be_visible(timeout=WAIT)
        expect(page.locator("#aside")).to_contain_text("twaalf")
        page.get_by_role("link", name="Overview").first.click()
        page.wait_for_selector("#answer")
        assert amount(figure(page, "bookings")) == pytest.approx(before + 500_000, rel=0.02)


def test_numbers_change_on_open_pages_when_something_is_loaded_elsewhere(served: Served, chrome: Browser, tmp_path: Path) -> None:
    today = Calendar(served.workspace.settings).today()
    path = tmp_path / "deals.csv"
    row = f"v1,Groot,p1,Sales,Won,won,900000,EUR,{today},{today}"
    path.write_text(
        f"deal_id,name,owner_id,pipeline,stage,status,amount,currency,created_at,closed_at\n{row}\n", encoding="utf-8"
    )
    with watching(chrome, served.url) as watched:
        page = watched.page
        watched.go("/")
        page.wait_for_timeout(300)
        before = figure(page, "bookings")
        page.evaluate(
            """() => new MutationObserver((_, me) => { window.changedAt = Date.now(); me.disconnect(); }).observe(
                document.querySelector('[data-live="bookings"]'), {childList: true, characterData: true, subtree: true})"""
        )
        served.workspace.load(path, connection="crm")
        committed = time.time() * 1000
        page.wait_for_function("() => window.changedAt", timeout=WAIT)
        assert page.evaluate("window.changedAt") - committed < 1000, "within a second of the commit"
        assert figure(page, "bookings") != before
        assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_a_load_from_the_command_line_shows_on_open_pages(served: Served, chrome: Browser, tmp_path: Path) -> None:
    today = Calendar(served.workspace.settings).today()
    path = tmp_path / "deals.csv"
    row = f"v1,Groot,p1,Sales,Won,won,9000000,EUR,{today},{today}"
    path.write_text(
        f"deal_id,name,owner_id,pipeline,stage,status,amount,currency,created_at,closed_at\n{row}\n", encoding="utf-8"
    )
    with watching(chrome, served.url) as watched:
        watched.go("/")
        words = ["load", "-w", str(served.workspace.path), str(path), "--connection", "crm"]
        run = [sys.executable, "-c", "from omzet.cli import main; main()", *words]
        done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        expect(watched.page.locator('[data-live="bookings"]')).to_contain_text("M", timeout=WAIT)


def test_a_drill_that_cannot_be_made_says_why(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url, expected=("400", "Failed to load resource")) as watched:
        page = watched.page
        watched.go("/")
        page.locator("#kpi-win_rate .kpi-name a").click()
        page.locator("dialog#drill").get_by_label("Id of a deal").fill("no such deal")
        page.locator("dialog#drill").get_by_role("button", name="Ask").click()
        expect(page.locator(".problem")).to_contain_text("no such deal")


def test_all_tabs_share_one_stream_and_all_hear(served: Served, chrome: Browser, tmp_path: Path) -> None:
    today = Calendar(served.workspace.settings).today()
    path = tmp_path / "deals.csv"
    row = f"v1,Groot,p1,Sales,Won,won,9000000,EUR,{today},{today}"
    path.write_text(
        f"deal_id,name,owner_id,pipeline,stage,status,amount,currency,created_at,closed_at\n{row}\n", encoding="utf-8"
    )
    with watching(chrome, served.url) as watched:
        streams: list[str] = []
        watched.page.context.on("request", lambda asked: streams.append(asked.url) if asked.url.endswith("/live") else None)
        watched.go("/")
        others = [watched.page.context.new_page() for _ in range(2)]
        for page in others:
            page.goto(f"{served.url}/?team=Noord")
            page.wait_for_selector("#answer")
        served.workspace.load(path, connection="crm")
        for page in (watched.page, *others):
            expect(page.locator('[data-live="bookings"]')).to_contain_text("M", timeout=WAIT)
        assert len(streams) == 1


def test_a_lost_connection_is_shown_and_found_again(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url, expected=("ERR_", "Failed to load resource")) as watched:
        page = watched.page
        page.route("**/live", lambda route: route.abort())
        watched.go("/")
        dot = page.locator(".live")
        expect(dot).to_have_attribute("data-state", "lost")
        expect(dot).to_contain_text("Reconnecting. Figures as of")
        page.unroute("**/live")
        expect(dot).to_have_attribute("data-state", "live", timeout=WAIT)


def test_the_keyboard_walks_the_marks_of_a_chart(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url) as watched:
        page = watched.page
        watched.go("/")
        page.set_viewport_size({"width": 1440, "height": 1000})
        shown = "[...document.querySelectorAll('#bookings-by-month svg.c-chart')].find(each => each.clientWidth)"
        page.evaluate(f"{shown}.querySelector('[data-mark=\"0\"]').focus()")
        expect(page.locator(".tip")).to_contain_text("Booked")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.dataset.mark") == "1"
        page.keyboard.press("End")
        last = int(page.evaluate("document.activeElement.dataset.mark"))
        assert last > 5
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        expect(page.locator("dialog#drill")).to_be_visible()


def test_ctrl_k_jumps_to_a_metric(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url) as watched:
        page = watched.page
        watched.go("/")
        page.keyboard.press("Control+k")
        page.keyboard.type("loss rate")
        page.keyboard.press("Enter")
        expect(page.locator("dialog#drill h2")).to_have_text("Loss rate")


def test_a_tile_is_saved_as_picture_and_as_csv(served: Served, chrome: Browser, tmp_path: Path) -> None:
    with watching(chrome, served.url) as watched:
        page = watched.page
        watched.go("/")
        for item, ending in (("Save as picture", ".png"), ("Save as CSV", ".csv")):
            page.get_by_role("button", name="Menu of Sales funnel").click()
            with page.expect_download() as download:
                page.locator("#funnel-menu").get_by_text(item).click()
            assert download.value.suggested_filename.endswith(ending)
            path = tmp_path / f"tile{ending}"
            download.value.save_as(path)
            assert path.stat().st_size > (8000 if ending == ".png" else 100)
            page.keyboard.press("Escape")


def test_the_theme_follows_the_choice_without_a_flash(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url, color_scheme="dark") as watched:
        page = watched.page
        watched.go("/")
        dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        page.get_by_role("link", name=re.compile("^Theme")).click()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert dark != light
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_without_script_every_link_and_form_works(served: Served, chrome: Browser) -> None:
    with watching(chrome, served.url, java_script_enabled=False) as watched:
        page = watched.page
        watched.go("/?add=team")
        page.locator("#kpi-win_rate .kpi-name a").click()
        expect(page.locator("main h2")).to_have_text("Win rate")
        page.get_by_role("link", name="Close").click()
        expect(page.locator("#answer")).to_be_visible()
