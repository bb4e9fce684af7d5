"""What a reader sees when something goes wrong: a page in the look, or `{"error", "hint"}`; never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from omzet.desk.refusals import Conflict, NotAllowed, NotSignedIn, Refused, TooManyAttempts
from omzet.errors import CallError, OmzetError
from omzet.metrics.access import NotYours
from omzet.web.site import Site

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[Exception], int], ...] = (
    (TooManyAttempts, 429),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (NotYours, 403),
    (Conflict, 409),
    (CallError, 400),
    (Exception, 409),
)
"""The status by what went wrong, the first kind that fits."""


def handle(app: FastAPI, site: Site) -> None:
    """Answer every error of the app for the person who can act."""

    def answer(request: Request, status: int, error: str, hint: str) -> Response:
        if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", "*/*").replace(
            "*/*", "text/html"
        ):
            return JSONResponse({"error": error, "hint": hint}, status_code=status)
        reader = site.reader(request)
        try:
            title = reader.t("web.problem.title", "That did not work")
            if status == 403:
                title = reader.t("web.problem.not_yours", "This is not open to you")
            return site.render(request, "problem.html", reader, status=status, page_title=title, error=error, hint=hint)
        except OmzetError:
            return JSONResponse({"error": error, "hint": hint}, status_code=status)

    def ours(request: Request, error: Exception) -> Response:
        text = error.text(site.reader(request).language) if isinstance(error, Refused) else str(error)
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        return answer(request, status, text, hint_of(request, site))

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        reader = site.reader(request)
        if error.status_code == 404:
            text = reader.t("web.problem.absent", "There is no page at this address.")
            return answer(request, 404, text, hint_of(request, site))
        return answer(request, error.status_code, str(error.detail), hint_of(request, site))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first: dict[str, Any] = dict(error.errors()[0]) if error.errors() else {}
        where = ".".join(str(part) for part in first.get("loc", ())[1:])
        told = str(first.get("msg", "not understood")).removeprefix("Value error, ")
        if first.get("type") == "literal_error":
            told = f"'{first.get('input')}' is not one of {first.get('ctx', {}).get('expected', 'the known words')}"
        elif first.get("type") == "missing":
            told = "this must be given"
        return answer(request, 422, f"{where}: {told}", "See /api/v1/openapi.json")

    def unforeseen(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        reader = site.reader(request)
        text = reader.t("web.problem.ours", "Omzet failed here. The reason is in the server's log.")
        return answer(request, 500, text, hint_of(request, site))

    app.add_exception_handler(OmzetError, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unforeseen)


def hint_of(request: Request, site: Site) -> str:
    """What to do next."""
    if request.url.path.startswith("/api/"):
        return "See /api/v1/openapi.json"
    return site.reader(request).t("web.problem.hint", "Go back, or start from the overview.")
