"""Reps compared: drawn to their peers, within limits of chance, for the deals they had; and the sample's planted truth."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import beta, spearmanr
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.analyses.companies import company
from tests.sources.sampled import TODAY
from tests.sources.sampled import company as sampled

RECORD = {"Ann": (3, 3), "Bob": (30, 60), "Cas": (2, 5), "Dan": (0, 3), "Eva": (0, 0), "Fay": (40, 50)}


def written(record: dict[str, tuple[int, int]], folder: Path) -> Workspace:
    people = "person_id,name,role\n" + "\n".join(f"{name},{name},rep" for name in record)
    deals = "deal_id,status,created_at,closed_at,owner_id,amount\n" + "\n".join(
        f"{name}{i},{'won' if i < won else 'lost'},2026-01-01,2026-02-{i % 28 + 1:02d},{name},100"
        for name, (won, closed) in record.items()
        for i in range(closed)
    )
    return company(folder, {"people": people, "deals": deals})


@pytest.fixture(scope="module")
def reps(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return written(RECORD, tmp_path_factory.mktemp("reps"))


def asked(workspace: Workspace, metric: str, **more: Any) -> dict[str, dict[str, Any]]:
    base: dict[str, Any] = {"start": date(2026, 1, 1), "end": date(2026, 4, 1), "as_of": date(2026, 10, 31), "by": ("rep",)}
    answer = workspace.query(Question(metrics=(metric,), **(base | more)))
    return {str(row["rep"]): row for row in answer.rows}


def test_a_given_prior_gives_the_posterior_of_each_rep(reps: Workspace) -> None:
    rows = asked(reps, "win_rate_shrunk", parameters={"prior_a": "4", "prior_b": "12"})
    for name, (won, closed) in RECORD.items():
        assert rows[name]["win_rate_shrunk"] == pytest.approx((4 + won) / (16 + closed))
    assert rows["Eva"]["win_rate_shrunk:n"] == 0
    low, high = beta.ppf([0.05, 0.95], 6, 15)
    assert [rows["Cas"]["win_rate_shrunk:low90"], rows["Cas"]["win_rate_shrunk:high90"]] == pytest.approx([low, high])
    assert rows["Cas"]["win_rate_shrunk:above_team"] == pytest.approx(beta.sf(0.25, 6, 15))


def test_a_rep_is_the_same_alone_as_among_the_others(reps: Workspace) -> None:
    rows = asked(reps, "win_rate_shrunk")
    for name in ("Bob", "Eva"):
        alone = asked(reps, "win_rate_shrunk", where=(f"rep = {name}",))[name] if name == "Bob" else None
        opened = reps.explain(
            Question(metrics=("win_rate_shrunk",), by=("rep",), start=date(2026, 1, 1), end=date(2026, 4, 1)), cell=rows[name]
        )
        assert opened.value == pytest.approx(rows[name]["win_rate_shrunk"])
        assert alone is None or alone["win_rate_shrunk"] == pytest.approx(opened.value)


def test_few_reps_are_told(tmp_path: Path) -> None:
    few = written({"Ann": (3, 3), "Bob": (30, 60)}, tmp_path)
    answer = few.query(Question(metrics=("win_rate_shrunk",), by=("rep",), as_of=date(2026, 10, 31)))
    assert answer.rows[0]["win_rate_shrunk"] == pytest.approx((10 * 33 / 63 + 3) / 13)
    assert answer.notes == ["Fewer than five reps closed deals: the rates are drawn to a weak common one."]


def test_the_funnel_plot_flags_against_the_pooled_rate(reps: Workspace) -> None:
    rows = asked(reps, "rep_funnel_plot")
    centre = 75 / 121
    for name in ("Bob", "Fay"):
        won, closed = RECORD[name]
        z = (won / closed - centre) / math.sqrt(centre * (1 - centre) / closed)
        assert rows[name]["rep_funnel_plot"] == pytest.approx(z)
        assert rows[name]["rep_funnel_plot:low95"] == pytest.approx(
            centre - 1.959963984540054 * math.sqrt(centre * (1 - centre) / closed)
        )
    assert rows["Fay"]["rep_funnel_plot:flag"] == "warning_high"
    assert rows["Bob"]["rep_funnel_plot:flag"] == "none"
    assert rows["Eva"]["rep_funnel_plot"] is None
    assert rows["Eva"]["rep_funnel_plot:why"] == "nothing_closed"
    running = asked(reps, "rep_funnel_plot", as_of=date(2026, 3, 1))
    assert running["Fay"]["rep_funnel_plot:flag"] == "none"


def test_the_signals_of_a_funnel_plot_are_adjusted_for_looking_at_all_reps(reps: Workspace) -> None:
    rows = asked(reps, "rep_funnel_plot")
    centre = 75 / 121
    tested = {name: row for name, row in rows.items() if row["rep_funnel_plot:n"]}
    p_values = [row["rep_funnel_plot:p"] for row in tested.values()]
    for name, row in tested.items():
        won, closed = RECORD[name]
        if closed >= 20:
            assert row["rep_funnel_plot:p"] == pytest.approx(proportions_ztest(won, closed, centre, prop_var=centre)[1])
    adjusted = multipletests(p_values, method="fdr_bh")[1]
    assert [row["rep_funnel_plot:q"] for row in tested.values()] == pytest.approx(list(adjusted))
    alone = asked(reps, "rep_funnel_plot", where=("rep = Fay",))["Fay"]
    assert alone["rep_funnel_plot:q"] == pytest.approx(rows["Fay"]["rep_funnel_plot:q"])
    assert "rep_funnel_plot:q" not in asked(reps, "rep_funnel_plot", as_of=date(2026, 3, 1))["Fay"]


def test_expected_wins_add_up_to_about_the_wins(sample: Workspace) -> None:
    question = Question(metrics=("case_mix_adjusted_win_rate",), by=("rep",), start=date(2024, 10, 1), end=date(2025, 10, 1))
    rows = [row for row in sample.query(question).rows if row["case_mix_adjusted_win_rate"] is not None]
    won = sum(row["case_mix_adjusted_win_rate:numerator"] for row in rows)
    assert sum(row["case_mix_adjusted_win_rate:expected"] for row in rows) == pytest.approx(won, rel=0.05)


def test_shrunk_and_adjusted_rates_rank_the_sample_s_reps_nearer_the_truth(sample: Workspace) -> None:
    names = sampled().table("people").set_index("person_id").name
    ability = {names[person]: value for person, value in sampled().truth.ability.items()}
    ranks = {}
    for metric in ("win_rate", "win_rate_shrunk", "case_mix_adjusted_win_rate"):
        rows = sample.query(Question(metrics=(metric,), by=("rep",), as_of=TODAY)).rows
        found = [(row[metric], ability[row["rep"]]) for row in rows if row[metric] is not None and row["rep"] in ability]
        ranks[metric] = spearmanr(*zip(*found, strict=True)).statistic
    assert ranks["win_rate_shrunk"] > ranks["win_rate"] + 0.05
    assert ranks["win_rate_shrunk"] > 0.8
    assert ranks["case_mix_adjusted_win_rate"] > 0.5
