"""Chromium over a served workspace. Whatever the page complains of, or asks of another host, fails the test."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

AXE = Path(__file__).parents[2] / "omzet/web/frontend/node_modules/axe-core/axe.min.js"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@dataclass
class Watched:
    """A page, and everything it complained of."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_selector("#page")


def chromium() -> str | None:
    """The browser to use: OMZET_CHROMIUM, else the machine's."""
    return (
        os.environ.get("OMZET_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    path = chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium on this machine, and in CI the browser's tests may not be skipped")
        pytest.skip("SKIPPED: there is no Chromium on this machine, so no page was looked at. Install it: scripts/setup test")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


@contextmanager
def watching(browser: Browser, url: str, *, expected: tuple[str, ...] = (), **looks: Any) -> Iterator[Watched]:
    """A page of its own; at the end nothing may have been complained of but what is `expected`."""
    context = browser.new_context(base_url=url, **looks)
    watched = watch(context, url)
    yield watched
    context.close()
    assert [each for each in watched.complaints if not any(word in each for word in expected)] == []


def watch(context: BrowserContext, url: str) -> Watched:
    """Another page of a context, watched."""
    watched = Watched(context.new_page(), url)
    page, complaints, host = watched.page, watched.complaints, urlsplit(url).netloc
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request", lambda asked: None if allowed(asked.url, host) else complaints.append(f"asked of another host: {asked.url}")
    )
    return watched


def allowed(address: str, host: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("data", "blob") or parts.netloc == host


NOT_ASKED = {"label-content-name-mismatch": {"enabled": False}}
"""For a link in a drawing this rule takes the <title>, which nobody sees, and the texts of the mark for one word.
`unnamed` asks the same of the label by itself."""


def unnamed(page: Page) -> list[str]:
    """Marks of charts whose name lacks the label that stands at them: who says what they see could not point at it."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('svg [data-mark]')].flatMap(mark =>
            [...mark.querySelectorAll('text')].slice(0, 1).map(text => text.textContent.replace(/^[ ·]+/, '').split('…')[0])
                .filter(text => !mark.getAttribute('aria-label').toLowerCase().includes(text.toLowerCase()))
                .map(text => `${text} in ${mark.getAttribute('aria-label')}`))"""
    )
    return found


def unfit(page: Page, scope: str = "document") -> list[str]:
    """What axe-core finds wrong with the page, one line each."""
    # Evaluated by the debugger, so the page's policy need not allow it.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        f"axe.run({scope}, {{runOnly: {list(RULES)}, rules: {json.dumps(NOT_ASKED)}}}).then(found => found.violations)",
    )
    return [f"{each['id']}: {each['help']} {[node['target'] for node in each['nodes']][:4]}" for each in found]
