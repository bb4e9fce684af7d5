"""What is derived from activities load by load is what deriving it all at once gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omzet.engines import Session, Store, open_store
from omzet.history import loading, touches, upkeep
from omzet.settings import Settings

TABLES = ("touches", "deal_touches", "lead_answers", "email_replies", "activity_days", "deals_awaited")
COLUMNS = ("activity_id", "kind", "owner_id", "deal_id", "lead_id", "contact_id", "happened_at", "status", "direction", "outcome")
DEALS = [f"D{n}" for n in range(4)]

activity = st.fixed_dictionaries(
    {
        "activity_id": st.sampled_from([f"A{n}" for n in range(9)]),
        "kind": st.sampled_from(["call", "email", "email", "meeting", "note"]),
        "owner_id": st.sampled_from(["P1", "P2"]),
        "deal_id": st.sampled_from(["", *DEALS]),
        "lead_id": st.sampled_from(["", "", "L1", "L2"]),
        "contact_id": st.sampled_from(["", "", "C1"]),
        "happened_at": st.integers(0, 40 * 24).map(lambda h: (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=h)).isoformat()),
        "status": st.sampled_from(["", "done", "planned", "no_show"]),
        "direction": st.sampled_from(["", "outbound", "inbound"]),
        "outcome": st.sampled_from(["", "connected", "replied"]),
    }
)
link = st.tuples(st.sampled_from([f"A{n}" for n in range(9)]), st.sampled_from(DEALS))
batch = st.tuples(
    st.lists(activity, max_size=6, unique_by=lambda row: row["activity_id"]),
    st.lists(link, max_size=2, unique=True),
    st.lists(st.tuples(st.sampled_from(DEALS), st.sampled_from(["open", "won", "lost"]), st.integers(5, 40)), max_size=2),
)


@given(st.lists(batch, min_size=2, max_size=4))
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_load_by_load_comes_to_what_all_at_once_does(
    tmp_path: Path, batches: list[tuple[list[dict[str, str]], list[tuple[str, str]], list[tuple[str, str, int]]]]
) -> None:
    # So many that a batch is little beside them, and is followed rather than all derived anew.
    there = [
        dict.fromkeys(COLUMNS, "")
        | {
            "activity_id": f"B{n}",
            "kind": "email" if n % 2 else "call",
            "deal_id": DEALS[n % 4],
            "lead_id": "L1" if n % 5 else "",
        }
        | {"happened_at": f"2026-01-{1 + n % 28:02d}T08:00:00Z", "direction": "inbound" if n % 3 else ""}
        for n in range(60)
    ]
    with _store() as store:
        leads = [("L1", "2026-01-02T09:00:00Z"), ("L2", "2026-01-20T09:00:00Z")]
        _load(store, tmp_path, leads=leads, activities=there)
        for activities, links, deals in batches:
            _load(store, tmp_path, activities=activities, links=links, deals=deals)
            with store.reading() as session:
                followed = _content(session)
            with store.writing() as session:
                touches.derive(session)
                anew = _content(session)
            # Who is no longer awaited may stay on the list: it only tells for whom to look again.
            assert set(followed.pop("deals_awaited")) >= set(anew.pop("deals_awaited"))
            for table in followed:
                assert followed[table] == anew[table], table


def test_a_deal_that_comes_later_finds_its_activities(tmp_path: Path) -> None:
    call = {
        "activity_id": "A1",
        "kind": "call",
        "owner_id": "P1",
        "deal_id": "D1",
        "lead_id": "",
        "contact_id": "",
        "happened_at": "2026-01-05T10:00:00Z",
        "status": "done",
        "direction": "outbound",
        "outcome": "",
    }
    with _store() as store:
        _load(store, tmp_path, activities=[call])
        with store.reading() as session:
            assert session.rows("SELECT count(*) FROM touches") == [(0,)]
        _load(store, tmp_path, deals=[("D1", "open", 10)])
        with store.reading() as session:
            assert session.rows("SELECT kind, outbound FROM touches") == [("call", True)]
            assert session.rows("SELECT count(*) FROM deals_awaited") == [(0,)]
            assert session.rows("SELECT opened, calls FROM deal_touches") == [("call", 1)]


@pytest.mark.parametrize(("answered", "expected"), [("2026-01-19T12:00:00Z", 1), ("2026-01-20T12:00:00Z", 0)])
def test_an_answer_counts_for_fourteen_days(tmp_path: Path, answered: str, expected: int) -> None:
    mail = dict.fromkeys(COLUMNS, "") | {
        "activity_id": "A1",
        "kind": "email",
        "contact_id": "C1",
        "happened_at": "2026-01-05T10:00:00Z",
    }
    with _store() as store:
        _load(store, tmp_path, activities=[mail])
        _load(store, tmp_path, activities=[mail | {"activity_id": "A2", "direction": "inbound", "happened_at": answered}])
        with store.reading() as session:
            assert session.rows("SELECT count(*) FROM email_replies") == [(expected,)]


def _store() -> Any:
    from contextlib import contextmanager

    @contextmanager
    def opened() -> Iterator[Store]:
        store = open_store(None)
        upkeep.prepare(store, Settings())
        try:
            yield store
        finally:
            store.close()

    return opened()


def _load(
    store: Store,
    folder: Path,
    *,
    activities: Sequence[dict[str, str]] = (),
    links: Sequence[tuple[str, str]] = (),
    deals: Sequence[tuple[str, str, int]] = (),
    leads: Sequence[tuple[str, str]] = (),
) -> None:
    rows = {
        "activities": (",".join(COLUMNS), [",".join(row[c] for c in COLUMNS) for row in activities]),
        "activity_links": ("activity_id,deal_id", [",".join(pair) for pair in links]),
        "deals": (
            "deal_id,status,created_at,closed_at",
            [
                f"{deal},{status},2026-01-01,{'' if status == 'open' else datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)}"
                for deal, status, day in {row[0]: row for row in deals}.values()
            ],
        ),
        "leads": ("lead_id,created_at", [",".join(pair) for pair in leads]),
    }
    paths = []
    for table, (header, lines) in rows.items():
        if lines:
            paths.append(folder / f"{table}.csv")
            paths[-1].write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    if paths:
        loading.load(store, Settings(), paths)


def _content(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """The derived tables, rows in order; counts by day added up."""
    found = {}
    for table in TABLES:
        columns = session.names(f"SELECT * FROM {table}")
        what = f"SELECT * FROM {table}"
        if table == "activity_days":
            keys = ", ".join(c for c in columns if c != "items")
            what = f"SELECT {keys}, sum(items) AS items FROM {table} GROUP BY {keys} HAVING sum(items) <> 0"
        found[table] = sorted(session.rows(what), key=repr)
    return found
