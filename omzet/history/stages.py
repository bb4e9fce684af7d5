"""`stage_visits`: one row a stay in a stage; `stage_facts`: one row for each deal and stage it reached or entered.

Reached follows the fall-through rule: a deal reached a stage when the highest position it ever had is that stage's or
beyond, so skipped stages and stages before the entry stage count, and backward moves change nothing.
"""

from __future__ import annotations

from omzet.engines import Session


def derive_visits(session: Session) -> None:
    """Build `visits_now` from `moves_now` and `deal_facts_now`. A close ends the last stay."""
    session.run(
        """
        CREATE TEMP TABLE visits_now AS
        WITH told AS (SELECT *, lag(stage_no) OVER (PARTITION BY deal_no ORDER BY place) AS stage_before FROM moves_now),
        entries AS (SELECT deal_no, place, stage_no, day FROM told WHERE stage_no IS DISTINCT FROM stage_before),
        stays AS (SELECT *, lead(day) OVER (PARTITION BY deal_no ORDER BY place) AS next_on FROM entries)
        SELECT s.deal_no, CAST(s.place AS INTEGER) AS visit, s.stage_no, s.day AS entered_on,
               CASE WHEN s.next_on IS NOT NULL THEN s.next_on WHEN o.kind IS DISTINCT FROM d.status THEN greatest(d.closed_on, s.day) END AS left_on
        FROM stays s JOIN deal_facts_now d ON d.deal_no = s.deal_no LEFT JOIN stage_order o ON o.stage_no = s.stage_no
        WHERE s.stage_no <> 0
        """
    )
    session.run("DROP TABLE moves_now")


def facts_select(visits: str, deals: str) -> str:
    """SELECT of stage facts from a relation of visits (deal_no, visit, stage_no, entered_on, left_on) and one of deals.

    `visits` must hold only what is known at the day asked for, with `left_on` NULL where the stay was not over by then.
    `days` sums the completed stays; `last_left_on` is NULL while the deal is in the stage; `is_furthest` marks the stage
    beyond which the deal never came. From the deals come status, owner and team at the moment that counts, and removal.
    """
    return f"""
        WITH placed AS (
            SELECT v.*, o.position, o.connection, o.pipeline FROM {visits} v JOIN stage_order o ON o.stage_no = v.stage_no),
        highs AS (
            SELECT *, max(position) OVER (PARTITION BY deal_no ORDER BY visit ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS high_before
            FROM placed),
        rows_told AS (
            SELECT deal_no, stage_no, CAST(NULL AS DATE) AS reached_on, entered_on, left_on, visit FROM highs
            UNION ALL
            SELECT h.deal_no, o.stage_no, h.entered_on, NULL, NULL, NULL
            FROM highs h JOIN stage_order o ON o.connection = h.connection AND o.pipeline = h.pipeline
                AND o.position <= h.position AND o.position > coalesce(h.high_before, -9223372036854775807)
            WHERE h.position > coalesce(h.high_before, -9223372036854775807)),
        met AS (
            SELECT deal_no, stage_no, min(reached_on) AS reached_on, min(entered_on) AS entered_on, max(entered_on) AS last_entered_on,
                   min(visit) AS first_visit, max(visit) AS last_visit, CAST(count(visit) AS SMALLINT) AS visits,
                   CAST(count(left_on) AS SMALLINT) AS completed, max(left_on) AS last_left_on,
                   CAST(coalesce(sum(date_diff('day', entered_on, left_on)), 0) AS INTEGER) AS days
            FROM rows_told GROUP BY 1, 2),
        ahead AS (
            SELECT m.*, o.has_next, lead(reached_on) OVER w AS after_reached_on, lead(entered_on) OVER w AS after_entered_on,
                   lead(last_entered_on) OVER w AS after_last_on, lead(first_visit) OVER w AS after_first, lead(last_visit) OVER w AS after_last
            FROM met m JOIN stage_order o ON o.stage_no = m.stage_no
            WINDOW w AS (PARTITION BY m.deal_no, o.connection, o.pipeline, o.position IS NULL ORDER BY m.stage_no))
        SELECT a.deal_no, a.stage_no, a.reached_on, CASE WHEN a.has_next THEN a.after_reached_on END AS next_reached_on, a.entered_on,
               CASE WHEN NOT a.has_next THEN NULL WHEN a.after_first > a.first_visit THEN a.after_entered_on
                    WHEN a.after_last > a.first_visit THEN a.after_last_on END AS next_entered_on,
               a.last_entered_on, CASE WHEN a.completed = a.visits THEN a.last_left_on END AS last_left_on, a.visits, a.completed, a.days,
               a.reached_on IS NOT NULL AND (a.after_reached_on IS NULL OR NOT a.has_next) AS is_furthest,
               d.status, d.owner_key, d.team_key, d.removed, d.created_on
        FROM ahead a JOIN {deals} d ON d.deal_no = a.deal_no"""
