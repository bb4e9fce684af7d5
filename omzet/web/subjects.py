"""Whom a review, a goal or a remark may be about: the people and teams that a reader may see by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from omzet.web.choice import Choice, clause
from omzet.web.reader import Reader
from omzet.web.site import Site


@dataclass(frozen=True)
class Subject:
    """The company, a team or a person: `level` is `company`, `team` or `rep`, `key` its key, empty for the company."""

    level: str
    key: str
    name: str

    @property
    def id(self) -> str:
        """Level and key in one word, for forms."""
        return f"{self.level}|{self.key}"


def subjects(site: Site, reader: Reader) -> list[Subject]:
    """Whom the reader may talk about, the company first for who sees everybody."""
    sees_everybody = not reader.access.is_limited and reader.access.names is None
    found = [Subject("company", "", site.workspace.settings.name or "Omzet")] if sees_everybody else []
    for level, table in (("team", "teams"), ("rep", "people")):
        for key, name in site.workspace.named(table):
            if _is_seen(reader, level, key):
                found.append(Subject(level, key, name or key))
    return found


def _is_seen(reader: Reader, level: str, key: str) -> bool:
    access = reader.access
    if level == "rep":
        return access.shows(key) and (not access.is_limited or access.person != key or not _is_manager(reader))
    return not access.is_limited or any(c.dimension == "team" and key in c.values for c in access.conditions)


def _is_manager(reader: Reader) -> bool:
    return any(c.dimension == "team" for c in reader.access.conditions)


def find(all_of: list[Subject], id: str) -> Subject | None:
    """The subject of a form's word; None where there is none, or none that the reader may see."""
    return next((each for each in all_of if each.id == id), None)


def narrowed(choice: Choice, subject: Subject) -> Choice:
    """A choice about one subject alone."""
    if subject.level == "company":
        return choice
    return replace(choice, conditions=(*choice.conditions, clause(subject.level, [subject.key])))
