"""A company that tests load small tables into, given as text, and ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import omzet
from omzet.history.report import LoadReport
from omzet.workspace.create import create

EMPTY: Mapping[str, str] = {}
SETTINGS = {"holidays": "none", "locale": "en"}


def csv(text: str) -> str:
    """CSV from lines that may be indented."""
    return "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"


class Company:
    """A workspace in `folder`; `load` takes each table as the text of its CSV file."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        self.folder = folder
        create(folder / "company", settings)
        self.workspace = omzet.open(folder / "company")
        self.workspace.own()
        self._made = 0

    def files(self, **tables: str) -> list[Path]:
        """The tables as files in a folder of their own."""
        self._made += 1
        folder = self.folder / f"files{self._made}"
        folder.mkdir()
        paths = []
        for name, text in tables.items():
            path = folder / f"{name.split('__')[0]}{name.partition('__')[2]}.csv"
            path.write_text(csv(text), encoding="utf-8")
            paths.append(path)
        return paths

    def load(
        self,
        day: str | None = None,
        given: Mapping[str, str] = EMPTY,
        *,
        connection: str = "files",
        complete: bool = False,
        dry_run: bool = False,
        **tables: str,
    ) -> LoadReport:
        """Load tables (`given` or by name), learned on `day` (default: now). `deals__2` is a second file of deals."""
        recorded = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
        report = self.workspace.load(
            self.files(**given, **tables), connection=connection, recorded_at=recorded, complete=complete, dry_run=dry_run
        )
        for file in report.files:
            assert file.read == file.added + file.changed + file.unchanged + file.set_aside, file
        return report

    def value(self, metric: str, **asked: Any) -> Any:
        """One number."""
        return self.workspace.query([metric], **asked).rows[0][metric]

    def by(self, metric: str, dimension: str, **asked: Any) -> dict[Any, Any]:
        """A number for each value of a dimension, empty ones left out."""
        rows = self.workspace.query([metric], by=[dimension], **asked).rows
        return {row[dimension]: row[metric] for row in rows if row[metric]}

    def stored(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the store itself."""
        owner = self.workspace._owner
        assert owner is not None
        with owner.store.reading() as session:
            return session.rows(sql)

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the store holds of the company, without what only tells one load from another."""
        found = {}
        for table in ("deals", "people", "deal_credits", "deal_lines", "accounts"):
            names = [
                n for (n,) in self.stored(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")
            ]
            kept = [f'"{n}"' for n in names if n not in ("load_no", "first_load", "deal_no", "known_from")]
            found[table] = self.stored(f"SELECT {', '.join(sorted(kept))} FROM {table} WHERE is_deleted IS NOT TRUE ORDER BY key")
        facts = "deal_key, status, closed_on, stage, amount, currency, owner_key, team_key, amount_reporting, first_contact_on"
        found["facts"] = self.stored(f"SELECT {facts} FROM deal_facts ORDER BY deal_key")
        found["aside"] = self.stored("SELECT path, line, reason FROM set_aside WHERE resolved_by IS NULL ORDER BY ALL")
        return found


def counts(report: LoadReport, table: str) -> tuple[int, int, int, int]:
    """Added, changed, unchanged and set aside of a table's files together."""
    files = [file for file in report.files if file.table == table]
    assert files, table
    return tuple(sum(getattr(file, name) for file in files) for name in ("added", "changed", "unchanged", "set_aside"))
