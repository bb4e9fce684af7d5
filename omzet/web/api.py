"""The HTTP API: what pages can ask, programs can ask too. Described at /api/v1/openapi.json."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from omzet.desk.roles import Permission
from omzet.errors import CallError
from omzet.history.report import CheckReport, Load
from omzet.query.answer import Answer
from omzet.query.explanation import Explanation
from omzet.query.question import Question
from omzet.query.restatement import Restatement
from omzet.web.drill import COUNTED, LEFT_OUT, opened
from omzet.web.export import csv_response
from omzet.web.site import Site
from omzet.workspace.words import moment_of, question_of

Format = Literal["json", "csv"]
MOST_ROWS = 10_000


class Problem(BaseModel):
    """What went wrong, and what to do."""

    error: str
    hint: str


class ExplainAsk(BaseModel):
    """A question, one cell of its answer, and which of its rows."""

    question: Question
    cell: dict[str, Any] | None = None
    deal: str | None = None
    tab: str = COUNTED
    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0)


def routes(site: Site) -> APIRouter:
    def explorer(request: Request) -> None:
        """Every address is for who may explore; a token may be for other things alone."""
        site.require(request, Permission.EXPLORE)

    router = APIRouter(
        prefix="/api/v1",
        dependencies=[Depends(explorer), Depends(HTTPBearer(auto_error=False, description="An API token of your account page."))],
        responses={status: {"model": Problem} for status in (400, 401, 403, 409, 422)},
    )

    @router.get("/metrics", tags=["metrics"])
    def metrics(request: Request) -> JSONResponse:
        """The catalogue: ids, names, units, anchors, dimensions, parameters."""
        found = site.metrics(site.reader(request).language)
        return JSONResponse([each.model_dump(mode="json") for each in found])

    @router.post("/query", tags=["query"])
    def ask(request: Request, question: Question, format: Format = "json") -> Response:
        """Answer a question."""
        return _answer(site.ask(question, site.reader(request)), format)

    @router.get("/query", tags=["query"])
    def query(
        request: Request,
        metrics: Annotated[str, Query(description="Ids, separated by commas.")],
        by: str = "",
        grain: str | None = None,
        period: str | None = None,
        start: Annotated[str | None, Query(alias="from", description="First day, or a word such as this-quarter.")] = None,
        end: Annotated[str | None, Query(alias="to", description="Day after the last.")] = None,
        as_of: Annotated[str | None, Query(alias="as-of")] = None,
        known: str | None = None,
        where: Annotated[list[str] | None, Query(description="A condition, as in team = West. May be repeated.")] = None,
        param: Annotated[list[str] | None, Query(description="KEY=VALUE. May be repeated.")] = None,
        compare: str | None = None,
        order: str = "",
        limit: int | None = None,
        format: Format = "json",
    ) -> Response:
        """Answer a question written as an address; the words are those of `omzet query`."""
        question = question_of(
            metrics,
            by=by,
            grain=grain,
            period=period,
            start=start,
            end=end,
            as_of=as_of,
            known=known,
            where=where or (),
            parameters=dict(_pair(each) for each in param or ()),
            compare=compare,
            order=order,
            limit=limit,
        )
        return _answer(site.ask(question, site.reader(request)), format)

    @router.post("/explain", tags=["explain"])
    def explain(request: Request, asked: ExplainAsk) -> Explanation:
        """Open one number: definition, SQL, the rows it counts and those it leaves out."""
        return site.explain(
            asked.question,
            site.reader(request),
            cell=asked.cell,
            deal=asked.deal,
            tab=asked.tab,
            limit=asked.limit,
            offset=asked.offset,
        )

    @router.get("/restatement", tags=["explain"])
    def restatement(
        request: Request,
        metric: str,
        earlier: Annotated[str, Query(description="What was known then is compared with `known`, or with all.")],
        start: Annotated[str | None, Query(alias="from")] = None,
        end: Annotated[str | None, Query(alias="to")] = None,
        as_of: Annotated[str | None, Query(alias="as-of")] = None,
        known: str | None = None,
        where: Annotated[list[str] | None, Query()] = None,
        param: Annotated[list[str] | None, Query()] = None,
        limit: Annotated[int, Query(ge=0, le=MOST_ROWS)] = 20,
    ) -> Restatement:
        """Why a number is not what it was when it was known earlier, by cause, each with its rows."""
        parameters = dict(_pair(each) for each in param or ())
        question = question_of(metric, start=start, end=end, as_of=as_of, known=known, where=where or (), parameters=parameters)
        return site.restatement(question, moment_of("earlier", earlier), site.reader(request), limit)

    @router.get("/rows", tags=["explain"])
    def rows(
        request: Request,
        metric: str,
        tab: str = COUNTED,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
        offset: Annotated[int, Query(ge=0)] = 0,
        format: Format = "json",
    ) -> Response:
        """The rows of one number; the address is that of its drill, `/api/v1/rows` in place of `/drill`."""
        reader = site.reader(request)
        asked = opened(site.view(request, reader), list(request.query_params.multi_items()))
        found = site.explain(asked.question, reader, cell=asked.cell, tab=tab, limit=limit, offset=offset)
        listed = found.rows_out if tab == LEFT_OUT else found.rows
        if format == "csv":
            columns = [column.name for column in found.columns]
            return csv_response(f"{metric}-{tab}", columns, listed)
        columns_told = [column.model_dump() for column in found.columns]
        return JSONResponse({"columns": columns_told, "rows": listed, "found": found.found})

    @router.get("/loads", tags=["data"])
    def loads(request: Request) -> list[Load]:
        """What was loaded, newest first."""
        site.require(request, Permission.MANAGE_DATA)
        return site.loads()

    @router.get("/check", tags=["data"])
    def check(request: Request, limit: Annotated[int, Query(ge=0, le=MOST_ROWS)] = 1000) -> CheckReport:
        """The rows set aside and figures of data quality."""
        site.require(request, Permission.MANAGE_DATA)
        return site.report(limit)

    return router


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise CallError(f"A parameter is written KEY=VALUE, not '{text}'.")
    return name.strip(), value.strip()


def _answer(answer: Answer, format: Format) -> Response:
    if format == "csv":
        columns = list(dict.fromkeys(name for row in answer.rows for name in row))
        return csv_response("-".join(answer.metrics), columns, answer.rows)
    return JSONResponse(answer.model_dump(mode="json", by_alias=True))
