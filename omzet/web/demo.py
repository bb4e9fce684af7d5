"""The demo: the sample company, looked at as somebody of each role by one click.

Only in a workspace that `omzet demo` made, and only at this machine. Its accounts are made by the first click, have no
password that anybody knows, and addresses that no mail reaches, so that no real account can be entered this way.
"""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from omzet.desk.links import invite
from omzet.desk.roles import ROLES, Role, as_role, role_name
from omzet.desk.sign_in import demo_session
from omzet.desk.users import User, first_admin, list_users
from omzet.desk.writing import By
from omzet.web.reader import Reader
from omzet.web.session import begin, browser_of
from omzet.web.site import Site
from omzet.web.who import DEMO, is_at_this_machine
from omzet.workspace.create import DEMO_MARK
from omzet.workspace.desk import Person, people

DOMAIN = "@demo.invalid"
ORDER: tuple[Role, ...] = ("rep", "manager", "leader", "marketing", "analyst", "admin")
ICONS = {
    "rep": "user-round",
    "manager": "users-round",
    "leader": "target",
    "marketing": "megaphone",
    "analyst": "microscope",
    "admin": "key-round",
}
ABOUT = {
    "rep": ("web.demo.rep", "Sees own deals and own numbers, and the team's band. No colleague by name."),
    "manager": ("web.demo.manager", "Sees the own team's deals and people, then and now. Nothing of other teams."),
    "leader": ("web.demo.leader", "Sees every team, every name and every amount."),
    "marketing": ("web.demo.marketing", "Sees leads and campaigns, and what deals add up to. No names, no amounts."),
    "analyst": ("web.demo.analyst", "Sees everything, loads data, and looks after quality. Agrees no goals."),
    "admin": ("web.demo.admin", "May do everything: users and roles as well."),
}


def is_demo(site: Site, request: Request) -> bool:
    """Whether this is the demo, opened at this machine."""
    return (site.workspace.path / DEMO_MARK).exists() and is_at_this_machine(request.scope, Headers(scope=request.scope))


def routes(site: Site) -> APIRouter:
    """The address of the cards."""
    router = APIRouter(include_in_schema=False)

    @router.get(DEMO)
    def cards(request: Request) -> Response:
        if not is_demo(site, request):
            raise HTTPException(404)
        reader = site.reader(request)
        title = reader.t("web.demo.title", "Look at it as")
        return site.render(request, "demo.html", reader, page_title=title, cards=cards_of(site, reader))

    @router.post(DEMO)
    def enter(request: Request, token: Annotated[str, Form()] = "", role: Annotated[str, Form()] = "") -> Response:
        if not is_demo(site, request):
            raise HTTPException(404)
        site.check_token(request, token)
        reader, wanted = site.reader(request), as_role(role)
        user = next(each for each in demo_users(site, reader.language) if each.role == wanted)
        by = By(None, "page", site.who(request).address)
        new = demo_session(site.desk.open(), by, user.id, browser_of(request))
        return begin(site, request, new, "/", reader.language)

    return router


def cards_of(site: Site, reader: Reader) -> list[dict[str, str]]:
    """A card a role: who that is, and what they see."""
    cast = cast_of(people(site.workspace))
    found = []
    for role in ORDER:
        person = cast.get(role)
        name = role_name(role, reader.language)
        found.append(
            {
                "role": role,
                "title": name,
                "name": f"{person.name}{f', {person.team}' if person.team else ''}" if person else "",
                "text": reader.t(*ABOUT[role]),
                "icon": ICONS[role],
            }
        )
    return found


def cast_of(everybody: list[Person]) -> dict[Role, Person]:
    """Who plays which role: the rep with most deals, that rep's manager, and the first leader and marketer."""
    reps = sorted((each for each in everybody if each.role == "rep"), key=lambda each: (-each.deals, each.key))
    chosen = {
        "rep": reps[:1],
        "manager": [each for each in everybody if reps and each.key == reps[0].manager],
        "leader": [each for each in everybody if each.role == "leader"],
        "marketing": [each for each in everybody if each.role == "marketing"],
    }
    return {as_role(role): persons[0] for role, persons in chosen.items() if persons}


def demo_users(site: Site, language: str) -> list[User]:
    """The demo's accounts, made where they are missing."""
    desk, system = site.desk.open(), By(None, "system")
    if not site.desk.has_users():
        name = role_name("admin", language)
        first_admin(desk, system, name=name, email=f"admin{DOMAIN}", password=secrets.token_urlsafe(32), language=language)
    cast = cast_of(people(site.workspace))
    known = {user.email for user in list_users(desk, system)}
    for role in ROLES:
        if f"{role}{DOMAIN}" not in known:
            person = cast.get(role)
            name, key = (person.name, person.key) if person else (role_name(role, language), "")
            invite(desk, system, email=f"{role}{DOMAIN}", role=role, name=name, person_key=key, language=language)
    return [user for user in list_users(desk, system) if user.email.endswith(DOMAIN)]
