"""The sample company, as the tests of metrics have it."""

from __future__ import annotations

from tests.metrics.conftest import now, sample, sample_files

__all__ = ["now", "sample", "sample_files"]
