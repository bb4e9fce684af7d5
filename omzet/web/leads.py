"""The page of the hand-over: marketing hands leads to a team, sales accepts them or gives them back with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.desk.entries import own_key
from omzet.desk.roles import Permission
from omzet.errors import CallError, unknown
from omzet.history.entered import Entry
from omzet.query.question import Question
from omzet.web.choice import read_choice
from omzet.web.deal import given, in_thread
from omzet.web.site import Site
from omzet.web.subjects import find, subjects

SHOWN, MOST = 50, 1000
"""How many leads are listed at first, and at most."""


def routes(site: Site) -> APIRouter:
    """The addresses of leads."""
    router = APIRouter(include_in_schema=False)

    @router.get("/leads")
    def leads(request: Request) -> Response:
        reader = site.reader(request)
        choice = read_choice(parse_qsl(request.url.query), site.calendar, site.today)
        question = Question(metrics=("leads_created",), where=choice.where())
        asked = request.query_params.get("limit", "")
        limit = min(int(asked), MOST) if asked.isdecimal() and len(asked) < 5 else SHOWN
        found = site.workspace.leads(question, limit=limit, language=reader.language, access=reader.access)
        return site.render(
            request,
            "leads.html",
            reader,
            page_title=reader.t("web.nav.leads", "Leads"),
            freshness=site.freshness(reader.language),
            leads=found,
            more=min(limit + 4 * SHOWN, MOST) if len(found) == limit < MOST else 0,
            is_cut=len(found) == limit,
            teams=[(key, name) for key, name in site.workspace.named("teams")],
            reps=[each for each in subjects(site, reader) if each.level == "rep"],
            may_hand_over=reader.may(Permission.HAND_OVER_LEADS),
            sells=reader.may(Permission.ENTER_DEALS),
            done=request.query_params.get("page", ""),
        )

    @router.post("/leads")
    async def made(request: Request) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: make(form, request))

    def make(form: Mapping[str, str], request: Request) -> Response:
        site.require(request, Permission.HAND_OVER_LEADS)
        reader = site.reader(request)
        name = form.get("name", "").strip()
        if not name:
            raise CallError(reader.t("web.lead.nameless", "A lead needs a name."))
        values: dict[str, str | None] = {
            "name": name,
            "source": form.get("source", "").strip() or None,
            "status": "new",
            "created_at": datetime.now(UTC).isoformat(),
        }
        if reader.access.is_limited:
            values["owner_id"] = reader.access.person
        site.workspace.enter(site.desk.open(), reader.who.by, [Entry("leads", own_key(), values)], access=reader.access)
        return RedirectResponse("/leads?page=made", status_code=303)

    @router.post("/leads/{key:path}/{what}")
    async def changed(request: Request, key: str, what: str) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: change(key, what, form, request))

    def change(key: str, what: str, form: Mapping[str, str], request: Request) -> Response:
        site.require(request, Permission.HAND_OVER_LEADS if what == "hand-over" else Permission.ENTER_DEALS)
        reader = site.reader(request)
        now = datetime.now(UTC).isoformat()
        values: dict[str, str | None]
        if what == "hand-over":
            if form.get("team", "") not in dict(site.workspace.named("teams")):
                raise CallError(reader.t("web.lead.team", "Choose the team that gets it."))
            values = {"team_id": form["team"], "owner_id": None, "status": "new", "marketing_qualified_at": now}
            values["disqualify_reason"] = None
        elif what == "assign":
            owner = find(subjects(site, reader), f"rep|{form.get('rep', '')}")
            if owner is None:
                raise CallError(reader.t("web.lead.rep", "Choose who gets it."))
            values = {"owner_id": owner.key, "status": "working"}
        elif what == "accept":
            values = {"status": "qualified", "qualified_at": now}
        elif what == "return":
            reason = form.get("reason", "").strip()
            if not reason:
                raise CallError(reader.t("web.lead.why", "Say why you give it back."))
            values = {
                "owner_id": None,
                "team_id": None,
                "status": "new",
                "marketing_qualified_at": None,
                "qualified_at": None,
                "disqualify_reason": reason,
            }
        else:
            raise unknown("what to do with a lead", what, ("hand-over", "assign", "accept", "return"))
        site.workspace.enter(site.desk.open(), reader.who.by, [Entry("leads", key, values)], access=reader.access)
        return RedirectResponse(f"/leads?page={what}", status_code=303)

    return router
