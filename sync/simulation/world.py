"""A virtual trading day in one thread: real ledgers, the real engine, the real hub's handlers.

Only time, the wire and chance are ours: a heap of things to come, a clock that jumps to the next
of them, and faults drawn from a seed. The same seed gives the same day, so a failure can be
watched again. Facts are real files; a power cut of the disk is another test's business.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random

from sync.simulation.faults import HOUR, Faults, expect
from sync.simulation.hub import SimulatedHub
from sync.simulation.shop import OPENING
from sync.simulation.till import SimulatedTill


class World:
    """Time, and everything that waits for it."""

    def __init__(self, seed: int, room: Path, faults: Faults, *, tills: int = 2) -> None:
        self.rng = Random(seed)
        self.faults = faults
        self.now_ms = 0
        self.trace = sha256()
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self.hub = SimulatedHub(self, room / "hub.sqlite")
        self.tills = [SimulatedTill(self, room / f"till{n}", n) for n in range(1, tills + 1)]

    def now(self) -> dt.datetime:
        """The true time: the hub's clock."""
        return OPENING + dt.timedelta(milliseconds=self.now_ms)

    def after(self, wait_ms: int, what: Callable[[], None]) -> None:
        """Let something happen later."""
        self._count += 1
        heapq.heappush(self._heap, (self.now_ms + max(wait_ms, 0), self._count, what))

    def chance(self, percent: int) -> bool:
        """True so many times out of a hundred."""
        return percent > 0 and self.rng.randrange(100) < percent

    def note(self, *what: object) -> None:
        """A line of the trace: equal for equal seeds, or the run is not deterministic."""
        self.trace.update(repr((self.now_ms, *what)).encode())

    def run(self, until_ms: int, done: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass; True where `done` came before the time did."""
        while self._heap and self._heap[0][0] <= until_ms:
            self.now_ms, _, what = heapq.heappop(self._heap)
            what()
            if done():
                return True
        self.now_ms = max(self.now_ms, until_ms)
        return done()

    def day(self, actions: int, hours: int = 8) -> None:
        """A trading day with faults, then calm until everything has arrived.

        Raises Broken where something is stuck, lost, or there twice.
        """
        for till in self.tills:
            till.open(actions, hours * HOUR)
        self.hub.plan(hours * HOUR)
        self.run(hours * HOUR)
        self.faults = Faults()
        self.hub.away_until = 0
        settled = self.run(self.now_ms + HOUR, lambda: all(till.settled for till in self.tills))
        for till in self.tills:
            expect(settled, f"stuck: {till.name} {till.runner.status} {till.runner.view}")
            till.check(self.hub)
        self.hub.check(self.tills)

    def digest(self) -> str:
        """What happened and what the hub holds, without anything drawn by the operating system."""
        self.trace.update(repr(self.hub.books()).encode())
        return self.trace.hexdigest()

    def close(self) -> None:
        """Let the files go."""
        for till in self.tills:
            till.close()
        self.hub.connection.close()
