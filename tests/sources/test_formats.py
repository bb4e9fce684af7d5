"""Date order and decimal mark: found from all rows of a file, named in the load's report, never guessed silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from omzet.engines import Session
from omzet.settings import Settings
from omzet.sources import mapping
from omzet.sources.batch import Batch
from omzet.sources.files import open_paths


def deals(session: Session, folder: Path, header: str, *rows: str, locale: str = "en", name: str = "deals.csv") -> Batch:
    """The batch of a file of deals with these lines."""
    path = folder / name
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    batches, _ = mapping.batches(open_paths([path], session), session, mappings=[], settings=Settings(locale=locale))
    return batches[0]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2026-01-02", "2026-12-31"], None),
        (["2026-01-02T10:00:00+01:00", "2026-12-31 10:00"], None),
        (["01-02-2026", "31-12-2026"], "dmy"),
        (["1/2/2026", "12/31/2026"], "mdy"),
        (["31.12.2026", "01.02.2026"], "dmy"),
        (["31/12/26", "01/02/26"], "dmy"),
        (["12/31/26", "01/02/26"], "mdy"),
        (["2026/12/31", "2026/01/02"], "ymd"),
        (["20261231", "20260102"], "ymd"),
        (["99-12-31", "98-11-30"], "ymd"),
        (["31-12-2026 10:15", "01-02-2026 23:59:59"], "dmy"),
        (["12/31/2026 10:15 PM", "01/02/2026 9:00 AM"], "mdy"),
    ],
)
def test_the_order_of_dates_follows_from_any_row_that_proves_it(
    session: Session, tmp_path: Path, texts: list[str], order: str | None
) -> None:
    rows = [f"D{number},won,{text}" for number, text in enumerate(texts)]
    batch = deals(session, tmp_path, "deal_id,status,closed_at", *rows)
    assert batch.date_order.get("closed_at") == order
    assert not any("otherwise" in said for said in batch.assumptions)


def test_one_telling_row_among_many_decides(session: Session, tmp_path: Path) -> None:
    rows = [f"D{number},won,{number % 12 + 1:02}/{number % 11 + 1:02}/2026" for number in range(5000)]
    batch = deals(session, tmp_path, "deal_id,status,closed_at", *rows, "Dx,won,03/28/2026")
    assert batch.date_order == {"closed_at": "mdy"}
    assert batch.assumptions == ("dates in closed_at are month-day-year",)


def test_an_ambiguous_order_is_named_as_an_assumption(session: Session, tmp_path: Path) -> None:
    batch = deals(session, tmp_path, "deal_id,status,closed_at", "D1,won,01-02-2026", "D2,won,03-04-2026")
    assert batch.date_order == {"closed_at": "dmy"}
    assert batch.assumptions == ("dates in closed_at are day-month-year: nothing in deals.csv tells otherwise",)


def test_another_column_of_the_file_settles_an_ambiguous_one_with_its_separator(session: Session, tmp_path: Path) -> None:
    header = "deal_id,status,created_at,closed_at,expected_close_on"
    batch = deals(session, tmp_path, header, "D1,won,01/02/2026,03/28/2026,01.02.2026", "D2,won,02/03/2026,04/05/2026,02.03.2026")
    assert batch.date_order == {"created_at": "mdy", "closed_at": "mdy", "expected_close_on": "dmy"}
    assert batch.assumptions == (
        "dates in created_at are month-day-year, as other columns of deals.csv are",
        "dates in closed_at are month-day-year",
        "dates in expected_close_on are day-month-year: nothing in deals.csv tells otherwise",
    )


def test_a_column_in_two_orders_says_how_many_dates_can_not_be_read(session: Session, tmp_path: Path) -> None:
    rows = ["D1,won,31-12-2026", "D2,won,30-12-2026", "D3,won,12-31-2026"]
    batch = deals(session, tmp_path, "deal_id,status,closed_at", *rows)
    assert batch.date_order == {"closed_at": "dmy"}
    assert batch.assumptions == ("dates in closed_at are day-month-year; 1 in deals.csv can't be",)


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1234.56", "10"], None),
        (["1.234,56", "10"], ","),
        (["1234,5"], ","),
        (["1,234.56", "1,000"], "."),
        (["1.234.567", "1.000"], ","),
        (["1,234,567", "1,000"], "."),
        (["1 234,56"], ","),
        (["1\u202f234,56"], ","),
        (["€ 1.234,56"], ","),
        (["$1,234.56"], "."),
        (["€ 5"], "."),
        (["1'234.50"], "."),
        (["-1.234,56"], ","),
        (["0.125", "0.250"], "."),
    ],
)
def test_the_decimal_mark_follows_from_any_row_that_proves_it(
    session: Session, tmp_path: Path, texts: list[str], mark: str | None
) -> None:
    rows = [f'D{number};won;"{text}"' for number, text in enumerate(texts)]
    batch = deals(session, tmp_path, "deal_id;status;amount", *rows)
    assert batch.decimal.get("amount") == mark


def test_thousands_that_could_be_decimals_are_named(session: Session, tmp_path: Path) -> None:
    english = deals(session, tmp_path, "deal_id;status;amount", "D1;won;1.234", "D2;won;2.500")
    assert english.decimal == {"amount": "."}
    assert english.assumptions == ("numbers in amount have a decimal point: nothing in deals.csv tells otherwise",)
    dutch = deals(session, tmp_path, "deal_id;status;amount", "D1;won;1.234", "D2;won;2.500", locale="nl")
    assert dutch.decimal == {"amount": ","}
    assert dutch.assumptions == ("numbers in amount have a decimal comma: nothing in deals.csv tells otherwise",)


def test_another_column_of_the_file_settles_the_decimal_mark(session: Session, tmp_path: Path) -> None:
    batch = deals(session, tmp_path, "deal_id;status;amount;monthly_amount", "D1;won;1.234;99,50", "D2;won;2.500;1,00")
    assert batch.decimal == {"amount": ",", "monthly_amount": ","}


def test_a_whole_number_has_no_decimals_so_its_point_groups_thousands(session: Session, tmp_path: Path) -> None:
    batch = deals(session, tmp_path, "account_id;name;employees", "A1;a;1.234", "A2;b;12", name="accounts.csv")
    assert batch.decimal == {"employees": ","}
