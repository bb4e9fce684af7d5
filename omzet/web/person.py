"""The page of one person: own numbers, open deals, what was said, and saying something; and trainings with what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.desk import remarks
from omzet.desk.entries import own_key
from omzet.desk.refusals import Refused
from omzet.desk.roles import Permission
from omzet.errors import CallError, OmzetError
from omzet.history.entered import Entry
from omzet.query.question import Question
from omzet.web.deal import given, in_thread
from omzet.web.deals import deal_path
from omzet.web.question_pages import Trend
from omzet.web.question_tiles import kpi, trend
from omzet.web.reader import Reader
from omzet.web.reviews import day, number, person
from omzet.web.site import Site
from omzet.web.subjects import Subject, find, narrowed, subjects
from omzet.web.view import View

KPIS = ("bookings_amount", "quota_attainment", "win_rate", "sales_cycle_length_median", "activities_per_rep_per_working_day")
TRENDS = (Trend("person-bookings", "bookings_amount", 6), Trend("person-rate", "win_rate", 6))
DEALS = 12


def routes(site: Site) -> APIRouter:
    """The addresses of people's pages and of trainings."""
    router = APIRouter(include_in_schema=False)

    def subject_of(reader: Reader, key: str) -> Subject:
        own = Subject("rep", key, "")
        found = find(subjects(site, reader), own.id)
        if found is None and key == reader.access.person:
            found = next((replace(own, name=name) for each, name in site.workspace.named("people") if each == key), None)
        if found is None:
            raise Refused("web.person.absent", "There is no such person, or not for you.")
        return found

    @router.get("/me")
    def me(request: Request) -> Response:
        reader = site.reader(request)
        if not reader.access.person:
            raise CallError(
                reader.t("web.person.nobody", "Your account is nobody of the sales data. An administrator can say who.")
            )
        return RedirectResponse(f"/person/{reader.access.person}", status_code=303)

    @router.get("/person/{key:path}")
    def page(request: Request, key: str) -> Response:
        reader = site.reader(request)
        subject = subject_of(reader, key)
        view: View = site.view(request, reader)
        view = replace(view, choice=narrowed(replace(view.choice, path=f"/person/{key}"), subject))
        question = Question(metrics=("open_pipeline_count",), where=view.choice.conditions)
        board = site.workspace.board(question, language=reader.language, access=reader.access)
        cards = sorted((card for column in board.columns for card in column.cards), key=lambda card: -(card.amount or 0))
        signed = reader.who.signed_in is not None
        said = remarks.remarks_on(site.desk.open(), reader.who.by, key, is_self=key == reader.access.person) if signed else []
        return site.render(
            request,
            "person.html",
            reader,
            page_title=subject.name,
            freshness=board.freshness,
            subject=subject,
            kpis=[cell for metric in KPIS if (cell := kpi(view, metric))],
            tiles=[tile for part in TRENDS if (tile := trend(view, part))],
            cards=cards[:DEALS],
            path=deal_path,
            said=said,
            may_say=signed and key != reader.access.person,
            may_coach=signed and reader.may(Permission.HOLD_REVIEWS) and key != reader.access.person,
            address=request.url.path,
            done=request.query_params.get("done", ""),
        )

    @router.post("/remarks")
    async def said(request: Request) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: say(form, request))

    def say(form: Mapping[str, str], request: Request) -> Response:
        reader = person(site, request)
        subject = subject_of(reader, form.get("person", ""))
        kind = form.get("kind", "")
        id = remarks.remark(
            site.desk.open(),
            reader.who.by,
            kind=kind,
            person=subject.key,
            text=form.get("text", ""),
            evidence=form.get("evidence", ""),
            is_private=bool(form.get("private")),
        )
        if kind == remarks.RECOGNITION:
            values: dict[str, str | None] = {"person_id": subject.key, "kind": "recognition", "from_on": site.today.isoformat()}
            if reader.access.person:
                values["by_person_id"] = reader.access.person
            by = replace(reader.who.by, door="system", user_id=None)
            site.workspace.enter(site.desk.open(), by, [Entry("person_events", f"desk:remark{id}", values)])
        return RedirectResponse(f"/person/{subject.key}?done=said", status_code=303)

    @router.get("/training")
    def training(request: Request) -> Response:
        reader = site.reader(request)
        return site.render(
            request,
            "training.html",
            reader,
            page_title=reader.t("web.nav.training", "Training"),
            freshness=site.freshness(reader.language),
            effects=effects(site, reader),
            people=[each for each in subjects(site, reader) if each.level == "rep"],
            may_record=reader.may(Permission.RECORD_TRAINING),
            today=site.today,
            currency=site.workspace.settings.currency,
            done=request.query_params.get("done", ""),
        )

    @router.post("/training")
    async def recorded(request: Request) -> Response:
        form = await request.form()
        people = [value for value in form.getlist("people") if isinstance(value, str)]
        fields = await given(request, site)
        return await in_thread(lambda: record(fields, people, request))

    def record(form: Mapping[str, str], people: list[str], request: Request) -> Response:
        site.require(request, Permission.RECORD_TRAINING)
        reader = site.reader(request)
        topic = form.get("topic", "").strip()
        if not topic or not people:
            raise CallError(reader.t("web.training.empty", "Say what the training was about and who took part."))
        known = {each.key for each in subjects(site, reader) if each.level == "rep"}
        if not known.issuperset(people):
            raise Refused("web.person.absent", "There is no such person, or not for you.")
        first = day(form.get("from_on", ""), site.today)
        last = day(form.get("to_on", ""), first)
        entries = [
            Entry(
                "person_events",
                own_key(),
                {
                    "person_id": key,
                    "kind": "training",
                    "topic": topic,
                    "from_on": first.isoformat(),
                    "to_on": last.isoformat(),
                    "done_on": last.isoformat() if last <= site.today else None,
                },
            )
            for key in people
        ]
        cost = number(form.get("cost", ""))
        if cost:
            values: dict[str, str | None] = {
                "kind": "actual",
                "from_on": first.isoformat(),
                "to_on": last.isoformat(),
                "category": "training",
                "amount": str(cost),
            }
            entries.append(Entry("costs", own_key(), values))
        site.workspace.enter(site.desk.open(), reader.who.by, entries)
        return RedirectResponse("/training?done=recorded", status_code=303)

    return router


def effects(site: Site, reader: Reader) -> list[dict[str, Any]]:
    """What each topic trained did to the win rate of those trained, beyond others: or that it can't be told."""
    try:
        answer = site.ask(Question(metrics=("training_effect",), by=("topic",)), reader)
    except OmzetError:
        return []
    found = []
    for row in answer.rows:
        value, low, high = (row.get(f"training_effect{each}") for each in ("", ":low", ":high"))
        told = value is not None and low is not None and high is not None and (low > 0 or high < 0)
        found.append(
            {
                "topic": row.get("topic") or "–",
                "value": f"{reader.signed(value, reader.points(value))}" if value is not None else "–",
                "between": reader.range(*(reader.signed(each, reader.points(each)) for each in (low, high)))
                if low is not None and high is not None
                else "",
                "told": told,
                "better": bool(value and value > 0),
                "n": row.get("training_effect:n") or 0,
                "why": row.get("training_effect:why") or "",
            }
        )
    return found
