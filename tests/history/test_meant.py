"""References that mean another row: a person known in another connection, the lines of a deal that was merged."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from omzet.errors import CallError
from omzet.workspace import Workspace, open_workspace
from omzet.workspace.create import create

PEOPLE = "person_id,name,role,team_id\nann,Ann,rep,south"
TEAMS = "team_id,name\nnorth,North\nsouth,South"
MOVE = "person_id,field,old_value,value,changed_at\nann,team_id,north,south,2026-02-01"
DEALS = "deal_id,owner_id,status,amount,created_at\nd1,ann,open,100,2026-01-01"


def workspace_with(folder: Path, **loads: dict[str, str]) -> Workspace:
    create(folder / "company", {})
    workspace = open_workspace(folder / "company")
    workspace.own()
    for connection, tables in loads.items():
        files = folder / connection
        files.mkdir()
        for name, text in tables.items():
            (files / f"{name}.csv").write_text(text + "\n")
        assert workspace.load(files, connection=connection).set_aside == 0
    return workspace


def by_team(workspace: Workspace, day: date) -> dict[str, float]:
    rows = workspace.query(["open_pipeline_amount"], by=["team"], as_of=day).rows
    return {row["team"]: row["open_pipeline_amount"] for row in rows if row["open_pipeline_amount"]}


def test_an_open_deal_moves_teams_with_an_owner_of_another_connection(tmp_path: Path) -> None:
    hr = {"people": PEOPLE, "teams": TEAMS, "person_changes": MOVE}
    for at, order in enumerate(({"hr": hr, "crm": {"deals": DEALS}}, {"crm": {"deals": DEALS}, "hr": hr})):
        (tmp_path / str(at)).mkdir()
        workspace = workspace_with(tmp_path / str(at), **order)
        assert by_team(workspace, date(2026, 1, 15)) == {"North": 100}
        assert by_team(workspace, date(2026, 3, 1)) == {"South": 100}
        workspace.close()


def test_lines_of_a_merged_deal_count_at_the_one_that_took_it_over(tmp_path: Path) -> None:
    deals = "deal_id,status,created_at,merged_into\na,open,2026-01-01,b\nb,open,2026-01-01,"
    lines = "line_id,deal_id,quantity,unit_price\n1,a,2,10\n2,b,1,5"
    workspace = workspace_with(tmp_path, crm={"deals": deals, "deal_lines": lines})
    assert workspace.query(["open_pipeline_amount"], as_of=date(2026, 2, 1)).rows[0]["open_pipeline_amount"] == 25
    workspace.close()


def test_a_line_moved_to_another_deal_leaves_the_old_one(tmp_path: Path) -> None:
    deals = "deal_id,status,created_at\na,open,2026-01-01\nb,lost,2026-01-01"
    workspace = workspace_with(
        tmp_path, crm={"deals": deals, "deal_lines": "line_id,deal_id,quantity,unit_price\n1,a,2,10\n2,a,1,3"}
    )
    (tmp_path / "deal_lines.csv").write_text("line_id,deal_id,quantity,unit_price\n1,b,2,10\n")
    workspace.load(tmp_path / "deal_lines.csv", connection="crm")
    assert workspace.query(["open_pipeline_amount"], as_of=date(2026, 2, 1)).rows[0]["open_pipeline_amount"] == 3
    workspace.close()


def test_taking_a_load_back_says_what_a_later_one_had_confirmed(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, crm={"deals": DEALS})
    workspace.load(tmp_path / "crm", connection="crm")
    told = workspace.undo(1).notes
    assert len(told) == 1
    assert "load 2 had found 1 rows of deals unchanged" in told[0]
    workspace.load(tmp_path / "crm", connection="crm")
    assert workspace.query(["open_pipeline_count"], as_of=date(2026, 2, 1)).rows[0]["open_pipeline_count"] == 1
    workspace.close()


def test_a_column_that_only_an_undone_load_brought_is_no_dimension(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, crm={"deals": DEALS})
    (tmp_path / "deals.csv").write_text("deal_id,owner_id,status,amount,created_at,colour\nd2,ann,open,5,2026-01-01,blue\n")
    loaded = workspace.load(tmp_path / "deals.csv", connection="crm")
    assert workspace.query(["open_pipeline_count"], by=["colour"]).rows
    assert loaded.load_id is not None
    workspace.undo(loaded.load_id)
    with pytest.raises(CallError, match="colour"):
        workspace.query(["open_pipeline_count"], by=["colour"])
    workspace.load(tmp_path / "deals.csv", connection="crm")
    assert [row["colour"] for row in workspace.query(["open_pipeline_count"], by=["colour"]).rows] == ["blue", None]
    workspace.close()


STAGES = "pipeline,stage,position,kind\nmain,Talk,1,open\nmain,Offer,2,open"
MOVES = """deal_id,field,old_value,value,changed_at
d1,stage,Talk,Offer,2026-01-10
d1,status,open,lost,2026-01-20
d1,status,lost,open,2026-02-10"""


def test_a_close_by_status_counts_until_it_is_reopened_where_no_stage_closes(tmp_path: Path) -> None:
    deals = "deal_id,pipeline,stage,status,amount,created_at\nd1,main,Offer,open,100,2026-01-01"
    workspace = workspace_with(tmp_path, crm={"deals": deals, "deal_changes": MOVES, "stages": STAGES})

    def opened(day: date) -> Any:
        return workspace.query(["open_pipeline_count"], as_of=day).rows[0]["open_pipeline_count"]

    assert [opened(date(2026, *day)) for day in ((1, 15), (1, 25), (2, 15))] == [1, 0, 1]
    assert workspace.query(["lost_count"], as_of=date(2026, 1, 31)).rows[0]["lost_count"] == 1
    assert workspace.query(["lost_count"], as_of=date(2026, 2, 28)).rows[0]["lost_count"] == 0
    assert workspace.query(["reopened_count"], as_of=date(2026, 2, 28)).rows[0]["reopened_count"] == 1
    workspace.close()
