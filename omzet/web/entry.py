"""The pages on which people enter what no deal holds: accounts, costs, targets, days off; one by one or pasted."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.desk.entries import Entered, made_in, of_row
from omzet.desk.refusals import NotAllowed, Refused
from omzet.errors import unknown
from omzet.history.entered import Entry, new_key
from omzet.model import TABLES, Column, Kind
from omzet.model.page import meaning_of_column
from omzet.web.deal import given, in_thread
from omzet.web.entry_paste import MOST, Pasted, read_pasted
from omzet.web.entry_reading import LIST, Desk, Row, desk_of, read_row
from omzet.web.entry_tables import ENTERINGS, Entering, allowed, column_name, may_enter, said
from omzet.web.goal_words import written
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.workspace.desk import is_made

MARK = "entry-"
"""How the ids of rows begin that were entered here."""

NEWEST = 25
COMPARED = 10_000


@dataclass(frozen=True)
class Asked:
    """One field of the form. `kind` is `day`, `number`, `choice` or `text`; `choices` are keys and names."""

    name: str
    label: str
    hint: str
    kind: str
    needed: bool
    choices: tuple[tuple[str, str], ...]
    value: str
    error: str


@dataclass(frozen=True)
class Made:
    """A row that was entered here before: who and when, what, and whether it was taken back since."""

    key: str
    what: str
    who: str
    at: str
    is_back: bool


def routes(site: Site) -> APIRouter:
    """The addresses of entering."""
    router = APIRouter(include_in_schema=False)

    @router.get("/enter")
    def first(request: Request) -> Response:
        may = allowed(site.reader(request))
        if not may:
            raise NotAllowed("web.enter.not_yours", "There is nothing that your role enters here.")
        return RedirectResponse(f"/enter/{may[0].word}", status_code=303)

    @router.get("/enter/{word}")
    def form(request: Request, word: str) -> Response:
        desk = opened(request, word)
        return page(request, desk)

    @router.post("/enter/{word}")
    async def one(request: Request, word: str) -> Response:
        fields = await given(request, site)
        return await in_thread(lambda: save_one(request, word, fields))

    @router.post("/enter/{word}/paste")
    async def pasted(request: Request, word: str) -> Response:
        fields = await given(request, site)
        return await in_thread(lambda: save_pasted(request, word, fields))

    @router.post("/enter/{word}/take-back")
    async def back(request: Request, word: str) -> Response:
        fields = await given(request, site)
        return await in_thread(lambda: take_back(request, word, fields))

    def opened(request: Request, word: str) -> Desk:
        """What is entered at an address, for who may."""
        if word not in ENTERINGS:
            raise unknown("thing to enter", word, ENTERINGS)
        entering = ENTERINGS[word]
        site.require(request, entering.permission)
        reader = site.reader(request)
        if not may_enter(reader, entering):
            raise NotAllowed("web.enter.no_amounts", "Amounts aren't shown to your role, so it doesn't enter them here.")
        return desk_of(site, reader, entering)

    def page(
        request: Request,
        desk: Desk,
        *,
        status: int = 200,
        fields: Mapping[str, str] | None = None,
        row: Row | None = None,
        rows: str = "",
        looked: Pasted | None = None,
        problem: str = "",
        saved: int = 0,
    ) -> Response:
        reader, entering = desk.reader, desk.entering
        done = request.query_params.get("done", "") if request.method == "GET" else ""
        asked = asked_of(desk, fields or {}, row)
        return site.render(
            request,
            "entry.html",
            reader,
            status=status,
            page_title=reader.t("web.enter.title", "Enter data"),
            freshness=site.freshness(reader.language),
            entering=entering,
            title=said(reader, entering.title),
            text=said(reader, f"{entering.title}_text"),
            tabs=[(each, said(reader, each.title)) for each in allowed(reader)],
            asked=asked,
            has_errors=bool(row and row.errors),
            once=secrets.token_urlsafe(12),
            rows=rows,
            looked=looked,
            problem=problem,
            saved=saved,
            again=again(desk, looked) if looked and not saved else 0,
            done=done,
            n=number(request.query_params.get("n", "")),
            most=MOST,
            header="\t".join(each.label for each in asked),
            made=made(desk),
            column_name=lambda name: column_name(reader, name),
        )

    def save_one(request: Request, word: str, fields: Mapping[str, str]) -> Response:
        desk = opened(request, word)
        row = read_row(desk, fields)
        if row.errors:
            return page(request, desk, status=400, fields=fields, row=row)
        enter(desk, fields.get("once", ""), [row])
        return RedirectResponse(f"/enter/{word}?done=saved&n=1", status_code=303)

    def save_pasted(request: Request, word: str, fields: Mapping[str, str]) -> Response:
        desk = opened(request, word)
        text = fields.get("rows", "")
        try:
            looked = read_pasted(desk, text)
        except Refused as refused:
            return page(request, desk, status=400, rows=text, problem=refused.text(desk.reader.language))
        if not fields.get("save") or not looked.good:
            return page(request, desk, rows=text, looked=looked)
        enter(desk, fields.get("once", ""), [each.row for each in looked.good])
        if not looked.bad:
            return RedirectResponse(f"/enter/{word}?done=saved&n={len(looked.good)}", status_code=303)
        left = read_pasted(desk_of(site, desk.reader, desk.entering), looked.rest)
        return page(request, desk, rows=looked.rest, looked=left, saved=len(looked.good))

    def enter(desk: Desk, once: str, rows: Sequence[Row]) -> None:
        """Enter rows, all or nothing. What was sent twice is entered once: the keys follow from the form."""
        by, store = desk.reader.who.by, site.desk.open()
        sent = once or secrets.token_urlsafe(12)
        keys = [row_key(f"{by.user_id} {desk.entering.word} {sent} {place}") for place in range(len(rows))]
        if of_row(store, desk.entering.table, keys[0], 1):
            return
        entries = [Entry(desk.entering.table, key, row.values) for key, row in zip(keys, rows, strict=True)]
        site.workspace.enter(store, by, entries, access=desk.reader.access)

    def take_back(request: Request, word: str, fields: Mapping[str, str]) -> Response:
        desk = opened(request, word)
        key = fields.get("key", "")
        found = next((each for each in made(desk, limit=COMPARED) if each.key == key), None)
        if found is None:
            raise NotAllowed("desk.not-yours", "This isn't yours to change.")
        if not found.is_back:
            entry = Entry(desk.entering.table, key, {"is_deleted": "true"}, seen={"is_deleted": None})
            site.workspace.enter(site.desk.open(), desk.reader.who.by, [entry], access=desk.reader.access)
        return RedirectResponse(f"/enter/{word}?done=back", status_code=303)

    def made(desk: Desk, limit: int = NEWEST) -> list[Made]:
        """What was entered here, newest first: by everybody for who sees all, else by the reader."""
        rows, back = entered(desk, 4 * limit)
        return [
            Made(each.key, told(desk, each.given), who, desk.reader.instant(each.entered_at), each.key in back)
            for each, who in rows[:limit]
        ]

    def entered(desk: Desk, limit: int) -> tuple[list[tuple[Entered, str]], set[str]]:
        """The rows that were entered here, with who did, and the keys of those taken back."""
        if not is_made(site.workspace.path, site.workspace.settings):
            return [], set()
        reader, entering = desk.reader, desk.entering
        sees_all = not reader.access.is_limited and reader.sees_money and reader.sees_names
        user = None if sees_all else reader.who.by.user_id
        found = made_in(site.desk.open(), entering.table, new_key(MARK), user, limit)
        back = {each.key for each, _ in found if "is_deleted" in each.given}
        rows = [(each, who) for each, who in found if "is_deleted" not in each.given and is_of(entering, each.given)]
        return rows, back

    def again(desk: Desk, looked: Pasted) -> int:
        """How many of the pasted rows equal one that was entered here before."""
        rows, back = entered(desk, COMPARED)
        there = {frozenset(each.given.items()) for each, _ in rows if each.key not in back}
        return sum(frozenset(each.row.values.items()) in there for each in looked.good)

    return router


def row_key(what: str) -> str:
    """The key of a row that a form makes: the same whenever the same form is sent."""
    return new_key(MARK + hashlib.sha256(what.encode()).hexdigest()[:20])


def number(text: str) -> int:
    """A count in an address; 1 for nonsense."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def asked_of(desk: Desk, fields: Mapping[str, str], row: Row | None) -> list[Asked]:
    """The fields of the form, with what was filled in and what is wrong with it."""
    reader, errors = desk.reader, row.errors if row else {}
    asked = []
    for column in desk.columns:
        value = fields.get(column.name, "")
        if not fields and column.name == "currency":
            value = reader.currency
        asked.append(
            Asked(
                column.name,
                column_name(reader, column.name),
                meaning_of_column(TABLES[desk.entering.table], column, reader.language),
                kind_of(desk, column),
                column.name in desk.entering.needed,
                tuple(desk.options.get(column.name, {}).items()),
                value,
                errors.get(column.name, ""),
            )
        )
    return asked


