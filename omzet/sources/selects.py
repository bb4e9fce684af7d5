"""A mapping's rules as SELECT statements over staged tables. Names and texts out of files are always quoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

from omzet.engines.sql import quoted, text_literal
from omzet.model import TABLES
from omzet.model.table import Decimal
from omzet.sources.batch import RawTable
from omzet.sources.files.headers import normal
from omzet.sources.layout import Constants, FileLayout, Mapping, Rule, Value


@dataclass(frozen=True)
class Selected:
    """A SELECT with what it yields; `sources` names the file's column behind a canonical one, for messages; the numbers in
    `computed` columns are plain, whatever the file writes."""

    select: str
    columns: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    sources: Dictionary[str, str] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()
    assumptions: tuple[str, ...] = ()


def numbered(raw: RawTable, columns: Iterable[str] | None = None) -> str:
    """The staged rows of `raw` with their line as `_line`."""
    names = ", ".join(quoted(column) for column in (raw.columns if columns is None else columns))
    return f"(SELECT {names}{', ' if names else ''}{raw.line_sql} AS _line FROM {raw.relation})"


def constant_rows(constants: Constants) -> Selected:
    """The rows that stand in a mapping; their line is 0."""
    columns = tuple(name for name in TABLES[constants.table].names if any(name in row for row in constants.rows))
    selects = [
        "SELECT "
        + ", ".join(f"CAST({text_literal(row[c]) if c in row else 'NULL'} AS VARCHAR) AS {quoted(c)}" for c in columns)
        + ", CAST(0 AS BIGINT) AS line"
        for row in constants.rows
    ]
    return Selected("\nUNION ALL\n".join(selects), columns)


def rule_rows(rule: Rule, raw: RawTable, mapping: Mapping, tables: Dictionary[str, Sequence[RawTable]]) -> Selected:
    """The rows a rule makes of `raw`. `tables` holds the tables of the mapping's files, by file id, for lookups.

    A lookup that gives several different values gives none; a lookup file that isn't there gives none and says so.
    """
    writer = _Writer(raw, mapping.files[rule.file], mapping, tables)
    columns = {name: writer.value(value) for name, value in rule.columns.items()}
    attributes = _attributes(rule, raw, mapping)
    chosen = [f"{sql} AS {quoted(name)}" for name, sql in columns.items()]
    kept = [f"{writer.column(column)} AS {quoted(name)}" for name, column in attributes.items()]
    body = (
        "SELECT\n    "
        + ",\n    ".join([*chosen, *kept, "s._line AS line"])
        + f"\nFROM {numbered(raw)} AS s"
        + "".join(writer.joins)
    )
    if rule.distinct:
        names = ", ".join(quoted(name) for name in (*columns, *attributes))
        key = quoted(TABLES[rule.table].key[0])
        body = f"SELECT {names}, MIN(line) AS line\nFROM (\n{body}\n) AS d\nWHERE {key} IS NOT NULL\nGROUP BY {names}"
    sources = {name: " and ".join(value.columns) for name, value in rule.columns.items() if value.columns}
    computed = frozenset(name for name, value in rule.columns.items() if value.times is not None)
    return Selected(body, tuple(columns), tuple(attributes), sources, computed, tuple(dict.fromkeys(writer.said)))


def _attributes(rule: Rule, raw: RawTable, mapping: Mapping) -> dict[str, str]:
    """Kept column by the name it is kept under: never one of the table's own."""
    if rule.attributes is None and rule.distinct:
        return {}
    used = {normal(column) for each in mapping.rules if each.file == rule.file for column in _used(each)}
    wanted = None if rule.attributes is None else {normal(column) for column in rule.attributes}
    kept: dict[str, str] = {}
    for column in raw.columns:
        if normal(column) in used if wanted is None else normal(column) not in wanted:
            continue
        kept[f"{rule.file}_{column}" if normal(column) in TABLES[rule.table].names else column] = column
    return kept


def _used(rule: Rule) -> set[str]:
    return {
        column
        for value in rule.columns.values()
        for column in (*(value.columns if value.of is None else ()), *value.only_if, *value.match.values())
    }


