"""HTTP connections with bounds that the server lacks: how large a head may be, how slow.

Bodies are bounded where they are read (`app.py`); a head has to be before anybody reads it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sync.hub.answers import HubProblem

HEAD_BYTES_MAX: Final = 32 << 10
"""Request line and headers; a signed request has about 1 KiB of them."""
HEAD_SECONDS: Final = 20
"""From the first byte, or from connecting, to the end of the headers."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, closing a connection whose head is endless or never comes."""

    head_seconds: float = HEAD_SECONDS

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head = True
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A till, or somebody, has connected and has so long to say what it wants."""
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and its deadline with it."""
        self._end_head()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._begin_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._end_head()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Some bytes; too many of them before the head ends are refused."""
        before = self._head_bytes
        super().data_received(data)
        if self._in_head and self._head_bytes == before:
            self._head_bytes += len(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX:
            self.send_400_response("The head of the request is too large.")

    def send_400_response(self, msg: str) -> None:
        """What cannot be read as HTTP is told so, as a problem document, and hung up on."""
        del msg
        reply = HubProblem("malformed", "not HTTP, or a head over 32 KiB").reply()
        head = (
            b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: "
            + reply.content_type.encode()
            + b"\r\ncontent-length: %d\r\n\r\n" % len(reply.body)
        )
        self.transport.write(head + reply.body)
        self.transport.close()

    def _begin_head(self) -> None:
        self._end_head()
        self._in_head = True
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.head_seconds, self.transport.close)

    def _end_head(self) -> None:
        self._in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
