"""A printer that is a directory: one file a receipt, for shops that print elsewhere, and for tests."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from hardware.devices import Outcome, PrinterStatus
from pos_app.domain.errors import Unavailable


class DirectoryPrinter:
    """Writes `000001.escpos`, `000002.escpos`…: whole files only, none ever written over."""

    two_way = False

    def __init__(self, folder: Path) -> None:
        self.name = f"file:{folder}"
        self._folder = folder
        self._last = Outcome.UNKNOWN
        self._lock = threading.Lock()

    def send(self, data: bytes) -> None:
        """See `Printer.send`: returns when the file is on disk under its final name."""
        with self._lock:
            self._last = Outcome.UNKNOWN
            half = self._folder / f".{os.getpid()}.half"
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                with half.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                self._name(half)
            except OSError as error:
                with contextlib.suppress(OSError):
                    half.unlink()
                raise Unavailable("printer_offline", printer=self.name) from error
            self._last = Outcome.PRINTED

    def _name(self, half: Path) -> None:
        """Gives the file the next number. A hard link fails where the name is taken."""
        taken = [int(path.stem) for path in self._folder.glob("*.escpos") if path.stem.isdigit()]
        number = max(taken, default=0) + 1
        while True:
            final = self._folder / f"{number:06d}.escpos"
            try:
                os.link(half, final)
            except FileExistsError:
                number += 1
                continue
            half.unlink()
            return

    def outcome(self) -> Outcome:
        """See `Printer.outcome`."""
        return self._last

    def command(self, data: bytes) -> None:
        """Nothing: a directory has no drawer, and a kick is no receipt."""

    def status(self) -> PrinterStatus:
        """READY where files can be made there."""
        place = self._folder
        while not place.exists() and place != place.parent:
            place = place.parent
        good = place.is_dir() and os.access(place, os.W_OK)
        return PrinterStatus.READY if good else PrinterStatus.OFFLINE

    def close(self) -> None:
        """Nothing is held."""
