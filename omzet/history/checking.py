"""What is wrong with the data: rows set aside, and figures that make conclusions less certain."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from omzet.engines import Session, Store
from omzet.history import aliases, aside
from omzet.history.report import CheckReport, FileReport, Load
from omzet.model import CHANGE_TABLES, TABLES, Kind
from omzet.settings import Settings

FIGURES = (
    (
        "closed_without_date",
        "Closed deals without a closing date: they are in no period",
        "status <> 'open' AND closed_on IS NULL",
    ),
    (
        "without_creation",
        "Deals without a creation date: they are in no cohort and count from their load on",
        "created_on IS NULL",
    ),
    ("ends_before_start", "Deals closed before they were created: left out of durations", "closed_on < created_on"),
    ("closed_without_amount", "Won deals without an amount: they add nothing", "status = 'won' AND amount IS NULL"),
    (
        "without_rate",
        "Closed deals in a currency without an exchange rate that day: left out of amounts",
        "status <> 'open' AND amount IS NOT NULL AND amount_reporting IS NULL",
    ),
    ("without_owner", "Deals without an owner", "owner_key IS NULL"),
    ("overdue", "Open deals whose expected close has passed", "status = 'open' AND expected_close_on < {today}"),
    ("open_without_expected_close", "Open deals without an expected close", "status = 'open' AND expected_close_on IS NULL"),
)


def check(store: Store, settings: Settings, limit: int = 1000) -> CheckReport:
    """The set-aside rows (at most `limit`), figures on data quality with their counts, and all loads, newest first."""
    with store.reading() as session:
        rows, total = aside.listed(session, limit)
        figures = _figures(session, settings.timezone)
        return CheckReport(set_aside=rows, set_aside_total=total, figures=figures, loads=loads(session))


def _figures(session: Session, zone: str) -> list[dict[str, Any]]:
    today = f"DATE '{datetime.now(ZoneInfo(zone)).date()}'"
    counts = ", ".join(f"count(*) FILTER (WHERE {condition.format(today=today)})" for _, _, condition in FIGURES)
    (row,) = session.rows(f"SELECT count(*), {counts} FROM deal_facts WHERE removed IS NULL")
    found = [
        {"figure": name, "text": text, "count": count, "of": row[0]}
        for (name, text, _), count in zip(FIGURES, row[1:], strict=True)
    ]
    found.append(
        {
            "figure": "dangling_references",
            "text": "References to a row that is not there",
            "count": _dangling(session),
            "of": None,
        }
    )
    ((disagreements,),) = session.rows("SELECT count(*) FROM changes WHERE origin = 'row'")
    found.append(
        {
            "figure": "row_against_log",
            "text": "Rows that disagreed with their last logged change: the row won",
            "count": disagreements,
            "of": None,
        }
    )
    ((splits,),) = session.rows(
        f"""SELECT count(*) FROM (
               SELECT deal_id FROM {aliases.source(session, "deal_credits")} c
               WHERE is_deleted IS NOT TRUE AND coalesce(kind, 'revenue') = 'revenue'
               GROUP BY 1 HAVING abs(sum(share) - 1) >= 0.0001)"""
    )
    found.append(
        {
            "figure": "incomplete_splits",
            "text": "Deals whose revenue split does not sum to the whole: credited to the owner",
            "count": splits,
            "of": None,
        }
    )
    return found


def _dangling(session: Session) -> int:
    keyed = {table.name for table in TABLES.values() if table.name not in CHANGE_TABLES}
    total = 0
    for name in keyed:
        for column in TABLES[name].columns:
            if column.kind is Kind.REFERENCE and column.refers_to in keyed:
                ((count,),) = session.rows(
                    f"""SELECT count(*) FROM {name} t WHERE t.{column.name} IS NOT NULL AND t.is_deleted IS NOT TRUE
                        AND NOT EXISTS (SELECT 1 FROM {column.refers_to} r WHERE r.key = t.{column.name})
                        AND NOT EXISTS (SELECT 1 FROM aliases a
                            WHERE a.table_name = '{column.refers_to}' AND a.key = t.{column.name})"""
                )
                total += count
    return total


def loads(session: Session) -> list[Load]:
    """All loads, newest first."""
    rows = session.rows("SELECT load_no, connection, recorded_at, loaded_at, report, undone FROM loads ORDER BY load_no DESC")
    return [
        Load(
            load_id=number,
            connection=connection,
            recorded_at=recorded.isoformat() + "Z",
            loaded_at=loaded.isoformat() + "Z",
            files=[FileReport.model_validate(f) for f in json.loads(report)["files"]] if report else [],
            undone=undone,
        )
        for number, connection, recorded, loaded, report, undone in rows
    ]
