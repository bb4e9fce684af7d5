"""The steps of each deal's life: its creation, its logged changes and its close, before they are put in order."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import aliases, surroundings

FIELDS = ("owner_id", "team_id", "amount", "currency", "expected_close_on", "probability", "forecast_category", "pipeline")
"""Fields that a version follows besides stage and status."""

CLOSED = "('won', 'lost', 'disqualified')"

CLOSING = 10000
"""Added to the rank of a value that closes a deal: at one instant it comes last."""

FIRST_DAY = "DATE '0001-01-01'"

DAYS = 4194304
"""More days than all years have: a status times this, plus the day of its close, holds both in one number."""

STATUSES = ("open", "won", "lost", "disqualified")
"""Statuses by the number that steps carry them as."""


def status_no(text: str) -> str:
    """SQL for the number of a status; NULL for what is none."""
    cases = " ".join(f"WHEN '{status}' THEN {number}" for number, status in enumerate(STATUSES))
    return f"CAST(CASE {text} {cases} END AS TINYINT)"


def status_text(number: str) -> str:
    """SQL for the status that a number stands for."""
    cases = " ".join(f"WHEN {known} THEN '{status}'" for known, status in enumerate(STATUSES))
    return f"CASE {number} {cases} END"


def gather_deals(session: Session, currency: str, touched: str | None) -> None:
    """`deals_now`: each deal's present row with what the rules need of its surroundings."""
    which = f"WHERE d.rowid IN (SELECT rowid FROM deals WHERE key IN (SELECT key FROM {touched}))" if touched else ""
    lines = contacted = ""
    amount, contact = "d.amount", "d.first_contact_on"
    if session.rows("SELECT 1 FROM deal_lines LIMIT 1"):
        lines = f"""LEFT JOIN (SELECT deal_id, CAST(sum(quantity * unit_price) AS DECIMAL(18,4)) AS amount
                   FROM {aliases.source(session, "deal_lines")} l
                   WHERE is_deleted IS NOT TRUE AND merged_into IS NULL GROUP BY 1) l ON l.deal_id = d.key"""
        amount = "coalesce(d.amount, l.amount)"
    if session.rows("SELECT 1 FROM leads WHERE deal_id IS NOT NULL AND contacted_on IS NOT NULL LIMIT 1"):
        contacted = f"""LEFT JOIN (SELECT deal_id, min(contacted_on) AS contacted_on
                       FROM {aliases.source(session, "leads")} l
                       WHERE is_deleted IS NOT TRUE AND merged_into IS NULL GROUP BY 1) c ON c.deal_id = d.key"""
        contact = "coalesce(d.first_contact_on, c.contacted_on)"
    session.run(
        f"""
        CREATE TEMP TABLE deals_now AS
        WITH placed AS (
            SELECT d.*, coalesce({surroundings.default_pipeline(session)}, '') AS placed_in, {amount} AS worth,
                {contact} AS contact_on
            FROM deals d {lines} {contacted} {which})
        SELECT d.deal_no, d.key, d.connection, d.placed_in AS pipeline, coalesce(o.stage_no, u.stage_no) AS stage_no,
            o.kind AS stage_kind,
               w.stage_no AS won_stage_no, w.position AS won_position,
               CASE WHEN d.merged_into IS NOT NULL THEN 'merged' WHEN d.is_deleted THEN 'deleted' END AS removed,
               d.status, {status_no("d.status")} AS status_no, d.status IN {CLOSED} AS is_closed, d.closed_at, d.closed_on,
                   d.created_at, d.created_on,
               coalesce(d.created_on, CAST(b.recorded_at AS DATE)) AS exists_on, d.contact_on, d.worth AS amount,
               upper(coalesce(d.currency, '{currency}')) AS currency, d.owner_id, d.team_id, d.expected_close_on,
                   d.probability, d.forecast_category, d.account_id AS account_key
        FROM placed d
        LEFT JOIN loads b ON b.load_no = d.first_load
        LEFT JOIN stage_order o ON o.connection = d.connection AND o.pipeline = d.placed_in AND o.stage = d.stage
        LEFT JOIN stage_order u ON u.connection = d.connection AND u.pipeline = '' AND u.stage = d.stage
        LEFT JOIN (SELECT connection, pipeline, {session.sql.earliest("stage_no", "position")} AS stage_no,
            min(position) AS position FROM stage_order
                   WHERE kind = 'won' GROUP BY 1, 2) w ON w.connection = d.connection AND w.pipeline = d.placed_in
        """
    )


