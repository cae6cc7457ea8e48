"""Tills that drain into whichever hub process answers, and what must be true of the books then."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec

from sync.hub.database import Connection
from sync.protocol import Hello, HelloReply, PushReply, encode
from tests.hub.journals import Journal
from tests.hub.test_kill import send


def drain(
    urls: Sequence[str],
    journals: Sequence[Journal],
    done: Callable[[], None] = lambda: None,
    at_once: int = 6,
) -> None:
    """Each till sends all it has, each request to another process; what fails is sent again.

    `done` is called after each ack. What was acked is never asked for again.
    """

    def one(journal: Journal) -> None:
        rnd = random.Random(journal.seq)
        acked = 0
        pause = threading.Event()
        with httpx.Client(timeout=60) as client:
            for _ in range(2_000):
                url = rnd.choice(urls)
                try:
                    hello = Hello((1, 1), 1, journal.head, acked)
                    answer = send(client, url, journal, "/v1/sync/hello", encode(hello))
                    if answer.status_code != 200:
                        pause.wait(0.05)
                        continue
                    told = msgspec.json.decode(answer.content, type=HelloReply)
                    assert told.verdict == "ok", told
                    assert told.head.seq >= acked, "what was confirmed is not there"
                    first = told.head.seq + 1
                    while first <= journal.seq:
                        last = min(journal.seq, first + rnd.randint(0, at_once))
                        push = encode(journal.push(first, last))
                        answer = send(client, rnd.choice(urls), journal, "/v1/sync/push", push)
                        if answer.status_code != 200:
                            assert answer.status_code in (409, 429, 503), answer.text
                            break
                        reply = msgspec.json.decode(answer.content, type=PushReply)
                        assert reply.ack.hash == journal.hashes[reply.ack.seq].hex()
                        acked = reply.ack.seq
                        first = acked + 1
                        done()
                    if first > journal.seq:
                        return
                except httpx.TransportError:
                    pause.wait(0.05)
        raise AssertionError("it never got through")

    with ThreadPoolExecutor(len(journals)) as pool:
        for end in [pool.submit(one, journal) for journal in journals]:
            end.result()


def check_books(books: Connection, journals: Sequence[Journal]) -> None:
    """Every fact once, each sum that of its parts, every feed dense."""
    every = [fact for journal in journals for fact in journal.hashes[1:]]
    assert books.text("SELECT count(*), count(DISTINCT id) FROM event") == [(len(every),) * 2]
    assert {row[0] for row in books.text("SELECT hash FROM event")} == set(every)
    documents = sum(journal.documents for journal in journals)
    assert books.text("SELECT sum(sales) FROM day_total") == [(documents,)]
    for one, other in (
        ("SELECT sum(total) FROM day_total", "SELECT sum(total) FROM document"),
        ("SELECT -sum(on_hand) FROM stock", "SELECT sum(qty) FROM line"),
        ("SELECT sum(amount) FROM day_tender", "SELECT sum(amount) FROM payment"),
    ):
        assert books.text(one) == books.text(other), one
    assert books.text("SELECT kind, detail FROM exception") == []
    check_feeds(books)


def check_feeds(books: Connection) -> None:
    """Positions from 1 to the head, none missing, none twice."""
    heads = dict(books.text("SELECT stream, pos FROM feed_head"))
    for stream, last in heads.items():
        found = books.text("SELECT pos FROM feed WHERE stream = ? ORDER BY pos", (stream,))
        assert [pos for (pos,) in found] == list(range(1, last + 1)), stream
