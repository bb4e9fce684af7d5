"""The words people read. English stands beside each declaration; every other language is a folder here."""

from omzet.locale.words import DEFAULT_LANGUAGE, Words, languages, t, words

__all__ = ["DEFAULT_LANGUAGE", "Words", "languages", "t", "words"]
