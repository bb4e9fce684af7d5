"""For all tests: how Hypothesis runs them. A first example may import a library, on a machine that does other work too."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("omzet", deadline=None)
settings.load_profile("omzet")
