"""`deal_versions`: one row for each deal and dated state, from which the state on any day is read.

A deal's state is rebuilt from its row and its logged changes: what is logged follows the log; status and stage that are
not follow `created_at` and `closed_at`; any other field that is not had its present value since creation.
"""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import reconcile, surroundings
from omzet.history.merge import Loading
from omzet.settings import Settings

FIELDS = ("owner_id", "team_id", "amount", "currency", "expected_close_on", "probability", "forecast_category", "pipeline")
"""Fields that a version follows besides stage and status."""

TYPES = {"amount": "DECIMAL(18,4)", "expected_close_on": "DATE", "probability": "DECIMAL(12,8)"}

CLOSED = "('won', 'lost', 'disqualified')"

ORDER = ("day", "part", "true_at", "seq", "load_no", "value_rank", "said")
"""The order of a deal's steps: creation, changes, then the close within a day; at one instant by `seq`, load, value."""


def derive(session: Session, settings: Settings, touched: str | None, loading: Loading | None) -> list[str]:
    """Bring `deal_versions` up to date for all deals, or for those in the relation `touched` (column `key`).

    With a `loading`, rows that disagree with their last logged change win first, and the difference is logged. Also
    leaves `deals_now` (one row a deal) and `moves_now` (one row for each step that sets a stage) for the tables derived
    next; the caller drops them. Returns the fields that are logged.
    """
    _gather_deals(session, settings.currency, touched)
    tracked = ", ".join(f"'{f}'" for f in ("stage", "status", *FIELDS))
    which = f"AND c.key IN (SELECT key FROM {touched})" if touched else ""
    _gather_log(session, tracked, which)
    if loading and reconcile.rows_against_log(session, loading):
        _add_to_log(session, f"{which} AND c.origin = 'row' AND c.load_no = {loading.number}", tracked)
    logged = _gather_steps(session)
    _settle_closes(session)
    _split_at_team_moves(session)
    _run_through(session, logged)
    _hold_at_close(session)
    _finish(session, settings.currency, logged, touched)
    return logged


def _gather_deals(session: Session, currency: str, touched: str | None) -> None:
    """`deals_now`: each deal's present row with what the rules need of its surroundings."""
    which = f"WHERE d.key IN (SELECT key FROM {touched})" if touched else ""
    lines = contacted = ""
    amount, contact = "d.amount", "d.first_contact_on"
    if session.rows("SELECT 1 FROM deal_lines LIMIT 1"):
        lines = """LEFT JOIN (SELECT deal_id, CAST(sum(quantity * unit_price) AS DECIMAL(18,4)) AS amount FROM deal_lines
                   WHERE is_deleted IS NOT TRUE GROUP BY 1) l ON l.deal_id = d.key"""
        amount = "coalesce(d.amount, l.amount)"
    if session.rows("SELECT 1 FROM leads WHERE deal_id IS NOT NULL AND contacted_on IS NOT NULL LIMIT 1"):
        contacted = """LEFT JOIN (SELECT deal_id, min(contacted_on) AS contacted_on FROM leads
                       WHERE is_deleted IS NOT TRUE AND merged_into IS NULL GROUP BY 1) c ON c.deal_id = d.key"""
        contact = "coalesce(d.first_contact_on, c.contacted_on)"
    session.run(
        f"""
        CREATE TEMP TABLE deals_now AS
        WITH placed AS (
            SELECT d.*, coalesce({surroundings.default_pipeline(session)}, '') AS placed_in, {amount} AS worth, {contact} AS contact_on
            FROM deals d {lines} {contacted} {which})
        SELECT d.deal_no, d.key, d.connection, d.placed_in AS pipeline, coalesce(o.stage_no, u.stage_no) AS stage_no, o.kind AS stage_kind,
               w.stage_no AS won_stage_no, w.position AS won_position,
               d.status, d.status IN {CLOSED} AS is_closed, d.closed_at, d.closed_on, d.created_at, d.created_on,
               coalesce(d.created_on, CAST(b.recorded_at AS DATE)) AS exists_on, d.contact_on, d.worth AS amount,
               upper(coalesce(d.currency, '{currency}')) AS currency, d.owner_id, d.team_id, d.expected_close_on, d.probability, d.forecast_category
        FROM placed d
        LEFT JOIN loads b ON b.load_no = d.first_load
        LEFT JOIN stage_order o ON o.connection = d.connection AND o.pipeline = d.placed_in AND o.stage = d.stage
        LEFT JOIN stage_order u ON u.connection = d.connection AND u.pipeline = '' AND u.stage = d.stage
        LEFT JOIN (SELECT connection, pipeline, {session.sql.earliest("stage_no", "position")} AS stage_no, min(position) AS position FROM stage_order
                   WHERE kind = 'won' GROUP BY 1, 2) w ON w.connection = d.connection AND w.pipeline = d.placed_in
        """
    )


