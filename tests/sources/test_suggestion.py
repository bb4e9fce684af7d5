"""A draft for an unknown layout loads as it is, and says what should be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from omzet.engines import Session
from omzet.errors import OmzetError
from omzet.settings import Settings
from omzet.sources import mapping
from omzet.sources.batch import Batch
from omzet.sources.files import open_paths
from omzet.sources.suggestion import suggest
from tests.sources.broken import CORPUS

DUTCH = """Dealnummer;Dealnaam;Bedrijfsnaam;Eigenaar;Fase;Bedrag;Aanmaakdatum;Sluitdatum;Regio
1;Kassa's;Bakker BV;Anna;Gewonnen;€ 1.234,50;01-02-2026;31-03-2026;Noord
2;Weegschalen;Slager NV;Bob;Offerte verstuurd;€ 950,00;05-02-2026;;Zuid
3;Ovens;n.v.t.;Anna;Verloren;€ 10.000,00;07-02-2026;01-04-2026;Noord
"""

CRM = """Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date,Create Date,Deal owner,Company,Deal Type,Lead Source,Tier
101,Big one,Closed Won,Sales Pipeline,5000,03/28/2026,01/05/2026,Ann Lee,Acme,newbusiness,Web,A
102,Small one,Appointment Scheduled,Sales Pipeline,200,,02/11/2026,Bo Ray,Beta,existingbusiness,Fair,B
103,Lost one,Closed Lost,Sales Pipeline,900,03/01/2026,01/12/2026,Ann Lee,Gamma,,Web,B
"""


def drafted(session: Session, folder: Path, name: str, content: str) -> tuple[str, dict[str, Batch]]:
    """The draft for a file, and what it makes of that file, by table."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    raws = open_paths([path], session)
    text = suggest(raws[0], session, Settings())
    batches, unrecognised = mapping.batches(
        raws, session, mappings=[mapping.parse_mapping(text, "draft.toml")], settings=Settings()
    )
    assert unrecognised == []
    return text, {batch.table: batch for batch in batches}


def rows(session: Session, batch: Batch, *columns: str) -> list[tuple[object, ...]]:
    return session.rows(f"SELECT {', '.join(columns)} FROM ({batch.select}) AS b ORDER BY line")


def test_a_dutch_export_is_drafted_whole(session: Session, tmp_path: Path) -> None:
    text, batches = drafted(session, tmp_path, "verkoopkansen.csv", DUTCH)
    assert rows(session, batches["deals"], "deal_id", "name", "account_id", "owner_id", "stage", "status", "pipeline") == [
        ("1", "Kassa's", "Bakker BV", "Anna", "Gewonnen", "won", "Sales"),
        ("2", "Weegschalen", "Slager NV", "Bob", "Offerte verstuurd", "open", "Sales"),
        ("3", "Ovens", None, "Anna", "Verloren", "lost", "Sales"),
    ]
    assert sorted(rows(session, batches["people"], "person_id", "name")) == [("Anna", "Anna"), ("Bob", "Bob")]
    assert len(rows(session, batches["accounts"], "name")) == 2
    assert batches["deals"].attributes == ("Regio",)
    assert batches["deals"].date_order == {"created_at": "dmy", "closed_at": "dmy"}
    assert batches["deals"].decimal == {"amount": ","}
    assert sorted(rows(session, batches["stages"], "position", "stage", "kind"), key=str) == [
        ("1", "Offerte verstuurd", "open"),
        ("2", "Gewonnen", "won"),
        ("3", "Verloren", "lost"),
    ]
    assert "# guessed: Offerte verstuurd; check" in text
    assert 'date_order = "dmy"' in text
    assert 'decimal = ","' in text
    assert "# Kept as attributes, to filter and group by: Regio" in text


def test_a_common_crm_export_is_drafted_whole(session: Session, tmp_path: Path) -> None:
    text, batches = drafted(session, tmp_path, "hubspot-crm-exports-all-deals.csv", CRM)
    columns = ("deal_id", "name", "stage", "status", "kind", "pipeline", "amount", "owner_id", "account_id", "source")
    assert rows(session, batches["deals"], *columns)[:2] == [
        ("101", "Big one", "Closed Won", "won", "new", "Sales Pipeline", "5000", "Ann Lee", "Acme", "Web"),
        ("102", "Small one", "Appointment Scheduled", "open", "expansion", "Sales Pipeline", "200", "Bo Ray", "Beta", "Fair"),
    ]
    assert batches["deals"].attributes == ("Tier",)
    assert set(batches["deals"].date_order.values()) == {"mdy"}
    assert 'date_order = "mdy"' in text


@pytest.mark.parametrize(
    ("name", "header", "table"),
    [
        ("contacts-crm", "Company name,Industry,Number of employees,Country", "accounts"),
        ("leads", "Lead ID,Full Name,Lead Status,Lead Source,Created Date", "leads"),
        ("calls", "Activity ID,Activity Type,Assigned To,Date,Outcome,Call Duration", "activities"),
        ("artikelen", "Artikelnummer,Omschrijving,Productgroep,Verkoopprijs", "products"),
        ("users", "User ID,Full Name,Email,Role,Manager,Hire Date", "people"),
        ("x", "a,b,c", "deals"),
    ],
)
def test_the_table_follows_from_the_headers(session: Session, tmp_path: Path, name: str, header: str, table: str) -> None:
    _, batches = drafted(
        session, tmp_path, f"{name}.csv", f"{header}\n{','.join(f'v{n}' for n in range(len(header.split(','))))}\n"
    )
    assert table in batches


def test_closed_is_a_closing_date_only_where_it_holds_days(session: Session, tmp_path: Path) -> None:
    days, _ = drafted(session, tmp_path, "days.csv", "Id;Status;Gesloten\n1;Won;15-02-2026\n2;Open;\n")
    assert 'closed_at = "Gesloten"' in days
    flags, _ = drafted(session, tmp_path, "flags.csv", "Id;Status;Closed\n1;Won;TRUE\n2;Open;FALSE\n")
    assert "closed_at =" not in flags


@pytest.mark.parametrize(
    "file", [file for file in CORPUS if file.refused is None and not file.name.startswith("long")], ids=lambda f: f.name
)
def test_every_draft_loads_whatever_the_file(session: Session, tmp_path: Path, file: object) -> None:
    path = tmp_path / file.name  # type: ignore[attr-defined]
    file.write(path)  # type: ignore[attr-defined]
    for raw in open_paths([path], session):
        if not raw.columns:
            with pytest.raises(OmzetError, match="holds no table"):
                suggest(raw, session, Settings())
            continue
        made = mapping.parse_mapping(suggest(raw, session, Settings()), "draft.toml")
        batches, _ = mapping.batches([raw], session, mappings=[made], settings=Settings())
        assert all(session.rows(f"SELECT COUNT(*) FROM ({batch.select}) AS b") for batch in batches)
