"""What a load did, and what was set aside."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class FileReport(BaseModel):
    """What became of one file, sheet and table: read = added + changed + unchanged + set_aside."""

    path: str
    sheet: str | None = None
    table: str | None
    mapping: str | None = None
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    set_aside: int = 0


class LoadReport(BaseModel):
    """What one load did. `load_id` is None for a dry run."""

    load_id: int | None
    recorded_at: str
    files: list[FileReport]
    assumptions: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    deleted: int = 0
    seconds: float = 0.0

    @property
    def set_aside(self) -> int:
        return sum(file.set_aside for file in self.files)


class SetAside(BaseModel):
    """A row that could not be used: where it stood, what was wrong, and the row itself."""

    number: int
    load_id: int
    path: str
    sheet: str | None
    line: int
    table: str | None
    column: str | None
    reason: str
    text: str
    value: str = ""
    row: dict[str, Any]


class Load(BaseModel):
    """One load of the past."""

    load_id: int
    connection: str
    recorded_at: str
    loaded_at: str
    files: list[FileReport]
    undone: bool = False


class CheckReport(BaseModel):
    """Set-aside rows and data-quality figures."""

    set_aside: list[SetAside]
    set_aside_total: int
    figures: list[dict[str, Any]]
    loads: list[Load]
