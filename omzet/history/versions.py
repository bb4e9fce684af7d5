"""`deal_versions`: one row for each deal and dated state, from which the state on any day is read.

A deal's state is rebuilt from its row and its logged changes: what is logged follows the log; status and stage that are
not follow `created_at` and `closed_at`; any other field that is not had its present value since creation.
"""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import surroundings

FIELDS = ("owner_id", "team_id", "amount", "currency", "expected_close_on", "probability", "forecast_category", "pipeline")
"""Fields that a version follows besides stage and status."""

TYPES = {"amount": "DECIMAL(24,6)", "expected_close_on": "DATE", "probability": "DECIMAL(12,8)"}

CLOSED = "('won', 'lost', 'disqualified')"


def derive(session: Session, currency: str, touched: str | None) -> None:
    """Build the versions of all deals, or of those in the relation `touched` (column `key`), into `versions_now`.

    `currency` is the reporting currency. Also leaves `deals_now` (one row a deal, numbered `n`) and `steps_now` (one row an event)
    for the tables derived next; the caller drops them.
    """
    _gather_deals(session, currency, touched)
    logged = _gather_steps(session, touched)
    _settle_closes(session)
    _split_at_team_moves(session)
    _run_through(session, logged)
    _hold_at_close(session)
    _finish(session, currency)


def _gather_deals(session: Session, currency: str, touched: str | None) -> None:
    """`deals_now`: each deal's present row with what the rules need of its surroundings."""
    which = f"WHERE d.key IN (SELECT key FROM {touched})" if touched else ""
    lines = contacted = ""
    amount, contact = "d.amount", "d.first_contact_on"
    if session.rows("SELECT 1 FROM deal_lines LIMIT 1"):
        lines = """LEFT JOIN (SELECT deal_id, CAST(sum(quantity * unit_price) AS DECIMAL(24,6)) AS amount FROM deal_lines
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
            SELECT d.*, {surroundings.default_pipeline(session)} AS placed_in, {amount} AS worth, {contact} AS contact_on
            FROM deals d {lines} {contacted} {which})
        SELECT CAST(row_number() OVER () AS INTEGER) AS n, d.key, d.connection, d.placed_in AS pipeline, d.stage, o.kind AS stage_kind, o.is_qualified AS stage_qualified,
               o.position AS stage_position, w.stage AS won_stage, w.position AS won_position,
               d.status, d.status IN {CLOSED} AS is_closed, d.closed_at, d.closed_on, d.created_at, d.created_on,
               coalesce(d.created_on, CAST(b.recorded_at AS DATE)) AS exists_on, d.contact_on, d.worth AS amount,
               upper(coalesce(d.currency, '{currency}')) AS currency, d.owner_id, d.team_id, d.expected_close_on, d.probability, d.forecast_category
        FROM placed d
        LEFT JOIN loads b ON b.load_no = d.first_load
        LEFT JOIN stage_order o ON o.connection = d.connection AND o.pipeline = d.placed_in AND o.stage = d.stage
        LEFT JOIN (SELECT connection, pipeline, {session.sql.earliest("stage", "position")} AS stage, min(position) AS position FROM stage_order
                   WHERE kind = 'won' GROUP BY 1, 2) w ON w.connection = d.connection AND w.pipeline = d.placed_in
        """
    )


