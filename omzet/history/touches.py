"""What was done for deals and leads, derived from activities so that questions need not read them all.

- `touches`: the activities of each deal that can count, links included, in the order of their days; not the automated ones.
- `deal_touches`: what they come to for each deal, up to its close as it stands now.
- `lead_answers`: when somebody first reached out to a lead, and from when on anything at all was known to be done for it.
- `email_replies`: the e-mails that were replied to, with the day.
- `activity_days`: how many activities there were, by day, person and whatever else tells them apart.
- `deals_awaited`: deals that activities name or named and that aren't there yet.
"""

from __future__ import annotations

from collections.abc import Collection

from omzet.engines import Session
from omzet.engines.sql import text_literal
from omzet.history import aliases, versions

KINDS = ("call", "email", "meeting", "message", "quote")
"""The kinds of which `deal_touches` tells the first days."""

FIRST_DAYS = 5
"""How many of them."""

REPLY_DAYS = 14
"""An answer that comes later is none to this e-mail."""

RECORDS = ("deal_id", "lead_id", "contact_id")
"""What an e-mail and its answer may have in common."""

STANDS = "a.merged_into IS NULL AND a.is_deleted IS NOT TRUE AND a.happened_on IS NOT NULL"
DONE = f"{STANDS} AND coalesce(a.status, 'done') = 'done'"
BY_HAND = "NOT coalesce(a.automated, FALSE)"
OUTBOUND = "coalesce(a.direction, 'outbound') = 'outbound'"
COUNTS = f"""{STANDS} AND {BY_HAND} AND coalesce(a.status, 'done') <> 'planned'
    AND a.kind IN ({", ".join(map(text_literal, KINDS))})"""


def derive(session: Session) -> None:
    """Make all of it anew, from activities, their links, leads and `deal_facts`."""
    _put(session, "touches", _touches(session), order="happened_on")
    _put(session, "deal_touches", summed(session, "touches"))
    _put(session, "lead_answers", _answers(session))
    _put(session, "email_replies", _replies(session))
    _put(session, "activity_days", _days(session))
    _put(session, "deals_awaited", _awaited(session))


def follow(session: Session, touched: str | None) -> None:
    """Bring it up to date for deals that changed: those in the relation `touched` (column `key`), or all (None).

    After `refresh`, where a load also touched activities.
    """
    new = "SELECT f.deal_key FROM deals_awaited w JOIN deal_facts f ON f.deal_key = w.deal_key"
    if session.rows(f"{new} LIMIT 1"):
        session.run(f"DELETE FROM touches WHERE deal_no IN (SELECT deal_no FROM deal_facts WHERE deal_key IN ({new}))")
        session.run(f"INSERT INTO touches {_touches(session, f'IN ({new})')}")
        session.run(f"DELETE FROM deals_awaited WHERE deal_key IN ({new})")
    if touched is None:
        _put(session, "deal_touches", summed(session, "touches"))
    elif session.rows("SELECT 1 FROM touches LIMIT 1"):
        _tell(session, f"SELECT deal_no FROM deal_facts WHERE deal_key IN (SELECT key FROM {touched})")


def refresh(session: Session, tables: Collection[str], load_no: int, zone: str) -> None:
    """Bring it up to date for the activities, links and leads that a load added or changed."""
    if "activities" in tables or "activity_links" in tables:
        counts = " + ".join(f"(SELECT count(*) FROM {t} WHERE load_no = {load_no})" for t in ("activities", "activity_links"))
        ((some, every),) = session.rows(f"SELECT {counts}, (SELECT count(*) FROM activities)")
        if some * 4 > every:
            derive(session)
            return
        _refresh(session, load_no, zone)
    if "leads" in tables:
        _answer(session, "SELECT key FROM touched_leads")


