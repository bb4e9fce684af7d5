"""Open one number: what it means, its parts, the SQL, the rows it counts and the rows it leaves out, with the reason."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from omzet.analyses import measure_any
from omzet.engines import Store
from omzet.engines.sql import text_literal
from omzet.errors import CallError, unknown
from omzet.locale.words import t
from omzet.metrics import wording
from omzet.metrics.access import ALL, Access
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured
from omzet.metrics.conditions import Condition
from omzet.metrics.definition import Metric
from omzet.metrics.relations import Reason
from omzet.metrics.scope import Scope
from omzet.metrics.selection import Selection, select
from omzet.query import rows as listed
from omzet.query.ask import freshness, meaning, opened, resolve, shown_to
from omzet.query.explanation import Beside, DealVerdict, Explanation, Group, Part
from omzet.query.question import Question
from omzet.settings import Settings

MONEY_PARTS = frozenset(
    {
        "acquisition",
        "adjusted",
        "adjusted_before",
        "amount_closed",
        "amount_open",
        "amount_won",
        "bookings",
        "commit",
        "costs",
        "discount",
        "due_by_now",
        "list_value",
        "lost_here",
        "opening",
        "overdue",
        "pushed",
        "revenue",
        "revenue_before",
        "so_far",
        "stale",
        "target",
        "weighted",
        "won_commit",
    }
)
"""Parts of ratios that are amounts."""

OUTSIDE = (
    Reason("outside_period", "Outside the period", ""),
    Reason("filtered", "Outside the filter", ""),
    Reason("no_rate", "No exchange rate for its currency on that day", ""),
    Reason("not_counted", "Not part of what is counted", ""),
)


def explain(
    store: Store,
    settings: Settings,
    catalogue: Catalogue,
    question: Question,
    *,
    deal: str | None = None,
    cell: Mapping[str, Any] | None = None,
    tab: str = "counted",
    limit: int = 50,
    offset: int = 0,
    language: str = "en",
    now: datetime | None = None,
    access: Access = ALL,
) -> Explanation:
    """Explain one metric of a question; `cell` picks one row of its answer by the values shown there.

    `tab` chooses the rows listed: `counted`, a role such as `won`, or `left_out`; `rows_out` always holds the first
    rows left out. With `deal` (its id or name) it says whether that deal is counted, and why or why not.
    Raises CallError for unknown words.
    """
    if not question.metrics:
        raise CallError("Name the metric to explain.")
    metric = catalogue.find(question.metrics[0])
    with opened(store, settings, question) as session:
        scope = resolve(session, settings, question, [metric], language, now, access)
        scope = _at_cell(scope, question, metric, cell or {})
        measured = shown_to(access, metric, measure_any(scope, metric, catalogue))
        value = measured.cells.get((), measured.empty)
        leaves = _leaves(scope, metric, catalogue)
        base = _base(scope, question, metric, measured, value, language)
        if not leaves:
            return base
        return _with_rows(scope, leaves, base, deal, tab, limit, offset, language)


def _base(scope: Scope, question: Question, metric: Metric, measured: Measured, value: Cell, language: str) -> Explanation:
    return Explanation(
        meaning=meaning(metric, scope, language, measured),
        population=wording.counted(metric, language),
        value=value.value,
        n=value.n,
        low=value.low,
        high=value.high,
        why=value.why if value.value is None else None,
        parts=_parts(metric, value, language),
        beside=_beside(metric, value, language),
        sql=measured.sql,
        milliseconds=round(measured.milliseconds, 1),
        found=0,
        counted=0,
        left_out=0,
        start=scope.start.isoformat() if scope.start else None,
        end=scope.end.isoformat() if scope.end else None,
        as_of=scope.as_of.day.isoformat(),
        known=question.known.isoformat() if question.known else None,
        where=[c.text for c in scope.where],
        notes=list(measured.notes),
        freshness=freshness(scope.session),
        currency=scope.settings.currency,
    )


def _parts(metric: Metric, value: Cell, language: str) -> list[Part]:
    if len(metric.parts) != 2 or value.denominator is None:
        return []
    unit = "money" if metric.parts[0] in MONEY_PARTS else "count"
    second = "money" if metric.parts[1] in MONEY_PARTS else "count"
    return [
        Part(label=wording.part(metric.parts[0], language), value=value.numerator, unit=unit),
        Part(label=wording.part(metric.parts[1], language), value=value.denominator, unit=second),
    ]


def _beside(metric: Metric, value: Cell, language: str) -> list[Beside]:
    return [
        Beside(id=name, label=wording.figure(metric, name, language), value=value.columns[name], unit=unit)
        for name, unit in metric.columns.items()
        if name in value.columns
    ]


def _at_cell(scope: Scope, question: Question, metric: Metric, cell: Mapping[str, Any]) -> Scope:
    """The scope of one row: its dimension values as conditions, its period as the period; a stock is that of the period's end."""
    conditions = list(scope.where)
    for name in question.by:
        if name in cell:
            value = cell[name]
            empty = value in (None, "")
            conditions.append(Condition(name, "is empty", ()) if empty else Condition(name, "=", (str(value),)))
    scope = replace(scope, by=(), where=tuple(conditions))
    if question.grain and cell.get("period"):
        period = scope.calendar.period(str(cell["period"]), scope.as_of.day)
        start = max(period.start, scope.start) if scope.start else period.start
        end = min(period.end, scope.end) if scope.end else period.end
        if metric.is_snapshot:
            return scope.at(end - timedelta(days=1))
        return scope.within(start, end)
    return replace(scope, grain=None)


