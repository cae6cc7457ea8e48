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
XON_XOFF = (0x11, 0x13)

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
    quiet_s: float = 0.15
    """After which a printer that has answered has nothing more to say."""
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
        self._last = Outcome.NOT_PRINTED
        self._heard = 0.0
        self._well_since = 0.0
        self._confirms = answers
        self._in_step = False
        self._answers = Answers()

    def send(self, data: bytes, *, document: Receipt | None = None) -> None:  # noqa: ARG002 - bytes say it all here
        """See `Printer.send`."""
        with self._held_lock():
            if self._pending and self._settle() is Outcome.HELD:
                raise Unavailable("printer_busy", printer=self.name)
            self._last = Outcome.NOT_PRINTED
            line = self._connected()
            if self.two_way:
                self._must_print(line)
            self._give(line, data + (ASK_DONE if self._confirms else b""))

    @property
    def paper_low(self) -> bool:
        """See `Printer.paper_low`."""
        return self._answers.paper_low

    def outcome(self) -> Outcome:
        """See `Printer.outcome`."""
        if not self._lock.acquire(timeout=self._patience.lock_s):
            return Outcome.HELD
        with _Held(self._lock):
            return self._settle()

    def command(self, data: bytes) -> None:
        """See `Printer.command`; where the printer answers, it is asked whether it is there."""
        with self._held_lock():
            line = self._connected()
            try:
                if self._rest or line.write(data, self._patience.answer_s) != len(data):
                    raise Unavailable("printer_busy", printer=self.name)
                if self.two_way and not self._pending:
                    self._state(line)
            except OSError as gone:
                self._lost()
                raise Unavailable("printer_offline", printer=self.name) from gone
            finally:
                if not self._pending:
                    self._close()

    def status(self) -> PrinterStatus:
        """See `Printer.status`."""
        if not self._lock.acquire(timeout=self._patience.lock_s):
            return PrinterStatus.UNKNOWN
        try:
            line = self._connected()
            if self._rest:
                return (
                    PrinterStatus.OFFLINE
                )  # it has stopped taking bytes: a question would wait too
            return self._state_or_done(line) if self.two_way else PrinterStatus.UNKNOWN
        except (Unavailable, OSError):
            self._lost()
            return PrinterStatus.OFFLINE
        finally:
            if not self._pending:
                self._close()
            self._lock.release()

    def close(self) -> None:
        """See `Printer.close`; a job still held becomes unknown."""
        if self._lock.acquire(timeout=self._patience.lock_s):
            with _Held(self._lock):
                self._lost()
                self._close()

    # --- one conversation -------------------------------------------------------------------

    def _held_lock(self) -> _Held:
        if not self._lock.acquire(timeout=self._patience.lock_s):
            raise Unavailable("printer_busy", printer=self.name)
        return _Held(self._lock)

    def _connected(self) -> Line:
        if self._line is None:
            self._answers = Answers()
            try:
                self._line = self._open_line()
            except OSError as gone:
                raise Unavailable("printer_offline", printer=self.name) from gone
        return self._line

    def _must_print(self, line: Line) -> None:
        """Asks before a job whether it would be printed; nothing is lost where it would not."""
        try:
            status = self._state(line)
            if status in PRINTING and not self._in_step:
                self._confirms = self._find_step(line)
        except OSError as gone:
            self._close()
            raise Unavailable("printer_offline", printer=self.name) from gone
        if status not in PRINTING:
            code = "printer_garbled" if self._answers.junk else _CODES[status]
            self._close()
            raise Unavailable(code, printer=self.name)

    def _find_step(self, line: Line) -> bool:
        """Whether the printer confirms at all; afterwards no answer to an older question is due.

        After a start, or a job that ended in doubt, the printer may still be working on that job
        and answer for it. So it is asked once with nothing to print, and listened to until it is
        quiet; otherwise that answer would be taken for the next job's. A printer without an
        answer is not asked again before the next doubt.
        """
        line.write(ASK_DONE, self._patience.answer_s)
        end = time.monotonic() + self._patience.answer_s
        found = 0
        while not found and (left := end - time.monotonic()) > 0:
            found = self._answers.read(line, left)[0]
        while self._answers.read(line, self._patience.quiet_s)[0]:
            pass
        return bool(found)

    def _give(self, line: Line, job: bytes) -> None:
        """Hands a job over and waits for its end. Raises Uncertain, or Unavailable for nothing."""
        self._rest, self._pending, self._last = job, True, Outcome.UNKNOWN
        self._well_since = time.monotonic()
        status = PrinterStatus.OFFLINE
        try:
            self._hand_over(line)
            if not self._rest:
                status = self._wait(line)
        except OSError as gone:
            none = len(self._rest) == len(job)
            self._finish(Outcome.NOT_PRINTED if none else Outcome.UNKNOWN)
            if none:
                raise Unavailable("printer_offline", printer=self.name) from gone
            raise Uncertain("print_unknown", printer=self.name, status="offline") from gone
        if self._last is Outcome.PRINTED:
            return
        if len(self._rest) == len(job):
            self._finish(Outcome.NOT_PRINTED)
            raise Unavailable("printer_busy", printer=self.name)
        raise Uncertain("print_unknown", printer=self.name, status=status.value)

    def _hand_over(self, line: Line) -> None:
        """Writes what is left, as long as the printer takes some; the rest stays in `_rest`."""
        while self._rest:
            taken = line.write(self._rest[:CHUNK], self._patience.answer_s)
            if not taken:
                return
            self._rest = self._rest[taken:]
            self._heard = time.monotonic()

    def _wait(self, line: Line) -> PrinterStatus:
        """Waits for the job's own answer while the printer says that it prints; its last state."""
        if not self.two_way:
            self._finish(Outcome.PRINTED)
            return PrinterStatus.UNKNOWN
        end = time.monotonic() + self._patience.confirm_s
        status = PrinterStatus.UNKNOWN
        while self._pending and time.monotonic() < end:
            if self._confirms and self._answers.read(line, self._patience.answer_s)[0]:
                self._finish(Outcome.PRINTED)
                return PrinterStatus.READY
            status = self._state_or_done(line)
            if not self._confirms and status in PRINTING:
                self._finish(Outcome.PRINTED)
            if status not in PRINTING:
                break
        return status

    def _settle(self) -> Outcome:
        """What is known of the last job now; goes on with one that was stopped in the middle."""
        if not self._pending or self._line is None:
            return self._last
        line = self._line
        try:
            self._hand_over(line)
            if self._rest:
                silent = time.monotonic() - self._heard > self._patience.held_s
                return self._finish(Outcome.UNKNOWN) if silent else Outcome.HELD
            if self._confirms and self._answers.read(line, min(1.0, self._patience.answer_s))[0]:
                return self._finish(Outcome.PRINTED)
            status = self._state_or_done(line)
        except OSError:
            return self._finish(Outcome.UNKNOWN)
        return self._last if not self._pending else self._judge(status)

    def _judge(self, status: PrinterStatus) -> Outcome:
        """A job that was taken and not confirmed, by what the printer says of itself."""
        now = time.monotonic()
        if status is PrinterStatus.UNKNOWN:
            return self._finish(Outcome.UNKNOWN)
        if status not in PRINTING:
            self._well_since = 0.0
            return Outcome.HELD
        if not self._confirms:
            return self._finish(Outcome.PRINTED)
        self._well_since = self._well_since or now
        if now - self._well_since > self._patience.confirm_s:
            return self._finish(Outcome.UNKNOWN)
        return Outcome.HELD

    def _state_or_done(self, line: Line) -> PrinterStatus:
        """The state; where the job's confirmation came in between, the job is finished."""
        done, status = self._ask(line)
        if done and self._pending and not self._rest and self._confirms:
            self._finish(Outcome.PRINTED)
            return PrinterStatus.READY
        return status

    def _state(self, line: Line) -> PrinterStatus:
        return self._ask(line)[1]

    def _ask(self, line: Line) -> tuple[bool, PrinterStatus]:
        """Whether a confirmation came meanwhile, and what the printer says of itself."""
        confirmed = self._answers.read(line, 0)[0]  # a late answer is none to this question
        if line.write(ASK_STATE, self._patience.answer_s) != len(ASK_STATE):
            return False, PrinterStatus.OFFLINE
        end = time.monotonic() + self._patience.answer_s
        told = b""
        while len(told) < 3 and (left := end - time.monotonic()) > 0:
            done, more = self._answers.read(line, left)
            confirmed += done
            told += more
            if done or more:
                self._heard = time.monotonic()
        status = read_state(told) if len(told) >= 3 else PrinterStatus.UNKNOWN
        return confirmed > 0, status

    def _lost(self) -> None:
        """The connection ended: a job under way is in doubt, one that is over stays as it is."""
        if self._pending:
            self._finish(Outcome.UNKNOWN)
        self._close()

    def _finish(self, outcome: Outcome) -> Outcome:
        self._pending, self._rest, self._last = False, b"", outcome
        self._in_step = outcome is Outcome.PRINTED
        self._close()
        return outcome

    def _close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class Answers:
    """What a printer sent, sorted: states, confirmations, what it says unasked, and nonsense."""

    def __init__(self) -> None:
        self.paper_low = False
        """What the last confirmation or state said of the roll."""
        self.junk = 0
        """Bytes that no printer of this kind sends: the wrong device, or the wrong speed."""
        self._unasked = 0

    def read(self, line: Line, timeout_s: float) -> tuple[int, bytes]:
        """How many confirmations came, and the answers to `DLE EOT` among what came.

        An answer to `DLE EOT` has bits 1 and 4 set and 0 and 7 not; one to `GS r 1` has neither 4
        nor 7, and its sensors come in pairs. A message sent unasked (automatic status) is four
        bytes, the first with bit 4 alone of these.
        """
        done, states, junk = 0, bytearray(), 0
        for byte in line.read(timeout_s):
            if self._unasked:
                self._unasked -= 1
            elif byte & 0x93 == 0x12:
                states.append(byte)
            elif byte & 0x93 == 0x10:
                self._unasked = 3
            elif byte in (0x00, 0x03, 0x0C, 0x0F):
                done += 1
                self.paper_low = bool(byte & 0x03)
            elif byte not in XON_XOFF:
                junk += 1
        self.junk += junk
        return (0, b"") if junk else (done, bytes(states))


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
