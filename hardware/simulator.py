"""Devices in memory with scripted faults: what the demo shows and what tests break on purpose.

A fault is told to the device (`printer.fault = Fault.PAPER_OUT`) and lasts until it is told
otherwise; `pull_after` cuts the cable in the middle of the next job. They keep every promise of
`hardware.devices`, which the shared driver suite checks on them as on the real drivers.
"""

from __future__ import annotations

import threading
from collections import deque
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING

from hardware.devices import Outcome, PrinterStatus
from pos_app.domain.errors import Unavailable, Uncertain

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt


class Fault(StrEnum):
    """What is wrong with a simulated printer."""

    NONE = "none"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    OFFLINE = "offline"
    """Unplugged: no connection at all."""
    SILENT = "silent"
    """Takes bytes and answers nothing."""
    PAPER_LOW = "paper_low"
    """Prints, and says that the roll ends."""


_STATUS = {
    Fault.NONE: PrinterStatus.READY,
    Fault.PAPER_OUT: PrinterStatus.PAPER_OUT,
    Fault.COVER_OPEN: PrinterStatus.COVER_OPEN,
    Fault.OFFLINE: PrinterStatus.OFFLINE,
    Fault.SILENT: PrinterStatus.UNKNOWN,
    Fault.PAPER_LOW: PrinterStatus.PAPER_LOW,
}
_CODES = {
    Fault.PAPER_OUT: "printer_paper_out",
    Fault.COVER_OPEN: "printer_cover_open",
    Fault.OFFLINE: "printer_offline",
    Fault.SILENT: "printer_silent",
}


class SimulatedPrinter:
    """A two-way printer that keeps what it printed."""

    two_way = True

    def __init__(self, name: str = "simulated") -> None:
        self.name = name
        self.fault = Fault.NONE
        self.pull_after: int | None = None
        """Cut the cable after that many bytes of the next job; once."""
        self.empty_after: int | None = None
        """Run out of paper after that many bytes of the next job: it is held; once."""
        self.answer_lost = False
        """Print the next job and lose its confirmation; once."""
        self.paper: list[bytes] = []
        """The jobs that were printed to the end, oldest first."""
        self.torn: list[bytes] = []
        """What reached paper of jobs that were cut short."""
        self.documents: list[Receipt] = []
        """The documents of the jobs in `paper`, where they were given."""
        self.commands: list[bytes] = []
        self._held: tuple[bytes, Receipt | None] | None = None
        self._last = Outcome.NOT_PRINTED
        self._lock = threading.Lock()

    def send(self, data: bytes, *, document: Receipt | None = None) -> None:
        """See `Printer.send`."""
        with self._lock:
            if self._settle() is Outcome.HELD:
                raise Unavailable("printer_busy", printer=self.name)
            self._last = Outcome.NOT_PRINTED
            if self.fault in _CODES:
                raise Unavailable(_CODES[self.fault], printer=self.name)
            if self.pull_after is not None:
                self._pull(data, document)
            elif self.empty_after is not None:
                self.empty_after, self.fault = None, Fault.PAPER_OUT
                self._held, self._last = (data, document), Outcome.HELD
                raise Uncertain("print_unknown", printer=self.name, status="paper_out")
            else:
                self._print(data, document)

    @property
    def paper_low(self) -> bool:
        """See `Printer.paper_low`."""
        return self.fault is Fault.PAPER_LOW

    def outcome(self) -> Outcome:
        """See `Printer.outcome`."""
        with self._lock:
            return self._settle()

    def command(self, data: bytes) -> None:
        """See `Printer.command`."""
        with self._lock:
            if self.fault is Fault.OFFLINE:
                raise Unavailable("printer_offline", printer=self.name)
            self.commands.append(data)

    def status(self) -> PrinterStatus:
        """See `Printer.status`."""
        return _STATUS[self.fault]

    def close(self) -> None:
        """See `Printer.close`; a job still held is printed by the printer all the same."""
        with self._lock:
            if self._held is not None:
                self._last = Outcome.UNKNOWN

    def _pull(self, data: bytes, document: Receipt | None) -> None:
        """The cable comes out: nothing was sent, or nobody knows how much was printed."""
        sent, self.pull_after, self.fault = self.pull_after or 0, None, Fault.OFFLINE
        if sent <= 0:
            raise Unavailable("printer_offline", printer=self.name)
        self._last = Outcome.UNKNOWN
        if sent >= len(data):
            self.paper.append(data)
            self._keep(document)
        else:
            self.torn.append(data[:sent])
        raise Uncertain("print_unknown", printer=self.name, status="offline")

    def _print(self, data: bytes, document: Receipt | None) -> None:
        self.paper.append(data)
        self._keep(document)
        if self.answer_lost:
            self.answer_lost, self._last = False, Outcome.UNKNOWN
            raise Uncertain("print_unknown", printer=self.name, status="unknown")
        self._last = Outcome.PRINTED

    def _keep(self, document: Receipt | None) -> None:
        if document is not None:
            self.documents.append(document)

    def _settle(self) -> Outcome:
        """Prints what was held as soon as the printer is well again."""
        if self._held is not None:
            if self.fault is Fault.OFFLINE:
                self._held, self._last = None, Outcome.UNKNOWN
            elif self.fault in {Fault.NONE, Fault.PAPER_LOW}:
                (data, document), self._held = self._held, None
                self.paper.append(data)
                self._keep(document)
                self._last = Outcome.PRINTED
        return self._last


