"""`stage_visits`: one row a stay in a stage; `stage_facts`: one row for each deal and stage it reached or entered.

Reached follows the fall-through rule: a deal reached a stage when the highest position it ever had is that stage's or
beyond, so skipped stages and stages before the entry stage count, and backward moves change nothing.
"""

from __future__ import annotations

from omzet.engines import Session


def derive_visits(session: Session) -> None:
    """Build `visits_now` from `steps_now` and `deals_now`, which `versions.derive` left."""
    order = "day, part, true_at, said_at, seq, load_no, CASE WHEN status <> 'open' THEN 1 ELSE 0 END, said"
    session.run(
        f"""
        CREATE TEMP TABLE visits_now AS
        WITH moves AS (
            SELECT s.key, greatest(s.on_day, d.exists_on) AS day, s.part, s.true_at, s.said_at, s.seq, s.load_no, s.status, s.said,
                   coalesce(s.stage, '') AS stage, s.position
            FROM steps_now s JOIN deals_now d ON d.n = s.key
            WHERE s.stage IS NOT NULL OR s.part = 3),
        told AS (
            SELECT key, day, stage, position, row_number() OVER w AS place, lag(stage) OVER w AS stage_before
            FROM moves WINDOW w AS (PARTITION BY key ORDER BY {order})),
        entries AS (SELECT * FROM told WHERE stage IS DISTINCT FROM stage_before),
        stays AS (SELECT *, lead(day) OVER (PARTITION BY key ORDER BY place) AS left_on FROM entries)
        SELECT key, place AS visit, stage, position, day AS entered_on, left_on FROM stays WHERE stage <> ''
        """
    )


def facts_select(visits: str) -> str:
    """SELECT of stage facts from a relation of visits (deal_key, connection, pipeline, visit, stage, position, entered_on, left_on).

    `visits` must hold only what is known at the day asked for, with `left_on` NULL where the stay was not over by then.
    `days` sums the completed stays; `last_left_on` is NULL while the deal is in the stage.
    """
    return f"""
        WITH highs AS (
            SELECT *, max(position) OVER (PARTITION BY deal_key ORDER BY visit ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS high_before
            FROM {visits}),
        rows_told AS (
            SELECT deal_key, connection, pipeline, stage, position, CAST(NULL AS DATE) AS reached_on, entered_on, left_on, visit FROM highs
            UNION ALL
            SELECT h.deal_key, h.connection, h.pipeline, o.stage, o.position, h.entered_on, NULL, NULL, NULL
            FROM highs h JOIN stage_order o ON o.connection = h.connection AND o.pipeline = h.pipeline
                AND o.position <= h.position AND o.position > coalesce(h.high_before, -9223372036854775807)),
        met AS (
            SELECT deal_key, connection, pipeline, stage, max(position) AS position, min(reached_on) AS reached_on, min(entered_on) AS entered_on,
                   max(entered_on) AS last_entered_on, min(visit) AS first_visit, max(visit) AS last_visit, count(visit) AS visits,
                   count(left_on) AS completed, max(left_on) AS last_left_on,
                   coalesce(sum(date_diff('day', entered_on, left_on)), 0) AS days
            FROM rows_told GROUP BY 1, 2, 3, 4),
        ahead AS (
            SELECT *, lead(reached_on) OVER w AS next_reached_on, lead(entered_on) OVER w AS following_entered_on,
                   lead(last_entered_on) OVER w AS following_last_on, lead(first_visit) OVER w AS following_first,
                   lead(last_visit) OVER w AS following_last
            FROM met WINDOW w AS (PARTITION BY deal_key, pipeline, position IS NULL ORDER BY position, stage))
        SELECT deal_key, connection, pipeline, stage, position, reached_on, CASE WHEN position IS NOT NULL THEN next_reached_on END AS next_reached_on,
               entered_on,
               CASE WHEN position IS NULL THEN NULL WHEN following_first > first_visit THEN following_entered_on
                    WHEN following_last > first_visit THEN following_last_on END AS next_entered_on,
               last_entered_on, CASE WHEN completed = visits THEN last_left_on END AS last_left_on, visits, completed, CAST(days AS BIGINT) AS days
        FROM ahead"""


def with_deals(visits: str, deals: str) -> str:
    """SELECT of stage facts with what the stage is and what their deals bring: status, owner and team at the moment that
    counts, removal. `furthest` marks the stage beyond which the deal never came."""
    return f"""SELECT s.*, o.kind AS stage_kind, coalesce(o.has_next, FALSE) AS has_next, coalesce(o.is_first, FALSE) AS is_first,
                      s.connection || ':' || s.pipeline || '|' || s.stage AS stage_key,
                      s.reached_on IS NOT NULL AND s.next_reached_on IS NULL AS is_furthest, d.status, d.owner_key, d.team_key, d.removed, d.created_on
               FROM ({facts_select(visits)}) s JOIN {deals} d ON d.deal_key = s.deal_key
               LEFT JOIN stage_order o ON o.connection = s.connection AND o.pipeline = s.pipeline AND o.stage = s.stage"""


def visits_with_keys() -> str:
    """SELECT of `visits_now` with the deals' keys and pipelines."""
    return """SELECT d.key AS deal_key, v.visit, d.pipeline, v.stage, v.position, v.entered_on, v.left_on, d.connection
              FROM visits_now v JOIN deals_now d ON d.n = v.key"""
