"""A TCP proxy that breaks on request: the network between a till and its hub, for plays and tests.

It passes bytes on, late, slowly, not at all, or cut off in the middle. Of HTTP it knows how a
request begins, so that a fault can be for one kind of request (`Fault`) while the others go well.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

_CHUNK: Final = 1 << 16
_LOOK_S: Final = 0.02
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER that makes close() a reset: the other side sees a cut, not an end."""
KINDS: Final = (
    "latency",
    "black_hole",
    "half_open",
    "reset_request",
    "reset_answer",
    "truncated",
    "replayed",
    "drip",
)
LATENCY_S: Final = 0.3
DRIP_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with each request that begins with `start`.

    `black_hole`: it is taken and goes nowhere. `half_open`: it arrives, its answer does not, and
    nobody hangs up. `reset_request`, `reset_answer`: cut in the middle. `truncated`: the answer
    ends in the middle as if that were its end. `replayed`: the answer to the one before comes
    instead. `drip`: the answer comes a byte at a time. `latency`: both ways take longer.
    """

    kind: str
    start: bytes
    """Such as `POST /v1/sync/push`."""


class _Talk:
    """One connection: the request it is busy with, and what is wrong with that one."""

    __slots__ = ("answer", "before", "fault")

    def __init__(self) -> None:
        self.fault = ""
        self.before = b""
        """The answer to the request of that kind before."""
        self.answer = bytearray()


class FaultProxy:
    """Listens on 127.0.0.1 and passes on to a host and port, in a thread of its own.

    The faults are plain attributes, read for every piece of data; set them from any thread.
    """

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        self.latency_ms = 0
        """Each piece of data, either way, arrives that much later."""
        self.bytes_per_s = 0
        """How fast data goes, either way; 0 for no limit."""
        self.black_hole = False
        """Connections are taken and kept, and nothing passes: what a broken router does."""
        self.reset_mid_body: int | None = None
        """The next answer is cut off after that many bytes of it; once."""
        self.fault: Fault | None = None
        """What is wrong with one kind of request."""
        self.hits = 0
        """How many requests that went wrong with."""
        self.connections = 0
        """How many were taken so far."""
        self.bytes_up = 0
        self.bytes_down = 0
        self._down = False
        self._answers: dict[bytes, bytearray] = {}
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._stopped: asyncio.Event
        listening: Future[int] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(listening,), name="fault-proxy", daemon=True
        )
        self._thread.start()
        self.port = listening.result()

    @property
    def url(self) -> str:
        """Where a till finds the hub while this stands between them."""
        return f"http://127.0.0.1:{self.port}"

    def off(self) -> None:
        """The network is gone: what is open is cut, what comes is cut at once."""
        self._down = True
        self._call(self._cut_all)

    def on(self) -> None:
        """The network is well: every fault is over."""
        self._down = self.black_hole = False
        self.latency_ms = self.bytes_per_s = 0
        self.reset_mid_body = self.fault = None

    def close(self) -> None:
        """Stops listening and cuts what is open."""
        if self._thread.is_alive():
            self._call(self._cut_all)
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()

    def _call(self, what: Callable[[], None]) -> None:
        """Runs a method on the proxy's thread and waits for it."""
        done: Future[None] = Future()

        def run() -> None:
            what()
            done.set_result(None)

        self._loop.call_soon_threadsafe(run)
        done.result()

    def _run(self, listening: Future[int]) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve(listening))
        finally:
            self._loop.close()

    async def _serve(self, listening: Future[int]) -> None:
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        listening.set_result(server.sockets[0].getsockname()[1])
        await self._stopped.wait()
        server.close()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            if self._down:
                return
            far_reader, far = await asyncio.open_connection(*self._target)
            self._open.add(far)
            talk = _Talk()
            await asyncio.gather(
                self._pass_on(reader, far, talk, up=True),
                self._pass_on(far_reader, writer, talk, up=False),
            )
        except _EndOfAnswer:
            await _end(writer)
        except (OSError, asyncio.CancelledError):
            # The hub is not there, somebody hung up, or we stop: the till sees a cut. (A task of
            # the server that ends cancelled makes Python 3.11 report an exception of its own.)
            return
        finally:
            for end in (writer, far):
                if end is not None:
                    self._open.discard(end)
                    _cut(end)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, talk: _Talk, *, up: bool
    ) -> None:
        passed = 0
        while data := await reader.read(_CHUNK):
            if up:
                self._hear(talk, data)
                data = await _asked(talk, data, writer)
            else:
                talk.answer += data
                data = await _answered(talk, data, writer)
            while self.black_hole:  # noqa: ASYNC110 - an attribute any thread may set
                await asyncio.sleep(_LOOK_S)
            if self.latency_ms:
                await asyncio.sleep(self.latency_ms / 1_000)
            if self.bytes_per_s:
                await asyncio.sleep(len(data) / self.bytes_per_s)
            limit = None if up else self.reset_mid_body
            if limit is not None and passed + len(data) > limit:
                self.reset_mid_body = None
                writer.write(data[: max(0, limit - passed)])
                await writer.drain()
                raise ConnectionResetError
            passed += len(data)
            if up:
                self.bytes_up += len(data)
            else:
                self.bytes_down += len(data)
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

    def _hear(self, talk: _Talk, data: bytes) -> None:
        """Where a request begins: whether it is one of those that go wrong."""
        method, _, rest = data.partition(b" ")
        if method not in (b"GET", b"POST"):
            return
        kind = method + b" " + rest.partition(b" ")[0].partition(b"?")[0]
        talk.before = bytes(self._answers.get(kind, b""))
        talk.answer = self._answers[kind] = bytearray()
        fault = self.fault
        talk.fault = fault.kind if fault is not None and data.startswith(fault.start) else ""
        self.hits += bool(talk.fault)

    def _cut_all(self) -> None:
        for writer in list(self._open):
            _cut(writer)


