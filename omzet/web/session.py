"""A session's cookie, and the way to another page."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.desk.sessions import LASTS
from omzet.desk.sign_in import NewSession
from omzet.web.site import LANGUAGE_COOKIE, TOKEN_COOKIE, YEAR, Site


def begin(site: Site, request: Request, new: NewSession, place: str, language: str = "") -> Response:
    """The way to `place` for somebody who has just come in: a session, their language, and a form token of their own."""
    answer = to(place)
    secure = request.url.scheme == "https"
    lasts = int(LASTS.total_seconds())
    answer.set_cookie(site.session_cookie, new.token, max_age=lasts, httponly=True, samesite="lax", secure=secure)
    answer.set_cookie(TOKEN_COOKIE, secrets.token_urlsafe(24), httponly=True, samesite="strict", secure=secure)
    answer.set_cookie(LANGUAGE_COOKIE, language or new.who.user.language, max_age=YEAR, samesite="lax")
    return answer


def to(place: str) -> Response:
    """The way to another address."""
    return RedirectResponse(place, 303, {"Cache-Control": "no-store"})


def browser_of(request: Request) -> str:
    """What the browser says it is, for the list of sessions."""
    return request.headers.get("user-agent", "")
