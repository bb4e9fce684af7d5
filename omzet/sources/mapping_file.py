"""Reading a mapping file. The format is told in docs/mapping.md."""

from __future__ import annotations

import codecs
import re
import tomllib
import zoneinfo
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any, cast, get_args

from omzet.errors import CallError, unknown
from omzet.model import TABLES
from omzet.model.table import DateOrder, Decimal
from omzet.sources.layout import ACCEPTED, Constants, FileLayout, Mapping, Rule, Value


def read_mapping(path: Path, *, shipped: bool = False) -> Mapping:
    """The mapping in a TOML file. Raises CallError that names file, line and key, and the nearest right word."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise CallError(f"There is no mapping file {path}. `omzet mapping suggest FILE` writes a draft.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"{path} can't be read as a mapping: {error}.") from error
    return parse_mapping(text, str(path), shipped=shipped)


def parse_mapping(text: str, origin: str, *, shipped: bool = False) -> Mapping:
    """The mapping in a TOML text. `origin` is the file that errors name. Raises CallError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CallError(f"{origin} is not valid TOML: {error}.") from error
    return _Reader(origin, text).mapping(document, shipped)


_ORDERS = cast(tuple[str, ...], get_args(DateOrder))
_DECIMALS = cast(tuple[str, ...], get_args(Decimal))