def _refresh(session: Session, load_no: int, zone: str) -> None:
    """What is new is added; of what changed, whatever it belonged to before or does now is found again."""
    source, links = aliases.source(session, "activities"), aliases.source(session, "activity_links")
    log = f"FROM changes WHERE load_no = {load_no} AND table_name = 'activities' AND old_value IS NOT NULL AND field ="
    linked = f"FROM {links} l WHERE l.load_no = {load_no}"
    by_link = f"OR a.key IN (SELECT l.activity_id {linked})" if session.rows(f"SELECT 1 {linked} LIMIT 1") else ""
    session.run(
        f"""CREATE TEMP TABLE acts_now AS
            SELECT a.key, a.first_load < {load_no} {by_link} AS changed, a.deal_id, a.lead_id, a.contact_id, a.happened_on,
                   a.kind = 'email' OR a.direction = 'inbound' AS is_mail
            FROM {source} a WHERE a.load_no = {load_no} {by_link}"""
    )
    for column in RECORDS:
        session.run(
            f"""CREATE TEMP TABLE met_{column} AS SELECT record, bool_or(changed) AS changed FROM (
                    SELECT {column} AS record, changed FROM acts_now UNION ALL SELECT l.{column}, TRUE {linked}
                    UNION ALL SELECT l.{column}, a.changed FROM {links} l JOIN acts_now a ON a.key = l.activity_id
                    UNION ALL SELECT old_value, TRUE {log} '{column}')
                WHERE record IS NOT NULL GROUP BY 1"""
        )
    _refresh_touches(session, load_no)
    _answer(session, "SELECT record FROM met_lead_id")
    before = session.sql.local_day("CAST(old_value AS TIMESTAMP)", zone)
    session.run(
        f"""CREATE TEMP TABLE days_met AS SELECT DISTINCT day FROM (
                SELECT happened_on AS day FROM acts_now WHERE changed UNION ALL SELECT {before} {log} 'happened_at')
            WHERE day IS NOT NULL"""
    )
    if session.rows("SELECT 1 FROM acts_now WHERE is_mail OR changed LIMIT 1"):
        _refresh_replies(session)
    new = f"a.first_load = {load_no} AND a.load_no = {load_no} AND a.happened_on NOT IN (SELECT day FROM days_met)"
    session.run(f"INSERT INTO activity_days {_days(session, new)}")
    if session.rows("SELECT 1 FROM days_met LIMIT 1"):
        session.run("DELETE FROM activity_days WHERE happened_on IN (SELECT day FROM days_met)")
        session.run(f"INSERT INTO activity_days {_days(session, 'a.happened_on IN (SELECT day FROM days_met)')}")
    for table in ("acts_now", "days_met", *(f"met_{column}" for column in RECORDS)):
        session.run(f"DROP TABLE {table}")


def _refresh_touches(session: Session, load_no: int) -> None:
    again = "SELECT record FROM met_deal_id WHERE changed"
    if session.rows(f"{again} LIMIT 1"):
        session.run(f"DELETE FROM touches WHERE deal_no IN (SELECT deal_no FROM deal_facts WHERE deal_key IN ({again}))")
        session.run(f"INSERT INTO touches {_touches(session, f'IN ({again})')}")
    new = f"IN (SELECT record FROM met_deal_id WHERE NOT changed) AND a.first_load = {load_no}"
    session.run(f"INSERT INTO touches {_touches(session, new)}")
    _tell(session, "SELECT deal_no FROM deal_facts WHERE deal_key IN (SELECT record FROM met_deal_id)")
    session.run(
        """INSERT INTO deals_awaited SELECT record FROM met_deal_id
           WHERE record NOT IN (SELECT deal_key FROM deal_facts) AND record NOT IN (SELECT deal_key FROM deals_awaited)"""
    )


def _refresh_replies(session: Session) -> None:
    """Find the replies anew of the e-mails that what was loaded may have answered, or be; their days join `days_met`."""
    ((first, last),) = session.rows(
        "SELECT min(day), max(day) FROM (SELECT happened_on AS day FROM acts_now UNION ALL SELECT day FROM days_met)"
    )
    if first is None:
        return
    days = f"BETWEEN DATE '{first}' - {REPLY_DAYS} AND DATE '{last}'"
    sent = f"{DONE} AND a.kind = 'email' AND {OUTBOUND} AND a.happened_on {days}"
    told = ", ".join(f"a.{column}" for column in ("happened_on", *RECORDS))
    mails = " UNION ".join(
        f"""SELECT key, happened_on, {", ".join(RECORDS)}
            FROM ({_belonging(session, column, sent, told, f"IN (SELECT record FROM met_{column})")})"""
        for column in RECORDS
    )
    session.run(f"CREATE TEMP TABLE mails_met AS {mails}")
    session.run("INSERT INTO days_met SELECT happened_on FROM mails_met EXCEPT SELECT day FROM days_met")
    session.run("DELETE FROM email_replies WHERE activity_key IN (SELECT key FROM acts_now UNION SELECT key FROM mails_met)")
    session.run(f"INSERT INTO email_replies {_replies(session, days, 'mails_met')}")
    session.run("DROP TABLE mails_met")


