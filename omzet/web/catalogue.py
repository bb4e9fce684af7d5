"""The page at `/catalogue`: every metric with its definition, formula and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from omzet.web.site import Site

if TYPE_CHECKING:
    from omzet.metrics.catalogue import MetricInfo


def routes(site: Site) -> APIRouter:
    """The addresses of the catalogue."""
    router = APIRouter(include_in_schema=False)

    @router.get("/catalogue")
    def catalogue(request: Request) -> Response:
        reader = site.reader(request)
        groups: dict[str, list[MetricInfo]] = {}
        for metric in site.metrics(reader.language):
            groups.setdefault(metric.group, []).append(metric)
        title = reader.t("web.nav.catalogue", "Catalogue")
        return site.render(request, "catalogue.html", reader, page_title=title, groups=groups)

    return router
