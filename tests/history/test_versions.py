"""Derived facts against a reference in plain Python, over random histories; and refreshing against deriving anew."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from omzet.engines import Session
from omzet.engines.duckdb.store import DuckStore
from omzet.history import loading, upkeep
from omzet.settings import Settings
from tests.history import life
from tests.history.histories import History, random_history

LOADED = datetime(2025, 12, 1, tzinfo=UTC)
LATER = datetime(2025, 12, 5, tzinfo=UTC)

LOGS: tuple[tuple[str, ...], ...] = (
    ("stage", "amount", "owner_id"),
    ("stage",),
    ("stage", "status"),
    ("status", "amount"),
    (),
    ("owner_id",),
)

DERIVED = {
    "deal_versions": "SELECT deal_key, v.* EXCLUDE (deal_no) FROM deal_versions v JOIN deal_facts f ON f.deal_no = v.deal_no",
    "deal_facts": "SELECT * EXCLUDE (deal_no) FROM deal_facts",
    "stage_visits": """SELECT deal_key, v.stage_no, v.entered_on, v.left_on,
               row_number() OVER (PARTITION BY deal_key ORDER BY visit)
        FROM stage_visits v JOIN deal_facts f ON f.deal_no = v.deal_no""",
    "stage_facts": "SELECT deal_key, s.* EXCLUDE (deal_no) FROM stage_facts s JOIN deal_facts f ON f.deal_no = s.deal_no",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckStore]:
    made = DuckStore.open(tmp_path / "history.duckdb")
    upkeep.prepare(made, Settings())
    yield made
    made.close()


def derived(session: Session) -> dict[str, list[str]]:
    """All derived rows, by deals' keys, in an order of their own."""
    return {name: sorted(str(row) for row in session.rows(sql)) for name, sql in DERIVED.items()}


