"""How fast metrics answer: ours beside pandas, lifelines and pm4py on the same company, in one run, taking turns.

    python benchmarks/loading.py --keep FOLDER && python benchmarks/peers.py FOLDER [--rounds 5]

The peers start from what they like best: typed frames in memory. Every pair must give equal answers. pm4py is left out,
and said to be, where it isn't installed.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from omzet.engines.duckdb.store import DuckStore
from omzet.history import upkeep
from omzet.metrics.catalogue import read_catalogue
from omzet.query.ask import ask
from omzet.query.question import Question
from omzet.settings import Settings

Answer = dict[Any, float]

KM = "sales_cycle_length_km_median"


class Frames:
    """The company as frames: deals with their days, and the stages each deal went through."""

    def __init__(self, folder: Path) -> None:
        with duckdb.connect(str(folder / "bare.duckdb"), read_only=True) as bare:
            bare.execute("SET TimeZone = 'Europe/Amsterdam'")
            self.deals: Any = bare.execute(
                "SELECT deal_id, account_id, owner_id, status, amount, CAST(created_at AS DATE) AS created, "
                "CAST(closed_at AS DATE) AS closed FROM deals"
            ).df()
            self.steps: Any = bare.execute(
                """SELECT deal_id, stage, moved_at FROM (
                       SELECT deal_id, old_value AS stage, changed_at - INTERVAL 1 DAY AS moved_at, seq FROM deal_changes
                       WHERE field = 'stage' QUALIFY row_number() OVER (PARTITION BY deal_id ORDER BY changed_at, seq) = 1
                       UNION ALL SELECT deal_id, value, changed_at, seq FROM deal_changes WHERE field = 'stage')
                   ORDER BY deal_id, moved_at, seq"""
            ).df()
        self.deals["days"] = (self.deals.closed - self.deals.created).dt.days
        self.today = pd.Timestamp.now().normalize()
        open_days = (self.today - self.deals.created).dt.days
        self.deals["age"] = self.deals.days.fillna(open_days)


def pandas_win_rate(frames: Frames) -> Answer:
    closed = frames.deals[frames.deals.status != "open"]
    return dict((closed.status == "won").groupby(closed.owner_id).mean())


def pandas_bookings(frames: Frames) -> Answer:
    won = frames.deals[frames.deals.status == "won"]
    return dict(won.groupby(won.closed.dt.strftime("%Y-%m")).amount.sum())


def pandas_deal_size(frames: Frames) -> Answer:
    won = frames.deals[frames.deals.status == "won"]
    return dict(won.groupby("owner_id").amount.mean())


def pandas_cycle(frames: Frames) -> Answer:
    won = frames.deals[frames.deals.status == "won"]
    return dict(won.groupby("owner_id").days.median())


def pandas_new_customers(frames: Frames) -> Answer:
    won = frames.deals[frames.deals.status == "won"]
    first = won.groupby("account_id").closed.min()
    return dict(first.groupby(first.dt.strftime("%Y-%m")).count())


def lifelines_median(frames: Frames) -> Answer:
    from lifelines import KaplanMeierFitter

    deals = frames.deals
    return {None: float(KaplanMeierFitter().fit(deals.age, deals.status != "open").median_survival_time_)}


def lifelines_medians(frames: Frames) -> Answer:
    from lifelines import KaplanMeierFitter

    return {
        rep: float(KaplanMeierFitter().fit(deals.age, deals.status != "open").median_survival_time_)
        for rep, deals in frames.deals.groupby("owner_id")
    }


def pm4py_moves(frames: Frames) -> Answer:
    pm4py = importlib.import_module("pm4py")
    log = frames.steps
    found = pm4py.discover_dfg(log, activity_key="stage", case_id_key="deal_id", timestamp_key="moved_at")[0]
    return {pair: float(n) for pair, n in found.items()}


PAIRS: tuple[tuple[str, str, Question, Callable[[Frames], Answer]], ...] = (
    ("pandas", "win_rate", Question(metrics=("win_rate",), by=("rep",)), pandas_win_rate),
    ("pandas", "bookings_amount", Question(metrics=("bookings_amount",), grain="month"), pandas_bookings),
    ("pandas", "average_deal_size", Question(metrics=("average_deal_size",), by=("rep",)), pandas_deal_size),
    ("pandas", "sales_cycle_length_median", Question(metrics=("sales_cycle_length_median",), by=("rep",)), pandas_cycle),
    ("pandas", "new_customers", Question(metrics=("new_customers",), grain="month"), pandas_new_customers),
    ("lifelines", KM, Question(metrics=(KM,)), lifelines_median),
    ("lifelines", KM, Question(metrics=(KM,), by=("rep",)), lifelines_medians),
    ("pm4py", "stage_moves_count", Question(metrics=("stage_moves_count",), by=("stage", "to_stage")), pm4py_moves),
)


def answer(rows: list[dict[str, Any]], metric: str) -> Answer:
    """Our rows as the peers give theirs. Moves to how a deal stands are no moves between stages."""
    found: Answer = {}
    for row in rows:
        value = row[metric]
        if value is None:
            continue
        if "to_stage" in row:
            if row["to_stage"] not in ("open", "won", "lost") and row["stage"]:
                found[row["stage"], row["to_stage"]] = float(value)
        else:
            found[row.get("rep_id") or row.get("rep") or row.get("period")] = float(value)
    return found


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = run()
    return (time.perf_counter() - started) * 1000, found


def equal(ours: Answer, theirs: Answer) -> bool:
    """As many groups, and the same values to a billionth, whatever the groups are called."""
    a, b = sorted(ours.values()), sorted(float(value) for value in theirs.values() if value)
    return len(a) == len(b) and all(abs(x - y) <= 1e-9 * max(1.0, abs(y)) for x, y in zip(a, b, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    store, settings, catalogue = DuckStore.open(given.folder / "history.duckdb"), Settings(), read_catalogue()
    upkeep.prepare(store, settings)
    frames = Frames(given.folder)
    print(f"{'peer':11}{'metric':28}{'ours ms':>9}{'peer ms':>9}{'times faster':>14}  equal")
    for peer, metric, question, run in PAIRS:
        try:
            importlib.import_module(peer)
        except ImportError:
            print(f"{peer:11}{metric:28}not compared: {peer} is not installed")
            continue
        pairs = []
        for _ in range(given.rounds):
            ours, found = timed(lambda: ask(store, settings, catalogue, question))  # noqa: B023
            theirs, other = timed(lambda: run(frames))  # noqa: B023
            pairs.append((ours, theirs))
        same = equal(answer(found.rows, metric), other)
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"{peer:11}{metric:28}{ours:9.0f}{theirs:9.0f}{ratio:14.1f}  {'yes' if same else 'NO'}", flush=True)
    store.close()


if __name__ == "__main__":
    main()
