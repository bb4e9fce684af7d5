"""The pages of one question each: funnel, sales cycle, activity, people, targets, costs, marketing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from omzet.query.answer import Freshness
from omzet.web.choice import Choice
from omzet.web.filters import Filters, filters_of
from omzet.web.notes import marked
from omzet.web.question_pages import PAGES, Drawn, QuestionPage, Split, Trend
from omzet.web.question_tiles import Grid, grid, kpi, trend
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.tiles import Kpi, Tile
from omzet.web.view import View

WORKERS = 4


@dataclass(frozen=True)
class Shown:
    """A page made: its filters, key figures, and its parts in order, each a drawing or a table."""

    filters: Filters
    question: str
    caution: str
    kpis: list[Kpi]
    parts: list[Tile | Grid]
    choice: Choice

    def table_link(self, tile: str) -> str:
        """The address that shows a tile as a table, or as a drawing again."""
        return self.choice.with_table(tile).address()


def routes(site: Site) -> APIRouter:
    """The addresses of the pages."""
    router = APIRouter(include_in_schema=False)
    for page in PAGES:
        router.add_api_route(page.path, _shows(site, page), methods=["GET"])
    return router


def _shows(site: Site, page: QuestionPage) -> Any:
    def show(request: Request) -> Response:
        reader = site.reader(request)
        view = site.view(request, reader)
        view = marked(site, reader, replace(view, choice=replace(view.choice, path=page.path)))
        names = site.dimensions(reader)
        filters = filters_of(view, names, lambda dimension: site.values(dimension, reader))
        return site.render(
            request,
            "question.html",
            reader,
            page_title=name_of(page, reader),
            model=made(view, page, filters, dict(names)),
            freshness=_freshness(site, reader),
        )

    return show


def name_of(page: QuestionPage, reader: Reader) -> str:
    """What a page is called."""
    return reader.t(f"web.page.{page.id}.name", page.name)


def made(view: View, page: QuestionPage, filters: Filters, names: dict[str, str]) -> Shown:
    """The page of a view; its parts ask side by side."""
    reader = view.reader
    with ThreadPoolExecutor(WORKERS) as pool:
        cells = [pool.submit(kpi, view, metric) for metric in page.kpis]
        parts = [pool.submit(_part, view, part, page, names) for part in page.parts]
        found = [each.result() for each in parts]
        figures = [each.result() for each in cells]
    return Shown(
        filters=filters,
        question=reader.t(f"web.page.{page.id}.question", page.question),
        caution=reader.t(f"web.page.{page.id}.caution", page.caution) if page.caution else "",
        kpis=[each for each in figures if each],
        parts=[
            replace(each, as_table=each.id in view.choice.tables) if isinstance(each, Tile) else each for each in found if each
        ],
        choice=view.choice,
    )


def _part(view: View, part: Drawn | Trend | Split, page: QuestionPage, names: dict[str, str]) -> Tile | Grid | None:
    if isinstance(part, Drawn):
        return part.make(view)
    return trend(view, part) if isinstance(part, Trend) else grid(view, part, page, names)


def _freshness(site: Site, reader: Reader) -> Freshness:
    return site.freshness(reader.language)
