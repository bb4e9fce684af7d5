"""Every metric of the catalogue against a second count of the sample company, made by hand from its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pytest

from omzet.workspace import Workspace
from tests.metrics.ledger import RECOUNTS, Frame, Ledger, Recount
from tests.sources.sampled import TODAY

THEN = date(2024, 6, 14)
STAGED = [m for m in RECOUNTS if m.startswith(("stage_", "time_in_stage"))]
ELSE = object()


@pytest.fixture(scope="session")
def then(now: Ledger) -> Ledger:
    return Ledger(now.tables, THEN)


def recounted(ledger: Ledger, recount: Recount, by: str | None) -> dict[Any, float | None]:
    """The values by group, and under ELSE the value of a group without rows."""
    rows = recount.rows(ledger)
    if by is None:
        return {None: recount.value(rows)}
    if by == "month":
        keys = rows[recount.day].map(lambda day: f"{day:%Y-%m}")
    else:
        keys = rows[{"rep": recount.rep, "team": recount.team}.get(by, by)]
    groups = {key: recount.value(group) for key, group in rows.groupby(keys, dropna=False)}
    return {**groups, ELSE: recount.value(rows.iloc[:0])}


def asked(workspace: Workspace, metrics: Iterable[str], by: str | None, as_of: date) -> dict[str, dict[Any, float | None]]:
    question: dict[str, Any] = {"grain": "month"} if by == "month" else {"by": by} if by else {}
    key = {"month": "period"}.get(by or "", by)
    rows = workspace.query(list(metrics), as_of=as_of, **question).rows
    return {metric: {row[key] if key else None: row[metric] for row in rows} for metric in metrics}


def differences(told: Mapping[Any, float | None], counted: Mapping[Any, float | None]) -> dict[Any, tuple[Any, Any]]:
    """Where two answers differ; a group that one of them lacks must be an empty one."""
    empty = counted.get(ELSE)
    wanted = {key: counted.get(key, empty) for key in {*told, *counted} - {ELSE}}
    return {
        key: (told.get(key, "absent"), value)
        for key, value in wanted.items()
        if key not in told or not (told[key] is None if value is None else told[key] == pytest.approx(value, rel=1e-9, abs=1e-6))
    }


@pytest.mark.parametrize("by", [None, "month", "team", "rep", "stage"])
def test_every_metric_is_what_a_second_count_says(sample: Workspace, now: Ledger, by: str | None) -> None:
    metrics = STAGED if by == "stage" else list(RECOUNTS)
    told = asked(sample, metrics, by, TODAY)
    wrong = {metric: differences(told[metric], recounted(now, RECOUNTS[metric], by)) for metric in metrics}
    assert not {metric: found for metric, found in wrong.items() if found}


@pytest.mark.parametrize("by", [None, "month", "team", "rep", "stage"])
def test_so_it_is_as_of_a_past_day(sample: Workspace, then: Ledger, by: str | None) -> None:
    metrics = STAGED if by == "stage" else list(RECOUNTS)
    told = asked(sample, metrics, by, THEN)
    wrong = {metric: differences(told[metric], recounted(then, RECOUNTS[metric], by)) for metric in metrics}
    assert not {metric: found for metric, found in wrong.items() if found}


def test_as_of_now_is_what_is_asked_without_a_day(sample: Workspace) -> None:
    metrics = list(RECOUNTS)
    later = sample.query(metrics, by="team", end=TODAY).rows
    assert sample.query(metrics, by="team", end=TODAY, as_of="2199-12-31").rows == later


def open_rows(ledger: Ledger) -> Frame:
    return ledger.deals[(ledger.deals.status == "open") & (ledger.deals.stage != "New")]


@pytest.mark.parametrize("by", [None, "team", "rep"])
@pytest.mark.parametrize("as_of", [TODAY, THEN])
def test_the_open_pipeline_is_that_of_the_day(sample: Workspace, now: Ledger, then: Ledger, as_of: date, by: str | None) -> None:
    rows = open_rows(now if as_of == TODAY else then)
    groups: dict[Any, Frame] = {None: rows} if by is None else dict(iter(rows.groupby(by, dropna=False)))
    told = asked(sample, ["open_pipeline_count", "open_pipeline_amount"], by, as_of)
    assert not differences(told["open_pipeline_count"], {ELSE: 0, **{key: len(group) for key, group in groups.items()}})
    euros = {ELSE: 0, **{key: float(group.euros.sum()) for key, group in groups.items()}}
    assert not differences(told["open_pipeline_amount"], euros)


def test_the_open_pipeline_over_time_ends_with_that_of_the_last_day(sample: Workspace, then: Ledger) -> None:
    metrics = ["open_pipeline_amount", "open_pipeline_count"]
    (row,) = sample.query(metrics, grain="month", start="2024-06-01", end="2024-06-15", as_of=TODAY).rows
    assert row["period"] == "2024-06"
    assert row["open_pipeline_count"] == len(open_rows(then))
    assert row["open_pipeline_amount"] == pytest.approx(open_rows(then).euros.sum())


def test_the_open_pipeline_at_each_period_is_the_snapshot_of_its_last_day(sample: Workspace) -> None:
    metrics = ["open_pipeline_amount", "open_pipeline_count"]
    rows = sample.query(metrics, by="team", grain="quarter", start="2024-01-01", end="2025-01-01", as_of=TODAY).rows
    for label, day in (("2024-Q1", "2024-03-31"), ("2024-Q4", "2024-12-31")):
        over_time = {row["team"]: [row[m] for m in metrics] for row in rows if row["period"] == label}
        on_the_day = {row["team"]: [row[m] for m in metrics] for row in sample.query(metrics, by="team", as_of=day).rows}
        assert {team: pytest.approx(values) for team, values in on_the_day.items()} == over_time
