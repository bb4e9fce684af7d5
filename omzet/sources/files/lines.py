"""Physical lines: what a file's bytes look like, and a copy with clean ones where they need it.

`scan` reads a file once, in chunks, with byte searches only. `rewrite` makes the copy that the readers behind it can
rely on: UTF-8, `\\n`, no NUL, no line beyond the limit, and the same line numbers as the file.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from omzet.errors import OmzetError
from omzet.sources.batch import Rejected

CHUNK = 1 << 19
_UTF8_PAIR = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_HIGH_LINE = re.compile(rb"[\x80-\xff][^\n]*")
SHOWN = 300
"""Characters of a rejected line that are kept to be shown."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"))
_MARKS_16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class Scan:
    """What a file's bytes look like. `lines` counts physical lines, a last one without a line end included;
    `filled_lines` leaves out blank lines at the end. `clean`: it can be read as it is."""

    sha256: str
    size: int
    lines: int
    filled_lines: int
    utf8: bool
    returns: bool
    nul: bool
    long: bool
    gaps: bool
    quotes: int

    @property
    def clean(self) -> bool:
        return self.utf8 and not (self.returns or self.nul or self.long)


def scan(path: Path, longest: int) -> Scan:
    """Read a file once. `longest` is the longest line in bytes that is taken."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = ends = quotes = open_line = 0
    utf8, returns, nul, long, gaps = True, False, False, False, False
    tail = 1
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            found = chunk.count(b"\n")
            ends += found
            quotes += chunk.count(b'"')
            returns = returns or b"\r" in chunk
            nul = nul or b"\0" in chunk
            if utf8 and (not chunk.isascii() or decoder.getstate()[0]):
                utf8 = _continues(decoder, chunk)
            long = long or _too_long(chunk, found, open_line, longest)
            open_line = len(chunk) - chunk.rfind(b"\n") - 1 if found else open_line + len(chunk)
            text = chunk.rstrip(b"\n")
            if text:
                gaps = gaps or b"\n\n" in text or tail > 1 or (tail == 1 and chunk.startswith(b"\n"))
                tail = 0
            tail += len(chunk) - len(text)
    if utf8:
        utf8 = _continues(decoder, b"", final=True)
    lines = ends + (size > 0 and tail == 0)
    return Scan(digest.hexdigest(), size, lines, lines - max(tail - 1, 0), utf8, returns, nul, long, gaps, quotes)


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _too_long(chunk: bytes, ends: int, open_line: int, longest: int) -> bool:
    if not ends:
        return open_line + len(chunk) > longest
    if open_line + chunk.find(b"\n") > longest:
        return True
    if len(chunk) <= longest:
        return False
    return any(len(line) > longest for line in chunk.split(b"\n"))


@dataclass
class Rewriting:
    """What came of a rewrite: the encoding that held, lines set aside (blank in the copy), lines read as Windows-1252."""

    encoding: str
    rejected: list[Rejected] = field(default_factory=list)
    windows_lines: int = 0


def encoding_of(path: Path) -> str | None:
    """The encoding a byte order mark, or a NUL in every second byte, gives away; None when nothing does."""
    with path.open("rb") as handle:
        start = handle.read(4096)
    for mark, name in (*_MARKS, *_MARKS_16):
        if start.startswith(mark):
            return name
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if len(start) >= 8 and odd > len(start) // 5 and even < odd // 4:
        return "utf-16-le"
    if len(start) >= 8 and even > len(start) // 5 and odd < even // 4:
        return "utf-16-be"
    return None


def rewrite(source: Path, target: Path, longest: int, encoding: str | None) -> Rewriting:
    """Write a clean copy of `source`. Lines that can't be used are blank in it and told in `rejected`.

    Without an encoding each line is UTF-8 if it can be, else Windows-1252. Raises OmzetError for an unknown encoding.
    """
    done = Rewriting(encoding or "utf-8")
    with source.open("rb") as handle, target.open("wb") as copy:
        number = 1
        for block, too_long in _blocks(_utf8_chunks(handle, encoding), longest):
            if too_long:
                text = block[:SHOWN].decode("utf-8", "replace")
                done.rejected.append(Rejected(number, f"the line is longer than {longest:,} bytes", text))
                copy.write(b"\n")
                number += 1
                continue
            copy.write(_usable_block(block, number, done))
            number += block.count(b"\n")
    return done


def _usable_block(block: bytes, number: int, done: Rewriting) -> bytes:
    """Whole lines in UTF-8, decoded together where they can be."""
    utf8 = _continues(codecs.getincrementaldecoder("utf-8")(), block, final=True)
    if utf8 and b"\0" not in block and b"\xef\xbf\xbd" not in block:
        return block
    if not utf8 and b"\0" not in block and not _UTF8_PAIR.search(block):
        try:
            decoded = block.decode("cp1252").encode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            done.windows_lines += len(_HIGH_LINE.findall(block))
            return decoded
    return b"\n".join(_usable(line, number + place, done) for place, line in enumerate(block.split(b"\n")))


def _usable(line: bytes, number: int, done: Rewriting) -> bytes:
    """The line in UTF-8, or nothing when it had to be set aside."""
    reason = ""
    try:
        text = line.decode("utf-8")
        if done.encoding != "utf-8" and "\N{REPLACEMENT CHARACTER}" in text:
            reason = f"the line holds bytes that are not {done.encoding}"
    except UnicodeDecodeError:
        try:
            text = line.decode("cp1252")
            done.windows_lines += 1
        except UnicodeDecodeError as error:
            text = line.decode("cp1252", "replace")
            reason = f"byte {line[error.start]:#04x} at position {error.start + 1} is neither UTF-8 nor Windows-1252"
    if "\0" in text:
        reason = f"the line holds a NUL byte at position {text.index(chr(0)) + 1}"
    if reason:
        done.rejected.append(Rejected(number, reason, text[:SHOWN].replace("\0", "\N{SYMBOL FOR NULL}")))
        return b""
    return text.encode("utf-8")


def _utf8_chunks(handle: BinaryIO, encoding: str | None) -> Iterator[bytes]:
    """The file's bytes in UTF-8 as far as the encoding says, without byte order mark, line ends unified to `\\n`."""
    decoder = None
    if encoding and encoding.replace("_", "-").lower() not in ("utf-8", "utf8", "utf-8-sig"):
        try:
            decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        except LookupError as error:
            raise OmzetError(f"'{encoding}' is not an encoding. Use for example utf-8, cp1252, latin-1 or utf-16.") from error
    first, held = True, b""
    while True:
        chunk = handle.read(CHUNK)
        ready = chunk if decoder is None else decoder.decode(chunk, not chunk).encode("utf-8", "replace")
        if first and ready:
            ready = ready.removeprefix(codecs.BOM_UTF8)
            first = False
        ready = held + ready
        held = b""
        if chunk and ready.endswith(b"\r"):
            ready, held = ready[:-1], b"\r"
        if b"\r" in ready:
            ready = ready.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if ready:
            yield ready
        if not chunk:
            return


def _blocks(chunks: Iterator[bytes], longest: int) -> Iterator[tuple[bytes, bool]]:
    """Blocks of whole lines, each ending in `\\n` but for the file's last; a line beyond the limit alone, as its start."""
    held, skipping = b"", False
    for chunk in chunks:
        if skipping:
            end = chunk.find(b"\n")
            if end < 0:
                continue
            chunk, skipping = chunk[end + 1 :], False
        held += chunk
        cut = held.rfind(b"\n") + 1
        whole, held = held[:cut], held[cut:]
        if whole:
            yield from _split_long(whole, longest)
        if len(held) > longest:
            yield held[:SHOWN], True
            held, skipping = b"", True
    if held:
        yield from _split_long(held, longest)


def _split_long(block: bytes, longest: int) -> Iterator[tuple[bytes, bool]]:
    if len(block) <= longest:
        yield block, False
        return
    kept: list[bytes] = []
    for line in block.splitlines(keepends=True):
        if len(line) - 1 > longest:
            if kept:
                yield b"".join(kept), False
                kept = []
            yield line[:SHOWN], True
        else:
            kept.append(line)
    if kept:
        yield b"".join(kept), False
