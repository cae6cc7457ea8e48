"""Windows and macOS: the player that each system brings."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

from pos_app.domain.errors import Unavailable

PATIENCE_S = 2.0


def wav(samples: bytes, rate: int) -> bytes:
    """A WAV file of 16-bit mono samples."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return made.getvalue()


class SystemOutput:
    """winsound on Windows, `afplay` on macOS, else the first player of a desktop that is there."""

    PLAYERS = ("afplay", "pw-play", "paplay", "aplay")

    def __init__(self) -> None:
        found = (shutil.which(name) for name in self.PLAYERS)
        self._player = next((path for path in found if path), "")
        if sys.platform != "win32" and not self._player:
            raise Unavailable("speaker_missing")
        self._files: dict[int, Path] = {}

    def play(self, samples: bytes, rate: int) -> None:
        """Plays and waits for the end; Unavailable("speaker_missing")."""
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(wav(samples, rate), winsound.SND_MEMORY)
            return
        key = hash(samples)
        if key not in self._files:
            with tempfile.NamedTemporaryFile(prefix="holdfast-", suffix=".wav", delete=False) as to:
                to.write(wav(samples, rate))
            self._files[key] = Path(to.name)
        try:
            subprocess.run(
                [self._player, str(self._files[key])],
                check=True,
                timeout=PATIENCE_S,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError) as cause:
            raise Unavailable("speaker_missing") from cause

    def close(self) -> None:
        """Removes what it wrote."""
        for path in self._files.values():
            path.unlink(missing_ok=True)
        self._files.clear()
