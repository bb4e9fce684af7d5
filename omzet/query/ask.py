"""One question, one answer: resolve the question, measure each metric, and lay the cells out as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from omzet.analyses import measure_any
from omzet.engines import Session, Store
from omzet.errors import CallError, unknown
from omzet.history import known
from omzet.metrics import conditions, dimensions, filters, wording
from omzet.metrics.access import ALL, Access
from omzet.metrics.calendar import Calendar
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Cell, Measured
from omzet.metrics.definition import Metric
from omzet.metrics.labels import Labels
from omzet.metrics.relations import RELATIONS, AsOf
from omzet.metrics.scope import Scope, state_as_of
from omzet.query import listing
from omzet.query.answer import Answer, Freshness, MetricMeaning
from omzet.query.question import Question
from omzet.settings import Settings


def ask(
    store: Store,
    settings: Settings,
    catalogue: Catalogue,
    question: Question,
    language: str = "en",
    now: datetime | None = None,
    access: Access = ALL,
) -> Answer:
    """Answer a question from one snapshot of the store, with what `access` lets its reader see.

    Raises CallError for an unknown metric, dimension, parameter, word or condition, with the nearest right word.
    """
    metrics = [catalogue.find(name) for name in question.metrics]
    if not metrics:
        raise CallError("Name at least one metric.")
    with opened(store, settings, question) as session:
        scope = resolve(session, settings, question, metrics, language, now, access)
        measured = {m.id: shown_to(access, m, measure_any(scope, m, catalogue)) for m in metrics}
        before = _compared(scope, metrics, catalogue, question)
        rows, notes = _rows(scope, metrics, measured, before[1] if before else None)
        rows = listing.ordered(rows, question, metrics)
        return Answer(
            metrics=[m.id for m in metrics],
            by=list(question.by),
            start=scope.start.isoformat() if scope.start else None,
            end=scope.end.isoformat() if scope.end else None,
            as_of=_moment_text(question.as_of) or scope.as_of.day.isoformat(),
            known=_moment_text(question.known),
            rows=rows,
            notes=list(dict.fromkeys([*notes, *(note for m in measured.values() for note in m.notes)])),
            definitions={m.id: meaning(m, scope, language, measured[m.id]) for m in metrics},
            freshness=freshness(session),
            currency=settings.currency,
            compared_with=(before[0].start.isoformat(), before[0].end.isoformat())
            if before and before[0].start and before[0].end
            else None,
        )


@contextmanager
def opened(store: Store, settings: Settings, question: Question) -> Iterator[Session]:
    """A snapshot that knows what the question lets it know."""
    if question.known is None:
        with store.reading() as session:
            yield session
        return
    moment = known.moment_of(question.known, settings)
    with store.reading(scratch=True) as session:
        if not known.everything(session, moment):
            known.limit(session, settings, moment)
        yield session


def holidays(session: Session) -> list[tuple[date, str | None]]:
    """The days off that were loaded, each with the country it holds in (None: everywhere)."""
    return [
        (day, country) for day, country in session.once("SELECT observed_on, country FROM holidays WHERE is_deleted IS NOT TRUE")
    ]


def resolve(
    session: Session,
    settings: Settings,
    question: Question,
    metrics: Iterable[Metric],
    language: str,
    now: datetime | None = None,
    access: Access = ALL,
) -> Scope:
    """The question made definite. Raises CallError for what it names wrongly."""
    calendar = Calendar(settings, holidays(session))
    today = calendar.today(now)
    start, end = question.start, question.end
    if question.period:
        period = calendar.period(question.period, today)
        start, end = period.start, period.end
    if start and end and start >= end:
        raise CallError(f"The period is empty: it starts on {start} and ends before {end}. The end is excluded.")
    known = {p.name for m in metrics for p in m.parameters}
    for name in question.parameters:
        if name not in known:
            raise unknown("parameter", name, known)
    return Scope(
        session=session,
        settings=settings,
        calendar=calendar,
        labels=Labels(session, access),
        as_of=_as_of(session, settings, calendar, question, today),
        by=question.by,
        grain=question.grain,
        start=start,
        end=end,
        where=(*(conditions.parse(text) for text in question.where), *access.conditions),
        parameters=dict(question.parameters),
        language=language,
        compare=question.compare,
        access=access,
    )


def shown_to(access: Access, metric: Metric, measured: Measured) -> Measured:
    """What of a measured metric a reader may see: without money no amounts, nor anything that a rate is made of."""
    if access.money:
        return measured
    shown = {name for name, unit in metric.columns.items() if not is_money(unit)}
    cells = {place: _without_money(metric, cell, shown) for place, cell in measured.cells.items()}
    return replace(measured, cells=cells, empty=_without_money(metric, measured.empty, shown))


def _without_money(metric: Metric, cell: Cell, shown: set[str]) -> Cell:
    columns = {name: value for name, value in cell.columns.items() if name in shown}
    if is_money(metric.unit):
        return Cell(None, cell.n, why="money_hidden", columns=columns)
    if metric.amount:  # a rate of amounts
        cell = replace(cell, numerator=None, denominator=None)
    return replace(cell, columns=columns)


def is_money(unit: str) -> bool:
    """Whether a unit is one of money."""
    return unit.startswith("money")


def _as_of(session: Session, settings: Settings, calendar: Calendar, question: Question, today: date) -> AsOf:
    day, moment = today, None
    if isinstance(question.as_of, datetime):
        day, moment = calendar.local_day(question.as_of), question.as_of
        if moment.tzinfo:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    elif question.as_of:
        day = question.as_of
    return state_as_of(session, settings, day, moment)


def _compared(
    scope: Scope, metrics: list[Metric], catalogue: Catalogue, question: Question
) -> tuple[Scope, dict[str, Measured]] | None:
    """The same question over the period it is compared with; a period not over by as many elapsed working days."""
    if not question.compare:
        return None
    if not scope.start or not scope.end:
        raise CallError("A comparison needs a period: give --from and --to, or a word such as this-quarter.")
    base_of = scope.calendar.previous if question.compare == "previous" else scope.calendar.last_year
    start, end = base_of(scope.start, scope.end)
    end = scope.calendar.partial(scope.start, scope.end, start, end, scope.as_of.day)
    other = replace(scope, start=start, end=end)
    stock = scope.at(end - timedelta(days=1)) if not scope.grain and any(m.is_snapshot for m in metrics) else other
    return other, {m.id: shown_to(scope.access, m, measure_any(stock if m.is_snapshot else other, m, catalogue)) for m in metrics}


def _rows(
    scope: Scope, metrics: list[Metric], measured: Mapping[str, Measured], before: Mapping[str, Measured] | None
) -> tuple[list[dict[str, Any]], list[str]]:
    places = listing.places(scope, measured)
    rows = []
    earlier_label = listing.earlier_periods(scope, before) if before and scope.grain else {}
    for place in places:
        row = listing.shown(scope, place)
        for metric in metrics:
            cell = measured[metric.id].cells.get(place, measured[metric.id].empty)
            row |= _cell_columns(metric, cell)
            if before is not None:
                other = (*place[:-1], earlier_label.get(place[-1])) if scope.grain else place
                row |= _comparison(metric, cell, before[metric.id].cells.get(other, before[metric.id].empty))
        rows.append(row)
    return rows, listing.notes(scope, metrics)


def _cell_columns(metric: Metric, cell: Cell) -> dict[str, Any]:
    # Sums of converted amounts carry a binary tail far below the cent.
    value = round(cell.value, 6) if metric.unit == "money" and cell.value is not None else cell.value
    row: dict[str, Any] = {metric.id: value, f"{metric.id}:n": cell.n}
    if metric.interval:
        row |= {f"{metric.id}:low": cell.low, f"{metric.id}:high": cell.high}
    if cell.value is None:
        row[f"{metric.id}:why"] = cell.why or "no_rows"
    if cell.denominator is not None:
        row |= {f"{metric.id}:numerator": cell.numerator, f"{metric.id}:denominator": cell.denominator}
    return row | {f"{metric.id}:{name}": value for name, value in cell.columns.items()}


def _comparison(metric: Metric, cell: Cell, other: Cell) -> dict[str, Any]:
    """`previous` and `change`: a difference for shares, durations and ratios, a growth rate for amounts and counts."""
    change: float | None = None
    if cell.value is not None and other.value is not None:
        if metric.kind in ("additive", "stock"):
            change = cell.value / other.value - 1 if other.value > 0 else None
        else:
            change = cell.value - other.value
    return {f"{metric.id}:previous": other.value, f"{metric.id}:previous_n": other.n, f"{metric.id}:change": change}


def meaning(metric: Metric, scope: Scope, language: str, measured: Measured | None = None) -> MetricMeaning:
    """What the metric is, with the parameters used and the SQL as run."""
    values = scope.values(metric)
    return MetricMeaning(
        id=metric.id,
        name=wording.name(metric, language),
        description=wording.description(metric, language),
        formula=wording.formula(metric, language),
        version=metric.version,
        unit=metric.unit,
        direction=metric.direction,
        kind=metric.kind,
        anchor=f"{metric.anchor.kind} {metric.anchor.column}" if metric.anchor else "period",
        parameters={p.name: values[p.name] for p in metric.parameters},
        columns=dict(metric.columns),
        headings={name: wording.figure(metric, name, language) for name in metric.columns},
        source=metric.source,
        sql=measured.sql if measured else "",
        milliseconds=round(measured.milliseconds, 1) if measured else 0.0,
    )


def freshness(session: Session) -> Freshness:
    """How new the data are."""
    ((revision,),) = session.once("SELECT max(revision) FROM revisions")
    ((loaded,),) = session.once("SELECT max(loaded_at) FROM loads WHERE NOT undone")
    ((latest,),) = session.once("SELECT max(settled_on) FROM deal_facts")
    return Freshness(revision=revision, loaded_at=loaded, latest_on=latest.isoformat() if latest else None)


def dimension_values(store: Store, settings: Settings, dimension: str, limit: int = 200, access: Access = ALL) -> list[str]:
    """The values of a dimension in the rows that a reader may see, those of most rows first.

    Raises CallError when no rows have such a dimension.
    """
    with store.reading() as session:
        for relation in ("deals", "leads", "activities"):
            offered = dimensions.of(session, relation)
            if dimension not in offered:
                continue
            found, labels = offered[dimension], Labels(session, access)
            as_of = AsOf(date.max, None, True, settings.currency)
            limits = [offered[c.dimension] for c in access.conditions]
            wanted = dict.fromkeys(join for each in (found, *limits) for join in each.joins)
            joins = "\n".join(dimensions.join_sql(j, session, as_of) for j in wanted)
            seen = [filters.sql(c, each, labels) for c, each in zip(access.conditions, limits, strict=True)]
            rows = session.rows(
                f"""SELECT {found.key} AS key, count(*) FROM ({RELATIONS[relation].select(session, as_of)}) r {joins}
                    WHERE {" AND ".join([RELATIONS[relation].standing, f"{found.key} IS NOT NULL", *seen])}
                    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {int(limit)}"""
            )
            named = listing.NAMED.get(dimension)
            return [str(labels.label(named, key) if named else key) for key, _ in rows]
        raise unknown("dimension", dimension, dimensions.of(session, "deals"))


def _moment_text(value: date | datetime | None) -> str | None:
    return value.isoformat() if value else None
