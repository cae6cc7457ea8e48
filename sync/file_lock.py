"""One process at a time: a lock on a file of the data directory, freed when its process ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class FileLock:
    """An advisory lock on a file of the data directory; the system frees it with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1

    def take(self, flags: int = os.O_RDWR | os.O_CREAT) -> bool:
        """True when this process now holds it; False when another does. Raises OSError."""
        handle = os.open(self._path, flags, 0o600)
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def free(self) -> None:
        """Give it back."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def is_held(path: Path) -> bool:
    """True while some process holds the lock file at `path`."""
    lock = FileLock(path)
    try:
        taken = lock.take(os.O_RDONLY)
    except OSError:  # it was never made, or is not ours to look at
        return False
    lock.free()
    return not taken


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
