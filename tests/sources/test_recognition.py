"""A layout is recognised by its headers; a file's name only breaks ties."""

from __future__ import annotations

from pathlib import Path

import pytest

from omzet.engines import Session
from omzet.settings import Settings
from omzet.sources import mapping
from omzet.sources.batch import Batch, RawTable
from omzet.sources.files import open_paths


def load(session: Session, folder: Path, **files: str) -> tuple[list[Batch], list[RawTable]]:
    """Batches of files with these contents, each named by its key."""
    paths = []
    for name, content in files.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(content, encoding="utf-8")
    return mapping.batches(open_paths(paths, session), session, mappings=mapping.known_mappings(), settings=Settings())


def rows(session: Session, batch: Batch) -> list[tuple[object, ...]]:
    columns = ", ".join(f'"{name}"' for name in (*batch.columns, *batch.attributes))
    return session.rows(f"SELECT {columns} FROM ({batch.select}) AS b ORDER BY line")


@pytest.mark.parametrize(
    ("name", "header", "table"),
    [
        ("anything", "deal_id,status,amount", "deals"),
        ("anything", "Deal ID,Status,AMOUNT", "deals"),
        ("anything", "deal-id,status", "deals"),
        ("leads", "deal_id,status,lead_id", "leads"),
        ("deals", "deal_id,status,lead_id", "deals"),
        ("crm_deals_2026-01", "deal_id,status,lead_id,kind", "deals"),
        ("export", "activity_id,kind,deal_id,happened_at", "activities"),
        ("people", "name,email,role", "people"),
        ("deals", "name,amount,whatever,another,more", None),
        ("deals", "a,b,c", None),
        ("export", "name,amount", None),
        ("export", "product_id,campaign_id,name", None),
    ],
)
def test_headers_decide_and_names_break_ties(session: Session, tmp_path: Path, name: str, header: str, table: str | None) -> None:
    batches, unrecognised = load(session, tmp_path, **{name: f"{header}\n{','.join('x' * len(header.split(',')))}\n"})
    main = [batch.table for batch in batches][:1]
    assert main == ([table] if table else [])
    assert len(unrecognised) == (table is None)


def test_further_columns_become_attributes_under_their_own_names(session: Session, tmp_path: Path) -> None:
    batches, _ = load(session, tmp_path, deals="deal_id,Status,Deal Owner's Tier,line\nD1,won,gold,7\n")
    assert batches[0].columns == ("deal_id", "status")
    assert batches[0].attributes == ("Deal Owner's Tier", "line_")
    assert rows(session, batches[0]) == [("D1", "won", "gold", "7")]


def test_a_sheet_is_recognised_as_a_file_is(session: Session, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "everything.xlsx"
    with xlsxwriter.Workbook(path) as book:
        leads, notes = book.add_worksheet("leads"), book.add_worksheet("notes")
        for number, line in enumerate((["lead_id", "deal_id", "status"], ["L1", "D1", "new"])):
            leads.write_row(number, 0, line)
        notes.write_row(0, 0, ["a", "b"])
        notes.write_row(1, 0, [1, 2])
    batches, unrecognised = mapping.batches(open_paths([path], session), session, mappings=[], settings=Settings())
    assert [(batch.table, batch.raw.sheet) for batch in batches] == [("leads", "leads")]
    assert [raw.sheet for raw in unrecognised] == ["notes"]


def test_the_lead_a_deal_came_from_becomes_a_row_of_leads(session: Session, tmp_path: Path) -> None:
    batches, _ = load(session, tmp_path, deals="deal_id,status,lead_id\nD1,won,L1\nD2,open,\n")
    assert [batch.table for batch in batches] == ["deals", "leads"]
    assert batches[0].columns == ("deal_id", "status")
    assert rows(session, batches[1]) == [("L1", "D1")]


def test_a_lead_with_a_row_of_its_own_takes_its_deal_there(session: Session, tmp_path: Path) -> None:
    deals = "deal_id,status,lead_id\nD1,won,L1\nD2,won,L9\n"
    batches, _ = load(session, tmp_path, deals=deals, leads="lead_id,name\nL1,Anna\nL2,Bob\n")
    assert [(batch.table, rows(session, batch)) for batch in batches] == [
        ("deals", [("D1", "won"), ("D2", "won")]),
        ("leads", [("L9", "D2")]),
        ("leads", [("L1", "Anna", "D1"), ("L2", "Bob", None)]),
    ]


def test_a_campaign_by_name_becomes_a_campaign_of_that_name(session: Session, tmp_path: Path) -> None:
    batches, _ = load(session, tmp_path, deals="deal_id,status,campaign\nD1,won,Spring\nD2,won,Spring\nD3,won,\n")
    assert [(batch.table, rows(session, batch)) for batch in batches] == [
        ("deals", [("D1", "won", "Spring"), ("D2", "won", "Spring"), ("D3", "won", None)]),
        ("campaigns", [("Spring", "Spring")]),
    ]


def test_a_campaign_by_name_that_has_a_row_stands_for_that_row(session: Session, tmp_path: Path) -> None:
    batches, _ = load(
        session,
        tmp_path,
        deals="deal_id,status,campaign\nD1,won,Spring\nD2,won,Autumn\n",
        campaigns="campaign_id,name\nC1,Spring\n",
    )
    assert [(batch.table, rows(session, batch)) for batch in batches] == [
        ("deals", [("D1", "won", "C1"), ("D2", "won", "Autumn")]),
        ("campaigns", [("Autumn", "Autumn")]),
        ("campaigns", [("C1", "Spring")]),
    ]
