"""A desk copied into another database is the same desk: same keys, same log, and it goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from omzet.desk.audit import changes_after, last_number
from omzet.desk.copying import copy_desk, save_desk
from omzet.desk.links import invite
from omzet.desk.sessions import sign_out
from omzet.desk.sign_in import sign_in
from omzet.desk.store import Desk, open_desk
from omzet.desk.tables import metadata
from omzet.errors import CallError
from tests.desk.conftest import PASSWORD, Clock, Company, page


def rows(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    """All that a desk holds."""
    with desk.reading() as tx:
        return {table.name: [tuple(row) for row in tx.all(select(table))] for table in metadata.sorted_tables}


def test_a_saved_desk_is_one_file_that_opens_anywhere(desk: Desk, company: Company, tmp_path: Path, clock: Clock) -> None:
    sign_in(desk, page(), email="rens@example.com", password=PASSWORD)
    folder = tmp_path / "saved"
    folder.mkdir()
    path = save_desk(desk, folder)
    assert [each.name for each in folder.iterdir()] == ["desk.sqlite"] == [path.name]
    with open_desk(folder, clock=clock) as saved:
        assert rows(saved) == rows(desk)
        assert sign_in(saved, page(), email="rens@example.com", password=PASSWORD).who.user == company.rep
    with pytest.raises(CallError, match="exists already"):
        save_desk(desk, folder)


def test_it_comes_back_into_either_database_and_goes_on(
    desk: Desk, company: Company, tmp_path: Path, new_database: Callable[[], str]
) -> None:
    gone = sign_in(desk, page(), email="rens@example.com", password=PASSWORD).who
    assert gone.session_id is not None
    sign_out(desk, gone.by("page", ""), gone.session_id)
    before = rows(desk)
    (tmp_path / "other").mkdir()
    for where in ("sqlite", new_database()):
        with open_desk(tmp_path / "other", where) as target:
            assert copy_desk(desk, target) == sum(len(each) for each in before.values())
            assert rows(target) == before
            number = last_number(target)
            noor = invite(target, page(company.admin), email="noor@example.com", role="rep").user
            assert noor.id == company.rep.id + 1
            assert changes_after(target, number)[0].number == number + 1
            again = sign_in(target, page(), email="rens@example.com", password=PASSWORD).who
            assert again.session_id == gone.session_id + 1
            with pytest.raises(CallError, match=r"is in use: \w+ holds rows"):
                copy_desk(desk, target)
    assert rows(desk) == before
