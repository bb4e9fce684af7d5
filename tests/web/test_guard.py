"""What other sites and other machines can't do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from omzet.web.app import create_app
from omzet.web.guard import BODY_LIMIT, POLICY
from omzet.workspace import Workspace

QUESTION = {"metrics": ["win_rate"]}


@pytest.mark.parametrize("host", ["localhost", "localhost:8642", "127.0.0.1:8642", "[::1]:8642", "LOCALHOST"])
def test_this_machines_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["omzet.example", "localhost.example:80", "192.168.1.4:8642", "evil@localhost.example", ""])
def test_any_other_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 400


def test_another_machine_is_refused(lasting: Workspace) -> None:
    with TestClient(create_app(lasting), base_url="http://localhost", client=("192.168.1.9", 40000)) as stranger:
        assert stranger.get("/healthz").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_site_cannot_post(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/api/v1/query", json=QUESTION, headers=headers).status_code == 403
    assert client.post("/data/retry", data={"token": "x"}, headers=headers).status_code == 403


def test_own_pages_and_programs_can_post(client: TestClient) -> None:
    assert client.post("/api/v1/query", json=QUESTION).status_code == 200
    own = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert client.post("/api/v1/query", json=QUESTION, headers=own).status_code == 200


def test_the_api_reads_json_only(client: TestClient) -> None:
    answer = client.post("/api/v1/query", content='{"metrics": ["win_rate"]}', headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert answer.json()["hint"]


def test_a_form_without_its_token_is_refused(writer: TestClient) -> None:
    assert writer.post("/data/loads/1/undo", data={}).status_code == 400
    writer.get("/data")
    assert writer.post("/data/loads/1/undo", data={"token": "guess"}).status_code == 400


def test_a_body_that_is_too_large_is_refused_by_what_it_says_and_by_what_it_sends(client: TestClient) -> None:
    large = b" " * (BODY_LIMIT + 1)
    headers = {"content-type": "application/json"}
    assert client.post("/api/v1/query", content=large, headers=headers).status_code == 413

    def parts() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * (BODY_LIMIT // 20)

    answer = client.post("/api/v1/query", content=parts(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["/", "/data", "/healthz", "/nope", "/static/icon.svg", "/api/v1/openapi.json"])
def test_every_answer_carries_the_policy(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


def test_the_policy_allows_nothing_unsafe() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    assert "frame-ancestors 'none'" in POLICY


@pytest.mark.parametrize("path", ["/", "/data", "/catalogue", "/drill?metric=win_rate"])
def test_pages_hold_no_inline_script_or_style(client: TestClient, path: str) -> None:
    text = client.get(path, headers={"accept": "text/html"}).text
    assert " style=" not in text
    assert "<style" not in text
    assert text.count("<script") == 1
    assert " onclick=" not in text
    assert "hx-on" not in text
    assert "javascript:" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
