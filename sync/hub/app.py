"""The ASGI shell: reads a request within its limits, has it answered, sends the reply.

Nothing is decided here. Handlers are plain functions (`desk.py`); the shell only bounds what a
stranger can make it hold: bytes, seconds and open requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from pos_app.domain.errors import PosError
from sync.hub import readiness, starting
from sync.hub.admission import BODY_BYTES, BULK_BYTES, PAGE_SLOTS, Gate, Room
from sync.hub.answers import Clock, HubProblem, Ids, RandomIds, Reply, Request, SystemClock
from sync.hub.database import Connection, Database
from sync.hub.desk import Context, Endpoint, answer, check_claim, find, unavailable
from sync.hub.feed import Page, device_stream, page_of, positions
from sync.hub.identity import load_keys
from sync.hub.incoming import body_of, fields_of, size_of
from sync.hub.lanes import PULL_PATH, SNAPSHOTS_PATH, Rank, rank_of, rank_of_stream
from sync.hub.logs import REQUEST_ID, request_id
from sync.hub.looking import Look
from sync.hub.metrics import CONTENT_TYPE, Metrics
from sync.hub.openapi import document
from sync.hub.reading import Reader
from sync.hub.sending import Bulk, promise
from sync.hub.storefront import door
from sync.hub.storefront.looked import Keeper
from sync.hub.writer import Writer
from sync.protocol import encode

BODY_SECONDS: Final = 20
"""How long a body may take to arrive."""
POLL_S: Final = 0.25
"""How often the hub looks for rows that another process wrote (an import, an approval)."""
GATHER_S: Final = 0.1
"""Rows that come within it go out together: each sale moves its store's stock, and each till of the
store asks anew after each answer. A till that sells has its acks out of the way meanwhile."""
TOLD_MAX: Final = 16
"""Pages remembered until something moves."""
HELLO_PATH: Final = "/v1/sync/hello"
_NOT_LOGGED: Final = frozenset({PULL_PATH, "/v1/health", readiness.PATH})
_ONLY_READ: Final = frozenset({PULL_PATH, "/v1/health"})
"""What the thread for reading answers."""
_KEYID_MAX: Final = 128

Handler = Callable[[HttpRequest], Awaitable[Response]]


def _place(page: Page) -> tuple[str, str, int, int, int]:
    """What makes two pages the same."""
    return page.stream, page.feed, page.after, page.limit, page.schema


class Hub:
    """One running hub: its writer, its reader, and who waits for which stream."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self.body_seconds: float = 0
        """Another limit than `BODY_SECONDS`; 0 for that one."""
        self._database = database
        self._clock = clock
        self._ids = ids
        self._reader: Look | None = None
        self._writer: Writer | None = None
        self._pages: Reader | None = None
        self._context: Context | None = None
        self.gate = Gate()
        self.metrics = Metrics()
        self.log: Any = None
        """Where a line a request goes; None for nowhere."""
        self.door = door.Door()
        self.shoppers = Room(door.AT_ONCE)
        self.bodies = Room(BODY_BYTES)
        self.slots = Room(PAGE_SLOTS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._positions: dict[str, int] = {}
        """Where each stream ended at the last look at all of them."""
        self._told: dict[tuple[str, str, int, int, int], Reply] = {}
        """Pages that were just read: a hundred tills wait at the same place."""
        self._gathered: set[str] = set()
        self._stopping = False

    @contextlib.asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """The hub between start and stop."""
        del app
        self._loop = asyncio.get_running_loop()
        reader = self._reader = Look(self._database)
        context = Context(reader.ask(load_keys), self._ids)
        await asyncio.to_thread(starting.try_again, self._database, self._clock, self._ids)
        writer = self._writer = Writer(
            self._database, context, self._clock, self._moved, self.metrics
        )
        pages = self._pages = Reader(self._database, context, self._clock, writer.nonce_waits)
        self._context = context
        keeper = Keeper(self._database, self._clock, context.front)
        for thread in (writer, pages, keeper):
            thread.start()
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            self._wake(set(self._waiting))
            await asyncio.to_thread(pages.stop)
            await asyncio.to_thread(keeper.finish)
            await asyncio.to_thread(writer.stop)
            reader.close()

    async def answer(
        self, request: Request, gone: Callable[[], Awaitable[bool]]
    ) -> tuple[Reply, bool]:
        """The reply to a request, after its commit; a long poll waits for rows to come.

        True beside a page that holds one of the `slots`: to be given back when it is sent.
        """
        rank = rank_of(request)
        glanced = self._glance(request) if request.path == PULL_PATH else None
        if glanced is not None:
            reply = glanced
        elif rank < Rank.STORE:
            reply = await self._ask(request, rank)
        elif rank is Rank.SHOP:
            async with self.shoppers.taking(1):
                reply = await self._ask(request, rank)
        else:
            reply, held = await self._fetch(request, rank)
            if held:
                return reply, True
        page = reply.wait_on
        if isinstance(page, Page):
            reply = await self._wait_for_rows(page, reply, gone)
        return reply, False

    def _glance(self, request: Request) -> Reply | None:
        """A till that will wait where nothing is to be had is answered here and now.

        That is nearly all that a hub does while nobody sells, and two changes of thread would cost
        more than the answer. None where there may be rows, or where others share the database.
        """
        context = self._context
        if context is None or self._reader is None or self._database.server is not None:
            return None
        try:
            page = page_of(request.query)
        except HubProblem:
            return None
        if not page.wait_s or self._positions.get(page.stream) != page.after:
            return None
        now = self._clock.now()
        try:
            reply = self._reader.ask(lambda connection: answer(connection, request, now, context))
        except PosError as cause:
            return unavailable(cause)
        if context.nonces.waiting and self._writer is not None:
            self._writer.nonce_waits()
        return reply

    async def _fetch(self, request: Request, rank: Rank) -> tuple[Reply, bool]:
        """A page, read only when there is a place for it on the way out."""
        await self.slots.take()
        held = False
        try:
            reply = await self._ask(request, rank)
            held = len(reply.body) >= BULK_BYTES
        finally:
            if not held:
                self.slots.give()
        return reply, held

    async def _ask(self, request: Request, rank: Rank) -> Reply:
        if self._writer is None or self._pages is None:
            raise RuntimeError("not running: enter app.router.lifespan_context(app)")
        answered, done = promise()
        only_read = request.path in _ONLY_READ or rank is Rank.SHOP
        if only_read or request.path.startswith(SNAPSHOTS_PATH):
            self._pages.submit(rank, request, done)
        else:
            self._writer.submit(request, done)
        return await answered

    async def _wait_for_rows(
        self, page: Page, empty: Reply, gone: Callable[[], Awaitable[bool]]
    ) -> Reply:
        woken = asyncio.Event()
        streams = {page.stream, device_stream(page.device)}  # an order stands in its own stream
        for stream in streams:
            self._waiting.setdefault(stream, set()).add(woken)
        try:
            # Rows may have come between the look and the waiting.
            reply = self._refused(page) or await self._look(page)
            deadline = asyncio.get_running_loop().time() + page.wait_s
            while reply is None and not self._stopping:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    break
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):  # without a task of its own
                        await woken.wait()
                woken.clear()
                if await gone():
                    break
                reply = self._refused(page) or await self._look(page)
            return reply or empty
        finally:
            for stream in streams:
                self._waiting[stream].discard(woken)

    def _refused(self, page: Page) -> Reply | None:
        """A till that was taken out of service gets nothing of what it waits for."""
        with contextlib.suppress(PosError):
            try:
                if self._reader is not None:
                    self._reader.ask(partial(check_claim, keyid=page.device))
            except HubProblem as problem:
                return problem.reply()
        return None

    async def _look(self, page: Page) -> Reply | None:
        """The page, read by the thread for it; None where there is still nothing in it.

        Tills of a store stand at the same place: what one of them is told the others are told.
        """
        if self._pages is None:
            return None
        if self._positions.get(page.stream) == page.after:
            return None  # nothing has come since the last look at all streams
        known = self._told.get(_place(page))
        if known is not None:
            return known
        answered, done = promise()

        def work(connection: Connection) -> Reply:
            try:
                found = page.read(connection, self._clock.now())
            except HubProblem as problem:
                return problem.reply()
            return Reply(encode(found) if found.rows else b"")

        self._pages.look(rank_of_stream(page.stream), work, done)
        reply = await answered
        if not reply.body:
            return None
        if reply.status == HTTPStatus.OK and len(self._told) < TOLD_MAX:
            self._told[_place(page)] = reply
        return reply

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
        for stream in gathered:
            self._positions.pop(stream, None)
        self._wake(gathered)

    def _wake(self, streams: set[str]) -> None:
        self._told.clear()
        for stream in streams:
            for woken in self._waiting.get(stream, ()):
                woken.set()

    async def _watch(self) -> None:
        """Wakes who waits for rows that another process committed."""
        while True:
            await asyncio.sleep(POLL_S)
            if self._reader is None or not any(self._waiting.values()):
                continue
            try:
                found = self._reader.ask(positions)
            except PosError:
                continue  # they wait on; who asks is told that the hub is busy
            self._wake({name for name, pos in found.items() if self._positions.get(name) != pos})
            self._positions = found

    async def measured(self) -> Reply:
        """The metrics as they stand, read by the thread for reading."""
        if self._writer is None or self._pages is None:
            raise RuntimeError("not running: enter app.router.lifespan_context(app)")
        depths = {rank: count + self._pages.depths()[rank] for rank, count in self._depths()}
        connected, bodies = self.gate.connected, self.bodies.taken
        answered, done = promise()

        def work(connection: Connection) -> Reply:
            text = self.metrics.text(
                connection,
                self._database,
                self._clock.now(),
                depths=depths,
                connected=connected,
                body_bytes=bodies,
            )
            return Reply(text, content_type=CONTENT_TYPE)

        self._pages.look(Rank.ASK, work, done)
        return await answered

    def _depths(self) -> list[tuple[Rank, int]]:
        return list(self._writer.depths().items()) if self._writer is not None else []

    def learn_origins(self, now: float) -> None:
        """Which pages may ask, looked up every few seconds."""
        if self._reader is not None and not self.door.knows_origins(now):
            with contextlib.suppress(PosError):
                self.door.learn(self._reader.ask(door.origins_of), now)

    def check_disk(self) -> None:
        """Raises HubProblem("not_ready") where the database's own disk is nearly full."""
        if self._database.server is None:
            readiness.check_disk(self._database.path.parent)

    def note(self, http: HttpRequest, response: Response, seconds: float) -> None:
        """A request that was answered: counted, and a line of it where lines are wanted."""
        path = getattr(http.state, "endpoint", "other")
        polled = path == PULL_PATH and b"wait=0" not in http.scope["query_string"]
        status = response.status_code
        self.metrics.answered(path, status, seconds, polled=polled)
        given = request_id(http.headers.get(REQUEST_ID, ""))
        response.headers[REQUEST_ID] = given
        if self.log is None or (status == HTTPStatus.OK and path in _NOT_LOGGED):
            return
        say = self.log.info if status < HTTPStatus.INTERNAL_SERVER_ERROR else self.log.warning
        say(
            "request",
            request=given,
            method=http.method,
            path=path,
            status=status,
            device=getattr(http.state, "device", ""),
            ms=round(seconds * 1000, 1),
            size=len(response.body),
        )

    def stop_waiting(self) -> None:
        """The hub is told to stop: who waits for rows is answered now, with what there is."""
        self._stopping = True
        self._wake(set(self._waiting))

    def check_claim(self, headers: dict[str, str]) -> str:
        """The till that claims to have signed; raises HubProblem unless it is one of ours."""
        given = headers.get("signature-input", "")
        _, _, rest = given.partition('keyid="')
        keyid, quote, _ = rest.partition('"')
        if not quote or len(keyid) > _KEYID_MAX or self._reader is None:
            raise HubProblem("signature_invalid")
        try:
            self._reader.ask(partial(check_claim, keyid=keyid))
        except PosError as cause:
            raise HubProblem("hub_busy", cause.code, retry_after_s=2) from cause
        return keyid


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
        began = time.perf_counter()
        try:
            response = await _handle(hub, request)
        except HubProblem as problem:
            response = _response(problem.reply(), close=True)
        hub.note(request, response, time.perf_counter() - began)
        return response

    async def metrics(request: HttpRequest) -> Response:
        del request
        return _response(await hub.measured())

    routes = [Route("/openapi.json", openapi, methods=["GET"])]
    routes.append(Route("/metrics", metrics, methods=["GET"]))
    routes.append(Route("/{rest:path}", any_path, methods=_ALL_METHODS))

    async def elsewhere(request: HttpRequest, error: Exception) -> Response:
        del request, error  # an address no route can hold, such as one with a line break in it
        return _response(HubProblem("not_found").reply(), close=True)

    app = Starlette(routes=routes, lifespan=hub.running, exception_handlers={404: elsewhere})
    app.state.hub = hub
    return app


