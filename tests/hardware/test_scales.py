"""A scale on a serial line: what is steady is a weight, everything else says why not."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator

import pytest

from hardware.connect import connect
from hardware.devices import Scale
from hardware.scales import toledo
from hardware.scales.simulated import SimulatedScale
from hardware.scales.toledo import ToledoScale
from pos_app.domain.errors import Refused, Unavailable


class FarEnd:
    """The scale's own end of the line: answers each `W` with the next of its answers."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.far, self._near = os.openpty()
        tty.setraw(self._near)
        self.path = os.ttyname(self._near)
        self.asked = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                came = os.read(self.far, 16)
            except OSError:
                return
            for _ in range(came.count(b"W")):
                self.asked += 1
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                os.write(self.far, answer)

    def pull(self) -> None:
        os.close(self._near)
        os.close(self.far)
        self._thread.join(5)


@pytest.fixture
def ends() -> Iterator[list[FarEnd]]:
    made: list[FarEnd] = []
    yield made
    for each in made:
        each.pull()


def scale_of(ends: list[FarEnd], *answers: bytes) -> ToledoScale:
    ends.append(FarEnd(*answers))
    return ToledoScale(ends[-1].path, baud=9600)


@pytest.mark.parametrize(
    ("answer", "grams"),
    [
        (b"\x0201.255\r", 1_255),
        (b"\x0200.080\r", 80),
        (b"\x0212.34\r", 12_340),
        (b"\xb2\x8201.255\r\r", 1_255),  # noise before, the parity bit set
    ],
)
def test_a_steady_weight_in_grams(ends, answer, grams) -> None:
    scale = scale_of(ends, answer)
    assert scale.weight() == grams
    assert scale.weight() == grams
    scale.close()


def test_it_waits_until_the_scale_is_steady(ends) -> None:
    scale = scale_of(ends, b"\x02?\x01\r", b"\x02?\x01\r", b"\x0200.500\r")
    assert scale.weight() == 500
    assert ends[0].asked == 3
    scale.close()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"\x02?\x02\r", "scale_over"),
        (b"\x02?\x04\r", "scale_under"),
        (b"\x02?\x01\r", "scale_moving"),
        (b"\x0200.000\r", "scale_empty"),
        (b"\x02-1.000\r", "scale_moving"),
        (b"", "scale_silent"),
        (b"01.255", "scale_silent"),
        (b"\x02" + b"9" * 500, "scale_silent"),
    ],
)
def test_what_is_no_steady_weight_is_none(ends, answer, code, monkeypatch) -> None:
    monkeypatch.setattr(toledo, "STEADY_S", 0.2)
    monkeypatch.setattr(toledo, "ANSWER_S", 0.1)
    scale = scale_of(ends, answer)
    with pytest.raises(Unavailable) as caught:
        scale.weight()
    assert caught.value.code == code
    scale.close()


def test_a_scale_that_is_gone_and_back(ends) -> None:
    scale = ToledoScale("/dev/nothing-here", baud=9600)
    with pytest.raises(Unavailable, match="scale_offline"):
        scale.weight()
    scale.close()


def test_the_simulated_one_keeps_the_same_promises() -> None:
    scale: Scale = SimulatedScale()
    with pytest.raises(Unavailable, match="scale_empty"):
        scale.weight()
    scale = SimulatedScale(750)
    assert scale.weight() == 750
    scale.fault = "scale_moving"
    with pytest.raises(Unavailable, match="scale_moving"):
        scale.weight()


def test_the_address_in_the_settings(tmp_path) -> None:
    assert connect(data=tmp_path).scale is None
    assert isinstance(connect(data=tmp_path, weighing="simulated").scale, SimulatedScale)
    found = connect(data=tmp_path, weighing="serial:/dev/ttyUSB7?baud=4800").scale
    assert isinstance(found, ToledoScale)
    with pytest.raises(Refused, match="device_address_unknown"):
        connect(data=tmp_path, weighing="tcp:scale")
    assert connect(data=tmp_path, weighing="tcp:scale", selling=True).scale is None
