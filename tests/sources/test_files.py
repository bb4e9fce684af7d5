"""Files, folders and zips become tables whose rows know their line."""

from __future__ import annotations

import datetime
import gzip
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from omzet.engines import Session
from omzet.errors import CallError, OmzetError
from omzet.sources.batch import RawTable
from omzet.sources.files import Limits, open_paths

DEALS = "deal_id,name,status\nD1,a,won\nD2,b,lost\n"


def lines(session: Session, table: RawTable) -> list[tuple[int, object]]:
    """Line and first value of each row."""
    return session.rows(f'SELECT {table.line_sql}, "{table.columns[0]}" FROM {table.relation} ORDER BY 1')


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DEALS, [(2, "D1"), (3, "D2")]),
        (DEALS.replace("\n", "\r\n"), [(2, "D1"), (3, "D2")]),
        ("deal_id,name,status\n\nD1,a,won\n\n\nD2,b,lost\n", [(3, "D1"), (6, "D2")]),
        ('deal_id,name,status\nD1,"a\nb\nc",won\nD2,b,lost\n', [(2, "D1"), (5, "D2")]),
        ("deal_id,name,status\nD1,a,won\nbad\nD2,b,lost\n", [(2, "D1"), (4, "D2")]),
        ("Title\n\ndeal_id,name,status\nD1,a,won\nD2,b,lost\n", [(4, "D1"), (5, "D2")]),
        ("sep=;\ndeal_id;name;status\nD1;a;won\nD2;b;lost\n", [(3, "D1"), (4, "D2")]),
        ('"deal_id","two\nlines",status\nD1,a,won\nD2,b,lost\n', [(3, "D1"), (4, "D2")]),
    ],
)
def test_each_row_knows_its_line(session: Session, tmp_path: Path, text: str, expected: list[tuple[int, str]]) -> None:
    (table,) = open_paths([write(tmp_path, "deals.csv", text)], session)
    assert lines(session, table) == expected


def test_lines_hold_while_other_tables_are_staged_in_the_same_transaction(session: Session, tmp_path: Path) -> None:
    paths = [write(tmp_path, f"{number}.csv", DEALS) for number in range(3)]
    for table in open_paths(paths, session):
        assert lines(session, table) == [(2, "D1"), (3, "D2")]


def test_a_row_that_can_not_be_read_tells_its_line_reason_and_text(session: Session, tmp_path: Path) -> None:
    text = 'deal_id,name,status\nD1,a,won\nD2,"b,lost\nD3,c\nD4,d,won\n'
    (table,) = open_paths([write(tmp_path, "deals.csv", text)], session)
    assert [(row.line, row.reason, row.text) for row in table.rejected] == [
        (3, "a quote opens here and is never closed", 'D2,"b,lost'),
        (4, "2 fields where the header has 3", "D3,c"),
    ]
    assert lines(session, table) == [(2, "D1"), (5, "D4")]


def test_a_folder_and_a_zip_of_files_are_opened_whole(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    write(folder, "b/deals.csv", DEALS)
    write(folder, "a.tsv", DEALS.replace(",", "\t"))
    write(folder, "notes.docx", "x")
    write(folder, ".DS_Store", "x")
    (folder / "c.csv.gz").write_bytes(gzip.compress(DEALS.encode()))
    with zipfile.ZipFile(folder / "d.zip", "w") as archive:
        archive.writestr("inner/deals.csv", DEALS)
    tables = open_paths([folder], session)
    assert [(table.path, table.rows) for table in tables] == [
        ("export/a.tsv", 2),
        ("export/b/deals.csv", 2),
        ("export/c.csv.gz", 2),
        ("export/d.zip/inner/deals.csv", 2),
        ("export/notes.docx", 0),
    ]
    assert tables[-1].columns == ()
    assert "was left out" in tables[-1].assumptions[0]
    hashes = {table.path: table.file_hash for table in tables}
    assert hashes["export/b/deals.csv"] == hashes["export/c.csv.gz"] == hashes["export/d.zip/inner/deals.csv"]


def test_a_path_that_is_no_table_is_refused_in_words(session: Session, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="There is no file or folder"):
        open_paths([tmp_path / "missing.csv"], session)
    with pytest.raises(CallError, match="is not a file Omzet reads"):
        open_paths([write(tmp_path, "letter.docx", "x")], session)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CallError, match="holds no files"):
        open_paths([tmp_path / "empty"], session)


def test_cells_of_a_workbook_become_the_texts_a_person_would_read(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("deals")
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, ["deal_id", "whole", "fraction", "noise", "day", "moment", "flag", "blank"])
        sheet.write_row(1, 0, ["D1", 1054, 10.25, 0.1 + 0.2])
        sheet.write_datetime(1, 4, datetime.datetime(2026, 3, 29), day)  # noqa: DTZ001
        sheet.write_datetime(1, 5, datetime.datetime(2026, 3, 29, 14, 30), moment)  # noqa: DTZ001
        sheet.write_boolean(1, 6, True)
        sheet.write_string(1, 7, "  ")
    (table,) = open_paths([path], session)
    assert table.sheet == "deals"
    columns = ", ".join(table.columns)
    assert session.rows(f"SELECT {columns} FROM {table.relation}") == [
        ("D1", "1054", "10.25", "0.3", "2026-03-29", "2026-03-29T14:30:00", "true", None)
    ]
    assert lines(session, table) == [(2, "D1")]


def test_columns_with_the_same_name_are_told_apart_and_named(session: Session, tmp_path: Path) -> None:
    (table,) = open_paths([write(tmp_path, "deals.csv", "deal_id,amount,Amount,,\nD1,1,2,3,4\n")], session)
    assert table.columns == ("deal_id", "amount", "Amount_2", "column_4", "column_5")
    assert table.assumptions == (
        "the column 'Amount' stands there more than once: the first is used, column 3 is kept as 'Amount_2' (deals.csv)",
    )


def test_limits_hold_for_everything_a_load_unpacks(session: Session, tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.csv.gz")
        paths[-1].write_bytes(gzip.compress(DEALS.encode() * 100))
    with pytest.raises(OmzetError, match="unpacks to more than"):
        open_paths(paths, session, limits=Limits(unpacked=8_000))


def test_nothing_is_left_behind_in_the_folder_for_temporary_files(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    open_paths([write(tmp_path, "deals.csv", DEALS + "bad\n")], session)
    assert list(temporary.iterdir()) == []