def gather_log(session: Session, tracked: str, *, few: bool) -> None:
    """`log_now`: the logged changes of the deals at hand, stages as numbers.

    The changes of `few` deals are looked up by key alone first, then read by place: every further column read from the
    whole log takes long.
    """
    if not few:
        session.run(f"CREATE TEMP TABLE log_now AS {_log_select('changes', f'AND c.field IN ({tracked})')}")
        return
    # The rows of a load under way have places far from all others, which makes looking up by place slow: they go apart.
    ((last,),) = session.rows("SELECT coalesce(max(load_no), 0) FROM loads")
    of_deals = "key IN (SELECT key FROM deals_now)"
    session.run(f"CREATE TEMP TABLE places_now AS SELECT rowid AS place FROM changes WHERE load_no < {last} AND {of_deals}")
    session.run("CREATE TEMP TABLE found_now AS SELECT * FROM changes WHERE rowid IN (SELECT place FROM places_now)")
    session.run(f"INSERT INTO found_now SELECT * FROM changes WHERE load_no >= {last} AND {of_deals}")
    session.run(f"CREATE TEMP TABLE log_now AS {_log_select('found_now', f'AND c.field IN ({tracked})')}")
    session.run("DROP TABLE found_now")
    session.run("DROP TABLE places_now")


def add_to_log(session: Session, which: str) -> None:
    """Further changes of the deals at hand, those that meet the condition."""
    session.run(f"INSERT INTO log_now {_log_select('changes', which)}")


def _log_select(log: str, which: str) -> str:
    state = status_no("CASE c.field WHEN 'stage' THEN o.kind WHEN 'status' THEN c.value END")
    return f"""
        SELECT d.deal_no, d.exists_on, c.field, CASE WHEN c.field = 'stage' THEN NULL ELSE coalesce(c.value,
            '') END AS value, c.old_value,
               c.changed_on, c.changed_at AS true_at, coalesce(c.seq, 0) AS seq, c.load_no,
               coalesce(o.stage_no, u.stage_no) AS stage_no, {state} AS state,
               CAST(coalesce(o.value_rank, u.value_rank, 0) + CASE WHEN {state} > 0 THEN {CLOSING}
                   ELSE 0 END AS SMALLINT) AS value_rank
        FROM {log} c JOIN deals_now d ON d.key = c.key
        LEFT JOIN stage_order o ON c.field = 'stage' AND o.connection = d.connection AND o.pipeline = d.pipeline
            AND o.stage = c.value
        LEFT JOIN stage_order u ON c.field = 'stage' AND u.connection = d.connection AND u.pipeline = '' AND u.stage = c.value
        WHERE c.table_name = 'deals' {which}"""


OLD = "coalesce(old_value, '')"
IN_FULL = "(true_at, seq, load_no, value_rank, value)"
"""The order of a deal's changes of one field, in full."""


