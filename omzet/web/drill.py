"""One number opened: its equation, definition and SQL, the rows it counts and the rows it leaves out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from omzet.errors import CallError
from omzet.metrics import wording
from omzet.metrics.catalogue import MetricInfo
from omzet.query.explanation import Explanation, Group, ShownColumn
from omzet.query.question import Question
from omzet.web.beside import besides, bridge, facts
from omzet.web.breakdown import breakdown, options, usual
from omzet.web.choice import ALWAYS, EMPTY, with_pairs
from omzet.web.reader import Reader
from omzet.web.site import OF_PEOPLE, Site
from omzet.web.tiles import Mark
from omzet.web.view import FEW, View
from omzet.web.why_parts import opens, way_of

ROWS = 25
BAR_PIXELS = 330
"""The least width of the bar of rows, on a phone: what fits there fits everywhere."""

FIRST, THEN = ("name", "reason", "rep"), ("days", "amount", "status")
"""Columns that stand first in the rows of a drill; the day that places a row stands between them."""

ON_A_PHONE = frozenset({"name", "deal", "amount", "status", "days", "reason"})
"""Columns that a phone shows."""

COUNTED, LEFT_OUT = "counted", "left_out"
OWN = ("tab", "offset", "deal")
UNSPLIT = "none"
"""In an address: the number by nothing, where it would be split by something on its own."""


@dataclass(frozen=True)
class Opened:
    """What an address of a drill asks: the question, which cell of its answer, which rows."""

    question: Question
    cell: dict[str, Any] | None
    tab: str
    offset: int
    deal: str | None
    split: str | None = None


@dataclass(frozen=True)
class Term:
    """A term of the equation, or what joins two."""

    figure: str
    label: str = ""
    joint: bool = False


@dataclass(frozen=True)
class Piece:
    """A stretch of the bar of rows in and out: where it starts and how wide it is, in percent, and how it is drawn."""

    label: str
    count: str
    x: float
    width: float
    kind: str
    fits: bool


@dataclass(frozen=True)
class Tab:
    """A choice of rows."""

    text: str
    count: str
    href: str
    current: bool


def opened(view: View, pairs: list[tuple[str, str]]) -> Opened:
    """What an address asks. Raises CallError when it names no metric or its numbers are none."""
    first = dict(reversed(pairs))
    if not first.get("metric"):
        raise CallError("Name a metric to open, as in /drill?metric=win_rate. The catalogue lists them.")
    cell: dict[str, Any] = {}
    for name, value in pairs:
        if name == "cell":
            dimension, _, text = value.partition(":")
            cell[dimension] = None if text == EMPTY else text
    parameters = dict(value.partition("=")[::2] for name, value in pairs if name == "param")
    fields: dict[str, Any] = {"by": tuple(cell), "parameters": parameters}
    try:
        if first.get("as_of"):
            fields["as_of"] = date.fromisoformat(first["as_of"])
        offset = max(0, int(first.get("offset") or 0))
    except ValueError as error:
        raise CallError(f"This address can't be read: {error}.") from None
    question = view.choice.question(first["metric"], **fields)
    return Opened(question, cell or None, first.get("tab") or COUNTED, offset, first.get("deal"), first.get("split"))


def with_bound(asked: Opened, info: MetricInfo | None) -> Opened:
    """On its page a rate stands beside its bound, unless the address says otherwise."""
    given = asked.question.parameters
    if info is None or "bound" in given or all(each.name != "bound" for each in info.parameters):
        return asked
    return replace(asked, question=asked.question.model_copy(update={"parameters": {**given, "bound": "stale"}}))


def equation(found: Explanation, reader: Reader) -> list[Term]:
    """118 ÷ 489 = 24.1%; for a sum or a count its value and what it is of."""
    unit = found.meaning.unit
    interval = ""
    if found.low is not None and found.high is not None:
        interval = f"95%: {reader.range(reader.value(found.low, unit), reader.value(found.high, unit))}"
    reason = wording.why(found.why, reader.language) if found.why else ""
    few = unit == "share" and found.value is not None and found.n < FEW
    value = reader.t("web.kpi.of", "{k} of {n}", k=reader.number(round((found.value or 0) * found.n)), n=reader.number(found.n))
    result = Term(value if few else reader.value(found.value, unit), interval or reason or counted_words(found, reader))
    terms = [Term(reader.value(part.value, part.unit), part.label) for part in found.parts]
    if len(terms) == 2:
        return [terms[0], Term("÷", joint=True), terms[1], Term("=", joint=True), result]
    return [result]


def counted_words(found: Explanation, reader: Reader) -> str:
    return reader.t("web.drill.from_rows", "from {n} row | from {n} rows", n=found.counted)


def bar(found: Explanation, reader: Reader) -> list[Piece]:
    """The rows in, by role, and the rows out, as one bar that adds up to all rows found."""
    groups = [(group.label, group.count, f"in-{min(index, 4)}") for index, group in enumerate(found.roles, 1)]
    if sum(count for _, count, _ in groups) != found.counted:
        groups = [(reader.t("web.drill.counted", "Counted"), found.counted, "in-1")]
    groups.append((reader.t("web.drill.left_out", "Left out"), found.left_out, "out"))
    total = sum(count for _, count, _ in groups) or 1
    pieces: list[Piece] = []
    x = 0.0
    for label, count, kind in groups:
        if count:
            width = 100 * count / total
            fits = width * BAR_PIXELS / 100 > 24 + 7 * len(f"{reader.number(count)} {label}")
            pieces.append(Piece(label, reader.number(count), x, width, kind, fits))
            x += width
    return pieces


def adds_up(found: Explanation, reader: Reader) -> str:
    """530 found. 489 counted, 41 left out: 22 merged, 19 deleted."""
    sentence = reader.t(
        "web.drill.found",
        "{n} row found. {counted} counted, {out} left out | {n} rows found. {counted} counted, {out} left out",
        n=found.found,
        counted=reader.number(found.counted),
        out=reader.number(found.left_out),
    )
    reasons = ", ".join(f"{reader.number(group.count)} {lowered(group)}" for group in found.reasons)
    return f"{sentence}{': ' + reasons if reasons else ''}."


def lowered(group: Group) -> str:
    return group.label[:1].lower() + group.label[1:]


def tabs(found: Explanation, asked: Opened, pairs: list[tuple[str, str]], reader: Reader) -> list[Tab]:
    """Counted, each role, left out."""
    kept = [pair for pair in pairs if pair[0] not in OWN]
    known = [(COUNTED, reader.t("web.drill.counted", "Counted"), found.counted)]
    if len(found.roles) > 1:
        known += [(group.id, group.label, group.count) for group in found.roles]
    known.append((LEFT_OUT, reader.t("web.drill.left_out", "Left out"), found.left_out))
    return [
        Tab(label, reader.number(count), with_pairs("/drill", [*kept, ("tab", id_)]), asked.tab == id_)
        for id_, label, count in known
    ]


def shown(value: Any, unit: str, reader: Reader) -> str | Markup:
    """A cell of the rows, in its unit."""
    if value is None or value == "":
        return "–"
    if unit == "day":
        return reader.day(date.fromisoformat(str(value)[:10]), "long")
    if unit == "instant":
        return reader.instant(value)
    if unit == "money":
        return reader.amount(float(value))
    if unit in ("days", "count", "share"):
        return reader.number(float(value)) if unit == "days" else reader.value(float(value), unit)
    return str(value)


STATUS = {
    "won": ("check", "status-won", "Won"),
    "lost": ("x", "status-lost", "Lost"),
    "open": ("circle-dot", "status-lost", "Open"),
    "disqualified": ("minus", "status-lost", "Disqualified"),
}


def status_of(value: Any, reader: Reader) -> Mark | None:
    """A deal's status as icon and word."""
    if value not in STATUS:
        return None
    picture, tone, english = STATUS[str(value)]
    return Mark(reader.t(f"web.status.{value}", english), tone, picture)


