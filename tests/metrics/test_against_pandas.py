"""The catalogue's figures on the sample company against figures made with pandas from the same files, in another way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import omzet
from omzet.errors import OmzetError
from omzet.query.question import Question
from omzet.sources.sample import write_sample
from omzet.workspace import Workspace
from omzet.workspace.create import create
from tests.sources.sampled import STAGES, TODAY, days, read_tables

NOW = pd.Timestamp(TODAY)
PAST = pd.Timestamp("2024-08-15")
YEAR: dict[str, Any] = {"start": "2024-01-01", "end": "2025-01-01"}
POSITIONS = {stage: place for place, stage in enumerate(STAGES, 1)}


class Rebuilt:
    """The sample's tables, and the state of every deal on any day as pandas rebuilds it from the log."""

    def __init__(self, folder: Path) -> None:
        self.tables = read_tables(folder)
        deals = self.tables["deals"]
        self.deals = deals[deals.is_deleted != "true"].set_index("deal_id")
        self.deals = self.deals.assign(
            created_on=days(self.deals.created_at),
            closed_on=days(self.deals.closed_at),
            contact_on=days(self.deals.first_contact_at),
        )
        log = self.tables["deal_changes"].copy()
        log["moment"] = pd.to_datetime(log.changed_at, utc=True)
        log["on"] = days(log.changed_at)
        log["seq"] = log.seq.fillna("0").astype(int)
        self.log = log[log.deal_id.isin(self.deals.index)].sort_values(["moment", "seq"], kind="stable")
        people = self.tables["people"].set_index("person_id")
        self.names, self.teams = people.name, self.tables["teams"].set_index("team_id").name
        self.team_of, self.moves = people.team_id, self.tables["person_changes"]
        self.moves = self.moves[self.moves.field == "team_id"]
        rates = self.tables["exchange_rates"]
        rates = rates[(rates.kind.fillna("actual") == "actual") & (rates.currency == "CHF")]
        self.rates = pd.Series(rates.rate.astype(float).to_numpy(), index=pd.to_datetime(rates.quoted_on)).sort_index()

    def field(self, name: str, on: pd.Series[Any]) -> pd.Series[Any]:
        """A field of each deal in `on` on its day there."""
        log = self.log[(self.log.field == name) & self.log.deal_id.isin(on.index)]
        known = log[log.on <= log.deal_id.map(on)].groupby("deal_id").value.last()
        logged = log.drop_duplicates("deal_id").set_index("deal_id").old_value
        found = self.deals[name].reindex(on.index)
        found[logged.index] = logged
        ahead = log[log.on <= log.deal_id.map(on)].groupby("deal_id").tail(1).set_index("deal_id").value
        found[known.index] = ahead.reindex(known.index)
        return found

    def euros(self, amount: pd.Series[Any], on: pd.Series[Any]) -> pd.Series[Any]:
        rate = pd.Series(self.rates.asof(pd.DatetimeIndex(on)).to_numpy(), index=on.index)
        return amount.astype(float) * rate.where(self.deals.currency.reindex(on.index) == "CHF", 1.0)

    def team(self, owner: pd.Series[Any], on: pd.Series[Any]) -> pd.Series[Any]:
        team = owner.map(self.team_of)
        for move in self.moves.itertuples():
            day = pd.Timestamp(str(move.changed_at)[:10])
            team = team.mask((owner == move.person_id) & (on >= day), move.value).mask(
                (owner == move.person_id) & (on < day), move.old_value
            )
        return team.map(self.teams)

    def closed(self, day: pd.Timestamp) -> pd.DataFrame:
        """Deals created by that day: status and close day then, and for closed ones owner, team and amount at the close."""
        there = self.deals[self.deals.created_on <= day].copy()
        by_then = pd.Series(day, index=there.index)
        log = self.log[(self.log.field == "status") & (self.log.on <= day) & self.log.deal_id.isin(there.index)]
        last = log.groupby("deal_id").tail(1).set_index("deal_id")
        settled = there.closed_on.notna() & (there.closed_on <= day)
        there["then"] = there.status.where(settled, last.value.reindex(there.index).fillna("open"))
        there["close"] = there.closed_on.where(settled, last.on.reindex(there.index)).where(there.then != "open")
        at = there.close.fillna(by_then)
        there["owner"] = self.field("owner_id", at)
        there["worth"] = self.field("amount", at)
        there["euro"] = self.euros(there.worth, at).fillna(0)
        there["rep"], there["team"] = there.owner.map(self.names), self.team(there.owner, at)
        there["month"] = there.close.dt.strftime("%Y-%m")
        return there

    def furthest(self, day: pd.Timestamp) -> pd.Series[Any]:
        """The furthest position each deal had reached by that day."""
        there = self.closed(day)
        there = there[there.then != "disqualified"]
        log = self.log[(self.log.field == "stage") & self.log.deal_id.isin(there.index)]
        first = log.drop_duplicates("deal_id").set_index("deal_id").old_value.map(POSITIONS)
        reached = log[log.on <= day].assign(place=log.value.map(POSITIONS)).groupby("deal_id").place.max()
        begun = there.stage.map(POSITIONS).where(~there.index.isin(first.index), first.reindex(there.index))
        furthest = pd.concat([begun, reached.reindex(there.index)], axis=1).max(axis=1)
        return furthest.mask(there.then == "won", len(STAGES))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Rebuilt]]:
    folder = tmp_path_factory.mktemp("pandas")
    write_sample(folder / "files", today=TODAY)
    create(folder / "company", {"locale": "en", "holidays": "NL"})
    workspace = omzet.open(folder / "company")
    workspace.own()
    workspace.load([folder / "files"])
    yield workspace, Rebuilt(folder / "files")
    workspace.close()