def gather_steps(session: Session) -> list[str]:
    """`steps_now`: one row for each creation, logged change and close, wide: only what it sets is filled.

    A stage number of 0 and an empty text mean "emptied", NULL "not set here". Returns the order of changes at one instant.
    """
    logged = dict(session.rows("SELECT field, count(old_value) > 0 FROM log_now GROUP BY 1"))
    fields = [f for f in FIELDS if f in logged]
    order = log_order(session)
    said = "said" in order
    first_by = f"(true_at, {', '.join(order)})".replace("said", "value")
    has_stage, has_status = "stage" in logged, "status" in logged
    # A lost deal may still stand in the stage it was lost in: then it was there since creation, as far as anyone knows.
    since_creation = "CASE WHEN d.stage_kind = 'open' OR (d.stage_kind IS NULL AND NOT d.is_closed) THEN d.stage_no END"
    at_close = "CASE WHEN d.stage_kind IS DISTINCT FROM 'open' THEN d.stage_no END"
    first_stage = (
        f"CASE WHEN f.first_stage IS NULL THEN {since_creation} ELSE coalesce(fo.stage_no, 0) END"
        if has_stage
        else since_creation
    )
    close_stage = f"""CASE WHEN d.status = 'won' AND d.won_stage_no IS NOT NULL THEN d.won_stage_no
        {"WHEN f.first_stage IS NULL OR d.stage_kind = 'lost' THEN " + at_close if has_stage else "ELSE " + at_close} END"""

    def initial(field: str) -> str:
        present = f"coalesce({session.sql.as_text('d.' + field)}, '')"
        return f"coalesce(f.first_{field}, {present}) AS {field}"

    firsts = first_join = ""
    if logged:
        first = ", ".join(
            f"{session.sql.earliest(OLD, first_by)} FILTER (WHERE field = '{f}') AS first_{f}"
            if has_old
            else f"max(CASE WHEN field = '{f}' THEN '' END) AS first_{f}"
            for f, has_old in logged.items()
        )
        firsts = f"WITH firsts AS (SELECT deal_no, {first} FROM log_now GROUP BY 1)"
        first_join = "LEFT JOIN firsts f ON f.deal_no = d.deal_no"
        if has_stage:
            first_join += """ LEFT JOIN stage_order fo ON f.first_stage <> '' AND fo.connection = d.connection
                AND fo.pipeline = d.pipeline
                AND fo.stage = f.first_stage"""
    kind_of_both = ""
    if has_stage and has_status:
        kind_of_both = """WHERE NOT (field = 'status' AND value <> 'disqualified' AND deal_no IN (
            SELECT deal_no FROM log_now WHERE field = 'stage' AND state > 0))"""
    setting = "".join(f", CASE WHEN field = '{f}' THEN value END AS {f}" for f in fields)
    session.run(
        f"""
        CREATE TEMP TABLE steps_now AS
        {firsts}
        SELECT d.deal_no, CAST(0 AS TINYINT) AS part, d.exists_on AS on_day, coalesce(d.created_at,
            CAST(d.exists_on AS TIMESTAMP)) AS true_at,
               CAST(0 AS BIGINT) AS seq, 0 AS load_no, CAST({"''" if said else "NULL"} AS VARCHAR) AS said,
               CAST(coalesce({first_stage}, 0) AS SMALLINT) AS stage_no,
               CAST(CASE WHEN d.is_closed AND d.closed_on IS NULL THEN d.status_no ELSE 0 END AS TINYINT) AS status, d.exists_on
               {"".join(", " + initial(f) for f in fields)}
        FROM deals_now d {first_join}
        UNION ALL
        {
            f'''SELECT deal_no, 1, changed_on, true_at, seq, load_no,
               {"CASE WHEN field <> 'stage' THEN value END" if said else "NULL"},
               CASE WHEN field = 'stage' THEN coalesce(stage_no, 0) END, state, exists_on {setting}
        FROM log_now {kind_of_both}
        UNION ALL'''
            if logged
            else ""
        }
        SELECT d.deal_no, 3, d.closed_on, d.closed_at, 0, 0, NULL, {close_stage}, d.status_no, d.exists_on
               {"".join(", NULL" for f in fields)}
        FROM deals_now d {first_join}
        WHERE d.is_closed AND d.closed_on IS NOT NULL
        """
    )
    return order


def settle_closes(session: Session) -> None:
    """The latest close is dated by the deal's own closing date, whenever the change that made it was entered.

    Closes that were later reopened, or gave way to another outcome, keep their change's date; nothing reopens a deal after
    the close its row shows. A closed deal without a closing date takes that of its last logged close.
    """
    session.run(
        f"""
        CREATE TEMP TABLE undated AS
        SELECT s.deal_no, max(s.true_at) AS closed_at, {session.sql.latest("s.on_day", "s.true_at")} AS closed_on
        FROM steps_now s JOIN deals_now d ON d.deal_no = s.deal_no
        WHERE d.is_closed AND d.closed_on IS NULL AND s.part = 1 AND s.status = d.status_no GROUP BY 1
        """
    )
    if session.rows("SELECT 1 FROM undated LIMIT 1"):
        session.run(
            """UPDATE deals_now SET closed_at = u.closed_at, closed_on = u.closed_on FROM undated u
               WHERE u.deal_no = deals_now.deal_no"""
        )
        session.run("UPDATE steps_now SET status = 0 FROM undated u WHERE u.deal_no = steps_now.deal_no AND part = 0")
    session.run("DROP TABLE undated")
    session.run(
        """
        CREATE TEMP TABLE unsettled AS
        WITH suspects AS (
            SELECT DISTINCT s.deal_no, d.closed_at, d.closed_on, d.status_no
            FROM steps_now s JOIN deals_now d ON d.deal_no = s.deal_no
            WHERE d.is_closed AND d.closed_on IS NOT NULL AND s.part = 1
                AND ((s.status > 0 AND s.on_day <> d.closed_on) OR (s.status = 0 AND s.on_day > d.closed_on)))
        SELECT u.deal_no, u.closed_at, u.closed_on, max(s.true_at) FILTER (WHERE s.status <> u.status_no
            AND s.on_day <= u.closed_on) AS last_other_at
        FROM suspects u JOIN steps_now s ON s.deal_no = u.deal_no WHERE s.part IN (0, 1) GROUP BY 1, 2, 3
        """
    )
    if session.rows("SELECT 1 FROM unsettled LIMIT 1"):
        session.run(
            """DELETE FROM steps_now WHERE part = 1 AND status = 0 AND EXISTS (
                SELECT 1 FROM unsettled u WHERE u.deal_no = steps_now.deal_no AND steps_now.on_day > u.closed_on)"""
        )
        session.run(
            """UPDATE steps_now SET on_day = u.closed_on, true_at = u.closed_at, part = 2, seq = date_diff('second',
                DATE '1970-01-01', true_at)
                FROM unsettled u
                WHERE u.deal_no = steps_now.deal_no AND steps_now.part = 1 AND steps_now.status > 0
                    AND (u.last_other_at IS NULL OR steps_now.true_at > u.last_other_at)"""
        )
    session.run("DROP TABLE unsettled")


