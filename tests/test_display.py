"""A window is opened only where a display lets it in: Qt itself would end the process."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app import display
from pos_app.demo import window_opens
from pos_app.domain.errors import Unavailable
from tests.sync.server import HOLDFAST

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X and Wayland")
COOKIE = bytes(range(16))
NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM", "XAUTHORITY")


class XServer(threading.Thread):
    """Answers the first question of the X protocol; lets in who has its cookie, if it has one."""

    def __init__(self, cookie: bytes = b"") -> None:
        super().__init__(daemon=True)
        self.cookie = cookie
        self.line = socket.create_server(("127.0.0.1", 0))
        self.number = self.line.getsockname()[1] - display.X_PORT

    def run(self) -> None:
        while True:
            try:
                caller, _ = self.line.accept()
            except OSError:
                return
            with caller:
                order, major, _minor, kind, size = struct.unpack("<BxHHHHxx", caller.recv(12))
                assert (order, major) == (ord("l"), 11)
                rest = caller.recv(64) if kind else b""
                given = rest[kind + -kind % 4 :][:size]
                caller.sendall(b"\x01" if given == self.cookie else b"\x00")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
    monkeypatch.setattr(display, "PATIENCE_S", 10)
    return monkeypatch


def code() -> str:
    try:
        display.check()
    except Unavailable as error:
        return error.code
    return ""


def authority(path: Path, *rows: tuple[str, bytes, bytes]) -> None:
    """An .Xauthority: number, kind and cookie a row."""
    data = b""
    for number, kind, cookie in rows:
        data += struct.pack(">H", 256)
        for part in (b"machine", number.encode(), kind, cookie):
            data += struct.pack(">H", len(part)) + part
    path.write_bytes(data)


def test_none_is_named_or_none_answers(bare: pytest.MonkeyPatch) -> None:
    assert code() == "no_display"
    bare.setenv("DISPLAY", ":97")
    assert code() == "display_unreachable"
    bare.setenv("DISPLAY", "what is this")
    assert code() == "display_unreachable"
    for plugin in ("xcb", "wayland;xcb", "wayland-egl"):
        bare.setenv("QT_QPA_PLATFORM", plugin)
        assert code() == "display_unreachable"
    bare.setenv("QT_QPA_PLATFORM", "offscreen")
    assert code() == "", "it needs none"


def test_an_x_server_that_lets_everybody_in(bare: pytest.MonkeyPatch) -> None:
    server = XServer()
    server.start()
    bare.setenv("DISPLAY", f"127.0.0.1:{server.number}.0")
    assert code() == ""
    server.line.close()


def test_an_x_server_that_wants_a_cookie(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = XServer(COOKIE)
    server.start()
    number = str(server.number)
    bare.setenv("DISPLAY", f"127.0.0.1:{number}")
    assert code() == "display_unreachable", "as for somebody else's session"
    file = tmp_path / "authority"
    bare.setenv("XAUTHORITY", str(file))
    authority(file, (number, b"XDM-AUTHORIZATION-1", COOKIE), ("1", display._COOKIE, COOKIE))
    assert code() == "display_unreachable"
    authority(file, ("1", display._COOKIE, b"other"), (number, display._COOKIE, COOKIE))
    assert code() == ""
    file.write_bytes(file.read_bytes()[:-4])
    assert code() == "display_unreachable", "a file that is cut short"
    server.line.close()


def test_a_wayland_socket(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    bare.setenv("WAYLAND_DISPLAY", "wayland-7")
    assert code() == "display_unreachable"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        assert code() == ""


def test_the_demo_then_plays_its_tour(
    bare: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare.setenv("DISPLAY", ":97")
    assert not window_opens()
    told = capsys.readouterr().out
    assert told.startswith("The display :97 does not answer. So the till plays its tour")
    bare.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not window_opens(), "nobody would see it"


def test_the_till_says_it_in_a_sentence(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in NAMES}
    env |= {"DISPLAY": ":97"}
    done = subprocess.run(
        [*HOLDFAST, "till", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The display :97 does not answer.")
    assert "Traceback" not in done.stderr
