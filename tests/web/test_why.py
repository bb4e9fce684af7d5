"""Why a number changed: the parts on the page are those of the analysis, add up, open their rows, and are the reader's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from omzet.query.question import Question
from omzet.workspace import Workspace, serve_workspace
from omzet.workspace.create import create
from tests.web.browsing import browser, unfit, unnamed, watching
from tests.web.cast import Cast
from tests.web.conftest import browser_of
from tests.web.serving import Served

PERIOD = "period=last-quarter"
TURNED = {"Q1": {"small": (48, 80), "large": (4, 20)}, "Q2": {"small": (13, 20), "large": (20, 80)}}


def page(client: TestClient, address: str) -> str:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return unescape(answer.text).replace("\u00a0", " ")


def table(text: str) -> dict[str, list[str]]:
    """The rows of the table of all figures, by their head, without intervals."""
    body = text[text.index('id="figures-by-group"') :]
    rows: dict[str, list[str]] = {}
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL):
        cells = [
            re.sub(r"<small.*?</small>|<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        rows[cells[0]] = cells[1:]
    return rows


def points(value: float) -> str:
    size = f"{abs(value) * 100:.1f} pt"
    return size if size == "0.0 pt" else f"{'−' if value < 0 else '+'}{size}"


@pytest.fixture
def turned(tmp_path: Path) -> Iterator[TestClient]:
    """A company whose win rate rose in every segment and fell as a whole."""
    deals = ["deal_id,status,created_at,closed_at,account_id,amount"]
    for quarter, segments in TURNED.items():
        day = "2026-02-10" if quarter == "Q1" else "2026-05-10"
        for segment, (won, closed) in segments.items():
            deals += [
                f"{quarter}{segment}{i},{'won' if i < won else 'lost'},2026-01-01,{day},{segment},100" for i in range(closed)
            ]
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "deals.csv").write_text("\n".join(deals))
    (tables / "accounts.csv").write_text("account_id,name,segment\nsmall,S,small\nlarge,L,large")
    create(tmp_path / "turned", {"name": "Keer", "holidays": "none"})
    with serve_workspace(tmp_path / "turned") as workspace:
        assert workspace.load(tables, connection="crm").set_aside == 0
        yield browser_of(workspace)


def test_the_parts_of_a_win_rate_are_those_of_the_analysis(client: TestClient, lasting: Workspace) -> None:
    rows = table(page(client, f"/why/win_rate?{PERIOD}&parts=source&lang=en"))
    question: dict[str, Any] = {"period": "last-quarter", "parameters": {"dimension": "source"}}
    told = lasting.query("win_rate_change", by=("source",), **question).rows
    (whole,) = lasting.query("win_rate_change", **question).rows
    assert [each["source"] for each in told] != []
    for each in told:
        columns = [each[f"win_rate_change:{name}"] for name in ("rate", "mix")] + [each["win_rate_change"]]
        assert rows[each["source"]][2:5] == [points(value) for value in columns]
        for at, side in enumerate(("before", "after")):
            assert rows[each["source"]][at] == f"{each[f'win_rate_change:{side}']:.1%}"
    columns = [whole[f"win_rate_change:{name}"] for name in ("rate", "mix")] + [whole["win_rate_change"]]
    assert rows["All"][2:5] == [points(value) for value in columns]


def test_the_parts_of_bookings_and_of_a_count_add_up_to_their_change(client: TestClient, lasting: Workspace) -> None:
    (change,) = lasting.query("bookings_change", period="last-quarter").rows
    rows = table(page(client, f"/why/bookings_amount?{PERIOD}&parts=team&lang=en"))
    amounts = {name: int(re.sub(r"[€,+]", "", cells[-1]).replace("−", "-")) for name, cells in rows.items() if "€" in cells[-1]}
    assert amounts["All"] == round(change["bookings_change"])
    assert sum(value for name, value in amounts.items() if name != "All") == amounts["All"]
    rows = table(page(client, f"/why/won_count?{PERIOD}&parts=team&lang=en"))
    (count,) = lasting.query("won_count", period="last-quarter", compare="previous").rows
    assert int(rows["All"][-1].replace("−", "-")) == count["won_count"] - count["won_count:previous"]
    assert (int(rows["All"][0]), int(rows["All"][1])) == (count["won_count:previous"], count["won_count"])


def test_a_change_against_last_year_is_against_last_year(client: TestClient, lasting: Workspace) -> None:
    text = page(client, f"/why/bookings_amount?{PERIOD}&compare=last-year&parts=region&lang=en")
    (change,) = lasting.query("bookings_change", period="last-quarter", compare="last-year").rows
    cell = table(text)["All"][-1]
    assert int(re.sub(r"[€,+]", "", cell).replace("−", "-")) == round(change["bookings_change"])


def test_a_total_that_moved_against_all_its_groups_is_said_so(turned: TestClient) -> None:
    address = "/why/win_rate?from=2026-04-01&until=2026-06-30&parts=segment"
    text = page(turned, f"{address}&lang=en")
    assert "Win rate fell from 52.0% to 33.0%" in text
    assert "Within every group it moved the other way" in text
    assert "Binnen elke groep ging het de andere kant op" in page(turned, f"{address}&lang=nl")
    assert "lies within what chance" not in text


def test_a_group_opens_its_own_rows_and_another_split_keeps_the_choice(client: TestClient) -> None:
    text = page(client, f"/why/win_rate?{PERIOD}&team=Noord&parts=source&lang=en")
    opened = next(each for each in re.findall(r'<th scope="row"><a href="([^"]+)"', text) if "cell=source" in each)
    assert f"metric=win_rate&{PERIOD}&team=Noord" in opened
    assert client.get(opened).status_code == 200
    assert 'value="team"' not in text[text.index('name="parts"') :].split("</select>")[0]
    assert f'href="/why/win_rate?{PERIOD}&compare=last-year&team=Noord&parts=source"' in text


def test_what_cannot_be_told_says_why(client: TestClient) -> None:
    wrong = client.get("/why/win_rat", headers={"accept": "application/json"})
    assert wrong.status_code == 400
    assert "Did you mean 'win_rate'" in wrong.json()["error"]
    assert client.get("/why/open_pipeline_amount").status_code == 400
    assert client.get("/why/win_rate?parts=nothing").status_code == 400
    assert "Nothing to compare with" in page(client, "/why/win_rate?compare=none&lang=en")
    assert "Nothing to show" in page(client, "/why/win_rate?period=2009-Q1&lang=en")
    assert "No period that has begun" in page(client, "/why/win_rate?from=2090-01-01&until=2090-02-01&lang=en")


def test_a_page_without_data_is_a_page(empty: Workspace) -> None:
    with browser_of(empty) as reader:
        for metric in ("win_rate", "bookings_amount", "won_count", "pipeline_velocity"):
            page(reader, f"/why/{metric}")


def test_every_sum_and_count_opens(client: TestClient, lasting: Workspace) -> None:
    for metric in lasting.metrics("en"):
        if metric.kind == "additive" and not metric.by:
            page(client, f"/why/{metric.id}?{PERIOD}")


def test_a_number_that_is_compared_leads_here(client: TestClient) -> None:
    assert f'href="/why/win_rate?{PERIOD}"' in page(client, f"/funnel?{PERIOD}")
    assert f'href="/why/win_rate?{PERIOD}"' in page(client, f"/?{PERIOD}")
    assert f'href="/why/win_rate?{PERIOD}&team=Noord"' in page(client, f"/drill?metric=win_rate&{PERIOD}&cell=team:Noord")
    assert "/why/" not in page(client, f"/funnel?{PERIOD}&compare=none")
    assert "/why/" not in page(client, f"/drill?metric=open_pipeline_amount&{PERIOD}")


def test_each_sees_their_own(managed: Workspace) -> None:
    cast = Cast(managed)
    mine = page(cast.rep, f"/why/won_count?{PERIOD}&parts=rep&lang=en")
    assert "Bram Kuiper" not in mine
    assert "Daan Mulder" not in mine
    question = Question(metrics=("won_count",), period="last-quarter")
    own = managed.query(question.model_copy(update={"where": ('rep = "Anna Weber"',)})).rows[0]["won_count"]
    assert own < managed.query(question).rows[0]["won_count"]
    assert int(table(mine)["All"][1]) == own
    assert "Bram Kuiper" in page(cast.manager, f"/why/won_count?{PERIOD}&parts=rep&lang=en")
    text = page(cast.marketing, f"/why/bookings_amount?{PERIOD}&lang=en")
    assert "Amounts are not shown to you" in text
    assert "€" not in text
    assert cast.marketing.get(f"/why/won_count?{PERIOD}&parts=rep").status_code == 400


@pytest.mark.parametrize(("width", "theme", "language"), [(390, "dark", "nl"), (1440, "light", "en")])
def test_nothing_is_wrong_with_the_page(served: Served, width: int, theme: str, language: str) -> None:
    with browser() as chrome:
        looks: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "locale": language, "color_scheme": theme}
        with watching(chrome, served.url, **looks) as watched:
            for path in (
                "/why/win_rate",
                "/why/bookings_amount?parts=rep",
                "/why/pipeline_velocity",
                "/funnel?period=last-quarter",
            ):
                watched.go(path)
                assert unfit(watched.page) == [], path
                assert unnamed(watched.page) == [], path
                assert watched.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
