"""The ASGI shell: reads a request within its limits, has it answered, sends the reply.

Nothing is decided here. Handlers are plain functions (`desk.py`); the shell only bounds what a
stranger can make it hold: bytes, seconds and open requests.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from sync.hub.answers import Clock, HubProblem, Ids, RandomIds, Reply, Request, SystemClock
from sync.hub.database import Connection, Database
from sync.hub.desk import Context, Endpoint, check_claim, find
from sync.hub.feed import Page, positions
from sync.hub.identity import load_keys
from sync.hub.openapi import document
from sync.hub.writer import Writer
from sync.protocol import PullReply, encode

BODY_SECONDS: Final = 20
"""How long a body may take to arrive."""
POLL_S: Final = 0.25
"""How often the hub looks for rows that another process wrote (an import, an approval)."""
GATHER_S: Final = 0.1
"""Rows that come within it go out together: each sale moves its store's stock, and each till of the
store asks anew after each answer. A till that sells has its acks out of the way meanwhile."""
_KEYID_MAX: Final = 128

Handler = Callable[[HttpRequest], Awaitable[Response]]


class Hub:
    """One running hub: its writer, its reader, and who waits for which stream."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._reader: Connection | None = None
        self._writer: Writer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._positions: dict[str, int] = {}
        self._gathered: set[str] = set()
        self._stopping = False

    @contextlib.asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """The hub between start and stop."""
        del app
        self._loop = asyncio.get_running_loop()
        reader = self._reader = self._database.connect(write=False)
        context = Context(load_keys(reader), self._ids)
        writer = self._writer = Writer(self._database, context, self._clock, self._moved)
        writer.start()
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            self._wake(set(self._waiting))
            await asyncio.to_thread(writer.stop)
            reader.close()

    async def answer(self, request: Request, gone: Callable[[], Awaitable[bool]]) -> Reply:
        """The reply to a request, after its commit; a long poll waits for rows to come."""
        reply = await self._ask(request)
        page = reply.wait_on
        if not isinstance(page, Page):
            return reply
        return await self._wait_for_rows(page, reply, gone)

    async def _ask(self, request: Request) -> Reply:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Reply] = loop.create_future()

        def settle(reply: Reply) -> None:
            if not answered.done():
                answered.set_result(reply)

        if self._writer is None:
            raise RuntimeError("not running: enter app.router.lifespan_context(app)")

        def done(reply: Reply) -> None:
            loop.call_soon_threadsafe(settle, reply)

        self._writer.submit(request, done)
        return await answered

    async def _wait_for_rows(
        self, page: Page, empty: Reply, gone: Callable[[], Awaitable[bool]]
    ) -> Reply:
        woken = asyncio.Event()
        here = self._waiting.setdefault(page.stream, set())
        here.add(woken)
        try:
            # Rows may have come between the look and the waiting.
            reply = self._look(page)
            deadline = asyncio.get_running_loop().time() + page.wait_s
            while reply is None and not self._stopping and not await gone():
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), left)
                woken.clear()
                reply = self._look(page)
            return reply or self._look(page, empty_too=True) or empty
        finally:
            here.discard(woken)

    def _look(self, page: Page, *, empty_too: bool = False) -> Reply | None:
        if self._reader is None:
            return None
        try:
            found: PullReply = page.read(self._reader, self._clock.now())
        except HubProblem as problem:
            return problem.reply()
        return Reply(encode(found)) if found.rows or empty_too else None

    def _moved(self, streams: set[str]) -> None:
        """Called on the writer's thread after a commit."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._gather, streams)

    def _gather(self, streams: set[str]) -> None:
        if not self._gathered and self._loop is not None:
            self._loop.call_later(GATHER_S, self._wake_gathered)
        self._gathered |= streams

    def _wake_gathered(self) -> None:
        gathered, self._gathered = self._gathered, set()
        self._wake(gathered)

    def _wake(self, streams: set[str]) -> None:
        for stream in streams:
            for woken in self._waiting.get(stream, ()):
                woken.set()

    async def _watch(self) -> None:
        """Wakes who waits for rows that another process committed."""
        while True:
            await asyncio.sleep(POLL_S)
            if self._reader is None or not any(self._waiting.values()):
                continue
            found = positions(self._reader)
            self._wake({name for name, pos in found.items() if self._positions.get(name) != pos})
            self._positions = found

    def stop_waiting(self) -> None:
        """The hub is told to stop: who waits for rows is answered now, with what there is."""
        self._stopping = True
        self._wake(set(self._waiting))

    def check_claim(self, headers: dict[str, str]) -> None:
        """Raises HubProblem unless the till that claims to have signed is one of ours."""
        given = headers.get("signature-input", "")
        _, _, rest = given.partition('keyid="')
        keyid, quote, _ = rest.partition('"')
        if not quote or len(keyid) > _KEYID_MAX or self._reader is None:
            raise HubProblem("signature_invalid")
        check_claim(self._reader, keyid)


def create_app(
    database_url: str, *, clock: Clock | None = None, ids: Ids | None = None
) -> Starlette:
    """The hub as an ASGI application over an existing database (`holdfast hub init` makes one).

    Its `state.hub` is the running hub, for whoever serves it.
    """
    hub = Hub(Database(database_url), clock or SystemClock(), ids or RandomIds())
    api = document()

    async def openapi(request: HttpRequest) -> Response:
        del request
        return Response(api, media_type="application/json")

    async def any_path(request: HttpRequest) -> Response:
        try:
            return await _handle(hub, request)
        except HubProblem as problem:
            return _response(problem.reply(), close=True)

    routes = [Route("/openapi.json", openapi, methods=["GET"])]
    routes.append(Route("/{rest:path}", any_path, methods=_ALL_METHODS))
    app = Starlette(routes=routes, lifespan=hub.running)
    app.state.hub = hub
    return app


_ALL_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


async def _handle(hub: Hub, http: HttpRequest) -> Response:
    raw_path = http.scope.get("raw_path") or http.scope["path"].encode()
    path = raw_path.partition(b"?")[0].decode("latin-1")
    endpoint = find(http.method, path)
    headers = _fields(http)
    if endpoint.signed:
        if "signature-input" not in headers:
            raise HubProblem("signature_missing")
        hub.check_claim(headers)
    body = await _body(http, endpoint)
    request = Request(
        http.method,
        path,
        http.scope["query_string"].decode("latin-1"),
        headers.get("host", ""),
        headers,
        body,
    )
    return _response(await hub.answer(request, http.is_disconnected))


def _fields(http: HttpRequest) -> dict[str, str]:
    """Headers by their names in small letters; one that came twice has both values.

    So it fits nothing that was signed.
    """
    fields: dict[str, str] = {}
    for raw_name, raw_value in http.scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


async def _body(http: HttpRequest, endpoint: Endpoint) -> bytes:
    """The body, never more of it than the endpoint takes, never longer than its time."""
    told = http.headers.get("content-length", "0")
    if told.isdigit() and int(told) > endpoint.body_max:
        raise HubProblem("body_too_large", f"at most {endpoint.body_max} bytes")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in http.stream():
                size += len(part)
                if size > endpoint.body_max:
                    raise HubProblem("body_too_large", f"at most {endpoint.body_max} bytes")
                parts.append(part)
    except TimeoutError as cause:
        raise HubProblem("slow_request") from cause
    except ClientDisconnect as cause:
        raise HubProblem("malformed", "the body broke off") from cause
    return b"".join(parts)


def _response(reply: Reply, *, close: bool = False) -> Response:
    headers = dict(reply.headers)
    if close:
        # What is left of a refused body is not worth reading.
        headers["connection"] = "close"
    return Response(reply.body, reply.status, headers, reply.content_type)
