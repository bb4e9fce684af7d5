"""What can be asked of a workspace, as messages that pass through the door, and what each is answered with."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from omzet.metrics.access import ALL, Access
from omzet.query.question import Question


class Request(BaseModel):
    """One piece of work. Paths are absolute: the process that does it may stand in another folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def doing(self) -> str:
        """What someone who has to wait for it reads."""
        return f"omzet {getattr(self, 'kind', '')}"


class LoadFiles(Request):
    """Load files, folders and archives."""

    kind: Literal["load"] = "load"
    paths: tuple[str, ...]
    connection: str = "files"
    mapping: str | None = None
    recorded_at: datetime | None = None
    complete: bool = False
    dry_run: bool = False


class UndoLoad(Request):
    """Take back one load."""

    kind: Literal["undo"] = "undo"
    load_id: int


class RetryRows(Request):
    """Try the rows set aside again."""

    kind: Literal["retry"] = "retry"
    paths: tuple[str, ...] = ()
    mapping: str | None = None


class SuggestMapping(Request):
    """Draft a mapping for a file or folder."""

    kind: Literal["suggest"] = "suggest"
    path: str


class CheckData(Request):
    """Tell what was set aside and how good the data are."""

    kind: Literal["check"] = "check"
    limit: int = 1000


class Ask(Request):
    """Answer a question."""

    kind: Literal["query"] = "query"
    question: Question
    language: str = "en"
    access: Access = ALL


class ExplainCell(Request):
    """Open one number of an answer."""

    kind: Literal["explain"] = "explain"
    question: Question
    deal: str | None = None
    cell: dict[str, Any] | None = None
    limit: int = 50
    offset: int = 0
    tab: str = "counted"
    language: str = "en"
    access: Access = ALL


class ShowBoard(Request):
    """Tell the open deals of a pipeline, stage by stage."""

    kind: Literal["board"] = "board"
    question: Question
    pipeline: str = ""
    language: str = "en"
    access: Access = ALL


class ListLeads(Request):
    """Tell the newest open leads."""

    kind: Literal["leads"] = "leads"
    question: Question
    limit: int = 200
    language: str = "en"
    access: Access = ALL


class ShowDeal(Request):
    """Tell one deal with all that happened to it."""

    kind: Literal["deal"] = "deal"
    key: str
    language: str = "en"
    access: Access = ALL


class Restate(Request):
    """Split the difference between two knowings of a number by cause."""

    kind: Literal["restatement"] = "restatement"
    question: Question
    earlier: datetime | date
    limit: int = 20
    language: str = "en"
    access: Access = ALL


class ListFindings(Request):
    """Tell what is worth saying."""

    kind: Literal["findings"] = "findings"
    question: Question | None = None
    language: str = "en"
    access: Access = ALL


class ListMetrics(Request):
    """Tell the catalogue."""

    kind: Literal["metrics"] = "metrics"
    language: str = "en"


class ListValues(Request):
    """Tell the values of a dimension."""

    kind: Literal["values"] = "values"
    dimension: str
    limit: int = 200
    access: Access = ALL


class ListLoads(Request):
    """Tell the loads so far."""

    kind: Literal["loads"] = "loads"


class ListHolidays(Request):
    """Tell the days off that were loaded, beside those of the country."""

    kind: Literal["holidays"] = "holidays"


class BackUp(Request):
    """Save the workspace in one file."""

    kind: Literal["backup"] = "backup"
    target: str


class KeepOutlook(Request):
    """Keep the outlook of the open quarter as it is now."""

    kind: Literal["outlook"] = "outlook"


class Revision(Request):
    """Tell the revision."""

    kind: Literal["revision"] = "revision"


AnyRequest = Annotated[
    LoadFiles
    | UndoLoad
    | RetryRows
    | SuggestMapping
    | CheckData
    | Ask
    | ExplainCell
    | ShowBoard
    | ShowDeal
    | ListLeads
    | Restate
    | ListFindings
    | ListMetrics
    | ListValues
    | ListLoads
    | ListHolidays
    | BackUp
    | KeepOutlook
    | Revision,
    Field(discriminator="kind"),
]


@cache
def reader() -> TypeAdapter[AnyRequest]:
    """Reads a request from a message."""
    return TypeAdapter(AnyRequest)


@cache
def answers(kind: str) -> TypeAdapter[Any]:
    """Reads and writes what a request of this kind is answered with."""
    if kind in ("load", "undo", "retry"):
        from omzet.history.report import LoadReport

        return TypeAdapter(LoadReport)
    if kind == "outlook":
        from omzet.history.report import LoadReport

        return TypeAdapter(LoadReport | None)
    if kind == "check":
        from omzet.history.report import CheckReport

        return TypeAdapter(CheckReport)
    if kind == "loads":
        from omzet.history.report import Load

        return TypeAdapter(list[Load])
    if kind == "holidays":
        return TypeAdapter(list[tuple[date, str | None]])
    if kind == "query":
        from omzet.query.answer import Answer

        return TypeAdapter(Answer)
    if kind == "explain":
        from omzet.query.explanation import Explanation

        return TypeAdapter(Explanation)
    if kind == "board":
        from omzet.query.board import Board

        return TypeAdapter(Board)
    if kind == "leads":
        from omzet.query.leads import Lead

        return TypeAdapter(list[Lead])
    if kind == "deal":
        from omzet.query.record import DealRecord

        return TypeAdapter(DealRecord)
    if kind == "restatement":
        from omzet.query.restatement import Restatement

        return TypeAdapter(Restatement)
    if kind == "findings":
        from omzet.analyses.findings import Findings

        return TypeAdapter(Findings)
    if kind == "metrics":
        from omzet.metrics.catalogue import MetricInfo

        return TypeAdapter(list[MetricInfo])
    return TypeAdapter({"values": list[str], "suggest": str, "backup": str, "revision": int}[kind])
