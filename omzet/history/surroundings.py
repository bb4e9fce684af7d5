"""What deals are judged by: the order of stages, exchange rates by day, and who was in which team when.

Small derived tables, each rebuilt in full whenever one of their inputs changes.
"""

from __future__ import annotations

from omzet.engines import Session
from omzet.engines.sql import text_literal
from omzet.history import aliases

TABLES = (
    """CREATE TABLE IF NOT EXISTS stage_order (
        stage_no SMALLINT, connection VARCHAR, pipeline VARCHAR, stage VARCHAR, name VARCHAR, position BIGINT, kind VARCHAR,
            probability DOUBLE,
        is_qualified BOOLEAN, has_next BOOLEAN, is_first BOOLEAN, value_rank SMALLINT, stage_key VARCHAR, rank SMALLINT,
            group_no SMALLINT)""",
    "CREATE TABLE IF NOT EXISTS rates (currency VARCHAR, day DATE, rate DECIMAL(24,8), plan_rate DECIMAL(24,8))",
    "CREATE TABLE IF NOT EXISTS person_teams (person_key VARCHAR, from_on DATE, to_on DATE, team_key VARCHAR)",
    aliases.TABLE,
)


def prepare(session: Session) -> None:
    for statement in TABLES:
        session.run(statement)


def lacks_stages(session: Session, load: int) -> bool:
    """True when a deal or change that this load wrote is of a connection, or names a stage, that `stage_order` doesn't hold."""
    logged = f"FROM changes WHERE load_no = {load} AND table_name = 'deals' AND field = 'stage'"
    found = session.rows(
        f"""
        SELECT 1 FROM (
            SELECT DISTINCT connection, stage FROM deals WHERE load_no = {load}
            UNION SELECT DISTINCT connection, nullif(value, '') {logged}
            UNION SELECT DISTINCT connection, nullif(old_value, '') {logged}) s
        WHERE NOT EXISTS (SELECT 1 FROM stage_order o WHERE o.connection = s.connection AND o.stage = coalesce(s.stage, o.stage))
        LIMIT 1
        """
    )
    return bool(found)


def order_stages(session: Session) -> bool:
    """`stage_order`: each pipeline's stages with their place; those of kind lost have none. True when it changed.

    A connection without stages of its own takes those of the only other one that has any. A stage that deals were in
    but that has no row gets one without place and kind.
    """
    before = session.rows("SELECT * FROM stage_order ORDER BY stage_no")
    session.run("DELETE FROM stage_order")
    session.run(
        """
        INSERT INTO stage_order
        WITH living AS (
            SELECT connection, pipeline, stage, coalesce(name, stage) AS name, CASE WHEN kind IS DISTINCT
                FROM 'lost' THEN position END AS position,
                   kind, CAST(probability AS DOUBLE) AS probability, is_qualified IS DISTINCT FROM FALSE AS is_qualified
            FROM stages WHERE is_deleted IS NOT TRUE AND merged_into IS NULL),
        lenders AS (SELECT min(connection) AS connection FROM living HAVING count(DISTINCT connection) = 1),
        borrowers AS (
            SELECT DISTINCT d.connection, l.connection AS lender FROM deals d CROSS JOIN lenders l
            WHERE l.connection IS NOT NULL AND d.connection <> l.connection),
        told AS (
            SELECT * FROM living
            UNION ALL
            SELECT b.connection, s.pipeline, s.stage, s.name, s.position, s.kind, s.probability, s.is_qualified
            FROM borrowers b JOIN living s ON s.connection = b.lender),
        seen AS (
            SELECT DISTINCT connection, stage FROM deals WHERE stage IS NOT NULL
            UNION
            SELECT DISTINCT connection, value FROM changes WHERE table_name = 'deals' AND field = 'stage' AND value <> ''
            UNION
            SELECT DISTINCT connection, old_value FROM changes WHERE table_name = 'deals' AND field = 'stage'
                AND old_value <> ''),
        untold AS (
            SELECT connection, stage FROM seen s
            WHERE NOT EXISTS (SELECT 1 FROM told t WHERE t.connection = s.connection AND t.stage = s.stage)),
        every AS (
            SELECT * FROM told
            UNION ALL
            SELECT connection, '', stage, stage, NULL, NULL, NULL, TRUE FROM untold)
        SELECT row_number() OVER (ORDER BY connection, pipeline, position NULLS LAST, stage), *,
               position IS NOT NULL AND lead(stage) OVER w IS NOT NULL, position IS NOT NULL AND lag(stage) OVER w IS NULL,
               dense_rank() OVER (ORDER BY stage), connection || ':' || pipeline || '|' || stage,
               CASE WHEN position IS NOT NULL THEN row_number() OVER w END, dense_rank() OVER (ORDER BY connection, pipeline)
        FROM every WINDOW w AS (PARTITION BY connection, pipeline, position IS NULL ORDER BY position, stage)
        """
    )
    return before != session.rows("SELECT * FROM stage_order ORDER BY stage_no")


