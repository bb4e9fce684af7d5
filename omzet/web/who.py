"""Who asks: found for every request before anything else looks at it. Strangers reach only the pages to come in by.

As long as nobody has an account, whoever sits at this machine sees and may do everything, as with any program of their own.
From the first account on everybody signs in, at this machine too.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omzet.desk.api_tokens import find_api_token
from omzet.desk.roles import Permission
from omzet.desk.sessions import SignedIn, find_session
from omzet.desk.writing import By, Door
from omzet.errors import OmzetError
from omzet.web.guard import HOSTS, UPLOADS, host_of, is_loopback

if TYPE_CHECKING:
    from omzet.workspace.desk import WorkspaceDesk

log = logging.getLogger(__name__)

WHO = "omzet.who"
KEPT = b"cache-control"
SIGN_IN, FIRST_RUN, DEMO = "/sign-in", "/first-run", "/demo"
OPEN = ("/static/", "/welcome/")
"""Beginnings of addresses that answer anybody."""
HEALTH = "/healthz"
OPEN_PAGES = frozenset({SIGN_IN, FIRST_RUN, DEMO, HEALTH})
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host")
EVERYTHING = frozenset(Permission)


@dataclass(frozen=True)
class Who:
    """Who asks. `signed_in` is None for a stranger, and for the person at this machine while nobody has an account."""

    signed_in: SignedIn | None = None
    is_owner: bool = False
    address: str = ""
    door: Door = "page"

    @property
    def is_known(self) -> bool:
        """Whether more than the page to sign in is answered."""
        return self.is_owner or self.signed_in is not None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do."""
        if self.signed_in is not None:
            return self.signed_in.permissions
        return EVERYTHING if self.is_owner else frozenset()

    def may(self, permission: str) -> bool:
        """Whether they may do this."""
        return permission in self.permissions

    @property
    def by(self) -> By:
        """As whom what they do is logged."""
        return self.signed_in.by(self.door, self.address) if self.signed_in else By(None, self.door, self.address)


STRANGER = Who()


class Recognising:
    """ASGI middleware inside the guard: finds who asks, and answers strangers itself where nothing is open to them."""

    def __init__(self, app: ASGIApp, *, desk: WorkspaceDesk, cookie: str) -> None:
        self.app = app
        self.desk = desk
        self.cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/") or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        try:
            who = await run_in_threadpool(find, scope, self.desk, self.cookie)
        except OmzetError as error:
            log.error("Who asks can't be found, so nobody is answered: %s", error)
            told = {"error": "Accounts can't be read now.", "hint": "Try again in a moment. The reason is in the server's log."}
            await JSONResponse(told, 503, {"Retry-After": "5"})(scope, receive, send)
            return
        scope[WHO] = who

        async def answer(message: Message) -> None:
            # What one reader is told is nobody else's: neither a browser nor a server on the way keeps it.
            if message["type"] == "http.response.start" and not any(name.lower() == KEPT for name, _ in message["headers"]):
                message["headers"] = [*message["headers"], (KEPT, b"no-store")]
            await send(message)

        if not who.is_known and not is_open(scope["path"]):
            first = not await run_in_threadpool(self.desk.has_users)
            await refusal(scope, first)(scope, receive, answer)
            return
        if scope["path"] == UPLOADS and not who.may(Permission.MANAGE_DATA):
            # Refused before what may be a gigabyte is read.
            told = {"error": "Your role doesn't load data.", "hint": "Ask an analyst or an administrator."}
            await JSONResponse(told, 403)(scope, receive, answer)
            return
        await self.app(scope, receive, answer)


def find(scope: Scope, desk: WorkspaceDesk, cookie: str) -> Who:
    """Who asks by a request: by its API token, else by its session, else, while nobody has an account, from this machine."""
    headers = Headers(scope=scope)
    client = scope.get("client")
    who = Who(address=client[0] if client else "", door="api" if scope["path"].startswith("/api/") else "page")
    if not desk.has_users():
        return replace(who, is_owner=is_at_this_machine(scope, headers))
    kind, _, secret = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return replace(who, signed_in=find_api_token(desk.open(), secret.strip()), door="api")
    return replace(who, signed_in=find_session(desk.open(), HTTPConnection(scope).cookies.get(cookie, "")))


def is_at_this_machine(scope: Scope, headers: Headers) -> bool:
    """Whether a request was made on this machine and for it: not passed on by another server."""
    client = scope.get("client")
    if not client or not is_loopback(client[0]) or any(name in headers for name in FORWARDED):
        return False
    return host_of(headers.get("host", "")) in HOSTS


def is_open(path: str) -> bool:
    """Whether an address answers strangers too."""
    return path in OPEN_PAGES or path.startswith(OPEN)


def cookie_name(folder: Path) -> str:
    """The session's cookie. Browsers keep one jar for all ports of a host, so each workspace has its own name."""
    return f"omzet_session_{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"


def refusal(scope: Scope, first: bool) -> Response:
    """What a stranger is answered: programs 401, browsers the way to sign in."""
    headers = Headers(scope=scope)
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    place = FIRST_RUN if first else f"{SIGN_IN}?next={quote(wanted)}" if scope["method"] == "GET" and wanted != "/" else SIGN_IN
    told = {"error": "Sign in first.", "hint": f"Open {SIGN_IN}, or send an API token: Authorization: Bearer omzet_…"}
    if headers.get("hx-request"):
        return JSONResponse(told, 401, {"HX-Redirect": SIGN_IN})
    is_program = scope["path"].startswith("/api/") or "text/html" not in headers.get("accept", "*/*").replace("*/*", "text/html")
    if is_program or "authorization" in headers:
        return JSONResponse(told, 401, {"WWW-Authenticate": "Bearer"})
    return RedirectResponse(place, 303)


def local_path(text: str) -> str:
    """An address of this site to go to after signing in; the overview for anything else."""
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return "/"
    path = text.partition("?")[0]
    return "/" if is_open(path) or path == "/sign-out" else text
