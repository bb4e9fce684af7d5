"""Loads: repeatable, accounted for row by row, and dated so that earlier states can be asked again."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from omzet.errors import CallError
from tests.loaded import SETTINGS, Company, counts

DEALS = """deal_id,name,owner_id,status,amount,created_at,closed_at
    A,Alpha,ann,won,100,2026-01-02,2026-02-10
    B,Beta,ann,open,50,2026-01-05,
    C,Gamma,bob,lost,70,2026-01-09,2026-03-05"""
PEOPLE = """person_id,name,team_id
    ann,Ann,north
    bob,Bob,south"""


def changes(company: Company, field: str | None = None) -> list[tuple[Any, ...]]:
    which = f"WHERE field = '{field}'" if field else ""
    return company.stored(
        f"SELECT key, field, value, old_value, CAST(changed_at AS VARCHAR)[:10] FROM changes {which} ORDER BY ALL"
    )


def test_the_same_file_twice_changes_nothing(company: Company) -> None:
    first = company.load(deals=DEALS, people=PEOPLE)
    before = company.state()
    second = company.load(deals=DEALS, people=PEOPLE)
    assert counts(first, "deals") == (3, 0, 0, 0)
    assert counts(second, "deals") == (0, 0, 3, 0)
    assert company.state() == before
    assert changes(company) == []


def test_a_newer_file_yields_changes_dated_by_the_rows_own_date_else_by_the_load(company: Company) -> None:
    company.load("2026-03-10", deals=DEALS)
    report = company.load(
        "2026-03-20",
        deals="""deal_id,status,amount,created_at,closed_at,modified_at
            A,won,120,2026-01-02,2026-02-10,2026-03-12T10:00:00Z
            B,open,60,2026-01-05,,""",
    )
    assert counts(report, "deals") == (0, 2, 0, 0)
    assert changes(company, "amount") == [
        ("files:A", "amount", "120.0000", "100.0000", "2026-03-12"),
        ("files:B", "amount", "60.0000", "50.0000", "2026-03-20"),
    ]
    assert company.value("open_pipeline_amount", as_of="2026-03-19") == 50
    assert company.value("open_pipeline_amount", as_of="2026-03-20") == 60


def test_columns_that_a_newer_file_lacks_keep_their_values(company: Company) -> None:
    company.load("2026-03-10", deals=DEALS)
    company.load("2026-03-20", deals="deal_id,status\nB,open")
    assert company.value("open_pipeline_amount") == 50
    assert company.by("open_pipeline_amount", "rep") == {"ann": 50}


def test_an_unknown_column_becomes_a_dimension_and_a_filter(company: Company) -> None:
    company.load(
        deals="deal_id,status,closed_at,Sales Channel\nA,won,2026-01-02,Web\nB,won,2026-01-02,Shop\nC,won,2026-01-02,Web"
    )
    assert company.by("won_count", "sales_channel") == {"Web": 2, "Shop": 1}
    assert company.value("won_count", where=["sales_channel = Web"]) == 2


def test_the_same_key_with_different_content_is_set_aside_in_full_and_equal_rows_count_once(company: Company) -> None:
    report = company.load(
        deals="""deal_id,status,amount,closed_at
            A,won,100,2026-01-02
            A,won,200,2026-01-02
            B,won,5,2026-01-02
            B,won,5,2026-01-02
            B,won,5,2026-01-02
            C,won,7,2026-01-02"""
    )
    assert counts(report, "deals") == (2, 0, 2, 2)
    assert company.value("bookings_amount") == 12
    aside = company.workspace.check().set_aside
    assert [(row.line, row.reason) for row in aside] == [(2, "conflict"), (3, "conflict")]


def test_a_conflict_between_two_files_of_one_load_takes_neither_side_silently(company: Company) -> None:
    report = company.load(
        deals="deal_id,status,amount,closed_at\nA,won,100,2026-01-02\nB,won,5,2026-01-02",
        deals__2="deal_id,status,amount,closed_at\nA,won,200,2026-01-02\nB,won,5,2026-01-02",
    )
    added, changed, unchanged, aside = counts(report, "deals")
    assert (changed, added + unchanged + aside) == (0, 4)
    assert aside == 2
    assert company.value("bookings_amount") == 5


MANY = [
    f"D{n},{'won' if n % 3 else 'open'},{n * 10},p{n % 4},2026-01-{1 + n % 28:02},{f'2026-02-{1 + n % 28:02}' if n % 3 else ''}"
    for n in range(60)
]
HEADER = "deal_id,status,amount,owner_id,created_at,closed_at"


def figures(company: Company) -> list[dict[str, Any]]:
    answer = company.workspace.query(
        ["won_count", "bookings_amount", "open_pipeline_amount", "win_rate"], by=["rep"], as_of="2026-12-31"
    )
    return answer.rows


def test_the_order_of_rows_and_how_they_are_split_over_loads_make_no_difference(tmp_path: Path) -> None:
    found = []
    for name in ("whole", "shuffled", "split"):
        (tmp_path / name).mkdir()
        company = Company(tmp_path / name)
        rows = list(MANY)
        if name != "whole":
            random.Random(4).shuffle(rows)
        parts = [rows] if name != "split" else [rows[:20], rows[20:30], rows[25:]]
        for part in parts:
            company.load(deals="\n".join([HEADER, *part]))
        found.append(figures(company))
        company.workspace.close()
    assert found[0] == found[1] == found[2]


def test_a_dry_run_reports_and_leaves_nothing(company: Company) -> None:
    company.load(deals=DEALS)
    before, revision = company.state(), company.workspace.revision()
    report = company.load(deals="deal_id,status,amount,odd\nA,won,999,x\nZ,open,,y\nQ,never,,z", people=PEOPLE, dry_run=True)
    assert report.load_id is None
    assert counts(report, "deals") == (1, 1, 0, 1)
    assert (company.state(), company.workspace.revision()) == (before, revision)
    assert len(company.workspace.loads()) == 1


def test_rows_missing_from_a_complete_load_are_deleted_and_can_return(company: Company) -> None:
    company.load("2026-03-10", deals=DEALS, people=PEOPLE)
    report = company.load("2026-03-20", deals="deal_id,status,closed_at\nC,lost,2026-03-05", complete=True)
    assert report.deleted == 2
    assert (company.value("won_count"), company.value("lost_count")) == (0, 1)
    assert company.value("won_count", known="2026-03-15") == 1
    company.load("2026-03-30", deals=DEALS)
    assert (company.value("won_count"), company.value("lost_count"), company.value("open_pipeline_count")) == (1, 1, 1)


def test_a_load_that_is_not_complete_deletes_nothing(company: Company) -> None:
    company.load(deals=DEALS)
    assert company.load(deals="deal_id,status\nC,lost").deleted == 0
    assert company.value("won_count") == 1


def test_a_complete_load_of_one_connection_leaves_the_other_alone(company: Company) -> None:
    company.load(deals="deal_id,status,closed_at\nA,won,2026-01-01\nB,won,2026-01-01", connection="crm")
    company.load(deals="deal_id,status,closed_at\nA,won,2026-01-01", connection="shop")
    company.load(deals="deal_id,status,closed_at\nB,won,2026-01-01", connection="crm", complete=True)
    assert company.value("won_count") == 2


def test_a_row_set_aside_is_not_missing_from_a_complete_load(company: Company) -> None:
    company.load(deals=DEALS)
    report = company.load(
        deals="deal_id,status,amount,closed_at\nA,won,what,2026-02-10\nC,lost,70,2026-03-05\nB,open,50,", complete=True
    )
    assert report.deleted == 0
    assert company.value("bookings_amount") == 100


def test_a_row_that_can_not_be_told_keeps_a_complete_load_from_deleting(company: Company) -> None:
    company.load(deals=DEALS)
    report = company.load(deals="deal_id,status,amount,closed_at\n,won,1,2026-02-10\nC,lost,70,2026-03-05", complete=True)
    assert report.deleted == 0
    assert any("not taken for deleted" in said for said in report.assumptions)


def test_credits_that_come_in_two_files_are_one_set(company: Company) -> None:
    company.load(deals=DEALS, people=PEOPLE, deal_credits="deal_id,person_id,share\nA,ann,1")
    company.load(deal_credits="deal_id,person_id,share\nA,ann,0.6", deal_credits__2="deal_id,person_id,share\nA,bob,0.4")
    assert company.by("bookings_amount_by_rep", "rep") == {"Ann": 60, "Bob": 40}


def test_credits_are_replaced_as_a_set(company: Company) -> None:
    company.load(deals=DEALS, people=PEOPLE, deal_credits="deal_id,person_id,share\nA,ann,0.6\nA,bob,0.4")
    assert company.by("bookings_amount_by_rep", "rep") == {"Ann": 60, "Bob": 40}
    company.load(deal_credits="deal_id,person_id,share\nA,bob,1")
    assert company.by("bookings_amount_by_rep", "rep") == {"Bob": 100}
    company.load(deal_credits="deal_id,person_id,share\nA,ann,0.5\nA,bob,0.5")
    assert company.by("bookings_amount_by_rep", "rep") == {"Ann": 50, "Bob": 50}


def test_an_empty_amount_is_the_sum_of_the_deals_lines(company: Company) -> None:
    company.load(
        deals="deal_id,status,amount,closed_at\nA,won,,2026-01-05\nB,won,7,2026-01-05",
        deal_lines="line_id,deal_id,quantity,unit_price\n1,A,2,10\n2,A,1,5.50\n3,B,100,100",
    )
    assert company.value("bookings_amount") == pytest.approx(32.5)
    company.load(deal_lines="line_id,deal_id,quantity,unit_price\n2,A,3,5.50")
    assert company.value("bookings_amount") == pytest.approx(43.5)


def test_lines_without_an_id_are_replaced_as_a_set(company: Company) -> None:
    company.load(
        deals="deal_id,status,amount,closed_at\nA,won,,2026-01-05",
        deal_lines="deal_id,quantity,unit_price\nA,2,10\nA,1,5\nA,1,5",
    )
    assert company.value("bookings_amount") == 30
    company.load(deal_lines="deal_id,quantity,unit_price\nA,1,5")
    assert company.value("bookings_amount") == 5


def test_the_leads_first_contact_starts_the_deals_cycle(company: Company) -> None:
    company.load(
        deals="deal_id,status,created_at,closed_at\nA,won,2026-01-10,2026-01-31",
        leads="lead_id,created_at,contacted_at,deal_id\nL,2025-12-20,2026-01-01,A",
    )
    assert company.value("sales_cycle_length_mean") == 30
    assert company.value("sales_cycle_length_mean", parameters={"start": "created"}) == 21


REOPENED = {
    "deals": "deal_id,status,amount,created_at,closed_at\nA,won,100,2026-01-02,2026-03-20",
    "deal_changes": """deal_id,field,value,old_value,changed_at
        A,status,won,open,2026-01-15T10:00:00Z
        A,status,open,won,2026-02-10T10:00:00Z
        A,status,won,open,2026-03-20T10:00:00Z""",
}


def test_a_reopened_deal_counts_once_in_the_period_of_its_latest_close(company: Company) -> None:
    company.load(given=REOPENED)
    for as_of, expected in (
        ("2026-01-10", {}),
        ("2026-01-31", {"2026-01": 1}),
        ("2026-02-28", {}),
        ("2026-03-31", {"2026-03": 1}),
    ):
        rows = company.workspace.query(["won_count"], grain="month", start="2026-01-01", end="2026-04-01", as_of=as_of).rows
        assert {row["period"]: row["won_count"] for row in rows if row["won_count"]} == expected, as_of
    assert company.value("open_pipeline_count", as_of="2026-02-28") == 1
    assert company.value("open_pipeline_count", as_of="2026-03-31") == 0


def test_bookings_keep_the_owner_at_the_close_and_the_pipeline_the_owner_of_the_day(company: Company) -> None:
    company.load(
        people=PEOPLE,
        deals="""deal_id,status,amount,owner_id,created_at,closed_at
            before,won,1,bob,2026-01-02,2026-02-10
            after,won,10,bob,2026-01-02,2026-02-10
            open,open,100,bob,2026-01-02,""",
        deal_changes="""deal_id,field,value,old_value,changed_at
            before,owner_id,bob,ann,2026-02-01
            after,owner_id,bob,ann,2026-02-20
            open,owner_id,bob,ann,2026-02-20""",
    )
    assert company.by("bookings_amount", "rep") == {"Bob": 1, "Ann": 10}
    assert company.by("bookings_amount", "team") == {"south": 1, "north": 10}
    assert company.by("open_pipeline_amount", "rep", as_of="2026-02-19") == {"Ann": 100}
    assert company.by("open_pipeline_amount", "rep", as_of="2026-02-20") == {"Bob": 100}


def test_an_amount_edited_after_the_close_does_not_rewrite_bookings(company: Company) -> None:
    company.load(
        deals="deal_id,status,amount,created_at,closed_at\nA,won,80,2026-01-02,2026-02-10\nB,won,30,2026-01-02,2026-02-10",
        deal_changes="deal_id,field,value,old_value,changed_at\nA,amount,80,100,2026-03-01\nB,amount,30,,2026-03-01",
    )
    assert company.value("bookings_amount") == 130, "B had no amount at its close: the first after it counts"


def test_a_period_that_is_not_over_is_compared_by_elapsed_working_days(company: Company) -> None:
    company.load(
        deals="""deal_id,status,amount,created_at,closed_at
            A,won,1,2026-01-01,2026-02-02
            B,won,10,2026-01-01,2026-02-10
            C,won,100,2026-01-01,2026-02-25
            D,won,1000,2026-01-01,2026-03-03"""
    )
    answer = company.workspace.query(
        ["bookings_amount"], start="2026-03-01", end="2026-04-01", as_of="2026-03-10", compare="previous"
    )
    assert answer.rows[0]["bookings_amount"] == 1000
    # 2 up to 10 March are seven working days; February's seventh is the 10th.
    assert answer.rows[0]["bookings_amount:previous"] == 11


def test_deals_without_dates_are_in_no_cohort_and_no_period_but_in_states(company: Company) -> None:
    company.load(
        "2026-03-10",
        deals="""deal_id,status,amount,created_at,closed_at
            undated,won,100,2026-01-01,
            uncreated,open,10,,
            backwards,won,1,2026-02-20,2026-02-10""",
    )
    assert company.value("open_pipeline_amount", as_of="2026-03-10") == 10
    assert company.value("open_pipeline_amount", as_of="2026-03-09") in (0, None)
    assert company.value("opportunities_created") == 2
    assert company.value("won_count", start="2026-01-01", end="2027-01-01") == 1
    assert company.value("sales_cycle_length_mean", parameters={"start": "created"}) is None
    counted = {figure["figure"]: figure["count"] for figure in company.workspace.check().figures}
    assert (counted["closed_without_date"], counted["without_creation"], counted["ends_before_start"]) == (1, 1, 1)


def test_an_amount_without_an_exchange_rate_is_left_out_and_noted_and_never_taken_at_one(company: Company) -> None:
    company.load(
        deals="""deal_id,status,amount,currency,closed_at
            A,won,100,EUR,2026-02-10
            B,won,100,USD,2026-02-10
            C,won,100,SEK,2026-02-10""",
        exchange_rates="quoted_on,currency,rate\n2026-02-01,USD,0.9",
    )
    answer = company.workspace.query(["bookings_amount", "won_count"])
    assert (answer.rows[0]["bookings_amount"], answer.rows[0]["won_count"]) == (190, 3)
    assert "SEK" in answer.notes[0]
    counted = {figure["figure"]: figure["count"] for figure in company.workspace.check().figures}
    assert counted["without_rate"] == 1


def test_naive_times_are_read_in_the_zone_of_their_connection(tmp_path: Path) -> None:
    company = Company(tmp_path, SETTINGS)
    settings = company.workspace.path / "omzet.toml"
    settings.write_text(settings.read_text() + '\n[connections.west]\ntimezone = "America/New_York"\n')
    text = "deal_id,status,closed_at\nA,won,2026-01-31 20:00"
    company.load(deals=text, connection="west")
    company.load(deals=text, connection="home")
    rows = company.stored("SELECT connection, CAST(closed_at AS VARCHAR), CAST(closed_on AS VARCHAR) FROM deals ORDER BY 1")
    assert rows == [("home", "2026-01-31 19:00:00", "2026-01-31"), ("west", "2026-02-01 01:00:00", "2026-02-01")]
    company.workspace.close()


def test_a_mapping_can_give_the_zone_of_its_file(company: Company) -> None:
    mapping = company.folder / "zone.toml"
    mapping.write_text(
        """name = "zone"
