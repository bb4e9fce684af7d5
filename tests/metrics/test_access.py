"""What a rep, a manager and a reader without money are told: nothing of rows and names that are not theirs, by any question."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omzet.errors import CallError, OmzetError
from omzet.metrics.access import ALL, Access, access_of
from omzet.query.question import Question
from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create

YEAR: dict[str, Any] = {"start": date(2024, 7, 1), "end": date(2025, 7, 1)}
LEARNT = {
    "weighted_pipeline_amount", "required_coverage", "win_rate_shrunk", "rep_funnel_plot", "case_mix_adjusted_win_rate",
    "bookings_outlook", "probability_to_reach_target", "outlook_backtest_skill",
}  # fmt: skip
"""Numbers for which something is learned from all rows: chances by stage, priors, limits, who is like whom."""


def reader(workspace: Workspace, rows: Any, person: str) -> Access:
    with workspace._owner.store.reading() as session:  # type: ignore[union-attr]
        ((key,),) = session.rows("SELECT key FROM people WHERE person_id = ?", [person])
        return access_of(session, rows, str(key))


@pytest.fixture(scope="module")
def people(sample_files: Path) -> pd.DataFrame:
    return pd.read_csv(sample_files / "people.csv", dtype=str)


@pytest.fixture(scope="module")
def rep(people: pd.DataFrame, sample_files: Path) -> str:
    deals = pd.read_csv(sample_files / "deals.csv", dtype=str)
    reps = set(people[people.role == "rep"].person_id)
    return str(deals[deals.owner_id.isin(reps)].owner_id.value_counts().index[0])


@pytest.fixture(scope="module")
def manager(people: pd.DataFrame, rep: str) -> str:
    return str(people.set_index("person_id").manager_id[rep])


@pytest.fixture(scope="module")
def disturbed(sample_files: Path, rep: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The same company, but for what others than one rep sold, did and were aimed at."""
    folder = tmp_path_factory.mktemp("disturbed")
    shutil.copytree(sample_files, folder / "files")
    deals = pd.read_csv(folder / "files" / "deals.csv", dtype=str)
    changes = pd.read_csv(folder / "files" / "deal_changes.csv", dtype=str)
    owned = changes[changes.field == "owner_id"]
    touched = set(owned[(owned.value == rep) | (owned.old_value == rep)].deal_id) | set(deals[deals.owner_id == rep].deal_id)
    credits = pd.read_csv(folder / "files" / "deal_credits.csv", dtype=str)
    touched |= set(credits[credits.person_id == rep].deal_id)
    others = ~deals.deal_id.isin(touched)
    deals.loc[others, "amount"] = (pd.to_numeric(deals.loc[others, "amount"]) * 3).astype(str)
    deals.loc[others, "name"] = "SECRET " + deals.loc[others, "deal_id"]
    amounts = (changes.field == "amount") & ~changes.deal_id.isin(touched)
    changes.loc[amounts, ["value", "old_value"]] = (changes.loc[amounts, ["value", "old_value"]].apply(pd.to_numeric) * 3).astype(
        str
    )
    activities = pd.read_csv(folder / "files" / "activities.csv", dtype=str)
    gone = (activities.owner_id != rep) & ~activities.deal_id.isin(touched) & activities.lead_id.isna()
    gone &= activities.index % 3 == 0
    targets = pd.read_csv(folder / "files" / "targets.csv", dtype=str)
    targets.loc[targets.person_id != rep, "value"] = (pd.to_numeric(targets.value) * 2).astype(str)
    for name, table in (("deals", deals), ("deal_changes", changes), ("activities", activities[~gone]), ("targets", targets)):
        table.to_csv(folder / "files" / f"{name}.csv", index=False)
    create(folder / "company", {"holidays": "NL"})
    workspace = open_workspace(folder / "company")
    workspace.own()
    workspace.load(folder / "files")
    yield workspace
    workspace.close()


def told(workspace: Workspace, access: Access, metric: str, **question: Any) -> Any:
    try:
        answer = workspace.query([metric], access=access, language="en", as_of=date(2025, 6, 30), **question)
    except OmzetError as error:
        return str(error)
    return answer.model_dump(mode="json", include={"rows", "notes"})


def explained(workspace: Workspace, access: Access, metric: str) -> str:
    try:
        return workspace.explain(Question(metrics=(metric,), **YEAR), access=access, language="en").model_dump_json()
    except OmzetError as error:
        return str(error)


def test_what_others_do_changes_nothing_a_rep_is_told(sample: Workspace, disturbed: Workspace, rep: str) -> None:
    one, other = reader(sample, "own", rep), reader(disturbed, "own", rep)
    moved = {}
    for metric in sample.metrics("en"):
        for question in ({**YEAR}, {**YEAR, "by": "rep"}, {**YEAR, "by": "team"}, {**YEAR, "grain": "quarter"}):
            first, second = (told(place, access, metric.id, **question) for place, access in ((sample, one), (disturbed, other)))
            if rounded(first) != rounded(second):
                moved[metric.id] = question
    assert set(moved) <= LEARNT, {name: moved[name] for name in set(moved) - LEARNT}
    assert rounded(told(sample, ALL, "bookings_amount", **YEAR)) != rounded(told(disturbed, ALL, "bookings_amount", **YEAR))


