"""Conditions as people write them: `team = West`, `segment in (small, mid)`, `source contains event`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from omzet.errors import CallError

_FORMS = (
    ("is not empty", re.compile(r"^\s*([\w .-]+?)\s+is\s+not\s+empty\s*$", re.IGNORECASE)),
    ("is empty", re.compile(r"^\s*([\w .-]+?)\s+is\s+empty\s*$", re.IGNORECASE)),
    ("not in", re.compile(r"^\s*([\w .-]+?)\s+not\s+in\s*\((.*)\)\s*$", re.IGNORECASE | re.DOTALL)),
    ("in", re.compile(r"^\s*([\w .-]+?)\s+in\s*\((.*)\)\s*$", re.IGNORECASE | re.DOTALL)),
    ("between", re.compile(r"^\s*([\w .-]+?)\s+between\s+(.+?)\s+and\s+(.+?)\s*$", re.IGNORECASE | re.DOTALL)),
    ("contains", re.compile(r"^\s*([\w .-]+?)\s+contains\s+(.*)$", re.IGNORECASE | re.DOTALL)),
    ("compare", re.compile(r"^\s*([\w .-]+?)\s*(!=|<=|>=|=|<|>)\s*(.*)$", re.DOTALL)),
)
_ITEM = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^,]*))\s*(?:,|$)""")
_ESCAPED = re.compile(r"""\\(["'\\])""")


@dataclass(frozen=True)
class Condition:
    """One condition: a dimension, an operator and its values."""

    dimension: str
    operator: str
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        """The condition as it can be written again."""
        if not self.values:
            return f"{self.dimension} {self.operator}"
        if self.operator in ("in", "not in"):
            return f"{self.dimension} {self.operator} ({', '.join(_quoted(v) for v in self.values)})"
        if self.operator == "between":
            return f"{self.dimension} between {self.values[0]} and {self.values[1]}"
        value = self.values[0]
        return f"{self.dimension} {self.operator} {value if _bare(value) == value else _wrapped(value)}"


def parse(text: str) -> Condition:
    """One condition from its text. Raises CallError that shows how one is written."""
    for name, form in _FORMS:
        match = form.match(text)
        if not match:
            continue
        dimension = match[1].strip().lower().replace(" ", "_").replace("-", "_")
        if name in ("in", "not in"):
            values = tuple(_items(match[2]))
            if not values:
                raise CallError(f"The list in '{text}' is empty.")
            return Condition(dimension, name, values)
        if name == "between":
            return Condition(dimension, name, (_bare(match[2]), _bare(match[3])))
        if name == "compare":
            return Condition(dimension, match[2], (_bare(match[3]),))
        if name == "contains":
            return Condition(dimension, name, (_bare(match[2]),))
        return Condition(dimension, name, ())
    raise CallError(f"'{text}' is not a condition. Write, for example: team = West, segment in (small, mid), source is empty.")


def _items(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text):
        match = _ITEM.match(text, place)
        if not match or match.end() == place:
            break
        quoted = match[1] if match[1] is not None else match[2]
        value = match[3].strip() if quoted is None else _ESCAPED.sub(r"\1", quoted)
        if value or quoted is not None:
            found.append(value)
        place = match.end()
    return found


def _bare(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def _quoted(value: str) -> str:
    if value and value == value.strip() and not set(value) & set(",()\"'\\"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _wrapped(value: str) -> str:
    return f'"{value}"'
