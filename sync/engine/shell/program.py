"""Whether the program on the disk is still the one that runs.

Sync outlives the window, so it would outlive an update too, and speak to a newer window about files
it does not understand. It ends instead; the window starts the new one.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
ROOMS: Final = ("pos_app/domain", "pos_app/store", "sync", "sync/engine", "sync/protocol")
LOOK_EVERY_S: Final = 1.0


class Program:
    """The files this process was made of, as they were when it began."""

    def __init__(self, root: Path = ROOT, look_every_s: float = LOOK_EVERY_S) -> None:
        self._root = root
        self._look_every_s = look_every_s
        self._began = self._files()
        self._looked = time.monotonic()

    def changed(self) -> bool:
        """True once an update has put others in their place; looks at most once a second."""
        now = time.monotonic()
        if now - self._looked < self._look_every_s:
            return False
        self._looked = now
        return self._files() != self._began

    def _files(self) -> dict[str, tuple[int, int]]:
        found = {}
        for room in ROOMS:
            for path in (self._root / room).glob("*.py"):
                try:
                    said = path.stat()
                except OSError:
                    continue
                found[str(path)] = (said.st_mtime_ns, said.st_size)
        return found
