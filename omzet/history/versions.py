"""`deal_versions`: one row for each deal and dated state, from which the state on any day is read.

A deal's state is rebuilt from its row and its logged changes: what is logged follows the log; status and stage that are
not follow `created_at` and `closed_at`; any other field that is not had its present value since creation. Every version
also tells the few facts of its deal that most questions ask for, so that these are answered from versions alone.
"""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import reconcile, steps
from omzet.history.merge import Loading
from omzet.history.steps import DAYS, FIELDS, FIRST_DAY
from omzet.settings import Settings

TYPES = {"amount": "DECIMAL(18,4)", "expected_close_on": "DATE", "probability": "DECIMAL(12,8)"}

SPAN = ("deal_no", "from_on", "to_on")
"""Whose version it is, from which day it holds, and the day from which it no longer does."""

STATE = (
    *("status", "closed_on", "stage", "pipeline", "furthest", "qualified_on", "is_qualified", "owner_key", "team_key"),
    *("amount", "currency", "expected_close_on", "pushes", "probability", "forecast_category"),
    *("amount_reporting", "amount_plan"),
)
"""The columns of `deal_versions` that tell a deal's state."""

ALONG = ("removed", "connection", "created_on", "exists_on", "account_key")
"""Those that hold on all days of the deal."""


def derive(session: Session, settings: Settings, touched: str | None, loading: Loading | None) -> None:
    """Bring `deal_versions` up to date for all deals, or for those in the relation `touched` (column `key`).

    With a `loading`, rows that disagree with their last logged change win first, and the difference is logged. Also
    leaves `deals_now` (one row a deal) and `ordered_now` (each deal's steps in order) for the tables derived next; the
    caller drops them.
    """
    steps.gather_deals(session, settings.currency, touched)
    tracked = ", ".join(f"'{f}'" for f in ("stage", "status", *FIELDS))
    steps.gather_log(session, tracked, few=touched is not None)
    logged = {field for (field,) in session.rows("SELECT DISTINCT field FROM log_now")}
    unqualified = bool(session.rows("SELECT 1 FROM stage_order WHERE NOT is_qualified LIMIT 1"))
    if loading and reconcile.rows_against_log(session, loading):
        steps.add_to_log(session, f"AND c.origin = 'row' AND c.load_no = {loading.number}")
    order = steps.gather_steps(session)
    steps.settle_closes(session)
    steps.split_at_team_moves(session)
    carried = [f for f in FIELDS if f in logged]
    steps.put_in_order(session, carried, order)
    _carry_forward(session, carried, unqualified)
    _hold_at_close(session)
    _finish(session, settings.currency, carried, unqualified, touched)


def _carry_forward(session: Session, fields: list[str], unqualified: bool) -> None:
    """Go through each deal's steps in order and carry every value forward: `states_now`, the state at each day's end.

    A deal's first step sets everything, so that nothing is carried over from the deal before; the running maxima start
    anew with each deal because they hold its number.
    """
    sql = session.sql
    told = ", ".join(f"{sql.carried(f)} AS {f}" for f in ("stage_no", "state", *fields))
    quality = names = ""
    if unqualified:
        earliness = f"CASE WHEN qualifies THEN 4000000 - {sql.days_between(FIRST_DAY, 'day')} ELSE 0 END"
        was = "CASE WHEN qualifies IS FALSE THEN 1 ELSE 0 END"
        quality = f""", {sql.running_max(f"CAST(deal_no AS BIGINT) * {DAYS} + {earliness}")} % {DAYS} AS good,
            {sql.running_max(f"CAST(deal_no AS BIGINT) * 2 + {was}")} % 2 = 1 AS was_unqualified"""
        names = f", CASE WHEN good > 0 THEN {FIRST_DAY} + CAST(4000000 - good AS INTEGER) END AS qualified_on, was_unqualified"
    session.run(
        f"""
        CREATE TEMP TABLE states_now AS
        WITH carried AS (
            SELECT deal_no, day, {sql.next_row("deal_no")} AS deal_next, {sql.next_row("day")} AS day_next, {told},
                   {sql.running_max("CAST(deal_no AS BIGINT) * 65536 + place")} % 65536 AS furthest {quality}
            FROM ordered_now)
        SELECT deal_no, day AS from_on, CASE WHEN deal_next = deal_no THEN day_next ELSE DATE '9999-12-31' END AS to_on,
               nullif(stage_no, 0) AS stage_no, CAST(state // {DAYS} AS TINYINT) AS status, CAST(furthest AS INTEGER) AS furthest,
               CASE WHEN state > {DAYS} AND state % {DAYS} > 0
                    THEN {FIRST_DAY} + CAST(state % {DAYS} AS INTEGER) END AS closed_on {names}
               {"".join(f", nullif({f}, '') AS {f}" for f in fields)}
        FROM carried WHERE deal_next IS DISTINCT FROM deal_no OR day_next IS DISTINCT FROM day
        """
    )


