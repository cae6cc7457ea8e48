"""Connections to the till's two files: keyed first, every promise about durability read back.

A connection that does not answer its pragmas as asked is not used: a till that only believes it
is durable is worse than one that says it cannot start.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2

from pos_app.domain.errors import PosError, Refused, Unavailable

# The driver binds numbers and text at once. For any other type it searches for somebody who adapts
# it, each time anew, which takes five times as long as the binding: so it is told who does.
dbapi2.register_adapter(bytes, bytes)
dbapi2.register_adapter(bool, int)
dbapi2.register_adapter(type(None), lambda nothing: nothing)

SQLITE_NEEDED: Final = (3, 51, 3)
"""Versions before can lose a commit when a WAL is reset while another connection is open."""
WAL_LIMIT_BYTES: Final = 16 << 20
BUSY_TIMEOUT_MS: Final = 2_000

_EVERYWHERE: Final = {
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "temp_store": 2,
    "busy_timeout": BUSY_TIMEOUT_MS,
}
_SYNCHRONOUS_FULL: Final = 2

SQL_ERROR: Final = 1
IO_ERROR: Final = 10
_CORRUPT, _NOT_A_DATABASE = 11, 26
_CODES: Final = {
    5: "file_locked",
    6: "file_locked",
    15: "file_locked",
    8: "ledger_read_only",
    13: "disk_full",
    14: "file_unreadable",
    3: "ledger_read_only",
    23: "file_unreadable",
    IO_ERROR: "ledger_write_failed",
    _CORRUPT: "ledger_corrupt",
    _NOT_A_DATABASE: "ledger_corrupt",
}


def primary_code(error: BaseException) -> int:
    """SQLite's primary result code of a driver error; 0 where it has none."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def told(
    error: BaseException, path: Path, *, busy: str = "file_locked", ours: bool = True
) -> PosError:
    """A driver's error as what a person should do about it.

    A key that does not fit reads as a damaged file: from outside they are the same. An error
    that is our own (a wrong statement, a broken constraint) is raised as it is; in a file of which
    nobody knows yet whether it is `ours`, a table that is missing means that it is not.
    """
    code = _CODES.get(primary_code(error))
    if not ours and primary_code(error) == SQL_ERROR:
        code = "ledger_corrupt"
    if code is None:
        raise error
    return Unavailable(busy if code == "file_locked" else code, file=path.name)


def check_version(found: tuple[int, ...] = dbapi2.sqlite_version_info) -> None:
    """Raises Refused("sqlite_too_old", found=, need=) below the first safe version."""
    if tuple(found) < SQLITE_NEEDED:
        raise Refused("sqlite_too_old", found=_dotted(found), need=_dotted(SQLITE_NEEDED))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def connect(
    path: Path, key: bytes, *, write: bool, wal_autocheckpoint: int = 0
) -> dbapi2.Connection:
    """A connection in autocommit, keyed with 32 raw bytes, WAL and `synchronous=FULL`.

    With `write` the file is made where it is missing (readable by its owner alone); without,
    it must exist and the connection refuses to write. Any thread may use it, one at a time.
    Raises Refused("sqlite_too_old" | "pragma_refused"), Unavailable("ledger_corrupt" |
    "file_locked" | "disk_full" | "ledger_read_only" | "file_unreadable" |
    "ledger_write_failed", file=).
    """
    check_version()
    if len(key) != 32:
        raise ValueError("a raw key is 32 bytes")
    try:
        if write and not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = dbapi2.connect(
            f"{path.absolute().as_uri()}?mode={'rw' if write else 'ro'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
    except dbapi2.Error as cause:
        raise told(cause, path) from cause
    except OSError as cause:
        raise Unavailable("file_unreadable", file=path.name) from cause
    try:
        _prepare(connection, key, write, wal_autocheckpoint)
    except dbapi2.Error as cause:
        connection.close()
        raise told(cause, path) from cause
    except PosError:
        connection.close()
        raise
    return connection


def _prepare(connection: dbapi2.Connection, key: bytes, write: bool, autocheckpoint: int) -> None:
    execute = connection.execute
    execute(f"PRAGMA key=\"x'{key.hex()}'\"")
    execute("PRAGMA cipher_log_level=NONE")  # it writes to stderr; errors are raised anyway
    execute("SELECT count(*) FROM sqlite_master").fetchone()  # does the key fit?
    wanted = dict(_EVERYWHERE)
    if write:
        execute("PRAGMA journal_mode=WAL")
        wanted |= {
            "synchronous": _SYNCHRONOUS_FULL,
            "wal_autocheckpoint": autocheckpoint,
            "journal_size_limit": WAL_LIMIT_BYTES,
        }
        if sys.platform == "darwin":
            wanted |= {"fullfsync": 1, "checkpoint_fullfsync": 1}
    else:
        wanted["query_only"] = 1
    for name, value in wanted.items():
        execute(f"PRAGMA {name}={value}")
    for name, value in wanted.items():
        found = execute(f"PRAGMA {name}").fetchone()
        _same(name, value, found)
    if write:
        _same("journal_mode", "wal", execute("PRAGMA journal_mode").fetchone())
        # A file that may only be read opens and begins all the same; a change is refused.
        execute("BEGIN IMMEDIATE")
        execute("PRAGMA user_version=0")
        execute("ROLLBACK")
    if not execute("PRAGMA cipher_version").fetchone():
        raise Refused("pragma_refused", pragma="cipher_version", wanted="any", found="none")


def _same(name: str, wanted: int | str, found: tuple[object, ...] | None) -> None:
    if found is None or found[0] != wanted:
        got = "none" if found is None else found[0]
        raise Refused("pragma_refused", pragma=name, wanted=wanted, found=got)


def flush_directory(path: Path) -> None:
    """Makes new and renamed names in a directory durable, where the system can."""
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
