"""Zips and gzips, unpacked into a folder of ours under limits. A member's name is shown, never used as a path."""

from __future__ import annotations

import gzip
import itertools
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from omzet.errors import OmzetError
from omzet.sources.files.limits import Limits

BLOCK = 1 << 20


@dataclass
class Room:
    """What one load may still unpack: shared by all its archives."""

    limits: Limits
    unpacked: int = 0

    def take(self, count: int, shown: str) -> None:
        """Count unpacked bytes. Raises OmzetError beyond the limit."""
        self.unpacked += count
        if self.unpacked > self.limits.unpacked:
            size = self.limits.unpacked / 1024**3
            raise OmzetError(
                f"{shown} unpacks to more than {size:,.1f} GB in all. Unpack it yourself and load the files one by one."
            )


def unpack_gzip(source: Path, target: Path, shown: str, room: Room) -> None:
    """Unpack one .gz file. Raises OmzetError when it is damaged, or grows beyond the limits."""
    try:
        with gzip.open(source, "rb") as packed:
            _copy(packed, target, shown, source.stat().st_size, room)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise OmzetError(f"{shown} is damaged or no gzip file ({error}). Export or copy it again.") from error


def unpack_zip(source: Path, folder: Path, shown: str, room: Room) -> Iterator[tuple[str, Path]]:
    """The files in a zip as name and unpacked path, each deleted once the next is asked for.

    Raises OmzetError when the zip is damaged, has a password, holds too many files, or grows beyond the limits.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > room.limits.entries:
                raise OmzetError(
                    f"{shown} holds {len(members):,} files, more than {room.limits.entries:,}. Load the ones you need."
                )
            for number, member in zip(itertools.count(), members, strict=False):
                if member.flag_bits & 1:
                    raise OmzetError(f"{shown} has a password. Unpack it and load the files.")
                name = _shown_name(member.filename)
                target = folder / f"member-{number}{''.join(Path(name).suffixes[-2:])}"
                with archive.open(member) as packed:
                    _copy(packed, target, f"{shown}/{name}", member.compress_size, room)
                yield name, target
                target.unlink(missing_ok=True)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise OmzetError(f"{shown} is damaged or no zip file ({error}). Export or copy it again.") from error


def check_workbook(source: Path, shown: str, room: Room) -> None:
    """Refuse a workbook that would not fit in memory, by unpacking it into nothing. Raises OmzetError."""
    try:
        with zipfile.ZipFile(source) as archive:
            total = 0
            for member in archive.infolist():
                with archive.open(member) as packed:
                    while block := packed.read(BLOCK):
                        total += len(block)
                        if total > room.limits.workbook:
                            size = room.limits.workbook / 1024**3
                            raise OmzetError(
                                f"{shown} unpacks to more than {size:,.1f} GB. Save its sheets as CSV and load those."
                            )
                        _check_ratio(total, source.stat().st_size, shown, room)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise OmzetError(f"{shown} is damaged, has a password, or is no workbook ({error}). Save it again as .xlsx.") from error


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, shown: str, packed_size: int, room: Room) -> None:
    total = 0
    with target.open("wb") as out:
        while block := packed.read(BLOCK):
            total += len(block)
            room.take(len(block), shown)
            _check_ratio(total, packed_size, shown, room)
            out.write(block)


def _check_ratio(total: int, packed_size: int, shown: str, room: Room) -> None:
    if total > room.limits.ratio_from and total > packed_size * room.limits.ratio:
        raise OmzetError(
            f"{shown} unpacks to more than {room.limits.ratio} times its size, as no export does. Unpack it yourself."
        )


def _shown_name(name: str) -> str:
    """A member's name without the parts that would lead out of the archive."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join("".join(c if c.isprintable() else "_" for c in part) for part in parts) or "unnamed"
