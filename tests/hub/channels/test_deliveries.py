"""The door for deliveries on a hub that serves: what it lets in, how soon, and what a death costs."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import pytest

from sync.hub.channels import inbox, shops
from sync.hub.database import Connection, Database
from sync.hub.webhooks.signing import headers
from sync.protocol import PushReply, encode
from tests.hub.channels.deliveries import CHANNEL, flood, known_shop, posted
from tests.hub.enrolled import enrolled
from tests.hub.orders.ordering import stocked
from tests.hub.processes import serving
from tests.hub.test_kill import send
from tests.hub.tills import HandClock

PATIENCE_S = 60
DELIVERIES = 300
CONNECTIONS = 20
TILLS = 4
SALES = 60


def waited(found: Callable[[], bool]) -> None:
    """Until it is so."""
    wake, until = threading.Event(), time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < until, "it never came"
        wake.wait(0.05)


def counted(books: Connection, sql: str) -> int:
    return int(books.text(sql)[0][0])


def test_what_the_door_takes_and_what_not(database: Database, books: Connection) -> None:
    secret = known_shop(books)
    path = shops.path_of(CHANNEL)
    now = int(time.time())
    with serving(database) as hub, httpx.Client(base_url=hub.url, timeout=PATIENCE_S) as client:

        def post(body: bytes, key: str, at: int = now, to: str = path) -> httpx.Response:
            return client.post(to, content=body, headers=headers([secret], key, at, body))

        assert client.get(path).status_code == 405
        unknown = post(b"{}", "m1", to=shops.path_of("nobody"))
        assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/channel_unknown")
        forged = client.post(path, content=b"{}", headers={"webhook-id": "m", "x": "1"})
        assert (forged.status_code, forged.json()["type"]) == (401, "/problems/signature_invalid")
        huge = post(b"x" * (inbox.BODY_MAX + 1), "m2")
        assert (huge.status_code, huge.json()["type"]) == (413, "/problems/body_too_large")
        for place, body in enumerate(
            [
                *(b"", b"no json", b"[1,2]", b"null", b'{"type": 5, "data": [[]]}', b"\xff\xfe"),
                *(b'{"type":"order.created","data":{"id":"\\u0000\\ud800x"}}', b"[" * 200_000),
                *(b'{"type":"order.created","data":{"id":' + b"9" * 5_000 + b"}}",),
                b'{"type":"order.created","data":{"id":NaN}}',
            ]
        ):
            answer = post(body, f"odd-{place}")
            assert (answer.status_code, answer.json()) == (200, {"kept": True}), (place, body[:40])
        assert counted(books, "SELECT count(*) FROM channel_inbox") == 10
        held = books.text("SELECT raw FROM channel_inbox WHERE delivery = 'odd-1'")
        assert held == [(b"no json",)]
        states = "SELECT count(*) FROM channel_inbox WHERE state = 'new'"
        waited(lambda: counted(books, states) == 0)
        assert counted(books, "SELECT count(*) FROM customer_order") == 0
        assert hub.get("/v1/health").status_code == 200


@pytest.mark.slow
def test_deliveries_are_answered_at_once_while_tills_sync(
    database: Database, books: Connection
) -> None:
    """The goal is 200 ms for 99 of 100 (`python -m tests.bench deliveries`); here none takes long."""
    stocked(books, HandClock(), A1=DELIVERIES)
    secret = known_shop(books)
    journals = [enrolled(books, number, SALES) for number in range(1, TILLS + 1)]
    with serving(database) as hub, ThreadPoolExecutor(TILLS) as pool:

        def sell(place: int) -> int:
            journal = journals[place]
            with httpx.Client(timeout=PATIENCE_S) as client:
                for first in range(1, journal.seq + 1, 5):
                    last = min(first + 4, journal.seq)
                    body = encode(journal.push(first, last))
                    answer = send(client, hub.url, journal, "/v1/sync/push", body)
                    assert answer.status_code == 200, answer.text
                return msgspec.json.decode(answer.content, type=PushReply).ack.seq

        selling = [pool.submit(sell, place) for place in range(TILLS)]
        took = flood(hub.url, secret, [str(no) for no in range(DELIVERIES)], CONNECTIONS)
        acked = [each.result() for each in selling]
        assert acked == [journal.seq for journal in journals]
        waited(lambda: counted(books, "SELECT count(*) FROM customer_order") == DELIVERIES)
    assert len(took) == DELIVERIES
    assert sorted(took)[DELIVERIES // 2] < 1, "half of them take longer than the worst may"
    assert counted(books, "SELECT count(*) FROM channel_inbox WHERE state = 'done'") == DELIVERIES


@pytest.mark.slow
def test_a_hub_that_dies_right_after_its_yes_loses_nothing(
    database: Database, books: Connection
) -> None:
    secret = known_shop(books)
    stocked(books, HandClock(), A1=1_000)
    said_yes: list[str] = []
    for life in range(3):
        enough = threading.Event()

        def shop(place: int, url: str, life: int = life, enough: threading.Event = enough) -> None:
            with httpx.Client(timeout=PATIENCE_S) as client:
                for no in range(10_000):
                    own = f"{life}-{place}-{no}"
                    try:
                        posted(client, url, secret, own)
                    except httpx.TransportError:
                        return
                    said_yes.append(own)
                    if len(said_yes) > 30 * (life + 1):
                        enough.set()

        with serving(database) as hub, ThreadPoolExecutor(4) as pool:
            running = [pool.submit(shop, place, hub.url) for place in range(4)]
            assert enough.wait(PATIENCE_S)
            hub.process.send_signal(signal.SIGKILL)
            for each in running:
                each.result()
    with serving(database):
        open_ = "SELECT count(*) FROM channel_inbox WHERE state = 'new'"
        waited(lambda: counted(books, open_) == 0)
    known = {row[0] for row in books.text("SELECT external_id FROM customer_order")}
    assert set(said_yes) <= known
    assert len(said_yes) > 90
    assert counted(books, "SELECT count(*) FROM order_part") == len(known)
    assert books.text("PRAGMA integrity_check") == [("ok",)]
