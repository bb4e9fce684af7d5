"""The one family of errors that a person can act on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class OmzetError(Exception):
    """Something is wrong with the data or the answer. The text says what, where, and what to do."""

    exit_code = 1


class CallError(OmzetError):
    """The call itself is wrong: an unknown metric, dimension, setting or date."""

    exit_code = 2


class StoreError(OmzetError):
    """The store can't do what was asked: locked, too new, damaged, or out of disk space."""


def unknown(kind: str, word: str, known: Iterable[str]) -> CallError:
    """A CallError that names `word` and the nearest right word.

    Parameters: `kind` is what the word should have been ("metric", "dimension"), `known` the words that exist.
    """
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    hint = f" Did you mean '{near[0]}'?" if near else (f" Known: {', '.join(words[:12])}." if words else "")
    return CallError(f"Unknown {kind} '{word}'.{hint}")