def _gather_steps(session: Session, touched: str | None) -> list[str]:
    """`steps_now`: one row for each creation, logged change and close, wide: only what it sets is filled.

    An empty text means "emptied", NULL "not set here". Returns the fields that are logged.
    """
    which = f"AND c.key IN (SELECT key FROM {touched})" if touched else ""
    tracked = ", ".join(f"'{f}'" for f in ("stage", "status", *FIELDS))
    found = session.rows(
        f"""SELECT field, count(old_value) > 0 FROM changes c WHERE table_name = 'deals' AND field IN ({tracked}) {which} GROUP BY 1"""
    )
    logged = {name: has_old for name, has_old in found}
    fields = [f for f in FIELDS if f in logged]
    firsts = "SELECT NULL AS key WHERE FALSE"
    if logged:
        first = ", ".join(
            (
                f"{session.sql.earliest('''coalesce(old_value, '')''', 'changed_at')} FILTER (WHERE field = '{f}') AS first_{f}"
                if has_old
                else f"max(CASE WHEN field = '{f}' THEN '' END) AS first_{f}"
            )
            for f, has_old in logged.items()
        )
        firsts = f"SELECT c.key, {first} FROM changes c WHERE table_name = 'deals' AND field IN ({tracked}) {which} GROUP BY 1"
    has_stage, has_status = "stage" in logged, "status" in logged
    # A lost deal may still stand in the stage it was lost in: then it was there since creation, as far as anyone knows.
    since_creation = "CASE WHEN d.stage_kind = 'open' OR (d.stage_kind IS NULL AND NOT d.is_closed) THEN d.stage END"
    at_close = "CASE WHEN d.stage_kind IS DISTINCT FROM 'open' THEN d.stage END"
    first_stage = f"CASE WHEN f.first_stage IS NULL THEN {since_creation} ELSE f.first_stage END" if has_stage else since_creation
    close_stage = f"""CASE WHEN d.status = 'won' AND d.won_stage IS NOT NULL THEN d.won_stage
        {"WHEN f.first_stage IS NULL OR d.stage_kind = 'lost' THEN " + at_close if has_stage else "ELSE " + at_close} END"""

    def initial(field: str) -> str:
        present = f"coalesce({session.sql.as_text('d.' + field)}, '')"
        return f"coalesce(f.first_{field}, {present}) AS {field}"

    def blank(field: str) -> str:
        return f"CAST(NULL AS VARCHAR) AS {field}"

    def change(field: str) -> str:
        return f"CASE WHEN c.field = '{field}' THEN coalesce(c.value, '') END AS {field}"

    kind_of_both = ""
    if has_stage and has_status:
        kind_of_both = """AND NOT (c.field = 'status' AND c.value <> 'disqualified' AND c.key IN (
            SELECT x.key FROM changes x JOIN deals_now y ON y.key = x.key
            JOIN stage_order z ON z.connection = y.connection AND z.pipeline = y.pipeline AND z.stage = x.value
            WHERE x.table_name = 'deals' AND x.field = 'stage' AND z.kind IS NOT NULL))"""
    status_change = "CASE WHEN c.field = 'stage' THEN o.kind WHEN c.field = 'status' THEN c.value END" if has_status else "o.kind"
    changes = f"""
        SELECT d.n AS key, 1 AS part, c.changed_on AS on_day, c.changed_at AS true_at, c.changed_at AS said_at, coalesce(c.seq, 0) AS seq, c.load_no,
               coalesce(c.value, '') AS said, CASE WHEN c.field = 'stage' THEN coalesce(c.value, '') END AS stage,
               {status_change} AS status, o.position, CASE WHEN o.kind <> 'lost' THEN o.is_qualified END AS qualifies
               {"".join(", " + change(f) for f in fields)}
        FROM changes c JOIN deals_now d ON d.key = c.key
        LEFT JOIN stage_order o ON c.field = 'stage' AND o.connection = d.connection AND o.pipeline = d.pipeline AND o.stage = c.value
        WHERE c.table_name = 'deals' AND c.field IN ({tracked}) {which} {kind_of_both}"""
    session.run(
        f"""
        CREATE TEMP TABLE steps_now AS
        WITH firsts AS ({firsts})
        SELECT d.n AS key, 0 AS part, d.exists_on AS on_day, coalesce(d.created_at, CAST(d.exists_on AS TIMESTAMP)) AS true_at,
               coalesce(d.created_at, CAST(d.exists_on AS TIMESTAMP)) AS said_at, CAST(0 AS BIGINT) AS seq, 0 AS load_no, '' AS said,
               {first_stage} AS stage, CASE WHEN d.is_closed AND d.closed_on IS NULL THEN d.status ELSE 'open' END AS status,
               o.position, CASE WHEN o.kind <> 'lost' THEN o.is_qualified END AS qualifies
               {"".join(", " + initial(f) for f in fields)}
        FROM deals_now d {"LEFT JOIN firsts f ON f.key = d.key" if logged else ""}
        LEFT JOIN stage_order o ON o.connection = d.connection AND o.pipeline = d.pipeline AND o.stage = {first_stage}
        UNION ALL
        {changes + " UNION ALL " if logged else ""}
        SELECT d.n, 3, d.closed_on, d.closed_at, d.closed_at, 0, 0, '', {close_stage}, d.status,
               CASE WHEN d.status = 'won' THEN d.won_position END, CASE WHEN d.status = 'won' THEN TRUE END
               {"".join(", " + blank(f) for f in fields)}
        FROM deals_now d {"LEFT JOIN firsts f ON f.key = d.key" if logged else ""}
        WHERE d.is_closed AND d.closed_on IS NOT NULL
        """
    )
    return list(logged)


