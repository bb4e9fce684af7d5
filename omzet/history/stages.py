"""`stage_visits`: one row a stay in a stage, with the stage after; `stage_facts`: one row for each deal and stage reached.

Reached follows the fall-through rule: a deal reached a stage when the highest position it ever had is that stage's or
beyond, so skipped stages and stages before the entry stage count, and backward moves change nothing.
"""

from __future__ import annotations

from omzet.engines import Session
from omzet.history.versions import put


def derive(session: Session, touched: str | None) -> None:
    """Bring `stage_visits` and `stage_facts` up to date from `ordered_now`, `deals_now` and `deal_facts`."""
    _follow(session)
    session.run("DROP TABLE ordered_now")
    visits = "SELECT deal_no, visit, stage_no, to_no, entered_on, left_on, next_on AS to_on FROM walks_now"
    put(session, "stage_visits", visits, touched, order="left_on IS NULL, entered_on")
    crooked = session.rows("SELECT 1 FROM walks_now WHERE NOT straight LIMIT 1")
    put(session, "stage_facts", facts_select("walks_now", "deal_facts", crooked=bool(crooked)), touched)
    session.run("DROP TABLE walks_now")


def _follow(session: Session) -> None:
    """`walks_now`: the visits of the deals at hand, as `_walks` has them, found in one go through the steps in order."""
    sql = session.sql
    session.run(
        f"""
        CREATE TEMP TABLE stays_now AS
        WITH told AS (
            SELECT deal_no, day, stage_no, rank, {sql.previous_row("deal_no")} AS deal_before,
                {sql.previous_row("stage_no")} AS stage_before
            FROM ordered_now WHERE stage_no IS NOT NULL),
        entries AS (SELECT deal_no, day, stage_no, rank FROM told WHERE deal_before IS DISTINCT FROM deal_no
            OR stage_before <> stage_no),
        stays AS (
            SELECT deal_no, stage_no, rank, day AS entered_on,
                   CASE WHEN {sql.next_row("deal_no")} = deal_no THEN {sql.next_row("day")} END AS until_on
            FROM entries),
        visits AS (
            SELECT *, {sql.previous_row("deal_no")} AS deal_before, {sql.previous_row("rank")} AS rank_before,
                   {sql.next_row("stage_no")} AS no_next,
                   {sql.next_row("deal_no")} AS deal_next, {sql.next_row("entered_on")} AS day_next,
                       {sql.next_row("rank")} AS rank_next,
                   CAST(row_number() OVER () AS INTEGER) AS visit
            FROM stays WHERE stage_no <> 0)
        SELECT deal_no, visit, stage_no, CASE WHEN deal_next = deal_no THEN no_next END AS to_no, rank, entered_on,
               until_on, CASE WHEN deal_next = deal_no THEN day_next END AS next_on,
               CASE WHEN deal_next = deal_no THEN rank_next END AS next_rank,
               coalesce(rank = CASE WHEN deal_before = deal_no THEN rank_before + 1 ELSE 1 END,
                        rank IS NULL AND deal_next IS DISTINCT FROM deal_no) AS follows
        FROM visits
        """
    )
    session.run("CREATE TEMP TABLE crooked_now AS SELECT DISTINCT deal_no FROM stays_now WHERE NOT follows")
    straight = "TRUE"
    if session.rows("SELECT 1 FROM crooked_now LIMIT 1"):
        straight = "s.deal_no NOT IN (SELECT deal_no FROM crooked_now)"
    session.run(
        f"""
        CREATE TEMP TABLE walks_now AS
        SELECT s.deal_no, s.visit, s.stage_no, s.to_no, s.rank, s.entered_on, s.next_on, s.next_rank, {straight} AS straight,
               CASE WHEN s.until_on IS NOT NULL THEN s.until_on
                    WHEN o.kind IS DISTINCT FROM d.status THEN greatest(d.closed_on, s.entered_on) END AS left_on
        FROM stays_now s JOIN deals_now d ON d.deal_no = s.deal_no LEFT JOIN stage_order o ON o.stage_no = s.stage_no
        """
    )
    session.run("DROP TABLE stays_now")
    session.run("DROP TABLE crooked_now")


def _walks(visits: str) -> str:
    """SELECT of visits with the stage's rank in its pipeline and what comes next.

    `straight` says that the deal went through its pipeline one stage after the other from the first, without a skip or
    a way back: most do, and their facts need no grouping.
    """
    return f"""
        WITH placed AS (
            SELECT v.*, o.rank FROM ({visits}) v JOIN stage_order o ON o.stage_no = v.stage_no),
        seen AS (
            SELECT *, lead(entered_on) OVER w AS next_on, lead(rank) OVER w AS next_rank, row_number() OVER w AS step
            FROM placed WINDOW w AS (PARTITION BY deal_no ORDER BY visit))
        SELECT *, bool_and(coalesce(rank = step, next_on IS NULL)) OVER (PARTITION BY deal_no) AS straight FROM seen"""


