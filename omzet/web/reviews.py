"""Reviews: planned with an agenda that the numbers make, held with notes and actions; and rows that somebody contests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.desk import remarks
from omzet.desk import reviews as desk
from omzet.desk.refusals import NotAllowed, Refused
from omzet.desk.roles import Permission
from omzet.desk.users import users_of_person
from omzet.errors import CallError, OmzetError
from omzet.history.entered import Entry, new_key
from omzet.web.action_effects import effects
from omzet.web.choice import read_choice
from omzet.web.deal import given, in_thread
from omzet.web.finding_words import shown
from omzet.web.question_tiles import kpi
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.subjects import Subject, find, narrowed, subjects
from omzet.web.view import View

AGENDA = (
    "bookings_amount",
    "win_rate",
    "opportunities_created",
    "sales_cycle_length_median",
    "open_pipeline_amount",
    "stale_pipeline_share",
    "activities_per_rep_per_working_day",
    "quota_attainment",
)
"""The numbers that every review speaks of."""
FINDINGS = 3
"""At most so many findings come before them."""


def routes(site: Site) -> APIRouter:
    """The addresses of reviews, actions and contested rows."""
    router = APIRouter(include_in_schema=False)

    def seen(reader: Reader) -> list[str] | None:
        """The subjects whose reviews the reader may read; None: all."""
        if not reader.access.is_limited and reader.access.names is None:
            return None
        found = [subject.key for subject in subjects(site, reader)] if reader.may(Permission.HOLD_REVIEWS) else []
        return [*found, *([reader.access.person] if reader.access.person else [])]

    @router.get("/reviews")
    def all_reviews(request: Request) -> Response:
        reader = person(site, request)
        store, by = site.desk.open(), reader.who.by
        names = {each.key: each.name for each in subjects(site, reader)}
        actions = desk.list_actions(store, by, subjects=seen(reader))
        return site.render(
            request,
            "reviews.html",
            reader,
            page_title=reader.t("web.nav.reviews", "Reviews"),
            freshness=site.freshness(reader.language),
            reviews=desk.list_reviews(store, by, seen(reader)),
            actions=[each for each in actions if each.status == desk.OPEN],
            effects=effects(site, reader, actions),
            contests=[each for each in remarks.contests_of(store, by) if _may_see(site, reader, each)],
            named=lambda key: names.get(key, "") or site.workspace.settings.name or "Omzet",
            may_hold=reader.may(Permission.HOLD_REVIEWS),
            may_answer=reader.may(Permission.HOLD_REVIEWS) or reader.may(Permission.MANAGE_DATA),
            today=site.today,
        )

    @router.get("/reviews/new")
    def blank(request: Request) -> Response:
        reader = person(site, request)
        site.require(request, Permission.HOLD_REVIEWS)
        return site.render(
            request,
            "review_new.html",
            reader,
            page_title=reader.t("web.review.new", "Plan a review"),
            subjects=subjects(site, reader),
            chosen=request.query_params.get("metric", ""),
            today=site.today,
        )

    @router.post("/reviews")
    async def planned(request: Request) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: plan(form, request))

    def plan(form: Mapping[str, str], request: Request) -> Response:
        reader = person(site, request)
        subject = find(subjects(site, reader), form.get("subject", ""))
        if subject is None:
            raise CallError(reader.t("web.review.whom", "Choose whom the review is about."))
        made = desk.plan(
            site.desk.open(),
            reader.who.by,
            title=form.get("title", "") or reader.t("web.review.of", "Review of {name}", name=subject.name),
            level=subject.level,
            subject=subject.key,
            planned_on=day(form.get("planned_on", ""), site.today),
            agenda=agenda(site, request, reader, subject),
            is_private=bool(form.get("private")),
        )
        return RedirectResponse(f"/reviews/{made.id}", status_code=303)

    @router.get("/reviews/{id}")
    def one(request: Request, id: int) -> Response:
        reader = person(site, request)
        store, by = site.desk.open(), reader.who.by
        review = desk.read_review(store, by, id, seen(reader))
        about = find(subjects(site, reader), f"{review.level}|{review.subject}")
        return site.render(
            request,
            "review.html",
            reader,
            page_title=review.title,
            freshness=site.freshness(reader.language),
            review=review,
            about=about.name if about else "",
            actions=desk.list_actions(store, by, review_id=id),
            is_own=review.planned_by == by.user_id,
            today=site.today,
            metrics=[(metric.id, metric.name) for metric in site.metrics(reader.language)],
            done=request.query_params.get("done", ""),
        )

    @router.post("/reviews/{id}")
    async def written(request: Request, id: int) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: write(id, form, request))

    def write(id: int, form: Mapping[str, str], request: Request) -> Response:
        reader = person(site, request)
        held = site.today if form.get("hold") else None
        review = desk.hold(
            site.desk.open(), reader.who.by, id, notes=form.get("notes", ""), held_on=held, version=int(form.get("version") or 0)
        )
        if held and review.level == "rep":
            _measured(site, reader, f"review{id}", review.subject, "review", review.planned_on, {"done_on": held.isoformat()})
        return RedirectResponse(f"/reviews/{id}?done={'held' if held else 'saved'}", status_code=303)

    @router.post("/actions")
    async def agreed(request: Request) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: act(form, request))

    def act(form: Mapping[str, str], request: Request) -> Response:
        reader = person(site, request)
        store, by = site.desk.open(), reader.who.by
        review = int(form["review"]) if form.get("review") else None
        level, key = "company", ""
        if review is not None:
            held = desk.read_review(store, by, review, seen(reader))
            level, key = held.level, held.subject
        owners = users_of_person(store, key) if level == "rep" else []
        made = desk.agree_action(
            store,
            by,
            text=form.get("text", ""),
            due_on=day(form.get("due_on", ""), site.today),
            subject=key,
            owner_id=owners[0].id if owners else None,
            metric=form.get("metric", ""),
            expected=number(form.get("expected", "")),
            finding=form.get("finding", ""),
            review_id=review,
        )
        if level == "rep":
            more = {"due_on": made.due_on.isoformat(), "metric": made.metric or None, "topic": made.text[:200]}
            _measured(site, reader, f"action{made.id}", key, "action", site.today, more)
        return RedirectResponse(f"/reviews/{review}" if review else "/reviews", status_code=303)

    @router.post("/actions/{id}/{status}")
    async def ended(request: Request, id: int, status: str) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: end(id, status, form, request))

    def end(id: int, status: str, form: Mapping[str, str], request: Request) -> Response:
        reader = person(site, request)
        action = desk.end_action(
            site.desk.open(), reader.who.by, id, status=status, on=site.today, version=int(form.get("version") or 0)
        )
        if action.subject and status == desk.DONE:
            _measured(site, reader, f"action{id}", action.subject, "action", None, {"done_on": site.today.isoformat()})
        return RedirectResponse(f"/reviews/{action.review_id}" if action.review_id else "/reviews", status_code=303)

    @router.post("/contests")
    async def contested(request: Request) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: contest(form, request))

    def contest(form: Mapping[str, str], request: Request) -> Response:
        reader = person(site, request)
        key = form.get("key", "")
        site.workspace.deal(key, access=reader.access)  # only what one may see can be contested
        remarks.contest(
            site.desk.open(), reader.who.by, table="deals", key=key, text=form.get("text", ""), metric=form.get("metric", "")
        )
        return RedirectResponse(f"/deals/{key}?done=contested", status_code=303)

    @router.post("/contests/{id}")
    async def answered(request: Request, id: int) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: answer(id, form, request))

    def answer(id: int, form: Mapping[str, str], request: Request) -> Response:
        reader = person(site, request)
        store, by = site.desk.open(), reader.who.by
        if not any(each.id == id and _may_see(site, reader, each) for each in remarks.contests_of(store, by)):
            raise Refused("desk.absent", "This is not there any more. Somebody may have removed it.")
        remarks.answer(
            store,
            by,
            id,
            accepted=form.get("verdict") == "accepted",
            text=form.get("answer", ""),
            version=int(form.get("version") or 0),
        )
        return RedirectResponse("/reviews", status_code=303)

    return router


def person(site: Site, request: Request) -> Reader:
    """The reader, who is signed in: what people say to each other needs somebody who says it."""
    reader = site.reader(request)
    if reader.who.signed_in is None:
        raise NotAllowed("web.review.sign_in", "Set up sign-in first: what people agree needs to know who they are.")
    return reader


def agenda(site: Site, request: Request, reader: Reader, subject: Subject) -> list[dict[str, Any]]:
    """What the numbers give to talk about: each with its change and what it rests on."""
    view: View = site.view(request, reader)
    view = replace(view, choice=narrowed(replace(view.choice, path="/reviews"), subject))
    found = []
    for metric in AGENDA:
        cell = kpi(view, metric)
        if cell is not None and cell.figure != "–":
            change = cell.change.text if cell.change else ""
            tone = cell.change.tone if cell.change else ""
            found.append(
                {"metric": metric, "name": cell.name, "value": cell.figure, "change": change, "tone": tone, "note": cell.note,
                 "href": cell.href}
            )  # fmt: skip
    return [*findings(site, reader, subject), *found]


def findings(site: Site, reader: Reader, subject: Subject) -> list[dict[str, Any]]:
    """What was found about the one whom a review is about, the most worth first; weak evidence is not talked about."""
    told, _ = site.findings.of(reader)
    whom = ("person" if subject.level == "rep" else subject.level, subject.key)
    about = [each for each in told.found if each.grade != "weak" and (each.audience.level, each.audience.key) == whom]
    choice = read_choice([], site.calendar, site.today)
    return [
        {"metric": "", "name": item.claim, "value": "", "change": "", "tone": "", "note": item.mark.text, "href": item.href}
        for item in (shown(each, reader, choice) for each in about[:FINDINGS])
    ]


def day(text: str, default: date) -> date:
    """A day from a form. Raises CallError for nonsense."""
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CallError(f"'{text}' is no day.") from None


def number(text: str) -> Decimal | None:
    """A number from a form. Raises CallError for nonsense."""
    if not text.strip():
        return None
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise CallError(f"'{text}' is no number.") from None
    return found if found.is_finite() else None


def _measured(
    site: Site, reader: Reader, id: str, person_key: str, kind: str, from_on: date | None, more: Mapping[str, str | None]
) -> None:
    """Let what people did with each other be measured: a row of `person_events`."""
    first = {"person_id": person_key, "kind": kind, "from_on": from_on.isoformat()} if from_on else {}
    values = {**first, **more}
    if from_on and reader.access.person:
        values["by_person_id"] = reader.access.person
    site.workspace.enter(
        site.desk.open(), replace(reader.who.by, door="system", user_id=None), [Entry("person_events", new_key(id), values)]
    )


def _may_see(site: Site, reader: Reader, contest: remarks.Contest) -> bool:
    if contest.made_by == reader.who.by.user_id:
        return True
    if not reader.sees_deals:
        return False
    try:
        site.workspace.deal(contest.key, access=reader.access)
    except OmzetError:
        return False
    return True
