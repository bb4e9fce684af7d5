"""Who has an account: invite, give a role, say which person of the sales data it is, switch off and on, erase."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from omzet.desk.erasure import erase_user
from omzet.desk.links import Invitation, invite, make_link
from omzet.desk.refusals import Conflict, Refused
from omzet.desk.roles import ROLES, Permission, role_name
from omzet.desk.sessions import revoke_sessions
from omzet.desk.users import User, change_user, deactivate, find_user, list_users, reactivate
from omzet.web.personal import personal_file
from omzet.web.reader import Reader
from omzet.web.session import to
from omzet.web.sign_in import status_of
from omzet.web.site import Site
from omzet.web.tiles import Mark
from omzet.web.who import FIRST_RUN
from omzet.workspace.desk import people

Text = Annotated[str, Form()]


def routes(site: Site) -> APIRouter:
    """The addresses of accounts."""

    def only_admins(request: Request) -> None:
        site.require(request, Permission.MANAGE_USERS)

    router = APIRouter(include_in_schema=False, dependencies=[Depends(only_admins)])

    def show_all(request: Request, problem: Refused | None = None, given: dict[str, str] | None = None) -> Response:
        reader = site.reader(request)
        persons = {each.key: each for each in people(site.workspace)}
        return site.render(
            request,
            "users.html",
            reader,
            status=status_of(problem),
            page_title=reader.t("web.users.title", "Users"),
            users=[(user, standing(user, reader)) for user in list_users(site.desk.open(), site.who(request).by)],
            persons=persons,
            roles=roles_of(reader),
            given=given or dict.fromkeys(("email", "name", "role", "person"), ""),
            done=request.query_params.get("done", ""),
            problem=problem.text(reader.language) if problem else "",
        )

    def show_one(request: Request, id: int, problem: Refused | None = None, made: Invitation | None = None) -> Response:
        reader = site.reader(request)
        user = find_user(site.desk.open(), id)
        own = site.who(request).signed_in
        return site.render(
            request,
            "user.html",
            reader,
            status=409 if isinstance(problem, Conflict) else status_of(problem),
            page_title=user.shown(reader.language),
            user=user,
            standing=standing(user, reader),
            is_self=own is not None and own.user.id == id,
            persons=people(site.workspace),
            roles=roles_of(reader),
            link=f"{request.base_url}welcome/{made.token}" if made else "",
            done=request.query_params.get("done", ""),
            problem=problem.text(reader.language) if problem else "",
        )

    @router.get("/users")
    def users(request: Request) -> Response:
        return to(FIRST_RUN) if site.who(request).is_owner else show_all(request)

    @router.post("/users")
    def add(
        request: Request, token: Text = "", email: Text = "", name: Text = "", role: Text = "rep", person: Text = ""
    ) -> Response:
        site.check_token(request, token)
        reader = site.reader(request)
        given = {"email": email, "name": name, "role": role, "person": person}
        try:
            made = invite(
                *(site.desk.open(), site.who(request).by),
                email=email,
                role=role,
                name=name or name_of(site, person),
                person_key=person,
                language=reader.language,
            )
        except Refused as problem:
            return show_all(request, problem, given)
        return show_one(request, made.user.id, made=made)

    @router.get("/users/{id}")
    def user(request: Request, id: int) -> Response:
        return to(FIRST_RUN) if site.who(request).is_owner else show_one(request, id)

    def changing(request: Request, id: int, token: str, change: Any, done: str) -> Response:
        """Do one change of a user, and show them again; with the reason where it was refused."""
        site.check_token(request, token)
        try:
            change()
        except Refused as problem:
            return show_one(request, id, problem)
        return to(f"/users/{id}?done={done}")

    @router.post("/users/{id}")
    def change(
        *,
        request: Request,
        id: int,
        token: Text = "",
        email: Text = "",
        name: Text = "",
        role: Text = "",
        person: Text = "",
        language: Text = "",
        version: Annotated[int, Form()] = 0,
    ) -> Response:
        def do() -> None:
            change_user(
                *(site.desk.open(), site.who(request).by, id),
                email=email,
                name=name,
                role=role,
                person_key=person,
                language=language,
                version=version,
            )

        return changing(request, id, token, do, "changed")

    @router.post("/users/{id}/link")
    def link(request: Request, id: int, token: Text = "") -> Response:
        site.check_token(request, token)
        try:
            return show_one(request, id, made=make_link(site.desk.open(), site.who(request).by, id))
        except Refused as problem:
            return show_one(request, id, problem)

    @router.post("/users/{id}/off")
    def off(request: Request, id: int, token: Text = "") -> Response:
        return changing(request, id, token, lambda: deactivate(site.desk.open(), site.who(request).by, id), "off")

    @router.post("/users/{id}/on")
    def on(request: Request, id: int, token: Text = "") -> Response:
        return changing(request, id, token, lambda: reactivate(site.desk.open(), site.who(request).by, id), "on")

    @router.post("/users/{id}/sign-out")
    def sign_out(request: Request, id: int, token: Text = "") -> Response:
        return changing(request, id, token, lambda: revoke_sessions(site.desk.open(), site.who(request).by, id), "signed-out")

    @router.post("/users/{id}/data")
    def personal(request: Request, id: int, token: Text = "") -> Response:
        site.check_token(request, token)
        return personal_file(site, request, id)

    @router.post("/users/{id}/erase")
    def erase(request: Request, id: int, token: Text = "") -> Response:
        site.check_token(request, token)
        try:
            person = find_user(site.desk.open(), id).person_key
            also = {name for name in (name_of(site, person),) if name}
            erase_user(site.desk.open(), site.who(request).by, id, also=also)
        except Refused as problem:
            return show_one(request, id, problem)
        return to("/users?done=erased")

    def name_of(site: Site, person: str) -> str:
        return next((each.name for each in people(site.workspace) if each.key == person), "") if person else ""

    return router


def roles_of(reader: Reader) -> list[tuple[str, str]]:
    """Every role and what it is called."""
    return [(role, role_name(role, reader.language)) for role in ROLES]


def standing(user: User, reader: Reader) -> Mark:
    """Whether somebody can sign in, as icon and word."""
    if not user.is_active:
        return Mark(reader.t("web.users.off", "Switched off"), "near", "circle-slash")
    if user.is_invited:
        return Mark(reader.t("web.users.invited", "Invited"), "", "circle-dot")
    return Mark(reader.t("web.users.active", "Active"), "good", "circle-check")