def _tell(session: Session, numbers: str) -> None:
    session.run(f"CREATE TEMP TABLE told_now AS {numbers}")
    session.run("DELETE FROM deal_touches WHERE deal_no IN (SELECT deal_no FROM told_now)")
    touches = "(SELECT * FROM touches WHERE deal_no IN (SELECT deal_no FROM told_now))"
    session.run(f"INSERT INTO deal_touches {summed(session, touches)}")
    session.run("DROP TABLE told_now")


def _answer(session: Session, leads: str) -> None:
    session.run(f"CREATE TEMP TABLE leads_met AS {leads}")
    met = "IN (SELECT * FROM leads_met)"
    session.run(f"DELETE FROM lead_answers WHERE lead_key {met}")
    session.run(f"INSERT INTO lead_answers {_answers(session, met)}")
    session.run("DROP TABLE leads_met")


def _put(session: Session, table: str, select: str, *, order: str = "") -> None:
    versions.put(session, table, select, None, order=order)


def _belonging(session: Session, column: str, which: str, columns: str, met: str = "") -> str:
    """Activities that meet `which`, once for each record of a kind that they belong to, as `record`: by themselves or a link."""
    source = aliases.source(session, "activities")
    own = f"""SELECT a.{column} AS record, a.key, {columns} FROM {source} a
        WHERE {f"a.{column} {met}" if met else f"a.{column} IS NOT NULL"} AND {which}"""
    if not session.rows("SELECT 1 FROM activity_links LIMIT 1"):
        return own
    return f"""{own} UNION SELECT l.{column} AS record, a.key, {columns} FROM {source} a
        JOIN {aliases.source(session, "activity_links")} l ON l.activity_id = a.key
        WHERE {f"l.{column} {met}" if met else f"l.{column} IS NOT NULL"} AND l.is_deleted IS NOT TRUE AND {which}"""


def _touches(session: Session, met: str = "") -> str:
    told = f"a.kind, {OUTBOUND} AS outbound, coalesce(a.status, 'done') <> 'done' AS missed, a.happened_at, a.happened_on"
    return f"""SELECT f.deal_no, b.kind, b.outbound, b.missed, b.happened_at, b.happened_on
        FROM ({_belonging(session, "deal_id", COUNTS, told, met)}) b JOIN deal_facts f ON f.deal_key = b.record"""


def summed(session: Session, touches: str, deals: str = "deal_facts") -> str:
    """SELECT of what a relation like `touches` comes to for each deal, up to its close in `deals`.

    `opened` is the kind of the first touch, or `inbound`; `calls`, `emails`, `meetings` count the outbound ones in life.

    Of each kind the first days on which it was done outbound (`call_days`) and the first on which one was cancelled or
    missed (`call_missed_on`). All of it holds from `settled_on` on.
    """
    first_days = session.sql.smallest("t.happened_on", FIRST_DAYS)
    kinds = ", ".join(
        f"""{first_days} FILTER (WHERE t.kind = '{kind}' AND t.outbound AND NOT t.missed) AS {kind}_days,
            min(t.happened_on) FILTER (WHERE t.kind = '{kind}' AND t.missed) AS {kind}_missed_on"""
        for kind in KINDS
    )
    opened = session.sql.earliest("CASE WHEN t.outbound THEN t.kind ELSE 'inbound' END", "(t.happened_at, t.outbound, t.kind)")
    return f"""
        WITH told AS (
            SELECT t.*, NOT t.missed AND t.kind IN ('call', 'email', 'meeting')
                AND (d.closed_on IS NULL OR t.happened_on <= d.closed_on) AS in_life
            FROM {touches} t JOIN {deals} d ON d.deal_no = t.deal_no)
        SELECT t.deal_no, max(t.happened_on) AS settled_on,
               {opened} FILTER (WHERE t.in_life) AS opened,
               count(*) FILTER (WHERE t.in_life AND t.outbound AND t.kind = 'call') AS calls,
               count(*) FILTER (WHERE t.in_life AND t.outbound AND t.kind = 'email') AS emails,
               count(*) FILTER (WHERE t.in_life AND t.outbound AND t.kind = 'meeting') AS meetings, {kinds}
        FROM told t GROUP BY 1"""


