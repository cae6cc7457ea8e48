"""A card terminal in memory, for the demo, the tour and tests: a machine without a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hardware.devices import CardAnswer
from hardware.terminals.machine import Book, Busy, Ending, Entry, Machine
from pos_app.domain.errors import Unavailable, Uncertain


class SimulatedTerminal:
    """See `hardware.devices.Terminal`; its faults are the script's, and what is set here."""

    name = "simulated"

    def __init__(
        self, script: Sequence[str | Entry] = (), log: Path | None = None, terminal: str = "T-1"
    ) -> None:
        self.machine = Machine(Book(log), script, terminal)
        self.unplugged = False
        """No line at all."""
        self.dead = False
        """It died; `revive` starts it again with its log."""

    def begin(
        self, reference: str, amount: int, currency: str, told: Callable[[str], None]
    ) -> CardAnswer:
        """See `Terminal.begin`."""
        self._reach()
        try:
            ending = self.machine.pay(reference, amount, currency, told)
        except Busy:
            raise Unavailable("terminal_busy", terminal=self.name) from None
        return self._said(ending)

    def ask(self, reference: str) -> CardAnswer:
        """See `Terminal.ask`."""
        self._reach()
        return self._said(self.machine.ask(reference))

    def cancel(self, reference: str) -> None:
        """See `Terminal.cancel`."""
        self._reach()
        self.machine.cancel(reference)

    def refund(self, reference: str, of: str, amount: int, currency: str) -> CardAnswer:
        """See `Terminal.refund`."""
        self._reach()
        try:
            ending = self.machine.refund(reference, of, amount, currency)
        except Busy:
            raise Unavailable("terminal_busy", terminal=self.name) from None
        return self._said(ending)

    def ready(self) -> bool:
        """See `Terminal.ready`."""
        return not (self.unplugged or self.dead)

    def plan(self, script: Sequence[str | Entry]) -> None:
        """What the next payments do, from now on."""
        done = self.machine.book.begun
        self.machine.script = [*["approve"] * done, *script]
        self.machine.deaf = 0

    def revive(self) -> None:
        """Somebody switches it on again."""
        self.dead = False

    def close(self) -> None:
        """See `Terminal.close`; the program's end is this terminal's too."""
        self.machine.die()

    def _reach(self) -> None:
        if not self.ready():
            raise Unavailable("terminal_offline", terminal=self.name)

    def _said(self, ending: Ending) -> CardAnswer:
        if ending.how == "die":
            self.dead = True
        codes = {"silent": "silent", "garbage": "garbled", "drop": "lost", "die": "lost"}
        if ending.how in codes or ending.answer is None:
            code = codes.get(ending.how, "lost")
            raise Uncertain(f"terminal_{code}", terminal=self.name)
        return ending.answer