def asked(workspace: Workspace, metric: str, by: str | None = None, **how: Any) -> dict[Any, Any]:
    how.setdefault("as_of", str(TODAY))
    rows = workspace.query(
        [metric], by=[by] if by and by != "month" else [], grain="month" if by == "month" else None, **how
    ).rows
    return {row["period" if by == "month" else by or metric] if by else "all": row[metric] for row in rows if row[metric]}


def same(found: dict[Any, Any], expected: pd.Series[Any]) -> None:
    wanted = {key: float(value) for key, value in expected.items() if value and value == value}
    assert {key: float(value) for key, value in found.items()} == pytest.approx(wanted, rel=1e-6)


def figures(deals: pd.DataFrame, group: Any) -> dict[str, pd.Series[Any]]:
    """The figures of closed deals, for each group."""
    won, lost = deals[deals.then == "won"], deals[deals.then == "lost"]

    def by(frame: pd.DataFrame) -> Any:
        return frame.groupby(group if isinstance(group, str) else (lambda _: "all"))

    counted = by(won).size()
    cycle = (won.close - won.contact_on.fillna(won.created_on)).dt.days
    fair = won.assign(cycle=cycle)[cycle >= 0]
    return {
        "won_count": counted,
        "lost_count": by(lost).size(),
        "bookings_amount": by(won).euro.sum(),
        "win_rate": counted / by(pd.concat([won, lost])).size(),
        "average_deal_size": by(won[won.worth.notna()]).euro.mean(),
        "sales_cycle_length_mean": by(fair).cycle.mean(),
    }


METRICS = ("won_count", "lost_count", "bookings_amount", "win_rate", "average_deal_size", "sales_cycle_length_mean")


@pytest.mark.parametrize("by", [None, "month", "team", "rep"])
@pytest.mark.parametrize("metric", METRICS)
def test_figures_of_closed_deals(sample: tuple[Workspace, Rebuilt], metric: str, by: str | None) -> None:
    workspace, rebuilt = sample
    deals = rebuilt.closed(NOW)
    deals = deals[(deals.close >= YEAR["start"]) & (deals.close < YEAR["end"])]
    same(asked(workspace, metric, by, **YEAR), figures(deals, by)[metric])


@pytest.mark.parametrize("metric", METRICS)
def test_a_past_day_is_as_the_log_says_it_was(sample: tuple[Workspace, Rebuilt], metric: str) -> None:
    workspace, rebuilt = sample
    deals = rebuilt.closed(PAST)
    for by in (None, "team"):
        same(asked(workspace, metric, by, as_of=PAST.date()), figures(deals, by)[metric])


