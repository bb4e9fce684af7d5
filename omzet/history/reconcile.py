"""Where a row and its last logged change disagree, the row wins: the difference is kept as a change and counted."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import facts
from omzet.history.merge import Loading, log
from omzet.settings import Settings

FIELDS = {
    "stage": "stage",
    "status": "status",
    "amount": "amount",
    "currency": "currency",
    "owner_id": "owner_key",
    "team_id": "team_key",
    "expected_close_on": "expected_close_on",
    "probability": "probability",
    "forecast_category": "forecast_category",
}


def rows_against_log(session: Session, settings: Settings, loading: Loading, touched: str | None) -> int:
    """Add a change for each field whose last logged value is not the row's, then derive those deals again.

    The change is dated by the row's `modified_at`, else by the load. Returns how many changes were added.
    """
    logged = [f for (f,) in session.rows("SELECT DISTINCT field FROM changes WHERE table_name = 'deals'") if f in FIELDS]
    which = f"AND d.key IN (SELECT key FROM {touched})" if touched else ""
    found = []
    for field in logged:
        row_value = session.sql.as_text(f"d.{field}")
        found.append(
            f"""SELECT 'deals' AS table_name, d.key, '{field}' AS field, {row_value} AS value, c.value AS old_value,
                coalesce(greatest(d.modified_at, c.changed_at), {loading.recorded_sql}) AS changed_at, {loading.recorded_sql} AS recorded_at,
                CAST(NULL AS BIGINT) AS seq, CAST(NULL AS VARCHAR) AS changed_by
                FROM deals d JOIN (
                    SELECT key, max(changed_at) AS changed_at, {session.sql.latest("value", "(changed_at, coalesce(seq, 0), load_no, coalesce(value, ''))")} AS value
                    FROM changes c WHERE table_name = 'deals' AND field = '{field}' {which.replace("d.key", "c.key")} GROUP BY 1) c ON c.key = d.key
                WHERE d.{field} IS NOT NULL AND {row_value} IS DISTINCT FROM c.value {which} {_excused(field)}"""
        )
    if not found:
        return 0
    session.run(f"CREATE TEMP TABLE disagreeing AS {' UNION ALL '.join(found)}")
    ((count,),) = session.rows("SELECT count(*) FROM disagreeing")
    if count:
        log(session, "SELECT * FROM disagreeing", "row", loading)
        session.run("CREATE TEMP TABLE disagreed AS SELECT DISTINCT key FROM disagreeing")
        facts.derive(session, settings, "disagreed")
        session.run("DROP TABLE disagreed")
    session.run("DROP TABLE disagreeing")
    return int(count)


def _excused(field: str) -> str:
    """A closed deal's status and stage follow its closing date, whatever was logged last."""
    if field in ("status", "stage"):
        return "AND NOT (d.status IN ('won', 'lost', 'disqualified') AND d.closed_at IS NOT NULL)"
    return ""
