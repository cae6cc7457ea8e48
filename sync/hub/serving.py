"""`holdfast hub serve`: the application under uvicorn."""
# ruff: noqa: T201 - a command line prints

from __future__ import annotations

import contextlib
import gc
import socket
import sys
from collections.abc import Callable
from typing import Final, Protocol

from pos_app.domain.errors import Refused, Unavailable
from sync.hub.answers import Clock, SystemClock
from sync.hub.app import create_app
from sync.hub.channels.running import Channels
from sync.hub.copying import refuse_moved
from sync.hub.customers.posting import Mailer
from sync.hub.customers.running import Rows
from sync.hub.database import Database
from sync.hub.logs import open_log
from sync.hub.loyalty.passing import PointsClock
from sync.hub.nightly import Nights
from sync.hub.orders.clock import Hours
from sync.hub.returning.looking import Returns
from sync.hub.snapshot_job import Snapshots
from sync.hub.values.jobs import Endings
from sync.hub.webhooks.sending import Sender
from sync.hub.wire import HEAD_SECONDS, BoundedProtocol


class Beside(Protocol):
    """A thread that works for as long as the hub serves."""

    def start(self) -> None:
        """Begins."""

    def end(self) -> None:
        """Nothing further is begun."""

    def join(self, timeout: float | None = None) -> None:
        """Waits until it has ended."""


GRACE_S: Final = 2
"""How long open requests (long polls above all) may go on after the hub was told to stop."""
PARTING_S: Final = 5
"""So long each thread beside the server may take to let the database go: the last connection that
closes makes one plain file of it."""
BESIDE: Final[tuple[Callable[[Database, Clock], Beside], ...]] = (
    *(Nights, Snapshots, Hours, Sender, Channels),
    *(PointsClock, Rows, Mailer, Endings, Returns),
)
"""What works beside the server, each in a thread of its own."""
OPEN_MAX: Final = 1_000
"""Connections at once; more are told to come back, so memory stays bounded."""


def serve(
    database_url: str,
    host: str,
    port: int,
    *,
    slow_s: float = HEAD_SECONDS,
    workers: int = 1,
    log_format: str = "none",
    demo_shop: bool = False,
) -> int:
    """Answers tills until it is told to stop; says on one line where it listens.

    A head that takes longer than `slow_s`, or a body that does, is hung up on. So many `workers`
    answer at the one address, each a process. `log_format` is one of `logs.FORMATS`; `demo_shop`
    serves a small web shop beside it, for a demonstration.

    Raises Unavailable("port_taken"), Refused("workers_need_server" | "hub_moved") and what
    `Database.connect` raises.
    """
    database = Database(database_url)
    if workers > 1 and (database.server is None or sys.platform == "win32"):
        raise Refused("workers_need_server")
    with contextlib.closing(database.connect(write=False)) as connection:
        refuse_moved(connection)
    listening = bound(host, port)
    if workers == 1:
        return _answer(listening, database_url, slow_s, _say, log_format, demo_shop=demo_shop)
    from sync.hub import workers as processes

    listening.listen()
    _say(listening)
    return processes.run(
        workers, lambda _: _answer(listening, database_url, slow_s, lambda _: None, log_format)
    )


def _say(listening: socket.socket) -> None:
    found, bound = listening.getsockname()[:2]
    print(f"listening on http://{_shown(found)}:{bound}", flush=True)


def _answer(
    listening: socket.socket,
    database_url: str,
    slow_s: float,
    started: Callable[[socket.socket], None],
    log_format: str,
    *,
    demo_shop: bool = False,
) -> int:
    """One process; `started` is called when it answers."""
    import uvicorn

    # A batch of sales is tens of thousands of small objects that live until their commit: looked
    # through for cycles every 700 of them, a tenth of the hub's time would go there.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    app = create_app(database_url)
    app.state.hub.body_seconds = slow_s
    app.state.hub.log = open_log(log_format)
    if demo_shop:
        from sync.hub.storefront.demo import serve_beside

        serve_beside(app, Database(database_url))
    config = uvicorn.Config(
        app,
        http=type("Protocol", (BoundedProtocol,), {"head_seconds": slow_s}),
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=OPEN_MAX,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
    )

    beside = [kind(Database(database_url), SystemClock()) for kind in BESIDE]

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started(listening)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.hub.stop_waiting()
            for thread in beside:
                thread.end()
            await super().shutdown(sockets)
            for thread in beside:  # here: a signal ends the process as soon as the server has ended
                thread.join(PARTING_S)

    for thread in beside:
        thread.start()
    Server(config).run(sockets=[listening])
    return 0


def bound(host: str, port: int) -> socket.socket:
    """A socket that has its port, 0 for a free one. Raises Unavailable("port_taken")."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as cause:
        listening.close()
        raise Unavailable("port_taken", host=host, port=str(port)) from cause
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