class _Writer:
    """Writes the expressions of one SELECT, collecting the joins they need."""

    def __init__(self, raw: RawTable, file: FileLayout, mapping: Mapping, tables: Dictionary[str, Sequence[RawTable]]) -> None:
        self.raw, self.file, self.mapping, self.tables = raw, file, mapping, tables
        self.joins: list[str] = []
        self.said: list[str] = []

    def column(self, name: str, alias: str = "s", raw: RawTable | None = None, file: FileLayout | None = None) -> str:
        """A column of the file, with the file's texts for empty taken out."""
        raw, file = raw or self.raw, file or self.file
        actual = next((column for column in raw.columns if normal(column) == normal(name)), None)
        if actual is None:
            self.said.append(f"{raw.path} has no column '{name}', so what {self.mapping.name} makes of it is empty")
            return "CAST(NULL AS VARCHAR)"
        return _without(f"{alias}.{quoted(actual)}", file.empty)

    def value(self, value: Value) -> str:
        if value.text is not None:
            sql = f"CAST({text_literal(value.text)} AS VARCHAR)"
        elif value.of is not None:
            sql = self._looked_up(value, value.of)
        elif len(value.columns) == 1:
            sql = self.column(value.columns[0])
        else:
            sql = self._joined([self.column(name) for name in value.columns], value.join)
        sql = _without(sql, value.empty)
        if value.values or value.otherwise is not None:
            meant = ((text_literal(text.strip().lower()), text_literal(word)) for text, word in value.values.items())
            cases = " ".join(f"WHEN {text} THEN {word}" for text, word in meant)
            rest = sql if value.otherwise is None else f"CASE WHEN {sql} IS NOT NULL THEN {text_literal(value.otherwise)} END"
            sql = f"CASE LOWER(TRIM({sql})) {cases} ELSE {rest} END" if cases else rest
        if value.times is not None:
            sql = self._multiplied(sql, value.times, self.mapping.files[value.of or self.file.id].decimal)
        if value.only_if:
            conditions = [_one_of(self.column(name), words) for name, words in value.only_if.items()]
            sql = f"CASE WHEN {' AND '.join(conditions)} THEN {sql} END"
        return sql

    def _joined(self, parts: list[str], join: str) -> str:
        """Filled parts with `join` between them."""
        pieces = [f"CASE WHEN {part} IS NOT NULL THEN {text_literal(join)} || {part} ELSE '' END" for part in parts]
        return f"NULLIF(SUBSTR({' || '.join(pieces)}, {len(join) + 1}), '')"

    def _multiplied(self, sql: str, times: int, decimal: Decimal | None) -> str:
        """A number in thousands or millions, in ones. What can't be multiplied must not pass for a number of ones."""
        plain = f"REPLACE(REPLACE({sql}, '.', ''), ',', '.')" if decimal == "," else f"REPLACE({sql}, ',', '')"
        product = f"CAST(CAST(TRY_CAST({plain} AS DECIMAL(18, 4)) * {times} AS DECIMAL(38, 4)) AS VARCHAR)"
        return f"COALESCE({product}, {sql} || ' times {times}')"

    def _looked_up(self, value: Value, of: str) -> str:
        others = self.tables.get(of)
        if not others:
            self.said.append(f"{', '.join(value.columns)} can't be looked up for {self.raw.path}: the file '{of}' is not there")
            return "CAST(NULL AS VARCHAR)"
        layout, alias = self.mapping.files[of], f"l{len(self.joins) + 1}"
        groups = ", ".join(f"k{place}" for place in range(len(value.match)))
        selects = []
        for other in others:
            keys = [f"{self.column(theirs, 'o', other, layout)} AS k{place}" for place, theirs in enumerate(value.match)]
            found = self._joined([self.column(name, "o", other, layout) for name in value.columns], value.join)
            selects.append(f"SELECT {', '.join(keys)}, {found} AS v FROM {other.relation} AS o")
        on = " AND ".join(f"{alias}.k{place} = {self.column(ours)}" for place, ours in enumerate(value.match.values()))
        self.joins.append(
            f"\nLEFT JOIN (\n    SELECT {groups}, CASE WHEN MIN(v) = MAX(v) THEN MIN(v) END AS v"
            f"\n    FROM ({' UNION ALL '.join(selects)}) AS f\n    GROUP BY {groups}\n) AS {alias} ON {on}"
        )
        return f"{alias}.v"


def _without(sql: str, empty: Iterable[str]) -> str:
    words = tuple(empty)
    return f"CASE WHEN {_one_of(sql, words)} THEN NULL ELSE {sql} END" if words else sql


def _one_of(sql: str, words: Iterable[str]) -> str:
    return f"LOWER(TRIM({sql})) IN ({', '.join(text_literal(word.strip().lower()) for word in words)})"
