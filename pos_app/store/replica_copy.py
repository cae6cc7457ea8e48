"""The last good copy of the replica: `replica.prev.sqlite`, made of the file in use.

A rebuild leaves one behind; between rebuilds sync makes one now and then, so that a till whose
file is damaged sells from yesterday's catalogue and not from none. A page whose check fails is
copied as zeros without a word, so the file is asked for such pages before the copy counts.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2

from pos_app.domain.errors import Unavailable
from pos_app.store.catalogue import CURRENT, PREVIOUS
from pos_app.store.replica import in_its_words
from pos_app.store.schema import connect, flush_directory

COPY: Final = "replica.copy.sqlite"
"""Its name until it is whole."""
DAY_S: Final = 86_400
ROOM_BYTES: Final = 512 << 20
"""What has to be free besides the copy: the journal goes first."""
STEP_PAGES: Final = 1_024
STEP_PAUSE_MOST_S: Final = 0.5
_BESIDES: Final = ("", "-wal", "-shm")


def copy_due(data: Path, now: datetime) -> bool:
    """True where there is no copy, or one from another day, and room for one more."""
    size = (data / CURRENT).stat().st_size
    if shutil.disk_usage(data).free < size + ROOM_BYTES:
        return False
    try:
        kept = (data / PREVIOUS).stat()
    except FileNotFoundError:
        return True
    return kept.st_size == 0 or abs(now.timestamp() - kept.st_mtime) >= DAY_S


def make_copy(
    data: Path,
    key: bytes,
    stopping: Callable[[], bool],
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Makes the copy in the place of the one before; the writer may go on writing meanwhile.

    Takes half of what the disk can do: after each step it lets others write for as long. Ended
    early where `stopping` says so. Raises Unavailable("replica_corrupt", file=) where the file in
    use has a page that cannot be read, Unavailable("disk_full" | …); the copy before then stays.
    """
    current, copy = data / CURRENT, data / COPY
    try:
        with in_its_words(current), closing(connect(current, key, write=False)) as source:
            if _fill(source, copy, key, stopping, pause):
                _check(source)
                _put(copy, data / PREVIOUS)
    except OSError as cause:
        raise Unavailable("replica_write_failed", file=COPY) from cause
    finally:
        _remove(copy)


def _fill(
    source: dbapi2.Connection,
    copy: Path,
    key: bytes,
    stopping: Callable[[], bool],
    pause: Callable[[float], None],
) -> bool:
    """True when `copy` is what `source` was when this began."""
    began = time.monotonic()

    def step(_status: int, _left: int, _pages: int) -> None:
        nonlocal began
        if stopping():
            raise _StoppedError
        pause(min(time.monotonic() - began, STEP_PAUSE_MOST_S))
        began = time.monotonic()

    _remove(copy)
    os.close(os.open(copy, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(dbapi2.connect(str(copy), isolation_level=None)) as target:
        target.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
        target.execute("PRAGMA cipher_log_level=NONE")
        target.execute("PRAGMA journal_mode=OFF")  # nobody uses it before it is flushed as a whole
        target.execute("PRAGMA synchronous=OFF")
        source.execute("BEGIN")  # one moment of the file, whatever is written meanwhile
        source.execute("SELECT count(*) FROM state").fetchone()
        try:
            source.backup(target, pages=STEP_PAGES, progress=step)
        except _StoppedError:
            return False
        finally:
            source.execute("ROLLBACK")
    return True


class _StoppedError(Exception):
    """The copy is no longer wanted."""


def _check(source: dbapi2.Connection) -> None:
    """Raises Unavailable("replica_corrupt", file=) where a page of the file fails its check.

    The pages are read past SQLite's locks: one that is being written may fail once, not twice.
    """
    failed = _failing(source)
    if failed and failed & _failing(source):
        raise Unavailable("replica_corrupt", file=CURRENT)


def _failing(source: dbapi2.Connection) -> set[str]:
    return {told for (told,) in source.execute("PRAGMA cipher_integrity_check")}


def _put(copy: Path, previous: Path) -> None:
    handle = os.open(copy, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    for beside in _BESIDES[1:]:
        Path(f"{previous}{beside}").unlink(missing_ok=True)
    copy.replace(previous)
    flush_directory(previous.parent)


def _remove(path: Path) -> None:
    for beside in _BESIDES:
        with contextlib.suppress(
            OSError
        ):  # what cannot be taken away cannot be written over either
            Path(f"{path}{beside}").unlink(missing_ok=True)
