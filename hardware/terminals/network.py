"""A card terminal on the network, by the lines of PROTOCOL.md; a connection for each question."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from hardware.devices import CardAnswer
from hardware.terminals.lines import LINE_MAX, answer_of, packed, unpacked
from pos_app.domain.errors import PosError, Unavailable, Uncertain

CONNECT_S = 3.0
ASK_S = 5.0
"""A question that needs no customer is answered within this."""
SILENT_S = 30.0
"""A payment of which nothing was heard for so long."""


class NetworkTerminal:
    """The terminal at `host:port`; see `hardware.devices.Terminal`."""

    def __init__(self, host: str, port: int, *, silent_s: float = SILENT_S) -> None:
        self.name = f"tcp:{host}:{port}"
        self._at = (host, port)
        self._silent_s = silent_s
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def begin(
        self, reference: str, amount: int, currency: str, told: Callable[[str], None]
    ) -> CardAnswer:
        """See `Terminal.begin`."""
        line = packed(op="pay", reference=reference, amount=amount, currency=currency)
        return self._result(line, reference, self._silent_s, told)

    def ask(self, reference: str) -> CardAnswer:
        """See `Terminal.ask`."""
        return self._result(packed(op="ask", reference=reference), reference, ASK_S)

    def cancel(self, reference: str) -> None:
        """See `Terminal.cancel`; whatever it answers, `begin` says what it came to."""
        with contextlib.suppress(Uncertain):
            self._result(packed(op="cancel", reference=reference), reference, ASK_S)

    def refund(self, reference: str, of: str, amount: int, currency: str) -> CardAnswer:
        """See `Terminal.refund`."""
        line = packed(op="refund", reference=reference, of=of, amount=amount, currency=currency)
        return self._result(line, reference, self._silent_s)

    def ready(self) -> bool:
        """See `Terminal.ready`."""
        try:
            with self._line(CONNECT_S) as line:
                line.sendall(packed(op="hello"))
                return bool(next(self._heard(line, CONNECT_S)).get("terminal"))
        except (OSError, PosError):
            return False

    def close(self) -> None:
        """See `Terminal.close`."""
        with self._lock:
            for line in self._open:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _line(self, timeout_s: float) -> Iterator[socket.socket]:
        try:
            line = socket.create_connection(self._at, timeout=CONNECT_S)
        except OSError as cause:
            raise Unavailable("terminal_offline", terminal=self.name) from cause
        line.settimeout(timeout_s)
        with self._lock:
            self._open.add(line)
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield line
        finally:
            with self._lock:
                self._open.discard(line)
            line.close()

    def _result(
        self,
        question: bytes,
        reference: str,
        silent_s: float,
        told: Callable[[str], None] | None = None,
    ) -> CardAnswer:
        """Asks, hears events, gives the result. From the first byte on nothing is certain."""
        with self._line(silent_s) as line:
            try:
                line.sendall(question)
                for said in self._heard(line, silent_s):
                    if "event" in said:
                        if told is not None:
                            told(str(said["event"]))
                    elif "problem" in said:
                        raise Unavailable("terminal_busy", terminal=self.name)
                    else:
                        return answer_of(said, reference)
            except TimeoutError as cause:
                raise Uncertain("terminal_silent", terminal=self.name) from cause
            except ValueError as cause:
                raise Uncertain("terminal_garbled", terminal=self.name) from cause
            except OSError as cause:
                raise Uncertain("terminal_lost", terminal=self.name) from cause
        raise Uncertain("terminal_lost", terminal=self.name)

    def _heard(self, line: socket.socket, silent_s: float) -> Iterator[dict[str, Any]]:
        """Each line; raises TimeoutError when none was whole in time, however it trickles."""
        kept = b""
        while True:
            end = monotonic() + silent_s
            while b"\n" not in kept:
                if len(kept) > LINE_MAX:
                    raise ValueError("too long")
                left = end - monotonic()
                if left <= 0:
                    raise TimeoutError
                line.settimeout(left)
                came = line.recv(4_096)
                if not came:
                    return
                kept += came
            first, _, kept = kept.partition(b"\n")
            yield unpacked(first)