def _cut(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with a reset, at once."""
    line = writer.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


class _EndOfAnswer(Exception):
    """An answer ends here, whatever its length said."""


async def _end(writer: asyncio.StreamWriter) -> None:
    """Hangs up as somebody does who has said everything."""
    with contextlib.suppress(OSError):
        writer.write_eof()
        await writer.drain()
        await asyncio.sleep(_LOOK_S)


async def _asked(talk: _Talk, data: bytes, writer: asyncio.StreamWriter) -> bytes:
    """What of a request goes on, with what is wrong with it; raises where it ends."""
    match talk.fault:
        case "latency":
            await asyncio.sleep(LATENCY_S)
        case "black_hole":
            return b""
        case "reset_request":
            await _part(writer, data)
            raise ConnectionResetError
    return data


async def _answered(talk: _Talk, data: bytes, writer: asyncio.StreamWriter) -> bytes:
    """The same of an answer."""
    match talk.fault:
        case "latency":
            await asyncio.sleep(LATENCY_S)
        case "black_hole" | "half_open":
            return b""
        case "reset_answer":
            await _part(writer, data)
            raise ConnectionResetError
        case "truncated":
            await _part(writer, data)
            raise _EndOfAnswer
        case "replayed" if talk.before:
            return talk.before if len(talk.answer) == len(data) else b""
        case "drip":
            for place in range(len(data)):
                writer.write(data[place : place + 1])
                await writer.drain()
                await asyncio.sleep(DRIP_S)
            return b""
    return data


async def _part(writer: asyncio.StreamWriter, data: bytes) -> None:
    """The head and half of the body, or half of a head that stands alone."""
    head = data.find(b"\r\n\r\n") + 4
    whole = head < 4 or head == len(data)
    writer.write(data[: len(data) // 2 if whole else (head + len(data)) // 2])
    await writer.drain()
