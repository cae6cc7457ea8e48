"""Writes the till's sounds into resources/sounds: `python packaging/make_sounds.py`.

Each cue is a list of tones (hertz, milliseconds; 0 hertz is silence), 120 ms at most, so that the
next scan never waits for the last one's sound. A shop may put its own WAV files in their place:
mono, 16 bit, 44,100 a second.
"""

import math
import wave
from array import array
from pathlib import Path

RATE = 44_100
FADE_MS = 4
CUES = {
    "ok": [(1_800, 45)],
    "again": [(1_600, 45)],
    "refused": [(220, 50), (0, 20), (220, 50)],
    "paid": [(1_047, 50), (1_397, 70)],
    "attention": [(880, 120)],
    "order": [(784, 45), (0, 20), (784, 45)],
    "late": [(784, 45), (0, 15), (523, 55)],
    "wrong": [(196, 28), (0, 14), (196, 28), (0, 14), (196, 28)],
    "ready": [(1_047, 40), (0, 10), (1_319, 55)],
    "handed": [(1_319, 40), (1_568, 70)],
}
LOUD = {"attention": 0.25, "refused": 0.6, "wrong": 0.6, "order": 0.2, "late": 0.25}
"""Part of full scale; 0.4 where none is named."""


def tone(hertz: int, ms: int, loud: float) -> array:
    """Samples of a sine, its edges faded so that nothing clicks; `attention` dies away."""
    count, fade = RATE * ms // 1_000, RATE * FADE_MS // 1_000
    return array(
        "h",
        (
            round(
                32_767
                * loud
                * min(1.0, at / fade, (count - at) / fade)
                * math.sin(2 * math.pi * hertz * at / RATE)
            )
            for at in range(count)
        ),
    )


def main() -> None:
    """Every cue into its file."""
    room = Path(__file__).parents[1] / "resources" / "sounds"
    for name, tones in CUES.items():
        samples = array("h")
        for hertz, ms in tones:
            samples.extend(tone(hertz, ms, LOUD.get(name, 0.4)))
        with wave.open(str(room / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())


main()
