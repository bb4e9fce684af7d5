"""What comes back: rows with values, their n and interval, and what the numbers mean."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class MetricMeaning(BaseModel):
    """What one metric of an answer is, in the language asked for.

    `columns` are the units of what stands beside its value, `headings` what people read above it.
    """

    id: str
    name: str
    description: str
    formula: str
    version: int
    unit: str
    direction: str
    kind: str
    anchor: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict)
    headings: dict[str, str] = Field(default_factory=dict)
    source: str = ""
    sql: str = ""
    milliseconds: float = 0.0


class Freshness(BaseModel):
    """How new the data are. `revision` grows with every committed change."""

    revision: int
    loaded_at: datetime | None = None
    latest_on: str | None = None


class Answer(BaseModel):
    """One answer. A row has a key for each dimension, `period` with a grain, and for each metric `id`, `id:n`,
    `id:low`, `id:high`, `id:why` and, with a comparison, `id:previous` and `id:change`."""

    model_config = ConfigDict(populate_by_name=True)

    metrics: list[str]
    by: list[str]
    start: str | None = Field(default=None, alias="from")
    end: str | None = Field(default=None, alias="to")
    as_of: str
    known: str | None
    rows: list[dict[str, Any]]
    notes: list[str] = Field(default_factory=list)
    definitions: dict[str, MetricMeaning] = Field(default_factory=dict)
    freshness: Freshness
    currency: str
    compared_with: tuple[str, str] | None = None

    def to_arrow(self) -> pyarrow.Table:
        """The rows as a `pyarrow.Table`."""
        from omzet.query.frames import to_arrow

        return to_arrow(self)

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a `pandas.DataFrame`."""
        from omzet.query.frames import to_pandas

        return to_pandas(self)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a `polars.DataFrame`."""
        from omzet.query.frames import to_polars

        return to_polars(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from omzet.query.frames import to_html

        return to_html(self)
