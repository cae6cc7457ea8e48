"""Who was erased, in a list beside the database: what an older copy of the hub has forgotten of it.

One line an id, flushed to the disk before the erasure counts. A copy that is put back knows people
who were erased since it was made; before it serves, it erases each of them again (`replay`). For a
database that is a server the list is where HOLDFAST_ERASURES says.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from sync.hub.database import Connection, Database

VARIABLE: Final = "HOLDFAST_ERASURES"
"""The path of the list; without it, it stands beside the database's file."""
SUFFIX: Final = ".erased"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line."""

    customer: str
    at: str
    by: str = ""
    cause: str = ""


_decode = msgspec.json.Decoder(Entry).decode


def path_of(connection: Connection) -> Path | None:
    """Where the list of this hub is; None for a server's without a place named."""
    given = os.environ.get(VARIABLE, "")
    if given:
        return Path(given)
    if connection.shared:
        return None
    for _, name, path in connection.text("PRAGMA database_list"):
        if name == "main" and path:
            return Path(f"{path}{SUFFIX}")
    return None


def is_there(database: Database) -> bool:
    """Whether there is a list at all; asked before anything is opened."""
    given = os.environ.get(VARIABLE, "")
    if given or database.server is not None:
        return bool(given) and Path(given).is_file()
    return Path(f"{database.path}{SUFFIX}").is_file()


def note(connection: Connection, entry: Entry) -> None:
    """Adds a line, on the disk when it returns.

    Written before the commit: an id too many in the list was asked to be erased all the same.
    """
    path = path_of(connection)
    if path is None:
        return
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        os.write(handle, msgspec.json.encode(entry) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def every(connection: Connection) -> list[Entry]:
    """All lines, oldest first; half a line, from a power cut, is none."""
    path = path_of(connection)
    if path is None or not path.is_file():
        return []
    found: dict[str, Entry] = {}
    for line in path.read_bytes().splitlines():
        try:
            entry = _decode(line)
        except msgspec.MsgspecError:
            continue
        found.setdefault(entry.customer, entry)
    return list(found.values())


def replay(connection: Connection, erase: Callable[[Entry], bool]) -> int:
    """Has everybody on the list erased who is not; how many that were. Its own transactions."""
    count = 0
    for entry in every(connection):
        with connection.transaction():
            count += erase(entry)
    return count
