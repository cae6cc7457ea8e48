"""Talking with a printer that answers: ask its state, hand over a job, wait until it confirms.

The printer works off its bytes in order, so the answer to `GS r 1`, put behind a job, comes when
all before it is on paper. With the paper out it holds job and answer; both come when paper is back.
`DLE EOT n` is answered at once in between, which tells a slow printer from a dead one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hardware.devices import PRINTING, Outcome, PrinterStatus
from pos_app.domain.errors import Unavailable, Uncertain

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt

ASK_STATE = b"\x10\x04\x01\x10\x04\x02\x10\x04\x04"
"""DLE EOT 1 (on line?), 2 (why not?), 4 (paper?): three bytes come back."""
ASK_DONE = b"\x1dr\x01"
"""GS r 1: answered in its turn, behind everything sent before."""
CHUNK = 4096

_CODES = {
    PrinterStatus.PAPER_OUT: "printer_paper_out",
    PrinterStatus.COVER_OPEN: "printer_cover_open",
    PrinterStatus.OFFLINE: "printer_offline",
    PrinterStatus.UNKNOWN: "printer_silent",
}


class Line(Protocol):
    """An open connection, both ways. Every method raises OSError when it is gone."""

    def write(self, data: bytes, timeout_s: float) -> int:
        """How many bytes were taken in the time given; 0 for none."""

    def read(self, timeout_s: float) -> bytes:
        """What came in the time given; empty for nothing."""

    def close(self) -> None:
        """Ends it; never raises."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds."""

    answer_s: float = 3.0
    """For an answer to `DLE EOT`, and for bytes to be taken, before the printer counts as gone."""
    confirm_s: float = 60.0
    """For a working printer to confirm a job."""
    held_s: float = 900.0
    """For a printer that has stopped taking bytes in the middle of a job."""
    lock_s: float = 5.0
    """For another job to end."""