def _gather_steps(session: Session) -> list[str]:
    """`steps_now`: one row for each creation, logged change and close, wide: only what it sets is filled.

    A stage number of 0 and an empty text mean "emptied", NULL "not set here". Returns the fields that are logged.
    """
    logged = {name: has_old for name, has_old in session.rows("SELECT field, count(old_value) > 0 FROM log_now GROUP BY 1")}
    fields = [f for f in FIELDS if f in logged]
    has_stage, has_status = "stage" in logged, "status" in logged
    # A lost deal may still stand in the stage it was lost in: then it was there since creation, as far as anyone knows.
    since_creation = "CASE WHEN d.stage_kind = 'open' OR (d.stage_kind IS NULL AND NOT d.is_closed) THEN d.stage_no END"
    at_close = "CASE WHEN d.stage_kind IS DISTINCT FROM 'open' THEN d.stage_no END"
    first_stage = f"CASE WHEN f.first_stage IS NULL THEN {since_creation} ELSE coalesce(fo.stage_no, 0) END" if has_stage else since_creation
    close_stage = f"""CASE WHEN d.status = 'won' AND d.won_stage_no IS NOT NULL THEN d.won_stage_no
        {"WHEN f.first_stage IS NULL OR d.stage_kind = 'lost' THEN " + at_close if has_stage else "ELSE " + at_close} END"""

    def initial(field: str) -> str:
        present = f"coalesce({session.sql.as_text('d.' + field)}, '')"
        return f"coalesce(f.first_{field}, {present}) AS {field}"

    firsts = first_join = ""
    if logged:
        first = ", ".join(
            f"{session.sql.earliest(f'''coalesce(old_value, '')''', 'true_at')} FILTER (WHERE field = '{f}') AS first_{f}"
            if has_old
            else f"max(CASE WHEN field = '{f}' THEN '' END) AS first_{f}"
            for f, has_old in logged.items()
        )
        firsts = f"WITH firsts AS (SELECT deal_no, {first} FROM log_now GROUP BY 1)"
        first_join = "LEFT JOIN firsts f ON f.deal_no = d.deal_no"
        if has_stage:
            first_join += """ LEFT JOIN stage_order fo ON f.first_stage <> '' AND fo.connection = d.connection AND fo.pipeline = d.pipeline
                AND fo.stage = f.first_stage"""
    kind_of_both = ""
    if has_stage and has_status:
        kind_of_both = """WHERE NOT (field = 'status' AND value <> 'disqualified' AND deal_no IN (
            SELECT deal_no FROM log_now WHERE field = 'stage' AND kind IS NOT NULL))"""
    status_change = "CASE WHEN field = 'stage' THEN kind WHEN field = 'status' THEN value END" if has_status else "kind"
    setting = "".join(f", CASE WHEN field = '{f}' THEN value END AS {f}" for f in fields)
    session.run(
        f"""
        CREATE TEMP TABLE steps_now AS
        {firsts}
        SELECT d.deal_no, CAST(0 AS TINYINT) AS part, d.exists_on AS on_day, coalesce(d.created_at, CAST(d.exists_on AS TIMESTAMP)) AS true_at,
               CAST(0 AS BIGINT) AS seq, 0 AS load_no, CAST(NULL AS VARCHAR) AS said, CAST({first_stage} AS SMALLINT) AS stage_no,
               CASE WHEN d.is_closed AND d.closed_on IS NULL THEN d.status ELSE 'open' END AS status, d.exists_on
               {"".join(", " + initial(f) for f in fields)}
        FROM deals_now d {first_join}
        UNION ALL
        {
            f'''SELECT deal_no, 1, changed_on, true_at, seq, load_no, CASE WHEN field <> 'stage' THEN value END,
               CASE WHEN field = 'stage' THEN coalesce(stage_no, 0) END, {status_change}, exists_on {setting}
        FROM log_now {kind_of_both}
        UNION ALL'''
            if logged
            else ""
        }
        SELECT d.deal_no, 3, d.closed_on, d.closed_at, 0, 0, NULL, {close_stage}, d.status, d.exists_on
               {"".join(", NULL" for f in fields)}
        FROM deals_now d {first_join}
        WHERE d.is_closed AND d.closed_on IS NOT NULL
        """
    )
    return list(logged)


