"""A printer on a serial line (or a USB one that shows itself as such)."""

from __future__ import annotations

from hardware.printers.conversation import ConversingPrinter, Patience

POLL_S = 0.005


class SerialPrinter(ConversingPrinter):
    """A printer at a serial port, 8 data bits, no parity, 1 stop bit.

    `flow` is how the printer says that its buffer is full: `dtr` (its usual line, read here as
    DSR), `rts` or `none`.
    """

    def __init__(
        self,
        port: str,
        *,
        baud: int,
        flow: str = "dtr",
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
            write_timeout=POLL_S,
            dsrdtr=flow == "dtr",
            rtscts=flow == "rts",
            exclusive=True,
        )
        self._lost = serial.SerialTimeoutException

    def write(self, data: bytes, timeout_s: float) -> int:
        """See `Line.write`: one byte after the other, so that what was taken is known exactly."""
        from time import monotonic

        end, taken = monotonic() + timeout_s, 0
        while taken < len(data):
            try:
                self._port.write(data[taken : taken + 1])
            except self._lost:
                if monotonic() > end:
                    break
                continue
            taken += 1
            end = monotonic() + timeout_s
        return taken

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