@pytest.mark.parametrize("day", [PAST, NOW])
def test_the_pipeline_of_a_day_is_what_stood_open_in_a_qualified_stage(
    sample: tuple[Workspace, Rebuilt], day: pd.Timestamp
) -> None:
    workspace, rebuilt = sample
    standing = rebuilt.closed(day)
    stage = rebuilt.field("stage", pd.Series(day, index=standing.index))
    standing = standing[(standing.then == "open") & (stage != "New")]
    assert asked(workspace, "open_pipeline_count", as_of=day.date()) == {"all": len(standing)}
    same(asked(workspace, "open_pipeline_amount", as_of=day.date()), pd.Series({"all": standing.euro.sum()}))
    same(asked(workspace, "open_pipeline_amount", "rep", as_of=day.date()), standing.groupby("rep").euro.sum())


@pytest.mark.parametrize("day", [PAST, NOW])
def test_the_conversion_of_every_stage(sample: tuple[Workspace, Rebuilt], day: pd.Timestamp) -> None:
    workspace, rebuilt = sample
    furthest = rebuilt.furthest(day)
    counts = pd.Series({stage: (furthest >= place).sum() for stage, place in POSITIONS.items()})
    same(asked(workspace, "stage_reached_count", "stage", as_of=day.date()), counts)
    rates = pd.Series({stage: counts[after] / counts[stage] for stage, after in pairwise(STAGES)})
    same(asked(workspace, "stage_conversion_rate", "stage", as_of=day.date()), rates)


def test_leads_and_calls_by_month(sample: tuple[Workspace, Rebuilt]) -> None:
    workspace, rebuilt = sample
    leads = rebuilt.tables["leads"]
    leads = leads[(leads.is_deleted != "true") & leads.merged_into.isna() & leads.created_at.str.startswith("2024")]
    same(asked(workspace, "leads_created", "month", **YEAR), leads.groupby(leads.created_at.str[:7]).size())
    calls = rebuilt.tables["activities"]
    calls = calls[
        (calls.kind == "call") & (calls.status == "done") & (calls.direction != "inbound") & (calls.automated != "true")
    ]
    calls = calls[calls.happened_at.str.startswith("2024")]
    same(asked(workspace, "calls_made", "month", **YEAR), calls.groupby(calls.happened_at.str[:7]).size())


SUMMED = [
    (metric, by)
    for metric in ("won_count", "lost_count", "bookings_amount", "leads_created", "calls_made")
    for by in ("rep", "team", "source", "month")
    if (metric, by) != ("calls_made", "source")  # an activity that belongs to no deal has no source
]


@pytest.mark.parametrize(("metric", "by"), SUMMED)
def test_groups_sum_to_the_total(sample: tuple[Workspace, Rebuilt], metric: str, by: str) -> None:
    workspace, _ = sample
    total = asked(workspace, metric, **YEAR)["all"]
    assert sum(asked(workspace, metric, by, **YEAR).values()) == pytest.approx(total, rel=1e-9)


def test_today_is_a_day_like_any_other(sample: tuple[Workspace, Rebuilt]) -> None:
    workspace, _ = sample
    for metric in (*METRICS, "open_pipeline_amount"):
        explicit = workspace.query([metric], by=["rep"], as_of="2026-06-30").rows
        assert workspace.query([metric], by=["rep"], as_of="2026-07-30").rows == explicit or metric == "open_pipeline_amount"


def test_order_and_limit_pick_the_largest(sample: tuple[Workspace, Rebuilt]) -> None:
    workspace, _ = sample
    every = asked(workspace, "bookings_amount", "rep", **YEAR)
    rows = workspace.query(["bookings_amount"], by=["rep"], order=["-bookings_amount"], limit=3, **YEAR).rows
    best = sorted(every.items(), key=lambda item: -item[1])[:3]
    assert [(row["rep"], row["bookings_amount"]) for row in rows] == best


def test_the_year_before_is_what_the_year_before_says(sample: tuple[Workspace, Rebuilt]) -> None:
    workspace, _ = sample
    before = asked(workspace, "bookings_amount", start="2023-01-01", end="2024-01-01")["all"]
    for compare in ("previous", "last-year"):
        (row,) = workspace.query(["bookings_amount"], compare=compare, as_of=str(TODAY), **YEAR).rows
        assert row["bookings_amount:previous"] == pytest.approx(before)


