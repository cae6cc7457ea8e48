"""The customer's pole display: two lines of twenty characters over a serial line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.errors import Unavailable
from pos_app.domain.text import plain

if TYPE_CHECKING:
    import serial

COLUMNS = 20
CLEAR = b"\x0c"
HOME = b"\x0b"
"""Clear, and the cursor to the upper left: understood in CD5220 and ESC/POS mode alike."""


class PoleDisplay:
    """Shows two lines; opens its port at first use, and again after it was unplugged."""

    def __init__(self, port: str, *, baud: int, codec: str) -> None:
        self._name = port
        self._baud = baud
        self._codec = codec
        self._port: serial.Serial | None = None

    def show(self, upper: str, lower: str) -> None:
        """See `Display.show`. What the display's code page lacks is shown as `?`."""
        self._write(HOME + b"".join(self._line(text) for text in (upper, lower)))

    def clear(self) -> None:
        """See `Display.clear`."""
        self._write(CLEAR)

    def close(self) -> None:
        """See `Display.close`."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _line(self, text: str) -> bytes:
        kept = plain(text, COLUMNS).encode(self._codec, "replace")[:COLUMNS]
        return kept.ljust(COLUMNS)

    def _write(self, data: bytes) -> None:
        import serial  # only where a till has such a display

        try:
            if self._port is None:
                self._port = serial.Serial(self._name, self._baud, write_timeout=1.0)
            self._port.write(data)
        except (OSError, TypeError) as gone:  # pyserial meets a closed port with TypeError
            self.close()
            raise Unavailable("display_offline", display=self._name) from gone
