"""The page at `/`: the overview, or the way to the first data."""

from __future__ import annotations

import shlex

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from omzet.desk.roles import Permission
from omzet.web.filters import filters_of
from omzet.web.findings import told_at_top
from omzet.web.overview import figures, overview
from omzet.web.site import Site


def routes(site: Site) -> APIRouter:
    """The addresses of the overview and its figures."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def home(request: Request) -> Response:
        reader = site.reader(request)
        title = reader.t("web.nav.overview", "Overview")
        freshness = site.freshness(reader.language)
        if freshness.loaded_at is None:
            folder = shlex.quote(str(site.workspace.path))
            return site.render(request, "empty.html", reader, page_title=title, freshness=freshness, folder=folder)
        view = site.view(request, reader)
        filters = filters_of(view, site.dimensions(reader), lambda dimension: site.values(dimension, reader))
        model = overview(view, filters, site.loads() if reader.may(Permission.MANAGE_DATA) else None)
        return site.render(
            request,
            "overview.html",
            reader,
            page_title=title,
            model=model,
            freshness=model.freshness,
            findings=told_at_top(site, reader),
        )

    @router.get("/figures")
    def top(request: Request) -> Response:
        reader = site.reader(request)
        return site.render_part("figures.html", reader, model=figures(site.view(request, reader)))

    return router
