"""The HTTP API."""

from __future__ import annotations

import csv
import io
from typing import Any

from starlette.testclient import TestClient

from omzet.workspace import Workspace


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_catalogue_in_the_readers_language(client: TestClient) -> None:
    english = {each["id"]: each["name"] for each in client.get("/api/v1/metrics").json()}
    dutch = {each["id"]: each["name"] for each in client.get("/api/v1/metrics?lang=nl").json()}
    assert english["win_rate"] == "Win rate"
    assert dutch["win_rate"] == "Winstpercentage"


def test_a_question_is_answered_alike_by_address_by_json_and_in_python(client: TestClient, lasting: Workspace) -> None:
    asked = {"metrics": ["win_rate", "bookings_amount"], "by": ["team"], "period": "last-12-months", "compare": "previous"}
    posted = client.post("/api/v1/query", json=asked).json()
    got = client.get("/api/v1/query?metrics=win_rate,bookings_amount&by=team&period=last-12-months&compare=previous").json()
    direct = lasting.query(["win_rate", "bookings_amount"], by=["team"], period="last-12-months", compare="previous")
    assert posted["rows"] == got["rows"]
    assert [row["win_rate"] for row in posted["rows"]] == [row["win_rate"] for row in direct.rows]
    assert {"from", "to", "as_of", "known", "metrics", "by", "rows", "notes"} <= set(posted)


def test_an_answer_as_csv_has_a_column_for_each_figure(client: TestClient) -> None:
    answer = client.get("/api/v1/query?metrics=win_rate&by=rep&period=last-12-months&format=csv")
    rows = rows_of(answer.text)
    assert answer.headers["content-disposition"].endswith('.csv"')
    assert len(rows) == 6
    assert {"rep", "win_rate", "win_rate:n", "win_rate:low", "win_rate:high"} <= set(rows[0])


def test_one_number_explained(client: TestClient) -> None:
    question = {"metrics": ["win_rate"], "period": "last-12-months"}
    found = client.post("/api/v1/explain", json={"question": question, "limit": 5}).json()
    assert found["found"] == found["counted"] + found["left_out"]
    assert len(found["rows"]) == 5
    assert "SELECT" in found["sql"]
    assert found["meaning"]["id"] == "win_rate"


def test_the_rows_of_a_drill_are_its_rows(client: TestClient) -> None:
    address = "/api/v1/rows?metric=win_rate&period=last-12-months&team=Noord"
    found = client.get(address).json()
    as_csv = rows_of(client.get(f"{address}&format=csv").text)
    won: dict[str, Any] = client.post(
        "/api/v1/query", json={"metrics": ["win_rate"], "period": "last-12-months", "where": ["team = Noord"]}
    ).json()
    assert len(found["rows"]) == len(as_csv) == won["rows"][0]["win_rate:n"]


def test_what_is_wrong_is_said_with_a_hint_and_never_a_traceback(client: TestClient) -> None:
    for answer in (
        client.get("/api/v1/query?metrics=win_rat"),
        client.post("/api/v1/query", json={"metrics": ["win_rate"], "by": ["teem"]}),
        client.post("/api/v1/query", json={"metric": "x"}),
        client.get("/api/v1/query"),
        client.get("/api/v1/nothing"),
        client.get("/api/v1/query?metrics=win_rate&param=days"),
    ):
        assert answer.status_code in (400, 404, 422)
        assert set(answer.json()) == {"error", "hint"}
        assert "Traceback" not in answer.text


def test_the_nearest_right_word_is_named(client: TestClient) -> None:
    assert "'win_rate'" in client.get("/api/v1/query?metrics=win_rat").json()["error"]


def test_loads_and_checks(client: TestClient) -> None:
    (load,) = client.get("/api/v1/loads").json()
    assert load["connection"] == "crm"
    assert client.get("/api/v1/check?limit=5").json()["set_aside_total"] == 0


def test_the_api_describes_itself(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {
        "/api/v1/metrics",
        "/api/v1/query",
        "/api/v1/explain",
        "/api/v1/restatement",
        "/api/v1/rows",
        "/api/v1/loads",
        "/api/v1/check",
    } == set(paths)


def test_the_server_says_that_it_is_well(client: TestClient, lasting: Workspace) -> None:
    assert client.get("/healthz").json()["revision"] == lasting.revision()
