"""A request on its way and its answer back, by the shortest road: one kept connection, HTTP/1.1.

Between a sale's commit and its ack every thread that has to be woken and every layer counts: a push
leaves at once, from the thread that made it, in one piece, while the lane's thread already listens.
It is the standard library's connection, TLS and parser. Every answer has one deadline from the
moment it is waited for, head and body: a limit for each read alone would never end where somebody
sends a byte a second.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import select
import socket
import ssl
import time
from typing import Final
from urllib.parse import urlsplit

from pos_app.settings import Network
from sync.engine.ports import Reply, Request

ANSWER_MAX_BYTES: Final = 32 << 20
KEEP_ALIVE_S: Final = 30.0
"""Below what the hub allows (75 s) and most proxies (60 s): we hang up first."""
AT_ONCE_MAX: Final = 64 << 10
"""What fits into the system's buffer of a connection on which nothing is under way."""
_PORTS: Final = {"http": 80, "https": 443}

Rest = bytes | None
"""What of a request is still to be sent; None where nothing of it has left."""


class Wire:
    """One connection, opened when it is needed; one request at a time.

    `begin` may be called on any thread while no `exchange` is under way.
    """

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext | None,
        patience: Network = Network(),  # noqa: B008 - frozen
    ) -> None:
        parts = urlsplit(url)
        port = _PORTS[parts.scheme]
        self._address = (parts.hostname or "", parts.port or port)
        self._host = parts.netloc.lower().removesuffix(f":{port}")
        self._prefix = parts.path
        self._tls = tls
        self._patience = patience
        self._line: socket.socket | None = None
        self._rested = 0.0

    def begin(self, request: Request) -> Rest:
        """Sends as much as goes without waiting; the rest is for `exchange`. Never raises."""
        line = self._line
        if line is None or len(request.body) > AT_ONCE_MAX or not self._is_fit(line):
            return None
        whole = self._bytes_of(request)
        try:
            line.settimeout(0)
            return whole[line.send(whole) :]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return whole
        except OSError:
            self.close()
            return None

    def exchange(self, request: Request, rest: Rest = None) -> Reply | str:
        """The answer, or the code of why there is none; `rest` is what `begin` gave."""
        try:
            line = self._line
            if line is None or rest is None:
                line, rest = self._fit_line(), self._bytes_of(request)
            self._send(line, rest)
            return self._receive(line, request)
        except ssl.SSLCertVerificationError:
            code = "hub_certificate_bad"
        except _Unreachable:
            code = "hub_unreachable"
        except TimeoutError:
            code = "hub_silent"
        except (OSError, http.client.HTTPException, ValueError):
            code = "hub_cut_off"
        self.close()
        return code

    def _send(self, line: socket.socket, rest: bytes) -> None:
        """All of it; a hub that takes a byte now and then is not waited for either."""
        until = time.monotonic() + self._patience.write_s + self._patience.whole_s
        while rest:
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            line.settimeout(min(self._patience.write_s, left_s))
            rest = rest[line.send(rest) :]

    def close(self) -> None:
        """Hang up."""
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError):
                line.close()

    def _bytes_of(self, request: Request) -> bytes:
        told = {
            "host": self._host,
            "accept-encoding": "identity",
            "user-agent": "holdfast-till",
            "content-length": str(len(request.body)),
            **request.headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        head = f"{request.method} {self._prefix}{request.target} HTTP/1.1\r\n{lines}\r\n"
        return head.encode("latin-1") + request.body

    def _is_fit(self, line: socket.socket) -> bool:
        """Whether a kept connection is still one: nothing may come on it that was not asked for."""
        if time.monotonic() - self._rested > KEEP_ALIVE_S:
            return False
        readable, _, _ = select.select([line], [], [], 0)
        return not readable

    def _fit_line(self) -> socket.socket:
        if self._line is not None and not self._is_fit(self._line):
            self.close()
        if self._line is None:
            self._line = self._connected()
        return self._line

    def _connected(self) -> socket.socket:
        try:
            line = socket.create_connection(self._address, self._patience.connect_s)
        except OSError as cause:
            raise _Unreachable from cause
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return line
        try:
            return self._tls.wrap_socket(line, server_hostname=self._address[0])
        except BaseException:
            line.close()
            raise

    def _receive(self, line: socket.socket, request: Request) -> Reply | str:
        ear = _Ear(line, request.read_timeout_s, self._patience.whole_s)
        answer = http.client.HTTPResponse(ear, method=request.method)  # type: ignore[arg-type]
        answer.begin()
        if answer.length is None and not answer.chunked:
            raise http.client.IncompleteRead(b"")  # cut off or whole: nobody could tell
        body = answer.read(ANSWER_MAX_BYTES + 1)
        if len(body) > ANSWER_MAX_BYTES:
            raise TimeoutError
        if answer.length:
            raise http.client.IncompleteRead(body, answer.length)
        headers = {name.lower(): value for name, value in answer.getheaders()}
        if answer.will_close:
            self.close()
        self._rested = time.monotonic()
        return Reply(answer.status, headers, body)


class _Unreachable(Exception):
    """Nobody takes the connection."""


class _Ear(io.RawIOBase):
    """What comes on a line, for the parser: never waited for longer than is allowed."""

    def __init__(self, line: socket.socket, patience_s: float, whole_s: float) -> None:
        super().__init__()
        self._line = line
        self._patience_s = patience_s
        self._until = time.monotonic() + patience_s + whole_s

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As the parser asks a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        """Some bytes; raises TimeoutError, or OSError for the line."""
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._line.settimeout(min(self._patience_s, left_s))
        return self._line.recv_into(into)
