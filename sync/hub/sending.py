"""Answers on their way out: from the thread that made one to the loop, and a large one in pieces."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sync.hub.admission import BULK_BYTES, Room
from sync.hub.answers import Reply

BULK_SECONDS: Final = 120
"""How long a till may take for a page."""


def promise() -> tuple[asyncio.Future[Reply], Callable[[Reply], None]]:
    """A reply to come, and what another thread calls with it."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Reply] = loop.create_future()

    def settle(reply: Reply) -> None:
        if not answered.done():
            answered.set_result(reply)

    def done(reply: Reply) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is over, nobody waits
            loop.call_soon_threadsafe(settle, reply)

    return answered, done


class Bulk(Response):
    """A page sent piece by piece, as the till takes it; its place is free when it is through."""

    def __init__(self, reply: Reply, slots: Room) -> None:
        super().__init__(reply.body, reply.status, dict(reply.headers), reply.content_type)
        self._slots = slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sent; or given up where the till takes none of it for too long."""
        del scope, receive
        body = bytes(self.body)
        try:
            async with asyncio.timeout(BULK_SECONDS):
                await send(
                    {
                        "type": "http.response.start",
                        "status": self.status_code,
                        "headers": self.raw_headers,
                    }
                )
                for start in range(0, len(body), BULK_BYTES):
                    piece = body[start : start + BULK_BYTES]
                    more = start + BULK_BYTES < len(body)
                    await send({"type": "http.response.body", "body": piece, "more_body": more})
        except TimeoutError as cause:
            raise ClientDisconnect from cause
        finally:
            self._slots.give()
