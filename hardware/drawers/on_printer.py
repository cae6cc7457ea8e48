"""The drawer that hangs on the receipt printer's socket: the only place with kick bytes."""

from __future__ import annotations

from hardware.devices import Printer, PrinterStatus
from pos_app.domain.errors import Unavailable, Uncertain

PULSE_MS = 100
STUCK = frozenset({PrinterStatus.PAPER_OUT, PrinterStatus.COVER_OPEN})
"""States in which a printer leaves ordinary commands waiting."""


class PrinterDrawer:
    """Kicks through the printer; at once also while the printer waits for paper."""

    def __init__(self, printer: Printer, *, pin: int = 2) -> None:
        self._printer = printer
        self._pin = pin

    def open(self) -> None:
        """See `Drawer.open`."""
        stuck = self._printer.two_way and self._printer.status() in STUCK
        try:
            self._printer.command(self._real_time() if stuck else self._ordinary())
        except (Unavailable, Uncertain) as error:
            raise Unavailable("drawer_unavailable", reason=error.code) from error

    def is_open(self) -> bool | None:
        """None: how the switch is wired differs from drawer to drawer."""
        return None

    def _ordinary(self) -> bytes:
        """`ESC p m t1 t2`, pulse times in units of 2 ms."""
        return bytes((0x1B, 0x70, 0 if self._pin == 2 else 1, PULSE_MS // 2, PULSE_MS // 2 * 2))

    def _real_time(self) -> bytes:
        """`DLE DC4 1 m t`, pulse time in units of 100 ms: obeyed before what is waiting."""
        return bytes((0x10, 0x14, 1, 0 if self._pin == 2 else 1, max(1, PULSE_MS // 100)))
