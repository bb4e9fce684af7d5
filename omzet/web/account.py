"""One's own account: language, password, the browsers one is signed in with, API tokens, and what is measured about one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from omzet.desk.api_tokens import LASTS_DAYS, LONGEST_DAYS, list_api_tokens, make_api_token, revoke_api_token
from omzet.desk.refusals import NotSignedIn, Refused
from omzet.desk.roles import SCOPES, permissions, role_name
from omzet.desk.sessions import SignedIn, list_sessions, revoke_session, revoke_sessions
from omzet.desk.sign_in import change_password
from omzet.desk.users import change_language
from omzet.errors import CallError
from omzet.web.browsers import browser_name
from omzet.web.personal import personal_file
from omzet.web.privacy import privacy_of
from omzet.web.reader import Reader
from omzet.web.session import to
from omzet.web.sign_in import status_of
from omzet.web.site import LANGUAGE_COOKIE, YEAR, Site
from omzet.web.who import FIRST_RUN

Text = Annotated[str, Form()]
SCOPE_WORDS = {
    "read": ("web.account.scope_read", "Read: ask for numbers and the rows behind them"),
    "write": ("web.account.scope_write", "Write: enter and agree what your role may"),
    "admin": ("web.account.scope_admin", "Administer: data, users, and the log, where your role may"),
}


def routes(site: Site) -> APIRouter:
    """The addresses of one's own account."""
    router = APIRouter(include_in_schema=False)

    def signed_in(request: Request) -> SignedIn:
        found = site.who(request).signed_in
        if found is None or found.scopes is not None:
            raise NotSignedIn("web.account.none", "There is no account yet. Set up sign-in first.")
        return found

    def show(request: Request, **more: Any) -> Response:
        who, reader, desk = signed_in(request), site.reader(request), site.desk.open()
        problem: Refused | None = more.get("problem")
        return site.render(
            request,
            "account.html",
            reader,
            status=status_of(problem),
            page_title=reader.t("web.account.title", "Your account"),
            user=who.user,
            role=role_name(who.user.role, reader.language),
            sessions=[(each, browser_name(each.browser, reader)) for each in list_sessions(desk, who)],
            tokens=list_api_tokens(desk, who.by("page", "")),
            scopes=scopes_of(who, reader),
            days=LASTS_DAYS,
            longest=LONGEST_DAYS,
            made=more.get("made"),
            done=request.query_params.get("done", ""),
            part=more.get("part", ""),
            problem=problem.text(reader.language) if problem else "",
        )

    @router.get("/account")
    def account(request: Request) -> Response:
        return to(FIRST_RUN) if site.who(request).is_owner else show(request)

    @router.post("/account/language")
    def language(request: Request, token: Text = "", language: Text = "") -> Response:
        site.check_token(request, token)
        signed_in(request)
        change_language(site.desk.open(), site.who(request).by, language)
        answer = to("/account?done=language")
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, samesite="lax")
        return answer

    @router.post("/account/password")
    def password(request: Request, token: Text = "", old: Text = "", new: Text = "") -> Response:
        site.check_token(request, token)
        try:
            change_password(site.desk.open(), signed_in(request), site.who(request).by, old=old, new=new)
        except Refused as problem:
            return show(request, problem=problem, part="password")
        return to("/account?done=password")

    @router.post("/account/sessions/{id}/end")
    def end(request: Request, id: int, token: Text = "") -> Response:
        site.check_token(request, token)
        mine(id, [each.id for each in list_sessions(site.desk.open(), signed_in(request))])
        revoke_session(site.desk.open(), site.who(request).by, id)
        return to("/account?done=session")

    @router.post("/account/sessions/end-others")
    def end_others(request: Request, token: Text = "") -> Response:
        site.check_token(request, token)
        who = signed_in(request)
        revoke_sessions(site.desk.open(), site.who(request).by, who.user.id, besides=who.session_id)
        return to("/account?done=session")

    @router.post("/account/tokens")
    def make(
        request: Request, token: Text = "", name: Text = "", days: Text = "", scopes: Annotated[list[str] | None, Form()] = None
    ) -> Response:
        site.check_token(request, token)
        signed_in(request)
        try:
            lasts = int(days) if days.isdecimal() else 0
            made = make_api_token(site.desk.open(), site.who(request).by, name=name, scopes=scopes or (), days=lasts)
        except Refused as problem:
            return show(request, problem=problem, part="tokens")
        return show(request, made=made, part="tokens")

    @router.post("/account/tokens/{id}/end")
    def revoke(request: Request, id: int, token: Text = "") -> Response:
        site.check_token(request, token)
        by = signed_in(request).by("page", site.who(request).address)
        mine(id, [each.id for each in list_api_tokens(site.desk.open(), by)])
        revoke_api_token(site.desk.open(), by, id)
        return to("/account?done=token")

    @router.get("/account/privacy")
    def privacy(request: Request) -> Response:
        reader = site.reader(request)
        title = reader.t("web.privacy.title", "What is measured about you")
        return site.render(request, "privacy.html", reader, page_title=title, privacy=privacy_of(site, reader))

    @router.post("/account/privacy/data")
    def personal(request: Request, token: Text = "") -> Response:
        site.check_token(request, token)
        return personal_file(site, request, signed_in(request).user.id)

    return router


def mine(id: int, own: list[int]) -> None:
    """Raise CallError unless it is one of one's own: this page is not for those of others."""
    if id not in own:
        raise CallError("This is not there any more.")


def scopes_of(who: SignedIn, reader: Reader) -> list[tuple[str, str]]:
    """The scopes in which the role may do something, in words."""
    return [(scope, reader.t(*SCOPE_WORDS[scope])) for scope in SCOPES if permissions(who.user.role, [scope])]
