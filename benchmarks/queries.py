"""How fast metrics answer: ours beside hand-written DuckDB SQL over bare tables, in one run, taking turns.

    python benchmarks/loading.py --keep FOLDER && python benchmarks/queries.py FOLDER [--rounds 7]

The bare tables are the two files as DuckDB reads them, in a file of their own: no checks, history, drill or intervals.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from omzet.engines.duckdb.store import DuckStore
from omzet.metrics.catalogue import read_catalogue
from omzet.query.ask import ask
from omzet.query.question import Question
from omzet.settings import Settings

WON, LOST = "status = 'won'", "status = 'lost'"
PARTS = {"month": "date_trunc('month', {day})", "rep": "owner_id"}

METRICS = {
    "bookings_amount": f"SELECT {{by}} AS k, sum(amount) FROM deals WHERE {WON} GROUP BY 1",
    "won_count": f"SELECT {{by}} AS k, count(*) FROM deals WHERE {WON} GROUP BY 1",
    "opportunities_created": "SELECT {by} AS k, count(*) FROM deals GROUP BY 1",
    "average_deal_size": f"SELECT {{by}} AS k, avg(amount) FROM deals WHERE {WON} GROUP BY 1",
    "median_deal_size": f"SELECT {{by}} AS k, quantile_cont(amount, 0.5) FROM deals WHERE {WON} GROUP BY 1",
    "win_rate": f"SELECT {{by}} AS k, count(*) FILTER ({WON}) / count(*) FROM deals WHERE {WON} OR {LOST} GROUP BY 1",
    "win_rate_amount": f"""SELECT {{by}} AS k, sum(amount) FILTER ({WON}) / sum(amount) FROM deals
        WHERE {WON} OR {LOST} GROUP BY 1""",
    "sales_cycle_length_mean": f"""SELECT {{by}} AS k, avg(date_diff('day', created_at, closed_at)) FROM deals
        WHERE {WON} GROUP BY 1""",
    "new_customers": f"""SELECT {{by}} AS k, count(*) FROM (
        SELECT arg_min(owner_id, closed_at) AS owner_id, min(closed_at) AS closed_at FROM deals
        WHERE {WON} GROUP BY account_id) GROUP BY 1""",
    "stage_reached_count": """SELECT {by} AS k, count(*) FROM (
        SELECT deal_id, value, min(changed_at) AS closed_at FROM deal_changes WHERE field = 'stage' GROUP BY 1, 2) c
        JOIN (SELECT deal_id, owner_id FROM deals) d USING (deal_id) GROUP BY 1""",
}
"""Each metric's best plain SQL. The last counts entries, without the fall-through rule: less work than ours."""


def timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    store, settings, catalogue = DuckStore.open(given.folder / "history.duckdb"), Settings(), read_catalogue()
    bare = duckdb.connect(str(given.folder / "bare.duckdb"), read_only=True)
    bare.execute("SET TimeZone = 'UTC'")
    print(f"{'metric':26}{'by':8}{'ours ms':>10}{'plain SQL ms':>14}{'ratio':>8}")
    ratios = []
    for metric, sql in METRICS.items():
        for part, key in PARTS.items():
            question = Question(metrics=(metric,), grain="month") if part == "month" else Question(metrics=(metric,), by=("rep",))
            day = "created_at" if metric == "opportunities_created" else "closed_at"
            text = sql.format(by=key.format(day=day))
            pairs = [
                (
                    timed(lambda: ask(store, settings, catalogue, question)),  # noqa: B023
                    timed(lambda: bare.execute(text).fetchall()),  # noqa: B023
                )
                for _ in range(given.rounds + 1)
            ][1:]
            ours, plain = (statistics.median(side) for side in zip(*pairs, strict=True))
            ratios.append(statistics.median(a / b for a, b in pairs))
            print(f"{metric:26}{part:8}{ours:10.0f}{plain:14.0f}{ratios[-1]:8.1f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.1f}")
    store.close()


if __name__ == "__main__":
    main()
