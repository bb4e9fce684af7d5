"""Putting findings aside: for oneself, with a reason, until it is taken back."""

from __future__ import annotations

import pytest

from omzet.desk.findings import dismiss, dismissed, take_back
from omzet.desk.refusals import Refused
from omzet.desk.store import Desk
from tests.desk.conftest import Company, page


def test_a_finding_is_put_aside_for_oneself_with_a_reason(desk: Desk, company: Company) -> None:
    rep, admin = company.rep, company.admin
    with pytest.raises(Refused):
        dismiss(desk, page(rep), "x", "  ", {})
    dismiss(desk, page(rep), "x", "known", {"effect": 0.1})
    dismiss(desk, page(rep), "x", "still known", {"effect": 0.2})
    assert dismissed(desk, page(rep))["x"].reason == "still known"
    assert dict(dismissed(desk, page(rep))["x"].seen) == {"effect": 0.2}
    assert dismissed(desk, page(admin)) == {}
    take_back(desk, page(rep), "x")
    assert dismissed(desk, page(rep)) == {}
