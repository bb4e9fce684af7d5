"""Where a row and its last logged change disagree, the row wins: the difference is kept as a change and counted."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import steps
from omzet.history.merge import Loading, log

FIELDS = (
    "owner_id",
    "team_id",
    "amount",
    "currency",
    "expected_close_on",
    "probability",
    "forecast_category",
    "pipeline",
    "status",
    "stage",
)


def rows_against_log(session: Session, loading: Loading) -> int:
    """Log a change for each field of `deals_now` whose last value in `log_now` is not the row's. Returns how many.

    The change is dated by the row's `modified_at`, else by the load, and comes after those of the same instant. The status
    and stage of a closed deal follow its closing date, whatever was logged last; an empty field in the row says nothing.
    """
    logged = [f for (f,) in session.rows("SELECT DISTINCT field FROM log_now") if f in FIELDS]
    found = []
    for field in logged:
        row_value = session.sql.as_text(f"d.{field}")
        last, seq = session.sql.latest("value", steps.IN_FULL), session.sql.latest("seq", steps.IN_FULL)
        matches, excused = f"{row_value} IS DISTINCT FROM l.value", ""
        some = join = ""
        if field == "stage":
            join = "LEFT JOIN stage_order o ON o.stage_no = d.stage_no LEFT JOIN stage_order b ON b.stage_no = l.value"
            last = session.sql.latest("stage_no", steps.IN_FULL)
            row_value, matches = "o.stage", "d.stage_no IS DISTINCT FROM l.value"
        if field in ("stage", "status"):
            excused = "AND NOT (d.is_closed AND d.closed_at IS NOT NULL)"
            some = "AND deal_no IN (SELECT deal_no FROM deals_now WHERE NOT is_closed OR closed_at IS NULL)"
        found.append(
            f"""SELECT 'deals' AS table_name, d.key, '{field}' AS field, {row_value} AS value,
                       {"b.stage" if field == "stage" else "l.value"} AS old_value,
                       coalesce(greatest(k.modified_at, l.true_at), {loading.recorded_sql}) AS changed_at,
                       l.seq + 1 AS seq
                FROM deals_now d JOIN deals k ON k.deal_no = d.deal_no
                JOIN (SELECT deal_no, max(true_at) AS true_at, {last} AS value, {seq} AS seq FROM log_now WHERE field = '{field}'
                      {some}
                      GROUP BY 1) l ON l.deal_no = d.deal_no
                {join}
                WHERE {"d.stage_no" if field == "stage" else "d." + field} IS NOT NULL AND {matches} {excused}"""
        )
    if not found:
        return 0
    session.run(f"CREATE TEMP TABLE disagreeing AS {' UNION ALL '.join(found)}")
    ((count,),) = session.rows("SELECT count(*) FROM disagreeing")
    if count:
        log(
            session,
            f"""SELECT *, {loading.recorded_sql} AS recorded_at, CAST(NULL AS VARCHAR) AS changed_by
                FROM disagreeing""",
            "row",
            loading,
        )
    session.run("DROP TABLE disagreeing")
    return int(count)
