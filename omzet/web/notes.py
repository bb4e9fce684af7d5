"""What happened on a day, said at a number and marked in the drawings over time: who sees it, who may say it, and undo."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.charts.line import LineNote
from omzet.desk.annotations import ENTERING, Annotation, annotate, annotated, put_back, withdraw
from omzet.errors import CallError, unknown
from omzet.web.deal import given, in_thread
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.view import View

BACK = timedelta(days=400)
"""So far back from the end of the period: what a drawing of twelve months shows."""

OF_A_NUMBER = re.compile(r"/why/[a-z0-9_]+(\?[^\s\\\\]*)?")
REMOVED = "removed-"


@dataclass(frozen=True)
class Note:
    """An annotation as a page shows it."""

    id: int
    day: date
    text: str
    team: str
    by: str
    is_own: bool


@dataclass(frozen=True)
class Notes:
    """What happened, newest first, and what the form needs. `undo` is the one just taken away."""

    found: tuple[Note, ...]
    teams: tuple[tuple[str, str], ...]
    may_add: bool
    today: date
    undo: int | None = None


def notes_of(site: Site, reader: Reader, view: View) -> list[Note]:
    """What happened in the time that the page shows, of all and of the teams that the reader sees and chose."""
    if not site.desk.has_users() and not reader.who.is_owner:
        return []
    names = dict(site.workspace.named("teams"))
    end = view.until + timedelta(days=31)
    found = annotated(site.desk.open(), reader.who.by, min(view.choice.start, end - BACK), end, seen_teams(reader))
    chosen = view.choice.picked("team")
    kept = [each for each in found if not each.team or not chosen or names.get(each.team) in chosen]
    return [_note(each, names, reader) for each in kept]


def marked(site: Site, reader: Reader, view: View) -> View:
    """The view with what happened in it, for the drawings over time."""
    notes = notes_of(site, reader, view)
    return replace(
        view, notes=tuple(LineNote(each.day, f"{each.team}: {each.text}" if each.team else each.text) for each in notes)
    )


def listed(site: Site, reader: Reader, view: View, page: str) -> Notes:
    """What happened as a list with its form; `page` says what was just done."""
    seen = seen_teams(reader)
    teams = tuple((key, name) for key, name in site.workspace.named("teams") if seen is None or key in seen)
    undo = page.removeprefix(REMOVED)
    return Notes(
        tuple(reversed(notes_of(site, reader, view))),
        teams,
        any(reader.may(each) for each in ENTERING),
        site.today,
        int(undo) if page.startswith(REMOVED) and undo.isascii() and undo.isdigit() and len(undo) < 10 else None,
    )


def seen_teams(reader: Reader) -> frozenset[str] | None:
    """The keys of the teams that a reader sees; None: all."""
    access = reader.access
    if not access.is_limited:
        return None
    return frozenset(str(key) for each in access.conditions if each.dimension == "team" for key in each.values)


def _note(each: Annotation, names: Mapping[str, str], reader: Reader) -> Note:
    by = each.by if reader.sees_names else ""
    return Note(each.id, each.day, each.text, names.get(each.team, each.team), by, each.is_own)


def routes(site: Site) -> APIRouter:
    """The addresses of annotations."""
    router = APIRouter(include_in_schema=False)

    @router.post("/annotations")
    async def added(request: Request) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: add(form, request))

    def add(form: Mapping[str, str], request: Request) -> Response:
        reader = site.reader(request)
        try:
            day = date.fromisoformat(form.get("day", ""))
        except ValueError:
            raise CallError(reader.t("web.notes.day_wrong", "Choose the day on which it happened.")) from None
        team, seen = form.get("team", ""), seen_teams(reader)
        if team and (team not in dict(site.workspace.named("teams")) or (seen is not None and team not in seen)):
            raise CallError(reader.t("web.notes.team_wrong", "Choose a team that you see, or none."))
        annotate(site.desk.open(), reader.who.by, day, form.get("text", ""), team)
        return RedirectResponse(back(form, ""), status_code=303)

    @router.post("/annotations/{id:int}/{what}")
    async def changed(request: Request, id: int, what: str) -> Response:
        form = await given(request, site)
        return await in_thread(lambda: change(id, what, form, request))

    def change(id: int, what: str, form: Mapping[str, str], request: Request) -> Response:
        doing = {"remove": withdraw, "restore": put_back}
        if what not in doing:
            raise unknown("what to do with an annotation", what, doing)
        doing[what](site.desk.open(), site.reader(request).who.by, id)
        return RedirectResponse(back(form, f"{REMOVED}{id}" if what == "remove" else ""), status_code=303)

    return router


def back(form: Mapping[str, str], page: str) -> str:
    """Where a form came from, when that is a page of a number; `page` says there what was done."""
    address = form.get("back", "")
    address = address if OF_A_NUMBER.fullmatch(address) else "/"
    return f"{address}{'&' if '?' in address else '?'}page={page}#notes" if page else address
