"""What no deal holds is entered on pages: accounts, costs, targets, days off, one by one or pasted; and is measured at once."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from omzet.metrics.calendar import Calendar
from omzet.query.question import Question
from omzet.web.entry_tables import ENTERINGS
from omzet.workspace import Workspace
from tests.web import people
from tests.web.browsing import browser, unfit, watching
from tests.web.cast import Cast
from tests.web.serving import Served

COST = {"category": "travel", "amount": "1200", "from_on": "2026-03-01", "to_on": "2026-03-31", "currency": "EUR"}
MARCH: dict[str, Any] = {"start": date(2026, 3, 1), "end": date(2026, 4, 1)}


@pytest.fixture
def cast(managed: Workspace) -> Cast:
    return Cast(managed)


def enter(cast: Cast, client: TestClient, word: str, **fields: str) -> int:
    """Send the form of one row; the status of the answer."""
    on = f"/enter/{word}" if client.get(f"/enter/{word}").status_code == 200 else "/account"
    status: int = cast.send(client, f"/enter/{word}", on, **fields).status_code
    return status


def paste(cast: Cast, client: TestClient, word: str, rows: str, **fields: str) -> Any:
    return cast.send(client, f"/enter/{word}/paste", f"/enter/{word}", rows=rows, **fields)


def value(workspace: Workspace, metric: str, **asked: Any) -> float:
    (row,) = workspace.query(Question(metrics=(metric,), **asked)).rows
    return float(row[metric] or 0)


def named(workspace: Workspace, table: str, name: str) -> list[str]:
    return [key for key, each in workspace.named(table) if each == name]


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", answer.text)))


def test_a_cost_moves_the_costs_of_sales(cast: Cast) -> None:
    before = value(cast.workspace, "sales_cost_amount", **MARCH)
    assert enter(cast, cast.leader, "costs", **COST) == 303
    assert value(cast.workspace, "sales_cost_amount", **MARCH) == before + 1200


def test_a_target_moves_the_attainment(cast: Cast) -> None:
    day = Calendar(cast.workspace.settings).today()
    asked: dict[str, Any] = {
        "start": day.replace(day=1),
        "end": day.replace(day=1) + timedelta(days=31),
        "where": ("rep = 'Anna Weber'",),
    }
    before = cast.workspace.query(Question(metrics=("quota_attainment",), **asked)).rows[0]["quota_attainment"]
    first = day.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    fields = {"metric": "bookings_amount", "value": "50.000", "from_on": str(first), "to_on": str(last), "person_id": "crm:p1"}
    assert cast.send(cast.manager, "/enter/targets?lang=nl", "/enter/targets", **fields).status_code == 303
    asked["end"] = last + timedelta(days=1)
    (row,) = cast.workspace.query(Question(metrics=("quota_attainment",), **asked)).rows
    assert row["quota_attainment:denominator"] == 50_000
    assert row["quota_attainment"] != before


def test_a_target_on_days_that_have_one_is_refused(cast: Cast) -> None:
    fields = {"metric": "bookings_amount", "value": "50000", "from_on": "2027-01-01", "to_on": "2027-03-31", "team_id": "crm:t1"}
    assert enter(cast, cast.manager, "targets", **fields) == 303
    assert enter(cast, cast.manager, "targets", **{**fields, "from_on": "2027-03-01", "to_on": "2027-06-30"}) == 400
    both = cast.send(cast.manager, "/enter/targets", "/enter/targets", **fields, person_id="crm:p1")
    assert both.status_code == 400
    assert "for a person or for a team" in text_of(both)


def test_days_off_are_no_working_days(cast: Cast) -> None:
    asked: dict[str, Any] = {"start": date(2026, 3, 2), "end": date(2026, 3, 7), "where": ("rep = 'Anna Weber'",)}

    def days() -> float:
        (row,) = cast.workspace.query(Question(metrics=("activities_per_rep_per_working_day",), **asked)).rows
        return float(row["activities_per_rep_per_working_day:denominator"])

    before = days()
    fields = {"person_id": "crm:p1", "from_on": "2026-03-03", "to_on": "2026-03-04", "share": "50%"}
    assert enter(cast, cast.manager, "time-off", **fields) == 303
    assert days() == before - 1


def test_accounts_contacts_revenue_and_contracts(cast: Cast) -> None:
    assert enter(cast, cast.rep, "accounts", name="Bakkerij Zon", employees="12", customer_since_on="2024-05-01") == 303
    (key,) = named(cast.workspace, "accounts", "Bakkerij Zon")
    assert "Bakkerij Zon" in cast.rep.get("/enter/contacts").text, "an account of one's own can be chosen at once"
    assert enter(cast, cast.rep, "contacts", name="Jan", email="jan@zon.example", account_id=key) == 303
    assert "jan@zon.example" in cast.rep.get("/enter/contacts").text
    before = value(cast.workspace, "revenue_recognised", **MARCH)
    assert (
        enter(cast, cast.leader, "revenue", recognised_on="2026-03-10", amount="2500.50", account_id=key, is_recurring="false")
        == 303
    )
    assert value(cast.workspace, "revenue_recognised", **MARCH) == before + 2500.5
    assert enter(cast, cast.leader, "contracts", starts_on="2026-01-01", monthly_amount="99", account_id=key) == 303
    assert enter(cast, cast.rep, "accounts", name="bakkerij zon") == 400, "not the same account twice"


def test_who_may_not_is_told_so(cast: Cast) -> None:
    allowed = {
        "accounts": (cast.rep, cast.manager, cast.leader),
        "contacts": (cast.rep, cast.manager, cast.leader),
        "costs": (cast.manager, cast.leader, cast.marketing),
        "revenue": (cast.manager, cast.leader),
        "contracts": (cast.manager, cast.leader),
        "targets": (cast.manager, cast.leader),
        "time-off": (cast.manager, cast.leader),
    }
    assert set(allowed) == set(ENTERINGS)
    for client in (cast.rep, cast.manager, cast.leader, cast.marketing):
        token = people.token_on(client, "/account")
        for word, may in allowed.items():
            expected = 200 if client in may else 403
            assert client.get(f"/enter/{word}").status_code == expected, word
            for path in ("", "/paste", "/take-back") if expected == 403 else ():
                given = {"token": token, "rows": "Name\nX", "name": "X"}
                assert client.post(f"/enter/{word}{path}", data=given).status_code == 403, word


def test_who_sees_some_enters_for_these_alone(cast: Cast) -> None:
    off = {"from_on": "2026-03-03"}
    assert enter(cast, cast.manager, "time-off", person_id="crm:p4", **off) == 400
    assert enter(cast, cast.manager, "costs", **COST) == 400
    assert enter(cast, cast.manager, "costs", **COST, team_id="crm:t2") == 400
    assert enter(cast, cast.manager, "costs", **COST, team_id="crm:t1") == 303
    assert enter(cast, cast.rep, "accounts", name="Slagerij Maan", owner_id="crm:p4") == 400
    assert enter(cast, cast.rep, "contacts", name="Piet") == 400
    assert enter(cast, cast.leader, "accounts", name="Ver weg", owner_id="crm:p4") == 303
    (far,) = named(cast.workspace, "accounts", "Ver weg")
    assert enter(cast, cast.rep, "contacts", name="Piet", account_id=far) == 400
    assert "Ver weg" not in cast.rep.get("/enter/contacts").text
    assert "Daan Mulder" not in cast.manager.get("/enter/time-off").text
    assert "Weber" not in cast.marketing.get("/enter/costs").text


def test_what_others_entered_is_shown_to_who_sees_all(cast: Cast) -> None:
    assert enter(cast, cast.marketing, "costs", **{**COST, "category": "media", "source": "Beurs"}) == 303
    assert "Beurs" in cast.leader.get("/enter/costs").text
    assert "Account marketing" in cast.leader.get("/enter/costs").text
    assert "Beurs" in cast.marketing.get("/enter/costs").text
    assert "Beurs" not in cast.manager.get("/enter/costs").text


WRONG = (
    ("amount", "veel", "Write a number"),
    ("amount", "=1+1", "Write a number"),
    ("amount", "12k", "Write a number"),
    ("amount", "9" * 60, "too large"),
    ("from_on", "2026-02-30", "is no day"),
    ("from_on", "0026-02-03", "can't be meant"),
    ("to_on", "2026-02-01", "before the first"),
    ("category", "koffie", "none of these"),
    ("person_id", "Niemand", "There is no “Niemand”"),
    ("currency", "€", "three letters"),
    ("source", "x" * 10_000, "at most 300"),
    ("category", "", "can't be empty"),
)
NAMES = {
    "amount": "Amount",
    "from_on": "First day",
    "to_on": "Last day",
    "category": "Category",
    "currency": "Currency",
    "person_id": "Person",
    "source": "Lead source",
}


def test_what_cannot_be_read_is_told_at_its_field_and_its_row(cast: Cast) -> None:
    for column, text, wrong in WRONG:
        fields = {**COST, column: text}
        answer = cast.send(cast.leader, "/enter/costs", "/enter/costs", **fields)
        assert answer.status_code == 400, text[:40]
        (error,) = re.findall(rf'id="e-{column}">(.*?)</small>', answer.text)
        assert wrong in html.unescape(error)
        rows = "\t".join(fields) + "\n" + "\t".join(fields.values()) + "\n"
        told = text_of(paste(cast, cast.leader, "costs", rows))
        assert f"pasted, row 2, {NAMES[column]}: " in told
        assert wrong in told
    assert "Nothing was entered here yet." in cast.leader.get("/enter/costs").text


PASTED = """Category\tAmount\tFirst day\tLast day\tNotes
travel\t100\t2026-03-01\t2026-03-31\tx
Advertising\t1,200.50\t2026-03-01\t2026-03-31\t
travel\t12a\t2026-03-01\t2026-03-31\t
commission\t300\t2026-03-01\t2026-03-31\t
"""


def test_of_four_pasted_rows_the_three_good_ones_are_saved_and_the_bad_one_stays(cast: Cast) -> None:
    before = value(cast.workspace, "sales_cost_amount", **MARCH)
    looked = paste(cast, cast.leader, "costs", PASTED)
    assert looked.status_code == 200
    told = text_of(looked)
    assert "3 rows can be saved · 1 row can't yet · not used: Notes" in told
    assert "pasted, row 4, Amount: Write a number" in told
    assert "1,200.50" in told
    assert "entered here before" not in told
    assert value(cast.workspace, "sales_cost_amount", **MARCH) == before, "looking saves nothing"
    loads = len(cast.workspace.loads())
    saved = paste(cast, cast.leader, "costs", PASTED, save="1", once="abc")
    assert saved.status_code == 200
    assert "3 rows are saved" in text_of(saved)
    (left,) = re.findall(r'<textarea class="input enter-rows"[^>]*>\n(.*?)</textarea>', saved.text, re.DOTALL)
    assert left.splitlines() == ["Category\tAmount\tFirst day\tLast day\tNotes", "travel\t12a\t2026-03-01\t2026-03-31\t"]
    assert len(cast.workspace.loads()) == loads + 1
    assert value(cast.workspace, "sales_cost_amount", **MARCH) == before + 400
    paste(cast, cast.leader, "costs", PASTED, save="1", once="abc")
    assert value(cast.workspace, "sales_cost_amount", **MARCH) == before + 400, "the same page sent twice counts once"
    told = text_of(paste(cast, cast.leader, "costs", PASTED))
    assert "3 rows equal rows that were entered here before" in told, "what may be a mistake is said before it is saved"
    mended = paste(cast, cast.leader, "costs", left.replace("12a", "12"), save="1", once="def")
    assert mended.headers["location"] == "/enter/costs?done=saved&n=1"
    assert value(cast.workspace, "sales_cost_amount", **MARCH) == before + 412


def test_rows_in_dutch_have_decimal_commas_and_dutch_headers(cast: Cast) -> None:
    rows = "Categorie;Bedrag;Eerste dag;Laatste dag\nReiskosten;1.234,56;1-3-2026;31-03-2026\n"
    before = value(cast.workspace, "sales_cost_amount", **MARCH)
    cast.leader.get("/enter/costs?lang=nl")
    looked = paste(cast, cast.leader, "costs", rows)
    assert "1 rij kan bewaard worden" in text_of(looked)
    assert "1.234,56" in looked.text
    assert paste(cast, cast.leader, "costs", rows, save="1").status_code == 303
    assert value(cast.workspace, "sales_cost_amount", **MARCH) == pytest.approx(before + 1234.56)
    assert enter(cast, cast.leader, "costs", **{**COST, "amount": "0,50"}) == 303
    assert value(cast.workspace, "sales_cost_amount", **MARCH) == pytest.approx(before + 1235.06)


def test_rows_that_cannot_be_looked_at(cast: Cast) -> None:
    for rows, wrong in (
        ("Category\tAmount\n", "at least one row"),
        ("", "at least one row"),
        ("Category\tAmount\ntravel\t1\n", "It lacks: First day, Last day."),
        ("Category,Amount,Amount,First day,Last day\na,b,c,d,e\n", "Amount is there twice"),
        ("Name\n" + "x\n" * 2001, "At most 2,000 rows can be pasted at once; these are 2,001"),
    ):
        answer = paste(cast, cast.leader, "costs", rows)
        assert answer.status_code == 400
        assert wrong in text_of(answer)


def test_a_day_that_could_be_two_is_asked_back_in_english(cast: Cast) -> None:
    rows = "Person,First day\nAnna Weber,03/04/2026\nAnna Weber,13/04/2026\n"
    told = text_of(paste(cast, cast.leader, "time-off", rows))
    assert "row 2, First day: “03/04/2026” could be two days. Write it as 2026-04-03." in told
    assert "13 Apr 2026" in told


def test_hostile_text_does_nothing(cast: Cast) -> None:
    rows = 'Name,Segment\n<script>alert(1)</script>,=1+1\n"<img src=x onerror=alert(1)>","\'; DROP TABLE accounts; --"\n'
    looked = paste(cast, cast.leader, "accounts", rows)
    assert "<script>alert" not in looked.text
    assert "<img src=x" not in looked.text
    assert paste(cast, cast.leader, "accounts", rows, save="1").status_code == 303
    page = cast.leader.get("/enter/accounts").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; · =1+1" in page
    assert len(named(cast.workspace, "accounts", "<script>alert(1)</script>")) == 1
    assert "<img" not in paste(cast, cast.leader, "accounts", "Name,<img src=x>\nA,b\n").text


def test_what_was_entered_can_be_taken_back_once_by_who_sees_it(cast: Cast) -> None:
    before = value(cast.workspace, "sales_cost_amount", **MARCH)
    assert enter(cast, cast.leader, "costs", **COST) == 303
    (key,) = re.findall(r'name="key" value="(desk:entry-[^"]+)"', cast.leader.get("/enter/costs").text)
    assert cast.send(cast.manager, "/enter/costs/take-back", "/enter/costs", key=key).status_code == 403
    assert cast.send(cast.leader, "/enter/costs/take-back", "/enter/costs", key="crm:c1").status_code == 403
    for _ in range(2):
        assert cast.send(cast.leader, "/enter/costs/take-back", "/enter/costs", key=key).status_code == 303
    assert value(cast.workspace, "sales_cost_amount", **MARCH) == before
    assert "taken back" in cast.leader.get("/enter/costs").text


def test_a_form_of_another_site_enters_nothing(cast: Cast) -> None:
    assert cast.leader.post("/enter/costs", data=COST).status_code == 400
    assert cast.leader.get("/enter/burn").status_code == 400


def test_two_thousand_rows_are_one_load(cast: Cast) -> None:
    rows = "Name,Segment\n" + "".join(f"Klant nr {n},klein\n" for n in range(2000))
    loads = len(cast.workspace.loads())
    assert paste(cast, cast.leader, "accounts", rows, save="1").headers["location"] == "/enter/accounts?done=saved&n=2000"
    assert len(cast.workspace.loads()) == loads + 1
    assert len(named(cast.workspace, "accounts", "Klant nr 1999")) == 1


def test_nothing_is_wrong_with_the_page(served: Served) -> None:
    cast = people.add_users(served.workspace, {"rep": "crm:p1"})
    with browser() as chrome:
        for width, theme in ((390, "dark"), (1440, "light")):
            looks: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
            with watching(chrome, served.url, expected=("400",), **looks) as watched:
                page = watched.page
                watched.go("/sign-in")
                page.fill('input[name="email"]', cast.emails["leader"])
                page.fill('input[name="password"]', people.PASSWORD)
                page.press('input[name="password"]', "Enter")
                page.wait_for_url(served.url + "/")
                watched.go("/enter")
                page.wait_for_url(served.url + "/enter/accounts")
                watched.go("/enter/costs")
                page.fill("textarea[name=rows] >> nth=0", PASTED)
                page.click("text=Look at it")
                page.wait_for_selector("#looked")
                assert unfit(page) == []
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
                page.click("text=Save 3 rows")
                page.wait_for_selector(".note-good")
                assert unfit(page) == []
                page.select_option("select[name=category]", "travel")
                page.fill("input[name=amount]", "veel")
                page.fill("input[name=from_on]", "2026-03-01")
                page.fill("input[name=to_on]", "2026-03-31")
                page.click("#one-title >> xpath=../../.. >> text=Save")
                page.wait_for_selector("#e-amount")
                assert unfit(page) == []
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
