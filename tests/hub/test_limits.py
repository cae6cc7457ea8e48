"""What a stranger, a bug or a bomb may send: always a 4xx problem, never a fault, never memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import zstandard

from sync.hub import app as hub_app
from sync.hub import wire
from sync.hub.database import Connection, Database
from sync.protocol import HUB_MAX_EVENTS, HUB_MAX_INFLATED_BYTES, HUB_MAX_WIRE_BYTES, encode
from tests.hub.processes import RunningHub, serving
from tests.hub.tills import HandClock, Till, play, problem

pytestmark = pytest.mark.slow

PUSH = "/v1/sync/push"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"epoch":1,"first_seq":1,"prev_hash":"","events":[{"body":1}]}',
        b'{"epoch":"1","first_seq":1,"prev_hash":"","events":[]}',
        b'{"epoch":1,"first_seq":0,"prev_hash":"","events":[]}',
        b'{"epoch":1,"first_seq":-5,"prev_hash":"","events":[]}',
        b'{"epoch":1,"first_seq":1,"prev_hash":"","events":[{"body":{},"hash":"xyz","sig":"?"}]}',
        b"[" * 100_000,
        b'{"events":' + b"[" * 100_000 + b"}",
        b'{"epoch":1,"first_seq":1,"prev_hash":"\\ud800","events":[]}',
    ],
)
def test_a_body_that_is_no_push(
    database: Database, books: Connection, clock: HandClock, body: bytes
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        answer = await till.send("POST", PUSH, body)
        assert 400 <= answer.status_code < 500, answer.text
        assert problem(answer) in {"malformed", "fork"}
        journal.sale()
        assert (await till.pushed(journal.push())).results == ["applied"]

    play(database, clock, story)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**40])
def test_a_number_out_of_every_range(database: Database, clock: HandClock, number: int) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        hello = {"proto": [1, 1], "schema": 1, "acked": 0}
        head = {"epoch": 1, "seq": number, "hash": ""}
        answer = await till.send(
            "POST", "/v1/sync/hello", json.dumps(hello | {"head": head}).encode()
        )
        assert answer.status_code in {200, 400}
        push = {"epoch": number, "first_seq": number, "prev_hash": "", "events": []}
        answer = await till.send("POST", PUSH, json.dumps(push).encode())
        assert problem(answer) in {"malformed", "fenced", "gap"}
        del journal

    play(database, clock, story)


def test_too_many_entries_at_once(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        for _ in range(HUB_MAX_EVENTS + 1):
            journal.append_bytes(b"{}")
        answer = await till.push(journal.push())
        assert (answer.status_code, problem(answer)) == (413, "too_many_events")

    play(database, clock, story)


def test_packed_pushes_arrive_and_bombs_do_not(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        packed = {"content-encoding": "zstd"}
        pack = zstandard.ZstdCompressor(level=3).compress
        answer = await till.send("POST", PUSH, pack(encode(journal.push())), packed)
        assert answer.status_code == 200, answer.text
        bomb = pack(b" " * (HUB_MAX_INFLATED_BYTES + 1))
        assert len(bomb) < 4_096
        answer = await till.send("POST", PUSH, bomb, packed)
        assert (answer.status_code, problem(answer)) == (413, "inflated_too_large")
        for body in (b"not zstd", packed_head_only(pack(b"x" * 5_000)), b""):
            answer = await till.send("POST", PUSH, body, packed)
            assert (answer.status_code, problem(answer)) == (400, "malformed")
        answer = await till.send("POST", PUSH, b"x", {"content-encoding": "br"})
        assert (answer.status_code, problem(answer)) == (415, "encoding_unknown")

    play(database, clock, story)


def packed_head_only(packed: bytes) -> bytes:
    return packed[: len(packed) // 2]


def test_a_body_over_the_limit_is_refused_told_or_not(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await till.join(database)
        answer = await till.send("POST", PUSH, b" " * (HUB_MAX_WIRE_BYTES + 1))
        assert (answer.status_code, problem(answer)) == (413, "body_too_large")
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 65_536
                yield b" " * 65_536

        answer = await client.post("/v1/devices/enrol", content=endless())
        assert (answer.status_code, problem(answer)) == (413, "body_too_large")
        assert sent < 1 << 20

    play(database, clock, story)


def test_a_body_that_does_not_come_is_not_waited_for(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_app, "BODY_SECONDS", 0.05)

    async def story(client: httpx.AsyncClient) -> None:
        async def slow() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

        answer = await client.post("/v1/devices/enrol", content=slow())
        assert (answer.status_code, problem(answer)) == (408, "slow_request")

    play(database, clock, story)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/sync", 404, "not_found"),
        ("GET", "/v1/sync/push", 405, "method_not_allowed"),
        ("DELETE", "/v1/health", 405, "method_not_allowed"),
        ("POST", "/v1/%2e%2e/health", 404, "not_found"),
        ("GET", "/v1/health%00", 404, "not_found"),
        ("GET", "//v1/health", 404, "not_found"),
    ],
)
def test_addresses_that_are_none(
    database: Database, clock: HandClock, method: str, path: str, status: int, code: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.request(method, httpx.URL("http://hub.test" + path))
        assert (answer.status_code, problem(answer)) == (status, code)

    play(database, clock, story)


@pytest.fixture
def hub(database: Database) -> Iterator[RunningHub]:
    with serving(database) as running:
        yield running


def spoken(hub: RunningHub, *parts: bytes) -> bytes:
    """What the hub answers to raw bytes on a connection."""
    with socket.create_connection(hub.address, timeout=10) as wire_:
        with contextlib.suppress(ConnectionError):
            for part in parts:
                wire_.sendall(part)
        found = b""
        with contextlib.suppress(ConnectionError):
            while chunk := wire_.recv(65_536):
                found += chunk
    return found


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello over TLS\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v1/health HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/sync/push HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_problem_too(hub: RunningHub, said: bytes) -> None:
    found = spoken(hub, said)
    assert found.startswith(b"HTTP/1.1 4"), found
    assert b"application/problem+json" in found
    assert hub.get("/v1/health").status_code == 200


def test_an_endless_head_is_cut_off(hub: RunningHub) -> None:
    head = b"GET /v1/health HTTP/1.1\r\n"
    line = b"x-more: " + b"y" * 1_000 + b"\r\n"
    before = hub.memory_kib()
    found = spoken(hub, head, *([line] * 60_000))
    assert found == b"" or found.startswith(b"HTTP/1.1 400"), found[:200]
    assert hub.memory_kib() - before < 8 << 10
    assert hub.get("/v1/health").status_code == 200


def test_a_head_that_does_not_come_has_a_deadline() -> None:
    """The deadline itself, on the protocol, with a loop whose time is ours."""

    class Transport(asyncio.Transport):
        closed = False

        def close(self) -> None:
            self.closed = True

        def get_extra_info(self, name: str, default: object = None) -> object:
            return {}.get(name, default)

    async def scene() -> None:
        import uvicorn
        from uvicorn.server import ServerState

        config = uvicorn.Config(lambda *_: None, lifespan="off", log_config=None)  # type: ignore[arg-type]
        protocol = wire.BoundedProtocol(config, ServerState(), {})
        transport = Transport()
        protocol.connection_made(transport)
        protocol.data_received(b"GET / HT")
        deadline = protocol._deadline
        assert deadline is not None
        left = deadline.when() - asyncio.get_running_loop().time()
        assert 0 < left <= wire.HEAD_SECONDS
        deadline._run()
        assert transport.closed
        protocol.connection_lost(None)
        assert protocol._deadline is None

    asyncio.run(scene())


def test_a_storm_of_large_bodies_does_not_grow_the_hub(hub: RunningHub) -> None:
    """Unsigned bodies are refused by their heads: the megabytes are never taken in."""
    before = hub.memory_kib()
    head = (
        f"POST {PUSH} HTTP/1.1\r\nhost: a\r\ncontent-length: {HUB_MAX_WIRE_BYTES}\r\n\r\n".encode()
    )
    for _ in range(30):
        found = spoken(hub, head, b" " * HUB_MAX_WIRE_BYTES)
        assert found == b"" or b" 401 " in found[:20]
    assert hub.memory_kib() - before < 16 << 10


def test_a_strangers_body_is_not_waited_for(hub: RunningHub) -> None:
    """Who claims a key nobody knows is told so by the head alone."""
    head = (
        f"POST {PUSH} HTTP/1.1\r\nhost: a\r\ncontent-length: {HUB_MAX_WIRE_BYTES}\r\n"
        'signature-input: holdfast=();keyid="stranger"\r\nsignature: holdfast=:AA==:\r\n\r\n'
    )
    found = spoken(hub, head.encode())
    assert b" 401 " in found[:20]
    assert b"device_unknown" in found


def test_the_file_is_for_its_owner_only(database: Database, tmp_path: Path) -> None:
    fresh = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    fresh.create().close()
    assert (tmp_path / "other.sqlite").stat().st_mode & 0o077 == 0
