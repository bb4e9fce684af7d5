"""What must hold whatever happened: over random histories of deals, for every metric that can be asked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from omzet.errors import CallError
from omzet.metrics.catalogue import read_catalogue
from omzet.query.question import Question
from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create
from tests.history.histories import History, random_history
from tests.history.test_versions import changed_later

FIRST, SECOND = datetime(2025, 12, 1, 9, tzinfo=UTC), datetime(2025, 12, 5, tzinfo=UTC)
AN_HOUR_LATER = datetime(2025, 12, 1, 10, tzinfo=UTC)
"""A deal without a creation date is there from the day of its load."""

TODAY = date(2025, 12, 31)
SEEDS = (1, 2, 3)

Rows = list[dict[str, Any]]


def company(folder: Path) -> Workspace:
    """An owned workspace without public holidays."""
    create(folder / "company", {"holidays": "none"})
    workspace = open_workspace(folder / "company")
    workspace.own()
    return workspace


@pytest.fixture(scope="module", params=SEEDS)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("random")
    workspace = company(folder)
    workspace.load(random_history(request.param, 150, currencies=True).write(folder / "files"), recorded_at=FIRST)
    yield workspace
    workspace.close()


def answers(workspace: Workspace, metric: str, **asked: Any) -> Rows | None:
    """The rows of an answer, or None where the metric can't be asked so."""
    question = Question(metrics=(metric,), **{"as_of": TODAY, **asked})
    try:
        return workspace.query(question).rows
    except CallError:
        return None


def same(one: Rows | None, other: Rows | None) -> bool:
    """True when two answers are equal but for the last bits of a floating sum."""
    if one is None or other is None:
        return one is other
    return len(one) == len(other) and all(
        a.keys() == b.keys() and all(a[key] == b[key] or a[key] == pytest.approx(b[key], rel=1e-9, abs=1e-9) for key in a)
        for a, b in zip(one, other, strict=True)
    )


def kinds(workspace: Workspace) -> Mapping[str, str]:
    return {info.id: info.kind for info in workspace.metrics()}


def test_a_stage_reached_was_left_onward_dropped_or_is_still_open(loaded: Workspace) -> None:
    for cohort in ("reached", "created"):
        asked = {"by": ("stage",), "parameters": {"cohort": cohort}}
        conversion, dropped, open_ = (
            answers(loaded, metric, **asked) or []
            for metric in ("stage_conversion_rate", "stage_drop_off_rate", "stage_open_share")
        )
        assert conversion
        for a, b, c in zip(conversion, dropped, open_, strict=True):
            reached = a["stage_conversion_rate:n"]
            assert b["stage_drop_off_rate:n"] == c["stage_open_share:n"] == reached
            if reached:
                parts = (a["stage_conversion_rate"], b["stage_drop_off_rate"], c["stage_open_share"])
                assert sum(parts) == pytest.approx(1)


@pytest.mark.parametrize("by", ["rep", "team", "source", "currency"])
def test_sums_over_a_dimension_are_the_total(loaded: Workspace, by: str) -> None:
    for metric, kind in kinds(loaded).items():
        if kind not in ("additive", "stock"):
            continue
        total, parts = answers(loaded, metric), answers(loaded, metric, by=(by,))
        if parts is not None and total is not None and total[0][metric] is not None:
            assert sum(row[metric] or 0 for row in parts) == pytest.approx(total[0][metric], abs=0.01), metric


BY_THE_PERIODS_END = ("pipeline_created_amount",)
"""What counts only as far as it was known when the period ended: a month knows less than its year."""


def test_months_of_an_additive_metric_are_its_total(loaded: Workspace) -> None:
    period = {"start": date(2025, 1, 1), "end": date(2026, 1, 1)}
    for metric, kind in kinds(loaded).items():
        if kind == "additive" and metric not in BY_THE_PERIODS_END:
            total, months = answers(loaded, metric, **period), answers(loaded, metric, grain="month", **period)
            if months is not None and total is not None:
                assert sum(row[metric] or 0 for row in months) == pytest.approx(total[0][metric], abs=0.01), metric


