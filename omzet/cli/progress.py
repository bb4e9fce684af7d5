"""How far a long command is, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omzet.workspace.progress import Progress


@contextmanager
def shown_progress() -> Iterator[Progress | None]:
    """A callback that draws a bar while stderr is a terminal; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from omzet.cli.printing import console

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=1.0)

        def draw(text: str, share: float) -> None:
            bar.update(task, description=text, completed=share)

        yield draw
