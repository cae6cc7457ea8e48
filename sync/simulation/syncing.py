"""The sync process of a simulated till: the real engine over the real files of the till."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from pos_app.domain.errors import PosError
from pos_app.store.keys import Keys
from sync.engine import intake
from sync.engine.aside import Aside
from sync.engine.files import TillFiles
from sync.engine.ports import Reply, Request
from sync.engine.runner import Runner
from sync.engine.state import Nudged, Released, Tick
from sync.simulation.faults import HUB, SECOND, Crash
from sync.simulation.machine import Machine
from sync.simulation.righting import LINK_MS

if TYPE_CHECKING:
    from sync.simulation.till import SimulatedTill
    from sync.simulation.world import World


class Syncing:
    """The engine's process; it is its own net, and windows are counted by it."""

    url = f"http://{HUB}"
    """What requests are signed for."""

    def __init__(
        self, world: World, till: SimulatedTill, machine: Machine, data: Path, keys: Keys
    ) -> None:
        self._world = world
        self._till = till
        self._machine = machine
        self._data = data
        self.keys = keys
        self.process = machine.sync
        self._rng = Random(world.dice(f"{machine.name} engine").getrandbits(64))
        self.life = 0
        self.alive = False
        self._tick_ms = -1
        self.files: TillFiles | None = None
        self.runner: Runner | None = None

    @property
    def clients(self) -> int:
        """Windows connected over the link."""
        return int(self._till.window.open)

    # its life

    def start(self) -> None:
        """The process begins, anew or after a crash."""
        if self.alive or self._till.gone:
            return
        self.life += 1
        self.alive = True
        self._tick_ms = -1
        self._till.noted = (0, 0)

        def begin() -> None:
            self.files = TillFiles(self._data, self.keys, self)
            self.runner = Runner(
                *(self.files, self, self._machine, self._rng, self.keys.sign, self._told),
                lambda *_, **__: None,
                lend=self._lend,
            )
            self.runner.hear(Tick())

        self.guarded(begin)
        # What was told before somebody listened was told to nobody.
        self._world.after(1, lambda: self._till.window.reopen(always=False))

    def end(self) -> None:
        """The process is gone: nothing more of it reaches a file or the wire."""
        self.alive = False
        self.life += 1
        self.process.dead = True  # from here on nothing is written, whatever the program tries
        if self.files is not None:
            with contextlib.suppress(Crash, PosError):
                self.files.close()
        self.files = self.runner = None
        self.process.bury()

    def _ended(self) -> None:
        self.end()
        self._world.after(1 + self._world.wire.randrange(10 * SECOND), self.start)

    def guarded(self, turn: Callable[[], None]) -> None:
        """One turn; a crash in it ends this life of the process, and another begins later."""
        if not self.alive:
            return
        try:
            with self._world.disk.acting(self.process):
                turn()
        except Crash:
            self._world.note(self._machine.name, "sync crashed")
            self._ended()
            return
        except PosError as error:  # a file refused where no turn was under way: it starts anew
            self._world.note(self._machine.name, "sync failed", error.code)
            self._ended()
            return
        if self.runner is not None:
            self._till.looked_at()
            self._wind(self.runner)

    def _wind(self, runner: Runner) -> None:
        """The clock of the process rings when the engine wants it to."""
        due = max(runner.due_ms() + self._machine.booted_ms, self._world.now_ms + 1)
        if not self._world.now_ms < self._tick_ms <= due:
            self._tick_ms = due
            life = self.life
            self._world.after(due - self._world.now_ms, lambda: self._tick(life, due))

    def _tick(self, life: int, due: int) -> None:
        if life == self.life and due == self._tick_ms:
            self._hear(Tick())

    def _hear(self, event: Any) -> None:
        runner = self.runner
        if runner is not None:
            self.guarded(lambda: runner.hear(event))

    def nudge(self) -> None:
        """The window journalled something."""
        self._hear(Nudged())

    def ask(self, ask_id: str, path: str, body: bytes) -> None:
        """The window asks over the link; where this process is down nobody hears it."""
        message = {"id": ask_id, "path": path, "body": body.decode()}
        self._world.after(LINK_MS, lambda: self._hear(intake.asked(message) or Tick()))

    def quiet(self) -> None:
        """A quiet moment: the search is ranked by what sold."""
        runner = self.runner
        if runner is not None:
            self.guarded(runner.rank)

    def _lend(self, aside: Aside) -> None:
        """Long work beside the turns: begun and ended later, if the process lives so long."""
        life = self.life

        def work() -> None:
            aside.run()
            if self.runner is not None:
                self.runner.came_back(aside)

        def later() -> None:
            if life == self.life:
                self.guarded(work)

        self._world.after(1 + self._rng.randrange(2 * SECOND), later)

    def _told(self, message: dict[str, Any]) -> None:
        """The window's end of the link."""
        world, window = self._world, self._till.window
        followed = world.plan.rights or world.plan.values
        if message["op"] == "answer" or (message["op"] == "status" and followed):
            world.after(LINK_MS, lambda: window.heard(message))
        if message["op"] != "status":
            world.note(self._machine.name, "told", message["op"])
            self._till.noted = (0, 0)  # another file may be the one that knows it now
        if message["op"] == "release":
            life = self.life

            def released() -> None:
                window.release()
                if life == self.life:
                    self._hear(Released())

            world.after(20, released)
        elif message["op"] in ("swapped", "changed"):
            world.after(1, lambda: window.reopen(always=message["op"] == "swapped"))

    # its net

    def send(self, lane: str, request: Request) -> None:
        """A request on its way, with everything that may happen to it."""
        self._world.net.carry(self._till, lane, self.life, request)

    def hears(self, lane: str, life: int, what: Reply | str) -> None:
        """An answer, or the code of why there is none, for the process that asked."""
        runner = self.runner
        if life != self.life or runner is None:
            return
        self._world.note(self._machine.name, lane, what if isinstance(what, str) else what.status)
        if isinstance(what, Reply):
            self.guarded(lambda: runner.replied(lane, what))
        else:
            self.guarded(lambda: runner.lost(lane, what))
