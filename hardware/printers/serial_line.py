"""A printer on a serial line (or a USB one that shows itself as such)."""

from __future__ import annotations

import os
import select

from hardware.printers.conversation import ConversingPrinter, Patience


class SerialPrinter(ConversingPrinter):
    """A printer at a serial port: 8 data bits, no parity, 1 stop bit.

    `flow` is how it says that its buffer is full: `rts` (the usual cable brings the printer's DTR
    to our CTS), `xon` or `none`.
    """

    def __init__(
        self,
        port: str,
        *,
        baud: int,
        flow: str = "rts",
        answers: bool = True,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(
            f"serial:{port}",
            lambda: SerialLine(port, baud, flow=flow),
            answers=answers,
            patience=patience,
        )


class SerialLine:
    """One open serial port; raises OSError (pyserial's own is one) where it can't be opened."""

    def __init__(self, port: str, baud: int, *, flow: str) -> None:
        import serial  # only where a till has such a printer

        self._port = serial.Serial(
            port,
            baud,
            timeout=0,
            rtscts=flow == "rts",
            xonxoff=flow == "xon",
            exclusive=True if os.name == "posix" else None,
        )

    def write(self, data: bytes, timeout_s: float) -> int:
        """See `Line.write`.

        Not pyserial's own `write`: on a time limit it does not tell how much was taken, and a
        byte sent twice is another command.
        """
        if os.name != "posix":
            self._port.write_timeout = timeout_s
            return self._port.write(data) or 0  # raises where it was not all taken
        _, ready, _ = select.select([], [self._port.fileno()], [], timeout_s)
        try:
            return os.write(self._port.fileno(), data) if ready else 0
        except BlockingIOError:
            return 0

    def read(self, timeout_s: float) -> bytes:
        """See `Line.read`."""
        self._port.timeout = timeout_s
        first = self._port.read(1)
        return bytes(first + self._port.read(self._port.in_waiting)) if first else b""

    def close(self) -> None:
        """See `Line.close`."""
        try:
            self._port.close()
        except OSError:
            return
