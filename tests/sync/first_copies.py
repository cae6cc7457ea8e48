"""A till whose first copy can be looked at and broken off between any two turns.

The hub is a process behind real HTTP; the engine's runner, its files and its net are the real ones,
turned by the test instead of by a process of their own.
"""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from pos_app.store.catalogue import CURRENT
from pos_app.store.keys import Keys
from pos_app.store.schema import connect
from sync.engine.files import TillFiles
from sync.engine.ports import Reply, Request
from sync.engine.runner import Runner
from sync.engine.shell.http import HttpNet
from sync.engine.shell.process import SystemClock
from sync.engine.state import Tick
from sync.hub import snapshots
from sync.hub.answers import SystemClock as HubClock
from sync.hub.catalogue import Changes
from sync.hub.database import Database
from sync.hub.store import Shop
from sync.protocol import PriceRow, ProductRow
from sync.simulation.shop import RULES, STORE

PATIENCE_S = 60
AT = "2026-11-25T09:00:00.000Z"
SHOP = Shop(STORE, RULES)


@dataclass
class Place:
    """Where a hub is: what `make_till` asks of one."""

    database: Database
    url: str


class Alone:
    clients = 0


def goods(
    database: Database, first: int, count: int, price: int = 100, name: str = "Thing"
) -> None:
    """Products, their prices and their stock, as an import writes them."""
    rows = [
        ProductRow(f"P{number:05}", f"{name} {number}", barcodes=(f"2{number:011}",))
        for number in range(first, first + count)
    ]
    prices = [PriceRow(row.sku, "retail", "EUR", (("", "", price, 0),)) for row in rows]
    with closing(database.connect(write=True)) as connection, connection.transaction():
        Changes(rows, prices, {row.sku: 5_000 for row in rows}).write(connection, "1", AT, "import")


def snapshot(database: Database, *streams: str) -> None:
    for stream in streams or ("global", "store:1"):
        assert snapshots.make(database, stream, HubClock()) is not None


class Net:
    """Real requests; what was asked is counted, and an answer may be changed on its way."""

    def __init__(self, url: str) -> None:
        self.heard: queue.SimpleQueue[tuple[str, Reply | str]] = queue.SimpleQueue()
        self.real = HttpNet(url, lambda lane, reply: self.heard.put((lane, reply)))
        self.url = self.real.url
        self.asked: list[str] = []
        self.under_way: set[str] = set()
        self.at_once = 0
        self.changed: Callable[[str, Reply | str], Reply | str] = lambda _, reply: reply

    def send(self, lane: str, request: Request) -> None:
        self.asked.append(request.target)
        self.under_way.add(lane)
        self.at_once = max(self.at_once, len([one for one in self.under_way if "chunk" in one]))
        self.real.send(lane, request)

    def count(self) -> Counter[str]:
        return Counter(
            "chunks"
            if "/chunks/" in target
            else "lists"
            if target.startswith("/v1/snapshots/")
            else target.split("?")[0]
            for target in self.asked
        )


class CopyingTill:
    """The engine of one till, a turn at a time."""

    def __init__(self, data: Path, url: str) -> None:
        self.data = data
        self.keys = Keys.load(data)
        self.files = TillFiles(data, self.keys, Alone())
        self.net = Net(url)
        self.said: list[dict[str, Any]] = []
        self.codes: set[str] = set()
        self.runner = Runner(
            *(self.files, self.net, SystemClock(), Random(1), self.keys.sign),
            *(self.said.append, lambda *_, **__: None),
        )
        self.runner.hear(Tick())

    def turn(self) -> None:
        """The next thing heard, or the tick that is due."""
        wait_s = min(max(self.runner.due_ms() - time.monotonic_ns() // 1_000_000, 0) / 1000, 0.2)
        try:
            lane, reply = self.net.heard.get(timeout=wait_s)
        except queue.Empty:
            self.runner.hear(Tick())
            return
        self.net.under_way.discard(lane)
        reply = self.net.changed(lane, reply)
        if isinstance(reply, str):
            self.runner.lost(lane, reply)
        else:
            self.runner.replied(lane, reply)
        self.codes |= {lane.code for lane in self.runner.state.lanes.values()}

    def until(self, what: Callable[[], bool], told: str = "") -> CopyingTill:
        deadline = time.monotonic() + PATIENCE_S
        while not what():
            assert time.monotonic() < deadline, f"never {told}: {self.runner.state}"
            self.turn()
        return self

    def pieces(self, stream: str = "global") -> int:
        """How many pieces of a stream are still missing."""
        known = self.runner.view.copying.get(stream)
        return len(known.missing) if known else 0

    def until_pieces_came(self, count: int, stream: str = "global") -> None:
        """So many pieces are written, and some are not."""
        self.until(lambda: self.pieces(stream) > 0, "begun")
        first = self.pieces(stream)
        self.until(lambda: self.pieces(stream) <= first - count, "further")
        assert self.pieces(stream) > 0, "it was over before it was broken off"

    def until_whole(self) -> CopyingTill:
        return self.until(lambda: self.runner.idle and self.runner.view.ready, "a whole replica")

    def die(self) -> None:
        """As a killed process leaves it: nothing more is heard, nothing is tidied up."""
        self.files.close()
        self.net.real.close()


def tables(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a replica says, whatever numbers its rows have in it."""
    keys = Keys.load(data)
    asked = {
        "product": "SELECT sku, name, variant, style, department, unit, tax_code, age_limit, icon,"
        " active, barcodes FROM product ORDER BY sku",
        "barcode": "SELECT code, sku FROM barcode JOIN product ON id = product_id ORDER BY 1, 2",
        "price": "SELECT sku, price_list, currency, prices FROM price ORDER BY 1, 2, 3",
        "stock": "SELECT sku, store, on_hand, as_of FROM stock ORDER BY 1, 2",
        "reference": "SELECT kind, key, stream, body FROM reference ORDER BY 1, 2",
        "reflected": "SELECT device, epoch, seq FROM reflected ORDER BY 1",
        "sale_ref": "SELECT id, body FROM sale_ref ORDER BY 1",
        "department": "SELECT name, products FROM department ORDER BY 1",
        "cursor": "SELECT stream, feed, pos FROM cursor ORDER BY 1",
    }
    with closing(connect(data / CURRENT, keys.db_key, write=False)) as connection:
        return {name: connection.execute(text).fetchall() for name, text in asked.items()}