def _leaves(scope: Scope, metric: Metric, catalogue: Catalogue) -> list[Metric]:
    """The aggregates over rows that a metric rests on: itself, the parts of a ratio, or the basis of an analysis."""
    chosen = metric.varied(scope.values(metric))
    if chosen.of:
        return [leaf for part in chosen.of for leaf in _leaves(scope, catalogue.find(part), catalogue)]
    if chosen.relation:
        return [chosen]
    if chosen.rows_of == ("revenue_recognised",) and not scope.session.rows("SELECT 1 FROM revenue LIMIT 1"):
        return [catalogue.find("bookings_amount")]
    return [leaf for each in chosen.rows_of for leaf in _leaves(scope, catalogue.find(each), catalogue)]


def _with_rows(
    scope: Scope,
    leaves: list[Metric],
    base: Explanation,
    deal: str | None,
    tab: str,
    limit: int,
    offset: int,
    language: str,
) -> Explanation:
    roles: list[Group] = []
    counted = 0
    for leaf in leaves:
        selection = select(scope, leaf)
        ((n,),) = scope.session.rows(f"SELECT count(*) FROM {selection.source} WHERE {selection.counted or 'TRUE'}")
        counted += n
        roles += _roles(scope, leaf, selection, n, len(leaves) > 1, language)
    first, selection = leaves[0], select(scope, leaves[0])
    reasons = _reasons(scope, first, selection, language)
    started = time.perf_counter()
    chosen = [r for r in roles if r.id == tab]
    if tab not in ("counted", "left_out") and not chosen:
        raise unknown("tab", tab, ["counted", "left_out", *(r.id for r in roles)])
    shown_leaf, extra = _tab(leaves, tab, first)
    shown_selection = select(scope, shown_leaf)
    columns, rows = (
        listed.rows_out(scope, selection, limit, offset)
        if tab == "left_out"
        else listed.rows_in(scope, shown_leaf, shown_selection, extra, limit, offset)
    )
    out = rows if tab == "left_out" else listed.rows_out(scope, selection, min(limit, 20), 0)[1]
    left_out = sum(r.count for r in reasons)
    columns = [c.model_copy(update={"label": wording.column(c.name, language)}) for c in columns]
    texts = reason_texts(selection, language)
    for row in out:
        row["reason_id"] = row["reason"]
        row["reason"] = texts.get(row["reason"], row["reason"])
    return base.model_copy(
        update={
            "found": counted + left_out,
            "counted": counted,
            "left_out": left_out,
            "roles": roles,
            "reasons": reasons,
            "columns": columns,
            "rows": rows,
            "rows_out": out,
            "deal": verdict(scope, first, selection, deal, language) if deal else None,
            "milliseconds": round(base.milliseconds + (time.perf_counter() - started) * 1000, 1),
        }
    )


def _tab(leaves: list[Metric], tab: str, first: Metric) -> tuple[Metric, str]:
    for leaf in leaves:
        if leaf.id == tab:
            return leaf, tab
    return first, tab


