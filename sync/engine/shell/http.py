"""Requests over HTTP, a thread and a kept connection for each lane.

So a push never waits behind a long poll. Each lane is a `Wire`: every phase has a time limit, an
answer has a largest size and, from its first byte to its last, a longest duration. A hub that drips
one byte a second costs one lane a minute, and nothing else.
"""

from __future__ import annotations

import contextlib
import queue
import ssl
import threading
from collections.abc import Callable
from typing import Final

from pos_app.settings import Network, is_hub_address
from sync.engine.ports import Reply, Request
from sync.engine.shell.wire import Rest, Wire
from sync.engine.state import PUSH

_Lane = queue.SimpleQueue[tuple[Request, Rest] | None]
Deliver = Callable[[str, "Reply | str"], None]
"""Called with a lane and its answer, or the code of what went wrong, on the lane's thread."""
USUAL: Final = Network()


class HttpNet:
    """The port Net over real connections."""

    def __init__(self, url: str, deliver: Deliver, patience: Network = USUAL) -> None:
        self.url = url.rstrip("/")
        self._deliver = deliver
        self._patience = patience
        self._tls = ssl.create_default_context() if self.url.startswith("https:") else None
        self._lanes: dict[str, tuple[Wire, _Lane]] = {}

    def send(self, lane: str, request: Request) -> None:
        """Start a request on its lane; the answer comes to `deliver`."""
        if lane not in self._lanes:
            road: tuple[Wire, _Lane]
            road = (Wire(self.url, self._tls, self._patience), queue.SimpleQueue())
            self._lanes[lane] = road
            threading.Thread(target=self._work, args=(lane, *road), name=lane, daemon=True).start()
        wire, requests = self._lanes[lane]
        # A sale's way to the hub begins on this thread; nobody waits for the others.
        requests.put((request, wire.begin(request) if lane == PUSH else None))

    def close(self) -> None:
        """End the lanes when their present request is done; answers are no longer awaited."""
        for _, requests in self._lanes.values():
            requests.put(None)

    def _work(self, lane: str, wire: Wire, requests: _Lane) -> None:
        with contextlib.closing(wire):
            while (asked := requests.get()) is not None:
                self._deliver(lane, wire.exchange(*asked))


def ask(url: str, request: Request, patience: Network = USUAL) -> Reply | str:
    """One request on a connection of its own: enrolment, before there is an engine."""
    if not is_hub_address(url):
        return "hub_address_bad"
    tls = ssl.create_default_context() if url.startswith("https:") else None
    with contextlib.closing(Wire(url.rstrip("/"), tls, patience)) as wire:
        return wire.exchange(request)
