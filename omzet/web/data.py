"""The page at `/data`: what was loaded, what was set aside and why, how good the data are."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.history.aside import sentence
from omzet.history.report import CheckReport, Load, SetAside
from omzet.web.export import csv_response
from omzet.web.loads import line_of, sum_of
from omzet.web.site import Site
from omzet.web.upload import keep

ASIDE_SHOWN = 100
ASIDE_SAVED = 100_000
LOADS_SHOWN = 50


def chosen_load(report: CheckReport, text: str) -> Load | None:
    """The load an address names, if there is one."""
    return next((load for load in report.loads if str(load.load_id) == text), None)


def why_aside(row: SetAside, language: str) -> str:
    """What was wrong with a row and what to do about it, in the reader's language."""
    return sentence(row.reason, row.table, row.column, row.value, language)


def aside_rows(rows: list[SetAside], language: str) -> list[dict[str, Any]]:
    """Set-aside rows flat, for a file: where, why, and the row's own cells."""
    flat = []
    for each in rows:
        place = {
            "file": each.path,
            "sheet": each.sheet or "",
            "line": each.line,
            "table": each.table or "",
            "column": each.column or "",
        }
        flat.append({**place, "reason": why_aside(each, language), **{f"row.{name}": value for name, value in each.row.items()}})
    return flat


def routes(site: Site) -> APIRouter:
    """The addresses of loads and set-aside rows."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(site.for_data)])

    @router.get("/data")
    def data(request: Request) -> Response:
        reader = site.reader(request)
        report = site.report(ASIDE_SHOWN)
        loads = sorted(report.loads, key=lambda load: -load.load_id)[:LOADS_SHOWN]
        told = chosen_load(report, request.query_params.get("load", ""))
        return site.render(
            request,
            "data.html",
            reader,
            page_title=reader.t("web.nav.loads", "Loads and quality"),
            report=report,
            loads=[(load, line_of(load, reader)) for load in loads],
            told=told,
            told_sum=sum_of(told, reader) if told else "",
            done=request.query_params.get("done", ""),
            why_aside=why_aside,
        )

    @router.get("/data/set-aside.csv")
    def set_aside(request: Request) -> Response:
        rows = aside_rows(site.workspace.check(ASIDE_SAVED).set_aside, site.reader(request).language)
        columns = list(dict.fromkeys(name for row in rows for name in row))
        return csv_response("set-aside", columns, rows)

    @router.post("/data/loads/{load_id}/undo")
    def undo(request: Request, load_id: int, token: Annotated[str, Form()] = "") -> Response:
        site.check_token(request, token)
        site.workspace.undo(load_id)
        return RedirectResponse("/data?done=undo", status_code=303)

    @router.post("/data/retry")
    def retry(
        request: Request,
        token: Annotated[str, Form()] = "",
        files: Annotated[list[UploadFile] | None, File()] = None,
        mapping: Annotated[str, Form()] = "",
    ) -> Response:
        site.check_token(request, token)
        sent = [each for each in files or [] if each.filename]
        pending = keep(sent) if sent else None
        try:
            with TemporaryDirectory(prefix="omzet-retry-") as folder:
                path = Path(folder) / "mapping.toml"
                path.write_text(mapping, encoding="utf-8")
                report = site.workspace.retry(pending.files if pending else (), mapping=path if mapping.strip() else None)
        finally:
            if pending:
                pending.forget()
        return RedirectResponse(f"/data?load={report.load_id}" if report.load_id else "/data?done=retry", status_code=303)

    return router
