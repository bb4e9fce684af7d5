"""The application: pages, API, live stream, behind the guard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse

from omzet import __version__
from omzet.errors import OmzetError
from omzet.web import (
    account,
    api,
    audit_log,
    catalogue,
    data,
    deal,
    demo,
    drill,
    entry,
    explore,
    findings,
    front,
    goals,
    home,
    leads,
    notes,
    person,
    pipeline,
    problems,
    questions,
    reviews,
    sign_in,
    upload,
    users,
    why,
)
from omzet.web.guard import Guard
from omzet.web.site import Site
from omzet.web.static import Static
from omzet.web.who import Recognising, find

if TYPE_CHECKING:
    from omzet.workspace import Workspace

log = logging.getLogger(__name__)


def create_app(workspace: Workspace, *, first_code: str = "", names: Collection[str] = ()) -> FastAPI:
    """The pages and the API over one workspace. Raises OmzetError when the front end was not built.

    `names` are the hosts by which other machines may reach it, none by default; with `first_code` who has the code may make
    the first account from there.
    """
    front.manifest()
    site = Site(workspace, first_code)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        site.live.open(asyncio.get_running_loop())
        upload.forget_old()
        await run_in_threadpool(take_over, site)
        yield
        site.end_listening()
        await run_in_threadpool(site.findings.close)
        site.live.close()
        site.desk.close()

    app = FastAPI(
        title="Omzet",
        version=__version__,
        description="Sales metrics: definitions, values, and the rows behind every number.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.site = site
    for page in (
        home,
        deal,
        pipeline,
        questions,
        reviews,
        person,
        leads,
        entry,
        explore,
        findings,
        goals,
        drill,
        why,
        notes,
        catalogue,
        data,
        upload,
        sign_in,
        demo,
        account,
        audit_log,
        users,
        api,
    ):
        app.include_router(page.routes(site))

    @app.get("/live", include_in_schema=False)
    async def live(request: Request) -> StreamingResponse:
        return StreamingResponse(
            while_known(site, request),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @app.get("/healthz", include_in_schema=False)
    def health() -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__, "revision": workspace.revision()})

    app.mount("/static", Static(front.STATIC), name="static")
    problems.handle(app, site)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Recognising, desk=site.desk, cookie=site.session_cookie)
    app.add_middleware(Guard, names=frozenset(name.lower() for name in names))
    return app


async def while_known(site: Site, request: Request) -> AsyncIterator[str]:
    """The live stream for as long as whoever asked for it may ask: it ends, within a sign of life, with their session."""
    async for told in site.live.stream():
        who = await run_in_threadpool(find, request.scope, site.desk, site.session_cookie)
        if not who.is_known:
            return
        yield told


def take_over(site: Site) -> None:
    """Take over what was entered and not yet measured when the server stopped last. A desk that can't be used stops nothing."""
    try:
        if site.desk.has_users():
            site.workspace.take_over(site.desk.open())
    except OmzetError as error:
        log.warning("The desk can't be used: %s", error)
