r"""A counter scale on a serial line that speaks Toledo 8217.

`W` asks. `STX 01.255 CR` is a steady weight in kilograms; `STX ? status CR` says why there is
none: bit 0 in motion, bit 1 over capacity, bit 2 under zero. Answers come with a parity bit or
without; it is dropped. What the scale does not call steady is never a weight.
"""

from __future__ import annotations

import re
from time import monotonic
from typing import TYPE_CHECKING, Final

from pos_app.domain.errors import Unavailable

if TYPE_CHECKING:
    import serial

ASK: Final = b"W"
STX, CR = 0x02, 0x0D
ANSWER_S: Final = 0.5
STEADY_S: Final = 3.0
"""So long somebody may still be putting things down."""
_WEIGHT: Final = re.compile(rb"(\d{1,3})\.(\d{2,3})[ A-Za-z]*")
FRAME_MAX: Final = 32


class ToledoScale:
    """One scale; the line is opened when it is first asked."""

    def __init__(self, port: str, *, baud: int) -> None:
        self.name = port
        self._baud = baud
        self._port: serial.Serial | None = None

    def weight(self) -> int:
        """See `Scale.weight`."""
        end = monotonic() + STEADY_S
        told = "scale_moving"
        while monotonic() < end:
            answer = self._ask()
            if answer is None:
                raise Unavailable("scale_silent", scale=self.name)
            found = _WEIGHT.fullmatch(answer)
            if found:
                grams = int(found[1]) * 1_000 + int(found[2].ljust(3, b"0"))
                if grams:
                    return grams
                told = "scale_empty"
            else:
                told = _why(answer)
                if told in ("scale_over", "scale_under"):
                    break
        raise Unavailable(told, scale=self.name)

    def close(self) -> None:
        """See `Scale.close`."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _ask(self) -> bytes | None:
        """One answer without its frame; None where nothing whole came in time."""
        import serial  # only where a till has such a scale

        try:
            if self._port is None:
                self._port = serial.Serial(self.name, self._baud, timeout=0.05, exclusive=True)
            self._port.reset_input_buffer()
            self._port.write(ASK)
            return self._answer(self._port)
        except (OSError, TypeError) as gone:  # pyserial meets a port closed under it with TypeError
            self.close()
            raise Unavailable("scale_offline", scale=self.name) from gone

    def _answer(self, port: serial.Serial) -> bytes | None:
        frame: bytearray | None = None
        end = monotonic() + ANSWER_S
        while monotonic() < end:
            for byte in port.read(max(1, port.in_waiting)):
                mark = byte & 0x7F
                if frame is not None and bytes(frame) == b"?":
                    frame.append(mark)  # the status may be any byte, also one that frames
                elif mark == STX:
                    frame = bytearray()
                elif mark == CR and frame is not None:
                    return bytes(frame)
                elif frame is not None and len(frame) < FRAME_MAX:
                    frame.append(mark)
        return None


def _why(answer: bytes) -> str:
    """Why there is no weight, by the status byte of the answer."""
    status = answer[1] if answer[:1] == b"?" and len(answer) > 1 else 1
    if status & 2:
        return "scale_over"
    if status & 4:
        return "scale_under"
    return "scale_moving"
