"""What the command line says to a person: help that teaches, mistakes that name the right word, no traceback."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import omzet as package
from omzet.cli.reference import reference
from tests.cli.terminal import ROOT, environment, omzet

COMMANDS = [
    "init",
    "demo",
    "load",
    "mapping suggest",
    "check",
    "metrics",
    "query",
    "explain",
    "serve",
    "backup",
    "restore",
    "version",
]


@pytest.mark.parametrize("word", ["version", "--version"])
def test_the_version_is_printed_alone(word: str) -> None:
    done = omzet(word)
    assert (done.code, done.out, done.err) == (0, f"{package.__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    done = omzet(*command.split(), "--help")
    assert done.code == 0
    assert done.err == ""
    if command != "version":
        assert f"omzet {command}" in done.out.partition("Example")[2]


def test_help_lists_every_command() -> None:
    done = omzet("--help")
    assert done.code == 0
    assert all(f" {command.split()[0]} " in done.out for command in COMMANDS)


@pytest.mark.parametrize("words", [["version"], ["--help"], ["load", "--help"]])
def test_starting_up_imports_nothing_heavy(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "omzet", *words], capture_output=True, text=True, check=True, env=environment()
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    heavy = {"duckdb", "sqlglot", "fastapi", "uvicorn", "numpy", "scipy", "holidays", "babel", "yaml", "omzet.workspace"}
    assert imported & heavy == set()


def test_importing_omzet_is_light() -> None:
    program = "import sys, omzet; print(sorted(set(sys.modules) & {'pydantic', 'duckdb', 'typer', 'sqlglot'}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout == "[]\n"


def test_a_wrong_command_names_the_nearest_one() -> None:
    done = omzet("qurey")
    assert done.code == 2
    assert done.out == ""
    assert "query" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["load", "--conection", "crm"], "--connection"),
        (["query"], "METRIC"),
        (["check", "--format", "jsn"], "json"),
        (["init", "place", "--set", "no-equals"], "KEY=VALUE"),
        (["init", "place", "--set", "currenci=EUR"], "currency"),
        (["init", "place", "--timezone", "Europe/Amsterdm"], "Europe/Amsterdam"),
        (["init", "place", "--fiscal-year-start", "13"], "fiscal_year_start"),
        (["load"], "-w DIR"),
        (["load", "-w", "nowhere", "x.csv"], "omzet init nowhere"),
        (["restore", "nothing.zip", "place"], "nothing.zip"),
        (["serve", "-w", "nowhere"], "omzet init nowhere"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_what_is_right(words: list[str], expected: str, tmp_path: Path) -> None:
    done = omzet(*words, cwd=tmp_path)
    assert done.code == 2, done.err
    assert done.out == ""
    assert expected in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_ours_is_one_line_and_its_traceback_on_demand(tmp_path: Path) -> None:
    omzet("init", "place", cwd=tmp_path)
    (tmp_path / "place" / "workspace.lock").mkdir()
    plain = omzet("check", "-w", "place", cwd=tmp_path)
    assert plain.code == 1
    assert "Traceback" not in plain.err
    assert len(plain.err.strip().splitlines()) <= 2


def test_init_writes_every_setting_it_is_given(tmp_path: Path) -> None:
    named = ["--timezone", "UTC", "--currency", "USD", "--locale", "nl"]
    done = omzet("init", "place", *named, "--set", "holidays=none", "--set", "stale_days=45", cwd=tmp_path)
    assert (done.code, done.out) == (0, "")
    written = tomllib.loads((tmp_path / "place" / "omzet.toml").read_text(encoding="utf-8"))
    assert {key: written[key] for key in ("timezone", "currency", "locale", "holidays", "stale_days")} == {
        "timezone": "UTC",
        "currency": "USD",
        "locale": "nl",
        "holidays": "none",
        "stale_days": 45,
    }


def test_init_never_overwrites_a_workspace(tmp_path: Path) -> None:
    assert omzet("init", "place", cwd=tmp_path).code == 0
    done = omzet("init", "place", "--currency", "USD", cwd=tmp_path)
    assert done.code == 2
    assert "a workspace already" in done.err


def test_the_page_about_the_command_line_is_what_the_commands_say() -> None:
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == reference(), "docs/cli.md is out of date: python -m omzet.cli.reference > docs/cli.md"
