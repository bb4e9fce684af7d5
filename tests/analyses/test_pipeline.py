"""The open pipeline: weighted by how stages end, against a target, its speed, and what stands still in it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from omzet.errors import CallError
from omzet.query.question import Question
from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create
from tests.analyses.companies import company
from tests.history.histories import random_history

STAGES = """pipeline,stage,position,kind,is_qualified,probability
Sales,New,1,open,no,0.05
Sales,Demo,2,open,yes,0.2
Sales,Offer,3,open,yes,
Sales,Won,4,won,yes,
Sales,Lost,9,lost,,
"""
HEAD = "deal_id,owner_id,status,amount,probability,pipeline,stage,created_at,closed_at,expected_close_on\n"
OPEN = """a,ann,open,1000,,Sales,Demo,2025-11-01,,2026-03-20
b,bob,open,500,,Sales,Offer,2025-11-01,,2026-05-01
c,bob,open,300,0.5,Sales,Offer,2025-11-01,,2026-03-01
u,ann,open,9999,,Sales,New,2025-11-01,,2026-03-01
n,ann,open,,,Sales,Demo,2026-02-20,,
"""
AS_OF = date(2026, 2, 28)


def ended(won: int, lost: int, closed_at: str) -> str:
    """Deals that reached Demo at least: won, or lost from there."""
    rows = [f"w{closed_at}{n},ann,won,100,,Sales,Won,2025-06-01,{closed_at},{closed_at}" for n in range(won)]
    return "\n".join(
        [*rows, *(f"l{closed_at}{n},ann,lost,100,,Sales,Demo,2025-06-01,{closed_at},{closed_at}" for n in range(lost))]
    )


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    deals = HEAD + OPEN + ended(8, 17, "2025-09-01") + "\n" + ended(0, 30, "2025-02-28")
    return company(tmp_path_factory.mktemp("busy"), {"deals": deals, "stages": STAGES})


def ask(workspace: Workspace, metric: str, **asked: Any) -> dict[str, Any]:
    return workspace.query(Question(metrics=(metric,), **{"as_of": AS_OF, **asked})).rows[0]


def test_a_stage_weighs_what_was_won_of_the_deals_that_reached_it_in_a_year(busy: Workspace) -> None:
    # Demo: 8 won of 25 closed since the same day last year; the 30 of that very day lie outside. Offer: 8 of 8, too few.
    answer = busy.query(Question(metrics=("weighted_pipeline_amount",), as_of=AS_OF))
    assert answer.rows[0]["weighted_pipeline_amount"] == pytest.approx(1000 * 8 / 25 + 300 * 0.5)
    assert answer.rows[0]["weighted_pipeline_amount:unweighted"] == 1800
    assert answer.rows[0]["weighted_pipeline_amount:n"] == 3
    assert [note for note in answer.notes if "Offer (1)" in note]


def test_typed_chances_are_those_of_the_deal_else_of_its_stage(busy: Workspace) -> None:
    typed = {"probability": "typed"}
    assert ask(busy, "weighted_pipeline_amount", parameters=typed)["weighted_pipeline_amount"] == pytest.approx(1000 * 0.2 + 150)


def test_without_any_chance_the_weighted_pipeline_is_not_defined(tmp_path_factory: pytest.TempPathFactory) -> None:
    deals = HEAD + "b,bob,open,500,,Sales,Offer,2025-11-01,,2026-05-01\n"
    bare = company(tmp_path_factory.mktemp("bare"), {"deals": deals, "stages": STAGES})
    row = ask(bare, "weighted_pipeline_amount")
    assert (row["weighted_pipeline_amount"], row["weighted_pipeline_amount:why"]) == (None, "no_probability")
    assert ask(bare, "weighted_pipeline_amount", as_of=date(2025, 1, 1))["weighted_pipeline_amount"] == 0
    assert ask(bare, "required_coverage")["required_coverage:why"] == "nothing_weighted"


def test_each_month_weighs_by_what_was_known_then(busy: Workspace) -> None:
    asked = {"start": date(2025, 11, 1), "end": date(2026, 3, 1), "grain": "month"}
    rows = busy.query(Question(metrics=("weighted_pipeline_amount", "overdue_pipeline_share"), as_of=AS_OF, **asked)).rows
    for row, day in zip(rows, (date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31), AS_OF), strict=True):
        for metric in ("weighted_pipeline_amount", "overdue_pipeline_share"):
            assert row[metric] == pytest.approx(ask(busy, metric, as_of=day)[metric]), (metric, day)
    # In November the year holds all 55 closes of deals that reached Demo.
    assert rows[0]["weighted_pipeline_amount"] == pytest.approx(1000 * 8 / 55 + 150)


@pytest.mark.parametrize("by", [(), ("rep",), ("stage",)])
@pytest.mark.parametrize("metric", ["weighted_pipeline_amount", "overdue_pipeline_share"])
def test_a_series_of_weeks_is_its_single_days(tmp_path: Path, metric: str, by: tuple[str, ...]) -> None:
    logs = ("stage", "status", "amount", "owner_id", "expected_close_on")
    create(tmp_path / "company", {"holidays": "none"})
    workspace = open_workspace(tmp_path / "company")
    workspace.own()
    workspace.load(random_history(4, 250, logs=logs, currencies=True).write(tmp_path / "files"))
    start, as_of = date(2025, 3, 3), date(2025, 11, 20)
    asked: dict[str, Any] = {"metrics": (metric,), "by": by, "where": ("currency in (EUR, USD)",)}
    weeks = workspace.query(Question(**asked, start=start, end=date(2025, 11, 24), grain="week", as_of=as_of)).rows
    seen = 0
    for week in range(0, 38, 5):
        day = min(start + timedelta(days=7 * week + 6), as_of)
        label = f"{day.isocalendar().year}-W{day.isocalendar().week:02d}"
        alone = {tuple(row[d] for d in by): row for row in workspace.query(Question(**asked, as_of=day)).rows}
        for row in (row for row in weeks if row["period"] == label):
            one = alone.get(tuple(row[d] for d in by), {})
            assert row[metric] == pytest.approx(one.get(metric, 0 if metric.startswith("weighted") else None)), (label, row)
            assert row[f"{metric}:n"] == one.get(f"{metric}:n", 0)
            seen += row[f"{metric}:n"]
    assert seen > 100
    workspace.close()


def test_required_coverage_is_one_over_the_chance_by_value(busy: Workspace) -> None:
    row = ask(busy, "required_coverage")
    assert row["required_coverage"] == pytest.approx(1300 / (320 + 150))


def test_coverage_without_a_target_is_not_defined_and_names_why(busy: Workspace) -> None:
    assert ask(busy, "pipeline_coverage")["pipeline_coverage:why"] == "no_target"


def test_velocity_takes_the_90_days_that_end_with_as_of(tmp_path: Path) -> None:
    rows = """o,ann,open,700,,Sales,Demo,2025-11-01,,