def _settle_closes(session: Session) -> None:
    """The latest close is dated by the deal's own closing date, whenever the change that made it was entered.

    Closes that were later reopened keep their change's date; nothing reopens a deal after the close its row shows.
    A closed deal without a closing date takes that of its last logged close.
    """
    session.run(
        f"""
        CREATE TEMP TABLE undated AS
        SELECT s.key, max(s.true_at) AS closed_at, {session.sql.latest("s.on_day", "s.true_at")} AS closed_on
        FROM steps_now s JOIN deals_now d ON d.n = s.key
        WHERE d.is_closed AND d.closed_on IS NULL AND s.part = 1 AND s.status = d.status GROUP BY 1
        """
    )
    if session.rows("SELECT 1 FROM undated LIMIT 1"):
        session.run(
            "UPDATE deals_now SET closed_at = u.closed_at, closed_on = u.closed_on FROM undated u WHERE u.key = deals_now.n"
        )
        session.run("UPDATE steps_now SET status = 'open' FROM undated u WHERE u.key = steps_now.key AND part = 0")
    session.run("DROP TABLE undated")
    session.run(
        f"""
        CREATE TEMP TABLE unsettled AS
        SELECT s.key, max(d.closed_at) AS closed_at, max(d.closed_on) AS closed_on,
               max(s.true_at) FILTER (WHERE s.status = 'open' AND s.on_day <= d.closed_on) AS last_open_at
        FROM steps_now s JOIN deals_now d ON d.n = s.key
        WHERE d.is_closed AND d.closed_on IS NOT NULL AND s.part IN (0, 1) AND s.status IS NOT NULL
        GROUP BY 1
        HAVING bool_or(s.part = 1 AND ((s.status IN {CLOSED} AND s.on_day <> d.closed_on) OR (s.status = 'open' AND s.on_day > d.closed_on)))
        """
    )
    if session.rows("SELECT 1 FROM unsettled LIMIT 1"):
        session.run(
            """DELETE FROM steps_now WHERE part = 1 AND status = 'open' AND EXISTS (
                SELECT 1 FROM unsettled u WHERE u.key = steps_now.key AND steps_now.on_day > u.closed_on)"""
        )
        session.run(
            f"""UPDATE steps_now SET on_day = u.closed_on, true_at = u.closed_at, part = 2 FROM unsettled u
                WHERE u.key = steps_now.key AND steps_now.part = 1 AND steps_now.status IN {CLOSED}
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
        INSERT INTO steps_now (key, part, on_day, true_at, said_at, seq, load_no, said)
        SELECT d.n, 1, p.from_on, CAST(p.from_on AS TIMESTAMP), CAST(p.from_on AS TIMESTAMP), 0, 0, ''
        FROM deals_now d
        JOIN (SELECT key, owner_id FROM deals_now UNION SELECT key, value FROM changes WHERE table_name = 'deals' AND field = 'owner_id') h ON h.key = d.key
        JOIN person_teams p ON p.person_key = h.owner_id AND p.from_on > d.exists_on AND p.from_on < coalesce(d.closed_on, DATE '9999-12-31')
        WHERE h.owner_id IN ({movers})
        """
    )


def _run_through(session: Session, logged: list[str]) -> None:
    """Go through each deal's steps in order, carry every value forward, and keep the state at the end of each day."""
    order = "day, part, true_at, said_at, seq, load_no, CASE WHEN status <> 'open' THEN 1 ELSE 0 END, said"
    over = f"OVER (PARTITION BY key ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    carried = ["stage", *(f for f in FIELDS if f in logged)]
    carry = [f"nullif(last_value({f} IGNORE NULLS) {over}, '') AS {f}" for f in carried]
    unqualified = bool(session.rows("SELECT 1 FROM stage_order WHERE NOT is_qualified LIMIT 1"))
    qualified = (
        [
            f"min(CASE WHEN qualifies THEN day END) {over} AS qualified_on",
            f"bool_or(qualifies IS FALSE) {over} AS was_unqualified",
        ]
        if unqualified
        else ["day AS qualified_on", "FALSE AS was_unqualified"]
    )
    session.run(
        f"""
        CREATE TEMP TABLE states_now AS
        WITH clamped AS (
            SELECT s.*, greatest(s.on_day, d.exists_on) AS day FROM steps_now s JOIN deals_now d ON d.n = s.key),
        carried AS (
            SELECT key, day, lead(day) OVER (PARTITION BY key ORDER BY {order}) AS next_day,
                   last_value(status IGNORE NULLS) {over} AS status,
                   last_value(CASE WHEN status = 'open' THEN DATE '0001-01-01' WHEN part = 0 THEN NULL WHEN status IS NOT NULL THEN on_day END
                              IGNORE NULLS) {over} AS closed_on,
                   max(position) {over} AS furthest, {", ".join([*carry, *qualified])}
            FROM clamped)
        SELECT key, day AS from_on, coalesce(next_day, DATE '9999-12-31') AS to_on, status,
               CASE WHEN status <> 'open' THEN nullif(closed_on, DATE '0001-01-01') END AS closed_on, furthest, qualified_on, was_unqualified,
               {", ".join(carried)}
        FROM carried WHERE next_day IS DISTINCT FROM day
        """
    )
    for missing in (f for f in FIELDS if f not in logged):
        session.run(f"ALTER TABLE states_now ADD COLUMN {missing} VARCHAR")
    absent = [f for f in FIELDS if f not in logged]
    session.run("CREATE TEMP TABLE constants_now (field VARCHAR)")
    for name in absent:
        session.run("INSERT INTO constants_now VALUES (?)", [name])


