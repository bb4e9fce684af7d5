"""The sample company, as `omzet demo` makes it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import omzet


def test_the_sample_company_is_made_whole_and_used_again(tmp_path: Path) -> None:
    made = omzet("demo", "company", cwd=tmp_path)
    assert made.code == 0, made.err
    assert [path.name for path in tmp_path.iterdir()] == ["company"]
    answer = omzet(
        "query",
        "-w",
        "company",
        "bookings_amount,win_rate",
        "--by",
        "team",
        "--from",
        "last-12-months",
        "--format",
        "json",
        cwd=tmp_path,
    )
    assert len(answer.json["rows"]) == 4
    assert all(row["bookings_amount"] > 0 for row in answer.json["rows"])
    again = omzet("demo", "company", cwd=tmp_path)
    assert again.code == 0
    assert "there already" in again.err


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "letter.txt").write_text("dear", encoding="utf-8")
    done = omzet("demo", "things", cwd=tmp_path)
    assert done.code == 2
    assert "not empty" in done.err
    assert [path.name for path in (tmp_path / "things").iterdir()] == ["letter.txt"]