def _gather_log(session: Session, tracked: str, which: str) -> None:
    """`log_now`: the logged changes of the deals at hand, stages as numbers."""
    session.run(f"CREATE TEMP TABLE log_now AS {_log_select(tracked, which)}")


def _add_to_log(session: Session, which: str, tracked: str) -> None:
    session.run(f"INSERT INTO log_now {_log_select(tracked, which)}")


def _log_select(tracked: str, which: str) -> str:
    return f"""
        SELECT d.deal_no, d.exists_on, c.field, CASE WHEN c.field = 'stage' THEN NULL ELSE coalesce(c.value, '') END AS value, c.old_value,
               c.changed_on, c.changed_at AS true_at, coalesce(c.seq, 0) AS seq, c.load_no,
               coalesce(o.stage_no, u.stage_no) AS stage_no, o.kind
        FROM changes c JOIN deals_now d ON d.key = c.key
        LEFT JOIN stage_order o ON c.field = 'stage' AND o.connection = d.connection AND o.pipeline = d.pipeline AND o.stage = c.value
        LEFT JOIN stage_order u ON c.field = 'stage' AND u.connection = d.connection AND u.pipeline = '' AND u.stage = c.value
        WHERE c.table_name = 'deals' AND c.field IN ({tracked}) {which}"""


def _settle_closes(session: Session) -> None:
    """The latest close is dated by the deal's own closing date, whenever the change that made it was entered.

    Closes that were later reopened keep their change's date; nothing reopens a deal after the close its row shows.
    A closed deal without a closing date takes that of its last logged close.
    """
    session.run(
        f"""
        CREATE TEMP TABLE undated AS
        SELECT s.deal_no, max(s.true_at) AS closed_at, {session.sql.latest("s.on_day", "s.true_at")} AS closed_on
        FROM steps_now s JOIN deals_now d ON d.deal_no = s.deal_no
        WHERE d.is_closed AND d.closed_on IS NULL AND s.part = 1 AND s.status = d.status GROUP BY 1
        """
    )
    if session.rows("SELECT 1 FROM undated LIMIT 1"):
        session.run(
            "UPDATE deals_now SET closed_at = u.closed_at, closed_on = u.closed_on FROM undated u WHERE u.deal_no = deals_now.deal_no"
        )
        session.run("UPDATE steps_now SET status = 'open' FROM undated u WHERE u.deal_no = steps_now.deal_no AND part = 0")
    session.run("DROP TABLE undated")
    session.run(
        f"""
        CREATE TEMP TABLE unsettled AS
        WITH suspects AS (
            SELECT DISTINCT s.deal_no, d.closed_at, d.closed_on FROM steps_now s JOIN deals_now d ON d.deal_no = s.deal_no
            WHERE d.is_closed AND d.closed_on IS NOT NULL AND s.part = 1
                AND ((s.status IN {CLOSED} AND s.on_day <> d.closed_on) OR (s.status = 'open' AND s.on_day > d.closed_on)))
        SELECT u.deal_no, u.closed_at, u.closed_on, max(s.true_at) FILTER (WHERE s.status = 'open' AND s.on_day <= u.closed_on) AS last_open_at
        FROM suspects u JOIN steps_now s ON s.deal_no = u.deal_no WHERE s.part IN (0, 1) GROUP BY 1, 2, 3
        """
    )
    if session.rows("SELECT 1 FROM unsettled LIMIT 1"):
        session.run(
            """DELETE FROM steps_now WHERE part = 1 AND status = 'open' AND EXISTS (
                SELECT 1 FROM unsettled u WHERE u.deal_no = steps_now.deal_no AND steps_now.on_day > u.closed_on)"""
        )
        session.run(
            f"""UPDATE steps_now SET on_day = u.closed_on, true_at = u.closed_at, part = 2, seq = date_diff('second', DATE '1970-01-01', true_at)
                FROM unsettled u
                WHERE u.deal_no = steps_now.deal_no AND steps_now.part = 1 AND steps_now.status IN {CLOSED}
                    AND (u.last_open_at IS NULL OR steps_now.true_at > u.last_open_at)"""
        )
    session.run("DROP TABLE unsettled")


