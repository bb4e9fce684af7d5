"""Exploring: every way to show, the same figures as the API, files, saving, sharing, pinning, and only what one may see."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from omzet.web.app import create_app
from omzet.web.explore import GRAINS, SHOWN
from omzet.workspace import Workspace
from tests.web import people
from tests.web.browsing import browser, unfit, watching
from tests.web.serving import Served

ASKED = "/explore?m=win_rate&by=team&grain=quarter&period=this-year&lang=en"


def drawn(text: str) -> dict[str, Any]:
    found = re.search(r'data-echart="([^"]*)"', text)
    assert found
    given: dict[str, Any] = json.loads(unescape(found[1]))
    return given


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize("grain", GRAINS)
def test_every_way_to_show_answers(client: TestClient, show: str, grain: str) -> None:
    for by in ("", "&by=team", "&by=team&by=source", "&by=rep&by=nonsense"):
        answer = client.get(f"/explore?m=win_rate&m=won_count{by}&grain={grain}&show={show}&period=this-year&lang=en")
        assert answer.status_code == 200
        if "nonsense" in by:
            assert "nonsense" in answer.text
    assert client.get("/explore?show=pie").status_code == 400
    assert client.get("/explore?grain=century").status_code == 400
    assert "begin with one of these" in client.get("/explore?lang=en").text


def test_a_drawing_and_its_table_say_what_the_api_says(client: TestClient, lasting: Workspace) -> None:
    rows = lasting.query("win_rate", by="team", period="this-year").rows
    given = drawn(client.get("/explore?m=win_rate&by=team&show=bar&period=this-year").text)
    assert given["names"] == [row["team"] or "(none)" for row in rows]
    assert given["series"][0]["data"] == [row["win_rate"] for row in rows]
    heat = drawn(client.get(f"{ASKED}&show=heat").text)
    cells = {(heat["rows"][y], heat["names"][x]): value for x, y, value in heat["series"][0]["data"]}
    told = lasting.query("win_rate", by="team", grain="quarter", period="this-year").rows
    assert len(cells) == sum(row["win_rate"] is not None for row in told)
    assert sorted(cells.values()) == sorted(row["win_rate"] for row in told if row["win_rate"] is not None)


def test_a_period_that_has_not_begun_has_no_figure(client: TestClient) -> None:
    given = drawn(client.get("/explore?m=won_count&grain=month&show=line&period=this-year").text)
    assert len(given["names"]) <= 12
    assert client.get("/explore?m=won_count&grain=month&show=line&from=2099-01-01&until=2099-12-31").status_code == 200


def test_it_is_saved_as_a_file_that_no_spreadsheet_runs(client: TestClient, lasting: Workspace) -> None:
    rows = lasting.query("win_rate", by="team", period="this-year").rows
    text = client.get("/explore.csv?m=win_rate&by=team&period=this-year").text
    assert len(text.strip().splitlines()) == len(rows) + 1
    book = openpyxl.load_workbook(io.BytesIO(client.get("/explore.xlsx?m=win_rate&by=team&period=this-year").content))
    cells = list(book.active.values)
    assert cells[0][:2] == ("team", "win_rate")
    assert [row[1] for row in cells[1:]] == pytest.approx([row["win_rate"] for row in rows])


def test_a_table_is_sorted_by_its_heads(client: TestClient) -> None:
    text = client.get("/explore?m=win_rate&by=rep&period=this-year&sort=-win_rate&lang=en").text
    assert 'aria-sort="descending"' in text
    shares = [float(each) for each in re.findall(r">([\d.]+)%</a>", text)]
    assert shares == sorted(shares, reverse=True)


def test_views_are_saved_shared_and_pinned(workspace: Workspace) -> None:
    app = create_app(workspace)
    cast = people.add_users(workspace, {"rep": "crm:p1", "manager": "crm:p2"})
    rep, leader = (people.browser(workspace, app) for _ in range(2))
    assert people.sign_in(rep, cast.emails["rep"]) == 303
    assert people.sign_in(leader, cast.emails["leader"]) == 303
    token = people.token_on(leader, ASKED)
    for name, shared in (("Mine <b>", ""), ("Ours", "yes")):
        form = {"token": token, "name": name, "address": ASKED, "shared": shared}
        assert leader.post("/explore/save", data=form).status_code == 303
    assert leader.post("/explore/save", data={"token": token, "name": "x", "address": "//evil.example"}).status_code == 400
    assert leader.post("/explore/save", data={"token": token, "name": " ", "address": ASKED}).status_code == 400
    assert leader.post("/explore/save", data={"name": "no token", "address": ASKED}).status_code == 400
    page = leader.get("/explore").text
    assert "Mine &lt;b&gt;" in page
    assert "Ours" in page
    seen = rep.get("/explore").text
    assert "Ours" in seen
    assert "Mine" not in seen
    (id,) = set(re.findall(r"/explore/(\d+)/pin", page)) - {re.findall(r"/explore/(\d+)/pin", page)[1]}
    assert rep.post(f"/explore/{id}/pin", data={"token": people.token_on(rep, ASKED)}).status_code == 403
    assert leader.post(f"/explore/{id}/pin", data={"token": token}).status_code == 303
    assert "Mine &lt;b&gt;" in leader.get("/board").text
    assert leader.post(f"/explore/{id}/remove", data={"token": token}).status_code == 303
    assert "Mine" not in leader.get("/board").text


def test_who_sees_no_money_or_others_is_told_none(workspace: Workspace) -> None:
    app = create_app(workspace)
    cast = people.add_users(workspace, {"rep": "crm:p1"})
    rep, marketing = (people.browser(workspace, app) for _ in range(2))
    assert people.sign_in(rep, cast.emails["rep"]) == 303
    assert people.sign_in(marketing, cast.emails["marketing"]) == 303
    for form in ("", ".csv", ".xlsx"):
        told = rep.get(f"/explore{form}?m=won_count&by=rep&period=this-year").content
        assert b"Bram Kuiper" not in told
        hidden = marketing.get(f"/explore{form}?m=bookings_amount&by=team&period=this-year")
        assert not re.search(rb"\d{4,}\.0", hidden.content) or form == ".xlsx"
    cells = openpyxl.load_workbook(
        io.BytesIO(marketing.get("/explore.xlsx?m=bookings_amount&by=team&period=this-year").content)
    ).active
    assert {row[1] for row in list(cells.values)[1:]} == {None}


@pytest.mark.parametrize("show", ["table", "bar", "heat"])
def test_nothing_is_wrong_with_the_page(served: Served, show: str) -> None:
    with browser() as chrome:
        for width, theme in ((390, "dark"), (1440, "light")):
            looks: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "color_scheme": theme}
            with watching(chrome, served.url, **looks) as watched:
                watched.go(f"{ASKED}&show={show}")
                if show != "table":
                    watched.page.wait_for_selector(".explore-chart canvas")
                assert unfit(watched.page) == []
                assert watched.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
                watched.page.select_option('select[name="show"]', "pivot")
                watched.page.wait_for_url("**show=pivot**")
                watched.go("/board")
                assert unfit(watched.page) == []
