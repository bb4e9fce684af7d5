"""omzet.toml: written whole and commented, read back the same, wrong keys and values named."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from omzet.errors import CallError
from omzet.settings import Settings, parse_working_week, read_settings, write_settings


def test_init_writes_every_key_with_a_comment_above_it(tmp_path: Path) -> None:
    write_settings(tmp_path / "acme", {})
    lines = (tmp_path / "acme" / "omzet.toml").read_text(encoding="utf-8").splitlines()
    for key in set(Settings.model_fields) - {"connections"}:
        place = next(number for number, line in enumerate(lines) if line.startswith(f"{key} = "))
        assert lines[place - 1].startswith("# "), key


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    values = {
        "name": "Bakkerij ’t Hoekje",
        "timezone": "America/New_York",
        "currency": "usd",
        "locale": "nl",
        "fiscal_year_start": "2",
        "fiscal_pattern": "4-4-5",
        "working_week": "sun-thu",
        "holidays": "none",
        "sales_cost_categories": "sales_salaries, travel",
        "proposal_stage": "Offerte",
        "gross_margin": "0.7",
    }
    written = write_settings(tmp_path, values)
    assert written == read_settings(tmp_path)
    assert (written.currency, written.fiscal_year_start, written.gross_margin) == ("USD", 2, 0.7)
    assert written.sales_cost_categories == ("sales_salaries", "travel")
    assert written.working_days == {6, 0, 1, 2, 3}


def test_a_key_that_is_absent_has_its_default_and_the_name_is_the_folders(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "omzet.toml").write_text('currency = "CHF"\n', encoding="utf-8")
    settings = read_settings(folder)
    assert settings == Settings(name="acme", currency="CHF")
    assert (settings.gross_margin, settings.proposal_stage, settings.holidays) == (None, None, "NL")


def test_an_existing_file_keeps_its_comments_and_order(tmp_path: Path) -> None:
    path = tmp_path / "omzet.toml"
    path.write_text(
        '# ours\nlocale = "en" # for now\ncurrency = "EUR"\n\n[connections.crm]\nsource = "hubspot"\n', encoding="utf-8"
    )
    write_settings(tmp_path, {"locale": "nl"})
    text = path.read_text(encoding="utf-8")
    assert text == '# ours\nlocale = "nl" # for now\ncurrency = "EUR"\n\n[connections.crm]\nsource = "hubspot"\n'


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("timzone", "Europe/Amsterdam", "Did you mean 'timezone'?"),
        ("timezone", "Europe/Amsterdm", "Did you mean 'Europe/Amsterdam'?"),
        ("timezone", "Europe", "Unknown time zone 'Europe'"),
        ("timezone", "../etc/passwd", "Unknown time zone"),
        ("currency", "EURO", "ISO 4217"),
        ("locale", "nk", "Did you mean 'nl'?"),
        ("fiscal_year_start", "13", "less than or equal to 12"),
        ("fiscal_year_start", "February", "integer"),
        ("fiscal_pattern", "4-5-4", "'months' or '4-4-5'"),
        ("working_week", "mon-fry", "Did you mean 'fri'?"),
        ("working_week", "", "at least one working day"),
        ("holidays", "Netherlands", "a country code"),
        ("holidays", "NN", "Unknown holidays country 'NN'"),
        ("holidays", "DE-XX", "Unknown holidays country 'DE-XX'"),
        ("gross_margin", "70", "less than or equal to 1"),
        ("access", "team", "'teams' or 'everyone'"),
    ],
)
def test_a_wrong_key_or_value_is_named_and_nothing_is_written(tmp_path: Path, key: str, value: str, told: str) -> None:
    with pytest.raises(CallError) as error:
        write_settings(tmp_path, {key: value})
    assert key in str(error.value) or "holidays country" in str(error.value)
    assert told in str(error.value)
    assert not (tmp_path / "omzet.toml").exists()


def test_a_region_of_a_country_may_be_named_for_its_holidays(tmp_path: Path) -> None:
    assert write_settings(tmp_path, {"holidays": "de-by"}).holidays == "DE-BY"


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"is no workspace.*omzet init"):
        read_settings(tmp_path)


def test_a_file_that_is_not_toml_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "omzet.toml").write_text('name = "a"\ncurrency = \n', encoding="utf-8")
    with pytest.raises(CallError, match=r"omzet\.toml is not readable as TOML.*line 2"):
        read_settings(tmp_path)


def test_a_secret_is_taken_by_reference_only(tmp_path: Path) -> None:
    (tmp_path / "omzet.toml").write_text('[connections.crm]\nsource = "hubspot"\ntoken = "abc"\n', encoding="utf-8")
    with pytest.raises(CallError, match="connection 'crm': write token as env:NAME") as error:
        read_settings(tmp_path)
    assert "abc" not in str(error.value)
    (tmp_path / "omzet.toml").write_text('[connections.crm]\nsource = "hubspot"\ntoken = "env:CRM"\n', encoding="utf-8")
    assert read_settings(tmp_path).connections["crm"]["token"] == "env:CRM"


def test_a_connections_time_zone_must_exist(tmp_path: Path) -> None:
    (tmp_path / "omzet.toml").write_text('[connections.crm]\ntimezone = "Mars/Base"\n', encoding="utf-8")
    with pytest.raises(CallError, match="Unknown time zone 'Mars/Base'"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sun-thu", {6, 0, 1, 2, 3}),
        ("mon,tue,wed", {0, 1, 2}),
        ("Monday - Wednesday, sat", {0, 1, 2, 5}),
        ("fri", {4}),
    ],
)
def test_a_working_week_is_read_from_ranges_and_lists(text: str, days: set[int]) -> None:
    assert parse_working_week(text) == days


def test_the_written_file_is_toml_that_other_programs_read(tmp_path: Path) -> None:
    write_settings(tmp_path, {"name": 'A "quoted" \\ name'})
    document = tomllib.loads((tmp_path / "omzet.toml").read_text(encoding="utf-8"))
    assert document["name"] == 'A "quoted" \\ name'
    assert set(document) == set(Settings.model_fields) - {"connections"}


def test_reading_settings_loads_no_slow_library() -> None:
    code = "import sys, omzet.settings; print([m for m in ('holidays', 'babel', 'scipy', 'tomlkit') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
