"""Rows that can't be used: kept with their place and reason, until somebody corrects them; and loads taken back."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from omzet.errors import CallError
from omzet.history.report import SetAside
from tests.loaded import Company, counts

BROKEN = """deal_id,status,amount,closed_at
    A,won,100,2026-02-10
    ,won,1,2026-02-10
    C,won,what,2026-02-10
    D,sold,1,2026-02-10
    E,won,1,2026-02-30
    F,won,2,2026-02-10
    F,won,3,2026-02-10"""

FIXED = """deal_id,status,amount,closed_at
    A,won,100,2026-02-10
    B,won,1,2026-02-10
    C,won,10,2026-02-10
    D,won,1,2026-02-10
    E,won,1,2026-02-28
    F,won,2,2026-02-10"""


def aside(company: Company) -> list[SetAside]:
    return sorted(company.workspace.check().set_aside, key=lambda row: (row.path, row.line))


def test_each_row_is_kept_with_file_line_column_reason_and_itself(company: Company) -> None:
    report = company.load(deals=BROKEN)
    assert counts(report, "deals") == (1, 0, 0, 6)
    rows = aside(company)
    assert [(row.line, row.column, row.reason) for row in rows] == [
        (3, "deal_id", "missing"),
        (4, "amount", "unreadable"),
        (5, "status", "unreadable"),
        (6, "closed_at", "unreadable"),
        (7, None, "conflict"),
        (8, None, "conflict"),
    ]
    assert all(row.path == "deals.csv" and row.table == "deals" and row.sheet is None for row in rows)
    assert [row.row["amount"] for row in rows] == ["1", "what", "1", "1", "2", "3"]
    assert "what" in rows[1].text
    assert "open, won, lost" in rows[2].text
    assert company.value("bookings_amount") == 100


def test_the_sheet_of_a_spreadsheet_is_told(company: Company) -> None:
    path = company.folder / "book.xlsx"
    book = xlsxwriter.Workbook(path)
    for sheet, rows in (
        ("deals", [["deal_id", "status", "amount"], ["A", "won", 5], ["B", "won", "much"]]),
        ("people", [["person_id", "name"], ["", "Ann"]]),
    ):
        page = book.add_worksheet(sheet)
        for place, row in enumerate(rows):
            page.write_row(place, 0, row)
    book.close()
    company.workspace.load([path])
    assert {(row.path, row.sheet, row.line, row.column) for row in aside(company)} == {
        ("book.xlsx", "deals", 3, "amount"),
        ("book.xlsx", "people", 2, "person_id"),
    }


def test_a_file_in_a_zip_is_named(company: Company) -> None:
    path = company.folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("deals.csv", "deal_id,status\nA,maybe\n")
    company.workspace.load([path])
    assert [("deals.csv" in row.path, row.line, row.row["status"]) for row in aside(company)] == [(True, 2, "maybe")]


def test_a_line_that_is_no_row_is_kept_as_its_text(company: Company) -> None:
    report = company.load(deals="deal_id,status,amount\nA,won,1\nB,won,1,too,many\nC,won,1")
    assert counts(report, "deals") == (2, 0, 0, 1)
    (row,) = aside(company)
    assert row.line == 3
    assert "B,won,1,too,many" in str(row.row)


def test_a_file_that_nothing_recognises_is_kept_row_by_row(company: Company) -> None:
    path = company.folder / "odd.csv"
    path.write_text("Foo,Bar\n1,2\n3,4\n")
    report = company.workspace.load([path])
    assert [(file.table, file.read, file.set_aside) for file in report.files] == [(None, 2, 2)]
    assert [(row.line, row.reason, row.row) for row in aside(company)] == [
        (2, "unrecognised", {"Foo": "1", "Bar": "2"}),
        (3, "unrecognised", {"Foo": "3", "Bar": "4"}),
    ]


def test_loading_the_same_broken_file_again_repeats_no_entry(company: Company) -> None:
    company.load(deals=BROKEN)
    company.load(deals=BROKEN)
    assert company.workspace.check().set_aside_total == 6


def test_a_corrected_file_resolves_its_rows(company: Company) -> None:
    company.load(deals=BROKEN)
    company.load(deals=FIXED)
    assert [row.line for row in aside(company)] == [3], "nobody can tell which row without an id it was"
    assert company.value("bookings_amount") == 115


def test_corrected_rows_take_the_place_of_those_set_aside(company: Company) -> None:
    company.load(deals=BROKEN)
    (path,) = company.files(deals="deal_id,status,amount,closed_at\nC,won,10,2026-02-10\nF,won,2,2026-02-10")
    company.workspace.retry([path])
    assert [row.line for row in aside(company)] == [3, 5, 6]
    assert company.value("bookings_amount") == 112


def mapping(folder: Path, won: str) -> Path:
    path = folder / "orders.toml"
    path.write_text(
        f"""name = "orders"