def _hold_at_close(session: Session) -> None:
    """A closed deal keeps the owner, team and amount of its close; an empty amount takes the first recorded after it."""
    session.run(
        "CREATE TEMP TABLE after_close AS SELECT DISTINCT key FROM states_now WHERE status <> 'open' AND closed_on < from_on"
    )
    if session.rows("SELECT 1 FROM after_close LIMIT 1"):
        over = "OVER (PARTITION BY key, closed_on ORDER BY from_on ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        session.run(
            f"""
            CREATE TEMP TABLE held AS
            SELECT key, from_on, first_value(owner_id) {over} AS owner_id, first_value(team_id) {over} AS team_id,
                   first_value(amount IGNORE NULLS) {over} AS amount, first_value(currency) {over} AS currency
            FROM states_now WHERE status <> 'open' AND key IN (SELECT key FROM after_close)
            """
        )
        session.run(
            """UPDATE states_now SET owner_id = h.owner_id, team_id = h.team_id, amount = h.amount, currency = h.currency FROM held h
               WHERE h.key = states_now.key AND h.from_on = states_now.from_on"""
        )
        session.run("DROP TABLE held")
    session.run("DROP TABLE after_close")


def _finish(session: Session, currency: str) -> None:
    """`versions_now`: typed, with the owner's team that day and closed amounts in the reporting currency."""
    constant = {name for (name,) in session.rows("SELECT field FROM constants_now")}

    def value(field: str) -> str:
        if field in constant:
            return f"d.{field}"
        return f"CAST(s.{field} AS {TYPES[field]})" if field in TYPES else f"s.{field}"

    day = "coalesce(least(s.closed_on, s.from_on), s.from_on)"
    session.run(
        f"""
        CREATE TEMP TABLE versions_now AS
        WITH placed AS (
            SELECT d.key AS deal_key, s.from_on, s.to_on, s.status, s.closed_on, s.stage, {value("pipeline")} AS pipeline, s.furthest,
                   CASE WHEN s.was_unqualified THEN s.qualified_on ELSE d.exists_on END AS qualified_on, d.connection,
                   {value("amount")} AS amount, coalesce({value("currency")}, '{currency}') AS currency, {value("owner_id")} AS owner_key,
                   {value("team_id")} AS own_team, {value("expected_close_on")} AS expected_close_on, {value("probability")} AS probability,
                   {value("forecast_category")} AS forecast_category, {day} AS team_day
            FROM states_now s JOIN deals_now d ON d.n = s.key)
        SELECT p.deal_key, p.from_on, p.to_on, p.status, p.closed_on, p.stage, p.pipeline, p.furthest, p.qualified_on,
               coalesce(o.is_qualified, TRUE) AS is_qualified, p.amount, p.currency, p.owner_key, coalesce(p.own_team, t.team_key) AS team_key,
               p.expected_close_on, p.probability, p.forecast_category,
               CASE WHEN p.status = 'open' THEN NULL WHEN p.currency = '{currency}' THEN p.amount ELSE p.amount * r.rate END AS amount_reporting,
               CASE WHEN p.status = 'open' THEN NULL WHEN p.currency = '{currency}' THEN p.amount ELSE p.amount * r.plan_rate END AS amount_plan
        FROM placed p
        LEFT JOIN stage_order o ON o.connection = p.connection AND o.pipeline = p.pipeline AND o.stage = p.stage
        LEFT JOIN person_teams t ON t.person_key = p.owner_key AND t.from_on <= p.team_day AND p.team_day < t.to_on
        LEFT JOIN rates r ON r.currency = p.currency AND r.day = p.closed_on
        """
    )
    for name in ("states_now", "constants_now"):
        session.run(f"DROP TABLE {name}")
