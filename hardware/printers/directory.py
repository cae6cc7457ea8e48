"""A printer that is a directory: a set of files a receipt, for shops that print elsewhere."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.devices import Outcome, PrinterStatus
from pos_app.domain.errors import Unavailable

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt

PRINTED = ".bin"
"""Ending of the bytes a printer would have got; their file comes last and says that all is there."""


class DirectoryPrinter:
    """Writes `000001.bin`, `000002.bin`…: whole files only, none ever written over.

    `draw` makes the files beside it from the receipt, by their endings: `{".txt": …, ".png": …}`.
    """

    two_way = False
    paper_low = False

    def __init__(
        self, folder: Path, draw: Callable[[Receipt], Mapping[str, bytes]] | None = None
    ) -> None:
        self.name = f"dir:{folder}"
        self._folder = folder
        self._draw = draw
        self._last = Outcome.NOT_PRINTED
        self._lock = threading.Lock()

    def send(self, data: bytes, *, document: Receipt | None = None) -> None:
        """See `Printer.send`: returns when the files are on disk under their final names."""
        beside: Mapping[str, bytes] = {}
        if document is not None and self._draw is not None:
            beside = self._draw(document)
        with self._lock:
            self._last = Outcome.NOT_PRINTED
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                number = self._next()
                for ending, content in {**beside, PRINTED: data}.items():
                    self._write(self._folder / f"{number:06d}{ending}", content)
            except OSError as error:
                raise Unavailable("printer_offline", printer=self.name) from error
            self._last = Outcome.PRINTED

    def _next(self) -> int:
        """The next free number, reserved by an empty file that the bytes will replace."""
        taken = [int(path.stem) for path in self._folder.iterdir() if path.stem.isdigit()]
        number = max(taken, default=0)
        while True:
            number += 1
            reserved = self._folder / f"{number:06d}.taken"
            try:
                reserved.touch(mode=0o600, exist_ok=False)
            except FileExistsError:
                continue
            if (self._folder / f"{number:06d}{PRINTED}").exists():
                reserved.unlink()  # another till was done with it after we had looked
                continue
            return number

    def _write(self, final: Path, content: bytes) -> None:
        half = final.with_suffix(final.suffix + ".half")
        try:
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to:
                to.write(content)
                to.flush()
                os.fsync(to.fileno())
            half.replace(final)
        except OSError:
            with contextlib.suppress(OSError):
                half.unlink()
            raise
        if final.suffix == PRINTED:
            with contextlib.suppress(OSError):
                final.with_suffix(".taken").unlink()

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
