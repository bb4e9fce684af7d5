"""A server and commands on the same workspace at once."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from omzet.workspace import open_workspace
from omzet.workspace.create import create
from omzet.workspace.lock import read_holder
from tests.cli.terminal import OMZET, environment, omzet
from tests.companies import write_company, write_deals


@pytest.fixture
def company(tmp_path: Path) -> Path:
    folder = tmp_path / "company"
    create(folder, {"holidays": "none"})
    open_workspace(folder).load(write_company(tmp_path / "tables"))
    return folder


@pytest.fixture
def server(company: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `omzet serve` and its address."""
    process = start(company)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def start(company: Path, port: str = "0") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*OMZET, "serve", "-w", company, "--port", port],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def health(address: str) -> Any:
    with urlopen(f"{address}healthz", timeout=10) as response:
        return json.loads(response.read())


def test_the_address_is_printed_and_answers(server: tuple[subprocess.Popen[str], str], company: Path) -> None:
    _, address = server
    assert address.startswith("http://127.0.0.1:")
    assert health(address)["status"] == "ok"
    holder = read_holder(company)
    assert holder is not None
    assert holder.address == address


def test_a_load_by_a_command_shows_in_the_server_within_a_second(
    server: tuple[subprocess.Popen[str], str], company: Path, tmp_path: Path
) -> None:
    _, address = server
    before = health(address)["revision"]
    load = subprocess.Popen([*OMZET, "load", "-w", company, write_deals(tmp_path / "more.csv", 10)], env=environment())
    assert load.wait(timeout=60) == 0
    ended = time.monotonic()
    while health(address)["revision"] == before:
        assert time.monotonic() - ended < 1
        time.sleep(0.02)


def test_every_command_works_while_the_server_runs(
    server: tuple[subprocess.Popen[str], str], company: Path, tmp_path: Path
) -> None:
    commands: list[list[str | Path]] = [
        ["load", "-w", company, write_deals(tmp_path / "more.csv", 3)],
        ["query", "-w", company, "won_count", "--by", "rep"],
        ["explain", "-w", company, "won_count"],
        ["check", "-w", company],
        ["metrics", "-w", company],
        ["backup", "-w", company, tmp_path / "saved.zip"],
    ]
    for command in commands:
        done = omzet(*command)
        assert done.code == 0, (command[0], done.err)
    refused = omzet("query", "-w", company, "won_cout")
    assert refused.code == 2
    assert "won_count" in refused.err


def test_a_second_server_says_where_the_first_one_is(server: tuple[subprocess.Popen[str], str], company: Path) -> None:
    _, address = server
    done = omzet("serve", "-w", company)
    assert done.code == 1
    assert address in done.err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_server_stops_cleanly(server: tuple[subprocess.Popen[str], str], company: Path, how: signal.Signals) -> None:
    process, address = server
    health(address)
    process.send_signal(how)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert not (company / "workspace.sock").exists()
    assert omzet("check", "-w", company).code == 0


def test_a_server_that_is_killed_can_be_started_again(server: tuple[subprocess.Popen[str], str], company: Path) -> None:
    process, _ = server
    process.kill()
    process.communicate()
    assert omzet("check", "-w", company).code == 0
    again = start(company)
    try:
        assert again.stdout is not None
        assert health(again.stdout.readline().strip())["status"] == "ok"
    finally:
        again.kill()
        again.communicate()


def test_a_port_that_is_taken_is_said_or_passed_over(company: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = omzet("serve", "-w", company, "--port", str(port))
    assert done.code == 1
    assert str(port) in done.err
