"""`stage_visits`: one row a stay in a stage; `stage_facts`: one row for each deal and stage it reached or entered.

Reached follows the fall-through rule: a deal reached a stage when the highest position it ever had is that stage's or
beyond, so skipped stages and stages before the entry stage count, and backward moves change nothing.
"""

from __future__ import annotations

from omzet.engines import Session
from omzet.history.versions import put


def derive(session: Session, touched: str | None) -> None:
    """Bring `stage_visits` and `stage_facts` up to date from `moves_now`, `deals_now` and `deal_facts`."""
    put(
        session,
        "stage_visits",
        """
        WITH told AS (SELECT *, lag(stage_no) OVER (PARTITION BY deal_no ORDER BY place) AS stage_before FROM moves_now),
        entries AS (SELECT deal_no, place, stage_no, day FROM told WHERE stage_no IS DISTINCT FROM stage_before),
        stays AS (SELECT *, lead(day) OVER (PARTITION BY deal_no ORDER BY place) AS next_on FROM entries)
        SELECT s.deal_no, CAST(s.place AS INTEGER) AS visit, s.stage_no, s.day AS entered_on,
               CASE WHEN s.next_on IS NOT NULL THEN s.next_on WHEN o.kind IS DISTINCT FROM d.status THEN greatest(d.closed_on, s.day) END AS left_on
        FROM stays s JOIN deals_now d ON d.deal_no = s.deal_no LEFT JOIN stage_order o ON o.stage_no = s.stage_no
        WHERE s.stage_no <> 0
        """,
        touched,
    )
    session.run("DROP TABLE moves_now")
    if touched:
        visits, deals = "SELECT * FROM stage_visits WHERE deal_no IN (SELECT deal_no FROM deals_now)", "deal_facts"
    else:
        visits, deals = "SELECT * FROM stage_visits", "deal_facts"
    session.run(f"CREATE TEMP TABLE walks_now AS {_walks(visits)}")
    put(session, "stage_facts", facts_select("walks_now", deals), touched)
    session.run("DROP TABLE walks_now")


def _walks(visits: str) -> str:
    """SELECT of visits with the stage's place, the highest place before, and what comes next.

    `straight` says that the deal went through its pipeline one stage after the other from the first, without a skip or
    a way back: most do, and their facts need no grouping.
    """
    return f"""
        WITH placed AS (
            SELECT v.*, o.position, o.rank, o.group_no FROM ({visits}) v JOIN stage_order o ON o.stage_no = v.stage_no),
        seen AS (
            SELECT *, max(position) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS high_before,
                   lead(entered_on) OVER w AS next_on, lead(rank) OVER w AS next_rank, row_number() OVER w AS step
            FROM placed WINDOW w AS (PARTITION BY deal_no ORDER BY visit))
        SELECT *, bool_and(coalesce(rank = step, next_on IS NULL)) OVER (PARTITION BY deal_no) AS straight FROM seen"""


def facts_select(walks: str, deals: str) -> str:
    """SELECT of stage facts from a relation of walks and one of deals.

    The walks must hold only what is known at the day asked for, with `left_on` NULL where the stay was not over by then.
    `days` sums the completed stays; `last_left_on` is NULL while the deal is in the stage; `is_furthest` marks the stage
    beyond which the deal never came. From the deals come status, owner and team at the moment that counts, and removal.
    """
    return f"""
        WITH rows_told AS (
            SELECT deal_no, stage_no, CAST(NULL AS DATE) AS reached_on, entered_on, left_on, visit FROM {walks} WHERE NOT straight
            UNION ALL
            SELECT h.deal_no, o.stage_no, h.entered_on, NULL, NULL, NULL
            FROM {walks} h JOIN stage_order o ON o.group_no = h.group_no
                AND o.position <= h.position AND o.position > coalesce(h.high_before, -9223372036854775807)
            WHERE NOT h.straight AND h.position > coalesce(h.high_before, -9223372036854775807)),
        met AS (
            SELECT deal_no, stage_no, min(reached_on) AS reached_on, min(entered_on) AS entered_on, max(entered_on) AS last_entered_on,
                   min(visit) AS first_visit, max(visit) AS last_visit, count(visit) AS visits, count(left_on) AS completed,
                   max(left_on) AS last_left_on, coalesce(sum(date_diff('day', entered_on, left_on)), 0) AS days
            FROM rows_told GROUP BY 1, 2),
        ahead AS (
            SELECT m.*, o.has_next, lead(reached_on) OVER w AS after_reached_on, lead(entered_on) OVER w AS after_entered_on,
                   lead(last_entered_on) OVER w AS after_last_on, lead(first_visit) OVER w AS after_first, lead(last_visit) OVER w AS after_last
            FROM met m JOIN stage_order o ON o.stage_no = m.stage_no
            WINDOW w AS (PARTITION BY m.deal_no, o.group_no, o.position IS NULL ORDER BY m.stage_no)),
        every AS (
            SELECT deal_no, stage_no, reached_on, CASE WHEN has_next THEN after_reached_on END AS next_reached_on, entered_on,
                   CASE WHEN NOT has_next THEN NULL WHEN after_first > first_visit THEN after_entered_on
                        WHEN after_last > first_visit THEN after_last_on END AS next_entered_on,
                   last_entered_on, CASE WHEN completed = visits THEN last_left_on END AS last_left_on,
                   CAST(visits AS SMALLINT) AS visits, CAST(completed AS SMALLINT) AS completed, CAST(days AS INTEGER) AS days,
                   reached_on IS NOT NULL AND (after_reached_on IS NULL OR NOT has_next) AS is_furthest
            FROM ahead
            UNION ALL
            SELECT deal_no, stage_no, CASE WHEN rank IS NOT NULL THEN entered_on END, CASE WHEN next_rank IS NOT NULL THEN next_on END, entered_on,
                   CASE WHEN next_rank IS NOT NULL THEN next_on END, entered_on, left_on,
                   CAST(1 AS SMALLINT), CAST(CASE WHEN left_on IS NULL THEN 0 ELSE 1 END AS SMALLINT),
                   CAST(coalesce(date_diff('day', entered_on, left_on), 0) AS INTEGER), rank IS NOT NULL AND next_rank IS NULL
            FROM {walks} WHERE straight)
        SELECT a.*, d.status, d.owner_key, d.team_key, d.removed, d.created_on
        FROM every a JOIN {deals} d ON d.deal_no = a.deal_no"""


def facts_as_of(visits: str, deals: str) -> str:
    """SELECT of stage facts from visits as they were known on a day."""
    return f"WITH walks AS ({_walks(visits)}) {facts_select('walks', deals).replace('WITH rows_told', ', rows_told', 1)}"
