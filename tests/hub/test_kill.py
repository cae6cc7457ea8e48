"""The hub dies while tills push: what it confirmed is there, everything is there once."""

from __future__ import annotations

import datetime as dt
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import pytest
import uuid_utils

from sync.hub.database import Connection, Database
from sync.protocol import Hello, HelloReply, PushReply, encode
from sync.signing import sign_request
from tests.hub.enrolled import enrolled
from tests.hub.journals import Journal
from tests.hub.processes import serving

TILLS = 3
SALES = 120
KILLS = 6


def send(
    client: httpx.Client, url: str, journal: Journal, path: str, body: bytes
) -> httpx.Response:
    headers = sign_request(
        "POST",
        url + path,
        {"content-type": "application/json"},
        body,
        keyid=journal.identity.device,
        sign=journal.key.sign,
        now=dt.datetime.now(dt.UTC),
        nonce=str(uuid_utils.uuid4()),
    )
    return client.post(url + path, content=body, headers=headers)


def _drain(url: str, journal: Journal, acked: list[int], seed: int) -> bool:
    """Pushes from where the hub stands; True when all is confirmed, False where the hub died."""
    rnd = random.Random(seed)
    try:
        with httpx.Client(timeout=10) as client:
            hello = Hello((1, 1), 1, journal.head, acked[-1])
            answer = send(client, url, journal, "/v1/sync/hello", encode(hello))
            told = msgspec.json.decode(answer.content, type=HelloReply)
            assert told.verdict == "ok", told
            assert told.head.seq >= acked[-1], "what was confirmed is not there"
            first = told.head.seq + 1
            while first <= journal.seq:
                last = min(journal.seq, first + rnd.randint(0, 6))
                answer = send(
                    client, url, journal, "/v1/sync/push", encode(journal.push(first, last))
                )
                reply = msgspec.json.decode(answer.content, type=PushReply)
                assert reply.ack.hash == journal.hashes[reply.ack.seq].hex()
                acked.append(reply.ack.seq)
                first = reply.ack.seq + 1
    except httpx.TransportError:
        return False
    return True


@pytest.mark.slow
def test_killed_again_and_again_the_hub_has_each_sale_once(
    database: Database, books: Connection
) -> None:
    journals = [enrolled(books, number, SALES) for number in range(1, TILLS + 1)]
    acked: list[list[int]] = [[0] for _ in journals]
    rnd = random.Random(5)
    killed = 0
    for life in range(50):
        with serving(database) as hub, ThreadPoolExecutor(TILLS) as pool:
            if killed < KILLS:
                delay = threading.Timer(
                    rnd.uniform(0.01, 0.25), hub.process.send_signal, [signal.SIGKILL]
                )
                delay.start()
            done = list(
                pool.map(
                    lambda place, url=hub.url, seed=life: _drain(
                        url, journals[place], acked[place], seed
                    ),
                    range(TILLS),
                )
            )
            if killed < KILLS:
                delay.cancel()
                killed += not all(done)
            if all(done):
                break
    assert all(done)
    assert killed > 0
    every = [fact for journal in journals for fact in journal.hashes[1:]]
    assert books.text("SELECT count(*), count(DISTINCT id) FROM event") == [(len(every),) * 2]
    assert {row[0] for row in books.text("SELECT hash FROM event")} == set(every)
    assert books.text("SELECT sum(sales) FROM day_total") == [(TILLS * SALES,)]
    assert books.text("SELECT sum(total) FROM day_total") == books.text(
        "SELECT sum(total) FROM document"
    )
    assert books.text("SELECT -sum(on_hand) FROM stock") == books.text("SELECT sum(qty) FROM line")
    assert books.text("SELECT count(*) FROM exception") == [(0,)]
    assert books.text("PRAGMA integrity_check") == [("ok",)]
    heads = dict(books.text("SELECT stream, pos FROM feed_head"))
    counts = dict(books.text("SELECT stream, count(*) FROM feed GROUP BY stream"))
    assert {stream: counts.get(stream, 0) for stream in heads} == heads
