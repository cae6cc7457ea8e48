"""The machine a till runs on: two clocks, one of them wrong, and processes that may end."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING

from pos_app.store.machine import Machine as Identified
from pos_app.store.whereabouts import Where
from sync.simulation.disk import Process

if TYPE_CHECKING:
    from sync.simulation.world import World


class Machine:
    """A clock that may be wrong, one that never goes back, and the name of this start."""

    def __init__(self, world: World, name: str, skew_s: int, known_as: str) -> None:
        self.world = world
        self.name = name
        self.beside = world.room / f"{name} beside"
        self.where = Where(self.beside, machine=Identified(name=known_as))
        self.skew = dt.timedelta(seconds=skew_s)
        self.booted_ms = 0
        self.boots = 1
        self.window = Process(f"{name} window", world.dice(f"{name} window disk"))
        self.sync = Process(f"{name} sync", world.dice(f"{name} sync disk"))

    def now(self) -> dt.datetime:
        """The wall clock as somebody set it."""
        return self.world.now() + self.skew

    def monotonic_ms(self) -> int:
        """Milliseconds since the machine was started."""
        return self.world.now_ms - self.booted_ms

    def boot_id(self) -> str:
        """What names this start of the machine."""
        return f"{self.name} {self.boots}"

    def reboot(self) -> None:
        """Another start: the monotonic clock begins anew."""
        self.boots += 1
        self.booted_ms = self.world.now_ms

    def jump(self, rng: Random) -> None:
        """Somebody, or a flat battery, sets the clock."""
        self.skew = dt.timedelta(seconds=rng.choice((-86_400, -3_600, 0, 100, 7_200, 86_400)))