_ALL_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


async def _handle(hub: Hub, http: HttpRequest) -> Response:
    raw_path = http.scope.get("raw_path") or http.scope["path"].encode()
    path = raw_path.partition(b"?")[0].decode("latin-1")
    if path.startswith(door.PREFIX):
        return await _visited(hub, http, path)
    endpoint = find(http.method, path)
    http.state.endpoint = endpoint.path
    headers = fields_of(http)
    if path == readiness.PATH:
        return await _ready(hub, http, endpoint, headers)
    if not endpoint.signed:
        return await _answered(hub, http, endpoint, path, headers)
    if "signature-input" not in headers:
        raise HubProblem("signature_missing")
    keyid = hub.check_claim(headers)
    http.state.device = keyid
    now = asyncio.get_running_loop().time()
    with hub.gate.device(keyid, http.client.host if http.client else "", now):
        if path == HELLO_PATH:
            hub.gate.hello(now)
        return await _answered(hub, http, endpoint, path, headers)


async def _visited(hub: Hub, http: HttpRequest, path: str) -> Response:
    """A website, an app or its server: bounded by where it is, told what a browser wants to know."""
    headers, now = fields_of(http), asyncio.get_running_loop().time()
    address, origin = http.client.host if http.client else "", headers.get("origin", "")
    hub.learn_origins(now)
    preflight = http.method == "OPTIONS"
    try:
        hub.door.enter(address, now, server=door.of_a_server(headers))
        if preflight:
            response = Response(status_code=204)
        else:
            endpoint = find(http.method, path)
            http.state.endpoint = endpoint.path
            response = await _answered(hub, http, endpoint, path, headers)
    except HubProblem as problem:
        response = _response(problem.reply(), close=True)
    if door.is_guess(http.method, path, response.status_code):
        hub.door.guessed(address, now)
    response.headers.update(hub.door.cors(origin, preflight=preflight))
    return response