class ConversingPrinter:
    """The one driver behind every two-way connection; `open_line` makes the connection.

    With `answers` false the printer is known never to reply: a job is done when its bytes are
    taken, and its state stays unknown.
    """

    def __init__(
        self,
        name: str,
        open_line: Callable[[], Line],
        *,
        answers: bool = True,
        patience: Patience | None = None,
    ) -> None:
        self.name = name
        self.two_way = answers
        self._open_line = open_line
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._rest = b""
        self._pending = False
        self._last = Outcome.UNKNOWN
        self._heard = 0.0

    def send(self, data: bytes, *, document: Receipt | None = None) -> None:  # noqa: ARG002 - bytes say it all here
        """See `Printer.send`."""
        with self._held_lock("printer_busy"):
            if self._pending and self._settle() is Outcome.HELD:
                raise Unavailable("printer_busy", printer=self.name)
            line = self._connected()
            if self.two_way:
                self._must_print(line)
            self._rest = data + (ASK_DONE if self.two_way else b"")
            self._pending, self._last = True, Outcome.UNKNOWN
            whole = len(self._rest)
            try:
                self._hand_over(line)
                if not self._rest and self._confirmed(line):
                    self._finish(Outcome.PRINTED)
                    return
            except OSError as gone:
                nothing = len(self._rest) == whole
                self._finish(Outcome.UNKNOWN)
                if nothing:
                    raise Unavailable("printer_offline", printer=self.name) from gone
                raise Uncertain("print_unknown", printer=self.name, status="offline") from gone
            status = self._state_now(line)
            if self._last is Outcome.PRINTED:
                return
            raise Uncertain("print_unknown", printer=self.name, status=status.value)

    def outcome(self) -> Outcome:
        """See `Printer.outcome`."""
        with self._held_lock("printer_busy"):
            return self._settle()

    def command(self, data: bytes) -> None:
        """See `Printer.command`."""
        with self._held_lock("printer_busy"):
            line = self._connected()
            try:
                if self._rest or line.write(data, self._patience.answer_s) != len(data):
                    raise Unavailable("printer_busy", printer=self.name)
            except OSError as gone:
                self._finish(Outcome.UNKNOWN)
                raise Unavailable("printer_offline", printer=self.name) from gone
            if not self._pending:
                self._close()

    def status(self) -> PrinterStatus:
        """See `Printer.status`."""
        if not self._lock.acquire(timeout=self._patience.lock_s):
            return PrinterStatus.UNKNOWN
        try:
            line = self._connected()
            return self._state_now(line) if self.two_way else PrinterStatus.UNKNOWN
        except Unavailable:
            return PrinterStatus.OFFLINE
        finally:
            if not self._pending:
                self._close()
            self._lock.release()

    def close(self) -> None:
        """See `Printer.close`; a job still held becomes unknown."""
        with self._held_lock("printer_busy"):
            if self._pending:
                self._finish(Outcome.UNKNOWN)
            self._close()

    # --- one conversation -------------------------------------------------------------------

    def _held_lock(self, code: str) -> _Held:
        if not self._lock.acquire(timeout=self._patience.lock_s):
            raise Unavailable(code, printer=self.name)
        return _Held(self._lock)

    def _connected(self) -> Line:
        if self._line is None:
            try:
                self._line = self._open_line()
            except OSError as gone:
                raise Unavailable("printer_offline", printer=self.name) from gone
        return self._line

    def _must_print(self, line: Line) -> None:
        status = self._state_now(line)
        if status not in PRINTING:
            self._close()
            raise Unavailable(_CODES[status], printer=self.name)

    def _hand_over(self, line: Line) -> None:
        """Writes what is left, as long as the printer takes some; the rest stays in `_rest`."""
        while self._rest:
            taken = line.write(self._rest[:CHUNK], self._patience.answer_s)
            if not taken:
                return
            self._rest = self._rest[taken:]
            self._heard = time.monotonic()

    def _confirmed(self, line: Line) -> bool:
        """Waits for the job's own answer while the printer says that it prints."""
        if not self.two_way:
            return True
        end = time.monotonic() + self._patience.confirm_s
        while time.monotonic() < end:
            done, _ = self._listen(line, self._patience.answer_s)
            if done:
                return True
            status = self._state(line)
            if status is None:
                return True
            if status not in PRINTING:
                return False
        return False

    def _settle(self) -> Outcome:
        if not self._pending or self._line is None:
            return self._last
        line = self._line
        try:
            self._hand_over(line)
            if self._rest:
                silent = time.monotonic() - self._heard > self._patience.held_s
                return self._finish(Outcome.UNKNOWN) if silent else Outcome.HELD
            done, _ = self._listen(line, min(1.0, self._patience.answer_s))
            status = None if done else self._state(line)
        except OSError:
            return self._finish(Outcome.UNKNOWN)
        if status is None:
            return self._finish(Outcome.PRINTED)
        if status is PrinterStatus.UNKNOWN:
            return self._finish(Outcome.UNKNOWN)
        return Outcome.HELD

    def _state_now(self, line: Line) -> PrinterStatus:
        """The state, never a confirmation: for questions outside a job, or after it stalled."""
        if self._rest and self._pending:
            return PrinterStatus.OFFLINE
        try:
            status = self._state(line)
        except OSError:
            self._finish(Outcome.UNKNOWN)
            return PrinterStatus.OFFLINE
        if status is None:
            self._finish(Outcome.PRINTED)
            return PrinterStatus.READY
        return status

    def _state(self, line: Line) -> PrinterStatus | None:
        """What the printer says of itself; None where the job's confirmation came instead."""
        line.write(ASK_STATE, self._patience.answer_s)
        end = time.monotonic() + self._patience.answer_s
        told = b""
        while len(told) < 3 and (left := end - time.monotonic()) > 0:
            done, more = self._listen(line, left)
            if done:
                return None
            told += more
        return read_state(told) if len(told) >= 3 else PrinterStatus.UNKNOWN

    def _listen(self, line: Line, timeout_s: float) -> tuple[bool, bytes]:
        """Whether the job's answer came, and the state bytes among what came."""
        came = line.read(timeout_s)
        if came:
            self._heard = time.monotonic()
        done = self._pending and any(not byte & 0x90 for byte in came)
        return done, bytes(byte for byte in came if byte & 0x93 == 0x12)

    def _finish(self, outcome: Outcome) -> Outcome:
        self._pending, self._rest, self._last = False, b"", outcome
        self._close()
        return outcome

    def _close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class _Held:
    """The lock, already taken, given back at the end of a `with`."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def read_state(told: bytes) -> PrinterStatus:
    """The three answers to `ASK_STATE` as one state; the reason before the symptom."""
    online, why, paper = told[0], told[1], told[2]
    if paper & 0x60:
        return PrinterStatus.PAPER_OUT
    if why & 0x04:
        return PrinterStatus.COVER_OPEN
    if why & 0x20:
        return PrinterStatus.PAPER_OUT
    if online & 0x08 or why & 0x40:
        return PrinterStatus.OFFLINE
    return PrinterStatus.PAPER_LOW if paper & 0x0C else PrinterStatus.READY
