"""One process owns the workspace, and the kernel lets go when it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omzet.errors import StoreError
from omzet.workspace.lock import FILE_NAME, Holder, Lock, read_holder

HOLD = """
import sys, time, pathlib
from omzet.workspace.lock import Lock
lock = Lock(pathlib.Path(sys.argv[1]))
assert lock.acquire("omzet load")
print("held", flush=True)
time.sleep(60)
"""


def holding(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_does_not_get_the_lock_and_reads_who_has_it(tmp_path: Path) -> None:
    process = holding(tmp_path)
    try:
        assert not Lock(tmp_path).acquire("omzet query")
        assert read_holder(tmp_path) == Holder(process.pid, "omzet load")
    finally:
        process.kill()
        process.communicate()


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    process = holding(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    lock = Lock(tmp_path)
    assert lock.acquire("omzet query")
    lock.release()


def test_a_released_lock_says_nobody(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    assert lock.acquire("omzet load")
    lock.release()
    lock.release()
    assert read_holder(tmp_path) is None


def test_two_locks_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert first.acquire("one")
    assert not second.acquire("two")
    first.release()
    assert second.acquire("two")
    second.release()


def test_a_torn_lock_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"pid": 12')
    assert read_holder(tmp_path) is None


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't be opened"):
        Lock(tmp_path / "gone").acquire("omzet load")


def test_waiting_takes_little_longer_than_the_holder(tmp_path: Path) -> None:
    from omzet.workspace.turn import take_over

    process = holding(tmp_path)
    said: list[Holder | None] = []
    begun = time.monotonic()
    killer = subprocess.Popen(["sh", "-c", f"sleep 1.5; kill -9 {process.pid}"])
    lock = take_over(tmp_path, "omzet serve", said.append)
    waited = time.monotonic() - begun
    lock.release()
    killer.wait()
    process.communicate()
    assert 1.4 < waited < 10
    assert said == [Holder(process.pid, "omzet load")]
