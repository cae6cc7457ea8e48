"""A hub that was set up once: each run begins from a copy of its file."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from sync.simulation.shop import make_hub

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a room of its own is made in it
PRODUCTS: Final = 40


def rooms() -> Path | None:
    """Where files of runs are: in memory where there is such a place, else where the system says.

    A power cut is not the subject here.
    """
    return MEMORY if MEMORY.is_dir() else None


@cache
def hub_template() -> Path:
    """The file of a hub with a store and forty products, in which no till is enrolled."""
    from sync.simulation.hub import SeededIds

    room = Path(tempfile.mkdtemp(dir=rooms(), prefix="holdfast-"))
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    path = room / "hub.sqlite"
    database = make_hub(path, PRODUCTS, SeededIds(Random("template")))
    connection = database.connect(write=True)
    connection.text("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path
