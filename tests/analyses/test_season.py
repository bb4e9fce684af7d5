"""Growth without the season, against statsmodels over a company's months."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.seasonal import STL

from omzet.workspace import Workspace
from tests.analyses.companies import company

NAME = "revenue_growth_seasonally_adjusted"


def months(count: int) -> list[date]:
    return [date(2023 + at // 12, at % 12 + 1, 1) for at in range(count)]


def revenue(count: int) -> list[float]:
    return [round(10_000 + 100 * at + 3_000 * math.sin(math.pi * at / 6) + 700 * ((at * 7) % 5 - 2), 2) for at in range(count)]


def written(folder: Path, count: int) -> Workspace:
    lines = [f"{at},{day},{amount}" for at, (day, amount) in enumerate(zip(months(count), revenue(count), strict=True))]
    return company(folder, {"revenue": "revenue_id,recognised_on,amount\n" + "\n".join(lines)})


def working_days(day: date) -> int:
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return int(np.busday_count(day, after))


@pytest.fixture(scope="module")
def three_years(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return written(tmp_path_factory.mktemp("season"), 36)


def adjusted(count: int) -> np.ndarray[Any, Any]:
    daily = np.array([amount / working_days(day) for day, amount in zip(months(count), revenue(count), strict=True)])
    found: np.ndarray[Any, Any] = daily - STL(daily, period=12, seasonal_deg=0, robust=True).fit().seasonal
    return found


def test_each_month_is_compared_with_the_one_before_without_its_season(three_years: Workspace) -> None:
    rows = three_years.query([NAME], grain="month", start="2025-01-01", end="2026-01-01", as_of="2025-12-31").rows
    series = adjusted(36)
    assert [row[NAME] for row in rows] == pytest.approx(list(series[24:] / series[23:-1] - 1))
    assert rows[0][f"{NAME}:months"] == 36


def test_a_quarter_is_compared_with_the_three_months_before(three_years: Workspace) -> None:
    (row,) = three_years.query([NAME], start="2025-07-01", end="2025-10-01", as_of="2025-12-31").rows
    series = adjusted(36)
    assert row[NAME] == pytest.approx(series[30:33].sum() / series[27:30].sum() - 1)


def test_only_whole_months_count_and_later_ones_are_not_known(three_years: Workspace) -> None:
    (row,) = three_years.query([NAME], start="2025-07-01", end="2025-10-01", as_of="2025-09-15").rows
    series = adjusted(32)
    assert row[NAME] == pytest.approx(series[30:32].sum() / series[28:30].sum() - 1)
    (none,) = three_years.query([NAME], start="2025-09-01", end="2025-10-01", as_of="2025-09-15").rows
    assert (none[NAME], none[f"{NAME}:why"]) == (None, "no_whole_month")


def test_under_two_years_there_is_no_season(tmp_path: Path) -> None:
    short = written(tmp_path, 36)
    (row,) = short.query([NAME], start="2024-11-01", end="2024-12-01", as_of="2024-11-30").rows
    assert (row[NAME], row[f"{NAME}:why"], row[f"{NAME}:months"]) == (None, "too_few_months", 23)
    (row,) = short.query([NAME], start="2024-12-01", end="2025-01-01", as_of="2024-12-31").rows
    assert row[NAME] == pytest.approx(adjusted(24)[23] / adjusted(24)[22] - 1)
    assert short.query([NAME], as_of="2024-12-31").rows[0][f"{NAME}:why"] == "no_period"


def test_a_month_without_revenue_is_one_of_nothing(tmp_path: Path) -> None:
    lines = [f"{at},{day},1000" for at, day in enumerate(months(30)) if at != 12]
    gap = company(tmp_path, {"revenue": "revenue_id,recognised_on,amount\n" + "\n".join(lines)})
    (row,) = gap.query([NAME], start="2025-06-01", end="2025-07-01", as_of="2025-06-30").rows
    assert row[f"{NAME}:months"] == 30
