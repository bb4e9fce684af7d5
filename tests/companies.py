"""Small companies as canonical CSV files, for tests that need something to load."""

from __future__ import annotations

from pathlib import Path

DEALS = """deal_id,name,owner_id,created_at,status,closed_at,amount,currency
d1,Alpha,p1,2026-01-02,won,2026-02-01,100,EUR
d2,Beta,p1,2026-01-05,lost,2026-02-10,,EUR
d3,Gamma,p2,2026-01-09,open,,50,EUR
"""
PEOPLE = """person_id,name,team_id,role
p1,Anna de Vries,t1,rep
p2,Bo Jansen,t1,rep
"""
TEAMS = """team_id,name
t1,North
"""


def write_company(folder: Path, deals: str = DEALS) -> Path:
    """The tables of a company with three deals in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("deals", deals), ("people", PEOPLE), ("teams", TEAMS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def write_deals(path: Path, count: int, first: int = 1) -> Path:
    """A file of `count` won deals of 1 euro each, with ids from `first` on."""
    lines = ["deal_id,name,owner_id,created_at,status,closed_at,amount,currency"]
    lines += [f"n{number},Deal {number},p1,2026-01-02,won,2026-02-01,1,EUR" for number in range(first, first + count)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