class SimulatedDrawer:
    """A drawer that counts its openings and stays open until someone pushes it."""

    def __init__(self) -> None:
        self.opened = 0
        self.stuck = False
        """Raise at the next kicks."""
        self._open = False

    def open(self) -> None:
        """See `Drawer.open`."""
        if self.stuck:
            raise Unavailable("drawer_unavailable", reason="printer_offline")
        self.opened += 1
        self._open = True

    def push(self) -> None:
        """Someone closes it."""
        self._open = False

    def is_open(self) -> bool | None:
        """See `Drawer.is_open`."""
        return self._open


class SimulatedScanner:
    """A scanner that reads what it is shown; thread-safe."""

    def __init__(self) -> None:
        self.offline = False
        """Raise at the next reads."""
        self._shown: deque[str] = deque()
        self._there = threading.Condition()

    def show(self, *codes: str) -> None:
        """Hold codes under the scanner, one after the other."""
        with self._there:
            self._shown.extend(codes)
            self._there.notify_all()

    def read(self, timeout_s: float) -> str | None:
        """See `Scanner.read`."""
        end = monotonic() + timeout_s
        with self._there:
            while not self._shown:
                if self.offline:
                    raise Unavailable("scanner_offline", scanner="simulated")
                left = end - monotonic()
                if left <= 0 or not self._there.wait(left):
                    return None
            return self._shown.popleft()

    def close(self) -> None:
        """See `Scanner.close`."""


class SimulatedDisplay:
    """A customer display that remembers what it shows."""

    def __init__(self) -> None:
        self.lines = ("", "")
        self.offline = False
        """Raise at the next texts."""

    def show(self, upper: str, lower: str) -> None:
        """See `Display.show`."""
        if self.offline:
            raise Unavailable("display_offline", display="simulated")
        self.lines = (upper[:20], lower[:20])

    def clear(self) -> None:
        """See `Display.clear`."""
        self.show("", "")

    def close(self) -> None:
        """See `Display.close`."""


class SimulatedSpeaker:
    """A speaker that remembers what it sounded."""

    def __init__(self) -> None:
        self.volume = 100
        self.cues: list[str] = []

    def play(self, cue: str) -> None:
        """See `Speaker.play`."""
        if self.volume > 0:
            self.cues.append(cue)

    def close(self) -> None:
        """See `Speaker.close`."""