HOSTILE = ("'; DROP TABLE deals; --", 'a"b', "a\\", "%", "_", "€ 'x' \"y\"", "x, y", "(", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_condition_is_only_text(sample: tuple[Workspace, Rebuilt], text: str) -> None:
    workspace, _ = sample
    everything = workspace.query(["won_count"]).rows[0]["won_count"]
    said: list[str] = []
    for where in (f"source = {text}", f"rep = {text}", f"source in ({text})", f"team contains {text or 'zzz'}"):
        try:
            found = workspace.query(["won_count"], where=[where]).rows[0]["won_count"]
        except OmzetError as error:
            said.append(str(error))
            continue
        assert not found, where
    assert all(said)
    assert workspace.query(["won_count"]).rows[0]["won_count"] == everything


def test_conditions_take_quotes_lists_and_their_opposites(sample: tuple[Workspace, Rebuilt]) -> None:
    workspace, _ = sample
    groups = asked(workspace, "won_count", "source", **YEAR)
    one, two, *_ = sorted(groups)
    total = sum(groups.values())
    for where, expected in (
        (f"source = {one}", groups[one]),
        (f'source = "{one}"', groups[one]),
        (f"source in ({one}, '{two}')", groups[one] + groups[two]),
        (f'source not in ("{one}")', total - groups[one]),
        (f"source != {one}", total - groups[one]),
        ("source is not empty", total),
    ):
        assert asked(workspace, "won_count", where=[where], **YEAR)["all"] == expected, where
    assert asked(workspace, "won_count", where=[f"source = {one}", f"source = {two}"], **YEAR) == {}


OWN = """- id: large_deals
  version: 1
  owner: Us
  changed_on: 2026-01-01
  group: volume
  name: Large deals
  description: Won deals above a bound.
  formula: count
  counted: Deals won
  unit: count
  direction: up
  kind: additive
  relation: deals
  anchor: {period: closed_on}
  population: POPULATION
  value: count(*)
"""


@pytest.mark.parametrize(
    "population",
    ["status = 'won' AND colour = 'red'", "load_file('x') = 1", "status = 'won' AND", "status = 'won'; DROP TABLE deals"],
)
def test_a_wrong_metric_of_ones_own_is_named_with_file_and_line(sample: tuple[Workspace, Rebuilt], population: str) -> None:
    workspace, _ = sample
    path = workspace.path / "metrics" / "own.yaml"
    path.write_text(OWN.replace("POPULATION", '"' + population + '"'))
    try:
        with pytest.raises(OmzetError, match=r"own\.yaml.*line \d+"):
            workspace.query(["large_deals"])
    finally:
        path.unlink()


def test_a_metric_of_ones_own_counts_like_any_other(sample: tuple[Workspace, Rebuilt]) -> None:
    workspace, rebuilt = sample
    path = workspace.path / "metrics" / "own.yaml"
    path.write_text(OWN.replace("POPULATION", "\"status = 'won' AND amount > 50000\""))
    try:
        deals = rebuilt.closed(NOW)
        large = deals[(deals.then == "won") & (deals.worth.astype(float) > 50000)]
        assert asked(workspace, "large_deals") == {"all": len(large)}
    finally:
        path.unlink()


@pytest.mark.parametrize(
    "metric", ["won_count", "bookings_amount", "win_rate", "leads_created", "calls_made", "open_pipeline_amount"]
)
def test_an_opened_number_finds_what_it_counts_and_what_it_leaves_out(sample: tuple[Workspace, Rebuilt], metric: str) -> None:
    workspace, _ = sample
    period = {} if metric == "open_pipeline_amount" else YEAR
    question = Question(metrics=(metric,), start=_day(period.get("start")), end=_day(period.get("end")), as_of=TODAY)
    opened = workspace.explain(question, limit=20)
    assert opened.found == opened.counted + opened.left_out
    assert opened.value == pytest.approx(workspace.query(question).rows[0][metric])
    assert len(opened.rows) == min(20, opened.counted)


def test_the_rows_of_an_opened_sum_add_up_to_it(sample: tuple[Workspace, Rebuilt]) -> None:
    workspace, _ = sample
    question = Question(
        metrics=("bookings_amount",), start=_day("2024-01-01"), end=_day("2024-04-01"), as_of=TODAY, where=("currency = EUR",)
    )
    opened = workspace.explain(question, limit=5000)
    assert len(opened.rows) == opened.counted
    assert sum(float(row["amount"] or 0) for row in opened.rows) == pytest.approx(float(opened.value or 0))


def _day(text: str | None) -> Any:
    return pd.Timestamp(text).date() if text else None
