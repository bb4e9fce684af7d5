"""The outlook made anew for past quarters: by hand, without a look at what came later, and on the sample company."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omzet.analyses import origins, outlook_backtest
from omzet.analyses.origins import Point
from omzet.analyses.outlook_parts import Scored, best_shock
from omzet.metrics.catalogue import read_catalogue
from omzet.query.ask import resolve
from omzet.query.question import Question
from omzet.statistics.open_deals import Deals
from omzet.workspace import Workspace
from tests.analyses.companies import company
from tests.sources.sampled import TODAY

SKILL = "outlook_backtest_skill"


def begins(quarter: int) -> date:
    return date(2022 + quarter // 4, 1 + quarter % 4 * 3, 1)


def told(workspace: Workspace, **asked: Any) -> dict[str, Any]:
    (row,) = workspace.query([SKILL], **asked).rows
    return {name.removeprefix(f"{SKILL}:"): value for name, value in row.items()}


@pytest.fixture
def steady(tmp_path: Path) -> Workspace:
    # One deal a quarter, created on its first day, won after 80 days, at 100 more than the one before.
    rows = ["deal_id,status,amount,probability,created_at,closed_at,expected_close_on"]
    for q in range(13):
        begin = begins(q)
        rows.append(f"d{q},won,{100 * (q + 1)},0.5,{begin},{begin + timedelta(days=80)},{begin + timedelta(days=80)}")
    commit = f"made_on,from_on,to_on,kind,amount\n{begins(12)},{begins(12)},{begins(13) - timedelta(days=1)},commit,1000"
    return company(tmp_path, {"deals": "\n".join(rows), "forecasts": commit})


def test_what_always_went_the_same_way_is_foreseen(steady: Workspace) -> None:
    found = told(steady, as_of=date(2025, 5, 1))
    # The first two quarters teach; each of the eleven others is forecast three times.
    assert (found["n"], found["quarters"]) == (33, 11)
    assert (found[SKILL], found["wape"], found["bias"], found["crps"]) == pytest.approx((1, 0, 0, 0))
    assert (found["coverage"], found["loss_p10"], found["loss_p90"]) == (1, 0, 0)
    assert found["coverage_low"] == pytest.approx(33 / (33 + 1.959963984540054**2))
    # A year before it was 400 less, from the fifth quarter on; half of it was typed in; one quarter had a commit.
    assert found["crps_seasonal"] == pytest.approx(400)
    assert found["crps_typed"] == pytest.approx(sum(50 * (q + 1) for q in range(2, 13)) / 11)
    assert found["crps_commit"] == pytest.approx(300)


def test_the_range_the_grain_and_the_week_choose_the_forecasts(steady: Workspace) -> None:
    year: dict[str, Any] = {"start": date(2024, 1, 1), "end": date(2025, 1, 1)}
    assert told(steady, as_of=date(2025, 5, 1), **year)["n"] == 12
    assert told(steady, as_of=date(2025, 5, 1), **year, parameters={"week": "5"})["n"] == 4
    assert told(steady, as_of=date(2024, 8, 1), **year)["n"] == 6
    rows = steady.query([SKILL], as_of=date(2025, 5, 1), grain="fiscal-quarter", **year).rows
    assert [(row["period"], row[f"{SKILL}:n"]) for row in rows] == [(f"FY2024-Q{q}", 3) for q in (1, 2, 3, 4)]
    none = steady.query([SKILL], as_of=date(2022, 8, 1)).rows[0]
    assert (none[SKILL], none[f"{SKILL}:why"]) == (None, "no_forecasts")
    unheld = steady.query([SKILL], as_of=date(2025, 5, 1), **year, parameters={"baseline": "commit"}).rows[0]
    assert (unheld[SKILL], unheld[f"{SKILL}:why"]) == (None, "no_base")


def history(seed: int, until: date | None) -> dict[str, str]:
    """Deals of three and a half years that move, change and are reopened; events after `until` didn't happen."""
    dice = random.Random(seed)
    last = date(2025, 7, 1)
    rows, log = (
        ["deal_id,pipeline,stage,status,amount,owner_id,created_at,closed_at"],
        ["deal_id,field,old_value,value,changed_at"],
    )
    for at in range(260):
        created = begins(0) + timedelta(days=dice.randrange((last - begins(0)).days) if at else 0)
        day, state = created, {"stage": "Lead", "status": "open", "amount": str(dice.randrange(10, 500) * 10), "owner_id": "ann"}
        now, closed, lines = dict(state), None, []
        for _ in range(dice.randrange(1, 8)):
            day += timedelta(days=dice.randrange(1, 60))
            field, value = dice.choice(
                [
                    *(("stage", stage) for stage in ("Lead", "Offer", "Won", "Lost")),
                    *(("owner_id", "bob"), ("amount", str(dice.randrange(10, 500) * 10))),
                ]
            )
            if now[field] == value or day >= last or (until and day > until):
                continue
            if {value, now["stage"]} == {"Won", "Lost"}:
                continue  # told as one close, on the last of both days
            lines.append(f"d{at},{field},{now[field]},{value},{day}")
            now[field] = value
            if field == "stage":
                closed = day if value in ("Won", "Lost") else None
                now["status"] = value.lower() if closed else "open"
        if until and created > until:
            continue
        log += lines
        rows.append(f"d{at},Sales,{now['stage']},{now['status']},{now['amount']},{now['owner_id']},{created},{closed or ''}")
    stages = "pipeline,stage,position,kind,probability\nSales,Lead,1,open,0.2\nSales,Offer,2,open,0.6\nSales,Won,3,won,"
    stages += "\nSales,Lost,4,lost,"
    return {
        "stages": stages,
        "deals": "\n".join(rows),
        "deal_changes": "\n".join(log),
        "people": "person_id,name\nann,Ann\nbob,Bob",
    }


