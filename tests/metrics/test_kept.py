"""Every version of every metric stays in the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create

OWN = """
- {id: big_deals, version: VERSION, owner: RevOps, changed_on: 2026-11-24, group: win, name: Big deals, description: Deals won
   above AMOUNT., formula: count, counted: Deals won, unit: count, direction: up, kind: additive, relation: deals,
   anchor: {period: closed_on}, population: "status = 'won' AND amount > AMOUNT", value: count(*)}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    create(tmp_path / "company", {})
    return open_workspace(tmp_path / "company")


def write(workspace: Workspace, version: int, amount: int) -> None:
    text = OWN.replace("VERSION", str(version)).replace("AMOUNT", str(amount))
    (workspace.path / "metrics" / "own.yml").write_text(text, encoding="utf-8")


def kept(workspace: Workspace, metric: str) -> list[tuple[int, str]]:
    """Version and population of each kept entry of a metric."""
    from omzet.engines.duckdb.store import DuckStore

    store = DuckStore.open(workspace.path / "history.duckdb")
    with store.reading() as session:
        rows = session.rows("SELECT version, entry FROM catalogue_versions WHERE metric = ? ORDER BY ALL", [metric])
    store.close()
    return [(version, json.loads(entry).get("population", "")) for version, entry in rows]


def test_a_shipped_metric_is_kept_once_however_often_it_is_asked(workspace: Workspace) -> None:
    workspace.query("win_rate")
    workspace.query("win_rate")
    assert len(kept(workspace, "win_rate")) == 1


def test_a_new_version_is_kept_beside_the_old_one(workspace: Workspace) -> None:
    write(workspace, 1, 1000)
    workspace.query("big_deals")
    write(workspace, 2, 5000)
    workspace.query("big_deals")
    assert kept(workspace, "big_deals") == [
        (1, "status = 'won' AND amount > 1000"),
        (2, "status = 'won' AND amount > 5000"),
    ]


def test_a_change_without_a_new_version_is_kept_too(workspace: Workspace) -> None:
    write(workspace, 1, 1000)
    workspace.query("big_deals")
    write(workspace, 1, 2000)
    workspace.query("big_deals")
    assert len(kept(workspace, "big_deals")) == 2


def test_an_open_workspace_sees_that_its_own_metrics_change(workspace: Workspace) -> None:
    workspace.own()
    try:
        write(workspace, 1, 1000)
        workspace.query("big_deals")
        write(workspace, 2, 5000)
        workspace.query("big_deals")
    finally:
        workspace.close()
    assert [version for version, _ in kept(workspace, "big_deals")] == [1, 2]
