"""Pages as the server sends them, which is all a browser without script has."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from omzet.workspace import Workspace
from tests.web.conftest import browser_of

HTML = {"accept": "text/html"}
TODAY = datetime.now(UTC).date().isoformat()

OWN_METRIC = """
- id: large_won_count
  version: 1
  owner: RevOps
  changed_on: 2026-01-01
  group: volume
  name: Groot gewonnen
  description: Deals won above five thousand.
  formula: count
  counted: Large deals won in the period
  unit: count
  direction: up
  kind: additive
  relation: deals
  anchor: {period: closed_on}
  population: status = 'won' AND amount > 5000
  value: count(*)
"""


def page(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == status, answer.text[:400]
    return str(answer.text)


def test_the_overview_answers_in_one_sentence_and_five_figures(client: TestClient) -> None:
    text = page(client, "/")
    assert re.search(r'id="answer"[^>]*>You are <b>€[\d.,kM]+ (ahead of|behind) pace</b> with \d+ working days? to go', text)
    for name in ("Bookings", "Opportunities created", "Win rate", "Sales cycle length, median", "Open pipeline"):
        assert f">{name}</a></h2>" in text


def test_every_figure_and_mark_is_a_link_to_its_drill(client: TestClient) -> None:
    text = page(client, "/")
    for metric in ("bookings_amount", "opportunities_created", "win_rate", "sales_cycle_length_median", "open_pipeline_amount"):
        assert f"/drill?metric={metric}" in text
    marks = re.findall(r"<(a|g)[^>]*data-mark", text)
    assert len(marks) > 40
    assert marks.count("a") / len(marks) > 0.6


def test_every_drill_of_the_overview_opens(client: TestClient) -> None:
    addresses = {each.replace("&amp;", "&") for each in re.findall(r'href="(/drill\?[^"]+)"', page(client, "/"))}
    assert len(addresses) > 30
    for address in sorted(addresses)[::3]:
        assert "Rows in, rows out" in page(client, address)


def test_a_filter_in_the_address_narrows_every_figure(client: TestClient) -> None:
    north, south = page(client, "/?team=Noord"), page(client, "/?team=Zuid")
    figures = [re.search(r'data-live="bookings">([^<]+)<', text) for text in (north, south)]
    assert len({figure[1] for figure in figures if figure}) == 2
    assert "Noord</b>" in north


def test_an_attribute_of_the_data_is_a_filter_too(client: TestClient) -> None:
    text = page(client, "/?add=budget_holder")
    assert 'name="budget_holder" value="cfo"' in text
    assert "cfo</b>" in page(client, "/?budget_holder=cfo")


def test_the_language_of_the_address_is_kept(lasting: Workspace) -> None:
    with browser_of(lasting) as reader:
        assert '<html lang="nl"' in page(reader, "/?lang=nl")
        text = page(reader, "/")
        assert "Overzicht" in text
        assert "Geboekte omzet" in text
        assert '<html lang="en"' in page(reader, "/?lang=en")


def test_the_browser_s_language_counts_where_nothing_was_chosen(lasting: Workspace) -> None:
    with browser_of(lasting) as reader:
        answer = reader.get("/catalogue", headers={"accept": "text/html", "accept-language": "nl-NL,nl;q=0.9,en;q=0.5"})
        assert '<html lang="nl"' in answer.text


def test_the_theme_of_the_address_is_kept(lasting: Workspace) -> None:
    with browser_of(lasting) as reader:
        assert 'data-theme="system"' in page(reader, "/catalogue")
        page(reader, "/catalogue?theme=dark")
        assert 'data-theme="dark"' in page(reader, "/catalogue")


def test_a_tile_is_a_table_when_the_address_says_so(client: TestClient) -> None:
    text = page(client, "/?table=funnel")
    tile = text[text.index('id="funnel"') :]
    assert "<th scope=" in tile[: tile.index("</section>")]


def test_a_period_without_deals_says_so_and_leads_to_one_that_has_some(client: TestClient) -> None:
    text = page(client, "/?period=2009-Q1")
    assert "No deals in this period" in text
    assert re.search(r'href="/\?period=\d{4}-Q\d">Show Q\d \d{4}<', text) or 'href="/"' in text


def test_a_workspace_without_data_leads_to_loading_some(empty: Workspace) -> None:
    with browser_of(empty) as reader:
        text = page(reader, "/")
        assert "No data yet" in text
        assert 'action="/data/upload"' in text
        assert "omzet demo" in text
        assert 'class="kpi"' not in text


def test_a_drill_has_equation_definition_sql_and_rows_that_add_up(client: TestClient) -> None:
    text = page(client, "/drill?metric=win_rate&period=last-12-months")
    assert "SELECT" in text
    found = re.search(r"([\d,]+) rows found\. ([\d,]+) counted, ([\d,]+) left out", text)
    assert found
    whole, counted, out = (int(each.replace(",", "")) for each in found.groups())
    assert whole == counted + out
    assert counted > 100
    assert re.search(r"<b data-live=\"term-1\">[\d,]+</b>", text)
    assert "Copy link" in text


def test_a_drill_says_why_one_deal_is_out(client: TestClient) -> None:
    text = page(client, f"/drill?metric=win_rate&from={TODAY}&until={TODAY}&deal=d0")
    assert "d0 is left out" in text


def test_rows_come_in_pages(client: TestClient) -> None:
    first = page(client, "/drill?metric=opportunities_created&period=last-12-months")
    second = page(client, "/drill?metric=opportunities_created&period=last-12-months&offset=25")
    assert "1–25 of" in first
    assert "26–50 of" in second


def test_the_catalogue_shows_every_metric(client: TestClient, lasting: Workspace) -> None:
    text = page(client, "/catalogue")
    for metric in lasting.metrics():
        assert f'id="{metric.id}"' in text


@pytest.mark.parametrize(
    ("path", "status"), [("/nope", 404), ("/?period=this-quartr", 400), ("/drill?metric=win_rat", 400), ("/drill", 400)]
)
def test_what_goes_wrong_is_told_in_the_look_of_the_pages(client: TestClient, path: str, status: int) -> None:
    text = page(client, path, status)
    assert 'class="problem"' in text
    assert "Traceback" not in text


def test_a_wrong_word_is_answered_with_the_nearest_right_one(client: TestClient) -> None:
    assert "Did you mean &#39;win_rate&#39;" in page(client, "/drill?metric=win_rat", 400)


def test_names_with_markup_stay_text(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    row = f"x1,<script>alert(1)</script>,p1,won,5,{TODAY},{TODAY}"
    path.write_text(f"deal_id,name,owner_id,status,amount,created_at,closed_at\n{row}\n", encoding="utf-8")
    workspace.load(path, connection="crm")
    with browser_of(workspace) as reader:
        assert "<script>alert" not in page(reader, "/drill?metric=bookings_amount")
        assert "&lt;script&gt;alert" in page(reader, "/drill?metric=bookings_amount")


def test_a_new_metric_of_ones_own_and_a_changed_setting_show_without_a_restart(workspace: Workspace) -> None:
    with browser_of(workspace) as reader:
        assert "€" in page(reader, "/")
        settings = workspace.path / "omzet.toml"
        settings.write_text(
            settings.read_text(encoding="utf-8").replace('currency = "EUR"', 'currency = "USD"'), encoding="utf-8"
        )
        assert "US$" in page(reader, "/") or "$" in page(reader, "/")
        (workspace.path / "metrics").mkdir(exist_ok=True)
        (workspace.path / "metrics" / "own.yaml").write_text(OWN_METRIC, encoding="utf-8")
        assert "Groot gewonnen" in page(reader, "/catalogue")


def test_a_band_of_the_cycle_opens_the_deals_in_it(client: TestClient) -> None:
    text = page(client, "/?period=last-12-months")
    tile = text[text.index('id="cycle-length"') :]
    band = re.search(r'href="(/drill[^"]+cycle_days[^"]+)"[^>]*aria-label="[^"]*Won deals: (\d+)', tile)
    assert band
    assert f" {band[2]} counted, " in page(client, band[1].replace("&amp;", "&"))
