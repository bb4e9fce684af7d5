"""Reads a drawn chart back: where its marks and words are, so that a test can say what must hold for every chart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from xml.etree import ElementTree

from omzet.charts.labels import STYLES, Box, box_of

CLOSE = 0.75
"""How far a stroke may reach over the edge, in pixels."""


def parse(svg: str) -> list[ElementTree.Element]:
    """The drawings in a string: one for each form. Fails where it is not well-formed."""
    return list(ElementTree.fromstring(f"<all>{svg}</all>"))


def words_of(drawing: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in drawing.iter("text")]


def text_boxes(drawing: ElementTree.Element) -> list[tuple[str, Box]]:
    """Every line of text with the space it takes."""
    found = []
    for element in drawing.iter("text"):
        style = element.attrib["class"].split()[0]
        assert style in STYLES, f"{style} is not one of the type styles"
        anchor = element.attrib.get("text-anchor", "start")
        words = element.text or ""
        found.append((words, box_of(float(element.attrib["x"]), float(element.attrib["y"]), words, style, anchor)))
    return found


def shape_boxes(drawing: ElementTree.Element) -> Iterator[tuple[str, Box]]:
    """Every shape with the space it takes, strokes aside; positions in percent are left out."""
    for element in drawing.iter():
        given = element.attrib
        if any(value.endswith("%") for key, value in given.items() if key in ("x", "x1", "cx", "width")):
            continue
        name = f"{element.tag}.{given.get('class', '')}"
        if element.tag == "rect":
            x, y, width, height = (float(given[key]) for key in ("x", "y", "width", "height"))
            assert width >= 0
            assert height >= 0
            yield name, Box(x, y, x + width, y + height)
        elif element.tag == "circle":
            x, y, r = (float(given[key]) for key in ("cx", "cy", "r"))
            yield name, Box(x - r, y - r, x + r, y + r)
        elif element.tag == "line":
            xs, ys = sorted(float(given[key]) for key in ("x1", "x2")), sorted(float(given[key]) for key in ("y1", "y2"))
            yield name, Box(xs[0], ys[0], xs[1], ys[1])
        elif element.tag == "path":
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", given["d"])]
            yield name, Box(min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2]))


def hold(svg: str) -> None:
    """What must hold for every chart, whatever its data."""
    assert not re.search(r"\b(nan|inf|None)\b", svg)
    assert " style=" not in svg
    assert "<style" not in svg
    assert "<script" not in svg
    for drawing in parse(svg):
        _marks_are_reachable(drawing)
        if "viewBox" not in drawing.attrib:
            continue
        left, top, width, height = (float(number) for number in drawing.attrib["viewBox"].split())
        paper = Box(left - CLOSE, top - CLOSE, left + width + CLOSE, top + height + CLOSE)
        for name, box in shape_boxes(drawing):
            slack = 6 if "c-hit" in name or "circle" in name else 0
            edge = Box(paper.left - slack, paper.top - slack, paper.right + slack, paper.bottom + slack)
            assert box.within(edge), f"{name} leaves the paper: {box} of {paper}"
        texts = [(words, box) for words, box in text_boxes(drawing) if words.strip()]
        for words, box in texts:
            assert box.within(paper), f"“{words}” leaves the paper: {box} of {paper}"
        for (one, first), (two, second) in combinations(texts, 2):
            assert not first.touches(second, -0.5), f"“{one}” stands on “{two}”: {first} {second}"


def _marks_are_reachable(drawing: ElementTree.Element) -> None:
    """One tab stop a chart; every mark has a name and knows its place."""
    marks = [element for element in drawing.iter() if "data-mark" in element.attrib]
    assert [mark.attrib["data-mark"] for mark in marks] == [str(index) for index in range(len(marks))]
    assert [mark.attrib["tabindex"] for mark in marks] == ["0", *["-1"] * (len(marks) - 1)][: len(marks)]
    for mark in marks:
        assert mark.attrib["data-tip"]
        assert mark.attrib["aria-label"]
        assert (mark.find("title")) is not None
        assert (mark.tag == "a") == ("href" in mark.attrib)
    assert drawing.attrib["role"] == ("group" if marks else "img")
    assert drawing.attrib["aria-label"]


def of_class(drawing: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in drawing.iter() if name in element.attrib.get("class", "").split()]