def facts_select(walks: str, deals: str, *, crooked: bool = True) -> str:
    """SELECT of stage facts from a relation of walks and one of deals; without `crooked` all walks are straight.

    The walks must hold only what is known at the day asked for, with `left_on` NULL where the stay was not over by then.
    `days` sums the completed stays; `last_left_on` is NULL while the deal is in the stage; `is_furthest` marks the stage
    beyond which the deal never came. From the deals come status, owner and team at the moment that counts, and removal.
    """
    every = f"{_straight(walks)} UNION ALL {_crooked(walks)}" if crooked else _straight(walks)
    return f"""
        SELECT a.*, d.status, d.owner_key, d.team_key, d.removed, d.created_on
        FROM ({every}) a JOIN {deals} d ON d.deal_no = a.deal_no"""


def _straight(walks: str) -> str:
    return f"""
        SELECT deal_no, stage_no, CASE WHEN rank IS NOT NULL THEN entered_on END AS reached_on,
               CASE WHEN next_rank IS NOT NULL THEN next_on END AS next_reached_on, entered_on,
               CASE WHEN next_rank IS NOT NULL THEN next_on END AS next_entered_on, entered_on AS last_entered_on,
                   left_on AS last_left_on,
               CAST(1 AS SMALLINT) AS visits, CAST(CASE WHEN left_on IS NULL THEN 0 ELSE 1 END AS SMALLINT) AS completed,
               CAST(coalesce(date_diff('day', entered_on, left_on), 0) AS INTEGER) AS days, rank IS NOT NULL
                   AND next_rank IS NULL AS is_furthest
        FROM {walks} WHERE straight"""


def _crooked(walks: str) -> str:
    return f"""
        (WITH climbs AS (
            SELECT w.deal_no, w.stage_no, w.entered_on, w.left_on, w.visit, o.position, o.group_no,
                   max(o.position) OVER (PARTITION BY w.deal_no ORDER BY w.visit ROWS BETWEEN UNBOUNDED PRECEDING
                       AND 1 PRECEDING) AS high_before
            FROM {walks} w JOIN stage_order o ON o.stage_no = w.stage_no WHERE NOT w.straight),
        rows_told AS (
            SELECT deal_no, stage_no, CAST(NULL AS DATE) AS reached_on, entered_on, left_on, visit FROM climbs
            UNION ALL
            SELECT h.deal_no, o.stage_no, h.entered_on, NULL, NULL, NULL
            FROM climbs h JOIN stage_order o ON o.group_no = h.group_no
                AND o.position <= h.position AND o.position > coalesce(h.high_before, -9223372036854775807)
            WHERE h.position > coalesce(h.high_before, -9223372036854775807)),
        met AS (
            SELECT deal_no, stage_no, min(reached_on) AS reached_on, min(entered_on) AS entered_on,
                max(entered_on) AS last_entered_on,
                   min(visit) AS first_visit, max(visit) AS last_visit, count(visit) AS visits, count(left_on) AS completed,
                   max(left_on) AS last_left_on, coalesce(sum(date_diff('day', entered_on, left_on)), 0) AS days
            FROM rows_told GROUP BY 1, 2),
        ahead AS (
            SELECT m.*, o.has_next, lead(reached_on) OVER w AS after_reached_on, lead(entered_on) OVER w AS after_entered_on,
                   lead(last_entered_on) OVER w AS after_last_on, lead(first_visit) OVER w AS after_first,
                       lead(last_visit) OVER w AS after_last
            FROM met m JOIN stage_order o ON o.stage_no = m.stage_no
            WINDOW w AS (PARTITION BY m.deal_no, o.group_no, o.position IS NULL ORDER BY m.stage_no))
        SELECT deal_no, stage_no, reached_on, CASE WHEN has_next THEN after_reached_on END AS next_reached_on, entered_on,
                   CASE WHEN NOT has_next THEN NULL WHEN after_first > first_visit THEN after_entered_on
                        WHEN after_last > first_visit THEN after_last_on END AS next_entered_on,
                   last_entered_on, CASE WHEN completed = visits THEN last_left_on END AS last_left_on,
                   CAST(visits AS SMALLINT) AS visits, CAST(completed AS SMALLINT) AS completed, CAST(days AS INTEGER) AS days,
                   reached_on IS NOT NULL AND (after_reached_on IS NULL OR NOT has_next) AS is_furthest
        FROM ahead)"""


def facts_as_of(visits: str, deals: str) -> str:
    """SELECT of stage facts from visits as they were known on a day."""
    return f"WITH walks AS ({_walks(visits)}) {facts_select('walks', deals)}"
