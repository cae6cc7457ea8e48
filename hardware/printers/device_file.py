"""A printer behind a device file of the kernel, as `/dev/usb/lp0`."""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from pathlib import Path

from hardware.printers.conversation import ConversingPrinter, Patience

IDLE_S = 0.05


class DeviceFilePrinter(ConversingPrinter):
    """A printer that the kernel shows as a file to write to, and to read its answers from."""

    def __init__(
        self, path: Path, *, answers: bool = True, patience: Patience | None = None
    ) -> None:
        super().__init__(
            f"file:{path}",
            lambda: FileLine(path, answers=answers),
            answers=answers,
            patience=patience,
        )


class FileLine:
    """One open device file; never creates it, so a printer unplugged is not a file on disk.

    Raises OSError where it can't be opened or is an ordinary file.
    """

    def __init__(self, path: Path, *, answers: bool) -> None:
        mode = os.O_RDWR if answers else os.O_WRONLY
        self._file = os.open(path, mode | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
        if stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise OSError(errno.ENODEV, "an ordinary file, no device", str(path))

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
            came = os.read(self._file, 256) if ready else b""
        except BlockingIOError:
            came = b""
        if ready and not came:  # some drivers say "ready" with nothing to read, again and again
            time.sleep(min(timeout_s, IDLE_S))
        return came

    def close(self) -> None:
        """See `Line.close`."""
        os.close(self._file)
