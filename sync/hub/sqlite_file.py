"""What only a hub on SQLite can do with its file: copy it while it serves, put another in its place."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2 as driver

from pos_app.domain.errors import Unavailable
from sync.hub.database import storage_errors

BESIDES: Final = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps of one database: the file and what stands beside it."""


def copy(source: Path, to: Path) -> None:
    """The database as it is at one moment, in a new file that only its owner may read.

    Writers go on meanwhile: the copy is taken in one step inside one reading transaction.
    """
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with storage_errors(), _opened(source, "ro") as reading, _opened(to, "rw") as writing:
        reading.execute("PRAGMA busy_timeout = 30000").fetchall()
        reading.backup(writing, pages=-1)


def settle(path: Path) -> None:
    """Makes one plain file of a database that nobody has open, and has it written to the disk."""
    with storage_errors(), _opened(path, "rw") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("PRAGMA journal_mode = delete").fetchall()
    with path.open("rb") as written:
        os.fsync(written.fileno())
    flush_directory(path.parent)


def is_idle(path: Path) -> bool:
    """True where no other process has the database open; a file that is past use is nobody's."""
    with contextlib.suppress(driver.DatabaseError), _opened(path, "rw") as connection:
        connection.execute("PRAGMA busy_timeout = 1000").fetchall()
        try:
            found = connection.execute("PRAGMA journal_mode = delete").fetchall()
        except driver.OperationalError as cause:
            return "locked" not in str(cause).lower()
        return bool(found == [("delete",)])
    return True


def set_aside(path: Path, name: str) -> Path:
    """Gives a database another name, with all that belongs to it; where it is now."""
    aside = path.with_name(name)
    for beside in BESIDES:
        part = path.with_name(path.name + beside)
        if part.exists():
            part.rename(aside.with_name(name + beside))
    flush_directory(path.parent)
    return aside


def remove(path: Path) -> None:
    """Takes away a copy that was only half made."""
    for beside in BESIDES:
        path.with_name(path.name + beside).unlink(missing_ok=True)


def flush_directory(folder: Path) -> None:
    """What was renamed in it is so after a power cut as well."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _opened(path: Path, mode: str) -> Iterator[driver.Connection]:
    if not path.is_file():
        raise Unavailable("backup_missing", path=str(path))
    connection = driver.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None
    )
    try:
        yield connection
    finally:
        connection.close()
