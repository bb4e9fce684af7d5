"""A server that answers other machines: by its names alone, and the first account by the code it printed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from omzet.workspace.create import create
from tests.cli.terminal import OMZET, environment, omzet

NAME = "omzet.example"


@pytest.fixture
def company(tmp_path: Path) -> Path:
    folder = tmp_path / "company"
    create(folder, {"holidays": "none"})
    return folder


@pytest.fixture
def server(company: Path) -> Iterator[tuple[str, str]]:
    """The address of a running `omzet serve --name`, and the code it printed."""
    process = subprocess.Popen(
        [*OMZET, "serve", "-w", company, "--port", "0", "--name", NAME],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        address = process.stdout.readline().strip()
        found = None
        while not found:
            found = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", process.stderr.readline())
        yield address, found[0]
    finally:
        process.kill()
        process.communicate()


def test_another_machine_reaches_it_by_name_and_makes_the_first_account_with_the_code(server: tuple[str, str]) -> None:
    address, code = server
    forwarded = {"host": NAME, "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
    with httpx.Client(base_url=address, headers={**forwarded, "accept": "text/html"}) as other:
        assert other.get("/").headers["location"] == "/first-run"
        assert other.get("/", headers={"host": "elsewhere.example"}).status_code == 400
        page = other.get("/first-run")
        token = re.search(r'name="token" value="([^"]+)"', page.text)
        assert token
        cookies = {"cookie": f"omzet_token={token[1]}"}
        form = {"token": token[1], "name": "Noor", "email": "noor@noordlicht.example", "password": "een lang wachtwoord 7"}
        assert other.post("/first-run", data=form, headers=cookies).status_code == 403
        made = other.post("/first-run", data={**form, "code": code}, headers=cookies)
        assert made.status_code == 303
        session = next(each for each in made.headers.get_list("set-cookie") if "omzet_session" in each)
        assert "Secure" in session
    assert httpx.get(address, headers={"accept": "text/html"}).headers["location"] == "/sign-in"


def test_listening_to_others_without_a_name_is_refused(company: Path) -> None:
    done = omzet("serve", "-w", str(company), "--host", "0.0.0.0", "--port", "0")
    assert done.code == 2
    assert "--name" in done.err


def test_an_address_that_is_not_of_this_machine_is_refused(company: Path) -> None:
    done = omzet("serve", "-w", str(company), "--host", "203.0.113.9", "--name", NAME, "--port", "0")
    assert done.code == 2
    assert "no address of this machine" in done.err
