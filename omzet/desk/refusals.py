"""What the desk refuses, in words for the person at the page: each has an id, so that it reads in their language."""

from __future__ import annotations

from omzet.errors import CallError
from omzet.locale import t


class Refused(CallError):
    """What was asked can't be done as asked. `str(error)` is English; `error.text("nl")` is what a page shows."""

    def __init__(self, id: str, english: str, **values: object) -> None:
        self.id, self.english, self.values = id, english, values
        super().__init__(self.text())

    def text(self, language: str = "en") -> str:
        """The words in a language, English where it has none."""
        return t(self.id, self.english, language, **self.values)


class Conflict(Refused):
    """Somebody else changed the same row meanwhile. Nothing was written: read it anew and decide."""


class NotAllowed(Refused):
    """The person may not do this."""


class NotSignedIn(Refused):
    """The e-mail, password, session or token doesn't count (any more)."""


class TooManyAttempts(NotSignedIn):
    """Too many failed sign-ins. `seconds` until the next one is accepted."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            "desk.sign-in.too-many",
            "Too many attempts. Try again in {n} minute. | Too many attempts. Try again in {n} minutes.",
            n=max(1, -(-seconds // 60)),
        )
