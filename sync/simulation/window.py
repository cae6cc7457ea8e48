"""The window process of a simulated till: its ledger, somebody at it, and the catalogue it reads."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pos_app.domain.errors import PosError
from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from sync.simulation.faults import SECOND, Crash, expect
from sync.simulation.keeper import Keeper
from sync.simulation.machine import Machine

if TYPE_CHECKING:
    from sync.simulation.world import World


OF_THE_DISK: Final = frozenset({"file_unreadable", "disk_full", "ledger_write_failed"})
"""What passes when the disk is well again."""


class Window:
    """One window: opened, sold at, ended by a crash at any write, opened again."""

    def __init__(self, world: World, machine: Machine, data: Path, keys: Keys) -> None:
        self._world = world
        self._machine = machine
        self._data = data
        self.keys = keys
        self.process = machine.window
        self.stopped = ""
        """The code of why the ledger is not opened any more; empty while all is well."""
        with world.disk.acting(self.process):
            self.ledger: Ledger | None = Ledger.open(data, keys, machine, where=machine.where)
            self.catalogue: Catalogue | None = Catalogue.open(data, keys.db_key)
        rng = world.dice(f"{machine.name} keeper")
        self.keeper = Keeper(machine.name, self.ledger, rng, world.promises)
        self.keeper.catalogue = self.catalogue

    @property
    def open(self) -> bool:
        """Whether somebody can sell."""
        return self.ledger is not None

    def act(self) -> bool:
        """Whatever comes next at this till; True where the window lived through it."""
        if self.ledger is None:
            return False
        return self.guarded(self.keeper.act)

    def guarded(self, turn: Callable[[], object]) -> bool:
        """A turn of this process; a crash in it ends it, and it is opened again soon."""
        try:
            with self._world.disk.acting(self.process):
                turn()
        except Crash:
            self._world.note(self._machine.name, "window crashed")
            self.end()
            self._world.after(self._world.wire.randrange(5 * SECOND), self.start)
            return False
        except PosError as error:  # the person reads it, and tries again later
            if error.code not in OF_THE_DISK:
                raise
            self._world.note(self._machine.name, "not now", error.code)
        return True

    def end(self) -> None:
        """The process is gone: nothing more of it reaches a file."""
        for part in (self.ledger, self.catalogue):
            if part is not None:
                part.close()
        self.ledger = self.catalogue = self.keeper.catalogue = None
        self.process.bury()

    def start(self) -> None:
        """Opened again: what people were promised must still be there."""
        if self.ledger is not None or self.stopped:
            return
        try:
            with self._world.disk.acting(self.process):
                self.ledger = self._open()
                self.catalogue = Catalogue.open(self._data, self.keys.db_key)
        except Crash:
            self.process.bury()
            self._world.after(SECOND, self.start)
            return
        except PosError as error:
            self.process.bury()
            if error.code in OF_THE_DISK:
                self._world.after(SECOND, self.start)
                return
            self.stopped = error.code
            self._world.note(self._machine.name, "stopped", error.code)
            return
        self.keeper.ledger, self.keeper.catalogue = self.ledger, self.catalogue
        self._world.note(self._machine.name, "window opened")
        self._look_back()

    def _open(self) -> Ledger:
        where = self._machine.where
        return Ledger.open(self._data, self.keys, self._machine, where=where)

    def _look_back(self) -> None:
        """After a crash: durable is durable, refused is refused, and unknown is one of the two."""
        name, promises = self._machine.name, self._world.promises
        if self.ledger is None or name in promises.lost_disks:
            return
        for printed in promises.of(name):
            found = self.ledger.fact(printed.fact_id)
            expect(found, f"I1: {printed.kind} {printed.doc_no} was handed out and is gone")
        for fact_id in promises.refused:
            told = f"{fact_id} was refused and is in the journal of {name}"
            expect(self.ledger.fact(fact_id) is None, told)

    def look(self) -> None:
        """Somebody looks at the screen: after a commit of unknown outcome that opens it anew."""
        if self.ledger is not None:
            self.guarded(self.ledger.current_shift)

    def heard(self, message: dict[str, Any]) -> None:
        """Sync tells of an answer, or how it stands."""
        righting, ledger = self.keeper.righting, self.ledger
        if righting is not None and ledger is not None:
            self.guarded(partial(_unless_refused, righting.heard, ledger, message))

    def settle(self) -> None:
        """Somebody looks after what is open and what is held."""
        righting, ledger = self.keeper.righting, self.ledger
        if righting is not None and ledger is not None:
            self.guarded(partial(_unless_refused, righting.settle, ledger))

    def catalogue_cursors(self) -> dict[str, tuple[str, int]]:
        """Stream -> feed and position, as what is on sale stands on."""
        return {} if self.catalogue is None else self.catalogue.cursors()

    def release(self) -> None:
        """Sync asks for the replica: readers let it go."""
        if self.catalogue is not None:
            self.catalogue.close()

    def reopen(self, *, always: bool) -> None:
        """The replica was changed for another; or there may be one now where there was none."""
        if self.catalogue is not None and (always or self.catalogue.source != "current"):
            with self._world.disk.acting(self.process):
                self.catalogue.reopen()


def _unless_refused(what: Callable[..., object], *given: object) -> None:
    with contextlib.suppress(PosError):
        what(*given)
