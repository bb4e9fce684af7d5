"""The metrics pages of the docs say what the catalogue says, in every language, with examples that still hold."""

from __future__ import annotations

from pathlib import Path

from omzet.locale import t
from omzet.metrics.catalogue import read_catalogue
from omzet.query.page import metrics_pages
from omzet.workspace import Workspace
from tests.metrics.conftest import sample, sample_files  # noqa: F401

FOLDER = Path(__file__).parents[2] / "docs" / "metrics"


def pages_of(workspace: Workspace) -> dict[str, str]:
    """The pages as they should be, their examples asked of a workspace with the sample company."""
    return metrics_pages(
        read_catalogue(), workspace.query, lambda group, language: t(f"web.group.{group}", group.capitalize(), language)
    )


def test_the_metrics_pages_are_those_of_the_catalogue(sample: Workspace) -> None:  # noqa: F811
    written = {str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.md")}
    assert written == pages_of(sample), "run: .venv/bin/python scripts/metrics-docs"


def test_every_metric_stands_on_a_page_of_each_language() -> None:
    for language in ("en", "nl"):
        text = "\n".join(path.read_text(encoding="utf-8") for path in (FOLDER / language).glob("*.md"))
        for metric in read_catalogue():
            assert f"`{metric.id}`" in text
