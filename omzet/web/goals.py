"""The pages at `/goals`: the list, a new proposal, and one goal with its answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from omzet.desk.goal_objectives import OBJECTIVES
from omzet.desk.goal_rows import Goal, Level, find_goal, waiting_for
from omzet.desk.goals import comment, counter, decline, propose, withdraw
from omzet.desk.refusals import Conflict, NotAllowed, Refused
from omzet.desk.roles import Permission
from omzet.web.goal_draft import draft_of, draft_page
from omzet.web.goal_figures import label_of
from omzet.web.goal_list import Listed, listed
from omzet.web.goal_page import Other, goals_of, metric_of, page_of
from omzet.web.goal_people import Circle, answerers, circle_of
from omzet.web.goal_words import read
from omzet.web.reader import Reader
from omzet.web.session import to
from omzet.web.sign_in import status_of as status_code
from omzet.web.site import Site
from omzet.workspace.goals import agree_goal

Text = Annotated[str, Form()]
Number = Annotated[int, Form()]
DONE = ("proposed", "answered", "said", "agreed", "declined", "withdrawn")


def routes(site: Site) -> APIRouter:
    """The addresses of goals."""
    router = APIRouter(include_in_schema=False)

    def waiting(reader: Reader) -> int:
        """How many goals wait for the reader's answer, for the navigation."""
        signed_in = reader.who.signed_in
        return waiting_for(site.desk.open(), signed_in.user.id) if signed_in else 0

    def of(reader: Reader, level: Level, key: str) -> tuple[Other, ...]:
        """The goals of a team or person that run or are talked about, those that the reader sees; for goals_of.html."""
        return goals_of(site, circle_of(site, reader), level, key) if reader.who.signed_in else ()

    site.templates.globals |= {"goals_waiting": waiting, "goals_of": of}

    @router.get("/goals")
    def goals(request: Request) -> Response:
        reader = site.reader(request)
        is_alone = reader.who.signed_in is None  # then there is no desk to ask, and none is made by looking
        circle = None if is_alone else circle_of(site, reader)
        return site.render(
            request,
            "goals.html",
            reader,
            page_title=reader.t("web.nav.goals", "Goals"),
            model=listed(site, circle) if circle else Listed(),
            can_propose=circle is not None and bool(circle.offered()),
            is_alone=is_alone,
        )

    def show_draft(request: Request, given: dict[str, str], problem: Refused | None = None) -> Response:
        reader = site.reader(request)
        return site.render(
            request,
            "goals_new.html",
            reader,
            status=_status(problem),
            page_title=reader.t("web.goals.new", "Propose a goal"),
            model=draft_page(site, circle_of(site, reader), given),
            given=given,
            problem=problem.text(reader.language) if problem else "",
        )

    @router.get("/goals/new")
    def new(request: Request) -> Response:
        site.require(request, Permission.AGREE_GOALS)
        if site.who(request).signed_in is None:
            return to("/goals")
        return show_draft(request, dict(request.query_params))

    @router.post("/goals")
    def add(
        *,
        request: Request,
        token: Text = "",
        subject: Text = "",
        about: Text = "",
        words: Text = "",
        period: Text = "",
        days_off: Text = "",
        value: Text = "",
        text: Text = "",
        who: Annotated[int, Form()] = 0,
    ) -> Response:
        site.check_token(request, token)
        circle = circle_of(site, site.reader(request))
        given = {
            "subject": subject,
            "about": about,
            "words": words,
            "period": period,
            "days_off": days_off,
            "value": value,
            "text": text,
            "who": str(who),
        }
        try:
            draft = draft_of(site, circle, given)
            if who not in {each.id for each in answerers(site, circle, circle.subjects[draft.level, draft.subject])}:
                raise NotAllowed("desk.goal.other", "This person can't agree that goal. Choose somebody else.")
            goal = propose(site.desk.open(), site.who(request).by, draft, to=who)
        except Refused as problem:
            if isinstance(problem, NotAllowed):
                raise
            return show_draft(request, given, problem)
        return to(f"/goals/{goal.id}?done=proposed")

    def found(request: Request, id: int) -> tuple[Circle, Goal]:
        """A goal that the reader may see; one they may not see is as if it weren't there."""
        circle = circle_of(site, site.reader(request))
        goal = find_goal(site.desk.open(), id)
        if not circle.sees(goal):
            raise NotAllowed("web.goals.hidden", "This goal is between two others.")
        return circle, goal

    def show(
        request: Request, id: int, problem: Refused | None = None, value: str = "", text: str = "", opened: str = ""
    ) -> Response:
        circle, goal = found(request, id)
        model = page_of(site, circle, goal)
        done = request.query_params.get("done", "")
        return site.render(
            request,
            "goals_one.html",
            circle.reader,
            status=_status(problem),
            page_title=model.title,
            model=model,
            done=done if done in DONE and problem is None else "",
            problem=problem.text(circle.reader.language) if problem else "",
            value=value or model.field,
            change=change_of(site, goal),
            text=text,
            opened=opened or request.query_params.get("open", ""),
        )

    @router.get("/goals/{id}")
    def goal(request: Request, id: int) -> Response:
        return to("/goals") if site.who(request).signed_in is None else show(request, id)

    def answering(
        request: Request, id: int, token: str, do: Callable[[Circle, Goal], object], done: str, value: str = "", text: str = ""
    ) -> Response:
        """Give one answer; with the reason, and what was typed, where it was refused."""
        site.check_token(request, token)
        circle, goal = found(request, id)
        try:
            do(circle, goal)
        except Refused as problem:
            if isinstance(problem, NotAllowed) and circle.own not in goal.parties:
                raise
            opened = {"answered": "counter", "said": "say"}.get(done, "")
            return show(request, id, problem, value, text, opened)
        return to(f"/goals/{id}?done={done}")

    @router.post("/goals/{id}/counter")
    def send_counter(
        request: Request, id: int, token: Text = "", value: Text = "", text: Text = "", version: Number = 0
    ) -> Response:
        def do(circle: Circle, goal: Goal) -> None:
            unit = metric_of(site, circle.reader, goal.metric).unit
            number = read(circle.reader, value, unit)
            counter(site.desk.open(), site.who(request).by, id, number, text, version=version)

        return answering(request, id, token, do, "answered", value, text)

    @router.post("/goals/{id}/comment")
    def send_comment(request: Request, id: int, token: Text = "", text: Text = "") -> Response:
        def do(circle: Circle, goal: Goal) -> None:
            comment(site.desk.open(), site.who(request).by, id, text)

        return answering(request, id, token, do, "said", text=text)

    @router.post("/goals/{id}/agree")
    def send_agree(request: Request, id: int, token: Text = "", text: Text = "", version: Number = 0) -> Response:
        def do(circle: Circle, goal: Goal) -> None:
            unit = metric_of(site, circle.reader, goal.metric).unit
            by, desk = site.who(request).by, site.desk.open()
            agree_goal(site.workspace, desk, by, goal, text, version=version, on=site.today, unit=unit)

        return answering(request, id, token, do, "agreed", text=text)

    @router.post("/goals/{id}/decline")
    def send_decline(request: Request, id: int, token: Text = "", text: Text = "", version: Number = 0) -> Response:
        def do(circle: Circle, goal: Goal) -> None:
            decline(site.desk.open(), site.who(request).by, id, text, version=version)

        return answering(request, id, token, do, "declined", text=text)

    @router.post("/goals/{id}/withdraw")
    def send_withdraw(request: Request, id: int, token: Text = "", text: Text = "", version: Number = 0) -> Response:
        def do(circle: Circle, goal: Goal) -> None:
            withdraw(site.desk.open(), site.who(request).by, id, text, version=version)

        return answering(request, id, token, do, "withdrawn", text=text)

    return router


def change_of(site: Site, goal: Goal) -> str:
    """The address at which a new number for an agreed goal is proposed."""
    days = f"{goal.from_on.isoformat()}/{(goal.to_on - timedelta(days=1)).isoformat()}"
    label = label_of(site, goal.from_on, goal.to_on) or days
    pairs = {"subject": f"{goal.level}:{goal.subject}", "about": f"{goal.objective}:{goal.metric}", "period": label}
    if goal.objective not in OBJECTIVES:
        pairs |= {"about": f":{goal.metric}", "words": goal.objective}
    return f"/goals/new?{urlencode(pairs)}"


def _status(problem: Refused | None) -> int:
    return 409 if isinstance(problem, Conflict) else status_code(problem)
