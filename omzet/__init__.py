"""Omzet measures sales performance.

>>> import omzet
>>> workspace = omzet.open("our-company")  # doctest: +SKIP
>>> workspace.query(["win_rate", "bookings_amount"], by=["team"], period="this-quarter").to_pandas()  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omzet.query.question import Question as Question
    from omzet.workspace import open_workspace as open

__version__ = "0.1.0"
__all__ = ["Question", "__version__", "open"]


def __getattr__(name: str) -> Any:
    """Load `open` and `Question` when they are first used, so that `import omzet` stays light."""
    if name == "open":
        from omzet.workspace import open_workspace

        return open_workspace
    if name == "Question":
        from omzet.query.question import Question

        return Question
    raise AttributeError(f"module 'omzet' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
