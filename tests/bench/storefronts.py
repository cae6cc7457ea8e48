"""Visitors of a website who look while tills sync, and an event's way out of the hub.

Four tills push sale by sale; eight visitors ask for ten products, at the pace that one address is
let in (each comes from its own). A till's push is timed with and without the visitors: they must not
slow it. Then sales are told to a webhook on this machine: from the push's answer to its arrival.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from sync.hub.answers import RandomIds, SystemClock, stamp
from sync.hub.database import Connection
from sync.hub.stock import move_stock
from sync.hub.storefront import keys
from sync.hub.webhooks import subscriptions
from sync.protocol import encode
from tests.bench.measure import Row, percentile, sized, workplace
from tests.bench.tills import Served, hub_of
from tests.hub.enrolled import enrolled
from tests.hub.journals import Journal
from tests.hub.test_kill import send
from tests.hub.webhooks.receiver import Got, listening

TILLS, VISITORS, PRODUCTS = 4, 8, 10
PAUSE_S = 0.05
P99_MS = 200.0


def run() -> list[Row]:
    """The goal's size."""
    with hub_of(workplace() / "storefronts") as hub:
        books = hub.database.connect(write=True)
        try:
            return [*_visited(hub, books), *_told(hub, books)]
        finally:
            books.close()


def _visited(hub: Served, books: Connection) -> list[Row]:
    skus = [f"SKU-{number:05}" for number in range(PRODUCTS)]
    now = SystemClock().now()
    with books.transaction():
        front, _ = keys.add(books, "web", "", [], RandomIds(), now)
        keys.change(books, "web", reads_a_minute=600_000)
        move_stock(books, "1", dict.fromkeys(skus, 50_000), stamp(now))
    alone, _ = _selling(hub, books, 60, sized(250, 5))
    asked = {"key": front.public_key, "sku": ",".join(skus)}
    ended = threading.Event()

    def visit(number: int) -> list[float]:
        took = []
        headers = {"x-forwarded-for": f"192.0.2.{number}"}
        with httpx.Client(base_url=hub.url, timeout=60, headers=headers) as client:
            while not ended.is_set():
                began = time.perf_counter()
                answer = client.get("/v1/storefront/availability", params=asked)
                took.append((time.perf_counter() - began) * 1e3)
                answer.raise_for_status()
                ended.wait(PAUSE_S)
        return took

    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [pool.submit(visit, number) for number in range(VISITORS)]
        beside, _ = _selling(hub, books, 70, sized(250, 5))
        ended.set()
        looks = [one for each in visits for one in each.result()]
    of = f"{VISITORS} visitors, {len(looks)} looks at {PRODUCTS} products while {TILLS} tills sync"
    return [
        Row(17, f"{of}: p99", percentile(looks, 99), "ms", gate=P99_MS, goal=P99_MS, on="measured"),
        Row(17, f"{of}: half", percentile(looks, 50), "ms"),
        Row(
            *(17, "  a till's push meanwhile, p50", percentile(beside, 50), "ms"),
            *(percentile(alone, 50), "without visitors"),
        ),
        Row(
            *(17, "  a till's push meanwhile, p99", percentile(beside, 99), "ms"),
            *(percentile(alone, 99), "without visitors"),
        ),
    ]


def _selling(
    hub: Served, books: Connection, first: int, sales: int
) -> tuple[list[float], dict[str, float]]:
    """How long each push took (ms), and when each sale was answered."""
    journals = [enrolled(books, first + number, sales) for number in range(TILLS)]

    def sell(journal: Journal) -> tuple[list[float], dict[str, float]]:
        took, answered = [], {}
        with httpx.Client(timeout=60) as client:
            for seq in range(1, journal.seq + 1):
                body = encode(journal.push(seq, seq))
                began = time.perf_counter()
                send(client, hub.url, journal, "/v1/sync/push", body)
                took.append((time.perf_counter() - began) * 1e3)
                at = time.perf_counter()
                answered[json.loads(bytes(journal.entries[seq - 1].body))["id"]] = at
        return took, answered

    took, answered = [], {}
    with ThreadPoolExecutor(TILLS) as pool:
        for part, when in pool.map(sell, journals):
            took += part
            answered |= when
    return took, answered


def _told(hub: Served, books: Connection) -> list[Row]:
    arrived: dict[str, float] = {}
    with listening() as receiver:
        plain = receiver.take

        def take(got: Got) -> tuple[int, dict[str, str]]:
            arrived.setdefault(got.message["data"].get("id", ""), time.perf_counter())
            return plain(got)

        receiver.take = take  # type: ignore[method-assign]
        with books.transaction():
            now = SystemClock().now() - dt.timedelta(seconds=2)
            subscriptions.add(
                *(books, "bench", receiver.url, ["sale.completed"], RandomIds(), now),
                private_ok=True,
            )
        threading.Event().wait(1.2)  # the hub reads anew who listens
        sales = sized(60, 3)
        _, answered = _selling(hub, books, 80, sales)
        receiver.wait_for(TILLS * sales)
    late = [(at - answered[id_]) * 1e3 for id_, at in arrived.items() if id_ in answered]
    of = f"{len(late)} sales of {TILLS} tills told to a webhook, push answered to arrived"
    return [
        Row(17, f"{of}: half", percentile(late, 50), "ms"),
        Row(17, f"{of}: p99", percentile(late, 99), "ms"),
    ]
