"""One file that holds a whole workspace, restores anywhere, and can be checked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import omzet
from omzet.errors import CallError, OmzetError, StoreError
from omzet.settings import FILE_NAME, read_settings, write_settings
from omzet.workspace.create import MAPPINGS, METRICS, STORE_NAME
from omzet.workspace.desk import FILE_NAME as DESK_NAME
from omzet.workspace.desk import is_made

MANIFEST = "omzet-backup.json"
FORMAT = 1
STORE_FILES = (STORE_NAME, f"{STORE_NAME}.wal")
CHUNK = 1 << 20


def copy_store(folder: Path, scratch: Path) -> None:
    """Copy the store's files aside. The caller sees to it that nothing is written meanwhile.

    A process of its own copies: closing a second descriptor of the file in this one would let go of DuckDB's lock on it.
    """
    there = [str(folder / name) for name in STORE_FILES if (folder / name).exists()]
    if there:
        done = subprocess.run(["cp", "--", *there, str(scratch)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise StoreError(f"The store can't be copied: {done.stderr.strip()}")


def save_desk_of(folder: Path, scratch: Path) -> None:
    """Save the workspace's desk as a SQLite file in `scratch`, from whichever database it is in; nothing where there is none.

    People may go on working. Entries that came in after the store was copied are taken over again when it is served.
    """
    settings = read_settings(folder)
    if is_made(folder, settings):
        from omzet.desk.copying import save_desk
        from omzet.desk.store import open_desk

        with open_desk(folder, settings.desk) as desk:
            save_desk(desk, scratch)


def write_archive(folder: Path, store: Path, target: Path) -> Path:
    """Write the archive `target` from the workspace's files, its desk, and the store copied to `store`; read it back; its path.

    A `target` that is a folder gets a file named after the workspace and the moment. Raises CallError when it exists.
    """
    if target.is_dir():
        target = target / f"{folder.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip"
    if target.exists():
        raise CallError(f"{target} exists already. Name another file.")
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    save_desk_of(folder, store)
    files = [*_own_files(folder), *((store / name, name) for name in (*STORE_FILES, DESK_NAME) if (store / name).exists())]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            listed = {}
            for path, name in files:
                archive.write(path, name)
                listed[name] = {"bytes": path.stat().st_size, "sha256": _hash_of(path)}
            about = {"format": FORMAT, "omzet": omzet.__version__, "made_at": datetime.now(UTC).isoformat(), "files": listed}
            archive.writestr(MANIFEST, json.dumps(about, indent=1))
        verify(scratch)
        scratch.replace(target)
    except OSError as error:
        raise StoreError(f"{target} can't be written: {error.strerror}.") from error
    finally:
        scratch.unlink(missing_ok=True)
    return target


def verify(archive: Path) -> dict[str, Any]:
    """Read the whole archive and compare it with what it says to hold; its manifest. Raises OmzetError where it differs."""
    try:
        with zipfile.ZipFile(archive) as opened:
            about = _manifest(opened, archive)
            for name, expected in about["files"].items():
                digest, count = hashlib.sha256(), 0
                with opened.open(name) as stream:
                    while part := stream.read(CHUNK):
                        digest.update(part)
                        count += len(part)
                if count != expected["bytes"] or digest.hexdigest() != expected["sha256"]:
                    raise OmzetError(f"{archive} is damaged: {name} is not what was saved. Use another backup.")
            return about
    except FileNotFoundError:
        raise CallError(f"There is no file {archive}.") from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, OSError) as error:
        raise OmzetError(f"{archive} is no readable backup of Omzet: {error}") from error


def restore(archive: Path, folder: Path) -> None:
    """Unpack a verified archive into `folder`, which is new or empty; all of it or nothing.

    A desk that was in PostgreSQL comes back as `desk.sqlite`, and the settings say so.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CallError(f"{folder} is not empty. Restore into a new folder: nothing is overwritten.")
    about = verify(archive)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with zipfile.ZipFile(archive) as opened:
            for name in about["files"]:
                path = scratch / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(name) as stream, path.open("wb") as file:
                    shutil.copyfileobj(stream, file, CHUNK)
        if (scratch / DESK_NAME).exists():
            (scratch / DESK_NAME).chmod(0o600)
            if read_settings(scratch).desk != "sqlite":
                # The database it was in goes on with the workspace that was saved; two of them must not share it.
                write_settings(scratch, {"desk": "sqlite"})
        scratch.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        scratch.rename(folder)
    except OSError as error:
        raise StoreError(f"{folder} can't be restored: {error.strerror}.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _own_files(folder: Path) -> Iterator[tuple[Path, str]]:
    yield folder / FILE_NAME, FILE_NAME
    for part in (MAPPINGS, METRICS):
        for path in sorted((folder / part).rglob("*")):
            if path.is_file():
                yield path, path.relative_to(folder).as_posix()


def _manifest(opened: zipfile.ZipFile, archive: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(opened.read(MANIFEST))
    if about["format"] > FORMAT:
        raise OmzetError(f"{archive} was made by a newer Omzet ({about['omzet']}). Update Omzet to restore it.")
    allowed = {FILE_NAME, *STORE_FILES, DESK_NAME}
    for name in about["files"]:
        place = PurePosixPath(name)
        inside = len(place.parts) > 1 and place.parts[0] in (MAPPINGS, METRICS) and ".." not in place.parts
        if name not in allowed and not inside:
            raise OmzetError(f"{archive} holds {name!r}, which is no file of a workspace. It is not restored.")
    if FILE_NAME not in about["files"]:
        raise OmzetError(f"{archive} holds no {FILE_NAME}: it is no backup of a workspace.")
    return about


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
