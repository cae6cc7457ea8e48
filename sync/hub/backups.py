"""Copies of a hub: made while it serves and read again before they count; and put back.

A copy counts once every chain in it was computed again and its books are what its journal gives.
Only then do acks say that a till's entries are in it (`archived_seq`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pos_app.domain.errors import Refused, Unavailable
from sync.hub import archive, recovering, sqlite_file
from sync.hub.answers import Ids, stamp
from sync.hub.customers import privacy
from sync.hub.database import Database
from sync.hub.identity import load_keys
from sync.hub.verifying import Verdict, verify

UNVERIFIED: Final = ".unverified"
"""What is put behind the name of a copy that was found not whole: better than none, and no more."""
_PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made: where it is, and what was found in it."""

    path: Path
    verdict: Verdict
    size: int


@dataclass(frozen=True, slots=True)
class Restored:
    """A hub that was put back: whom it waits for, and where what was there before is now."""

    verdict: Verdict
    tills: int
    before: Path | None
    erased: int = 0
    """People who were erased since that copy was made, and are erased again."""


def backup(database: Database, to: Path, now: dt.datetime, *, replace: bool = False) -> Backup:
    """A verified copy of the hub in one file; the hub may serve meanwhile.

    One that is not whole keeps another name, and `verdict` says why. Raises
    Refused("backup_by_pg_dump" | "backup_exists" | "backup_missing" (its folder) | "hub_missing").
    """
    _only_sqlite(database)
    database.connect(write=False).close()
    if not to.parent.is_dir():  # a stick that is out: its folder is not to be made on this disk
        raise Refused("backup_missing", path=str(to.parent))
    if to.exists() and (not replace or to.samefile(database.path)):
        raise Refused("backup_exists", path=str(to))
    part = to.with_name(to.name + _PART)
    sqlite_file.remove(part)
    try:
        sqlite_file.copy(database.path, part)
        verdict, heads = _look(part)
        sqlite_file.settle(part)
    except BaseException:
        sqlite_file.remove(part)
        raise
    place = to if verdict.whole else to.with_name(to.name + UNVERIFIED)
    part.replace(place)
    sqlite_file.flush_directory(place.parent)
    if verdict.whole:
        connection = database.connect(write=True)
        try:
            with connection.transaction():
                archive.note(connection, heads, stamp(now))
        finally:
            connection.close()
    return Backup(place, verdict, place.stat().st_size)


def _look(path: Path) -> tuple[Verdict, archive.Heads]:
    copy = Database(f"sqlite:///{path}").connect(write=False)
    try:
        return verify(copy), archive.heads(copy)
    finally:
        copy.close()


def restore(database: Database, file: Path, now: dt.datetime, ids: Ids) -> Restored:
    """A hub goes on from a copy: verified first, its feeds named anew, its tills awaited.

    What stood in its place is kept beside it. The hub must not serve. Raises
    Refused("backup_by_pg_dump" | "hub_serves" | "backup_not_whole" | "backup_is_the_hub"),
    Unavailable("backup_missing").
    """
    _only_sqlite(database)
    target = database.path
    if target.exists():
        if file.exists() and file.samefile(target):
            raise Refused("backup_is_the_hub", path=str(file))
        if not sqlite_file.is_idle(target):
            raise Refused("hub_serves", path=str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + _PART)
    sqlite_file.remove(part)
    try:
        verdict = _fetch(file, part)
        tills = put_back(Database(f"sqlite:///{part}"), now, ids)
        sqlite_file.settle(part)
    except BaseException:
        sqlite_file.remove(part)
        raise
    before: Path | None = None
    name = f"{target.name}.before-{now:%Y%m%dT%H%M%S}"
    if any(target.with_name(target.name + beside).exists() for beside in sqlite_file.BESIDES):
        before = sqlite_file.set_aside(target, name)
    part.replace(target)
    sqlite_file.flush_directory(target.parent)
    return Restored(verdict, tills, before, privacy.replay(database, now))


def _fetch(file: Path, part: Path) -> Verdict:
    try:
        sqlite_file.copy(file, part)
        verdict, _ = _look(part)
    except Unavailable as cause:
        if cause.code != "hub_database_damaged":
            raise
        raise Refused("backup_not_whole", found="it is no database that can be read") from cause
    if not verdict.whole:
        raise Refused("backup_not_whole", found=verdict.findings[0])
    return verdict


def put_back(database: Database, now: dt.datetime, ids: Ids) -> int:
    """Tells a hub that it is an older copy of itself; how many tills it waits for."""
    connection = database.connect(write=True)
    try:
        with connection.transaction():
            return recovering.begin(connection, load_keys(connection), now, ids)
    finally:
        connection.close()


def _only_sqlite(database: Database) -> None:
    if not database.url.startswith("sqlite"):
        raise Refused("backup_by_pg_dump")
