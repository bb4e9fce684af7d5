"""Which texts there are to translate: every id with its English text, found in the code and the templates.

`python -m omzet.locale.collect nl` writes what Dutch lacks, ready to be translated, and names what nothing uses.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from omzet.locale.words import words

ID = re.compile(r"[a-z]+(\.[a-z0-9_-]+)+")
CALLS = frozenset({"t", "words"})
PACKAGE = Path(__file__).parents[1]
Found = dict[str, str | None]
"""English text by id; None where the code only computes it."""


@cache
def used_texts(package: Path = PACKAGE) -> tuple[Found, set[str]]:
    """Every id used in a package with its English text, and the patterns of ids that the code composes.

    An id and its text are two string literals beside each other in a call of `t` or `words`, in Python or a template,
    or in a tuple, a dict or another call once the id's first word is known from such a call. A composed id,
    `f"charts.{word}"` or `"charts." ~ word`, gives the pattern `charts\\.[^.]+`.

    Raises ValueError where one id has two English texts.
    """
    found: Found = {}
    patterns: set[str] = set()
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in _sources(package, "*.py")]
    pairs = [pair for tree in trees for pair in _called(tree, patterns)]
    pairs += [pair for path in _sources(package, "*.html") for pair in _in_template(path.read_text(encoding="utf-8"), patterns)]
    first_words = {id.split(".")[0] for id, _ in pairs}
    pairs += [(id, text) for tree in trees for id, text in _beside(tree) if id.split(".")[0] in first_words]
    for id, text in pairs:
        if text is not None and found.get(id) not in (None, text):
            raise ValueError(f"{id} has two English texts: '{found[id]}' and '{text}'")
        found[id] = text if text is not None else found.get(id)
    return found, patterns


def _sources(package: Path, pattern: str) -> list[Path]:
    return sorted(path for path in package.rglob(pattern) if "node_modules" not in path.parts)


def _called(tree: ast.AST, patterns: set[str]) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in CALLS:
            continue
        if isinstance(node.args[0], ast.JoinedStr):
            patterns.add("".join(_pattern(part) for part in node.args[0].values))
        for id in _choices(node.args[0]):
            if ID.fullmatch(id):
                yield id, _literal(node.args[1]) if len(node.args) > 1 else None


def _beside(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            row: list[ast.expr] = node.args
        elif isinstance(node, ast.Tuple):
            row = node.elts
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                id, text = key and _literal(key), _literal(value)
                if id and text and ID.fullmatch(id):
                    yield id, text
            continue
        else:
            continue
        for one, other in pairwise(row):
            id, text = _literal(one), _literal(other)
            if id and text and ID.fullmatch(id):
                yield id, text


def _in_template(source: str, patterns: set[str]) -> Iterator[tuple[str, str | None]]:
    from jinja2 import Environment, nodes

    for call in Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(source).find_all(nodes.Call):
        name = call.node.attr if isinstance(call.node, nodes.Getattr) else getattr(call.node, "name", "")
        if name not in CALLS or not call.args:
            continue
        id, text = call.args[0], call.args[1] if len(call.args) > 1 else None
        if isinstance(id, nodes.Concat):
            patterns.add("".join(re.escape(part.value) if isinstance(part, nodes.Const) else "[^.]+" for part in id.nodes))
        elif isinstance(id, nodes.Const) and ID.fullmatch(str(id.value)):
            yield str(id.value), str(text.value) if isinstance(text, nodes.Const) else None


def _choices(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_choices(node.body), *_choices(node.orelse)]
    text = _literal(node)
    return [] if text is None else [text]


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _pattern(part: ast.expr) -> str:
    text = _literal(part)
    return "[^.]+" if text is None else re.escape(text)


def missing(language: str) -> Found:
    """The texts used that a language lacks."""
    return {id: text for id, text in used_texts()[0].items() if id not in words(language).texts}


def unused(language: str, declared: frozenset[str] = frozenset()) -> list[str]:
    """The ids a language has that nothing uses; `declared` are ids from declarations, which no call names."""
    found, patterns = used_texts()
    known = [re.compile(pattern) for pattern in patterns]
    texts = words(language).texts
    return [id for id in texts if id not in found and id not in declared and not any(each.fullmatch(id) for each in known)]


def _draft(language: str) -> str:
    lines: list[str] = []
    file = ""
    for id, text in sorted(missing(language).items()):
        first, rest = id.split(".", 1)
        if first != file:
            lines += ["", f"# {language}/{first}.toml"]
            file = first
        quoted = (text or "").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines.append(f'{rest} = "{quoted}"')
    return "\n".join(lines).strip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(_draft(sys.argv[1]))
