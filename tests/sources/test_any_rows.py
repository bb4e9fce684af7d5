"""Whatever rows a program writes as CSV come back as they were, under any separator, quoting, line end and encoding."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from omzet.engines import Session
from omzet.engines.duckdb.store import DuckStore
from omzet.sources.files import open_paths

CELLS = some.one_of(
    some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=12),
    some.text(some.sampled_from("ab,;\t|\"'\\ \n\r.=#-\u00a0é€"), max_size=8),
    some.sampled_from(["", " ", '"', '""', "NULL", "\\N", "a\nb", 'x, "y"', "'", "0", "1,5", "#"]),
)
"""Values of any kind, with those that trip up readers more often than chance would have them."""

FILES = some.tuples(
    some.integers(2, 5).flatmap(lambda width: some.lists(some.lists(CELLS, min_size=width, max_size=width), max_size=12)),
    some.sampled_from([",", ";", "\t", "|"]),
    some.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    some.sampled_from(["\n", "\r\n", "\r"]),
    some.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)


@pytest.fixture(scope="module")
def shared_session() -> Iterator[Session]:
    store = DuckStore.open(None)
    with store.writing() as writing:
        yield writing
    store.close()


def _as_read(value: str) -> str | None:
    """Line ends inside a value are unified, and a value of blanks only is none."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return value if value.strip(" \t\n\u00a0") else None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(FILES)
def test_rows_read_back_as_they_were_written(
    shared_session: Session, tmp_path: Path, file: tuple[list[list[str]], str, int, str, str]
) -> None:
    rows, delimiter, quoting, end, encoding = file
    width = len(rows[0]) if rows else 2
    names = [f"column {chr(97 + place)}" for place in range(width)]
    if any(letter in value for row in rows for value in row for letter in {"\r", "\n"} - {*end}):
        quoting = csv.QUOTE_ALL  # Python before 3.13 leaves a line break bare when it isn't its own, which nobody can read back
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerow(names)
    writer.writerows(rows)
    path = tmp_path / "any.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    (table,) = open_paths([path], shared_session)
    assert table.rejected == ()
    assert table.columns == tuple(names)
    columns = ", ".join(f'"{name}"' for name in names)
    found = shared_session.rows(f"SELECT {columns} FROM {table.relation} ORDER BY {table.line_sql}")
    shared_session.run(f"DROP TABLE {table.relation}")
    assert found == [tuple(_as_read(value) for value in row) for row in rows]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(some.binary(max_size=400), some.sampled_from([b"", b"deal_id,status\n", b"a;b\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b'"']))
def test_any_bytes_are_read_or_refused_in_words(shared_session: Session, tmp_path: Path, content: bytes, start: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(start + content)
    for table in open_paths([path], shared_session):
        assert all(row.reason for row in table.rejected)
        if table.relation:
            assert shared_session.rows(f"SELECT COUNT(*) FROM {table.relation}") == [(table.rows,)]
            shared_session.run(f"DROP TABLE {table.relation}")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(some.lists(some.text(some.sampled_from('ab,"\n\\ '), max_size=12), max_size=30))
def test_every_line_of_quotes_gone_wrong_is_accounted_for(shared_session: Session, tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "any.csv"
    path.write_text("\n".join(["first,second", *lines]) + "\n")
    (table,) = open_paths([path], shared_session)
    texts = shared_session.rows(f"SELECT * FROM {table.relation}")
    letters = sum(letter in "ab" for line in lines for letter in line)
    kept = sum(letter in "ab" for row in texts for cell in row if isinstance(cell, str) for letter in cell)
    assert kept + sum(letter in "ab" for row in table.rejected for letter in row.text) == letters
    shared_session.run(f"DROP TABLE {table.relation}")