[files.orders]
headers = ["order", "state", "worth"]
[[rows]]
table = "deals"
file = "orders"
[rows.columns]
deal_id = "order"
status = {{ column = "state", values = {{ {won} = "won" }} }}
amount = "worth"
closed_at = {{ text = "2026-02-10" }}
"""
    )
    return path


def test_a_corrected_mapping_takes_the_rows_in(company: Company) -> None:
    path = company.folder / "orders.csv"
    path.write_text("order,state,worth\nA,Sold,5\nB,Betaald,7\n")
    report = company.workspace.load([path], mapping=mapping(company.folder, "Sold"))
    assert counts(report, "deals") == (1, 0, 0, 1)
    report = company.workspace.retry(mapping=mapping(company.folder, 'Sold = "won", Betaald'))
    assert counts(report, "deals") == (1, 0, 0, 0)
    assert (aside(company), company.value("bookings_amount")) == ([], 12)


def test_a_mapping_that_comes_later_takes_an_unknown_file_in(company: Company) -> None:
    path = company.folder / "orders.csv"
    path.write_text("order,state,worth\nA,Sold,5\nB,Sold,7\n")
    company.workspace.load([path])
    assert company.workspace.check().set_aside_total == 2
    company.workspace.retry(mapping=mapping(company.folder, "Sold"))
    assert (aside(company), company.value("bookings_amount")) == ([], 12)


def test_a_retry_without_anything_new_leaves_the_rows_where_they_were(company: Company) -> None:
    company.load(deals=BROKEN)
    company.workspace.retry()
    assert company.workspace.check().set_aside_total == 6
    assert company.value("bookings_amount") == 100


def test_a_retry_with_nothing_set_aside_says_so(company: Company) -> None:
    with pytest.raises(CallError, match="No rows are set aside"):
        company.workspace.retry()


PEOPLE = "person_id,name,team_id\nann,Ann,north\nbob,Bob,south"
FIRST = {
    "people": PEOPLE,
    "deals": """deal_id,status,amount,owner_id,created_at,closed_at,channel
        A,won,100,ann,2026-01-02,2026-02-10,web
        B,open,50,bob,2026-01-05,,shop
        C,won,7,bob,2026-01-05,2026-02-11,shop
        X,strange,1,bob,2026-01-05,,shop""",
    "deal_credits": "deal_id,person_id,share\nA,ann,0.6\nA,bob,0.4",
    "deal_lines": "line_id,deal_id,quantity,unit_price\n1,A,1,100",
}
WRONG = {
    "deals": """deal_id,status,amount,owner_id,created_at,closed_at,channel
        A,lost,1,bob,2025-12-02,2026-03-10,phone
        B,won,999,ann,2026-01-05,2026-03-01,
        D,won,1,ann,2026-01-05,2026-03-01,web
        Y,strange,1,bob,2026-01-05,,shop
        X,open,1,bob,2026-01-05,,shop""",
    "deal_credits": "deal_id,person_id,share\nA,bob,1",
    "deal_lines": "line_id,deal_id,quantity,unit_price\n1,A,5,5\n2,A,1,1",
    "deal_changes": "deal_id,field,value,old_value,changed_at\nC,owner_id,bob,ann,2026-02-20",
    "people": "person_id,name,team_id\nann,Anna,south",
}


def answers(company: Company) -> list[dict[str, object]]:
    found = []
    for by in ("rep", "team", "channel"):
        found += company.workspace.query(
            ["won_count", "bookings_amount", "open_pipeline_amount", "win_rate"], by=[by], start="2026-01-01", end="2026-04-01"
        ).rows
    return found + company.workspace.query(["bookings_amount_by_rep"], by=["rep"]).rows


def test_an_undone_load_has_never_been(company: Company) -> None:
    company.load("2026-03-10", FIRST)
    before, numbers = company.state(), answers(company)
    load_id = company.load("2026-03-20", WRONG).load_id
    assert answers(company) != numbers
    assert load_id
    company.workspace.undo(load_id)
    after = company.state()
    for part, rows in before.items():
        assert after[part] == rows, part
    assert answers(company) == numbers


def test_an_undone_complete_load_brings_the_missing_rows_back(company: Company) -> None:
    company.load("2026-03-10", FIRST)
    before, numbers = company.state(), answers(company)
    load_id = company.load("2026-03-20", deals="deal_id,status\nC,won", people="person_id,name\nann,Ann", complete=True).load_id
    assert load_id
    company.workspace.undo(load_id)
    assert company.state()["deals"] == before["deals"]
    assert answers(company) == numbers


def test_what_a_later_load_took_over_stays_as_that_load_left_it(company: Company) -> None:
    company.load(
        "2026-03-10", deals="deal_id,status,amount,closed_at\nA,won,100,2026-02-10\nB,won,10,2026-02-10\nC,won,1,2026-02-10"
    )
    middle = company.load(
        "2026-03-20", deals="deal_id,status,amount,closed_at\nA,won,200,2026-02-10\nB,won,20,2026-02-10"
    ).load_id
    company.load("2026-03-30", deals="deal_id,status,amount,closed_at\nA,won,300,2026-02-10")
    assert middle
    company.workspace.undo(middle)
    rows = company.stored("SELECT deal_id, amount FROM deals ORDER BY 1")
    assert [(deal, float(amount)) for deal, amount in rows] == [("A", 300), ("B", 10), ("C", 1)]


def test_undoing_the_later_load_first_leads_back_to_the_beginning(company: Company) -> None:
    company.load("2026-03-10", FIRST)
    before, numbers = company.state(), answers(company)
    second = company.load("2026-03-20", WRONG).load_id
    third = company.load("2026-03-30", deals="deal_id,status,amount\nA,lost,2\nB,won,3\nD,won,4\nX,open,5").load_id
    assert second
    assert third
    company.workspace.undo(third)
    company.workspace.undo(second)
    after = company.state()
    for part, rows in before.items():
        assert after[part] == rows, part
    assert answers(company) == numbers


def test_an_undone_load_can_be_loaded_again(company: Company) -> None:
    first = company.load("2026-03-10", FIRST).load_id
    before, numbers = company.state(), answers(company)
    assert first
    company.workspace.undo(first)
    assert company.value("won_count") in (0, None)
    company.load("2026-03-12", FIRST)
    assert company.state()["deals"] == before["deals"]
    assert answers(company) == numbers


def test_an_unknown_or_undone_load_is_told_in_words(company: Company) -> None:
    with pytest.raises(CallError, match="Nothing was loaded yet"):
        company.workspace.undo(1)
    number = company.load(deals=BROKEN).load_id
    assert number
    with pytest.raises(CallError, match=r"There is no load 99\. The last one is 1"):
        company.workspace.undo(99)
    company.workspace.undo(number)
    with pytest.raises(CallError, match="Load 1 was undone already"):
        company.workspace.undo(number)
    assert company.workspace.check().set_aside_total == 0
