"""Scanner and display on serial lines, against a pseudo-terminal."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator

import pytest

from hardware.displays.pole import PoleDisplay
from hardware.scanners import serial_line
from hardware.scanners.serial_line import SerialScanner
from pos_app.domain.errors import Unavailable


class Cable:
    def __init__(self) -> None:
        self.far, self._near = os.openpty()
        tty.setraw(self._near)
        self.path = os.ttyname(self._near)
        self.cut = False

    def pull(self) -> None:
        if not self.cut:
            self.cut = True
            os.close(self._near)
            os.close(self.far)


@pytest.fixture
def cable() -> Iterator[Cable]:
    made = Cable()
    yield made
    made.pull()


@pytest.fixture
def scanner(cable: Cable) -> Iterator[SerialScanner]:
    made = SerialScanner(cable.path, baud=9600)
    assert made.read(0.01) is None  # opens the line
    yield made
    made.close()


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_codes_end_as_scanners_end_them(cable, scanner, end):
    os.write(cable.far, b"4006381333931" + end + b"ABC-1" + end)
    assert [scanner.read(1), scanner.read(1), scanner.read(0.01)] == [
        "4006381333931",
        "ABC-1",
        None,
    ]


def test_a_code_that_comes_in_parts_is_one_code(cable, scanner):
    os.write(cable.far, b"40063")
    assert scanner.read(0.05) is None
    os.write(cable.far, b"81333931\r")
    assert scanner.read(1) == "4006381333931"


def test_a_code_without_its_end_is_not_glued_to_the_next(cable, scanner, monkeypatch):
    monkeypatch.setattr(serial_line, "FRAME_S", 0.02)
    os.write(cable.far, b"40063")
    assert scanner.read(0.1) is None
    os.write(cable.far, b"ABC\r")
    assert scanner.read(1) == "ABC"


@pytest.mark.parametrize(
    "frame", [b"\x1bp\x00\x32\x64", b"A\x00B", b"caf\xc3\xa9", b"9" * 129, b"\x08\x7f"]
)
def test_what_is_no_code_is_dropped_whole(cable, scanner, frame):
    os.write(cable.far, frame + b"\rGOOD\r")
    assert scanner.read(1) == "GOOD"


def test_a_gs1_code_keeps_its_separators(cable, scanner):
    os.write(cable.far, b"]C1\x1d0104006381333931\x1d10A\r")
    assert scanner.read(1) == "]C1\x1d0104006381333931\x1d10A"


def test_a_scanner_that_is_pulled_out(cable, scanner):
    cable.pull()
    with pytest.raises(Unavailable) as told:
        scanner.read(1)
    assert told.value.code == "scanner_offline"
    with pytest.raises(Unavailable):
        scanner.read(0.1)


def test_the_display_shows_two_lines_of_twenty(cable):
    display = PoleDisplay(cable.path, baud=9600, codec="cp858")
    display.show("Café \x1bp\x00 a very long name of a thing", "€5.00")
    shown = os.read(cable.far, 100)
    assert shown[:1] == b"\x0b"
    assert len(shown) == 41
    assert shown[1:6] == b"Caf\x82 "
    assert b"\x1b" not in shown
    display.clear()
    assert os.read(cable.far, 100) == b"\x0c"
    cable.pull()
    with pytest.raises(Unavailable) as told:
        display.clear()
    assert told.value.code == "display_offline"
    display.close()
