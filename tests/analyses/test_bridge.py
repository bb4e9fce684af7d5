"""The pipeline from one day to another: every line by hand, and over random histories what came minus what went is the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omzet.analyses.bridge import INTO, LINES, OUT_OF
from omzet.query.question import Question
from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create
from tests.analyses.companies import company
from tests.history.histories import FIRST_DAY, random_history

DEALS = """deal_id,owner_id,status,amount,currency,created_at,closed_at,expected_close_on
A,ann,open,120,EUR,2025-11-01,,2026-03-20
B,ann,open,200,EUR,2025-11-01,,2026-05-01
C,ann,won,250,EUR,2025-11-01,2026-01-20,2026-01-31
D,ann,lost,50,EUR,2025-11-01,2026-02-01,2026-02-28
E,ann,open,400,EUR,2025-11-01,,2026-03-15
F,ann,open,70,EUR,2026-01-05,,2026-03-01
G,ann,won,80,EUR,2026-01-07,2026-02-14,2026-02-15
H,ann,open,60,EUR,2025-10-01,,2026-03-10
I,ann,disqualified,90,EUR,2025-11-01,2026-02-05,2026-03-31
J,ann,lost,40,EUR,2025-11-01,2026-02-20,2026-05-01
"""
CHANGES = """deal_id,field,value,old_value,changed_at
A,amount,120,100,2026-01-10
A,expected_close_on,2026-03-20,2026-02-10,2026-01-11
B,expected_close_on,2026-05-01,2026-03-31,2026-01-15
C,amount,250,300,2026-01-19
E,expected_close_on,2026-03-15,2026-04-15,2026-02-03
H,status,lost,open,2025-12-10
H,status,open,lost,2026-01-12
J,expected_close_on,2026-05-01,2026-03-31,2026-02-10
"""
QUARTER = {"start": date(2026, 1, 1), "end": date(2026, 4, 1)}
OPEN_ON_28_FEB = {"opening": "2025-12-31", "closing": "2026-02-28"}


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(tmp_path_factory.mktemp("bridge"), {"deals": DEALS, "deal_changes": CHANGES})


def lines(workspace: Workspace, **asked: Any) -> list[dict[str, Any]]:
    rows = workspace.query(Question(metrics=("pipeline_bridge",), **asked)).rows
    names = {f"pipeline_bridge:{line}": line for line in LINES}
    return [{names.get(key, key): value for key, value in row.items()} for row in rows]


def rest(row: dict[str, Any]) -> float:
    came = row["opening"] + sum(row[line] for line in INTO)
    return float(came - sum(row[line] for line in OUT_OF) + row["fx"])


def test_every_line_holds_the_deals_that_went_that_way(quarter: Workspace) -> None:
    (row,) = lines(quarter, **QUARTER, as_of=date(2026, 10, 31), parameters=OPEN_ON_28_FEB)
    assert {line: row[line] for line in LINES if row[line]} == {
        "opening": 780,
        "created": 150,
        "reopened": 60,
        "pulled_in": 400,
        "increased": 20,
        "decreased": 50,
        "won": 330,
        "lost": 50,
        "removed": 90,
        "pushed_out": 240,
        "closing": 650,
    }
    assert row["pipeline_bridge"] == 650
    (counted,) = lines(quarter, **QUARTER, as_of=date(2026, 10, 31), parameters={**OPEN_ON_28_FEB, "measure": "count"})
    assert [counted[line] for line in ("opening", "created", "reopened", "pulled_in", "won", "pushed_out", "closing")] == [
        6,
        2,
        1,
        1,
        2,
        2,
        4,
    ]


@pytest.mark.parametrize(
    ("closing", "measure", "rate"),
    [
        ("2026-02-28", "amount", 240 / 780),
        ("2026-02-28", "count", 2 / 6),
        ("2026-03-31", "amount", 340 / 780),
        ("2026-03-31", "count", 3 / 6),
    ],
)
def test_what_is_pushed_out_slips_and_so_does_what_is_open_once_the_period_is_over(
    quarter: Workspace, closing: str, measure: str, rate: float
) -> None:
    given_days = {"opening": "2025-12-31", "closing": closing, "measure": measure}
    question = Question(metrics=("slippage_rate",), **QUARTER, as_of=date(2026, 10, 31), parameters=given_days)
    assert quarter.query(question).rows[0]["slippage_rate"] == pytest.approx(rate)


def test_nothing_to_slip_is_no_rate(quarter: Workspace) -> None:
    question = Question(metrics=("slippage_rate",), start=date(2024, 1, 1), end=date(2024, 4, 1), as_of=date(2026, 10, 31))
    row = quarter.query(question).rows[0]
    assert (row["slippage_rate"], row["slippage_rate:why"]) == (None, "nothing_at_opening")


def test_a_deal_handed_over_is_reassigned_and_a_rate_that_moved_is_fx(tmp_path_factory: pytest.TempPathFactory) -> None:
    deals = """deal_id,owner_id,status,amount,currency,created_at,closed_at,expected_close_on
