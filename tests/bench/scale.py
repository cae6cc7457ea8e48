"""What one sale, one idle till and one change cost a hub: the numbers that `SCALE.md` is made of.

A load is simulated, not a chain: a till that sells one sale after the other, live, over real HTTP,
and a crowd that waits while prices change. Processor time of the hub's process is read before and
after; from it follows what a thousand stores would ask.
"""

from __future__ import annotations

import threading
from pathlib import Path
from random import Random
from time import perf_counter

from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from sync.link import LinkClient, SyncSupervisor
from sync.protocol import PriceRow
from sync.simulation.shop import Seller, publish, sku
from tests.bench.measure import Row, sized, workplace
from tests.bench.tills import PRODUCTS, Crowd, Served, hub_of, make_till, sell

STORES, TILLS = 1_000, 10
PEAK_SALES_A_TILL_AND_HOUR = 60
"""A sale a minute at each till of the chain, in its busiest hour."""
PAUSE = threading.Event()
PATIENCE_S = 60.0


def run() -> list[Row]:
    """Cost of a live sale, of a sale in a backlog, of an idle till and of a change."""
    folder = workplace() / "scale"
    with hub_of(folder) as hub:
        live, entry_bytes = _live(folder, hub, sized(300, 5))
        backlog = _backlog(folder, hub, sized(2_000, 20))
    with hub_of(folder / "crowd") as hub:
        idle_s, change_s = _crowd(folder / "crowd", hub, sized(50, 2), sized(30, 2))
    peak = STORES * TILLS * PEAK_SALES_A_TILL_AND_HOUR / 3_600
    return [
        Row(0, "hub, a live sale: processor time", live * 1e3, "ms"),
        Row(0, "hub, a sale in a backlog: processor time", backlog * 1e3, "ms"),
        Row(0, "hub, an idle till: processor time", idle_s * 1e3, "ms/s"),
        Row(0, "hub, a change told to a waiting till: processor time", change_s * 1e3, "ms"),
        Row(0, "hub, a sale: bytes in the database", entry_bytes, "B"),
        Row(0, f"{STORES:,} stores x {TILLS}: sales at the peak", peak, "1/s"),
        Row(0, "the same: cores for sales, live", peak * live, "cores"),
        Row(0, "the same: cores for idle tills", STORES * TILLS * idle_s, "cores"),
    ]


def _live(folder: Path, hub: Served, sales: int) -> tuple[float, float]:
    """Seconds of the hub's processor a live sale, and bytes."""
    data = make_till(folder, hub, 1)
    ledger = Ledger.open(data, Keys.load(data))
    link, sync = LinkClient(data), SyncSupervisor(data)
    try:
        seller = Seller(ledger, Random(1), PRODUCTS)
        seller.open_shift()
        sync.ensure()
        _until(link, ledger)
        size, before = _bytes(hub), hub.cpu_s()
        for _ in range(sales):
            seller.sell(3)
            link.nudge()
            _until(link, ledger)
        return (hub.cpu_s() - before) / sales, (_bytes(hub) - size) / sales
    finally:
        sync.stop()
        link.close()
        ledger.close()


def _bytes(hub: Served) -> int:
    """Of the pages in use; the log before a checkpoint is a matter of minutes."""
    connection = hub.database.connect(write=False)
    pages, size = (connection.text(f"PRAGMA {name}")[0][0] for name in ("page_count", "page_size"))
    connection.close()
    return int(pages) * int(size)


def _until(link: LinkClient, ledger: Ledger) -> None:
    head, late = ledger.head().seq, perf_counter() + PATIENCE_S
    while link.status.acked[1] < head:
        link.poll()
        PAUSE.wait(0.001)
        if perf_counter() > late:
            raise TimeoutError(link.status)


def _backlog(folder: Path, hub: Served, sales: int) -> float:
    data = make_till(folder, hub, 2)
    sell(data, sales, 2)
    before = hub.cpu_s()
    with Crowd([data], 1) as one:
        one.go()
        one.until_reached()
    return (hub.cpu_s() - before) / sales


def _crowd(folder: Path, hub: Served, tills: int, seconds: int) -> tuple[float, float]:
    """Seconds of the hub's processor a till and second, and a change and till."""
    made = [make_till(folder, hub, number) for number in range(1, tills + 1)]
    with Crowd(made, 2, live=True) as crowd:
        crowd.go()
        crowd.until_reached()
        PAUSE.wait(min(15, seconds))
        began, before = perf_counter(), hub.cpu_s()
        PAUSE.wait(seconds)
        idle = (hub.cpu_s() - before) / (perf_counter() - began) / tills
        changes = sized(20, 2)
        began, before = perf_counter(), hub.cpu_s()
        connection = hub.database.connect(write=True)
        for number in range(1, changes + 1):
            row = PriceRow(sku(number), "retail", "EUR", (("", "", 100 + number, 0),))
            publish(connection, "price", [row])
            PAUSE.wait(0.6)
        connection.close()
        spent = hub.cpu_s() - before - idle * tills * (perf_counter() - began)
        return idle, max(spent, 0.0) / changes / tills
