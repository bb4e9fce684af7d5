"""A draft of a mapping file for a layout nobody knows yet, written so that it usually only needs confirming."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.errors import OmzetError
from omzet.model import TABLES, Kind
from omzet.settings import Settings
from omzet.sources.batch import RawTable
from omzet.sources.formats import Given, with_formats
from omzet.sources.layout import ACCEPTED
from omzet.sources.mapping import mapped_batches
from omzet.sources.mapping_file import parse_mapping
from omzet.sources.synonyms import plain, synonyms

MOST_VALUES = 40
"""A column with more different texts than this gets no table of values."""
EXAMPLES = 3
CHECK = "check"


def suggest(raw: RawTable, session: Session, settings: Settings) -> str:
    """A commented mapping file for `raw`, as TOML text that loads as it is. Raises OmzetError for a file without columns."""
    if not raw.columns:
        raise OmzetError(f"{raw.path} holds no table, so no mapping can be drafted for it.")
    table = _table(raw)
    matched = _matched(raw, table)
    draft = _Draft(raw, session, table, matched)
    draft.drop_what_is_no_day()
    return draft.text(settings)


def _table(raw: RawTable) -> str:
    """The canonical table that most headers speak for; deals when nothing does."""
    words = " ".join(plain(column) for column in (*raw.columns, PurePath(raw.path).stem, raw.sheet or "")).split()
    scores = {
        name: 2 * len(_matched(raw, name)) + sum(word in hints for word in words) + (name == "deals") * 0.5
        for name, hints in synonyms().tables.items()
    }
    return max(scores, key=lambda name: scores[name])


def _matched(raw: RawTable, table: str) -> dict[str, str]:
    """The file's column for each canonical one: each used once, better words first, then headers that contain a word."""
    known = synonyms().headers[table]
    options = [
        (rank, place, column, header)
        for column, words in known.items()
        for place, header in enumerate(raw.columns)
        for rank in (_rank(plain(header), words),)
        if rank is not None
    ]
    matched: dict[str, str] = {}
    used: set[str] = set()
    for _, _, column, header in sorted(options):
        if column not in matched and header not in used:
            matched[column] = header
            used.add(header)
    return matched


def _rank(header: str, words: Sequence[str]) -> int | None:
    if header in words:
        return words.index(header)
    parts = f" {header} "
    inside = [100 + place for place, word in enumerate(words) if len(word) > 4 and f" {word} " in parts]
    return min(inside, default=None)


