"""A till of a simulation: a machine, a window somebody sells at, and its sync process."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.domain.errors import Unavailable
from pos_app.store.keys import Keys
from pos_app.store.records import Identity
from sync.engine.state import Mode
from sync.simulation.faults import MINUTE, SECOND
from sync.simulation.machine import Machine
from sync.simulation.righting import SETTLE_MS, Righting
from sync.simulation.syncing import Syncing
from sync.simulation.window import Window

if TYPE_CHECKING:
    from sync.simulation.world import World

STOPPED_CODES = frozenset({"rolled_back", "fork", "fenced"})
"""Why a till's sync stands still until a person enrols it anew."""


class SimulatedTill:
    """One till; its files are real and lie in a directory of their own."""

    def __init__(
        self,
        world: World,
        data: Path,
        number: int,
        keys: Keys,
        identity: Identity,
        name: str = "",
        like: str = "",
    ) -> None:
        self.world = world
        self.data = data
        self.number = number
        self.keys = keys
        self.identity = identity
        self.name = name or f"till {number}"
        self.gone = False
        """Switched off for good."""
        self.unheard = False
        """Half open: what it sends arrives, and nothing comes back."""
        self.copy: Path | None = None
        self.signed_by = {keys.public_hex}
        """The public keys of all its lives, hex."""
        self.believed = -1
        """The last ack that was looked at."""
        self.noted = (0, 0)
        """Up to where it was looked whether the hub holds more than was noted as sent."""
        self.shown: dict[str, tuple[str, int]] = {}
        """Stream -> the feed and position that somebody at the till saw last."""
        skew = world.faults.clock_skew_s * (number - 1)
        self.machine = Machine(world, self.name, skew, like or self.name)
        self.dice = world.dice(f"{self.name} hours")
        self._nudges = world.dice(f"{self.name} nudges")
        self.window = Window(world, self.machine, data, keys)
        self.sync = Syncing(world, self, self.machine, data, keys)
        self.risk()

    @property
    def device(self) -> str:
        """Its id at the hub."""
        return self.identity.device

    def risk(self) -> None:
        """The disk of this machine fails as often as the run says."""
        faults = self.world.faults
        for process, rate in (
            (self.machine.window, faults.window_crash),
            (self.machine.sync, faults.sync_crash),
        ):
            process.crash_rate = rate
            process.unknown_rate = faults.commit_unknown
            process.full_rate = faults.disk_full

    def calm(self) -> None:
        """From now on nothing happens to it; what was down comes up."""
        self.unheard = False
        self.machine.window.calm()
        self.machine.sync.calm()
        self.window.look()
        if self.window.keeper.righting is not None:
            self._settle(self.world.days)

    def _settle(self, day: int) -> None:
        """While all is calm somebody asks again, and gives back, until nothing is left to do."""
        if self.gone or day != self.world.days:
            return
        ledger = self.window.ledger
        if ledger is not None and not Righting.settled(ledger):
            self.window.settle()
            self.sync.nudge()
        self.world.after(SETTLE_MS, lambda: self._settle(day))

    # a day

    def open(self, actions: int, until_ms: int) -> None:
        """Sells for so long, at times of the dice's choosing."""
        begin = self.world.now_ms
        times = sorted(self.dice.randrange(until_ms) for _ in range(actions))
        for wait_ms in times:
            self.world.after(begin + wait_ms - self.world.now_ms, self._act)

    def _act(self) -> None:
        if self.gone:
            return
        lived = self.window.act()
        self.world.checked_window(self)
        if lived and self._nudges.randrange(10):  # a lost nudge costs a tick
            self.sync.nudge()

    def plan(self, until_ms: int) -> None:
        """What befalls this machine, at times of the dice's choosing."""
        world, faults, dice = self.world, self.world.faults, self.dice

        def at_times(count: int, what: object) -> None:
            for _ in range(count):
                world.after(dice.randrange(until_ms), what)  # type: ignore[arg-type]  # a method

        at_times(faults.reboots, self.reboot)
        at_times(faults.clock_jumps, lambda: self.machine.jump(dice))
        at_times(faults.half_open, self._go_silent)
        at_times(1, self.sync.quiet)

    def reboot(self) -> None:
        """Power off and on: both processes end, the monotonic clock begins anew."""
        if self.gone:
            return
        self.window.end()
        self.sync.end()
        self.machine.reboot()
        self.world.note(self.name, "rebooted")
        self.world.after(self.dice.randrange(20 * SECOND), self.window.start)
        self.world.after(self.dice.randrange(20 * SECOND), self.sync.start)

    def _go_silent(self) -> None:
        self.unheard = True

        def heard() -> None:
            self.unheard = False

        self.world.after(self.dice.randrange(3 * MINUTE), heard)

    def looked_at(self) -> None:
        """After each turn of sync: what must hold at every moment."""
        self.world.checked_sync(self)

    # copies of its disk

    def keep_copy(self) -> None:
        """An image of the disk as it is now."""
        self.copy = self.data.with_name(f"{self.data.name}.copy")
        shutil.rmtree(self.copy, ignore_errors=True)
        _copy(self.data, self.copy)
        shutil.rmtree(_beside(self.copy), ignore_errors=True)
        _copy(self.machine.beside, _beside(self.copy))
        self.world.note(self.name, "copied")

    def put_back(self, *, ledger_only: bool = False) -> None:
        """The disk as it was at the last copy, or of it the ledger alone; then a start."""
        if self.copy is None or self.gone:
            return
        self.window.end()
        self.sync.end()
        self.world.promises.lost_disks.add(self.name)
        if self.world.plan.exact_copies and not ledger_only:
            self.world.promises.undetected.add(self.name)
            shutil.rmtree(self.machine.beside)
            _copy(_beside(self.copy), self.machine.beside)
        if ledger_only:
            for path in self.data.glob("ledger.sqlite*"):
                path.unlink()
            _copy(self.copy, self.data, "ledger.sqlite*")
        else:
            shutil.rmtree(self.data)
            _copy(self.copy, self.data)
        self.shown.clear()
        self.believed = -1
        self.machine.reboot()
        self.world.note(self.name, "put back")
        self.window.start()
        self.sync.start()

    def lives_on(self, identity: Identity, keys: Keys) -> None:
        """After it was enrolled again: another epoch, perhaps another device."""
        self.identity, self.keys = identity, keys.for_public(identity.pubkey) or keys
        self.signed_by |= {self.keys.public_hex}
        self.window.keys = self.sync.keys = self.keys
        self.believed, self.noted = -1, (0, 0)
        self.shown.clear()
        self.window.start()
        self.sync.start()

    # looking

    @property
    def stopped(self) -> bool:
        """True where it stands still with a sentence for a person."""
        runner = self.sync.runner
        standing = runner is not None and runner.state.mode in (Mode.ROLLED_BACK, Mode.PAUSED)
        code = "" if runner is None else runner.state.code
        return bool(self.window.stopped) or (standing and code in STOPPED_CODES)

    @property
    def settled(self) -> bool:
        """Everything is at the hub and the hub's data is here."""
        runner, window, ledger = self.sync.runner, self.window, self.window.ledger
        if runner is None or ledger is None or not runner.idle:
            return False
        if window.catalogue is None or window.catalogue.source != "current":
            return False
        if runner.view.head != ledger.head().seq:
            return False
        if window.keeper.righting is not None and not Righting.settled(ledger):
            return False
        heads = self.world.hub.heads()
        caught_up = all(heads.get(stream) == at for stream, at in runner.view.cursors.items())
        return caught_up and self.world.hub.epoch_of(self.device) == ledger.identity.epoch

    def status(self) -> str:
        """How it stands, for a person."""
        runner = self.sync.runner
        source = "" if self.window.catalogue is None else self.window.catalogue.source
        window = f"open ({source})" if self.window.open else self.window.stopped or "down"
        if runner is None:
            return f"{self.name}: window {window}, sync down"
        return f"{self.name}: window {window}, {runner.status} {runner.view}"

    def known_keys(self) -> frozenset[str]:
        """The public keys that may sign its journal, hex."""
        return frozenset(self.signed_by)

    def close(self) -> None:
        """Let the files go."""
        self.gone = True
        self.window.end()
        self.sync.end()


def _copy(source: Path, target: Path, pattern: str = "*") -> None:
    """Files as they are between two transactions; what only running processes share stays."""
    target.mkdir(exist_ok=True)
    for path in source.glob(pattern):
        if path.is_file() and not path.name.endswith("-shm"):
            shutil.copy2(path, target / path.name)


def _beside(copy: Path) -> Path:
    return copy.with_name(f"{copy.name}.beside")


def copy_of(till: SimulatedTill, name: str) -> SimulatedTill:
    """A second machine that woke up from an image of the first one's disk.

    An exact one has everything by which the first could be told from it.
    """
    if till.copy is None:
        raise Unavailable("file_unreadable", file=till.name)
    data = till.data.with_name(name.replace(" ", "-"))
    _copy(till.copy, data)
    if not till.world.plan.exact_copies:
        return SimulatedTill(till.world, data, till.number, till.keys, till.identity, name)
    till.world.promises.undetected |= {till.name, name}
    _copy(_beside(till.copy), till.world.room / f"{name} beside")
    return SimulatedTill(till.world, data, till.number, till.keys, till.identity, name, till.name)