def fill_rates(session: Session, fiscal_year_start: int) -> None:
    """`rates`: for each quoted currency and day the latest actual rate on or before it, and the plan rate of its year.

    The plan rate is the latest quoted by the start of the fiscal year, else the first quoted in it.
    """
    session.run("DELETE FROM rates")
    if not session.rows("SELECT 1 FROM exchange_rates LIMIT 1"):
        return
    spine = session.sql.spine(
        "(SELECT min(quoted_on) FROM exchange_rates)", "greatest((SELECT max(quoted_on) FROM exchange_rates), current_date) + 800"
    )
    shift = f"INTERVAL {fiscal_year_start - 1} MONTH"
    fiscal = f"CAST(date_trunc('year', s.day - {shift}) + {shift} AS DATE)"
    session.run(
        f"""
        INSERT INTO rates
        WITH living AS (SELECT quoted_on, upper(currency) AS currency, rate, coalesce(kind, 'actual') AS kind FROM exchange_rates
                        WHERE is_deleted IS NOT TRUE AND rate > 0),
        quoted AS (SELECT currency, quoted_on, max(rate) AS rate FROM living WHERE kind = 'actual' GROUP BY 1, 2),
        spans AS (SELECT *, coalesce(lead(quoted_on) OVER (PARTITION BY currency ORDER BY quoted_on),
            DATE '9999-12-31') AS until_on FROM quoted),
        days AS (SELECT c.currency, s.day, {fiscal} AS year_on FROM {spine} s CROSS JOIN (SELECT DISTINCT currency
            FROM living) c),
        years AS (SELECT DISTINCT currency, year_on FROM days),
        planned AS (
            SELECT y.currency, y.year_on,
                   coalesce({session.sql.latest("p.rate", "p.quoted_on")} FILTER (WHERE p.quoted_on <= y.year_on),
                            {session.sql.earliest("p.rate", "p.quoted_on")} FILTER (WHERE p.quoted_on > y.year_on)) AS plan_rate
            FROM years y JOIN living p ON p.currency = y.currency AND p.kind = 'plan'
                AND p.quoted_on < y.year_on + INTERVAL 1 YEAR
            GROUP BY 1, 2)
        SELECT d.currency, d.day, q.rate, p.plan_rate
        FROM days d
        LEFT JOIN spans q ON q.currency = d.currency AND q.quoted_on <= d.day AND d.day < q.until_on
        LEFT JOIN planned p ON p.currency = d.currency AND p.year_on = d.year_on
        """
    )


def place_people(session: Session) -> None:
    """`person_teams`: the team each person was in, as half-open spans of days that leave no gap.

    A person who is also known by other keys (see `aliases`) stands there under each of them.
    """
    session.run("DELETE FROM person_teams")
    session.run(
        """
        INSERT INTO person_teams
        WITH moves AS (
            SELECT key, changed_on, nullif(value, '') AS team, old_value,
                   row_number() OVER (PARTITION BY key, changed_on ORDER BY changed_at DESC, coalesce(seq, 0) DESC,
                       load_no DESC, value DESC) AS backwards,
                   row_number() OVER (PARTITION BY key ORDER BY changed_at, coalesce(seq, 0), load_no, value) AS place
            FROM changes WHERE table_name = 'people' AND field = 'team_id'),
        states AS (
            SELECT key, DATE '0001-01-01' AS from_on, nullif(old_value, '') AS team FROM moves WHERE place = 1
            UNION ALL
            SELECT key, changed_on, team FROM moves WHERE backwards = 1
            UNION ALL
            SELECT key, DATE '0001-01-01', team_id FROM people p WHERE NOT EXISTS (SELECT 1 FROM moves m WHERE m.key = p.key))
        SELECT key, from_on, coalesce(lead(from_on) OVER (PARTITION BY key ORDER BY from_on), DATE '9999-12-31'), team FROM states
        """
    )
    if session.rows("SELECT 1 FROM aliases WHERE table_name = 'people' LIMIT 1"):
        also = "FROM aliases a JOIN person_teams p ON p.person_key = a.actual WHERE a.table_name = 'people'"
        session.run(f"DELETE FROM person_teams WHERE person_key IN (SELECT a.key {also})")
        session.run(f"INSERT INTO person_teams SELECT a.key, p.from_on, p.to_on, p.team_key {also}")


def fill(session: Session, fiscal_year_start: int) -> None:
    """Make all of them anew."""
    order_stages(session)
    fill_rates(session, fiscal_year_start)
    aliases.fill(session)
    place_people(session)


def only_pipelines(session: Session) -> dict[str, str]:
    """For each connection with exactly one pipeline in its stages: that pipeline."""
    return dict(
        session.rows(
            """SELECT connection, min(pipeline) FROM stage_order WHERE pipeline <> ''
               GROUP BY 1 HAVING count(DISTINCT pipeline) = 1"""
        )
    )


def default_pipeline(session: Session) -> str:
    """SQL for the pipeline of a deal `d`: its own, else its connection's only one."""
    cases = " ".join(f"WHEN {text_literal(c)} THEN {text_literal(p)}" for c, p in only_pipelines(session).items())
    return f"coalesce(d.pipeline, CASE d.connection {cases} END)" if cases else "d.pipeline"
