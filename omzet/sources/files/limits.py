"""How much a file may ask of the machine before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes. Archives are measured while they unpack, whatever they say about themselves.

    `ratio` is unpacked over packed size and only counts beyond `ratio_from` unpacked bytes; a longer line than `line`
    is set aside; `workbook` is the unpacked size of an .xlsx file, which has to fit in memory.
    """

    line: int = 1_000_000
    unpacked: int = 32 * 1024**3
    ratio: int = 200
    ratio_from: int = 64 * 1024**2
    entries: int = 10_000
    workbook: int = 1024**3


LIMITS = Limits()