w1,ann,won,100,,Sales,Won,2025-12-01,2025-12-01,
w2,ann,won,300,,Sales,Won,2025-12-01,2025-12-31,
w3,ann,won,900,,Sales,Won,2025-11-01,2025-11-30,
l1,ann,lost,100,,Sales,Lost,2025-12-01,2026-02-28,
"""
    fast = company(tmp_path, {"deals": HEAD + rows, "stages": STAGES})
    row = ask(fast, "pipeline_velocity")
    assert row["pipeline_velocity"] == pytest.approx(1 * 200 * (2 / 3) / 15)
    columns = {"open": 1, "deal_size": 200, "win_rate": 2 / 3, "cycle_days": 15}
    assert {name: row[f"pipeline_velocity:{name}"] for name in columns} == pytest.approx(columns)
    opened = ask(fast, "pipeline_velocity", parameters={"deal_size": "open"})
    assert opened["pipeline_velocity"] == pytest.approx(1 * 700 * (2 / 3) / 15)
    assert ask(fast, "pipeline_velocity", as_of=date(2025, 11, 20))["pipeline_velocity:why"] == "nothing_closed"


ACTIVITIES = """activity_id,kind,deal_id,happened_at,status,automated
1,call,a,2026-01-29,done,
2,email,b,2026-01-30,done,
3,email,c,2026-02-20,done,yes
4,meeting,c,2026-03-10,planned,
5,note,a,2026-02-20,done,
6,meeting,,2026-02-10,done,
"""


def test_contact_is_what_took_place_and_links_count(tmp_path: Path) -> None:
    tables = {"deals": HEAD + OPEN, "stages": STAGES, "activities": ACTIVITIES}
    alone = company(tmp_path / "alone", tables)
    # a: 30 days ago, which is 30 days without contact; b: 29; c: only a machine's; n has no amount and is young.
    row = ask(alone, "stale_pipeline_share")
    assert row["stale_pipeline_share"] == pytest.approx(1300 / 1800)
    assert row["stale_pipeline_share:deals"] == 2
    longer = ask(alone, "stale_pipeline_share", parameters={"stale_days": "31"})
    assert longer["stale_pipeline_share"] == pytest.approx(300 / 1800)
    linked = company(tmp_path / "linked", {**tables, "activity_links": "activity_id,deal_id\n6,c\n"})
    assert ask(linked, "stale_pipeline_share")["stale_pipeline_share"] == pytest.approx(1000 / 1800)


def test_pushes_are_days_on_which_the_date_went_later(tmp_path: Path) -> None:
    changes = """deal_id,field,value,old_value,changed_at,seq
