"""Whatever is in a file: no crash, no row lost, and an error only where the file can't be read at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from omzet.engines import Session
from omzet.errors import OmzetError
from omzet.settings import Settings
from omzet.sources import mapping
from omzet.sources.files import open_paths
from tests.sources.broken import CORPUS, BrokenFile, write_one_gigabyte_line


def test_the_corpus_holds_at_least_200_files_with_names_of_their_own() -> None:
    assert len({file.name for file in CORPUS}) == len(CORPUS) >= 200


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_every_row_is_staged_or_set_aside_with_a_reason(file: BrokenFile, session: Session, tmp_path: Path) -> None:
    path = tmp_path / file.name
    file.write(path)
    if file.refused is not None:
        with pytest.raises(OmzetError, match=file.refused):
            open_paths([path], session)
        return
    tables = open_paths([path], session)
    staged = sum(table.rows for table in tables)
    rejected = [row for table in tables for row in table.rejected]
    assert all(row.reason and row.line >= 1 for row in rejected)
    if file.rows is not None:
        assert staged + len(rejected) == file.rows, [(row.line, row.reason) for row in rejected]
    if file.staged is not None:
        assert staged == file.staged, [(row.line, row.reason) for row in rejected]
    for table in tables:
        if table.relation:
            counted = session.rows(
                f"SELECT COUNT(*), COUNT(DISTINCT {table.line_sql}), MIN({table.line_sql}) FROM {table.relation}"
            )[0]
            assert counted[:2] == (table.rows, table.rows), "every row has a line of its own"
            assert not set(table.columns) & {"rowid", "_line", "line"}
    batches, unrecognised = mapping.batches(tables, session, mappings=mapping.known_mappings(), settings=Settings())
    assert {id(batch.raw) for batch in batches} | {id(raw) for raw in unrecognised} == {id(table) for table in tables}
    for batch in batches:
        assert session.rows(f"SELECT COUNT(*) FROM ({batch.select}) AS b")[0][0] <= max(batch.raw.rows, 4)
        assert session.names(batch.select) == [*batch.columns, *batch.attributes, "line"]


@pytest.mark.long
def test_a_line_of_one_gigabyte_costs_itself_only(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    write_one_gigabyte_line(path)
    (table,) = open_paths([path], session)
    assert table.rows == 2
    assert [row.line for row in table.rejected] == [3]