def forecasts(workspace: Workspace, as_of: date, **asked: Any) -> dict[Any, Any]:
    catalogue = read_catalogue()
    owner = workspace._owner
    assert owner is not None
    with owner.store.reading() as session:
        question = Question(metrics=(SKILL,), as_of=as_of, **asked)
        scope = resolve(session, owner.settings, question, [catalogue.find(SKILL)], "en")
        made = outlook_backtest._forecasts(scope, catalogue, (1, 5, 9))
    return {
        (place, each.point.day): (round(each.mean, 4), [round(q, 4) for q in each.quantiles.values()], each.baselines["seasonal"])
        for place, each in made
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("by", [(), ("rep",)])
def test_what_happened_after_a_forecast_changes_none(tmp_path: Path, seed: int, by: tuple[str, ...]) -> None:
    until = begins(11) - timedelta(days=1)
    then, later = company(tmp_path / "then", history(seed, until)), company(tmp_path / "later", history(seed, None))
    made = forecasts(then, until, by=by)
    assert len({day for _, day in made}) == 27  # three in each of nine quarters: the first two only teach
    assert forecasts(later, until, by=by) == made
    afterwards = forecasts(later, date(2025, 7, 20), by=by)
    assert {key: afterwards[key] for key in made if key in afterwards} == {key: made[key] for key in made if key in afterwards}
    assert len(afterwards.keys() & made.keys()) >= 24


@pytest.mark.parametrize("by", [(), ("rep",)])
def test_a_large_store_in_which_deals_alike_are_told_together_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: tuple[str, ...]
) -> None:
    workspace = company(tmp_path, history(6, None))
    asked: dict[str, Any] = {"by": by, "start": begins(10), "end": begins(13)}
    made = forecasts(workspace, date(2025, 7, 20), **asked)
    monkeypatch.setattr(origins, "ONE_BY_ONE_UP_TO", -1)
    together = forecasts(workspace, date(2025, 7, 20), **asked)
    assert together.keys() == made.keys()
    assert {key: (mean, seasonal) for key, (mean, _, seasonal) in together.items()} == {
        key: (pytest.approx(mean), pytest.approx(seasonal)) for key, (mean, _, seasonal) in made.items()
    }
    width = max(quantiles[-1] - quantiles[0] for _, quantiles, _ in made.values())
    for key, (_, quantiles, _) in made.items():
        assert together[key][1] == pytest.approx(quantiles, abs=0.1 * width)


@pytest.mark.parametrize("few", [20_000, -1])
def test_the_open_deals_of_a_past_day_are_those_of_the_pipeline_then(
    sample: Workspace, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(origins, "ONE_BY_ONE_UP_TO", few)
    owner = sample._owner
    assert owner is not None
    days = [date(TODAY.year - 1, month, 15) for month in (2, 5, 8)]
    with owner.store.reading() as session:
        question = Question(metrics=("open_pipeline_amount",), by=("team",))
        scope = resolve(session, owner.settings, question, [read_catalogue().find("open_pipeline_amount")], "en")
        points = [Point(day, date(day.year, day.month, 1), date(day.year, day.month + 1, 1)) for day in days]
        told = origins.Origins(scope, points)
        whole, places = told.whole(), told.stands()
    for day, groups, stands in zip(days, whole, places, strict=True):
        rows = sample.query(["open_pipeline_amount"], as_of=day, by=["team"]).rows
        by_team = [row["open_pipeline_amount"] for row in rows if row["open_pipeline_amount"]]
        found = [stand.groups.total.sum() for stand in stands.values() if stand.groups.total.sum()]
        assert sorted(found) == pytest.approx(sorted(by_team))
        assert groups.total.sum() == pytest.approx(sum(by_team))


@pytest.mark.parametrize("seed", [4, 5])
def test_a_shock_is_found_where_there_was_one(seed: int) -> None:
    assert best_shock(scored(seed, 0.0)) <= 0.2
    assert 0.3 <= best_shock(scored(seed, 0.5)) <= 0.75
    assert best_shock(scored(seed, 0.5)[:21]) == 0  # seven quarters


def scored(seed: int, shock: float) -> list[Scored]:
    """Three points in each of twelve quarters, with a hundred deals that moved together that far."""
    dice = np.random.default_rng(seed)
    found = []
    for q in range(12):
        for _ in range(3):
            amounts, chances = dice.lognormal(8, 0.5, 300), dice.uniform(0.1, 0.6, 300)
            move = dice.normal(0, shock)
            won = dice.random(300) < 1 / (1 + np.exp(-(np.log(chances / (1 - chances)) + move)))
            point = Point(begins(q), begins(q), begins(q + 1))
            found.append(Scored(point, Deals.single(list(amounts), list(chances)), float((amounts * won).sum())))
    return found


def test_the_sample_company_is_foreseen_better_than_by_last_year(sample: Workspace) -> None:
    found = told(sample, as_of=TODAY)
    assert (found["n"], found["quarters"]) == (36, 12)
    assert 0 < found[SKILL] < 1
    assert found[SKILL] == pytest.approx(1 - found["crps"] / found["crps_seasonal"], abs=0.2)  # a year before is not always there
    assert abs(found["bias"]) <= found["wape"] < 0.3
    assert found["coverage_low"] < found["coverage"] < found["coverage_high"]
    teams = sample.query([SKILL], as_of=TODAY, by=["team"]).rows
    assert [row[f"{SKILL}:n"] for row in teams] == [36] * 4
    opened = sample.explain(Question(metrics=(SKILL,), as_of=TODAY, start=date(2025, 1, 1), end=date(2025, 4, 1)))
    assert opened.counted > 20
