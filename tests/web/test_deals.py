"""The board, a deal's page and logging work: by form, in Chromium, on a phone, and only on what is one's own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from omzet.query.question import Question
from omzet.web.app import create_app
from omzet.workspace import Workspace
from tests.web import people
from tests.web.browsing import browser, unfit, watching
from tests.web.serving import Served

OPEN = Question(metrics=("open_pipeline_count",))


def card(workspace: Workspace, at: int = 0) -> tuple[str, str, str]:
    """Key, name and stage of an open deal."""
    column = next(column for column in workspace.board(OPEN).columns if column.cards)
    return column.cards[at].key, column.cards[at].name, column.stage


def form(client: TestClient, path: str) -> dict[str, str]:
    """The hidden and filled-in fields of the forms on a page."""
    page = client.get(path).text
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf' {each}="([^"]*)"', tag) for each in ("name", "value"))
        if name:
            fields[name[1]] = value[1] if value else ""
    return fields


def test_the_board_shows_every_open_deal_and_its_sum(client: TestClient, lasting: Workspace) -> None:
    board = lasting.board(OPEN)
    told = lasting.query(["open_pipeline_count", "open_pipeline_amount"]).rows[0]
    assert sum(column.count for column in board.columns) == told["open_pipeline_count"]
    assert sum(column.amount or 0 for column in board.columns) == pytest.approx(told["open_pipeline_amount"])
    page = client.get("/pipeline").text
    for column in board.columns:
        for each in column.cards:
            assert f'data-deal="{each.key}"' in page
    past = client.get("/pipeline?as_of=2026-06-01").text
    assert "draggable" not in past
    assert client.get("/pipeline?as_of=nonsense").status_code == 400


def test_a_deals_page_tells_what_happened_and_where_it_counts(client: TestClient, lasting: Workspace) -> None:
    key, name, _ = card(lasting)
    page = client.get(f"/deals/{key}").text
    assert name in page
    assert "Counted" in page
    assert client.get("/deals/crm:nobody").status_code == 400


def test_a_changed_amount_counts_at_once_and_is_not_overwritten_unseen(writer: TestClient, workspace: Workspace) -> None:
    key, _, _ = card(workspace)
    before = workspace.query("open_pipeline_amount").rows[0]["open_pipeline_amount"]
    was = workspace.deal(key).amount or 0
    fields = form(writer, f"/deals/{key}")
    writer.post(f"/deals/{key}/edit", data={**fields, "amount": str(was + 1000)})
    assert workspace.query("open_pipeline_amount").rows[0]["open_pipeline_amount"] == pytest.approx(before + 1000)
    again = writer.post(f"/deals/{key}/edit", data={**fields, "amount": "1"})
    assert again.status_code == 400
    assert "changed in the meantime" in again.text
    assert workspace.deal(key).amount == was + 1000
    assert "done=same" in str(writer.post(f"/deals/{key}/edit", data=form(writer, f"/deals/{key}")).url)


def test_a_form_without_its_token_changes_nothing(writer: TestClient, workspace: Workspace) -> None:
    key, _, stage = card(workspace)
    for path, data in (
        (f"/deals/{key}/edit", {"amount": "1"}),
        (f"/deals/{key}/move", {"stage": "Won"}),
        ("/pipeline/move", {"deal": key, "stage": "Won"}),
        ("/log", {"kind": "call"}),
        ("/deals", {"name": "x"}),
    ):
        assert writer.post(path, data=data).status_code == 400
    assert workspace.deal(key).stage == stage


def test_a_new_deal_is_won_with_one_move_and_lost_with_a_reason(writer: TestClient, workspace: Workspace) -> None:
    won = workspace.query("won_count", period="this-month").rows[0]["won_count"]
    made = writer.post("/deals", data={**form(writer, "/deals/new"), "name": "<b>Nieuw</b>", "amount": "500", "stage": "New"})
    assert "&lt;b&gt;Nieuw&lt;/b&gt;" in made.text
    path = made.url.path
    writer.post(f"{path}/move", data={**form(writer, path), "stage": "Won", "seen": "New"})
    assert workspace.query("won_count", period="this-month").rows[0]["won_count"] == won + 1
    key = path.removeprefix("/deals/")
    writer.post(f"{path}/move", data={**form(writer, path), "stage": "Lost", "seen": "Won", "loss_kind": "price"})
    deal = workspace.deal(key)
    assert (deal.status, deal.values["loss_kind"]) == ("lost", "price")
    writer.post(f"{path}/move", data={**form(writer, path), "stage": "Demo", "seen": "Lost"})
    assert workspace.deal(key).status == "open"


def test_work_is_logged_with_its_next_step(writer: TestClient, workspace: Workspace) -> None:
    key, _, _ = card(workspace)
    before = workspace.query("calls_made").rows[0]["calls_made"] or 0
    given = {**form(writer, "/log"), "deal": key, "kind": "call", "outcome": "connected"}
    writer.post("/log", data={**given, "next_kind": "meeting", "next_at": "2099-01-05T10:00"})
    assert workspace.query("calls_made").rows[0]["calls_made"] == before + 1
    told = [event.activity for event in workspace.deal(key).events if event.kind == "activity"]
    assert {(each["kind"], each["status"]) for each in told} >= {("call", "done"), ("meeting", "planned")}
    assert writer.post("/log", data={**given, "kind": "dance"}).status_code == 400
    assert writer.post("/log", data={**given, "happened_at": "yesterday-ish"}).status_code == 400


def test_a_rep_sees_and_changes_own_deals_alone(workspace: Workspace) -> None:
    app = create_app(workspace)
    cast = people.add_users(workspace, {"rep": "crm:p1"})
    rep, marketing = (people.browser(workspace, app) for _ in range(2))
    assert people.sign_in(rep, cast.emails["rep"]) == 303
    assert people.sign_in(marketing, cast.emails["marketing"]) == 303
    cards = [each for column in workspace.board(OPEN).columns for each in column.cards]
    mine, other = (next(each for each in cards if (each.owner == "Anna Weber") is own) for own in (True, False))
    page = rep.get("/pipeline").text
    assert mine.name in page
    assert other.name not in page
    assert rep.get(f"/deals/{other.key}").status_code == 400
    token = people.token_on(rep, "/pipeline")
    for key, status in ((mine.key, 303), (other.key, 400)):
        assert rep.post("/pipeline/move", data={"token": token, "deal": key, "stage": "Proposal"}).status_code == status
    assert workspace.deal(mine.key).stage == "Proposal"
    for path in ("/pipeline", "/deals/new", "/log", f"/deals/{mine.key}"):
        assert marketing.get(path, headers={"accept": "text/html"}).status_code == 403


def test_a_deal_dragged_on_the_board_moves_and_an_open_overview_follows(served: Served) -> None:
    key, _, stage = card(served.workspace)
    to = next(column.stage for column in served.workspace.board(OPEN).columns if column.stage != stage)
    with browser() as chrome, watching(chrome, served.url) as board, watching(chrome, served.url) as overview:
        overview.go("/")
        board.go("/pipeline")
        before = overview.page.get_attribute("#page", "data-revision")
        board.page.drag_and_drop(f'[data-deal="{key}"]', f'[data-stage="{to}"] header')
        board.page.wait_for_selector(".toast")
        overview.page.wait_for_selector(f"#page:not([data-revision='{before}'])")
        assert served.workspace.deal(key).stage == to
        board.page.click(".toast-undo")
        board.page.wait_for_selector(f'[data-stage="{stage}"] [data-deal="{key}"]')
        board.page.wait_for_timeout(500)
        assert served.workspace.deal(key).stage == stage


def test_the_board_works_by_keyboard_alone(served: Served) -> None:
    key, _, stage = card(served.workspace)
    with browser() as chrome, watching(chrome, served.url) as board:
        board.go("/pipeline")
        board.page.focus(f'[data-deal="{key}"] [data-move]')
        board.page.keyboard.press("Enter")
        board.page.wait_for_selector("#board-move:popover-open")
        board.page.keyboard.press("Tab")
        board.page.keyboard.press("Enter")
        board.page.wait_for_selector(".toast")
        assert served.workspace.deal(key).stage != stage


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wrong_with_these_pages_on_a_phone_or_a_desk(served: Served, theme: str) -> None:
    key, _, _ = card(served.workspace)
    with browser() as chrome:
        for width, language in ((390, "nl"), (1440, "en")):
            looks: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "locale": language, "color_scheme": theme}
            with watching(chrome, served.url, **looks) as watched:
                for path in ("/pipeline", f"/deals/{key}", "/deals/new", "/log"):
                    watched.go(path)
                    assert unfit(watched.page) == [], path
                    overflow = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    assert overflow <= 0, path