timezone = "Asia/Tokyo"
[files.orders]
headers = ["order", "state", "closed"]
[[rows]]
table = "deals"
file = "orders"
[rows.columns]
deal_id = "order"
status = "state"
closed_at = "closed"
"""
    )
    path = company.folder / "orders.csv"
    path.write_text("order,state,closed\nA,won,2026-02-01 05:00\n")
    company.workspace.load([path], mapping=mapping)
    assert company.stored("SELECT CAST(closed_at AS VARCHAR) FROM deals") == [("2026-01-31 20:00:00",)]


def test_a_time_that_daylight_saving_skips_is_kept_on_its_day(company: Company) -> None:
    company.load(deals="deal_id,status,closed_at\nA,won,2026-03-29 02:30\nB,won,2026-10-25 02:30\nC,won,2026-03-28T23:30:00Z")
    assert company.stored("SELECT deal_id, CAST(closed_on AS VARCHAR) FROM deals ORDER BY 1") == [
        ("A", "2026-03-29"),
        ("B", "2026-10-25"),
        ("C", "2026-03-29"),
    ]


def test_a_close_that_was_entered_late_is_dated_by_the_deal(company: Company) -> None:
    company.load(
        deals="deal_id,status,amount,created_at,closed_at\nA,won,5,2026-01-02,2026-01-30",
        deal_changes="deal_id,field,value,old_value,changed_at\nA,status,won,open,2026-02-03T09:00:00Z",
    )
    rows = company.workspace.query(["won_count"], grain="month", start="2026-01-01", end="2026-03-01").rows
    assert [row["won_count"] for row in rows] == [1, 0]
    assert company.value("won_count", as_of="2026-01-31") == 1
    assert company.value("open_pipeline_count", as_of="2026-01-31") == 0


def test_loads_go_forward_in_time(company: Company) -> None:
    company.load("2026-03-10", deals=DEALS)
    with pytest.raises(CallError, match="loads go forward in time"):
        company.load("2026-03-09", deals=DEALS)


CRM = {
    "people": "person_id,name\n7,Ann",
    "accounts": "account_id,name,segment\n9,Acme,Large",
    "deals": "deal_id,status,amount,owner_id,account_id,closed_at\nA,won,100,7,9,2026-02-10",
}


def test_a_reference_means_its_own_connection_else_the_only_other_one_that_has_that_id(company: Company) -> None:
    company.load(connection="crm", given=CRM)
    company.load(connection="shop", deals="deal_id,status,amount,owner_id,account_id,closed_at\nB,won,10,7,9,2026-02-10")
    assert company.by("bookings_amount", "rep") == {"Ann": 110}
    assert company.by("bookings_amount", "segment") == {"Large": 110}
    company.load(connection="shop", people="person_id,name\n7,Bob")
    assert company.by("bookings_amount", "rep") == {"Ann": 100, "Bob": 10}


def test_an_id_that_two_other_connections_have_is_no_ones(company: Company) -> None:
    company.load(connection="one", people="person_id,name\n7,Ann")
    company.load(connection="two", people="person_id,name\n7,Bob")
    company.load(connection="shop", deals="deal_id,status,amount,owner_id,closed_at\nB,won,10,7,2026-02-10")
    assert company.by("bookings_amount", "rep") == {"7": 10}


def test_the_children_of_a_merged_row_count_at_the_surviving_one(company: Company) -> None:
    company.load(
        people=PEOPLE,
        accounts="account_id,name,segment,merged_into\n1,Acme,Large,\n2,Acme BV,Small,1\n3,ACME,Small,2",
        deals="""deal_id,status,amount,owner_id,account_id,closed_at
            A,won,1,ann,1,2026-02-10
            B,won,10,ann,2,2026-02-10
            C,won,100,ann,3,2026-02-10""",
        activities="activity_id,kind,owner_id,account_id,happened_at\nx,call,ann,2,2026-02-01",
        revenue="revenue_id,account_id,recognised_on,amount\nr,3,2026-02-01,5",
    )
    assert company.by("bookings_amount", "account") == {"Acme": 111}
    assert company.by("bookings_amount", "segment") == {"Large": 111}
    assert company.by("revenue_recognised", "account") == {"Acme": 5}
    assert company.value("new_customers") == 1


def test_a_merged_row_itself_counts_nowhere(company: Company) -> None:
    company.load(deals="deal_id,status,amount,closed_at,merged_into\nA,won,1,2026-02-10,\nB,won,10,2026-02-10,A")
    assert (company.value("won_count"), company.value("bookings_amount")) == (1, 1)


def test_rows_merged_into_each_other_do_not_hang(company: Company) -> None:
    company.load(
        accounts="account_id,name,merged_into\n1,One,2\n2,Two,1",
        deals="deal_id,status,amount,account_id,closed_at\nA,won,1,1,2026-02-10",
    )
    assert company.value("bookings_amount") == 1