a,expected_close_on,2026-01-10,2026-01-01,2025-12-01T09:00:00Z,1
a,expected_close_on,2026-01-20,2026-01-10,2025-12-01T10:00:00Z,2
a,expected_close_on,2026-01-05,2026-01-20,2025-12-05,3
a,expected_close_on,2026-03-20,2026-01-05,2026-01-05,4
b,expected_close_on,2026-05-01,,2026-01-05,5
"""
    pushed = company(tmp_path, {"deals": HEAD + OPEN, "stages": STAGES, "deal_changes": changes})
    row = ask(pushed, "push_count")
    assert row["push_count"] == pytest.approx(2 / 4)
    assert row["push_count:pushed"] == pytest.approx(1 / 4)
    assert ask(pushed, "push_count", as_of=date(2025, 12, 31))["push_count"] == pytest.approx(1 / 3)


def test_pipeline_created_counts_the_first_amount_known_by_the_periods_end(tmp_path: Path) -> None:
    changes = """deal_id,field,value,old_value,changed_at
a,amount,400,,2025-11-10
a,amount,1000,400,2026-01-10
b,amount,500,,2025-12-03
"""
    grown = company(tmp_path, {"deals": HEAD + OPEN, "stages": STAGES, "deal_changes": changes})
    november = {"start": date(2025, 11, 1), "end": date(2025, 12, 1)}
    # b had no amount by the end of November; c has had its own all along; u was never qualified.
    assert ask(grown, "pipeline_created_amount", **november)["pipeline_created_amount"] == 700
    rows = grown.query(
        Question(metrics=("pipeline_created_amount",), start=date(2025, 11, 1), end=date(2026, 1, 1), grain="month", as_of=AS_OF)
    ).rows
    assert [row["pipeline_created_amount"] for row in rows] == [700, 0]
    both = {"start": date(2025, 11, 1), "end": date(2026, 1, 1)}
    assert ask(grown, "pipeline_created_amount", **both)["pipeline_created_amount"] == 1200


def test_commit_is_what_was_promised_at_the_end_of_the_week(tmp_path: Path) -> None:
    deals = """deal_id,status,amount,created_at,closed_at,expected_close_on,forecast_category
p,won,150,2025-12-01,2026-03-01,2026-03-01,commit
q,open,300,2025-12-01,,2026-03-15,Commit
r,won,500,2025-12-01,2026-03-05,2026-03-15,best_case
s,won,200,2025-12-01,2026-01-10,2026-01-10,commit
"""
    changes = "deal_id,field,value,old_value,changed_at\np,amount,150,100,2026-02-20\n"
    promised = company(tmp_path, {"deals": deals, "deal_changes": changes})
    asked = {"start": date(2026, 1, 1), "end": date(2026, 4, 1), "as_of": date(2026, 4, 10)}
    assert ask(promised, "commit_accuracy", **asked)["commit_accuracy"] == pytest.approx(150 / 400)
    assert ask(promised, "commit_accuracy", **asked, parameters={"week": "1"})["commit_accuracy"] == pytest.approx(350 / 600)
    early = ask(promised, "commit_accuracy", **{**asked, "as_of": date(2026, 1, 20)})
    assert early["commit_accuracy:why"] == "week_not_over"


def test_a_wrong_day_is_told(busy: Workspace) -> None:
    with pytest.raises(CallError, match="must be a day"):
        ask(busy, "pipeline_bridge", parameters={"opening": "soon"})
    with pytest.raises(CallError, match="must not be later"):
        ask(busy, "pipeline_bridge", parameters={"opening": "2026-02-02", "closing": "2026-01-01"})