def test_the_total_of_a_ratio_is_the_ratio_of_its_parts(loaded: Workspace) -> None:
    asked = 0
    sums = {metric.id for metric in read_catalogue() if metric.kind == "ratio" and not metric.analysis}
    for metric in sums:
        total, parts = answers(loaded, metric), answers(loaded, metric, by=("team",))
        if not total or not parts or f"{metric}:denominator" not in parts[0]:
            continue
        above, below = (sum(row.get(f"{metric}:{side}") or 0 for row in parts) for side in ("numerator", "denominator"))
        if below > 0 and total[0][metric] is not None and f"{metric}:denominator" in total[0]:
            given = (total[0][f"{metric}:numerator"], total[0][f"{metric}:denominator"])
            if given == pytest.approx((above, below)):
                assert total[0][metric] == pytest.approx(above / below), metric
                asked += 1
    assert asked >= 5


def test_as_of_a_day_after_everything_is_the_present(loaded: Workspace) -> None:
    for metric in ("won_count", "bookings_amount", "win_rate", "stage_reached_count", "new_customers", "lost_count"):
        assert same(answers(loaded, metric, as_of=date(2026, 6, 1)), answers(loaded, metric, as_of=TODAY)), metric


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_known_before_the_last_load_never_changes(seed: int, tmp_path: Path) -> None:
    workspace = company(tmp_path)
    history = random_history(seed, 120, currencies=True)
    workspace.load(history.write(tmp_path / "first"), recorded_at=FIRST)
    pairs = [(date(2025, 6, 1), date(2025, 6, 1)), (date(2025, 9, 1), date(2025, 12, 3)), (TODAY, date(2025, 12, 3))]
    metrics = ["won_count", "bookings_amount", "open_pipeline_amount", "open_pipeline_count", "win_rate", "lost_count"]
    metrics += ["stage_reached_count", "sales_cycle_length_median", "opportunities_created", "time_in_stage_mean"]
    asked = [(m, {"as_of": as_of, "known": known}) for m in metrics for as_of, known in pairs]
    before = [answers(workspace, metric, **when) for metric, when in asked]
    later = changed_later(history, seed)
    late = random_history(seed, 120, currencies=True).deal_changes[::7]
    later.deal_changes = [{**row, "value": "Talk", "field": "stage", "changed_at": "2025-05-05"} for row in late]
    workspace.load(later.write(tmp_path / "later"), recorded_at=SECOND)
    for (metric, when), was in zip(asked, before, strict=True):
        assert same(answers(workspace, metric, **when), was), (metric, when)
    workspace.close()


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_the_order_and_the_number_of_files_change_no_answer(seed: int, tmp_path: Path) -> None:
    history = random_history(seed, 120, currencies=True)
    dice = random.Random(seed)
    found = []
    for way in ("whole", "shuffled", "split"):
        workspace = company(tmp_path / way)
        given = History(**{name: list(rows) for name, rows in vars(history).items()})
        if way == "shuffled":
            for rows in vars(given).values():
                dice.shuffle(rows)
        if way == "split":
            first = {row["deal_id"] for row in given.deals[:50]}
            part = History(**{**vars(given), "deals": given.deals[:50], "deal_changes": []})
            part.deal_changes = [row for row in given.deal_changes if row["deal_id"] in first]
            workspace.load(part.write(tmp_path / way / "first"), recorded_at=FIRST)
            given.deals = given.deals[50:]
            given.deal_changes = [row for row in given.deal_changes if row["deal_id"] not in first]
        workspace.load(given.write(tmp_path / way / "files"), recorded_at=AN_HOUR_LATER if way == "split" else FIRST)
        found.append(
            {
                metric: [answers(workspace, metric, **asked) for asked in ({}, {"by": ("rep",)}, {"grain": "quarter"})]
                for metric in kinds(workspace)
            }
        )
        workspace.close()
    for metric, was in found[0].items():
        for other in found[1:]:
            assert all(same(a, b) for a, b in zip(was, other[metric], strict=True)), metric
