"""Files that say less, more, or the same in other words than what is known already."""

from __future__ import annotations

from tests.loaded import Company, counts

DEAL = "d1,won,2026-01-02,2026-02-01"
ASKED = {"as_of": "2026-12-31"}


def test_headers_that_read_the_same_keep_a_value_each(company: Company) -> None:
    headers = "deal_id,status,created_at,closed_at,amount,Score!,score?,amount!"
    company.load("2026-03-01", deals=f"{headers}\n{DEAL},7,1,2,3")
    assert company.stored("SELECT amount, x_score, x_score_2, x_amount_2 FROM deals") == [(7, "1", "2", "3")]
    company.load("2026-03-02", deals=f"{headers}\n{DEAL},7,1,2,4")
    assert company.stored("SELECT field, value FROM changes") == [("amount_2", "4")]
    assert company.value("bookings_amount", where="amount_2 = 4", **ASKED) == 7


def test_a_row_that_its_source_deleted_stays_so_when_a_file_says_nothing_of_it(company: Company) -> None:
    company.load("2026-03-01", deals=f"deal_id,status,created_at,closed_at,amount,is_deleted\n{DEAL},5,true")
    company.load("2026-03-02", deals=f"deal_id,status,created_at,closed_at,amount\n{DEAL},6")
    assert company.value("won_count", **ASKED) == 0


def test_a_row_that_was_missing_once_is_a_change_when_it_returns(company: Company) -> None:
    both = f"deal_id,status,created_at,closed_at\n{DEAL}\nd2,won,2026-01-02,2026-02-01"
    company.load("2026-03-01", deals=both)
    company.load("2026-03-02", complete=True, deals=f"deal_id,status,created_at,closed_at\n{DEAL}")
    report = company.load("2026-03-03", deals=both)
    assert counts(report, "deals") == (0, 1, 1, 0)
    company.workspace.undo(report.load_id or 0)
    assert company.value("won_count", **ASKED) == 1


def test_files_of_one_load_complete_each_other(company: Company) -> None:
    files = {"deals": f"deal_id,status,created_at,closed_at\n{DEAL}", "deals__2": "deal_id,status,amount,channel\nd1,won,12,Web"}
    assert counts(company.load("2026-03-01", files), "deals") == (1, 0, 1, 0)
    assert company.by("bookings_amount", "channel", **ASKED) == {"Web": 12}
    assert company.stored("SELECT * FROM changes") == []
    assert counts(company.load("2026-03-02", files), "deals") == (0, 0, 2, 0)


def test_a_name_shared_with_a_merged_row_needs_no_id_beside_it(company: Company) -> None:
    company.load(
        "2026-03-01",
        accounts="account_id,name,merged_into\na1,Acme,\na2,Acme,a1",
        deals=f"deal_id,status,created_at,closed_at,amount,account_id\n{DEAL},5,a2",
    )
    assert company.by("bookings_amount", "account", **ASKED) == {"Acme": 5}


def test_undoing_a_modification_gives_its_date_back(company: Company) -> None:
    deals = "deal_id,status,created_at,amount,modified_at\nd1,open,2026-01-01,{}"
    company.load("2026-03-01", deals=deals.format("5,2026-02-01"))
    before = company.state()
    report = company.load("2026-03-02", deals=deals.format("6,2026-02-20"))
    company.workspace.undo(report.load_id or 0)
    assert company.state() == before
