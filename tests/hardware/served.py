"""The printer of `paper.py` at the end of a real connection, with faults to switch on.

Each serves on a thread of its own; `seen` waits until something has happened on paper.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
import tty
from collections.abc import Callable

from tests.hardware.paper import Paper

TICK_S = 0.01


class Served:
    """What TCP and serial have in common."""

    def __init__(self) -> None:
        self.paper = Paper()
        self.silent = False
        self.garbled = False
        self.deaf_when_stopped = False
        """Takes no more bytes while it can't print, as a small printer whose buffer is full."""
        self.pull_after: int | None = None
        """Ends the connection after that many bytes that are no question; once."""
        self.empty_after: int | None = None
        """Runs out of paper after that many bytes; once."""
        self.came = bytearray()
        self._change = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over = True
        self._thread.join(5)

    def refill(self) -> None:
        """Paper in, cover shut."""
        with self._change:
            self.paper.paper_out = self.paper.cover_open = False
            self.paper.go_on()
            self._answer()

    def seen(self, what: Callable[[Paper], bool], within_s: float = 5.0) -> bool:
        with self._change:
            return self._change.wait_for(lambda: what(self.paper), within_s)

    def _serve(self) -> None:
        raise AssertionError

    def _say(self, data: bytes) -> None:
        raise AssertionError(data)

    def _answer(self) -> None:
        said, self.paper.out = bytes(self.paper.out), bytearray()
        if self.garbled:
            said = b"HTTP/1.1 400 Bad Request" if said else b""
        if said and not self.silent:
            with contextlib.suppress(OSError):
                self._say(said)
        self._change.notify_all()

    def _took(self, data: bytes) -> bool:
        """False where the connection is to end now."""
        with self._change:
            goes_on = True
            job = not data.startswith(b"\x10")
            if self.pull_after is not None and job:
                data, rest = data[: self.pull_after], data[self.pull_after :]
                self.pull_after -= len(data)
                if rest or not self.pull_after:
                    goes_on, self.pull_after = False, None
            if self.empty_after is not None and job:
                first, data = data[: self.empty_after], data[self.empty_after :]
                self.empty_after -= len(first)
                self.came += first
                self.paper.take(first)
                if not self.empty_after:
                    self.empty_after, self.paper.paper_out = None, True
            self.came += data
            self.paper.take(data)
            if goes_on:
                self._answer()
            self._change.notify_all()
            return goes_on

    @property
    def _deaf(self) -> bool:
        return self.deaf_when_stopped and self.paper.stopped


class OnNetwork(Served):
    """At a port of this machine."""

    def __init__(self) -> None:
        super().__init__()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"tcp:127.0.0.1:{self.port}"
        self._connected: socket.socket | None = None

    def unplug(self) -> None:
        self.stop()

    def stop(self) -> None:
        super().stop()
        self._listener.close()
        if self._connected is not None:
            self._connected.close()
            self._connected = None

    def _say(self, data: bytes) -> None:
        if self._connected is not None:
            self._connected.sendall(data)

    def _serve(self) -> None:
        while not self._over:
            watched = [self._listener]
            if self._connected is not None and not self._deaf:
                watched.append(self._connected)
            for ready in select.select(watched, [], [], TICK_S)[0]:
                if ready is self._listener:
                    if self._connected is not None:
                        self._connected.close()
                    self._connected = self._listener.accept()[0]
                else:
                    self._read()

    def _read(self) -> None:
        assert self._connected is not None
        try:
            data = self._connected.recv(512)
        except OSError:
            data = b""
        if data and self._took(data):
            return
        if data:  # pulled: no polite end
            self._connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connected.close()
        self._connected = None


class OnTerminal(Served):
    """At a pseudo-terminal: a serial port, or the kernel's device file, to whoever opens it."""

    def __init__(self) -> None:
        super().__init__()
        self._own, self._other = os.openpty()
        tty.setraw(self._other)
        self.path = os.ttyname(self._other)
        self.address = f"serial:{self.path}"

    def unplug(self) -> None:
        self.stop()

    def stop(self) -> None:
        super().stop()
        for one in (self._own, self._other):
            with contextlib.suppress(OSError):
                os.close(one)

    def _say(self, data: bytes) -> None:
        os.write(self._own, data)

    def _serve(self) -> None:
        while not self._over:
            watched = [] if self._deaf else [self._own]
            if not select.select(watched, [], [], TICK_S)[0]:
                continue
            if not self._took(os.read(self._own, 512)):
                os.close(self._other)
                os.close(self._own)
                return