X,bob,open,100,USD,2025-11-01,,2026-03-20
Y,bob,won,50,USD,2025-11-01,2026-02-10,2026-02-10
"""
    changes = "deal_id,field,value,old_value,changed_at\nX,owner_id,bob,ann,2026-01-10\n"
    people = "person_id,name,role\nann,Ann,rep\nbob,Bob,rep\n"
    rates = "quoted_on,currency,rate\n2025-01-01,USD,0.9\n2026-01-15,USD,0.8\n"
    tables = {"deals": deals, "deal_changes": changes, "people": people, "exchange_rates": rates}
    with_rates = company(tmp_path_factory.mktemp("fx"), tables)
    asked = {**QUARTER, "as_of": date(2026, 10, 31), "parameters": OPEN_ON_28_FEB}
    (row,) = lines(with_rates, **asked)
    assert {line: row[line] for line in LINES if row[line]} == {"opening": 135, "won": 45, "fx": -10, "closing": 80}
    by_rep = {each["rep"]: each for each in lines(with_rates, **asked, by=("rep",))}
    assert {line: by_rep["Ann"][line] for line in LINES if by_rep["Ann"][line]} == {"opening": 90, "reassigned_out": 90}
    bob = {"opening": 45, "reassigned_in": 90, "won": 45, "fx": -10, "closing": 80}
    assert {line: by_rep["Bob"][line] for line in LINES if by_rep["Bob"][line]} == bob
    (only_bob,) = lines(with_rates, **asked, where=("rep = Bob",))
    assert {line: only_bob[line] for line in LINES if only_bob[line]} == bob


@pytest.fixture(scope="module", params=[1, 2])
def random_company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("random")
    create(folder / "company", {"holidays": "none"})
    workspace = open_workspace(folder / "company")
    workspace.own()
    logs = ("stage", "status", "amount", "owner_id", "expected_close_on")
    workspace.load(random_history(request.param, 200, logs=logs, currencies=True).write(folder / "files"))
    yield workspace
    workspace.close()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    opening=st.integers(0, 330),
    days=st.integers(0, 120),
    scope_start=st.integers(0, 300),
    scope_days=st.integers(20, 150),
    measure=st.sampled_from(["amount", "count"]),
    by=st.sampled_from([(), ("rep",), ("team",), ("stage",)]),
    where=st.sampled_from([(), ("rep = P1",), ("team = t0",)]),
)
def test_what_came_minus_what_went_is_the_rest_and_both_ends_are_snapshots(
    random_company: Workspace,
    opening: int,
    days: int,
    scope_start: int,
    scope_days: int,
    measure: str,
    by: tuple[str, ...],
    where: tuple[str, ...],
) -> None:
    first, last = FIRST_DAY + timedelta(days=opening), FIRST_DAY + timedelta(days=opening + days)
    start = FIRST_DAY + timedelta(days=scope_start)
    scoped: dict[str, Any] = {"start": start, "end": start + timedelta(days=scope_days), "by": by, "where": where}
    given_days = {"opening": str(first), "closing": str(last), "measure": measure}
    rows = lines(random_company, **scoped, as_of=date(2026, 12, 31), parameters=given_days)
    snapshot = "open_pipeline_amount" if measure == "amount" else "open_pipeline_count"
    found = {tuple(row[name] for name in by): row for row in rows}
    for row in rows:
        assert rest(row) == pytest.approx(row["closing"], abs=0.005)
        assert min(row[line] for line in LINES if line != "fx") >= 0
    for line, day in (("opening", first), ("closing", last)):
        open_then = random_company.query(Question(metrics=(snapshot,), **scoped, as_of=day)).rows
        wanted = {tuple(row[name] for name in by): row[snapshot] or 0 for row in open_then}
        for place in {*wanted, *found}:
            assert (found[place][line] if place in found else 0) == pytest.approx(wanted.get(place, 0), abs=0.005), (line, place)
    if not where:
        assert sum(row["reassigned_in"] for row in rows) == pytest.approx(sum(row["reassigned_out"] for row in rows), abs=0.005)
