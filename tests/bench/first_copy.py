"""Row 12 over the wire: a till's first copy of the catalogue by a snapshot, while it sells.

A hub process and a sync process over loopback; the till's ledger takes a sale every 100 ms
meanwhile. The floor is the driver alone filling the same tables (`load`).
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import closing
from pathlib import Path

from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from sync.hub import snapshots
from sync.hub.answers import SystemClock, stamp
from sync.hub.catalogue import Changes
from sync.hub.database import Database
from sync.link import LinkClient, SyncSupervisor
from sync.protocol import PriceRow, ProductRow
from sync.simulation.shop import Seller
from tests.bench import goods, load
from tests.bench.measure import Row, percentile, workplace
from tests.bench.tills import PRODUCTS, hub_of, make_till

GATE_S = 30
SALE_EVERY_S = 0.1
PATIENCE_S = 240
_PAUSE = threading.Event()


def run() -> list[Row]:
    """From the start of sync to a catalogue that answers a search."""
    folder = workplace() / "first"
    with hub_of(folder) as hub:
        _fill(hub.database)
        began = time.perf_counter()
        for stream in ("global", "store:1"):
            snapshots.make(hub.database, stream, SystemClock())
        snapshot_s = time.perf_counter() - began
        data = make_till(folder, hub, 1)
        written, took, sales = _copied(data)
    floor = load._raw(workplace() / "raw_first.sqlite")
    count = f"{goods.count():,}"
    beside = "the driver filling the same keyed tables and index"
    return [
        Row(12, f"{count} products onto a till over loopback, searchable", took, "s", floor, beside,
            gate=GATE_S, on="measured"),
        Row(12, "of which until every piece was written", written, "s"),
        Row(12, "a sale meanwhile, one each 100 ms, p99", percentile(sales, 99), "ms"),
        Row(12, f"hub: a snapshot of {count} products", snapshot_s, "s"),
    ]  # fmt: skip


def _fill(database: Database) -> None:
    """The catalogue as an import writes it, without reading a file."""
    part: list[tuple[str, str]] = []
    with closing(database.connect(write=True)) as books:

        def write() -> None:
            rows = [
                ProductRow(code, name, tax_code="standard", barcodes=(code,)) for code, name in part
            ]
            prices = [
                PriceRow(code, "retail", "EUR", (("", "", goods.price_of(code), 0),))
                for code, _ in part
            ]
            with books.transaction():
                at = stamp(SystemClock().now())
                Changes(rows, prices, {}).write(books, "1", at, "import")
            part.clear()

        for one in goods.products():
            part.append(one)
            if len(part) == 10_000:
                write()
        write()


def _copied(data: Path) -> tuple[float, float, list[float]]:
    keys = Keys.load(data)
    sales: list[float] = []
    name = goods.products()[goods.count() // 2][1].split()[0]
    ledger = Ledger.open(data, keys)
    seller = Seller(ledger, random.Random(1), PRODUCTS)
    seller.open_shift()
    sync = SyncSupervisor(data)
    sync.ensure()
    began = time.perf_counter()
    try:
        with (
            closing(ledger),
            closing(LinkClient(data)) as link,
            closing(Catalogue(data, keys.db_key)) as catalogue,
        ):
            sale_at, written_s = began, 0.0
            while time.perf_counter() - began < PATIENCE_S:
                for message in link.poll():
                    if message.get("op") == "release":
                        link.released()
                if not written_s and link.status.products >= goods.count():
                    written_s = time.perf_counter() - began
                if link.connected and link.status.replica == "current":
                    catalogue.reopen()
                    if catalogue.search(name):
                        return written_s, time.perf_counter() - began, sales
                if time.perf_counter() >= sale_at:
                    sale_at = time.perf_counter() + SALE_EVERY_S
                    before = time.perf_counter()
                    seller.sell(3)
                    sales.append((time.perf_counter() - before) * 1000)
                    link.nudge()
                _PAUSE.wait(0.005)
            raise RuntimeError(f"it never came (written after {written_s:.0f} s): {link.status}")
    finally:
        sync.stop()