def split_at_team_moves(session: Session) -> None:
    """An open deal goes with its owner when the owner moves to another team: a step that sets nothing, on that day."""
    movers = "SELECT person_key FROM person_teams GROUP BY 1 HAVING count(*) > 1"
    if not session.rows(f"{movers} LIMIT 1"):
        return
    session.run(
        f"""
        INSERT INTO steps_now BY NAME
        SELECT d.deal_no, 1 AS part, p.from_on AS on_day, CAST(p.from_on AS TIMESTAMP) AS true_at, 0 AS seq, 0 AS load_no,
            d.exists_on
        FROM deals_now d
        JOIN (SELECT key, owner_id FROM deals_now
              UNION SELECT key, value FROM changes WHERE table_name = 'deals' AND field = 'owner_id') h ON h.key = d.key
        JOIN person_teams p ON p.person_key = h.owner_id AND p.from_on > d.exists_on AND p.from_on < coalesce(d.closed_on,
            DATE '9999-12-31')
        WHERE h.owner_id IN ({movers})
        """
    )


def log_order(session: Session) -> list[str]:
    """What tells a deal's changes at one instant apart, without what tells nothing apart in the log at hand."""
    ((seqs, loads),) = session.rows("SELECT count(DISTINCT seq), count(DISTINCT load_no) FROM log_now")
    twice = "SELECT 1 FROM log_now WHERE field <> 'stage' GROUP BY deal_no, field, true_at HAVING count(*) > 1 LIMIT 1"
    order = (["seq"] if seqs > 1 else []) + (["load_no"] if loads > 1 else []) + ["value_rank"]
    return [*order, *(["said"] if session.rows(twice) else [])]


def put_in_order(session: Session, fields: list[str], told_apart: list[str]) -> None:
    """`ordered_now`: each deal's steps one after the other, a deal's creation first. Takes the place of log and steps.

    Of a day's steps the creation comes first, then the changes, then the close; at one instant `seq` decides, then the
    load, then the value. Whatever tells nothing apart in the log at hand is left out: sorting is most of the work.
    """
    redated = "seq" not in told_apart and session.rows("SELECT 1 FROM steps_now WHERE part = 2 LIMIT 1")
    order = ["s.deal_no", "day NULLS FIRST", "s.part", "s.true_at", *(["seq"] if redated else []), *told_apart]
    session.run("DROP TABLE log_now")
    closed = f"coalesce({session.sql.days_between(FIRST_DAY, 's.on_day')}, 0)"
    session.run(
        f"""
        CREATE TEMP TABLE ordered_now AS
        WITH placed AS (SELECT *, dense_rank() OVER (ORDER BY position NULLS LAST) AS place FROM stage_order)
        SELECT s.deal_no, greatest(s.on_day, s.exists_on) AS day, CAST(s.stage_no AS INTEGER) AS stage_no, o.rank,
               CAST(CASE WHEN o.position IS NULL THEN 0 ELSE o.place END AS INTEGER) AS place,
               CASE WHEN o.kind <> 'lost' THEN o.is_qualified END AS qualifies,
               s.status * CAST({DAYS} AS BIGINT) + CASE WHEN s.part = 0 OR s.status = 0 THEN 0 ELSE {closed} END AS state
               {"".join(", s." + f for f in fields)}
        FROM steps_now s LEFT JOIN placed o ON o.stage_no = s.stage_no
        ORDER BY {", ".join(order)}
        """.replace("value_rank", f"coalesce(o.value_rank, 0) + CASE WHEN s.status > 0 THEN {CLOSING} ELSE 0 END")
    )
    session.run("DROP TABLE steps_now")
