"""The till's sounds, loaded once and played on a thread of their own: a cue never makes one wait."""

from __future__ import annotations

import queue
import threading
import time
import wave
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import resources
from pos_app.domain.errors import PosError

ROOM = Path(resources.__file__).parent / "sounds"
WAITING_MAX = 2
"""Sounds behind the one that plays; what comes then is left out: it would be heard too late."""
AGAIN_S = 30.0
"""So long after an output failed it is tried again."""


class Output(Protocol):
    """What makes samples heard."""

    def play(self, samples: bytes, rate: int) -> None:
        """16-bit mono samples, until their end; raises Unavailable("speaker_missing")."""

    def close(self) -> None:
        """Let go of the device."""


class CueSpeaker:
    """Plays the files of `room` through an output that is made at the first sound.

    `volume` is percent. An output that cannot be had costs nothing but the sound.
    """

    def __init__(self, make: Callable[[], Output], volume: int = 100, room: Path = ROOM) -> None:
        self._make, self.volume, self._room = make, volume, room
        self._sounds: dict[str, tuple[bytes, int]] = {}
        self._queue: queue.Queue[str] = queue.Queue(WAITING_MAX)
        self._thread: threading.Thread | None = None
        self.heard: str = "unknown"
        """unknown, ok or missing: what came of the last sound, for a page about devices."""

    def play(self, cue: str) -> None:
        """Soon; never waits, never raises."""
        if self.volume <= 0:
            return
        try:
            self._queue.put_nowait(cue)
        except queue.Full:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """After the sounds that wait."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put("")
            thread.join(1.0)

    def _run(self) -> None:
        output: Output | None = None
        not_before = 0.0
        while cue := self._queue.get():
            if output is None and time.monotonic() < not_before:
                continue
            try:
                output = output or self._make()
                output.play(*self._sound(cue))
                self.heard = "ok"
            except (PosError, OSError, wave.Error, EOFError):
                self.heard, not_before = "missing", time.monotonic() + AGAIN_S
                output = None
        if output is not None:
            output.close()

    def _sound(self, cue: str) -> tuple[bytes, int]:
        key = f"{cue}/{self.volume}"
        if key not in self._sounds:
            with wave.open(str(self._room / f"{cue}.wav"), "rb") as file:
                rate, samples = file.getframerate(), array("h", file.readframes(file.getnframes()))
            for at, sample in enumerate(samples):
                samples[at] = sample * min(self.volume, 100) // 100
            self._sounds[key] = (samples.tobytes(), rate)
        return self._sounds[key]
