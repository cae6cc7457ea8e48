"""How long an entry stands on one disk alone: from a sale's commit to its second copy, told.

The till's folder is in memory where there is such a place, so that the copy is on another disk, whose
flush is real; the hub is away all the time. Sales come as fast as one after the other is copied, and
once in a burst, where the copy follows behind.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from time import perf_counter

from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from sync.link import LinkClient, SyncSupervisor
from sync.simulation.shop import Seller
from tests.bench.measure import Row, percentile, sized, workplace
from tests.bench.tills import PATIENCE_S, PRODUCTS, hub_of, make_till

MEMORY = Path("/dev/shm")


def run() -> list[Row]:
    """Lag of a copy on another disk, one by one and behind a burst."""
    if not MEMORY.is_dir():
        return []
    copy = workplace() / "copy"
    copy.mkdir()
    with tempfile.TemporaryDirectory(dir=MEMORY) as room:
        with hub_of(Path(room)) as hub:
            data = make_till(Path(room), hub, 1)
        replace(Settings.load(data), journal_copy=str(copy)).save(data)
        ledger = Ledger.open(data, Keys.load(data))
        link, sync = LinkClient(data), SyncSupervisor(data)
        try:
            seller = Seller(ledger, Random(1), PRODUCTS)
            seller.open_shift()
            sync.ensure()
            _until(link, ledger)
            lags = [_one(seller, link, ledger) for _ in range(sized(300, 5))]
            worst = _burst(seller, link, ledger, sized(500, 10))
        finally:
            sync.stop()
            link.close()
            ledger.close()
    return [
        Row(
            0, "a sale's commit to its copy on another disk, told: p50", percentile(lags, 50), "ms"
        ),
        Row(0, "the same: p99", percentile(lags, 99), "ms"),
        Row(0, "entries at risk at most, in a burst of sales without a pause", worst, "entries"),
    ]


def _one(seller: Seller, link: LinkClient, ledger: Ledger) -> float:
    seller.sell(3)
    began = perf_counter()
    link.nudge()
    _until(link, ledger)
    return (perf_counter() - began) * 1e3


def _burst(seller: Seller, link: LinkClient, ledger: Ledger, sales: int) -> int:
    worst = 0
    for _ in range(sales):
        seller.sell(3)
        link.nudge()
        link.poll()
        worst = max(worst, ledger.head().seq - link.status.copied(1))
    _until(link, ledger)
    return worst


def _until(link: LinkClient, ledger: Ledger) -> None:
    head, late = ledger.head().seq, perf_counter() + PATIENCE_S
    while link.status.copied(1) < head:
        link.poll()
        if perf_counter() > late:
            raise TimeoutError(link.status)
