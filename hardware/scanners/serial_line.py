"""A scanner with a serial line of its own (or one over USB): no keyboard, no focus, no layouts."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from pos_app.domain.errors import Unavailable

if TYPE_CHECKING:
    import serial

FRAME_S = 0.5
"""A code whose end does not come this long after its last byte is thrown away."""
LIMIT = 128
FNC1 = 0x1D
"""As scanners send it inside a GS1 code."""


class SerialScanner:
    """Codes ended by CR, LF or both; 8 data bits, no parity, 1 stop bit.

    What a scanner sends is data from outside: only printable ASCII (and the separator of GS1 codes)
    up to `LIMIT` characters is a code; a frame with anything else, or longer, is dropped whole
    rather than mended.
    """

    def __init__(self, port: str, *, baud: int) -> None:
        self._name = port
        self._baud = baud
        self._port: serial.Serial | None = None
        self._frame = bytearray()
        self._spoilt = False
        self._last = 0.0
        self._waiting: list[str] = []

    def read(self, timeout_s: float) -> str | None:
        """See `Scanner.read`."""
        end = monotonic() + timeout_s
        while not self._waiting:
            left = end - monotonic()
            if left <= 0:
                return None
            self._take(self._bytes(left))
        return self._waiting.pop(0)

    def close(self) -> None:
        """See `Scanner.close`."""
        if self._port is not None:
            self._port.close()
            self._port = None
        self._frame.clear()
        self._spoilt = False

    def _bytes(self, timeout_s: float) -> bytes:
        import serial  # only where a till has such a scanner

        try:
            if self._port is None:
                self._port = serial.Serial(self._name, self._baud, exclusive=True)
            self._port.timeout = timeout_s
            first = self._port.read(1)
            return bytes(first + self._port.read(self._port.in_waiting)) if first else b""
        except (OSError, TypeError) as gone:  # pyserial meets a port closed under it with TypeError
            self.close()
            raise Unavailable("scanner_offline", scanner=self._name) from gone

    def _take(self, came: bytes) -> None:
        now = monotonic()
        if (self._frame or self._spoilt) and now - self._last > FRAME_S:
            self._frame.clear()
            self._spoilt = False
        self._last = now
        for byte in came:
            if byte in b"\r\n":
                if self._frame and not self._spoilt:
                    self._waiting.append(self._frame.decode("ascii"))
                self._frame.clear()
                self._spoilt = False
            elif (0x20 <= byte < 0x7F or byte == FNC1) and len(self._frame) < LIMIT:
                self._frame.append(byte)
            else:
                self._spoilt = True
