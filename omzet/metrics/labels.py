"""How keys are shown: a person by name, a reference without a row by its id, a name that occurs twice with its id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from omzet.engines import Session
from omzet.metrics.access import ALL, SOMEONE, Access

Made = TypeVar("Made")

SELECTS = {
    "people": "SELECT key, person_id, name FROM people",
    "teams": "SELECT key, team_id, name FROM teams",
    "accounts": "SELECT key, account_id, name FROM accounts",
    "products": "SELECT key, product_id, name FROM products",
    "campaigns": "SELECT key, campaign_id, name FROM campaigns",
    "deals": "SELECT key, deal_id, coalesce(name, deal_id) FROM deals",
    "stages": "SELECT stage_key, stage, name FROM stage_order",
}
MERGED = "SELECT key FROM {table} WHERE merged_into IS NOT NULL"


class Labels:
    """Names of the keys of one snapshot. Tables are read when first asked for, and kept."""

    def __init__(self, session: Session, access: Access = ALL) -> None:
        self._session = session
        self._access = access
        self._known: dict[str, dict[str, str]] = {}
        self._kept: dict[str, list[tuple[Any, ...]]] = {}
        self._made: dict[str, Any] = {}

    def kept(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a small statement, run once for all labels of this snapshot."""
        if name not in self._kept:
            self._kept[name] = self._session.once(sql)
        return self._kept[name]

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` makes of this snapshot, made once."""
        if name not in self._made:
            self._made[name] = make()
        found: Made = self._made[name]
        return found

    def of(self, table: str) -> dict[str, str]:
        """Label by key for every row of a table. Labels are unique, except stages of different pipelines."""
        if table not in self._known:
            rows = self._session.once(SELECTS[table])
            seen: dict[str, int] = {}
            gone = set() if table == "stages" else {k for (k,) in self._session.once(MERGED.format(table=table))}
            for key, _, name in rows:
                # Nothing is shown at a row that was merged into another one: its name is no second one.
                seen[name] = seen.get(name, 0) + (key not in gone)
            twice = table != "stages"
            self._known[table] = {
                key: f"{name} ({own})" if twice and seen[name] > 1 and name != own else name
                for key, own, name in rows
                if table != "people" or self._access.shows(key)
            }
        return self._known[table]

    def label(self, table: str, key: str | None) -> str | None:
        """What is shown for a key; the id itself where no row names it."""
        if key is None:
            return None
        if table == "people" and not self._access.shows(key):
            return SOMEONE
        return self.of(table).get(key, key.split(":", 1)[-1].split("|")[-1])

    def keys(self, table: str, text: str) -> list[str]:
        """The keys that a person means by a text: the key itself, else those with that label, name or id."""
        known = self.of(table)
        if text in known:
            return [text]
        found = [key for key, label in known.items() if label == text]
        if not found:
            found = [key for key, own, name in self._session.once(SELECTS[table]) if text in (own, name) and key in known]
        return found
