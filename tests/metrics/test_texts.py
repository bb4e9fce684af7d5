"""Every metric, group, part and reason has its text in every language."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from omzet.locale import languages, words
from omzet.metrics.catalogue import read_catalogue
from omzet.metrics.definition import Parameter
from omzet.metrics.dimensions import NAMES
from omzet.metrics.relations import RELATIONS
from omzet.metrics.texts import ABOUT, COLUMNS, GROUPS, PARTS, REASONS, about, group_name, left_out, meaning_of, part_name, reason
from omzet.query.explain import OUTSIDE

OTHERS = [language for language in languages() if language != "en"]
PACKAGE = Path(__file__).parents[2] / "omzet"


def english() -> dict[str, str]:
    metrics = list(read_catalogue())
    return (
        {f"metrics.{metric.id}.{what}": getattr(metric, what) for metric in metrics for what in ABOUT}
        | {f"metrics.{metric.id}.parameters.{each.name}": each.meaning for metric in metrics for each in metric.parameters}
        | {f"metrics.groups.{code}": text for code, text in GROUPS.items()}
        | {f"metrics.parts.{code}": text for code, text in PARTS.items()}
        | {f"metrics.reasons.{code}": text for code, text in REASONS.items()}
        | {f"metrics.columns.{name}": text for name, text in COLUMNS.items()}
        | {f"metrics.left_out.{each.name}.{why.id}": why.text for each in RELATIONS.values() for why in each.reasons}
        | {f"metrics.left_out.any.{why.id}": why.text for why in OUTSIDE}
    )


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_about_a_metric_exists_in_every_language_and_none_is_left_over(language: str) -> None:
    there = {id for id in words(language).texts if id.startswith("metrics.")}
    assert sorted(set(english()) - there) == []
    assert sorted(there - set(english())) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_description_is_a_sentence_and_the_others_are_not(language: str) -> None:
    for id, text in english().items():
        translated = words(language).texts.get(id, "")
        assert text.endswith(".") == translated.endswith(".") == id.endswith(".description"), id


def test_names_are_unique_in_every_language() -> None:
    for language in languages():
        names = [about(metric, "name", language) for metric in read_catalogue()]
        assert len(set(names)) == len(names)


def test_every_group_part_and_reason_of_the_catalogue_has_words() -> None:
    metrics = list(read_catalogue())
    assert {metric.group for metric in metrics} == set(GROUPS)
    assert {part for metric in metrics for part in metric.parts} == set(PARTS)
    assert {metric.undefined for metric in metrics if metric.undefined} <= set(REASONS)


def test_every_listed_column_and_dimension_has_a_heading_and_no_other_is_there() -> None:
    assert {*NAMES, *(column for relation in RELATIONS.values() for column in relation.shown)} == set(COLUMNS)


def test_every_reason_the_code_gives_has_words_and_no_other_is_there() -> None:
    given = {metric.undefined for metric in read_catalogue() if metric.undefined}
    for folder in ("metrics", "analyses", "query"):
        for path in (PACKAGE / folder).glob("*.py"):
            given |= _reasons(ast.parse(path.read_text(encoding="utf-8")))
    assert given == set(REASONS)


def _reasons(tree: ast.AST) -> set[str]:
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "why"]
    literals = (each for value in values for each in ast.walk(value) if isinstance(each, ast.Constant))
    return {each.value for each in literals if isinstance(each.value, str)}


def test_texts_are_those_of_the_reader() -> None:
    win_rate = read_catalogue().find("win_rate")
    assert (about(win_rate, "name", "en"), about(win_rate, "name", "nl")) == ("Win rate", "Winstpercentage")
    assert about(win_rate, "formula", "nl") == "gewonnen ÷ (gewonnen + verloren)"
    assert left_out("leads", "merged", "Duplicate of another lead", "nl") == "Dubbel met een andere lead"
    within = read_catalogue().find("win_rate_within_days")
    assert meaning_of(within, within.parameters[0], "nl") == "Dagen van aanmaken tot winnen, de laatste meegeteld"
    assert (group_name("cycle", "nl"), part_name("won", "nl"), reason("nothing_closed", "nl")) == (
        "Doorlooptijd",
        "Gewonnen",
        "Geen deals gesloten",
    )


def test_a_workspaces_own_metric_has_one_text_for_all() -> None:
    size = Parameter("size", 1, "How big")
    own = replace(read_catalogue().find("win_rate"), id="own", name="Mijn kengetal", parameters=(size,), shipped=False)
    assert (about(own, "name", "nl"), meaning_of(own, size, "nl")) == ("Mijn kengetal", "How big")
    assert group_name("our_own", "nl") == "our_own"
    assert (part_name("big_ones", "nl"), reason("no_luck", "nl")) == ("Big ones", "No luck")


def test_numbers_in_dutch_texts_have_a_decimal_comma() -> None:
    raw = tomllib.loads((PACKAGE / "locale" / "nl" / "metrics.toml").read_text(encoding="utf-8"))
    formulas = [entry["formula"] for entry in raw.values() if "formula" in entry]
    assert formulas
    assert not [text for text in formulas if "0." in text]
