"""Linux: straight to ALSA's default device, which also is PipeWire's and PulseAudio's.

Through ctypes, because a player started for each scan is heard 30 to 80 ms late and a sound
library of Qt weighs 100 MB.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

from pos_app.domain.errors import Unavailable

_PLAYBACK = 0
_S16_LE = 2
_INTERLEAVED = 3
_LATENCY_US = 40_000


class AlsaOutput:
    """A mono line, opened at the first sound, let go when told."""

    def __init__(self, device: str = "default") -> None:
        self._device = device
        name = ctypes.util.find_library("asound") or "libasound.so.2"
        try:
            self._lib: Any = ctypes.CDLL(name)
        except OSError as cause:
            raise Unavailable("speaker_missing") from cause
        self._lib.snd_pcm_writei.restype = ctypes.c_long
        self._lib.snd_lib_error_set_handler(None)
        # The library tells the terminal about each device it does not find: nobody reads that.
        kind = ctypes.CFUNCTYPE(None)
        self._silent = kind(lambda: None)
        self._lib.snd_lib_error_set_handler(self._silent)
        self._line: ctypes.c_void_p | None = None
        self._rate = 0

    def play(self, samples: bytes, rate: int) -> None:
        """Writes 16-bit mono samples and waits for their end; Unavailable("speaker_missing")."""
        line = self._opened(rate)
        lib, frames = self._lib, len(samples) // 2
        done = lib.snd_pcm_writei(line, samples, ctypes.c_ulong(frames))
        if done < 0 and lib.snd_pcm_recover(line, int(done), 1) == 0:
            done = lib.snd_pcm_writei(line, samples, ctypes.c_ulong(frames))
        if done < 0:
            self.close()
            raise Unavailable("speaker_missing")
        lib.snd_pcm_drain(line)
        lib.snd_pcm_prepare(line)

    def _opened(self, rate: int) -> ctypes.c_void_p:
        if self._line is not None and self._rate == rate:
            return self._line
        self.close()
        line = ctypes.c_void_p()
        lib = self._lib
        if lib.snd_pcm_open(ctypes.byref(line), self._device.encode(), _PLAYBACK, 0) < 0:
            raise Unavailable("speaker_missing")
        if lib.snd_pcm_set_params(line, _S16_LE, _INTERLEAVED, 1, rate, 1, _LATENCY_US) < 0:
            lib.snd_pcm_close(line)
            raise Unavailable("speaker_missing")
        self._line, self._rate = line, rate
        return line

    def close(self) -> None:
        """Let go of the device, for others to sound."""
        if self._line is not None:
            self._lib.snd_pcm_close(self._line)
            self._line = None
