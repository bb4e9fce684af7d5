"""The board and a deal's record, against the sample company's files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from omzet.errors import CallError
from omzet.metrics.access import Access
from omzet.query.question import Question
from omzet.workspace import Workspace

OPEN = Question(metrics=("open_pipeline_count",))


@pytest.mark.parametrize("day", [None, date(2025, 3, 31), date(2024, 6, 30)])
def test_a_board_adds_up_to_the_open_deals_of_its_day(sample: Workspace, day: date | None) -> None:
    board = sample.board(OPEN.model_copy(update={"as_of": day}))
    told = sample.query(["open_pipeline_count", "open_pipeline_amount"], as_of=day, language="en").rows[0]
    columns = [column for column in board.columns if column.qualified]
    assert sum(column.count for column in columns) == told["open_pipeline_count"]
    assert sum(column.amount or 0 for column in columns) == pytest.approx(told["open_pipeline_amount"])
    positions = [column.position for column in board.columns if column.position is not None]
    assert positions == sorted(positions)


def test_cards_are_the_largest_deals_of_their_stage(sample: Workspace, sample_files: Path) -> None:
    deals = pd.read_csv(sample_files / "deals.csv", dtype=str)
    opened = deals[(deals.status == "open") & (deals.is_deleted != "true") & (deals.currency == "EUR")]
    for column in sample.board(OPEN).columns:
        amounts = [card.amount or 0 for card in column.cards if card.currency == "EUR"]
        assert amounts == sorted(amounts, reverse=True)
        keys = {card.key.partition(":")[2] for card in column.cards if card.currency == "EUR"}
        assert keys <= set(opened[opened.stage == column.stage].deal_id)


def test_a_record_tells_its_changes_newest_first(sample: Workspace, sample_files: Path) -> None:
    changes = pd.read_csv(sample_files / "deal_changes.csv", dtype=str)
    deal = str(changes.deal_id.value_counts().index[0])
    record = sample.deal(f"files:{deal}", language="en")
    told = [(event.field, event.new) for event in record.events if event.kind == "change" and event.field == "stage"]
    logged = changes[(changes.deal_id == deal) & (changes.field == "stage")].sort_values("changed_at", ascending=False)
    assert told == list(zip(logged.field, logged.value, strict=True))
    moments = [event.at for event in record.events]
    assert moments == sorted(moments, reverse=True)


def test_without_money_neither_tells_an_amount(sample: Workspace) -> None:
    access = Access(money=False)
    board = sample.board(OPEN, access=access)
    assert all(column.amount is None and all(card.amount is None for card in column.cards) for column in board.columns)
    record = sample.deal(board.columns[0].cards[0].key, access=access)
    assert record.amount is None
    assert "amount" not in record.values
    assert not any(event.field == "amount" for event in record.events)


def test_there_is_no_record_of_what_is_not_there(sample: Workspace) -> None:
    with pytest.raises(CallError, match="no deal"):
        sample.deal("files:nothing")
