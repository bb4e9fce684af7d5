"""Coming in and going out: signing in, the first account, the link of an invitation or a new password."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from omzet.desk.links import read_link, use_link
from omzet.desk.refusals import NotAllowed, NotSignedIn, Refused, TooManyAttempts
from omzet.desk.sessions import sign_out
from omzet.desk.sign_in import sign_in
from omzet.desk.users import first_admin
from omzet.desk.writing import By
from omzet.web.demo import is_demo
from omzet.web.session import begin, browser_of, to
from omzet.web.site import Site
from omzet.web.who import DEMO, FIRST_RUN, SIGN_IN, local_path

Text = Annotated[str, Form()]


def routes(site: Site) -> APIRouter:
    """The addresses that strangers reach, and the one to go out by."""
    router = APIRouter(include_in_schema=False)

    @router.get(SIGN_IN)
    def sign_in_page(request: Request, next: str = "/") -> Response:
        if site.who(request).is_known:
            return to(local_path(next))
        if not site.desk.has_users():
            return to(FIRST_RUN)
        return to(DEMO) if is_demo(site, request) and "email" not in request.query_params else show(request, next)

    def show(request: Request, next: str, email: str = "", problem: Refused | None = None) -> Response:
        reader = site.reader(request)
        return site.render(
            request,
            "sign_in.html",
            reader,
            status=status_of(problem),
            page_title=reader.t("web.sign_in.title", "Sign in"),
            next=local_path(next),
            email=email,
            problem=problem.text(reader.language) if problem else "",
        )

    @router.post(SIGN_IN)
    def try_to_sign_in(request: Request, token: Text = "", email: Text = "", password: Text = "", next: Text = "/") -> Response:
        site.check_token(request, token)
        try:
            new = sign_in(site.desk.open(), site.who(request).by, email=email, password=password, browser=browser_of(request))
        except NotSignedIn as problem:
            return show(request, next, email, problem)
        return begin(site, request, new, local_path(next))

    @router.post("/sign-out")
    def out(request: Request, token: Text = "") -> Response:
        site.check_token(request, token)
        who = site.who(request)
        if who.signed_in and who.signed_in.session_id is not None:
            sign_out(site.desk.open(), who.by, who.signed_in.session_id)
        answer = to(SIGN_IN)
        answer.delete_cookie(site.session_cookie)
        return answer

    @router.get(FIRST_RUN)
    def first_page(request: Request) -> Response:
        return to(SIGN_IN) if site.desk.has_users() else show_first(request)

    def show_first(request: Request, name: str = "", email: str = "", problem: Refused | None = None) -> Response:
        reader = site.reader(request)
        return site.render(
            request,
            "first_run.html",
            reader,
            status=status_of(problem),
            page_title=reader.t("web.first_run.title", "Set up sign-in"),
            needs_code=not reader.who.is_owner,
            name=name,
            email=email,
            problem=problem.text(reader.language) if problem else "",
        )

    @router.post(FIRST_RUN)
    def make_first(
        request: Request, token: Text = "", name: Text = "", email: Text = "", password: Text = "", code: Text = ""
    ) -> Response:
        site.check_token(request, token)
        reader = site.reader(request)
        by = By(None, "page", reader.who.address)
        try:
            if not reader.who.is_owner and not is_code(site, code):
                raise NotAllowed("web.first_run.wrong_code", "This is not the code that omzet serve printed in its terminal.")
            desk = site.desk.open()
            first_admin(desk, by, name=name, email=email, password=password, language=reader.language)
            new = sign_in(desk, by, email=email, password=password, browser=browser_of(request))
        except Refused as problem:
            return show_first(request, name, email, problem)
        return begin(site, request, new, "/users")

    @router.get("/welcome/{link}")
    def welcome(request: Request, link: str) -> Response:
        return show_welcome(request, link)

    def show_welcome(request: Request, link: str, problem: Refused | None = None) -> Response:
        found = read_link(site.desk.open(), link)
        reader = site.reader(request)
        words = ("web.welcome.title", "Welcome") if found.kind == "invite" else ("web.welcome.reset", "New password")
        title = reader.t(*words)
        return site.render(
            request,
            "welcome.html",
            reader,
            status=status_of(problem),
            page_title=title,
            found=found,
            problem=problem.text(reader.language) if problem else "",
        )

    @router.post("/welcome/{link}")
    def accept(request: Request, link: str, token: Text = "", name: Text = "", password: Text = "") -> Response:
        site.check_token(request, token)
        desk, by = site.desk.open(), By(None, "page", site.who(request).address)
        try:
            user = use_link(desk, by, link, password=password, name=name or None)
        except NotSignedIn:
            raise
        except Refused as problem:
            return show_welcome(request, link, problem)
        new = sign_in(desk, by, email=user.email, password=password, browser=browser_of(request))
        return begin(site, request, new, "/")

    return router


def status_of(problem: Refused | None) -> int:
    """The status of a form: what was wrong with it, if anything was."""
    if problem is None:
        return 200
    kinds = ((TooManyAttempts, 429), (NotSignedIn, 401), (NotAllowed, 403))
    return next((status for kind, status in kinds if isinstance(problem, kind)), 400)


def is_code(site: Site, given: str) -> bool:
    """Whether this is the code that the server printed."""
    return bool(site.first_code) and secrets.compare_digest(given.strip().upper().encode(), site.first_code.encode())
