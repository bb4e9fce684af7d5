"""Which revenue a company is measured by."""

from __future__ import annotations

from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.definition import Metric
from omzet.metrics.scope import Scope


def revenue_basis(scope: Scope, catalogue: Catalogue) -> tuple[Metric, tuple[str, ...]]:
    """Recognised revenue; a company without revenue lines gets bookings, and a note that says so."""
    if scope.session.once("SELECT 1 FROM revenue LIMIT 1"):
        return catalogue.find("revenue_recognised"), ()
    return catalogue.find("bookings_amount"), (wording.note("bookings_basis", scope.language),)