def rounded(found: Any) -> Any:
    if isinstance(found, float):
        return round(found, 6)
    if isinstance(found, dict):
        return {key: rounded(value) for key, value in found.items()}
    return [rounded(each) for each in found] if isinstance(found, list) else found


@pytest.mark.parametrize("rows", ["own", "teams"])
def test_no_answer_names_anybody_who_may_not_be_seen(
    sample: Workspace, people: pd.DataFrame, rep: str, manager: str, rows: str
) -> None:
    access = reader(sample, rows, rep if rows == "own" else manager)
    with sample._owner.store.reading() as session:  # type: ignore[union-attr]
        ids = dict(session.rows("SELECT key, person_id FROM people"))
    seen = {ids[key] for key in access.names or ()}
    assert 0 < len(seen) < len(people) / 2
    hidden = people[~people.person_id.isin(seen)]
    forbidden = re.compile("|".join(map(re.escape, [*hidden.name, *hidden.email])))
    for metric in sample.metrics("en"):
        for by in ("rep", "team", "manager"):
            if by in metric.dimensions:
                assert not forbidden.search(json.dumps(told(sample, access, metric.id, by=by, **YEAR))), (metric.id, by)
        assert not forbidden.search(explained(sample, access, metric.id)), metric.id
    for dimension in ("rep", "manager"):
        assert not forbidden.search(json.dumps(sample.dimension_values(dimension, access=access)))


def test_a_rep_is_given_own_rows_and_no_others(sample: Workspace, rep: str, sample_files: Path) -> None:
    access = reader(sample, "own", rep)
    deals = pd.read_csv(sample_files / "deals.csv", dtype=str).set_index("deal_id")
    opened = sample.explain(Question(metrics=("open_pipeline_amount",), as_of=date(2025, 6, 30)), limit=10_000, access=access)
    assert opened.rows
    assert {deals.owner_id[row["deal_id"]] for row in (*opened.rows, *opened.rows_out)} == {rep}
    assert opened.counted == len(opened.rows)
    other = str(deals[deals.owner_id != rep].index[0])
    with pytest.raises(CallError, match="There is no deal"):
        sample.explain(Question(metrics=("won_count",)), deal=other, access=access)
    with pytest.raises(CallError, match="There is no deal 'nonsense'"):
        sample.explain(Question(metrics=("won_count",)), deal="nonsense", access=access)


def test_asking_for_somebody_else_finds_nothing(sample: Workspace, people: pd.DataFrame, rep: str) -> None:
    access = reader(sample, "own", rep)
    other = people[(people.role == "rep") & (people.person_id != rep)].iloc[0]
    for word in (other["name"], other["person_id"], f"files:{other['person_id']}"):
        answer, nobody = (
            sample.query("won_count", where=[f"rep = {name}"], access=access, language="en") for name in (word, "Nobody")
        )
        assert answer.rows == nobody.rows
        assert answer.rows[0]["won_count"] == 0
        assert [note.replace(word, "Nobody") for note in answer.notes] == nobody.notes


def test_a_managers_teams_are_theirs_and_those_below(sample: Workspace, people: pd.DataFrame, manager: str) -> None:
    access = reader(sample, "teams", manager)
    whole = sample.query("won_count", by="team", **YEAR).rows
    own = sample.query("won_count", by="team", access=access, **YEAR).rows
    assert own == [row for row in whole if row["team"] in {mine["team"] for mine in own}]
    assert 0 < len(own) < len(whole)
    leader = str(people[people.role == "leader"].person_id.iloc[0])
    everything = reader(sample, "teams", leader)
    assert sample.query("won_count", access=everything, **YEAR).rows == sample.query("won_count", **YEAR).rows


def test_without_money_no_amount_is_told(sample: Workspace) -> None:
    access = Access(money=False)
    for metric in sample._owner.catalogue:  # type: ignore[union-attr]
        rows = told(sample, access, metric.id, **YEAR)["rows"]
        assert rows
        for row in rows:
            if metric.unit.startswith("money"):
                assert row[metric.id] is None
                assert row[f"{metric.id}:why"] == "money_hidden"
            for name, unit in metric.columns.items():
                if unit.startswith("money"):
                    assert row.get(f"{metric.id}:{name}") is None
    opened = sample.explain(Question(metrics=("win_rate_amount",), **YEAR), access=access)
    assert not any("amount" in row for row in (*opened.rows, *opened.rows_out))


def test_who_is_nobody_among_the_people_sees_no_row(sample: Workspace) -> None:
    with sample._owner.store.reading() as session:  # type: ignore[union-attr]
        accesses = [access_of(session, rows, None) for rows in ("own", "teams")]
    for access in accesses:
        assert sample.query("won_count", access=access).rows[0]["won_count"] == 0
        assert sample.query("won_count", by="rep", access=access).rows == []
