"""Deals on their way through the stages: one row for each stage reached, or for each stay."""

from __future__ import annotations

from dataclasses import replace

from omzet.engines import Session
from omzet.history.stages import facts_as_of
from omzet.metrics.relations.base import (
    DELETED,
    DISQUALIFIED,
    MERGED,
    OWNER,
    UNCREATED,
    AsOf,
    Dimension,
    Reason,
    Relation,
    names,
    of_deal,
)
from omzet.metrics.relations.deals import DEAL_DYNAMIC, DEAL_STATIC, DEALS, LEAN, deals, lean_deals

STAGE = """o.connection, nullif(o.pipeline, '') AS pipeline, o.stage, o.name AS stage_name, o.position, o.kind AS stage_kind,
    o.has_next, o.is_first, o.stage_key"""


def stages(session: Session, as_of: AsOf) -> str:
    """Each deal's way through the stages of its pipeline, one row for each stage reached or entered."""
    facts = "stage_facts"
    if not as_of.latest:
        known = f"""SELECT deal_no, visit, stage_no, entered_on, CASE WHEN left_on <= {as_of.day_sql} THEN left_on END AS left_on
            FROM stage_visits WHERE entered_on <= {as_of.day_sql}"""
        facts = f"({facts_as_of(known, f'({deals(session, as_of)})')})"
    return f"SELECT s.*, {STAGE} FROM {facts} s JOIN stage_order o ON o.stage_no = s.stage_no"


def visits(session: Session, as_of: AsOf) -> str:
    """Each stay of a deal in a stage."""
    return f"""SELECT v.deal_no, v.entered_on, CASE WHEN v.left_on <= {as_of.day_sql} THEN v.left_on END AS left_on,
        d.status, d.owner_key,
                      d.team_key, d.removed, d.created_on, {STAGE}
               FROM stage_visits v JOIN ({deals(session, as_of)}) d ON d.deal_no = v.deal_no
               JOIN stage_order o ON o.stage_no = v.stage_no
               WHERE v.entered_on <= {as_of.day_sql}"""


def closings(session: Session, as_of: AsOf) -> str:
    """The stages that deals went through, with the day on which the deal closed."""
    return f"""SELECT s.*, d.closed_on FROM ({stages(session, as_of)}) s
               JOIN ({deals(session, as_of)}) d ON d.deal_no = s.deal_no WHERE d.closed_on IS NOT NULL"""


def staying(session: Session, as_of: AsOf) -> str:
    """Open deals with the day on which they entered the stage they are in, for the last time; empty where none is known."""
    return _staying(deals(session, as_of), as_of)


def lean_staying(session: Session, as_of: AsOf) -> str:
    """Those, with only what versions tell of the deals."""
    standing = lean_deals(session, as_of)
    return _staying(standing, as_of) if standing else ""


def _staying(standing: str, as_of: AsOf) -> str:
    # Stays of a deal follow one another: no more than one of them holds a day.
    return f"""WITH stays AS (
            SELECT deal_no, entered_on FROM stage_visits
            WHERE entered_on <= {as_of.day_sql} AND (left_on IS NULL OR left_on > {as_of.day_sql}))
        SELECT d.*, s.entered_on FROM ({standing}) d LEFT JOIN stays s ON s.deal_no = d.deal_no
        WHERE d.status = 'open'"""


def reopenings(session: Session, as_of: AsOf) -> str:
    """Deals that were won or lost and then open again, with the last day on which that happened."""
    return f"""WITH reopened AS (
            SELECT v.deal_no, max(n.from_on) AS reopened_on FROM deal_versions v
            JOIN deal_versions n ON n.deal_no = v.deal_no AND n.from_on = v.to_on
            WHERE v.status IN ('won', 'lost') AND v.to_on <= {as_of.day_sql} AND n.status = 'open' GROUP BY 1)
        SELECT d.*, r.reopened_on FROM ({deals(session, as_of)}) d JOIN reopened r ON r.deal_no = d.deal_no"""


def walks(session: Session, as_of: AsOf) -> str:
    """Deals, and whether they ever entered a stage below the one before it, in one pipeline. A closed deal's way back is none."""
    return f"""WITH descents AS (
            SELECT v.deal_no, v.to_on FROM stage_visits v JOIN stage_order f ON f.stage_no = v.stage_no
            JOIN stage_order o ON o.stage_no = v.to_no AND o.group_no = f.group_no
            WHERE o.position < f.position AND f.kind IS DISTINCT FROM 'won' AND v.to_on <= {as_of.day_sql}),
        backward AS (
            SELECT DISTINCT b.deal_no FROM descents b
            LEFT JOIN deal_versions c ON c.deal_no = b.deal_no AND c.to_on = b.to_on AND c.status IN ('won', 'lost')
            WHERE c.deal_no IS NULL)
        SELECT d.*, b.deal_no IS NOT NULL AS moved_back FROM ({deals(session, as_of)}) d
        LEFT JOIN backward b ON b.deal_no = d.deal_no"""