class _Reader:
    """Turns a parsed document into a mapping, knowing where each key stands."""

    def __init__(self, origin: str, text: str) -> None:
        self.origin = origin
        self.lines = text.splitlines()

    def mapping(self, document: dict[str, Any], shipped: bool) -> Mapping:
        self._keys(document, ("name", "title", "timezone", "files", "rows", "constants"), "")
        name = self._text(document, "name", "", default=Path(self.origin).stem)
        timezone = self._text(document, "timezone", "", default="") or None
        if timezone and timezone not in zoneinfo.available_timezones():
            raise self._wrong("timezone", str(unknown("time zone", timezone, zoneinfo.available_timezones())))
        files = {id: self._file(id, body) for id, body in self._table(document, "files", "").items()}
        if not files:
            raise self._wrong("files", "A mapping needs at least one [files.NAME] with its headers.")
        rules = tuple(self._rule(number, body, files) for number, body in enumerate(self._list(document, "rows"), 1))
        constants = tuple(
            self._constants(number, body, files) for number, body in enumerate(self._list(document, "constants"), 1)
        )
        if not rules:
            raise self._wrong("rows", "A mapping needs at least one [[rows]] that says which table its rows go to.")
        return Mapping(
            name, self._text(document, "title", "", default=name), self.origin, files, rules, constants, timezone, shipped
        )

    def _file(self, id: str, body: Any) -> FileLayout:
        at = f"files.{id}"
        if not isinstance(body, dict):
            raise self._wrong(at, "It should be a table with `headers`.")
        self._keys(body, ("headers", "date_order", "decimal", "encoding", "empty"), at)
        headers = self._texts(body, "headers", at)
        if not headers:
            raise self._wrong(at, "It needs `headers`: the column names by which the file is recognised.")
        order = self._text(body, "date_order", at, default="")
        decimal = self._text(body, "decimal", at, default="")
        encoding = self._text(body, "encoding", at, default="")
        if order and order not in _ORDERS:
            raise self._wrong(f"{at}.date_order", str(unknown("date order", order, _ORDERS)))
        if decimal and decimal not in _DECIMALS:
            raise self._wrong(f"{at}.decimal", 'It is either "." or ",".')
        if encoding:
            try:
                codecs.lookup(encoding)
            except LookupError as error:
                raise self._wrong(
                    f"{at}.encoding", f"'{encoding}' is not an encoding. Known are utf-8, cp1252, latin-1, …"
                ) from error
        return FileLayout(
            id,
            headers,
            cast(DateOrder, order) if order else None,
            cast(Decimal, decimal) if decimal else None,
            encoding or None,
            self._texts(body, "empty", at),
        )

    def _rule(self, number: int, body: Any, files: dict[str, FileLayout]) -> Rule:
        at = f"rows[{number}]"
        if not isinstance(body, dict):
            raise self._wrong(at, "It should be a table.")
        self._keys(body, ("table", "file", "columns", "distinct", "attributes"), at)
        table = self._canonical(body, at)
        file = self._file_id(body, at, files)
        columns: dict[str, Value] = {}
        for name, value in self._table(body, "columns", at).items():
            if name not in TABLES[table].names and name not in ACCEPTED.get(table, ()):
                raise self._wrong(f"{at}.columns.{name}", str(unknown(f"column of {table}", name, TABLES[table].names)))
            columns[name] = self._value(value, f"{at}.columns.{name}", files, file)
        missing = [name for name in TABLES[table].required if name not in columns]
        if missing:
            raise self._wrong(at, f"The table {table} needs the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.")
        attributes = body.get("attributes", "rest")
        kept = None if attributes == "rest" else self._texts(body, "attributes", at)
        distinct = body.get("distinct", False)
        if not isinstance(distinct, bool):
            raise self._wrong(f"{at}.distinct", "It is either true or false.")
        return Rule(table, file, columns, distinct, kept)

    def _value(self, value: Any, at: str, files: dict[str, FileLayout], file: str) -> Value:
        if isinstance(value, str):
            return Value((value,))
        if not isinstance(value, dict):
            raise self._wrong(at, 'It is the name of a column of the file, or a table such as { text = "Sales" }.')
        self._keys(
            value, ("column", "columns", "text", "join", "values", "otherwise", "empty", "only_if", "of", "match", "times"), at
        )
        columns = self._texts(value, "columns", at) or ((self._text(value, "column", at),) if "column" in value else ())
        text = self._text(value, "text", at) if "text" in value else None
        if bool(columns) == (text is not None):
            raise self._wrong(at, "It needs either `column` (or `columns`), or `text`.")
        values = {str(key): self._as_text(word, f"{at}.values.{key}") for key, word in self._table(value, "values", at).items()}
        if len({key.strip().lower() for key in values}) < len(values):
            raise self._wrong(f"{at}.values", "Two of its texts are the same but for capitals; capitals don't count.")
        only_if = {
            key: self._texts({key: words if isinstance(words, list) else [words]}, key, f"{at}.only_if")
            for key, words in self._table(value, "only_if", at).items()
        }
        of = self._text(value, "of", at, default="") or None
        match = {key: self._as_text(word, f"{at}.match.{key}") for key, word in self._table(value, "match", at).items()}
        if of is not None and of not in files:
            raise self._wrong(f"{at}.of", str(unknown("file", of, files)))
        if (of is None) != (not match):
            raise self._wrong(at, "A lookup needs both `of` (the file) and `match` (its column = the column of this file).")
        times = value.get("times")
        if times is not None and (isinstance(times, bool) or not isinstance(times, int)):
            raise self._wrong(f"{at}.times", "It is a whole number, such as 1000.")
        if times is not None and files[of or file].decimal is None:
            raise self._wrong(f"{at}.times", f"Say `decimal` in [files.{of or file}], so that the number is read as it is meant.")
        otherwise = self._text(value, "otherwise", at) if "otherwise" in value else None
        join = self._text(value, "join", at, default=" ")
        return Value(columns, text, join, values, otherwise, self._texts(value, "empty", at), only_if, of, match, times)

    def _constants(self, number: int, body: Any, files: dict[str, FileLayout]) -> Constants:
        at = f"constants[{number}]"
        if not isinstance(body, dict):
            raise self._wrong(at, "It should be a table.")
        self._keys(body, ("table", "file", "rows"), at)
        table = self._canonical(body, at)
        file = self._file_id(body, at, files)
        rows: list[dict[str, str]] = []
        for place, row in enumerate(body.get("rows", []), 1):
            if not isinstance(row, dict):
                raise self._wrong(f"{at}.rows", 'Each row is a table such as { stage = "Won", position = 3 }.')
            for name in row:
                if name not in TABLES[table].names:
                    raise self._wrong(f"{at}.rows[{place}].{name}", str(unknown(f"column of {table}", name, TABLES[table].names)))
            missing = [name for name in TABLES[table].required if name not in row]
            if missing:
                raise self._wrong(f"{at}.rows[{place}]", f"The table {table} needs {', '.join(missing)}.")
            rows.append({name: self._as_text(word, f"{at}.rows[{place}].{name}") for name, word in row.items()})
        return Constants(table, file, tuple(rows))

    def _canonical(self, body: dict[str, Any], at: str) -> str:
        table = self._text(body, "table", at)
        if table not in TABLES:
            raise self._wrong(f"{at}.table", str(unknown("table", table, TABLES)))
        return table

    def _file_id(self, body: dict[str, Any], at: str, files: dict[str, FileLayout]) -> str:
        if "file" not in body and len(files) == 1:
            return next(iter(files))
        file = self._text(body, "file", at)
        if file not in files:
            raise self._wrong(f"{at}.file", str(unknown("file", file, files)))
        return file

    def _keys(self, body: dict[str, Any], known: tuple[str, ...], at: str) -> None:
        for key in body:
            if key not in known:
                raise self._wrong(f"{at}.{key}".strip("."), str(unknown("key", key, known)))

    def _text(self, body: dict[str, Any], key: str, at: str, default: str | None = None) -> str:
        if key not in body:
            if default is None:
                raise self._wrong(at, f"It needs `{key}`.")
            return default
        if not isinstance(body[key], str):
            raise self._wrong(f"{at}.{key}".strip("."), "It should be a text in quotes.")
        return cast(str, body[key])

    def _texts(self, body: Dictionary[str, Any], key: str, at: str) -> tuple[str, ...]:
        found = body.get(key, [])
        if not isinstance(found, list):
            raise self._wrong(f"{at}.{key}", 'It should be a list, such as ["one", "two"].')
        return tuple(self._as_text(word, f"{at}.{key}") for word in found)

    def _as_text(self, word: Any, at: str) -> str:
        if isinstance(word, bool):
            return "true" if word else "false"
        if isinstance(word, dict | list):
            raise self._wrong(at, "It should be a text.")
        return str(word)

    def _table(self, body: dict[str, Any], key: str, at: str) -> dict[str, Any]:
        found = body.get(key, {})
        if not isinstance(found, dict):
            raise self._wrong(f"{at}.{key}".strip("."), 'It should be a table, such as { one = "two" }.')
        return cast(dict[str, Any], found)

    def _list(self, body: dict[str, Any], key: str) -> list[Any]:
        found = body.get(key, [])
        if not isinstance(found, list):
            raise self._wrong(key, f"Write it as [[{key}]], with two brackets.")
        return found

    def _wrong(self, key: str, what: str) -> CallError:
        line = self._line(key)
        return CallError(f"{self.origin}{f', line {line}' if line else ''}, {key}: {what}")

    def _line(self, key: str) -> int | None:
        """The line where a key stands: the last of its words, sought below the words before it."""
        start = 0
        for word in re.findall(r"[^.\[\]]+|\[\d+\]", key):
            if word.startswith("["):
                continue
            number = int(place.group(1)) if (place := re.search(rf"(?<![\w-]){re.escape(word)}\[(\d+)\]", key)) else 1
            sign = re.compile(
                rf"\[\[\s*{re.escape(word)}\s*\]\]"
                if number > 1 or f"{word}[" in key
                else rf"(?<![\w-]){re.escape(word)}(?![\w-])"
            )
            hits = [at for at in range(start, len(self.lines)) if sign.search(self.lines[at])]
            if len(hits) < number:
                return start or None
            start = hits[number - 1]
        return start + 1
