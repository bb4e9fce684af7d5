"""Every metric, and every word around it, has its text in every language."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from omzet.locale import languages, words
from omzet.locale.collect import used_texts
from omzet.metrics import wording
from omzet.metrics.catalogue import read_catalogue
from omzet.metrics.dimensions import NAMES
from omzet.metrics.relations import RELATIONS
from omzet.query.explain import OUTSIDE
from omzet.query.restatement import CAUSES

ABOUT = ("name", "description", "formula", "counted")
OTHERS = [language for language in languages() if language != "en"]
PACKAGE = Path(__file__).parents[2] / "omzet"


def english() -> dict[str, str]:
    metrics = list(read_catalogue())
    return (
        {f"metrics.{metric.id}.{what}": getattr(metric, what) for metric in metrics for what in ABOUT}
        | {f"metrics.{metric.id}.parameters.{each.name}": each.meaning for metric in metrics for each in metric.parameters}
        | {f"metrics.parts.{code}": text for code, text in wording.PARTS.items()}
        | {f"metrics.reasons.{code}": text for code, text in wording.WHYS.items()}
        | {f"metrics.notes.{code}": text for code, text in wording.NOTES.items()}
        | {f"metrics.columns.{name}": text for name, text in wording.COLUMNS.items()}
        | {f"metrics.figures.{name}": text for name, text in wording.FIGURES.items()}
        | {f"metrics.states.{name}": text for name, text in wording.STATES.items()}
        | {f"metrics.left_out.{each.name}.{why.id}": why.text for each in RELATIONS.values() for why in each.reasons}
        | {f"metrics.left_out.any.{why.id}": why.text for why in OUTSIDE}
        | {f"metrics.causes.{cause}": text for cause, text in CAUSES.items()}
        | {id: text or "" for id, text in used_texts()[0].items() if id.startswith("metrics.")}
    )


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_about_a_metric_exists_in_every_language_and_none_is_left_over(language: str) -> None:
    there = {id for id in words(language).texts if id.startswith("metrics.")}
    assert sorted(set(english()) - there) == []
    assert sorted(there - set(english())) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_description_is_a_sentence_and_the_others_are_not(language: str) -> None:
    for id, text in english().items():
        if id.startswith("metrics.notes."):
            continue
        translated = words(language).texts.get(id, "")
        assert text.endswith(".") == translated.endswith(".") == id.endswith(".description"), id


def test_names_are_unique_in_every_language() -> None:
    for language in languages():
        names = [wording.name(metric, language) for metric in read_catalogue()]
        assert len(set(names)) == len(names)


def test_every_part_of_an_equation_has_words() -> None:
    assert {part for metric in read_catalogue() for part in metric.parts} | {"other"} == set(wording.PARTS)


def test_every_listed_column_and_dimension_has_a_heading_and_no_other_is_there() -> None:
    assert {"reason", *NAMES, *(column for relation in RELATIONS.values() for column in relation.shown)} == set(wording.COLUMNS)


def test_every_figure_beside_a_value_has_a_heading_and_no_other_is_there() -> None:
    declared = {(metric.id, column) for metric in read_catalogue() for column in metric.columns}
    known = {f"{metric}.{column}" for metric, column in declared} | {column for _, column in declared}
    assert {column for _, column in declared} <= set(wording.FIGURES)
    assert set(wording.FIGURES) <= known


def test_every_reason_the_code_gives_has_words_and_no_other_is_there() -> None:
    given = {metric.undefined for metric in read_catalogue() if metric.undefined}
    for folder in ("metrics", "analyses", "query"):
        for path in (PACKAGE / folder).glob("*.py"):
            given |= _reasons(ast.parse(path.read_text(encoding="utf-8")))
    assert given == set(wording.WHYS)


def _reasons(tree: ast.AST) -> set[str]:
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "why"]
    literals = (each for value in values for each in ast.walk(value) if isinstance(each, ast.Constant))
    return {each.value for each in literals if isinstance(each.value, str)}


def test_texts_are_those_of_the_reader() -> None:
    win_rate = read_catalogue().find("win_rate")
    assert (wording.name(win_rate, "en"), wording.name(win_rate, "nl")) == ("Win rate", "Winstpercentage")
    assert wording.formula(win_rate, "nl") == "gewonnen ÷ (gewonnen + verloren)"
    assert (wording.part("won", "nl"), wording.why("nothing_closed", "nl")) == ("Gewonnen", "Geen deals gesloten")
    assert wording.left_out("leads", RELATIONS["leads"].reasons[1], "nl") == "Dubbel met een andere lead"


def test_numbers_in_dutch_texts_have_a_decimal_comma() -> None:
    folder = PACKAGE / "locale" / "nl" / "metrics"
    raw = tomllib.loads("\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))))
    formulas = [entry["formula"] for entry in raw.values() if "formula" in entry]
    assert formulas
    assert not [text for text in formulas if "0." in text]
