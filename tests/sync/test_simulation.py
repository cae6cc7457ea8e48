"""Virtual trading days: the books agree to the cent, whatever the wire and the processes do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from sync.simulation.faults import Faults
from sync.simulation.world import World

MEMORY = Path("/dev/shm")
SEEDS = range(100, 120)


@pytest.fixture
def room() -> Iterator[Path]:
    """Where the files are: in memory where there is such a place; a power cut is not the subject."""
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as made:
        yield Path(made)


def day(room: Path, seed: int, faults: Faults, actions: int, hours: int) -> str:
    world = World(seed, room, faults)
    try:
        world.day(actions, hours)
        return world.digest()
    finally:
        world.close()


def test_a_day_played_twice_is_the_same_day(room: Path) -> None:
    faults = Faults(request_lost=5, reply_lost=5, doubled=5, slow=10, sync_crash=2, outages=1)
    digests = set()
    for time in ("first", "second"):
        (room / time).mkdir()
        digests.add(day(room / time, 7, faults, actions=40, hours=2))
    assert len(digests) == 1
    (room / "other").mkdir()
    assert day(room / "other", 8, faults, actions=40, hours=1) not in digests


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_goes_wrong_the_books_agree(room: Path, seed: int) -> None:
    day(room, seed, Faults.drawn(Random(seed)), actions=20, hours=1)
