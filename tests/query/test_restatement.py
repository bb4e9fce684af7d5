"""Two knowings of one number: their difference by cause adds up, and each cause names its rows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import omzet
from omzet.errors import CallError
from omzet.query.question import Question
from omzet.workspace import Workspace
from omzet.workspace.create import create

FIRST = """deal_id,status,amount,currency,created_at,closed_at
A,won,100,EUR,2026-01-01,2026-02-10
B,open,50,EUR,2026-01-05,
C,won,70,EUR,2026-01-01,2026-03-05
D,won,200,USD,2026-01-01,2026-02-01
E,open,30,EUR,2026-01-01,
F,won,10,EUR,2026-01-01,2026-02-15
"""
SECOND = """deal_id,status,amount,currency,created_at,closed_at,modified_at
A,won,120,EUR,2026-01-01,2026-02-10,2026-02-09
B,won,50,EUR,2026-01-05,2026-02-28,
C,lost,70,EUR,2026-01-01,2026-03-05,
D,won,200,USD,2026-01-01,2026-02-01,
E,won,30,EUR,2026-01-01,2026-03-18,
F,won,10,EUR,2026-01-01,2026-02-15,
G,won,5,EUR,2026-02-01,2026-02-20,
"""
MARCH_10 = date(2026, 3, 10)


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder: Path = tmp_path_factory.mktemp("restated")
    create(folder / "company", {})
    workspace = omzet.open(folder / "company")
    for text, rates, day in ((FIRST, "2026-01-15,USD,0.9", 10), (SECOND, "2026-01-15,USD,0.8", 20)):
        (folder / "deals.csv").write_text(text)
        (folder / "exchange_rates.csv").write_text(f"quoted_on,currency,rate\n{rates}\n")
        workspace.load([folder / "deals.csv", folder / "exchange_rates.csv"], recorded_at=datetime(2026, 3, day, tzinfo=UTC))
    return workspace


def test_the_difference_is_split_by_cause(corrected: Workspace) -> None:
    found = corrected.restatement(Question(metrics=("bookings_amount",)), MARCH_10)
    assert (found.before, found.after) == (360, 375)
    assert {cause.id: (cause.change, cause.count) for cause in found.causes} == {
        "late": (55, 2),
        "edit": (-50, 2),
        "rate": (-20, 1),
        "since": (30, 1),
    }
    assert [(row.label, row.before, row.after) for row in found.causes[1].rows] == [("C", 70, None), ("A", 100, 120)]


@pytest.mark.parametrize(
    "metric", ["won_count", "win_rate", "average_deal_size", "sales_cycle_length_median", "win_rate_amount", "median_deal_size"]
)
def test_the_causes_add_up_for_any_kind_of_metric(corrected: Workspace, metric: str) -> None:
    found = corrected.restatement(Question(metrics=(metric,)), MARCH_10)
    earlier, later = (corrected.query([metric], known=known).rows[0][metric] for known in (MARCH_10, None))
    assert found.before == pytest.approx(earlier)
    assert found.after == pytest.approx(later)
    assert sum(cause.change or 0 for cause in found.causes) == pytest.approx(later - earlier)


def test_what_can_not_be_split_says_so(corrected: Workspace) -> None:
    with pytest.raises(CallError, match="can't be split"):
        corrected.restatement(Question(metrics=("revenue_growth_yoy",)), MARCH_10)
    with pytest.raises(CallError, match="before the later"):
        corrected.restatement(Question(metrics=("won_count",), known=date(2026, 3, 1)), MARCH_10)


def test_nothing_differs_from_what_is_known_now(corrected: Workspace) -> None:
    assert corrected.restatement(Question(metrics=("won_count",)), date(2026, 3, 25)).causes == []


OWN = """- id: big_wins
  version: {version}
  owner: us
  changed_on: {day}
  group: revenue
  name: Big wins
  description: Deals won of at least an amount.
  formula: count
  counted: Deals won of at least an amount
  unit: count
  direction: up
  kind: additive
  relation: deals
  anchor: {{period: closed_on}}
  population: status = 'won' AND amount >= {least}
  value: count(*)
"""


def test_a_changed_definition_is_a_cause_of_its_own(tmp_path: Path) -> None:
    create(tmp_path / "company", {})
    workspace = omzet.open(tmp_path / "company")
    own = tmp_path / "company" / "metrics" / "own.yaml"
    own.parent.mkdir(exist_ok=True)
    for version, day, least in ((1, "2026-01-01", 100), (2, "2026-03-15", 50)):
        own.write_text(OWN.format(version=version, day=day, least=least))
        (tmp_path / "deals.csv").write_text(FIRST if version == 1 else SECOND)
        workspace.load([tmp_path / "deals.csv"], recorded_at=datetime(2026, 3, 10 * version, tzinfo=UTC))
        workspace.query(["big_wins"])
    found = workspace.restatement(Question(metrics=("big_wins",)), MARCH_10)
    assert (found.before, found.after) == (2, 3)
    assert {cause.id: (cause.change, [row.label for row in cause.rows]) for cause in found.causes} == {"definition": (1, ["B"])}
