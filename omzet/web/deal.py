"""The pages of one deal: all that happened to it, its form, moving it, and a form for a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.desk.entries import of_row, own_key
from omzet.desk.roles import Permission
from omzet.errors import CallError
from omzet.query.question import Question
from omzet.query.record import Event
from omzet.web.deals import CLOSED, activity, deal_path, edit_entry, move_entry, new_deal, plain, single_deals
from omzet.web.reader import Reader
from omzet.web.site import Site

FIELDS = {
    "amount": "Amount",
    "currency": "Currency",
    "expected_close_on": "Expected close",
    "stage": "Stage",
    "status": "Status",
    "owner_id": "Owner",
    "team_id": "Team",
    "name": "Name",
    "probability": "Probability",
    "forecast_category": "Forecast category",
    "source": "Source",
    "competitor": "Competitor",
    "loss_reason": "Reason lost",
    "loss_kind": "Kind of loss",
    "closed_at": "Closed",
    "pipeline": "Pipeline",
    "account_id": "Account",
    "product_id": "Product",
    "created_at": "Created",
    "is_deleted": "Deleted",
}
"""Fields of a deal as people read them."""

KINDS = {
    "call": ("phone", "Call"),
    "email": ("mail", "E-mail"),
    "meeting": ("users", "Meeting"),
    "message": ("message-square", "Message"),
    "quote": ("file-text", "Quote"),
    "task": ("check", "Task"),
    "note": ("pencil", "Note"),
}
"""Kinds of activity, each with its icon."""

OUTCOMES = {
    "call": {"connected": "Spoke to somebody", "voicemail": "Voicemail", "no_answer": "No answer"},
    "email": {"replied": "Got a reply"},
    "meeting": {"held": "Took place", "no_show": "Nobody showed up"},
}
"""What came of an activity, by kind."""

LOSSES = {
    "competitor": "Went to a competitor",
    "no_decision": "No decision",
    "price": "Price",
    "fit": "Didn't fit",
    "timing": "Bad timing",
    "other": "Other",
}
"""Why deals are lost."""


def routes(site: Site) -> APIRouter:
    """The addresses of deals and of logging work."""
    router = APIRouter(include_in_schema=False)

    @router.get("/deals/new")
    def blank(request: Request) -> Response:
        site.require(request, Permission.ENTER_DEALS)
        reader = single_deals(site.reader(request))
        board = site.workspace.board(Question(metrics=("open_pipeline_count",)), access=reader.access)
        return site.render(
            request,
            "deal_new.html",
            reader,
            page_title=reader.t("web.deal.new", "New deal"),
            board=board,
            currency=site.workspace.settings.currency,
        )

    @router.post("/deals")
    async def create(request: Request) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: made(form, request))

    def made(form: Mapping[str, str], request: Request) -> Response:
        reader = single_deals(site.reader(request))
        key = own_key()
        enter(reader, [new_deal(key, form, reader.access.person)])
        return RedirectResponse(f"{deal_path(key)}?done=made", status_code=303)

    @router.get("/deals/{key:path}")
    def deal(request: Request, key: str) -> Response:
        reader = single_deals(site.reader(request))
        record = site.workspace.deal(key, language=reader.language, access=reader.access)
        entered = of_row(site.desk.open(), "deals", key) if site.desk.has_users() else []
        return site.render(
            request,
            "deal.html",
            reader,
            page_title=record.name,
            freshness=record.freshness,
            deal=record,
            path=deal_path(key),
            events=[told(event, reader) for event in record.events],
            entered={(name, each.given.get(name)): who for each, who in entered for name in each.given},
            may_enter=reader.may(Permission.ENTER_DEALS),
            kinds=kinds(reader),
            outcomes=outcomes(reader),
            losses={name: reader.t(f"web.loss.{name}", text) for name, text in LOSSES.items()},
            closed=CLOSED,
            done=request.query_params.get("done", ""),
            now=datetime.now(reader.zone),
            field=lambda name: field(name, reader),
            plain=plain,
        )

    @router.post("/deals/{key:path}/edit")
    async def edit(request: Request, key: str) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: edited(key, form, request))

    def edited(key: str, form: Mapping[str, str], request: Request) -> Response:
        reader = single_deals(site.reader(request))
        record = site.workspace.deal(key, language=reader.language, access=reader.access)
        seen = {name.removeprefix("seen."): value for name, value in form.items() if name.startswith("seen.")}
        entry = edit_entry(record, form, seen)
        if entry is not None:
            enter(reader, [entry])
        return RedirectResponse(f"{deal_path(key)}?done={'edited' if entry else 'same'}", status_code=303)

    @router.post("/deals/{key:path}/move")
    async def move(request: Request, key: str) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: moved(key, form, request))

    def moved(key: str, form: Mapping[str, str], request: Request) -> Response:
        reader = single_deals(site.reader(request))
        record = site.workspace.deal(key, language=reader.language, access=reader.access)
        reason = {name: form[name].strip() or None for name in ("loss_reason", "loss_kind", "competitor") if name in form}
        enter(reader, [move_entry(record, form.get("stage", ""), form.get("seen", ""), reason=reason)])
        return RedirectResponse(f"{deal_path(key)}?done=moved", status_code=303)

    @router.get("/log")
    def log(request: Request) -> Response:
        site.require(request, Permission.ENTER_DEALS)
        reader = single_deals(site.reader(request))
        board = site.workspace.board(Question(metrics=("open_pipeline_count",)), access=reader.access)
        cards = sorted((card for column in board.columns for card in column.cards), key=lambda card: card.name.casefold())
        return site.render(
            request,
            "log.html",
            reader,
            page_title=reader.t("web.log.title", "Log work"),
            cards=cards,
            chosen=request.query_params.get("deal", ""),
            kinds=kinds(reader),
            outcomes=outcomes(reader),
            now=datetime.now(reader.zone),
            done=request.query_params.get("done", ""),
        )

    @router.post("/log")
    async def logged(request: Request) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: written(form, request))

    def written(form: Mapping[str, str], request: Request) -> Response:
        reader = single_deals(site.reader(request))
        owner = reader.access.person
        deal = form.get("deal", "")
        if owner is None and deal:
            owner = site.workspace.deal(deal, access=reader.access).values.get("owner_id")
        entries = [activity(own_key(), form, owner, when(form.get("happened_at", ""), reader))]
        if form.get("next_kind") and form.get("next_at"):
            entries.append(activity(own_key(), {"kind": form["next_kind"], "deal": deal}, owner, when(form["next_at"], reader)))
        enter(reader, entries)
        place = deal_path(deal) if form.get("back") == "deal" and deal else "/log"
        return RedirectResponse(f"{place}?done=logged", status_code=303)

    def enter(reader: Reader, entries: list[Any]) -> None:
        site.workspace.enter(site.desk.open(), reader.who.by, entries, access=reader.access)

    return router


async def given(request: Request, site: Site) -> dict[str, str]:
    """The fields of a form, its token checked."""
    form: FormData = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    site.check_token(request, fields.pop("token", ""))
    return fields


async def in_thread(make: Callable[[], Response]) -> Response:
    """What a form leads to, made beside the event loop: it writes to the stores."""
    return await run_in_threadpool(make)


def when(text: str, reader: Reader) -> datetime:
    """A moment from a form, in the company's zone; now where none is given. Raises CallError for nonsense."""
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CallError(f"'{text}' is no date and time.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=reader.zone)).astimezone(UTC)


def kinds(reader: Reader) -> dict[str, tuple[str, str]]:
    """Kinds of activity with icon and name."""
    return {kind: (picture, reader.t(f"web.kind.{kind}", name)) for kind, (picture, name) in KINDS.items()}


def outcomes(reader: Reader) -> dict[str, dict[str, str]]:
    """What came of an activity, by kind."""
    return {kind: {name: reader.t(f"web.outcome.{name}", text) for name, text in each.items()} for kind, each in OUTCOMES.items()}


def field(name: str, reader: Reader) -> str:
    """A field as people read it."""
    return reader.t(f"web.field.{name}", FIELDS.get(name, name.replace("_", " ").capitalize()))


def told(event: Event, reader: Reader) -> dict[str, str]:
    """An event for the timeline: its icon, what happened, what it was before, who did it and when."""
    at = reader.instant(event.at)
    if event.kind == "activity":
        kind = event.activity.get("kind") or "note"
        picture, name = kinds(reader).get(kind, ("circle-dot", kind))
        planned = event.activity.get("status") == "planned"
        outcome = event.activity.get("outcome") or ""
        known = outcomes(reader).get(kind, {})
        text = reader.t("web.deal.planned", "{what}, planned", what=name) if planned else name
        return {"icon": picture, "text": text, "old": "", "new": known.get(outcome, outcome), "by": event.by or "", "at": at}
    picture = {"stage": "chevron-right", "status": "circle-check"}.get(event.field, "pencil")
    return {
        "icon": picture,
        "text": field(event.field, reader),
        "old": _shown(event.field, event.old, reader),
        "new": _shown(event.field, event.new, reader) or "–",
        "by": event.by or "",
        "at": at,
    }


def _shown(field: str, value: str | None, reader: Reader) -> str:
    """A value of a field as people read it; what can't be read as its kind stays as it was entered."""
    if not value:
        return ""
    if field == "status":
        return reader.t(f"web.status.{value}", value.capitalize())
    try:
        if field.endswith("_at"):
            return reader.instant(value)
        if field.endswith("_on"):
            return reader.day(date.fromisoformat(value[:10]), "long")
        if field == "amount":
            return reader.number(float(value), 2 if float(value) % 1 else 0)
    except ValueError:
        pass
    return value