def _roles(scope: Scope, leaf: Metric, selection: Selection, n: int, several: bool, language: str) -> list[Group]:
    """Groups among the counted rows: those in the numerator and those that are not; for a part of a ratio the part."""
    if several:
        return [Group(id=leaf.id, label=wording.name(leaf, language), count=n)]
    if not leaf.numerator or leaf.interval != "wilson":
        return []
    condition = listed.numerator_condition(leaf, scope)
    ((inside,),) = scope.session.rows(f"SELECT count(*) FROM {selection.source} WHERE {selection.counted} AND ({condition})")
    name = leaf.parts[0] if leaf.parts else "counted"
    other = "lost" if name == "won" and metric_closed(leaf) else "other"
    return [
        Group(id=name, label=wording.part(name, language), count=inside),
        Group(id="other", label=wording.part(other, language), count=n - inside),
    ]


def metric_closed(metric: Metric) -> bool:
    """True for a share of closed deals: what is not won there is lost."""
    return metric.parts == ("won", "closed")


def _reasons(scope: Scope, metric: Metric, selection: Selection, language: str) -> list[Group]:
    """How many candidates are left out, by reason. Candidates stand in the period, or lack the day that would place them."""
    rows = scope.session.rows(
        f"""SELECT {listed.reason_case(selection)} AS reason, count(*) FROM {selection.source}
            WHERE {listed.candidates(selection)} GROUP BY 1 ORDER BY 2 DESC, 1"""
    )
    texts = reason_texts(selection, language)
    return [Group(id=reason, label=texts.get(reason, reason), count=count) for reason, count in rows]


def verdict(scope: Scope, metric: Metric, selection: Selection, deal: str, language: str = "en") -> DealVerdict:
    """Whether one deal is counted, and the first reason why not. Raises CallError when there is no such deal."""
    found = scope.session.rows(
        "SELECT deal_key, deal_id, deal_no FROM deal_facts WHERE deal_id = ? OR deal_key = ? OR name = ? LIMIT 2",
        [deal, deal, deal],
    )
    if not found:
        raise CallError(f"There is no deal '{deal}'. Give its id.")
    by = next((name for name in ("deal_no", "deal_key") if name in selection.relation.columns), None)
    if by is None:
        raise CallError(f"{metric.name} does not count deals, so no deal is in or out.")
    key, deal_id, number = found[0]
    of_deal = f"r.{by} = {number if by == 'deal_no' else text_literal(key)}"
    if scope.access.is_limited and not _is_seen(scope, metric, of_deal):
        raise CallError(f"There is no deal '{deal}'. Give its id.")
    rows = scope.session.rows(
        f"""SELECT count(*) FILTER (WHERE {selection.counted or "TRUE"}), count(*), min({listed.reason_case(selection)})
            FROM {selection.source} WHERE {of_deal}"""
    )
    ((inside, present, reason),) = rows
    if inside:
        text = t("metrics.verdict.counted", "Counted", language) + ": " + wording.counted(metric, language)
        return DealVerdict(deal_id=deal_id, counted=True, reason="counted", text=text)
    not_counted = t("metrics.verdict.not_counted", "Not counted", language)
    if not present:
        missing = t(
            "metrics.verdict.not_there", "it is not among the rows looked at as of {day}", language, day=str(scope.as_of.day)
        )
        return DealVerdict(deal_id=deal_id, counted=False, reason="not_there", text=f"{not_counted}: {missing}")
    texts = reason_texts(selection, language)
    return DealVerdict(deal_id=deal_id, counted=False, reason=reason, text=f"{not_counted}: {texts.get(reason, reason)}")


def _is_seen(scope: Scope, metric: Metric, of_deal: str) -> bool:
    """Whether the reader may see a row of a deal."""
    own = select(replace(scope, by=(), grain=None, where=scope.access.conditions), metric)
    return bool(scope.session.rows(f"SELECT 1 FROM {own.source} WHERE {of_deal} AND {own.filters} LIMIT 1"))


def reason_texts(selection: Selection, language: str) -> dict[str, str]:
    """What people read for each reason of a selection."""
    return {r.id: wording.left_out(selection.relation.name, r, language) for r in (*selection.relation.reasons, *OUTSIDE)}