def moves(session: Session, as_of: AsOf) -> str:
    """Every stay in a stage with where it led: another stage, or how the deal stands: `open`, `won`, `lost`, `disqualified`.

    A deal in a stage of its own outcome is not told again. `ended` is the outcome where the stay led to it for good; `undone`
    that it led to a close that was reopened.
    """
    day = as_of.day_sql
    # Of the present it is known which stays are over: cheaper than to compare each stage's kind with its deal's outcome.
    over, own = ("coalesce(v.to_on, v.left_on)", "") if as_of.latest else ("v.to_on", " OR f.kind IS DISTINCT FROM d.status")
    return f"""WITH reopened AS (
            SELECT v.deal_no, v.visit FROM stage_visits v JOIN stage_order e ON e.stage_no = v.stage_no
            WHERE e.kind IN ('won', 'lost') AND v.to_on <= {day})
        SELECT v.deal_no, v.visit, f.stage_key, f.position, f.kind AS stage_kind, v.entered_on,
               CASE WHEN v.to_on <= {day} THEN o.stage_key ELSE d.status END AS to_key,
               CASE WHEN v.to_on <= {day} THEN o.kind END AS to_kind,
               CASE WHEN v.to_on <= {day} THEN v.to_on ELSE coalesce(d.closed_on, v.entered_on) END AS moved_on,
               CASE WHEN d.status <> 'open' AND r.deal_no IS NULL AND (v.to_on IS NULL OR v.to_on > {day}
                    OR o.kind IN ('won', 'lost')) THEN d.status END AS ended,
               r.deal_no IS NOT NULL AS undone,
               d.status, d.owner_key, d.team_key, d.removed, d.created_on, d.pipeline
        FROM stage_visits v JOIN stage_order f ON f.stage_no = v.stage_no LEFT JOIN stage_order o ON o.stage_no = v.to_no
        JOIN ({deals(session, as_of)}) d ON d.deal_no = v.deal_no
        LEFT JOIN reopened r ON r.deal_no = v.deal_no AND r.visit = v.visit + 1
        WHERE v.entered_on <= {day}
          AND CASE WHEN {over} <= {day} THEN TRUE ELSE d.status = 'open'{own} END"""


STAGE_DIMENSIONS = (
    *OWNER,
    Dimension("stage", "r.stage_key", (), "stages"),
    Dimension("pipeline", "r.pipeline"),
    Dimension("status", "r.status"),
    *of_deal("stage_deal", without=("pipeline", "status")),
)

STAGES = Relation(
    "stages",
    stages,
    names(
        "deal_no pipeline stage position stage_kind has_next is_first is_furthest reached_on next_reached_on "
        "entered_on next_entered_on "
        "last_entered_on last_left_on visits completed days status created_on"
    ),
    days=names("reached_on entered_on last_left_on created_on"),
    key="deal_no, r.stage_key",
    shown=names("deal_id name account rep stage status reached_on next_reached_on entered_on last_left_on days"),
    reasons=(
        DELETED,
        MERGED,
        DISQUALIFIED,
        Reason("unplaced", "The stage has no place in the order", "r.position IS NULL"),
        Reason("unreached", "Not entered, only passed", "r.entered_on IS NULL"),
        Reason("staying", "Still in the stage", "r.last_left_on IS NULL"),
    ),
    dimensions=STAGE_DIMENSIONS,
    account=("stage_deal", "deal_account"),
    deal=("stage_deal",),
)
VISITS = replace(
    STAGES,
    name="visits",
    select=visits,
    columns=names("deal_no pipeline stage position stage_kind entered_on left_on status created_on"),
    days=names("entered_on left_on"),
    shown=names("deal_id name account rep stage status entered_on left_on"),
    reasons=(DELETED, MERGED, DISQUALIFIED, Reason("staying", "Still in the stage", "r.left_on IS NULL")),
)
CLOSINGS = replace(
    STAGES,
    name="closings",
    select=closings,
    columns=(*STAGES.columns, "stage_name", "closed_on"),
    days=names("closed_on entered_on"),
    shown=names("deal_id name account rep stage status entered_on closed_on"),
    reasons=(DELETED, MERGED, DISQUALIFIED, Reason("unreached", "Not entered, only passed", "r.entered_on IS NULL")),
)
STAYING = replace(
    DEALS,
    name="staying",
    select=staying,
    lean=lean_staying,
    lean_columns=LEAN | {"entered_on"},
    columns=(*DEAL_DYNAMIC, *DEAL_STATIC, "entered_on"),
    days=names("expected_close_on created_on"),
    shown=names("deal_id name account rep team stage entered_on created_on amount currency"),
    reasons=(DELETED, MERGED),
)
REOPENINGS = replace(
    DEALS,
    name="reopenings",
    select=reopenings,
    lean=None,
    columns=(*DEAL_DYNAMIC, *DEAL_STATIC, "reopened_on"),
    days=names("reopened_on"),
    shown=(*DEALS.shown, "reopened_on"),
    reasons=(DELETED, MERGED),
)
WALKS = replace(
    DEALS,
    name="walks",
    select=walks,
    lean=None,
    columns=(*DEAL_DYNAMIC, *DEAL_STATIC, "moved_back"),
    days=names("created_on"),
    reasons=(DELETED, MERGED, DISQUALIFIED, UNCREATED),
)
MOVES = replace(
    STAGES,
    name="moves",
    select=moves,
    columns=names(
        "deal_no visit stage_key position stage_kind entered_on to_key to_kind moved_on ended undone status created_on pipeline"
    ),
    days=names("created_on entered_on moved_on"),
    key="deal_no, r.visit",
    shown=names("deal_id name account rep stage to_stage moved_on status"),
    reasons=(DELETED, MERGED, DISQUALIFIED, UNCREATED),
    dimensions=(*STAGE_DIMENSIONS, Dimension("to_stage", "r.to_key", (), "stages")),
)
