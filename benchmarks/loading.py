"""How fast files become facts: our load beside DuckDB's bare read of the same files, in one run.

    python benchmarks/loading.py [--deals 1000000] [--changes 5] [--activities 0] [--keep FOLDER]

Each part runs in a process of its own, so that its CPU seconds and its peak memory are its own. With `--keep` the files
and the store stay in FOLDER for `queries.py`.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from omzet.engines.duckdb.store import DuckStore
from omzet.history import loading, upkeep
from omzet.settings import Settings
from omzet.sources.sample.large import write_large

CHANGED = 1000


def bare(folder: Path) -> None:
    """DuckDB alone: read the large files, types guessed, into tables of a database file."""
    path = folder / "bare.duckdb"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path), config={"memory_limit": "2100MB"})
    for name in ("deals", "deal_changes", "leads", "activities"):
        if not (folder / f"{name}.csv").exists():
            continue
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{folder / name}.csv')")
    connection.close()


def first_load(folder: Path) -> None:
    """Ours: read, check, merge, derive facts, commit."""
    (folder / "history.duckdb").unlink(missing_ok=True)
    _load(folder, sorted(folder.glob("*.csv")))


def refresh(folder: Path) -> None:
    """Ours: a newer file with some deals changed, into the store that is there."""
    _load(folder, [folder / "newer" / "deals.csv"])


def _load(folder: Path, paths: list[Path]) -> None:
    settings = Settings()
    store = DuckStore.open(folder / "history.duckdb")
    upkeep.prepare(store, settings)
    report = loading.load(store, settings, paths)
    print(f"    {report.seconds:.3f} s in the load itself")
    store.close()


def measured(what: Callable[[Path], None], folder: Path) -> dict[str, float]:
    """Run it in a process of its own: wall seconds, CPU seconds, peak memory in GB."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(what, folder, sender))
    process.start()
    sender.close()
    found: dict[str, float] = receiver.recv()
    process.join()
    return found


def _run(what: Callable[[Path], None], folder: Path, sender: Any) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    what(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sender.send({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak": peak})


def write_newer(folder: Path) -> None:
    """A file of the first open deals, each with another amount."""
    (folder / "newer").mkdir(exist_ok=True)
    with (
        (folder / "deals.csv").open(encoding="utf-8") as rows,
        (folder / "newer" / "deals.csv").open("w", encoding="utf-8") as out,
    ):
        reader = csv.DictReader(rows)
        writer = csv.DictWriter(out, reader.fieldnames or [])
        writer.writeheader()
        left = CHANGED
        for row in reader:
            if row["status"] == "open" and left:
                writer.writerow({**row, "amount": str(float(row["amount"]) + 10)})
                left -= 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=5)
    parser.add_argument("--activities", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="omzet-benchmark-") as temporary:
        folder = given.keep or Path(temporary)
        write_large(folder, given.deals, given.changes, given.activities)
        write_newer(folder)
        rows = given.deals * (1 + given.changes) + given.activities
        print(f"{rows:,} rows of deals, changes and activities")
        alone = measured(bare, folder)
        print(f"bare read    {alone['wall']:8.2f} s wall {alone['cpu']:8.2f} s cpu")
        ours = measured(first_load, folder)
        print(
            f"load         {ours['wall']:8.2f} s wall {ours['cpu']:8.2f} s cpu   peak {ours['peak']:.2f} GB"
            f"   {rows / ours['wall']:,.0f} rows/s"
            f"   {ours['wall'] / alone['wall']:.1f} x wall, {ours['cpu'] / alone['cpu']:.1f} x cpu"
        )
        again = measured(refresh, folder)
        print(f"{CHANGED:,} changed {again['wall']:8.2f} s wall {again['cpu']:8.2f} s cpu, opening the store included")


if __name__ == "__main__":
    main()
