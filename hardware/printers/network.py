"""A printer on the network: raw bytes over TCP, port 9100."""

from __future__ import annotations

import contextlib
import select
import socket

from hardware.printers.conversation import ConversingPrinter, Patience

CONNECT_S = 3.0
LINGER_S = 0.2


class NetworkPrinter(ConversingPrinter):
    """A printer at `host:port`; connects for each job, so that two tills can share it."""

    def __init__(
        self, host: str, port: int, *, answers: bool = True, patience: Patience | None = None
    ) -> None:
        super().__init__(
            f"tcp:{host}:{port}",
            lambda: SocketLine(host, port),
            answers=answers,
            patience=patience,
        )


class SocketLine:
    """One TCP connection; raises OSError where the printer can't be reached."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=CONNECT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setblocking(False)

    def write(self, data: bytes, timeout_s: float) -> int:
        """See `Line.write`. What the other side said before it hung up is still read first."""
        _, ready, _ = select.select([], [self._socket], [], timeout_s)
        return self._socket.send(data) if ready else 0

    def read(self, timeout_s: float) -> bytes:
        """See `Line.read`."""
        ready, _, _ = select.select([self._socket], [], [], timeout_s)
        if not ready:
            return b""
        came = self._socket.recv(256)
        if not came:
            raise ConnectionResetError("the printer ended the connection")
        return came

    def close(self) -> None:
        """See `Line.close`.

        A socket closed with something unread in it is reset, and what was sent last may be lost
        with it: so the end is said first, and what still comes is read for a moment.
        """
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(LINGER_S)
            while self._socket.recv(256):
                pass
        self._socket.close()