def kind_of(desk: Desk, column: Column) -> str:
    """How a column is asked for."""
    if column.name in desk.options:
        return "choice" if len(desk.options[column.name]) <= LIST else "text"
    if column.kind is Kind.DAY:
        return "day"
    return "number" if column.kind in (Kind.MONEY, Kind.NUMBER, Kind.INTEGER, Kind.SHARE) else "text"


def is_of(entering: Entering, given: Mapping[str, str | None]) -> bool:
    """Whether a row that was entered is of this kind."""
    return all(given.get(name) == value for name, value in entering.fixed.items())


def told(desk: Desk, given: Mapping[str, str | None]) -> str:
    """A row that was entered, in one line."""
    reader, parts = desk.reader, []
    for column in desk.entering.fields:
        value = given.get(column.name)
        if value is None:
            continue
        if column.name in desk.options:
            value = desk.options[column.name].get(value, "…" if column.kind is Kind.REFERENCE else value)
        elif column.kind is Kind.DAY:
            value = reader.day(date.fromisoformat(value), "long")
        elif column.kind in (Kind.MONEY, Kind.NUMBER, Kind.INTEGER, Kind.SHARE):
            unit = "share" if column.kind is Kind.SHARE else desk.units.get(given.get("metric") or "", "count")
            value = written_number(reader, Decimal(value), unit)
        parts.append(value)
    return " · ".join(parts)


def written_number(reader: Reader, value: Decimal, unit: str) -> str:
    """A number that was entered, to the cent."""
    if unit == "share":
        return written(reader, value, unit)
    return reader.number(value, 0 if value == value.to_integral_value() else 2)
