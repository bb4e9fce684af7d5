"""Every page in both themes and languages, wide and on a phone: fit for everyone, and never wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.web.browsing import browser, unfit, unnamed, watching
from tests.web.serving import Served, serving

PAGES = (
    "/",
    "/?period=2009-Q1",
    "/?table=bookings-by-month,funnel,reps,cycle-length",
    "/?reps=names",
    "/drill?metric=win_rate",
    "/drill?metric=rep_funnel_plot&period=last-year",
    "/drill?metric=pipeline_bridge&period=this-year&split=team",
    "/data",
    "/catalogue",
)
WIDTHS = (320, 390, 768, 1024, 1440, 1920)
LOOKS = [("light", "en", 1440), ("dark", "nl", 1440), ("dark", "en", 390), ("light", "nl", 390)]
EVERY_LOOK = [(theme, language, width) for theme in ("light", "dark") for language in ("en", "nl") for width in (390, 1440)]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def site(lasting: object) -> Iterator[Served]:
    with serving(lasting) as found:  # type: ignore[arg-type]
        yield found


def check(chrome: Browser, site: Served, path: str, theme: str, language: str, width: int) -> None:
    looks: dict[str, Any] = {
        "color_scheme": theme,
        "locale": language,
        "viewport": {"width": width, "height": 900},
        "reduced_motion": "reduce",
    }
    with watching(chrome, site.url, **looks) as watched:
        watched.go(path)
        assert unfit(watched.page) == []
        assert unnamed(watched.page) == []


@pytest.mark.parametrize(("theme", "language", "width"), LOOKS)
def test_the_overview_is_fit_for_everyone(chrome: Browser, site: Served, theme: str, language: str, width: int) -> None:
    check(chrome, site, "/", theme, language, width)


@pytest.mark.parametrize("path", PAGES[1:])
def test_every_other_page_is_fit_for_everyone(chrome: Browser, site: Served, path: str) -> None:
    check(chrome, site, path, "light", "en", 1440)


@pytest.mark.long
@pytest.mark.parametrize(("theme", "language", "width"), EVERY_LOOK)
@pytest.mark.parametrize("path", PAGES)
def test_every_look_of_every_page_is_fit_for_everyone(
    chrome: Browser, site: Served, path: str, theme: str, language: str, width: int
) -> None:
    check(chrome, site, path, theme, language, width)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_open_drill_and_an_open_menu_are_fit_for_everyone(chrome: Browser, site: Served, theme: str) -> None:
    looks: dict[str, Any] = {"color_scheme": theme, "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
    with watching(chrome, site.url, **looks) as watched:
        watched.go("/")
        watched.page.locator('[popovertarget="pick-period"]').click()
        assert unfit(watched.page, "'#pick-period'") == []
        watched.page.keyboard.press("Escape")
        watched.page.locator("#kpi-win_rate .kpi-name a").click()
        watched.page.wait_for_selector("dialog#drill[open] h2")
        assert unfit(watched.page, "'#drill'") == []


def test_no_page_is_wider_than_the_screen(chrome: Browser, site: Served) -> None:
    found = []
    with watching(chrome, site.url) as watched:
        for path in PAGES:
            for language in ("en", "nl"):
                watched.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
                for width in WIDTHS:
                    watched.page.set_viewport_size({"width": width, "height": 800})
                    wide = watched.page.evaluate("document.documentElement.scrollWidth")
                    if wide > width:
                        found.append(f"{path} {language} at {width}: {wide}")
    assert found == []


def test_the_overview_stays_light(chrome: Browser, site: Served) -> None:
    sizes: dict[str, int] = {}
    with watching(chrome, site.url) as watched:
        watched.page.on("response", lambda answer: sizes.update({answer.url: answer.request.sizes()["responseBodySize"]}))
        watched.page.goto(f"{site.url}/", wait_until="load")
        watched.page.wait_for_timeout(300)
        assert sum(sizes.values()) < 700_000
        assert len(sizes) <= 8