def _split_at_team_moves(session: Session) -> None:
    """An open deal goes with its owner when the owner moves to another team: a step that sets nothing, on that day."""
    movers = "SELECT person_key FROM person_teams GROUP BY 1 HAVING count(*) > 1"
    if not session.rows(f"{movers} LIMIT 1"):
        return
    session.run(
        f"""
        INSERT INTO steps_now BY NAME
        SELECT d.deal_no, 1 AS part, p.from_on AS on_day, CAST(p.from_on AS TIMESTAMP) AS true_at, 0 AS seq, 0 AS load_no, d.exists_on
        FROM deals_now d
        JOIN (SELECT key, owner_id FROM deals_now
              UNION SELECT key, value FROM changes WHERE table_name = 'deals' AND field = 'owner_id') h ON h.key = d.key
        JOIN person_teams p ON p.person_key = h.owner_id AND p.from_on > d.exists_on AND p.from_on < coalesce(d.closed_on, DATE '9999-12-31')
        WHERE h.owner_id IN ({movers})
        """
    )


def _run_through(session: Session, logged: list[str]) -> None:
    """Go through each deal's steps in order and carry every value forward: `states_now`, the state at each day's end.

    Also `moves_now`: the steps that set a stage, numbered in the same order.
    """
    order = ", ".join(_needed_order(session))
    session.run("DROP TABLE log_now")
    over = f"OVER (PARTITION BY deal_no ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    fields = [f for f in FIELDS if f in logged]
    carry = [f"nullif(last_value({f} IGNORE NULLS) {over}, '') AS {f}" for f in fields]
    unqualified = bool(session.rows("SELECT 1 FROM stage_order WHERE NOT is_qualified LIMIT 1"))
    qualified = (
        [f"min(CASE WHEN qualifies THEN day END) {over} AS qualified_on", f"bool_or(qualifies IS FALSE) {over} AS was_unqualified"]
        if unqualified
        else []
    )
    names = [*fields, *(["qualified_on", "was_unqualified"] if unqualified else [])]
    session.run(
        f"""
        CREATE TEMP TABLE carried_now AS
        WITH clamped AS (
            SELECT s.*, greatest(s.on_day, s.exists_on) AS day, o.position, CASE WHEN o.kind <> 'lost' THEN o.is_qualified END AS qualifies,
                   CAST(coalesce(o.value_rank, 0) + CASE WHEN s.status <> 'open' THEN 10000 ELSE 0 END AS SMALLINT) AS value_rank
            FROM steps_now s LEFT JOIN stage_order o ON o.stage_no = s.stage_no)
        SELECT deal_no, day, part, stage_no AS set_stage, row_number() OVER (PARTITION BY deal_no ORDER BY {order}) AS place,
               lead(day) OVER (PARTITION BY deal_no ORDER BY {order}) AS next_day,
               nullif(last_value(stage_no IGNORE NULLS) {over}, 0) AS stage_no, last_value(status IGNORE NULLS) {over} AS status,
               last_value(CASE WHEN status = 'open' THEN DATE '0001-01-01' WHEN part = 0 THEN NULL WHEN status IS NOT NULL THEN on_day END
                          IGNORE NULLS) {over} AS closed_on,
               max(position) {over} AS furthest {"".join(", " + c for c in [*carry, *qualified])}
        FROM clamped
        """
    )
    session.run("DROP TABLE steps_now")
    session.run(
        f"""
        CREATE TEMP TABLE states_now AS
        SELECT deal_no, day AS from_on, coalesce(next_day, DATE '9999-12-31') AS to_on, stage_no, status, furthest,
               CASE WHEN status <> 'open' THEN nullif(closed_on, DATE '0001-01-01') END AS closed_on {"".join(", " + n for n in names)}
        FROM carried_now WHERE next_day IS DISTINCT FROM day
        """
    )
    session.run("CREATE TEMP TABLE moves_now AS SELECT deal_no, day, place, set_stage AS stage_no FROM carried_now WHERE set_stage IS NOT NULL")
    session.run("DROP TABLE carried_now")
    for missing in ({"qualified_on": "DATE", "was_unqualified": "BOOLEAN"} if not unqualified else {}).items():
        session.run(f"ALTER TABLE states_now ADD COLUMN {' '.join(missing)}")


def _needed_order(session: Session) -> list[str]:
    """The order of steps without the parts that tell nothing apart in the log at hand: sorting is most of the work."""
    ((seqs, loads),) = session.rows("SELECT count(DISTINCT seq), count(DISTINCT load_no) FROM log_now")
    tied = session.rows("SELECT 1 FROM log_now WHERE field <> 'stage' GROUP BY deal_no, field, true_at HAVING count(*) > 1 LIMIT 1")
    redated = session.rows("SELECT 1 FROM steps_now WHERE part = 2 LIMIT 1")
    idle = {"seq"} if seqs < 2 and not redated else set()
    idle |= set() if tied else {"said"}
    return [part for part in ORDER if part not in idle | ({"load_no"} if loads < 2 else set())]