def _answers(session: Session, met: str = "") -> str:
    answers = f"""{DONE} AND {BY_HAND} AND {OUTBOUND} AND a.kind IN ('call', 'email', 'meeting')"""
    known = ", ".join(
        f"CASE WHEN a.logged_on IS NULL THEN {always} ELSE least(a.logged_{stem}, a.happened_{stem}) END AS known_{stem}"
        for stem, always in (("at", "TIMESTAMP '0001-01-01'"), ("on", "DATE '0001-01-01'"))
    )
    there = "a.merged_into IS NULL AND a.is_deleted IS NOT TRUE"
    told = f"a.happened_at, a.happened_on, {known}, {answers} AS is_answer"
    answered = "FILTER (WHERE b.is_answer AND b.happened_at >= l.created_at)"
    return f"""
        SELECT b.record AS lead_key, min(b.happened_at) {answered} AS answered_at, min(b.happened_on) {answered} AS answered_on,
               min(b.known_at) AS known_at, min(b.known_on) AS known_on
        FROM ({_belonging(session, "lead_id", there, told, met)}) b JOIN leads l ON l.key = b.record GROUP BY 1"""


def _replies(session: Session, days: str = "", mails: str = "") -> str:
    """E-mails sent, with the first answer on the same lead, deal or contact that came soon enough.

    Of some days only those in the relation `mails`, which tells their records too.
    """
    sent, answer = f"a.kind = 'email' AND {OUTBOUND}", f"a.direction = 'inbound' AND {BY_HAND}"
    which = f"{DONE} AND (({sent}) OR ({answer}))" + (f" AND a.happened_on {days} + {REPLY_DAYS}" if days else "")
    told = f"coalesce({sent}, FALSE) AS is_sent, coalesce({answer}, FALSE) AS is_answer, a.happened_at, a.happened_on"
    ahead = "OVER (PARTITION BY record ORDER BY happened_at RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"

    def met(column: str) -> str:
        linked = f"SELECT l.{column} FROM activity_links l WHERE l.activity_id IN (SELECT key FROM {mails})"
        return f"IN (SELECT {column} FROM {mails} UNION {linked})" if mails else ""

    nexts = " UNION ALL ".join(
        f"""SELECT key, happened_on, is_sent, min(CASE WHEN is_answer THEN happened_on END) {ahead} AS replied_on,
                min(CASE WHEN is_answer THEN happened_at END) {ahead} AS replied_at
            FROM ({_belonging(session, column, which, told, met(column))})"""
        for column in RECORDS
    )
    soon = f"{session.sql.days_between('happened_on', 'replied_on')} <= {REPLY_DAYS}"
    return f"""
        SELECT key AS activity_key, min(happened_on) AS sent_on, min(replied_on) AS replied_on,
               min(replied_at) AS replied_at
        FROM ({nexts})
        WHERE is_sent AND {soon} {f"AND key IN (SELECT key FROM {mails})" if mails else ""} GROUP BY 1"""


def _days(session: Session, which: str = "TRUE") -> str:
    return f"""
        SELECT a.happened_on, a.kind, coalesce(a.status, 'done') AS status, coalesce(a.direction, 'outbound') AS direction,
               a.outcome, coalesce(a.automated, FALSE) AS automated, a.owner_id AS owner_key, a.logged_on,
               CASE WHEN a.outcome IS DISTINCT FROM 'replied' THEN b.replied_on END AS replied_on, count(*) AS items
        FROM {aliases.source(session, "activities")} a LEFT JOIN email_replies b ON b.activity_key = a.key
        WHERE {STANDS} AND {which} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9"""


def _awaited(session: Session) -> str:
    return f"""SELECT DISTINCT record AS deal_key FROM ({_belonging(session, "deal_id", COUNTS, "a.kind")})
        WHERE record NOT IN (SELECT deal_key FROM deal_facts)"""
