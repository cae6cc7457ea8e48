"""A printer behind a device file of the kernel, as `/dev/usb/lp0`."""

from __future__ import annotations

import os
import select
from pathlib import Path

from hardware.printers.conversation import ConversingPrinter, Patience


class DeviceFilePrinter(ConversingPrinter):
    """A printer that the kernel shows as a file to write to, and to read its answers from."""

    def __init__(
        self, path: Path, *, answers: bool = True, patience: Patience | None = None
    ) -> None:
        super().__init__(
            f"device:{path}",
            lambda: FileLine(path, answers=answers),
            answers=answers,
            patience=patience,
        )


class FileLine:
    """One open device file; never creates it, so a printer unplugged is not a file on disk."""

    def __init__(self, path: Path, *, answers: bool) -> None:
        mode = os.O_RDWR if answers else os.O_WRONLY
        self._file = os.open(path, mode | getattr(os, "O_NONBLOCK", 0))

    def write(self, data: bytes, timeout_s: float) -> int:
        """See `Line.write`."""
        _, ready, _ = select.select([], [self._file], [], timeout_s)
        try:
            return os.write(self._file, data) if ready else 0
        except BlockingIOError:
            return 0

    def read(self, timeout_s: float) -> bytes:
        """See `Line.read`."""
        ready, _, _ = select.select([self._file], [], [], timeout_s)
        try:
            return os.read(self._file, 256) if ready else b""
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """See `Line.close`."""
        os.close(self._file)
