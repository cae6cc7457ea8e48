"""Sounds: what is heard, when, and that nothing ever waits for them."""

from __future__ import annotations

import ctypes.util
import threading
import wave

import pytest

from hardware.connect import connect
from hardware.simulator import SimulatedSpeaker
from hardware.speakers.alsa import AlsaOutput
from hardware.speakers.cues import ROOM, CueSpeaker
from pos_app.domain.errors import Refused, Unavailable
from pos_app.ui.sounds import CHIME_PAUSE_MS, Sounds

CUES = (
    *("ok", "again", "refused", "paid", "attention"),
    *("order", "late", "wrong", "ready", "handed"),
)


class Heard:
    """An output that keeps what it was given, and can be told to be slow or gone."""

    def __init__(self) -> None:
        self.sounds: list[tuple[bytes, int]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.gone = self.closed = False
        self.began = threading.Event()

    def play(self, samples: bytes, rate: int) -> None:
        self.began.set()
        assert self.go_on.wait(10)
        if self.gone:
            raise Unavailable("speaker_missing")
        self.sounds.append((samples, rate))

    def close(self) -> None:
        self.closed = True


def frames(cue: str) -> bytes:
    with wave.open(str(ROOM / f"{cue}.wav"), "rb") as file:
        return file.readframes(file.getnframes())


@pytest.mark.parametrize("cue", CUES)
def test_each_cue_is_a_short_mono_file(cue):
    with wave.open(str(ROOM / f"{cue}.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getnframes() / file.getframerate() <= 0.120
    assert max(frames(cue)) > 0


def test_cues_sound_in_order_at_the_volume_that_was_set():
    heard = Heard()
    speaker = CueSpeaker(lambda: heard, volume=50)
    speaker.play("ok")
    speaker.play("paid")
    speaker.close()
    assert [len(samples) for samples, _ in heard.sounds] == [
        len(frames("ok")),
        len(frames("paid")),
    ]
    loudest = max(memoryview(frames("ok")).cast("h"))
    assert max(memoryview(heard.sounds[0][0]).cast("h")) == loudest // 2
    assert heard.closed
    assert speaker.heard == "ok"


def test_a_speaker_that_hangs_costs_nobody_a_moment_and_late_sounds_are_left_out():
    heard = Heard()
    heard.go_on.clear()
    speaker = CueSpeaker(lambda: heard)
    speaker.play("ok")
    assert heard.began.wait(5)
    for _ in range(50):
        speaker.play("refused")
    heard.go_on.set()
    speaker.close()
    assert len(heard.sounds) == 3


def test_no_output_is_silence_and_not_a_fault():
    def none() -> Heard:
        raise Unavailable("speaker_missing")

    speaker = CueSpeaker(none)
    speaker.play("ok")
    speaker.close()
    assert speaker.heard == "missing"


def test_a_volume_of_nothing_starts_nothing():
    heard = Heard()
    speaker = CueSpeaker(lambda: heard, volume=0)
    speaker.play("ok")
    speaker.close()
    assert not heard.sounds


@pytest.mark.skipif(not ctypes.util.find_library("asound"), reason="no ALSA library here")
def test_alsa_is_given_every_sample(tmp_path, monkeypatch):
    raw = tmp_path / "heard.raw"
    (tmp_path / "asound.conf").write_text(
        "pcm.nothing { type null }\n"
        f'pcm.!default {{ type file slave.pcm nothing file "{raw}" format raw }}\n'
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))
    speaker = CueSpeaker(AlsaOutput)
    speaker.play("ok")
    speaker.play("attention")
    speaker.close()
    assert speaker.heard == "ok"
    assert raw.read_bytes() == frames("ok") + frames("attention")


def test_a_chime_does_not_nag_and_a_sound_that_is_off_is_not_heard():
    speaker, now = SimulatedSpeaker(), [0]
    sounds = Sounds(lambda: speaker, lambda: now[0], "again paid")
    for cue in ("ok", "again", "paid", "attention", "attention"):
        sounds(cue)
    now[0] = CHIME_PAUSE_MS
    sounds("attention")
    assert speaker.cues == ["ok", "attention", "attention"]
    Sounds(lambda: None, lambda: 0)("ok")


def test_addresses(tmp_path):
    assert connect(data=tmp_path).speaker is None
    assert isinstance(connect(data=tmp_path, speaker="simulated").speaker, SimulatedSpeaker)
    assert isinstance(connect(data=tmp_path, speaker="auto").speaker, CueSpeaker)
    with pytest.raises(Refused, match="device_address_unknown"):
        connect(data=tmp_path, speaker="trumpet")
    assert connect(data=tmp_path, speaker="trumpet", selling=True).speaker is None
