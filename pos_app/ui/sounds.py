"""When a cue is heard: the ones a shop turned off are not, and a chime does not nag."""

from __future__ import annotations

from collections.abc import Callable

from hardware.devices import Speaker

CHIME_PAUSE_MS = 600_000
"""`attention` sounds once in so long, whatever asks for it."""


class Sounds:
    """Called with a cue's name by whatever shows what it tells."""

    def __init__(
        self, speaker: Callable[[], Speaker | None], now_ms: Callable[[], int], quiet: str = ""
    ) -> None:
        self._speaker, self._now_ms = speaker, now_ms
        self._quiet: frozenset[str] = frozenset()
        self.hush(quiet)
        self._chimed: int | None = None

    def hush(self, quiet: str) -> None:
        """Names of the cues that are off, with spaces between them."""
        self._quiet = frozenset(quiet.split())

    def __call__(self, cue: str) -> None:
        """Sounds it, where it is wanted."""
        speaker = self._speaker()
        if speaker is None or cue in self._quiet:
            return
        if cue == "attention":
            now = self._now_ms()
            if self._chimed is not None and now - self._chimed < CHIME_PAUSE_MS:
                return
            self._chimed = now
        speaker.play(cue)