class _Draft:
    """Writes the draft, looking at the file's values as it goes."""

    def __init__(self, raw: RawTable, session: Session, table: str, matched: dict[str, str]) -> None:
        self.raw, self.session, self.table, self.matched = raw, session, table, matched
        self.id = "".join(c if c.isalnum() else "_" for c in plain(PurePath(raw.path).name.split(".")[0])) or "file"
        self.values: dict[str, list[tuple[str, int]]] = {}

    def drop_what_is_no_day(self) -> None:
        """A column of days must hold some: `Closed` with yes and no is no closing date."""
        for name, header in list(self.matched.items()):
            texts = self._texts(header)
            days = TABLES[self.table].column(name).kind in (Kind.INSTANT, Kind.DAY)
            if days and texts and not any(character.isdigit() for text, _ in texts for character in text):
                del self.matched[name]

    def text(self, settings: Settings) -> str:
        """The draft with what the file tells of dates and numbers, as a first draft without them shows."""
        body = [*self._rows(), *self._named("owner_id", "people"), *self._named("account_id", "accounts")]
        constants = self._stages()
        empties = self._empties()
        first = "\n".join([*self._file(empties, []), *body, *constants])
        formats = self._formats(first, settings)
        return "\n".join([*self._title(), *self._file(empties, formats), *body, *constants]) + "\n"

    def _title(self) -> list[str]:
        rest = [column for column in self.raw.columns if column not in self.matched.values()]
        lines = [
            f"# A draft for {_comment(self.raw.path)}: {len(self.raw.columns)} columns, {self.raw.rows:,} rows.",
            f"# Lines that end in '{CHECK}' are guesses. Save it in the workspace's folder mappings, or load with --mapping.",
        ]
        if rest:
            lines.append(f"# Kept as attributes, to filter and group by: {_comment(', '.join(rest))}")
        return [*lines, "", f"name = {_toml(self.id)}", ""]

    def _file(self, empties: Sequence[str], formats: Sequence[str]) -> list[str]:
        lines = [f"[files.{self.id}]", f"headers = [{', '.join(_toml(column) for column in self.raw.columns)}]"]
        if empties:
            lines.append(f"empty = [{', '.join(_toml(word) for word in empties)}]  # texts that mean nothing")
        return [*lines, *formats, ""]

    def _rows(self) -> list[str]:
        lines = ["[[rows]]", f"table = {_toml(self.table)}", f"file = {_toml(self.id)}", "", "[rows.columns]"]
        order = [*TABLES[self.table].names, *ACCEPTED.get(self.table, ())]
        required = TABLES[self.table].required
        missing: list[str] = []
        for name in order:
            if synonyms().choices(self.table, name) and (name in self.matched or name in required):
                lines.append(self._valued(name))
            elif name in self.matched:
                lines.append(f"{name} = {_toml(self.matched[name])}{self._examples(self.matched[name])}")
            elif name in required:
                lines.append(self._required(name))
            elif name in synonyms().headers[self.table]:
                missing.append(name)
        if self.table == "deals" and "stage" in self.matched and "pipeline" not in self.matched:
            lines.append('pipeline = { text = "Sales" }  # the file names no pipeline')
            missing.remove("pipeline")
        if missing:
            lines.append(f"# Nothing was found for: {', '.join(missing)}")
        return [*lines, ""]

    def _named(self, name: str, table: str) -> list[str]:
        """Rows for the people and accounts that a table only names, so that they have a row of their own."""
        source = self.matched.get(name)
        if source is None or TABLES[self.table].key[0] == name or all(text.isdigit() for text, _ in self._texts(source)):
            return []
        key = TABLES[table].key[0]
        columns = f"columns = {{ {key} = {_toml(source)}, name = {_toml(source)} }}"
        return ["[[rows]]", f"table = {_toml(table)}", f"file = {_toml(self.id)}", "distinct = true", columns, ""]

    def _required(self, name: str) -> str:
        """A required column that no header is for: an identity out of values that are all different, else a guess."""
        key = TABLES[self.table].key[0]
        named = self.matched.get("name") if name == key else self.matched.get(key)
        source = (self._unique() or named if name == key else named or self._unique()) or self.raw.columns[0]
        return f"{name} = {_toml(source)}{self._examples(source)}; {CHECK}"

    def _unique(self) -> str | None:
        """The first column whose values are all there and all different."""
        if not self.raw.rows:
            return None
        counts = ", ".join(f"COUNT(DISTINCT {quoted(column)})" for column in self.raw.columns)
        found = self.session.rows(f"SELECT {counts} FROM {self.raw.relation}")[0]
        return next((column for column, count in zip(self.raw.columns, found, strict=True) if count == self.raw.rows), None)

    def _valued(self, name: str) -> str:
        """A column with a table of values: its own, or for a deal's status the stage's."""
        source = self.matched.get(name) or (self.matched.get("stage") if name == "status" else None)
        choices = synonyms().choices(self.table, name)
        if source is None:
            guess = "open" if "open" in choices else choices[0]
            return f"{name} = {{ text = {_toml(guess)} }}  # no column tells; {CHECK}"
        texts = self._texts(source)
        if not texts or len(texts) > MOST_VALUES:
            return f"{name} = {_toml(source)}{self._examples(source)}; {CHECK}"
        known = {text: synonyms().meaning(self.table, name, text) for text, _ in texts}
        default = "open" if "open" in choices else None
        pairs = {
            text: value or default for text, value in known.items() if (value or default) and text.lower() not in synonyms().empty
        }
        guessed = [text for text, value in known.items() if value is None and text.lower() not in synonyms().empty]
        unique = {text.strip().lower(): (text, value) for text, value in pairs.items()}
        words = ", ".join(f"{_toml(text)} = {_toml(value or '')}" for text, value in unique.values())
        said = f"  # guessed: {_comment(', '.join(guessed))}; {CHECK}" if guessed else ""
        return f"{name} = {{ column = {_toml(source)}, values = {{ {words} }} }}{said}"

    def _stages(self) -> list[str]:
        """The stages of deals in the order of their size, for people to put in order."""
        source = self.matched.get("stage")
        if self.table != "deals" or source is None:
            return []
        texts = [text for text, _ in self._texts(source) if text.lower() not in synonyms().empty]
        pipeline = self.matched.get("pipeline")
        if not texts or len(texts) > MOST_VALUES or (pipeline and len(self._texts(pipeline)) != 1):
            return []
        label = self._texts(pipeline)[0][0] if pipeline else "Sales"
        kinds = {
            text: {"won": "won", "lost": "lost", "disqualified": "lost"}.get(
                synonyms().meaning("deals", "status", text) or "", "open"
            )
            for text in texts
        }
        ordered = sorted(texts, key=lambda text: ("open", "won", "lost").index(kinds[text]))
        rows = [
            f"    {{ pipeline = {_toml(label)}, stage = {_toml(text)}, position = {place}, kind = {_toml(kinds[text])} }},"
            for place, text in enumerate(ordered, 1)
        ]
        check = f"# Put these in the order deals go through them; {CHECK}"
        return ["[[constants]]", 'table = "stages"', f"file = {_toml(self.id)}", check, "rows = [", *rows, "]"]

    def _formats(self, first: str, settings: Settings) -> list[str]:
        """The lines that state date order and decimal mark, where the file's values are not ISO."""
        mapping = parse_mapping(first, "draft.toml")
        given: list[Given] = mapped_batches(mapping, [(mapping.files[self.id], self.raw)])
        lines: list[str] = []
        orders: dict[str, str] = {}
        decimals: dict[str, str] = {}
        for batch in with_formats(given, self.session, settings):
            for said in batch.assumptions:
                target = orders if said.startswith("dates") else decimals
                target.setdefault(said, "")
            if batch.date_order and len(set(batch.date_order.values())) == 1 and orders:
                lines.append(f'date_order = "{next(iter(batch.date_order.values()))}"{_because(list(orders))}')
            if batch.decimal and len(set(batch.decimal.values())) == 1:
                lines.append(f'decimal = "{next(iter(batch.decimal.values()))}"{_because(list(decimals))}')
        return lines

    def _texts(self, column: str) -> list[tuple[str, int]]:
        """The different texts of a column with their counts, the most frequent first; more than MOST_VALUES are cut off."""
        if column not in self.values:
            found = self.session.rows(
                f"SELECT TRIM({quoted(column)}), COUNT(*) FROM {self.raw.relation} WHERE {quoted(column)} IS NOT NULL"
                f" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES + 1}"
            )
            self.values[column] = [(str(text), int(count)) for text, count in found]
        return self.values[column]

    def _examples(self, column: str) -> str:
        texts = [text for text, _ in self._texts(column)[:EXAMPLES]]
        return f"  # for example {_comment(', '.join(texts))}" if texts else "  # empty in this file"

    def _empties(self) -> list[str]:
        """Texts for nothing that occur in a column which is used and holds other texts too."""
        words = ", ".join(f"'{word}'" for word in sorted(synonyms().empty))
        found: dict[str, None] = {}
        for column in dict.fromkeys(self.matched.values()):
            name = quoted(column)
            for (text,) in self.session.rows(
                f"SELECT DISTINCT TRIM({name}) FROM {self.raw.relation} WHERE LOWER(TRIM({name})) IN ({words})"
            ):
                found[str(text).lower()] = None
        return list(found)


def _because(said: Sequence[str]) -> str:
    if not said:
        return ""
    unsure = any("otherwise" in each for each in said)
    return f"  # {_comment('; '.join(said))}{f'; {CHECK}' if unsure else ''}"


def _toml(text: str) -> str:
    """A TOML text in quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """A text that can stand in a comment: one line, not too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 160 else line[:157] + "..."
