"""Every write that was acknowledged is there after kill -9, with its line in the log, and none is there by half."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from omzet.desk.store import open_desk
from omzet.desk.tables import audit, links, users
from tests.desk.conftest import SYSTEM

WRITE = Path(__file__).with_name("writer.py")


def kill_many(folder: Path, where: str, kills: int, writes: int) -> None:
    chance = random.Random(7)
    acknowledged: list[int] = []
    killed = 0
    while killed < kills or len(acknowledged) < writes:
        process = subprocess.Popen([sys.executable, WRITE, folder, where], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(chance.uniform(0, 0.25))
        process.kill()
        told = process.stdout.read().split("\n")[:-1]  # what was cut in the middle of a line was not acknowledged
        assert process.wait() == -9
        process.stdout.close()
        acknowledged += [int(id) for id in told]
        killed += 1
    with open_desk(folder, where) as desk, desk.reading() as tx:
        people = {row.id: row.name for row in tx.all(select(users.c.id, users.c.name))}
        linked = {row.user_id for row in tx.all(select(links.c.user_id))}
        logged = tx.all(select(audit).order_by(audit.c.number))
    assert len(acknowledged) == len(set(acknowledged)) >= writes
    assert set(acknowledged) <= set(people)
    assert set(people) == linked
    added = {int(line.row_key): line.after["name"] for line in logged if (line.table_name, line.action) == ("users", "added")}
    changed = {int(line.row_key): line.after["name"] for line in logged if line.action == "changed"}
    assert set(added) == set(changed) == set(people)
    assert changed == people
    assert sum(line.table_name == "links" for line in logged) == len(people)
    assert len(people) - len(acknowledged) <= killed


def test_a_few_kills_lose_nothing_that_was_acknowledged(tmp_path: Path, where: str) -> None:
    kill_many(tmp_path, where, kills=6, writes=100)


@pytest.mark.long
def test_a_thousand_writes_with_many_kills_lose_nothing(tmp_path: Path, where: str) -> None:
    kill_many(tmp_path, where, kills=40, writes=1000)


def test_a_writer_that_is_killed_holds_up_nobody(tmp_path: Path, where: str) -> None:
    process = subprocess.Popen([sys.executable, WRITE, tmp_path, where, "hold"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == ["open\n", "held\n"]
    process.kill()
    process.wait()
    process.stdout.close()
    with open_desk(tmp_path, where) as desk, desk.writing(SYSTEM) as tx:
        assert tx.all(select(users)) == []