def changed_later(history: History, seed: int) -> History:
    """A newer file of some of the deals, each of which changed in one way."""
    dice = random.Random(seed)
    rows: list[Mapping[str, str]] = []
    for deal in dice.sample(history.deals, len(history.deals) // 8):
        way = dice.choice(
            (
                {"amount": str(dice.randint(0, 9999))},
                {"stage": dice.choice(("Lead", "Talk", "Deal"))},
                {"owner_id": dice.choice(("p1", "p2"))},
                {"status": "won", "stage": "Won", "closed_at": "2025-11-02"},
                {"is_deleted": "yes"},
            )
        )
        rows.append({**deal, **way})
    return History(deals=rows)


@pytest.mark.parametrize("seed", range(len(LOGS)))
def test_deriving_the_touched_deals_gives_what_deriving_all_gives(seed: int, store: DuckStore, tmp_path: Path) -> None:
    history = random_history(seed, 200, logs=LOGS[seed], currencies=seed % 2 == 0)
    loading.load(store, Settings(), history.write(tmp_path / "first"), recorded_at=LOADED)
    loading.load(store, Settings(), changed_later(history, seed).write(tmp_path / "later"), recorded_at=LATER)
    with store.reading() as session:
        refreshed = derived(session)
    with store.writing() as session:
        loading.rebuild(session, Settings())
        assert derived(session) == refreshed


@pytest.mark.parametrize("seed", range(len(LOGS)))
def test_the_same_files_again_change_nothing(seed: int, store: DuckStore, tmp_path: Path) -> None:
    files = random_history(seed, 100, logs=LOGS[seed]).write(tmp_path / "first")
    loading.load(store, Settings(), files, recorded_at=LOADED)
    with store.reading() as session:
        before = derived(session)
    report = loading.load(store, Settings(), files, recorded_at=LATER)
    with store.reading() as session:
        assert derived(session) == before
        assert not session.rows("SELECT 1 FROM changes WHERE load_no = 2")
    assert sum(file.added + file.changed for file in report.files) == 0


def told(seed: int) -> History:
    """A history that the reference can follow: every deal dated, in a pipeline, and agreeing with its log."""
    history = random_history(seed, 150, logs=("stage", "amount", "owner_id"))
    history.person_changes.clear()
    changes: dict[str, list[Mapping[str, str]]] = {}
    for change in history.deal_changes:
        changes.setdefault(change["deal_id"], []).append(change)
    rows = []
    for deal in history.deals:
        row = {**deal, "pipeline": "Sales", "is_deleted": "", "currency": "EUR"}
        if not row["created_at"] or row["status"] == "disqualified" or (row["status"] != "open" and not row["closed_at"]):
            continue
        for name in ("stage", "owner_id", "amount"):
            own = sorted((c for c in changes.get(row["deal_id"], []) if c["field"] == name), key=_instant)
            if own and (name != "stage" or row["status"] == "open"):
                row[name] = own[-1]["value"]
        if row["status"] == "open" and row["stage"] in life.KINDS:
            continue
        if row["stage"] and len({_instant(c) for c in changes.get(row["deal_id"], [])}) == len(changes.get(row["deal_id"], [])):
            rows.append(row)
    history.deals[:] = rows
    kept = {row["deal_id"] for row in rows}
    history.deal_changes[:] = [change for change in history.deal_changes if change["deal_id"] in kept]
    return history


def _instant(change: Mapping[str, str]) -> datetime:
    return life.moment_of(change["changed_at"])


def logged(history: History) -> list[tuple[Mapping[str, str], Sequence[Mapping[str, str]]]]:
    """Each deal with its changes."""
    return [(deal, [c for c in history.deal_changes if c["deal_id"] == deal["deal_id"]]) for deal in history.deals]


@pytest.mark.parametrize("seed", [*range(20, 25), 44])
def test_versions_visits_and_stages_reached_are_those_of_the_reference(seed: int, store: DuckStore, tmp_path: Path) -> None:
    history = told(seed)
    loading.load(store, Settings(), history.write(tmp_path / "files"), recorded_at=LOADED)
    with store.reading() as session:
        versions = _by_deal(
            session.rows(
                """SELECT f.deal_id, v.from_on, v.status, v.stage, v.closed_on, v.owner_key, CAST(v.amount AS DOUBLE),
                          v.furthest, v.to_on
                   FROM deal_versions v JOIN deal_facts f ON f.deal_no = v.deal_no ORDER BY f.deal_id, v.from_on"""
            )
        )
        visits = _by_deal(
            session.rows(
                """SELECT f.deal_id, o.stage, v.entered_on FROM stage_visits v JOIN deal_facts f ON f.deal_no = v.deal_no
                   JOIN stage_order o ON o.stage_no = v.stage_no ORDER BY f.deal_id, v.visit"""
            )
        )
        reached = _by_deal(
            session.rows(
                """SELECT f.deal_id, o.stage, s.reached_on FROM stage_facts s JOIN deal_facts f ON f.deal_no = s.deal_no
                   JOIN stage_order o ON o.stage_no = s.stage_no WHERE s.reached_on IS NOT NULL ORDER BY ALL"""
            )
        )
    assert len(history.deals) > 50
    for deal, changes in logged(history):
        key = deal["deal_id"]
        expected = life.states(deal, changes)
        ends = [day for day, _ in expected[1:]] + [life.EVER]
        assert versions[key] == [
            (day, s.status, s.stage, s.closed_on, s.owner and f"files:{s.owner}", s.amount, s.furthest, until)
            for (day, s), until in zip(expected, ends, strict=True)
        ], (deal, changes)
        assert visits.get(key, []) == life.visits(deal, changes), (deal, changes)
        assert dict(reached.get(key, [])) == life.reached(deal, changes), (deal, changes)


def _by_deal(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for deal, *rest in rows:
        found.setdefault(deal, []).append(tuple(rest))
    return found


def test_a_deal_that_is_lost_and_then_won_was_lost_in_between(store: DuckStore, tmp_path: Path) -> None:
    deals, log = tmp_path / "deals.csv", tmp_path / "deal_changes.csv"
    deals.write_text("deal_id,status,created_at,closed_at\nD1,won,2026-01-01,2026-02-01\n", encoding="utf-8")
    log.write_text(
        "deal_id,field,value,old_value,changed_at\nD1,status,lost,open,2026-01-10\nD1,status,won,lost,2026-01-30\n",
        encoding="utf-8",
    )
    loading.load(store, Settings(), [deals, log])
    with store.reading() as session:
        found = session.rows("SELECT from_on, status, closed_on FROM deal_versions ORDER BY 1")
    assert found == [
        (date(2026, 1, 1), "open", None),
        (date(2026, 1, 10), "lost", date(2026, 1, 10)),
        (date(2026, 2, 1), "won", date(2026, 2, 1)),
    ]
