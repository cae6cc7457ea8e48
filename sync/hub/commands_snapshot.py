"""`holdfast hub snapshot`: a snapshot of every stream now, for tills that are to be set up."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from typing import Any

from sync.hub import feed, snapshots
from sync.hub.answers import SystemClock
from sync.hub.commands import show
from sync.hub.database import Database

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `snapshot` to the hub's words."""
    made = word(words, "snapshot", _snapshot, "make ready what a new till fetches first")
    made.add_argument("--list", action="store_true", help="only say what there is")
    json_too(made)


def _snapshot(chosen: argparse.Namespace) -> int:
    database = Database(chosen.database)
    with contextlib.closing(database.connect(write=False)) as connection:
        streams = sorted(feed.positions(connection))
        streams = [stream for stream in streams if not stream.startswith("device:")]
        kept = {stream: snapshots.kept(connection, stream) for stream in streams}
    if not chosen.list:
        for stream in streams:
            made = snapshots.make(database, stream, SystemClock())
            kept[stream] = [made] if made is not None else []
    show(
        chosen,
        [
            {
                "stream": stream,
                "pos": one.pos,
                "made": one.made,
                "pieces": len(one.chunks),
                "rows": sum(chunk.rows for chunk in one.chunks),
                "bytes": sum(chunk.size for chunk in one.chunks),
            }
            for stream in streams
            for one in kept[stream]
        ],
    )
    return 0
