"""The pages of one question: each figure is the one that the same question gives elsewhere, for every role, in both languages."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from omzet.locale.words import words
from omzet.web.app import create_app
from omzet.web.question_pages import PAGES, Drawn, QuestionPage, Split
from omzet.workspace import Workspace
from tests.web import people
from tests.web.browsing import browser, unfit, watching
from tests.web.serving import Served

PATHS = [page.path for page in PAGES]


def known(workspace: Workspace) -> set[str]:
    return {metric.id for metric in workspace.metrics("en")}


@pytest.mark.parametrize("page", PAGES, ids=PATHS)
def test_a_page_is_made_of_metrics_that_there_are(lasting: Workspace, page: QuestionPage) -> None:
    asked = {*page.kpis}
    for part in page.parts:
        if isinstance(part, Split):
            asked |= {*part.metrics}
        elif not isinstance(part, Drawn):
            asked.add(part.metric)
    assert asked <= known(lasting)


@pytest.mark.parametrize("page", PAGES, ids=PATHS)
def test_every_text_of_a_page_is_there_in_dutch(page: QuestionPage) -> None:
    needed = ["name", "question", *(["caution"] if page.caution else [])]
    for part in page.parts:
        if isinstance(part, Split):
            needed += [part.id, f"{part.id}_sub"]
    texts = words("nl").texts
    assert [each for each in needed if f"web.page.{page.id}.{each}" not in texts] == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_page_answers_with_and_without_data_and_filters(client: TestClient, path: str, language: str) -> None:
    for query in ("", "period=last-quarter&compare=last-year", "team=Noord", "period=2009-Q1", "region=west&source=event"):
        answer = client.get(f"{path}?lang={language}&{query}", headers={"accept": "text/html"})
        assert answer.status_code == 200, query
        assert "None" not in re.sub(r"<[^>]+>", " ", answer.text)


@pytest.mark.parametrize("page", PAGES, ids=PATHS)
def test_a_key_figure_is_that_of_the_api(client: TestClient, lasting: Workspace, page: QuestionPage) -> None:
    text = client.get(f"{page.path}?period=last-quarter&lang=en").text
    shown = {id: unescape(value) for id, value in re.findall(r'data-live="([a-z_0-9]+)">([^<]*)', text)}
    counted = [metric for metric in page.kpis if metric in shown and re.fullmatch(r"[\d,]+", shown[metric])]
    for metric in counted:
        value = lasting.query(metric, period="last-quarter").rows[0][metric]
        assert int(shown[metric].replace(",", "")) == round(value)
    assert len(shown) == len(page.kpis)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_chosen_stays_on_the_page(client: TestClient, path: str) -> None:
    text = client.get(f"{path}?team=Noord").text
    assert f'action="{path}"' in text
    assert f'href="{path}?period=last-quarter' in unescape(text)


def test_each_role_sees_what_is_its_own(workspace: Workspace) -> None:
    app = create_app(workspace)
    cast = people.add_users(workspace, {"rep": "crm:p1"})
    for role in ("rep", "marketing"):
        reader = people.browser(workspace, app)
        assert people.sign_in(reader, cast.emails[role]) == 303
        for path in PATHS:
            answer = reader.get(f"{path}?lang=en", headers={"accept": "text/html"})
            assert answer.status_code == 200, (role, path)
            for name in ("Bram Kuiper", "Daan Mulder", *(["€"] if role == "marketing" else [])):
                assert name not in answer.text, (role, path, name)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wrong_with_a_page_on_a_phone_or_a_desk(served: Served, theme: str) -> None:
    with browser() as chrome:
        for width, language in ((390, "nl"), (1440, "en")):
            looks: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "locale": language, "color_scheme": theme}
            with watching(chrome, served.url, **looks) as watched:
                for path in PATHS:
                    watched.go(path)
                    assert unfit(watched.page) == [], path
                    assert watched.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