async def _ready(
    hub: Hub, http: HttpRequest, endpoint: Endpoint, headers: dict[str, str]
) -> Response:
    """A process that does not answer in time is not ready, whatever it does meanwhile."""
    hub.check_disk()
    try:
        async with asyncio.timeout(readiness.PATIENCE_S):
            return await _answered(hub, http, endpoint, readiness.PATH, headers)
    except TimeoutError as cause:
        raise HubProblem("not_ready", "the writer does not come round", retry_after_s=5) from cause


async def _answered(
    hub: Hub, http: HttpRequest, endpoint: Endpoint, path: str, headers: dict[str, str]
) -> Response:
    async with hub.bodies.taking(size_of(headers, endpoint)):
        body = await body_of(http, endpoint, hub.body_seconds or BODY_SECONDS)
        request = Request(
            http.method,
            path,
            http.scope["query_string"].decode("latin-1"),
            headers.get("host", ""),
            headers,
            body,
        )
        reply, held = await hub.answer(request, http.is_disconnected)
    return Bulk(reply, hub.slots) if held else _response(reply)


def _response(reply: Reply, *, close: bool = False) -> Response:
    headers = dict(reply.headers)
    if close:
        # What is left of a refused body is not worth reading.
        headers["connection"] = "close"
    return Response(reply.body, reply.status, headers, reply.content_type)
