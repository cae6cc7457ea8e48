"""What a hub that is down, slow, lying or failing costs a sale: its p99 beside no sync at all.

The sync process is the product's own and tries as it does in a shop: each sale nudges it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, perf_counter
from typing import ClassVar, NamedTuple

from pos_app.settings import Settings
from pos_app.till import checkout
from pos_app.till.till import Till
from sync.link import LinkClient, SyncSupervisor
from tests.bench.measure import Row, percentile, sized
from tests.bench.sale_commit import baskets, ready_till

ROUNDS = 3
PATIENCE_S = 20
"""How long a sync process may take to come up on a busy machine."""


def run() -> list[Row]:
    """Sales in turns beside each kind of hub, in one till whose backlog only grows."""
    till = ready_till("hub_away")
    _sales(till)  # the first ones load what the others find loaded
    alone: list[float] = []
    kinds: dict[str, Callable[[], AbstractContextManager[_Away]]] = {
        "down": _down,
        "slow": _slow,
        "lying": _lying,
        "answering 503": _failing,
    }
    beside: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        alone += _sales(till)
        for kind, hub in kinds.items():
            with hub() as away, _syncing(till, away):
                beside[kind] += _sales(till)
    till.close()
    floor = percentile(alone, 99)
    told = "no sync process at all"
    return [
        Row(0, f"sale p99, the hub {kind}", percentile(taken, 99), "ms", floor, told)
        for kind, taken in beside.items()
    ]


def _sales(till: Till) -> list[float]:
    taken = []
    for basket in baskets(till, sized(200, 5)):
        payments = checkout.pay(till, basket, (), "cash", None)
        checkout.keep(till, basket, payments)
        began = perf_counter()
        checkout.complete(till, basket, payments)
        taken.append((perf_counter() - began) * 1e3)
    till.ledger.checkpoint_when_idle()
    return taken


class _Away(NamedTuple):
    """A hub that is none."""

    url: str
    asked: Callable[[], bool]
    """Whether sync has talked to it, where one can know."""


@contextmanager
def _syncing(till: Till, away: _Away) -> Iterator[None]:
    """A sync process that tries its hub, connected to the till as the window connects it."""
    replace(Settings.load(till.data), hub_url=away.url).save(till.data)
    supervisor = SyncSupervisor(till.data)
    with closing(LinkClient(till.data)) as link:
        supervisor.ensure()
        until = monotonic() + PATIENCE_S
        while not (link.connected and away.asked()):
            link.poll()
            if monotonic() > until:
                raise RuntimeError("no sync process came up, or it never asked its hub")
        quiet, till.after_commit = till.after_commit, link.nudge
        try:
            yield
        finally:
            till.after_commit = quiet
            supervisor.stop()


@contextmanager
def _down() -> Iterator[_Away]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    yield _Away(f"http://127.0.0.1:{port}", lambda: True)


@contextmanager
def _slow() -> Iterator[_Away]:
    """Takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as mute:
        yield _Away(f"http://127.0.0.1:{mute.getsockname()[1]}", lambda: True)


class _Answering(BaseHTTPRequestHandler):
    answer: ClassVar[tuple[int, bytes]]
    asked: ClassVar[threading.Event]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.do_GET()

    def do_GET(self) -> None:
        self.asked.set()
        status, body = self.answer
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def _served(answer: tuple[int, bytes]) -> Iterator[_Away]:
    asked = threading.Event()
    kind = type("_Hub", (_Answering,), {"answer": answer, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as hub:
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        try:
            yield _Away(f"http://127.0.0.1:{hub.server_port}", asked.is_set)
        finally:
            hub.shutdown()


_lying = partial(_served, (200, b'{"verdict":"ok","ack":{"epoch":9,"seq":9,"hash":"00"}}'))
_failing = partial(_served, (503, b""))