def _hold_at_close(session: Session) -> None:
    """A closed deal keeps the owner, team and amount of its close; an empty amount takes the first recorded after it."""
    held = [n for n in ("owner_id", "team_id", "currency", "amount") if n in session.names("SELECT * FROM states_now")]
    session.run("CREATE TEMP TABLE after_close AS SELECT DISTINCT deal_no FROM states_now WHERE status <> 'open' AND closed_on < from_on")
    if held and session.rows("SELECT 1 FROM after_close LIMIT 1"):
        over = "OVER (PARTITION BY deal_no, closed_on ORDER BY from_on ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        firsts = ", ".join(f"first_value({n}{' IGNORE NULLS' if n == 'amount' else ''}) {over} AS {n}" for n in held)
        session.run(
            f"""
            CREATE TEMP TABLE held AS
            SELECT deal_no, from_on, {firsts} FROM states_now
            WHERE status <> 'open' AND deal_no IN (SELECT deal_no FROM after_close)
            """
        )
        session.run(
            f"""UPDATE states_now SET {", ".join(f"{n} = h.{n}" for n in held)} FROM held h
               WHERE h.deal_no = states_now.deal_no AND h.from_on = states_now.from_on"""
        )
        session.run("DROP TABLE held")
    session.run("DROP TABLE after_close")


def _finish(session: Session, currency: str, logged: list[str], touched: str | None) -> None:
    """`deal_versions`: typed, with the owner's team that day and closed amounts in the reporting currency."""

    def value(field: str) -> str:
        if field not in logged:
            return f"d.{field}"
        return f"CAST(s.{field} AS {TYPES[field]})" if field in TYPES else f"s.{field}"

    day = "coalesce(least(s.closed_on, s.from_on), s.from_on)"
    foreign = session.rows("SELECT 1 FROM deals_now WHERE currency <> ? LIMIT 1", [currency]) or "currency" in logged
    rates = "LEFT JOIN rates r ON r.currency = p.currency AND r.day = p.closed_on" if foreign else ""
    converted = f"CASE WHEN p.status = 'open' THEN NULL WHEN p.currency = '{currency}' THEN CAST(p.amount AS DOUBLE)"
    put(
        session,
        "deal_versions",
        f"""
        WITH placed AS (
            SELECT s.deal_no, s.from_on, s.to_on, s.status, s.closed_on, s.stage_no, {value("pipeline")} AS pipeline, s.furthest,
                   CASE WHEN s.was_unqualified THEN s.qualified_on ELSE d.exists_on END AS qualified_on, {value("amount")} AS amount,
                   coalesce({value("currency")}, '{currency}') AS currency, {value("owner_id")} AS owner_key, {value("team_id")} AS own_team,
                   {value("expected_close_on")} AS expected_close_on, {value("probability")} AS probability,
                   {value("forecast_category")} AS forecast_category, {day} AS team_day
            FROM states_now s JOIN deals_now d ON d.deal_no = s.deal_no)
        SELECT p.deal_no, p.from_on, p.to_on, p.status, p.closed_on, o.stage, nullif(p.pipeline, '') AS pipeline, p.furthest, p.qualified_on,
               coalesce(o.is_qualified, TRUE) AS is_qualified, p.amount, p.currency, p.owner_key, coalesce(p.own_team, t.team_key) AS team_key,
               p.expected_close_on, p.probability, p.forecast_category,
               {converted} {"ELSE CAST(p.amount * r.rate AS DOUBLE)" if foreign else ""} END AS amount_reporting,
               {converted} {"ELSE CAST(p.amount * r.plan_rate AS DOUBLE)" if foreign else ""} END AS amount_plan
        FROM placed p
        LEFT JOIN stage_order o ON o.stage_no = p.stage_no
        LEFT JOIN person_teams t ON t.person_key = p.owner_key AND t.from_on <= p.team_day AND p.team_day < t.to_on
        {rates}
        """,
        touched,
    )
    session.run("DROP TABLE states_now")


def put(session: Session, table: str, select: str, touched: str | None) -> None:
    """Write a derived table anew, or only the rows of the deals at hand."""
    if touched is None:
        session.run(f"CREATE OR REPLACE {'TEMP ' if session.scratch else ''}TABLE {table} AS {select}")
        return
    session.run(f"DELETE FROM {table} WHERE deal_no IN (SELECT deal_no FROM deals_now)")
    session.run(f"INSERT INTO {table} BY NAME {select}")
