"""From the paths a person names to staged tables: files, folders of files, zips of files."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.errors import CallError, OmzetError
from omzet.sources.batch import RawTable
from omzet.sources.files.archives import Room, check_workbook, unpack_gzip, unpack_zip
from omzet.sources.files.delimited import Encodings, empty_table, read_delimited
from omzet.sources.files.headers import column_names
from omzet.sources.files.limits import LIMITS, Limits

TEXT = frozenset({".csv", ".tsv", ".txt", ".tab"})
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})
ZIPPED_WORKBOOKS = WORKBOOKS - {".xls"}
PARQUET = frozenset({".parquet", ".pq"})
KNOWN = TEXT | WORKBOOKS | PARQUET
TAKEN = "CSV, TSV, TXT, XLSX and Parquet files, .gz of them, folders and zips"
SMALLEST_PARQUET = 12
SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


def open_paths(
    paths: Iterable[Path], session: Session, *, limits: Limits = LIMITS, encodings: Encodings = lambda headers: None
) -> list[RawTable]:
    """Stage every table in the files, folders and zips named by `paths`.

    `encodings` tells the encoding of a layout by its headers. A file inside a folder or zip that isn't one Omzet reads
    gives a table without columns that says so. Raises CallError for a path that doesn't exist or can't be a table, and
    OmzetError for a file that is damaged or asks for more room than `limits` give.
    """
    tables: list[RawTable] = []
    room = Room(limits)
    try:
        with tempfile.TemporaryDirectory(prefix="omzet-") as folder:
            for number, path in enumerate(paths):
                scratch = Path(folder) / str(number)
                scratch.mkdir()
                for file, shown in _files(Path(path)):
                    tables += _open(file, shown, session, scratch, room, encodings)
    except OSError as error:
        raise OmzetError(f"{error.filename or 'A file'} can't be read: {error.strerror or error}.") from error
    return tables


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """The files a path stands for, with the name they are shown by, in the order of their names."""
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.is_file() and not _is_hidden(each.relative_to(path)))
        if not inside:
            raise CallError(f"{path} holds no files. Omzet reads {TAKEN}.")
        for each in inside:
            yield each, f"{path.name}/{each.relative_to(path)}" if path.name else str(each)
        return
    if not path.exists():
        raise CallError(f"There is no file or folder {path}. Check the spelling.")
    if not path.is_file():
        raise CallError(f"{path} is neither a file nor a folder.")
    if not (_kind(path.name) in KNOWN or path.suffix.lower() == ".zip"):
        raise CallError(f"{path.name} is not a file Omzet reads. It reads {TAKEN}.")
    yield path, path.name


def _open(file: Path, shown: str, session: Session, scratch: Path, room: Room, encodings: Encodings) -> list[RawTable]:
    if file.suffix.lower() != ".zip":
        return _open_file(file, shown, session, scratch, room, encodings)
    tables: list[RawTable] = []
    for name, member in unpack_zip(file, scratch, shown, room):
        if _is_hidden(Path(name)):
            continue
        inner = f"{shown}/{name}"
        if member.suffix.lower() == ".zip":
            raise OmzetError(f"{inner} is a zip inside a zip. Unpack {shown} and load what is in it.")
        tables += _open_file(member, inner, session, scratch, room, encodings)
    return tables


def _open_file(file: Path, shown: str, session: Session, scratch: Path, room: Room, encodings: Encodings) -> list[RawTable]:
    kind = _kind(shown)
    if kind not in KNOWN:
        return [empty_table(shown, None, "", (), f"{shown} was left out: Omzet reads {TAKEN}")]
    unpacked = scratch / f"unpacked{kind}"
    if shown.lower().endswith(".gz"):
        unpack_gzip(file, unpacked, shown, room)
        file = unpacked
    try:
        if kind in TEXT:
            return [read_delimited(file, shown, session, scratch, room.limits, encodings)]
        if file.stat().st_size == 0:
            return [empty_table(shown, None, hashlib.sha256().hexdigest(), (), f"{shown} is empty")]
        if kind in PARQUET:
            return [_read_parquet(file, shown, session)]
        if kind in ZIPPED_WORKBOOKS:
            check_workbook(file, shown, room)
        from omzet.sources.files.spreadsheet import read_workbook

        return read_workbook(file, shown, session) or [empty_table(shown, None, "", (), f"{shown} holds no table")]
    finally:
        unpacked.unlink(missing_ok=True)


def _read_parquet(file: Path, shown: str, session: Session) -> RawTable:
    with file.open("rb") as handle:
        start = handle.read(4)
        handle.seek(-4, 2)
        end = handle.read(4)
        if start != b"PAR1" or end != b"PAR1" or file.stat().st_size < SMALLEST_PARQUET:
            raise OmzetError(f"{shown} is damaged or no Parquet file. Export or copy it again.")
        handle.seek(0)
        file_hash = hashlib.file_digest(handle, "sha256").hexdigest()
    staged = session.stage_parquet(file)
    names, said = column_names(staged.columns)
    for old, new in zip(staged.columns, names, strict=True):
        if old != new:
            session.run(f"ALTER TABLE {staged.relation} RENAME COLUMN {quoted(old)} TO {quoted(new)}")
    (first,), *_ = session.rows(f"SELECT MIN(rowid) FROM {staged.relation}")
    words = tuple(f"{each} ({shown})" for each in said)
    return RawTable(shown, None, file_hash, names, staged.relation, staged.rows, 1 - (first or 0), (), words)


def _kind(name: str) -> str:
    """The suffix that says what a file is, without .gz."""
    lower = name.lower().removesuffix(".gz")
    return Path(lower).suffix


def _is_hidden(path: Path) -> bool:
    """Files that the system or Excel left behind."""
    return any(part.startswith((".", "~$")) or part.lower() in SYSTEM_FILES for part in path.parts)
