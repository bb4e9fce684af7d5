"""Files sent to the page: looked at first, loaded once the reader has seen what would come of it."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.errors import CallError, OmzetError
from omzet.history.report import FileReport, LoadReport
from omzet.web.guard import UPLOADS
from omzet.web.mapping import Draft, draft_of, keep_mapping, written
from omzet.web.site import Site
from omzet.workspace.create import MAPPINGS

PREFIX = "omzet-upload-"
KEPT_SECONDS = 3600
CHUNK = 1 << 20


@dataclass
class Pending:
    """Files waiting for a decision: their folder, the mapping suggested for them, and the one that was confirmed by eye."""

    folder: Path
    files: list[Path]
    since: float = field(default_factory=time.monotonic)
    suggested: str = ""
    mapping: str = ""

    @property
    def mapping_file(self) -> Path | None:
        """The confirmed mapping as a file; beside the data, not among it."""
        if not self.mapping.strip():
            return None
        path = self.folder / "mapping.toml"
        path.write_text(self.mapping, encoding="utf-8")
        return path

    def forget(self) -> None:
        """Remove the files."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Waiting:
    """All pending uploads of this server."""

    def __init__(self) -> None:
        self._found: dict[str, Pending] = {}

    def add(self, pending: Pending) -> str:
        """Keep it for an hour; the key under which it is found. Those that waited longer go."""
        for key in [key for key, each in self._found.items() if time.monotonic() - each.since > KEPT_SECONDS]:
            self.drop(key)
        key = secrets.token_urlsafe(12)
        self._found[key] = pending
        return key

    def find(self, key: str) -> Pending:
        """Raises CallError when it is gone."""
        if key not in self._found:
            raise CallError("These files are no longer here: they were loaded, or waited for more than an hour. Send them again.")
        return self._found[key]

    def drop(self, key: str) -> None:
        """Forget it, if it is there."""
        if key in self._found:
            self._found.pop(key).forget()


def forget_old() -> None:
    """Remove what an earlier server left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            old = time.time() - folder.stat().st_mtime > KEPT_SECONDS
        except FileNotFoundError:
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)


def unknown_files(report: LoadReport) -> list[FileReport]:
    """The tables of a report that nobody recognised."""
    return [each for each in report.files if each.table is None]


def keep(files: list[UploadFile]) -> Pending:
    """Write the files that were sent into a folder of their own. Raises CallError when there are none."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    place = folder / "files"
    place.mkdir()
    kept: list[Path] = []
    for number, sent in enumerate(files):
        name = Path((sent.filename or "").replace("\\", "/")).name.lstrip(".") or f"file-{number + 1}"
        path = place / name
        if path.exists():
            path = place / f"{number + 1}-{name}"
        with path.open("wb") as out:
            shutil.copyfileobj(sent.file, out, CHUNK)
        if path.stat().st_size:
            kept.append(path)
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)
        raise CallError("There is nothing in these files. Choose a file with rows in it.")
    return Pending(folder, kept)


def suggestion(site: Site, pending: Pending, report: LoadReport | None) -> str:
    """A mapping for the one file that nobody recognised, or for all of them together."""
    names = {each.path.rsplit("/", 1)[-1] for each in unknown_files(report)} if report else set()
    unknown = [path for path in pending.files if path.name in names] or pending.files
    return site.workspace.suggest_mapping(unknown[0] if len(unknown) == 1 else unknown[0].parent)


def routes(site: Site) -> APIRouter:
    """The addresses of sending files and confirming them."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(site.for_data)])
    waiting = Waiting()

    @router.post(UPLOADS)
    def upload(request: Request, files: Annotated[list[UploadFile], File()], token: Annotated[str, Form()] = "") -> Response:
        site.check_token(request, token)
        key = waiting.add(keep(files))
        return RedirectResponse(f"/data/upload/{key}", status_code=303)

    @router.get("/data/upload/{key}")
    def look(request: Request, key: str) -> Response:
        pending = waiting.find(key)
        reader = site.reader(request)
        report: LoadReport | None = None
        problem = ""
        try:
            report = site.workspace.load(pending.files, mapping=pending.mapping_file, dry_run=True)
        except OmzetError as error:
            problem = str(error)
        draft: Draft | None = None
        if pending.mapping or pending.suggested or (report and unknown_files(report)):
            if not pending.suggested:
                pending.suggested = suggestion(site, pending, report)
            draft = draft_of(pending.mapping or pending.suggested)
        title = reader.t("web.upload.title", "Before it is loaded")
        return site.render(
            request,
            "upload.html",
            reader,
            page_title=title,
            key=key,
            pending=pending,
            report=report,
            problem=problem,
            draft=draft,
        )

    @router.post("/data/upload/{key}/mapping")
    async def try_mapping(request: Request, key: str) -> Response:
        form = {name: str(value) for name, value in (await request.form()).multi_items()}
        site.check_token(request, form.get("token", ""))
        pending = waiting.find(key)
        pending.mapping = written(pending.mapping or pending.suggested, form)
        return RedirectResponse(f"/data/upload/{key}", status_code=303)

    @router.post("/data/upload/{key}/load")
    def load(
        request: Request, key: str, token: Annotated[str, Form()] = "", connection: Annotated[str, Form()] = "files"
    ) -> Response:
        site.check_token(request, token)
        pending = waiting.find(key)
        report = site.workspace.load(pending.files, connection=connection.strip() or "files", mapping=pending.mapping_file)
        if pending.mapping.strip():
            keep_mapping(site.workspace.path / MAPPINGS, pending.mapping)
        waiting.drop(key)
        return RedirectResponse(f"/data?load={report.load_id}" if report.load_id else "/data", status_code=303)

    @router.post("/data/upload/{key}/cancel")
    def cancel(request: Request, key: str, token: Annotated[str, Form()] = "") -> Response:
        site.check_token(request, token)
        waiting.drop(key)
        return RedirectResponse("/data", status_code=303)

    return router