def _hold_at_close(session: Session) -> None:
    """A closed deal keeps the owner, team and amount of its close; an empty amount takes the first recorded after it."""
    present = session.names("SELECT * FROM states_now")
    held = [n for n in ("owner_id", "team_id", "currency", "amount") if n in present]
    session.run(
        "CREATE TEMP TABLE after_close AS SELECT DISTINCT deal_no FROM states_now WHERE status > 0 AND closed_on < from_on"
    )
    if held and session.rows("SELECT 1 FROM after_close LIMIT 1"):
        over = "OVER (PARTITION BY deal_no, closed_on ORDER BY from_on ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        firsts = ", ".join(f"first_value({n}{' IGNORE NULLS' if n == 'amount' else ''}) {over} AS {n}" for n in held)
        session.run(
            f"""
            CREATE TEMP TABLE held AS
            SELECT deal_no, from_on, {firsts} FROM states_now
            WHERE status > 0 AND deal_no IN (SELECT deal_no FROM after_close)
            """
        )
        session.run(
            f"""UPDATE states_now SET {", ".join(f"{n} = h.{n}" for n in held)} FROM held h
               WHERE h.deal_no = states_now.deal_no AND h.from_on = states_now.from_on"""
        )
        session.run("DROP TABLE held")
    session.run("DROP TABLE after_close")


def _finish(session: Session, currency: str, carried: list[str], unqualified: bool, touched: str | None) -> None:
    """`deal_versions`: typed, with the owner's team that day and closed amounts in the reporting currency."""

    def value(field: str) -> str:
        if field not in carried:
            return f"d.{field}"
        return f"CAST(s.{field} AS {TYPES[field]})" if field in TYPES else f"s.{field}"

    def at_rate(rate: str) -> str:
        return f"ELSE CAST({value('amount')} * r.{rate} AS DOUBLE)" if foreign else ""

    foreign = session.rows("SELECT 1 FROM deals_now WHERE currency <> ? LIMIT 1", [currency]) or "currency" in carried
    money = f"coalesce({value('currency')}, '{currency}')"
    day = "coalesce(least(s.closed_on, s.from_on), s.from_on)"
    converted = f"CASE WHEN s.status = 0 THEN NULL WHEN {money} = '{currency}' THEN CAST({value('amount')} AS DOUBLE)"
    found = {
        "status": steps.status_text("s.status"),
        "closed_on": "s.closed_on",
        "stage": "o.stage",
        "furthest": "f.position",
        "qualified_on": "CASE WHEN s.was_unqualified THEN s.qualified_on ELSE d.exists_on END" if unqualified else "d.exists_on",
        "is_qualified": "coalesce(o.is_qualified, TRUE)",
        "owner_key": value("owner_id"),
        "team_key": f"coalesce({value('team_id')}, t.team_key)",
        "currency": money,
        "pipeline": f"nullif({value('pipeline')}, '')",
        **{field: value(field) for field in ("amount", "expected_close_on", "probability", "forecast_category")},
        "pushes": "s.pushes" if "expected_close_on" in carried else "0",
        "amount_reporting": f"{converted} {at_rate('rate')} END",
        "amount_plan": f"{converted} {at_rate('plan_rate')} END",
    }
    joins = f"LEFT JOIN person_teams t ON t.person_key = {value('owner_id')} AND t.from_on <= {day} AND {day} < t.to_on"
    if foreign:
        joins += f" LEFT JOIN rates r ON r.currency = {money} AND r.day = s.closed_on"
    put(
        session,
        "deal_versions",
        f"""
        WITH places AS (SELECT DISTINCT position, dense_rank() OVER (ORDER BY position) AS place FROM stage_order
            WHERE position IS NOT NULL)
        SELECT s.deal_no, s.from_on, s.to_on, {", ".join(f"{found[column]} AS {column}" for column in STATE)},
               {", ".join(f"d.{column}" for column in ALONG)}
        FROM {_with_pushes(session) if "expected_close_on" in carried else "states_now"} s
        JOIN deals_now d ON d.deal_no = s.deal_no
        LEFT JOIN stage_order o ON o.stage_no = s.stage_no
        LEFT JOIN places f ON f.place = s.furthest
        {joins}
        """,
        touched,
        order="s.to_on = DATE '9999-12-31', s.from_on",
    )
    session.run("DROP TABLE states_now")


def _with_pushes(session: Session) -> str:
    """The states with `pushes`: on how many days so far a later expected close took the place of an earlier one."""
    sql = session.sql
    day = sql.days_between(FIRST_DAY, "CAST(expected_close_on AS DATE)")
    due = f"CASE WHEN expected_close_on IS NOT NULL THEN CAST(deal_no AS BIGINT) * {DAYS} + {day} END"
    pushed = f"CASE WHEN due > due_before AND due_before // {DAYS} = deal_no THEN 1 ELSE 0 END"
    return f"""(
        WITH known AS (SELECT *, {sql.carried(due)} AS due, {sql.previous_row("deal_no")} AS deal_before FROM states_now),
        moved AS (SELECT *, {sql.previous_row("due")} AS due_before FROM known),
        counted AS (SELECT *, {sql.running_sum(pushed)} AS so_far FROM moved),
        begun AS (SELECT *, {sql.running_max("CASE WHEN deal_before IS DISTINCT FROM deal_no THEN so_far END")} AS earlier
                  FROM counted)
        SELECT *, CAST(so_far - earlier AS INTEGER) AS pushes FROM begun)"""


def put(session: Session, table: str, select: str, touched: str | None, *, order: str = "") -> None:
    """Write a derived table anew, or only the rows of the deals at hand.

    Written anew it is in the order given: those who look for the rows of some days then read only a part of it.
    """
    if touched is None:
        order = f"ORDER BY {order}" if order else ""
        session.run(f"CREATE OR REPLACE {'TEMP ' if session.scratch else ''}TABLE {table} AS {select} {order}")
        return
    session.run(f"DELETE FROM {table} WHERE deal_no IN (SELECT deal_no FROM deals_now)")
    session.run(f"INSERT INTO {table} BY NAME {select}")
