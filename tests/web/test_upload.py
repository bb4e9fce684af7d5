"""Files sent to the page: looked at, loaded, taken back, tried again. Nothing stays behind."""

from __future__ import annotations

import html
import re
import tempfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from omzet.web import upload
from omzet.web.mapping import draft_of, written
from omzet.workspace import Workspace
from tests.companies import DEALS
from tests.web.conftest import browser_of

BROKEN = DEALS.replace("100,EUR", "honderd,EUR")


def token(client: TestClient, path: str = "/data") -> str:
    found = re.search(r'name="token" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def send(client: TestClient, name: str, text: str) -> str:
    """Send one file; the address of what was seen in it."""
    answer = client.post("/data/upload", data={"token": token(client)}, files={"files": (name, text)}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob(f"{upload.PREFIX}*"))


def test_a_file_is_looked_at_before_anything_is_kept(empty: Workspace) -> None:
    with browser_of(empty) as client:
        before = folders()
        address = send(client, "deals.csv", DEALS)
        text = client.get(address).text
        assert "nothing has been kept yet" in text
        assert re.search(r"deals\.csv</td>\s*<td>deals", text)
        assert empty.loads() == []
        answer = client.post(f"{address}/load", data={"token": token(client)})
        assert "is in." in answer.text
        assert [load.files[0].added for load in empty.loads()] == [3]
        assert folders() == before


def test_files_that_are_not_loaded_are_removed(empty: Workspace) -> None:
    with browser_of(empty) as client:
        before = folders()
        address = send(client, "deals.csv", DEALS)
        assert folders() != before
        client.post(f"{address}/cancel", data={"token": token(client)})
        assert folders() == before
        assert empty.loads() == []
        assert client.get(address).status_code == 400


def test_rows_set_aside_are_shown_with_file_row_column_and_reason(empty: Workspace) -> None:
    with browser_of(empty) as client:
        address = send(client, "deals.csv", BROKEN)
        client.post(f"{address}/load", data={"token": token(client)})
        text = client.get("/data").text
        aside = text[text.index('id="aside"') :]
        assert "honderd" in aside
        assert "amount" in aside
        assert "deals.csv" in aside
        saved = client.get("/data/set-aside.csv").text
        assert "row.deal_id" in saved
        assert "honderd" in saved


def test_corrected_rows_take_the_place_of_those_set_aside(empty: Workspace) -> None:
    with browser_of(empty) as client:
        address = send(client, "deals.csv", BROKEN)
        client.post(f"{address}/load", data={"token": token(client)})
        assert empty.check().set_aside_total == 1
        client.post("/data/retry", data={"token": token(client)}, files={"files": ("deals.csv", DEALS)})
        assert empty.check().set_aside_total == 0


def test_a_load_is_taken_back(empty: Workspace) -> None:
    with browser_of(empty) as client:
        address = send(client, "deals.csv", DEALS)
        client.post(f"{address}/load", data={"token": token(client)})
        (load,) = empty.loads()
        answer = client.post(f"/data/loads/{load.load_id}/undo", data={"token": token(client)})
        assert "taken back" in answer.text
        assert empty.loads()[0].undone or not empty.loads()


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "..\\..\\deals.csv", ".deals.csv", "a/b/deals.csv"])
def test_a_name_never_leads_out_of_the_folder(empty: Workspace, name: str) -> None:
    with browser_of(empty) as client:
        before = folders()
        address = send(client, name, DEALS)
        (folder,) = folders() - before
        assert next(each.name for each in (folder / "files").iterdir()).endswith(".csv")
        client.post(f"{address}/cancel", data={"token": token(client)})


def test_an_empty_file_is_told(empty: Workspace) -> None:
    with browser_of(empty) as client:
        answer = client.post("/data/upload", data={"token": token(client)}, files={"files": ("deals.csv", "")})
        assert answer.status_code == 400
        assert "nothing in these files" in answer.text


MAPPING = """# A comment that stays.
name = "crm"

[files.export]
headers = ["Id", "Wat", "Stand"]

[[rows]]
table = "deals"
file = "export"

[rows.columns]
deal_id = "Id"
name = "Wat"
status = { column = "Stand", values = { Gewonnen = "won", Bezig = "open" } }
"""


def test_a_mapping_is_shown_as_choices() -> None:
    (rows,) = draft_of(MAPPING).tables
    assert [(column.source, column.chosen) for column in rows.columns] == [
        ("Id", "deal_id"),
        ("Wat", "name"),
        ("Stand", "status"),
    ]
    assert [(value.source, value.chosen) for value in rows.values] == [("Gewonnen", "won"), ("Bezig", "open")]


def test_choices_go_into_the_text_and_the_rest_stays() -> None:
    text = written(MAPPING, {"text": MAPPING, "column.0.1": "playbook", "value.0.status.1": "lost"})
    assert "# A comment that stays." in text
    (rows,) = draft_of(text).tables
    assert [column.chosen for column in rows.columns] == ["deal_id", "playbook", "status"]
    assert [value.chosen for value in rows.values] == ["won", "lost"]


def test_a_column_can_be_kept_under_its_own_name() -> None:
    text = written(MAPPING, {"text": MAPPING, "column.0.1": ""})
    assert draft_of(text).tables[0].columns[1].chosen == ""


def test_what_was_typed_wins_over_the_choices() -> None:
    typed = MAPPING.replace('"Wat"', '"Omschrijving"')
    assert written(MAPPING, {"text": typed.replace("\n", "\r\n"), "column.0.1": "playbook"}) == typed


def test_a_text_that_is_no_toml_is_kept_to_be_mended() -> None:
    assert draft_of("name = ").tables == ()


UNKNOWN = """Opportunity Id;Opportunity Name;Owner;Stage;Amount;Create Date;Close Date;Sector
1;Kaashandel Noord;Anna;Gewonnen;12.500,50;13-01-2026;20-03-2026;food
2;Delta Maritiem;Bram;Verloren;8.000,00;15-02-2026;01-04-2026;shipping
3;Brouwerij;Anna;Offerte;22.000,00;28-02-2026;;food
"""


def test_an_unknown_layout_gets_a_draft_that_is_confirmed_by_eye_and_known_from_then_on(empty: Workspace) -> None:
    with browser_of(empty) as client:
        address = send(client, "crm.csv", UNKNOWN)
        text = client.get(address).text
        assert "not recognised" in text
        assert re.search(r'<option value="deal_id" selected>', text)
        assert "12.500,50" in text
        assert "a guess" in text
        form = {"token": token(client), "text": re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)[1]}  # type: ignore[index]
        form["text"] = html.unescape(form["text"])
        client.post(f"{address}/mapping", data=form)
        text = client.get(address).text
        assert re.search(r"crm\.csv</td>\s*<td>deals", text), "the trial reads it with the mapping"
        client.post(f"{address}/load", data={"token": token(client), "connection": "crm"})
        assert empty.query("bookings_amount").rows[0]["bookings_amount"] == 12500.5
        again = client.get(send(client, "crm.csv", UNKNOWN)).text
        assert "not recognised" not in again
