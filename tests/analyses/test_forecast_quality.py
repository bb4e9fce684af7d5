"""Forecasts against what came in, by hand and against NumPy."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omzet.workspace import Workspace
from tests.analyses.companies import company

ACTUALS = (100, 200, 0, 400)
FORECASTS = ((120, 80, 115, 130), (150, 120, 160, 190), (50, 10, 40, 60), (400, 300, 390, 500))


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    deals = ["deal_id,owner_id,status,amount,created_at,closed_at"]
    made = ["made_on,from_on,to_on,kind,deal_id,amount,probability,p10,p50,p90"]
    for month, (actual, (amount, *quantiles)) in enumerate(zip(ACTUALS, FORECASTS, strict=True), start=1):
        first, last = date(2025, month, 1), date(2025, month, 28)
        if actual:
            deals.append(f"d{month},ann,won,{actual},2024-06-01,{date(2025, month, 20)}")
        made.append(f"{first},{first},{last},model,,{amount},,{','.join(map(str, quantiles))}")
        made.append(f"2024-12-01,{first},{last},model,,9999,,,,")  # an older forecast of the same month
        made.append(f"{date(2025, month, 5)},{first},{last},model,,{actual},,,,")  # made when it was under way
    made.append("2025-01-01,2025-12-01,2026-01-31,model,,5,,,,")  # not over
    deals += ["e1,ann,open,1,2025-01-01,", "e2,ann,lost,1,2024-06-01,2025-03-01", "e3,ann,won,1,2024-06-01,2025-06-02"]
    for deal, chance in (("d1", 0.8), ("e1", 0.3), ("e2", 0.4), ("e3", 0.5)):
        made.append(f"2025-01-01,2025-01-01,2025-03-31,model,{deal},,{chance},,,")
    return company(tmp_path_factory.mktemp("scored"), {"deals": "\n".join(deals), "forecasts": "\n".join(made)})


def value(workspace: Workspace, metric: str, **parameters: str) -> Any:
    when: dict[str, Any] = {"start": date(2025, 1, 1), "end": date(2025, 5, 1), "as_of": date(2025, 12, 31)}
    return workspace.query([metric], parameters=parameters, **when).rows[0][metric]


def test_scores_are_those_of_the_last_forecast_made_by_the_first_day(scored: Workspace) -> None:
    actual, given = np.array(ACTUALS, float), np.array(FORECASTS, float)
    error = given[:, 0] - actual
    assert value(scored, "forecast_wape") == pytest.approx(np.abs(error).sum() / actual.sum())
    assert value(scored, "forecast_bias") == pytest.approx(error.sum() / actual.sum())
    assert value(scored, "forecast_mae") == pytest.approx(np.abs(error).mean())
    assert value(scored, "forecast_mape") is None
    assert value(scored, "forecast_interval_coverage") == 0.5
    losses = [
        np.maximum(share * (actual - given[:, at]), (share - 1) * (actual - given[:, at])).mean()
        for share, at in ((0.1, 1), (0.5, 2), (0.9, 3))
    ]
    assert value(scored, "pinball_loss") == pytest.approx(np.mean(losses))
    assert value(scored, "pinball_loss", quantile="0.1") == pytest.approx(losses[0])
    assert value(scored, "forecast_crps") == pytest.approx(2 * np.mean(losses))


def test_the_last_forecast_at_all_can_be_scored_too(scored: Workspace) -> None:
    assert value(scored, "forecast_wape", origin="last") == 0


def test_a_deal_still_open_or_won_too_late_counts_as_not_won(scored: Workspace) -> None:
    brier = (0.2**2 + 0.3**2 + 0.4**2 + 0.5**2) / 4
    assert value(scored, "win_probability_brier") == pytest.approx(brier)


def test_people_are_scored_by_what_was_credited_to_them(tmp_path: Path) -> None:
    tables = {
        "people": "person_id,name\nann,Ann\nbob,Bob",
        "deals": "deal_id,owner_id,status,amount,created_at,closed_at\na,ann,won,100,2025-01-01,2025-01-10",
        "forecasts": "made_on,from_on,to_on,person_id,kind,amount\n2025-01-01,2025-01-01,2025-01-31,ann,commit,150\n"
        "2025-01-01,2025-01-01,2025-01-31,bob,commit,50",
    }
    rows = company(tmp_path, tables).query(["forecast_mae", "forecast_bias"], by=["rep"], as_of=date(2025, 3, 1)).rows
    assert {row["rep"]: (row["forecast_mae"], row["forecast_bias"]) for row in rows} == {"Ann": (50, 0.5), "Bob": (50, None)}
