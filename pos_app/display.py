"""Whether there is a screen to open a window on, asked before Qt is.

Qt ends the process where its display does not answer or does not let us in. So the display is
knocked at first as Qt would: a socket, the one question that opens the X protocol, with the same
cookies. Takes well under a millisecond where the display is on this machine.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pos_app.domain.errors import Unavailable

PATIENCE_S: Final = 2.0
X_PORT: Final = 6000
X_SOCKETS: Final = "/tmp/.X11-unix"  # noqa: S108 - where every X server has it
_COOKIE: Final = b"MIT-MAGIC-COOKIE-1"
_LET_IN: Final = b"\x01"


def check() -> None:
    """Returns where a window can be shown to the person who started this.

    Raises Unavailable("no_display") where none is named, Unavailable("display_unreachable",
    display=) where the one that is named does not answer, or not to us.
    """
    if not sys.platform.startswith("linux"):
        return
    chosen = os.environ.get("QT_QPA_PLATFORM", "")  # such as "wayland;xcb", "offscreen"
    if chosen and not chosen.startswith(("xcb", "wayland")):
        return  # drawn without a display
    wayland, x = os.environ.get("WAYLAND_DISPLAY", ""), os.environ.get("DISPLAY", "")
    if not (wayland or x):
        raise Unavailable("no_display")
    if not ((wayland and _wayland_answers(wayland)) or (x and _x_answers(x))):
        raise Unavailable("display_unreachable", display=x or wayland)


def _wayland_answers(name: str) -> bool:
    if os.environ.get("WAYLAND_SOCKET"):
        return True  # whoever started us has connected already
    path = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / name
    with contextlib.suppress(OSError), _knocked(str(path)):
        return True
    return False


def _x_answers(name: str) -> bool:
    host, _, rest = name.rpartition(":")
    number = rest.partition(".")[0]
    if not number.isdecimal():
        return False
    return any(_lets_in(host, number, cookie) for cookie in (b"", *_cookies(number)))


def _lets_in(host: str, number: str, cookie: bytes) -> bool:
    kind = _COOKIE if cookie else b""
    asked = struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(kind), len(cookie))
    asked += _padded(kind) + _padded(cookie)
    for place in _places(host, number):
        with contextlib.suppress(OSError), _knocked(place) as line:
            line.sendall(asked)
            return line.recv(1) == _LET_IN
    return False


def _places(host: str, number: str) -> Iterator[str | tuple[str, int]]:
    if host in ("", "unix"):
        yield f"\0{X_SOCKETS}/X{number}"
        yield f"{X_SOCKETS}/X{number}"
    elif host.startswith("/"):
        yield f"{host}:{number}"
    else:
        yield host.strip("[]"), X_PORT + int(number)


@contextlib.contextmanager
def _knocked(place: str | tuple[str, int]) -> Iterator[socket.socket]:
    if isinstance(place, str):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with line:
            line.settimeout(PATIENCE_S)
            line.connect(place)
            yield line
    else:
        with socket.create_connection(place, timeout=PATIENCE_S) as line:
            yield line


def _padded(text: bytes) -> bytes:
    return text + bytes(-len(text) % 4)


def _cookies(number: str) -> list[bytes]:
    """What opens a display of that number, as the file of this person has it."""
    named = os.environ.get("XAUTHORITY")
    try:
        data = (Path(named) if named else Path.home() / ".Xauthority").read_bytes()
    except (OSError, RuntimeError):
        return []
    found, at = [], 0
    with contextlib.suppress(struct.error):  # cut short: what stands before counts
        while at < len(data):
            at += 2
            parts = []
            for _ in range(4):  # address, number, kind, cookie
                (size,) = struct.unpack_from(">H", data, at)
                parts.append(data[at + 2 : at + 2 + size])
                at += 2 + size
            if parts[1] in (b"", number.encode()) and parts[2] == _COOKIE:
                found.append(parts[3])
    return found
