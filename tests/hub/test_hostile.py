"""Whatever anybody sends to any endpoint: a problem with a 4xx, in time, and the books as they were.

The endpoints are those of the API document the hub serves; a new one is attacked without a line
here. Each is asked with and without a signature of a till that the hub knows: with one, what is
made up reaches what lies behind the signature.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import requests
import schemathesis
import uuid_utils
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from sync.hub import devices
from sync.hub.answers import RandomIds
from sync.hub.database import Database
from sync.hub.identity import load_keys, new_code
from sync.hub.openapi import document
from sync.protocol import EnrolRequest, encode
from sync.signing import sign_request
from tests.hub.journals import Journal
from tests.hub.processes import RunningHub, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PUSH = "/v1/sync/push"
EXAMPLES = 30
"""Of each kind (fitting the document, or not; signed, or not), for each endpoint."""
SOON_S = 20
SLOW_S = 2
"""What this hub waits for a slow request."""
BOOKS = ("event", "document", "line", "stock", "day_total", "quarantine")

OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in schemathesis.openapi.from_dict(json.loads(document())).get_all_operations()
}
attack = settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)


@dataclass
class Stranger:
    """Somebody on the network; with a till's key where that helps."""

    hub: RunningHub
    database: Database
    journal: Journal
    """Of the till whose key the stranger has."""
    honest: Journal
    """Of another, which has to be able to sell on."""
    client: httpx.Client

    def say(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        signed: bool = True,
        by: Journal | None = None,
    ) -> httpx.Response:
        """One request; what must be true of every answer is checked."""
        given_ = {"content-type": "application/json", **(headers or {})}
        by = by or self.journal
        if signed:
            given_ = sign_request(
                method,
                self.hub.url + target,
                given_,
                body,
                keyid=by.identity.device,
                sign=by.key.sign,
                now=dt.datetime.now(dt.UTC),
                nonce=str(uuid_utils.uuid4()),
            )
        request = self.client.build_request(method, target, content=body, headers=given_)
        request.url = httpx.URL(self.hub.url).copy_with(raw_path=target.encode())
        answer = self.client.send(request)
        assert 200 <= answer.status_code < 500, (answer.status_code, target, body[:500])
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", answer.text
            told = answer.json()
            assert (told["status"], bool(told["title"])) == (answer.status_code, True)
        return answer

    def books(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that the hub has booked."""
        with closing(self.database.connect(write=False)) as books:
            return {name: books.text(f"SELECT * FROM {name} ORDER BY 1, 2") for name in BOOKS}

    def sells_on(self) -> None:
        """An honest till's next sale is booked: the hub is well."""
        first = self.honest.seq + 1
        self.honest.sale(of=2)
        body = encode(self.honest.push(first))
        answer = self.say("POST", PUSH, body, by=self.honest)
        assert answer.json()["results"] == ["applied"], answer.text


@pytest.fixture(scope="module")
def stranger(new_hub: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    path = tmp_path_factory.mktemp("hostile") / "hub.sqlite"
    shutil.copy(new_hub, path)
    database = Database(f"sqlite:///{path}")
    stolen, honest = joined(database, "1"), joined(database, "2")
    with (
        serving(database, "--slow", str(SLOW_S)) as hub,
        httpx.Client(base_url=hub.url, timeout=SOON_S) as client,
    ):
        found = Stranger(hub, database, stolen, honest, client)
        for journal in (stolen, honest):
            journal.open_shift()
            assert found.say("POST", PUSH, encode(journal.push(1)), by=journal).json()
        yield found


def joined(database: Database, till: str) -> Journal:
    """A till's journal; the hub has let it in."""
    key, ids, now = Ed25519PrivateKey.generate(), RandomIds(), dt.datetime.now(dt.UTC)
    with closing(database.connect(write=True)) as books, books.transaction():
        code = new_code(ids)
        devices.issue_code(books, "1", till, code, now, replaces=False)
        asked = EnrolRequest(code, key.public_key().public_bytes_raw().hex())
        own = devices.enrol(books, asked, load_keys(books), now, ids)
        devices.approve(books, own.device, now)
    return Journal(key, own)


@pytest.fixture
def unharmed(stranger: Stranger) -> Iterator[Stranger]:
    """The hub, whose books must be the same afterwards, and which must still take a sale."""
    before = stranger.books()
    yield stranger
    after = stranger.books()
    assert after == before
    stranger.sells_on()


def prepared(case: Case) -> tuple[str, str, bytes]:
    """Method, path with query, and body of a made-up request, as bytes on the wire."""
    told = case.as_transport_kwargs(base_url="http://hub")
    names = ("method", "url", "params", "data", "json", "files")
    ready = requests.Request(**{name: told[name] for name in names if name in told}).prepare()
    body = ready.body or b""
    return str(ready.method), ready.path_url, body.encode() if isinstance(body, str) else body


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_made_up_from_the_document(
    unharmed: Stranger, name: str, mode: GenerationMode, signed: bool
) -> None:
    @attack
    @given(OPERATIONS[name].as_strategy(generation_mode=mode))
    def story(case: Case) -> None:
        method, target, body = prepared(case)
        unharmed.say(method, target, body, signed=signed)

    with contextlib.suppress(Unsatisfiable):  # it takes nothing, so nothing can be wrong with it
        story()


HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([1e308, -0.0, 1.5, 2.0, 2**53, 2**63, -(2**63) - 1, 10**400]),
    st.sampled_from(
        ["", "\0", "\ud800", "\u202e", "A" * 70_000, "'; DROP TABLE event; --", "\uff19"]
    ),
    st.lists(st.nothing(), max_size=0),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def spots(told: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Each place in a message."""
    yield where
    if isinstance(told, dict | list):
        for name, value in told.items() if isinstance(told, dict) else enumerate(told):
            yield from spots(value, (*where, name))


def with_another(told: Any, where: tuple[Any, ...], value: Any) -> Any:
    """The message with something else in one place."""
    if not where:
        return value
    changed = told.copy()
    changed[where[0]] = with_another(told[where[0]], where[1:], value)
    return changed


def messages(stranger: Stranger) -> dict[str, tuple[str, Any]]:
    """One good message of each kind that a till sends all day."""
    stranger.journal.sale(of=2)
    push = json.loads(encode(stranger.journal.push(stranger.journal.seq)))
    head = {"epoch": 1, "seq": stranger.journal.seq, "hash": stranger.journal.head.hash}
    hello = {"proto": [1, 1], "schema": 1, "head": head, "acked": 0, "cursors": {}}
    enrol = {"code": "AAAA-AAAA-AAAA", "pubkey": "00" * 32, "name": "x"}
    return {
        "push": ("/v1/sync/push", push),
        "hello": ("/v1/sync/hello", hello),
        "enrol": ("/v1/devices/enrol", enrol),
    }


@pytest.mark.parametrize("kind", ["push", "hello", "enrol"])
def test_a_good_message_with_something_else_in_one_place(stranger: Stranger, kind: str) -> None:
    path, good = messages(stranger)[kind]
    places = list(spots(good))
    before = stranger.books()["event"]

    @settings(attack, max_examples=200)
    @given(st.sampled_from(places), HOSTILE)
    def story(where: tuple[Any, ...], value: Any) -> None:
        body = json.dumps(with_another(good, where, value)).encode()
        stranger.say("POST", path, body)

    story()
    assert stranger.books()["event"][: len(before)] == before


def test_a_fact_with_something_else_in_one_place_is_kept_and_the_next_is_booked(
    stranger: Stranger,
) -> None:
    """Chained and signed as it should be, and nonsense: its bytes are kept, the queue goes on."""
    journal = joined(stranger.database, "3")
    journal.open_shift()
    journal.sale(of=2)
    good = json.loads(bytes(journal.entries[-1].body))
    places = [where for where in spots(good) if where]
    stranger.say("POST", PUSH, encode(journal.push(1)), by=journal)

    @settings(attack, max_examples=150)
    @given(st.sampled_from(places), HOSTILE)
    def story(where: tuple[Any, ...], value: Any) -> None:
        fact = with_another(good, where, value)
        place = {"seq": journal.seq + 1, "id": str(uuid_utils.uuid7())}
        fact |= {name: new for name, new in place.items() if where[0] != name}
        first, body = journal.seq + 1, json.dumps(fact).encode()
        try:
            msgspec.json.decode(body)
        except msgspec.MsgspecError:
            return  # half a character: no till can write it into its journal
        journal.append_bytes(body)
        answer = stranger.say("POST", PUSH, encode(journal.push(first)), by=journal)
        assert answer.status_code == 200, answer.text
        assert answer.json()["ack"]["seq"] == journal.seq

    story()
    stranger.sells_on()


DEEP = 1_000_000


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"[" * DEEP, {}),
        (b'{"events":' + b'{"a":' * (DEEP // 4), {}),
        (b'{"epoch":1.0,"first_seq":1.0,"prev_hash":"","events":[]}', {}),
        (b'{"epoch":1,"first_seq":1,"prev_hash":"\\u0000","events":[]}', {}),
        (b'{"epoch":1,"first_seq":1,"prev_hash":"\xed\xa0\x80","events":[]}', {}),
        (b'{"epoch":1e999,"first_seq":1,"prev_hash":"","events":[]}', {}),
        (b'\xef\xbb\xbf{"epoch":1}', {}),
        (b"{}" * 1_000, {}),
        (b"\0" * 10_000, {}),
        (b"x", {"content-encoding": "gzip"}),
        (b"x", {"content-encoding": "zstd, zstd"}),
        (b"--b\r\ncontent-disposition: form-data\r\n\r\n", {"content-type": "multipart/form-data"}),
    ],
)
def test_bodies_that_were_made_to_hurt(
    unharmed: Stranger, body: bytes, headers: dict[str, str]
) -> None:
    assert unharmed.say("POST", PUSH, body, headers).status_code >= 400


def frame(size: int, window_log: int, *, told: bool) -> bytes:
    """A zstd frame of nothing but zeros."""
    params = zstandard.ZstdCompressionParameters(
        compression_level=1, window_log=window_log, write_content_size=told
    )
    return zstandard.ZstdCompressor(compression_params=params).compress(bytes(size))


def lying_frame() -> bytes:
    """Says that it holds 2 GiB and has a window to match; 2 KiB on the wire."""
    head = b"\x28\xb5\x2f\xfd" + bytes([0b1110_0000]) + (1 << 31).to_bytes(8, "little")
    return head + b"\x02\x00\x00" * 600


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda: frame(64 << 20, 20, told=True), id="64 MiB of nothing"),
        pytest.param(lambda: frame(64 << 20, 20, told=False), id="the same, untold"),
        pytest.param(lambda: frame(32 << 20, 27, told=False), id="a window of 128 MiB"),
        pytest.param(lying_frame, id="2 GiB, it says"),
        pytest.param(lambda: frame(1 << 20, 20, told=True) * 40, id="forty frames"),
    ],
)
def test_bombs_cost_neither_memory_nor_time(unharmed: Stranger, body: Callable[[], bytes]) -> None:
    packed, before, began = body(), unharmed.hub.memory_kib(), time.monotonic()
    answer = unharmed.say("POST", PUSH, packed, {"content-encoding": "zstd"})
    assert answer.status_code in (400, 413)
    assert time.monotonic() - began < 5
    assert unharmed.hub.memory_kib() - before < 64 << 10


HEAD = b"POST /v1/devices/enrol HTTP/1.1\r\nhost: a\r\n"
GET = b"GET /v1/health HTTP/1.1\r\nhost: a\r\n"


@pytest.mark.parametrize(
    "said",
    [
        HEAD + b"content-length: 100\r\n\r\n{",
        HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n{}",
        HEAD + b"content-length: +5\r\n\r\nhello",
        HEAD + b"content-length: 99999999999999999999999\r\n\r\n{}",
        HEAD + b"content-length: \xb2\r\n\r\n{}",
        HEAD + b"content-length: 0x5\r\n\r\nhello",
        HEAD + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{}",
        HEAD + b"transfer-encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{}GARBAGE",
        HEAD + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: gzip\r\n\r\n{}",
        HEAD + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n",
        GET + b"x: " + b"y" * 40_000 + b"\r\n\r\n",
        GET + b"x\0y: z\r\n\r\n",
        GET + b"x: a\0b\r\n\r\n",
        GET + b" folded: line\r\n\r\n",
        GET + b"upgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        b"GET /v1/health\0 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /%00%ff%c0%af/../../etc/passwd?%00 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /v1/sync/pull?stream=%ff&after=\xc3\x28 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"get / http/1.1\r\n\r\n",
        b"\r\n" * 5_000,
        b"\0" * 5_000,
    ],
)
def test_what_lies_about_its_own_length_or_is_no_request(unharmed: Stranger, said: bytes) -> None:
    with socket.create_connection(unharmed.hub.address, timeout=SOON_S) as line:
        began = time.monotonic()
        line.sendall(said)
        found = b""
        with contextlib.suppress(ConnectionError):
            while not is_whole(found) and (more := line.recv(65_536)):
                found += more
        assert time.monotonic() - began < SLOW_S + 5, "it hung"
    for status in found.split(b"HTTP/1.1 ")[1:]:
        assert status[:1] in b"1234", found[:300]


def is_whole(answer: bytes) -> bool:
    """Whether an answer has come to its end; the line may be kept after it."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
    return bool(end and length) and len(body) >= int(length)


def test_somebody_who_says_one_byte_a_second_is_hung_up_on(unharmed: Stranger) -> None:
    lines = [socket.create_connection(unharmed.hub.address, timeout=SOON_S) for _ in range(50)]
    body = HEAD + b"content-length: 30\r\n\r\n"
    for nth, line in enumerate(lines):
        line.sendall(body if nth % 2 else b"GET /v1/hea")
    began = time.monotonic()
    assert unharmed.hub.get("/v1/health").status_code == 200
    for line in lines:
        try:
            found = line.recv(65_536)
        except ConnectionError:
            found = b""
        assert found == b"" or b" 408 " in found[:20]
        line.close()
    assert time.monotonic() - began < SLOW_S + 10


def test_every_endpoint_is_attacked() -> None:
    told = json.loads(document())["paths"]
    assert len(OPERATIONS) == sum(len(path) for path in told.values())
