"""Reservations at the hub: many customers at once want the last hundred of a product.

Each of 50 connections asks as a storefront does, all of it or nothing; exactly a hundred are granted.
The floor is the same answers by one connection alone: what waiting for each other costs beyond it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable

from pos_app.domain.errors import Refused
from sync.hub.database import Again, Connection, Database
from sync.hub.orders.taking import Context, take
from tests.bench import hubs
from tests.bench.measure import Row, sized, workplace
from tests.hub.conftest import hub_made_in
from tests.hub.orders.ordering import line, order, stocked
from tests.hub.tills import HandClock

FIRM = Context(firm=True)


def run() -> list[Row]:
    """The goal's size."""
    requests, connections, units = sized(1_000, 40), sized(50, 4), sized(100, 8)
    folder = workplace() / "last_units"
    folder.mkdir(exist_ok=True)
    database, clock = hub_made_in(hubs.new_database(folder)), HandClock()
    books = database.connect(write=True)
    try:
        stocked(books, clock, A1=units, A2=units)
        alone_s, _ = _asked(database, "A1", [range(requests)], clock)
        each = requests // connections
        parts = [range(n * each, (n + 1) * each) for n in range(connections)]
        took_s, found = _asked(database, "A2", parts, clock)
    finally:
        books.close()
    if found["granted"] != units:
        raise AssertionError(f"{found['granted']} of {units} granted")
    of = f"{requests} requests for {units} last units from {connections} connections"
    rate, floor = requests / took_s, requests / alone_s
    return [Row(0, f"{of}: requests a second", rate, "/s", floor, "one connection", high=True)]


def _asked(
    database: Database, sku: str, parts: list[range], clock: HandClock
) -> tuple[float, Counter[str]]:
    """How long it took, and what became of them."""
    found, lock = Counter[str](), threading.Lock()
    start = threading.Barrier(len(parts) + 1)

    def many(numbers: Iterable[int]) -> None:
        connection = database.connect(write=True)
        start.wait(120)
        try:
            for number in numbers:
                got = _one(connection, sku, number, clock)
                with lock:
                    found[got] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=many, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    start.wait(120)
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, found


def _one(connection: Connection, sku: str, number: int, clock: HandClock) -> str:
    told = order(line(sku), external_id=f"{sku}-{number}")
    while True:
        try:
            with connection.transaction():
                take(connection, told, clock.now(), FIRM)
                return "granted"
        except Again:
            continue
        except Refused as cause:
            return cause.code
