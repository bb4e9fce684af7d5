"""The colours of tokens.css against the contrast that the look asks for (WCAG 2.x, computed anew from the file)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from omzet.charts.labels import STYLES

ASSETS = Path(__file__).parents[2] / "omzet/web/assets"
TOKENS = (ASSETS / "tokens.css").read_text(encoding="utf-8")
CHARTS = (ASSETS / "charts.css").read_text(encoding="utf-8")


def theme(selector: str) -> dict[str, str]:
    found = re.search(re.escape(selector) + r"\s*\{(.*?)\n\}", TOKENS, re.DOTALL)
    assert found is not None
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", found[1]))


THEMES = {"light": theme(':root, [data-theme="light"]'), "dark": theme('[data-theme="dark"]')}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colours: dict[str, str], one: str, two: str) -> float:
    light, dark = sorted((luminance(colours[one]), luminance(colours[two])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# On the surface unless another ground is named: the figures of the look, light and dark, to one decimal.
FIGURES = [
    ("ink", "surface", 17.6, 15.3),
    ("ink-2", "surface", 7.6, 8.7),
    ("ink-3", "surface", 5.4, 6.0),
    ("link", "surface", 7.0, 8.3),
    ("focus", "surface", 7.0, 8.3),
    ("data", "surface", 5.8, 6.3),
    ("data-past", "surface", 3.6, 4.3),
    ("good", "surface", 5.6, 8.3),
    ("near", "surface", 6.3, 9.3),
    ("bad", "surface", 5.6, 8.0),
    ("good", "good-bg", 4.9, 6.5),
    ("near", "near-bg", 5.6, 7.4),
    ("bad", "bad-bg", 4.8, 6.8),
    ("hot", "surface", 4.4, 7.4),
    ("control", "surface", 3.7, 4.0),
    ("data-mute", "surface", 1.4, 1.8),
]


@pytest.mark.parametrize(("colour", "ground", "light", "dark"), FIGURES)
def test_contrast_is_what_the_look_says(colour: str, ground: str, light: float, dark: float) -> None:
    assert contrast(THEMES["light"], colour, ground) == pytest.approx(light, abs=0.06)
    assert contrast(THEMES["dark"], colour, ground) == pytest.approx(dark, abs=0.06)


@pytest.mark.parametrize("name", THEMES)
def test_every_text_pair_can_be_read(name: str) -> None:
    colours = THEMES[name]
    for text in ("ink", "ink-2", "ink-3", "link"):
        for ground in ("canvas", "surface", "raised", "sunken", "hover"):
            assert contrast(colours, text, ground) >= 4.5, f"{text} on {ground}"
    assert contrast(colours, "on-ink", "ink") >= 4.5


@pytest.mark.parametrize(("name", "ground", "figure"), [("light", "sunken", 4.7), ("dark", "hover", 5.4)])
def test_the_weakest_text_pair_is_the_one_the_look_names(name: str, ground: str, figure: float) -> None:
    assert contrast(THEMES[name], "ink-3", ground) == pytest.approx(figure, abs=0.06)


@pytest.mark.parametrize("name", THEMES)
def test_what_carries_a_number_or_a_control_stands_out(name: str) -> None:
    carriers = ("data", "data-past", "hot", "control", *(f"cat-{number}" for number in range(1, 6)))
    for colour in carriers:
        assert contrast(THEMES[name], colour, "surface") >= 3.0, colour


def test_both_themes_name_the_same_colours() -> None:
    assert THEMES["light"].keys() == THEMES["dark"].keys()


def test_type_in_the_style_sheet_is_the_type_that_labels_are_measured_in() -> None:
    for style, size in STYLES.items():
        assert re.search(rf"\.{style} \{{ font-size: {size}px;", CHARTS), style


def test_the_style_sheet_names_only_colours_there_are() -> None:
    known = {*re.findall(r"--([\w-]+):", TOKENS)}
    assert set(re.findall(r"var\(--([\w-]+)\)", CHARTS)) <= known
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(", CHARTS)
