"""The hub answering over real HTTP from a thread of the test's own process: a drill begins at once."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn

from sync.hub.app import create_app
from sync.hub.serving import bound


@contextlib.contextmanager
def answering(database: str) -> Iterator[str]:
    """The address at which the hub of a database answers while this lasts."""
    listening = bound("127.0.0.1", 0)
    up = threading.Event()
    app = create_app(database)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            up.set()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.hub.stop_waiting()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app, lifespan="on", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
    thread.start()
    assert up.wait(60)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listening.close()
