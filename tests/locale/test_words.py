"""Texts by id: English at the place of use, complete in every other language."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from omzet.locale import Words, languages, t, words
from omzet.locale.collect import missing, unused, used_texts
from omzet.locale.periods import TEXTS as PERIODS
from omzet.settings import texts as settings_texts

OTHERS = [language for language in languages() if language != "en"]


def declared() -> dict[str, str]:
    """The texts that stand beside declarations, which no call names; those of the model are tested with the model."""
    return {**settings_texts(), **PERIODS}


def test_dutch_is_there() -> None:
    assert languages() == ("en", "nl")


def test_a_text_is_that_of_the_language_else_the_english_one() -> None:
    assert t("periods.today", "Today", "nl") == "Vandaag"
    assert t("periods.today", "Today", "en") == "Today"
    assert t("nothing.here", "Nothing here", "nl") == "Nothing here"
    assert t("nothing.here", "Nothing here", "xx") == "Nothing here"


def test_blanks_are_filled_and_whole_numbers_written_as_the_language_does() -> None:
    assert t("a.b", "{n} of {total} deals", "nl", n=1200, total=54321) == "1.200 of 54.321 deals"
    assert t("a.b", "{n} of {total} deals", "en", n=-1200, total="x") == "−1,200 of x deals"
    assert t("a.b", "{n} deals", "en") == "{n} deals"


@pytest.mark.parametrize(("n", "text"), [(0, "0 deals"), (1, "1 deal"), (2, "2 deals"), ("1", "1 deal"), (1500, "1,500 deals")])
def test_one_has_its_own_form(n: int | str, text: str) -> None:
    assert t("a.b", "{n} deal | {n} deals", n=n) == text


def test_a_bar_without_a_number_is_just_a_bar() -> None:
    assert t("a.b", "{a} | {b}", a="left", b="right") == "left | right"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_used_exists_in_every_language(language: str) -> None:
    lacking = sorted(missing(language))
    assert lacking == [], f"python -m omzet.locale.collect {language} writes them ready to translate"
    assert sorted(set(declared()) - set(words(language).texts)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_language_has_a_text_that_nothing_uses(language: str) -> None:
    elsewhere = ("model.", "metrics.")
    assert [id for id in unused(language, frozenset(declared())) if not id.startswith(elsewhere)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_blanks_and_forms_of_the_english_text(language: str) -> None:
    for id, english in {**used_texts()[0], **declared()}.items():
        text = words(language).texts.get(id)
        if english is None or text is None:
            continue
        assert blanks(text) == blanks(english), id
        assert (" | " in text) == (" | " in english), id


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_texts_are_found_in_calls_tuples_dicts_and_templates(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        'page.t("web.title", "Title", n=1)\n'
        'words("charts.bars.booked", "Booked").format(1)\n'
        'words(f"charts.{word}", word)\n'
        'say = ("web.pace.ahead", "ahead")\n'
        'TEXTS = {"web.none": "Nothing"}\n'
        't("web.up" if up else "web.down", text)\n'
        'other = ("duckdb.sql", "no text")\n',
        encoding="utf-8",
    )
    page = (
        """<p title="{{ t('web.tip', 'Tip') }}">{{ reader.t('web.sub', 'Sub', a=1) }}{{ t("web.group." ~ group, group) }}</p>"""
    )
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    found, patterns = used_texts(tmp_path)
    assert found == {
        "web.title": "Title",
        "charts.bars.booked": "Booked",
        "web.pace.ahead": "ahead",
        "web.none": "Nothing",
        "web.up": None,
        "web.down": None,
        "web.tip": "Tip",
        "web.sub": "Sub",
    }
    assert patterns == {r"charts\.[^.]+", r"web\.group\.[^.]+"}


def test_one_id_with_two_english_texts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text('t("web.a", "One")\nt("web.a", "Two")\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"web\.a has two English texts: 'One' and 'Two'"):
        used_texts(tmp_path)


def test_words_are_read_once() -> None:
    assert words("nl") is words("nl")
    assert isinstance(words("nl"), Words)
