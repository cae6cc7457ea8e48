"""The words of `holdfast hub` about the database itself: brought up, moved to another."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from typing import Any

from sync.hub import schema
from sync.hub.database import Database

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_words(words: Any, word: Word) -> None:
    """Adds `migrate` and `copy` to the hub's words."""
    up = word(
        words, "migrate", _migrate, "bring the tables up to this version, while the hub serves"
    )
    up.add_argument("--check", action="store_true", help="only say what is missing")
    over = words.add_parser(
        "copy",
        help="move the hub to another database",
        description="Moves the hub to another database, an empty one. Stop the hub first.",
    )
    for name, told in (("from", "where the hub is"), ("to", "where it goes")):
        over.add_argument(f"--{name}", dest=f"{name}_url", required=True, metavar="URL", help=told)
    over.set_defaults(func=_copy)


def _migrate(chosen: argparse.Namespace) -> int:
    database = Database(chosen.database)
    if database.server is None:
        if not chosen.check:
            database.connect(write=True).close()
        print(f"the tables are those of version {schema.VERSION}")
        return 0
    from sync.hub import migrating

    with contextlib.closing(database.server.open(write=True)) as connection:
        found = migrating.versions(connection)
        if found is None or not migrating.needed(connection):
            migrating.check(connection, database.said)
            print(f"the tables are those of version {schema.VERSION}")
            return 0
        if chosen.check:
            for step in migrating.missing(connection):
                print(f"missing: {step.told}")
            return 1
        migrating.bring_up(connection, lambda told: print(f"added: {told}", flush=True))
    print(f"the tables are those of version {schema.VERSION} now")
    return 0


def _copy(chosen: argparse.Namespace) -> int:
    from sync.hub.copying import Copied, copy

    def tell(one: Copied) -> None:
        print(f"{one.table:24} {one.rows:>12,}  {one.digest[:16]}", flush=True)

    done = copy(Database(chosen.from_url), Database(chosen.to_url), tell)
    rows = sum(one.rows for one in done)
    print(
        f"{rows:,} rows in {len(done)} tables, the same on both sides; serve from the new one now"
    )
    return 0
