"""Cells: the values of one metric, one for each combination of dimension values and period."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Place = tuple[Any, ...]
"""Dimension keys in the order asked for, and the period's label last where there is a grain."""


@dataclass(frozen=True)
class Cell:
    """One value with what stands beside it. `why` says in one word why a value is None."""

    value: float | int | None
    n: int = 0
    low: float | None = None
    high: float | None = None
    why: str | None = None
    numerator: float | None = None
    denominator: float | None = None
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """One metric measured: its cells, the SQL as run, how long it took, and what a reader must know."""

    cells: dict[Place, Cell]
    sql: str
    milliseconds: float
    notes: tuple[str, ...] = ()
    empty: Cell = Cell(None, 0)
    """What a place without rows shows."""
