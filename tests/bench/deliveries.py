"""Deliveries of an online shop answered while tills sync: durable before the yes, and soon.

300 of them from 20 connections, to one hub process that books sales of four tills meanwhile. The
floor is the same hub's answer about its health over the same connections: the way without the work.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from sync.hub.database import Connection
from sync.protocol import encode
from tests.bench.measure import Row, percentile, sized, workplace
from tests.bench.tills import Served, hub_of
from tests.hub.channels.deliveries import flood, known_shop
from tests.hub.enrolled import enrolled
from tests.hub.journals import Journal
from tests.hub.orders.ordering import stocked
from tests.hub.test_kill import send
from tests.hub.tills import HandClock

P99_MS = 200.0
WORST_MS = 1_000.0
READ_S = 5.0
TILLS = 4


def run() -> list[Row]:
    """The goal's size."""
    count, connections = sized(300, 20), sized(20, 4)
    with hub_of(workplace() / "deliveries") as hub:
        books = hub.database.connect(write=True)
        try:
            return _rows(hub, books, count, connections)
        finally:
            books.close()


def _rows(hub: Served, books: Connection, count: int, connections: int) -> list[Row]:
    stocked(books, HandClock(), A1=count)
    secret = known_shop(books)
    journals = [enrolled(books, 50 + number, sized(300, 5)) for number in range(TILLS)]
    bare = _bare(hub.url, count, connections)
    ended = threading.Event()
    with ThreadPoolExecutor(TILLS) as pool:
        selling = [pool.submit(_sell, hub.url, journal, ended) for journal in journals]
        began = time.perf_counter()
        took = flood(hub.url, secret, [str(no) for no in range(count)], connections)
        answered_s = time.perf_counter() - began
        read_s = _until_read(books, began)
        ended.set()
        sold = sum(each.result() for each in selling)
    ms = [each * 1e3 for each in took]
    of = f"{count} deliveries from {connections} connections, {sold} sales meanwhile"
    floor = percentile([each * 1e3 for each in bare], 99)
    return [
        Row(
            *(16, f"{of}: answered, p99", percentile(ms, 99), "ms", floor, "health, p99"),
            *(P99_MS, P99_MS, "measured"),
        ),
        Row(16, f"{of}: the slowest", max(ms), "ms", gate=WORST_MS, goal=WORST_MS, on="measured"),
        Row(16, f"{of}: answered, half", percentile(ms, 50), "ms"),
        Row(16, f"{of}: deliveries a second", count / answered_s, "/s"),
        Row(
            *(16, f"{count} deliveries at once: the last is an order", read_s, "s"),
            goal=READ_S,
            on="measured",
        ),
    ]


def _bare(url: str, count: int, connections: int) -> list[float]:
    def one(part: int) -> list[float]:
        found = []
        with httpx.Client(timeout=60) as client:
            for _ in range(part):
                began = time.perf_counter()
                client.get(f"{url}/v1/health")
                found.append(time.perf_counter() - began)
        return found

    with ThreadPoolExecutor(connections) as pool:
        parts = pool.map(one, [max(1, count // connections)] * connections)
        return [took for each in parts for took in each]


def _sell(url: str, journal: Journal, ended: threading.Event) -> int:
    """Pushes sale by sale until the deliveries are through; how many sales that were."""
    sold = 0
    with httpx.Client(timeout=60) as client:
        for seq in range(1, journal.seq + 1):
            if ended.is_set():
                break
            send(client, url, journal, "/v1/sync/push", encode(journal.push(seq, seq)))
            sold += 1
    return sold


def _until_read(books: Connection, began: float) -> float:
    wake = threading.Event()
    while int(books.text("SELECT count(*) FROM channel_inbox WHERE state = 'new'")[0][0]):
        wake.wait(0.05)
        if time.perf_counter() - began > 300:
            raise RuntimeError("deliveries were not read")
    return time.perf_counter() - began
