"""Where one virtual world of tills and hub is played."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync.simulation.faults import Faults
from sync.simulation.world import World

MEMORY = Path("/dev/shm")


@contextmanager
def room() -> Iterator[Path]:
    """Where the files are: in memory where there is such a place; a power cut is not the subject."""
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as made:
        yield Path(made)


def day(seed: int, faults: Faults, actions: int, hours: int, tills: int = 2) -> str:
    """The digest of everything that happened."""
    with room() as files:
        world = World(seed, files, faults, tills=tills)
        try:
            world.day(actions, hours)
            return world.digest()
        finally:
            world.close()
