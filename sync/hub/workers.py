"""Several processes that answer at one address, each a hub of its own over the same database.

They share nothing but the database and the socket: what one of them remembers is there for speed
only. One that died is started again; told to stop, all of them finish what they have.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Final

AGAIN_S: Final = 1.0
"""So long a place stays empty at least, so that one that cannot start does not spin."""
PARTING_S: Final = 20
_PR_SET_PDEATHSIG: Final = 1

_log = logging.getLogger(__name__)


def run(count: int, work: Callable[[int], object]) -> int:
    """Runs `work(place)` in so many processes until it is told to stop (SIGTERM, SIGINT)."""
    # Forked: the listening socket and what is loaded already are theirs as well.
    forking = multiprocessing.get_context("fork")
    stopping: list[int] = []
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _: stopping.append(number))
    started: dict[int, tuple[BaseProcess, float]] = {}

    def start(place: int) -> None:
        process = forking.Process(target=_child, args=(work, place), name=f"hub-{place}")
        process.start()
        started[place] = (process, time.monotonic())

    for place in range(count):
        start(place)
    while not stopping:
        wait([process.sentinel for process, _ in started.values()], timeout=0.25)
        for place, (process, since) in list(started.items()):
            if process.is_alive() or stopping or time.monotonic() - since < AGAIN_S:
                continue
            _log.warning("process %d ended with %s and is started again", place, process.exitcode)
            start(place)
    for process, _ in started.values():
        process.terminate()
    for process, _ in started.values():
        process.join(PARTING_S)
        if process.is_alive():
            process.kill()
            process.join()
    return 0


def _child(work: Callable[[int], object], place: int) -> None:
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)
    if sys.platform == "linux":
        # Told to stop when the one that started it dies without a word.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    work(place)
