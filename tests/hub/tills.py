"""A till's side of the protocol for the hub's tests: real keys, real signatures, real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import uuid_utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.hub import devices
from sync.hub.answers import RandomIds
from sync.hub.app import create_app
from sync.hub.database import Database
from sync.hub.identity import new_code
from sync.protocol import PROTO, SCHEMA, EnrolReply, Head, Hello, PullReply, Push, PushReply, encode
from sync.signing import sign_request
from tests.hub.journals import T0, Journal

URL = "http://hub.test"


class HandClock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.time = T0

    def now(self) -> dt.datetime:
        return self.time

    def forward(self, **more: float) -> None:
        self.time += dt.timedelta(**more)


@contextlib.asynccontextmanager
async def running(database: Database, clock: HandClock) -> AsyncIterator[httpx.AsyncClient]:
    """The hub's application, answering."""
    app = create_app(database.url, clock=clock)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            yield client


class Till:
    """One till: a key, a journal, and a client of the hub."""

    def __init__(self, client: httpx.AsyncClient, clock: HandClock) -> None:
        self.client = client
        self.clock = clock
        self.key = Ed25519PrivateKey.generate()
        self.pubkey = self.key.public_key().public_bytes_raw().hex()
        self.journal: Journal | None = None
        self.identity: EnrolReply | None = None

    async def enrol(self, database: Database, till: str = "1", **more: Any) -> EnrolReply:
        """Enrolled with a code of its own; pending until somebody approves."""
        connection = database.connect(write=True)
        code = new_code(RandomIds())
        with connection.transaction():
            devices.issue_code(connection, "1", till, code, self.clock.now(), replaces=False)
        connection.close()
        answer = await self.ask_to_enrol(code, **more)
        assert answer.status_code == 200, answer.text
        self.identity = msgspec.json.decode(answer.content, type=EnrolReply)
        self.journal = Journal(self.key, self.identity)
        return self.identity

    async def ask_to_enrol(self, code: str, **more: Any) -> httpx.Response:
        body = {"code": code, "pubkey": self.pubkey, "name": "Front", **more}
        return await self.client.post("/v1/devices/enrol", json=body)

    async def join(self, database: Database, till: str = "1") -> Journal:
        """Enrolled and approved."""
        own = await self.enrol(database, till)
        connection = database.connect(write=True)
        with connection.transaction():
            devices.approve(connection, own.device, self.clock.now())
        connection.close()
        assert self.journal is not None
        return self.journal

    def signed(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> httpx.Request:
        assert self.identity is not None
        given = {"content-type": "application/json", **(headers or {})}
        signed = sign_request(
            method,
            URL + target,
            given,
            body,
            keyid=self.identity.device,
            sign=self.key.sign,
            now=self.clock.now(),
            nonce=str(uuid_utils.uuid4()),
        )
        return self.client.build_request(method, target, content=body, headers=signed)

    async def send(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self.client.send(self.signed(method, target, body, headers))

    async def push(self, push: Push) -> httpx.Response:
        return await self.send("POST", "/v1/sync/push", encode(push))

    async def pushed(self, push: Push) -> PushReply:
        answer = await self.push(push)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=PushReply)

    async def hello(self, head: Head, acked: int = 0, **more: Any) -> dict[str, Any]:
        asked = Hello(
            **{"proto": (PROTO, PROTO), "schema": SCHEMA, "head": head, "acked": acked, **more}
        )
        answer = await self.send("POST", "/v1/sync/hello", encode(asked))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = json.loads(answer.content)
        return told

    async def pull(
        self, stream: str, after: int = 0, *, feed: str = "", **more: object
    ) -> PullReply:
        if not feed:
            assert self.journal is not None
            feed = (await self.hello(self.journal.head))["streams"][stream]
        asked = "".join(f"&{name}={value}" for name, value in more.items())
        target = (
            f"/v1/sync/pull?stream={stream.replace(':', '%3A')}&feed={feed}&after={after}{asked}"
        )
        answer = await self.send("GET", target)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=PullReply)


def problem(answer: httpx.Response) -> str:
    """The code of a problem document; what it must always say is checked."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = json.loads(answer.content)
    assert told["status"] == answer.status_code
    assert told["title"]
    code: str = told["type"].removeprefix("/problems/")
    return code


def play(
    database: Database, clock: HandClock, story: Callable[[httpx.AsyncClient], Awaitable[None]]
) -> None:
    """Runs a story against a running hub."""

    async def whole() -> None:
        async with running(database, clock) as client:
            await story(client)

    asyncio.run(whole())