def anchor_of(text: str, reader: Reader) -> str:
    """What places a row in the period, in words; `text` is the anchor's kind and its day."""
    kind, _, column = text.partition(" ")
    day = reader.t(f"web.anchor.{column}", column.removesuffix("_on").replace("_", " ")) if column else ""
    if kind == "snapshot":
        return reader.t("web.anchor.snapshot", "state on the day")
    if kind == "cohort":
        return reader.t("web.anchor.cohort", "day {day}, then followed", day=day)
    return reader.t("web.anchor.period", "day {day}", day=day) if day else reader.t("web.anchor.whole", "the period")


def columns_of(found: Explanation, rows: list[dict[str, Any]]) -> list[ShownColumn]:
    """The columns with something in them: what people know a row by and judge it on first, the rest after it."""
    filled = [column for column in found.columns if any(row.get(column.name) not in (None, "") for row in rows)]
    order = [*FIRST, found.meaning.anchor.partition(" ")[2], *THEN]
    return sorted(filled, key=lambda column: order.index(column.name) if column.name in order else len(order))


def pager(found: Explanation, asked: Opened, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Where these rows stand among all of the tab, and the addresses before and after."""
    totals = {COUNTED: found.counted, LEFT_OUT: found.left_out, **{group.id: group.count for group in found.roles}}
    total = totals.get(asked.tab, found.counted)
    kept = [pair for pair in pairs if pair[0] != "offset"]
    count = len(found.rows_out if asked.tab == LEFT_OUT else found.rows)
    before = with_pairs("/drill", [*kept, ("offset", str(max(0, asked.offset - ROWS)))]) if asked.offset else None
    after = with_pairs("/drill", [*kept, ("offset", str(asked.offset + ROWS))]) if asked.offset + count < total else None
    return {
        "first": asked.offset + 1 if count else 0,
        "last": asked.offset + count,
        "total": total,
        "before": before,
        "after": after,
    }


def why_of(view: View, asked: Opened, info: MetricInfo | None) -> str:
    """The address where the change of this number is split; empty where it can't be."""
    if info is None or info.by or asked.question.as_of is not None:
        return ""
    choice = view.choice
    for name, value in (asked.cell or {}).items():
        choice = choice.with_pick(name, (EMPTY if value is None else str(value),))
    return opens(choice, info.id, way_of(info.id, info.kind, info.anchor))


def routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/drill")
    def drill(request: Request) -> Response:
        reader = site.reader(request)
        view = site.view(request, reader)
        pairs = [pair for pair in parse_qsl(request.url.query) if pair[0] not in ("lang", "theme")]
        asked = opened(view, pairs)
        info = next((each for each in site.metrics(reader.language) if each.id == asked.question.metrics[0]), None)
        asked = with_bound(asked, info)
        found = site.explain(
            asked.question, reader, cell=asked.cell, deal=asked.deal, limit=ROWS, offset=asked.offset, tab=asked.tab
        )
        rows = found.rows_out if asked.tab == LEFT_OUT else found.rows
        steps = bridge(found.beside, reader)
        told = facts(besides(found.beside, steps), reader)
        split = asked.split or (usual(info) if info else "")
        split = "" if split == UNSPLIT or split in (asked.cell or {}) else split
        split = "" if split in OF_PEOPLE and not reader.sees_names else split
        everything = view.choice.word == ALWAYS
        period = reader.t("web.drill.always", "all dates") if everything else view.name_of(view.choice.start, view.choice.end)
        within = [period, *(", ".join(values) for _, values in view.choice.picks)]
        within += [
            reader.t("web.filter.empty", "(none)") if value is None else str(value) for value in (asked.cell or {}).values()
        ]
        back = replace(view.choice, word="this-quarter") if everything else view.choice
        splits = options(info, dict(site.dimensions(reader)), split, reader) if info else []
        return site.render(
            request,
            "drill.html",
            reader,
            page_title=found.meaning.name,
            found=found,
            info=info,
            asked=asked,
            within=within,
            period=period,
            back=back.address(),
            terms=equation(found, reader),
            steps=steps,
            why=why_of(view, asked, info),
            facts=told,
            splits=[each for each in splits if reader.sees_names or each.id not in OF_PEOPLE],
            breakdown=breakdown(view, asked.question, found.meaning, split, pairs, asked.cell, told),
            split_pairs=[pair for pair in pairs if pair[0] != "split"],
            pieces=bar(found, reader),
            adds_up=adds_up(found, reader),
            tabs=tabs(found, asked, pairs, reader),
            pager=pager(found, asked, pairs),
            rows=rows,
            lists_rows=site.lists_rows(found.meaning.id, reader),
            columns=columns_of(found, rows),
            on_a_phone=ON_A_PHONE,
            anchor=anchor_of(found.meaning.anchor, reader),
            shown=lambda value, unit: shown(value, unit, reader),
            status_of=lambda value: status_of(value, reader),
            export=with_pairs(
                "/api/v1/rows", [*[pair for pair in pairs if pair[0] not in ("offset", "deal")], ("format", "csv")]
            ),
            address=with_pairs("/drill", pairs),
            deal_pairs=[pair for pair in pairs if pair[0] != "deal"],
            freshness=found.freshness,
        )

    return router
