"""Rows 5 and 6: a backlog of sales from a till's journal into the hub, and one sale live.

Both of our sides are their real processes: `holdfast till sync` reads the journal, signs, packs and
sends; `holdfast hub serve` verifies, books and confirms; an entry counts when the till has checked
and kept the ack. Beside it PouchDB with the very same sales, where Node and its modules exist.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.reader import JournalReader
from sync.engine.bootstrap import enrol
from sync.hub import devices
from sync.hub.database import Database
from sync.link import LinkClient, SyncSupervisor
from sync.protocol import Sale, decode_fact
from sync.simulation.shop import Seller, make_hub
from tests.bench.hubs import new_database
from tests.bench.measure import Row, percentile, quick, sized, workplace

PEER = "HOLDFAST_BENCH_NODE"
"""Environment variable: the `node_modules` directory that holds pouchdb-node and express-pouchdb."""
PRODUCTS = 1_000
LINES = 5
PATIENCE_S = 120
CODE = "BENC-HBEN-CHBE"
LOOK_S = 0.02
PAUSE = threading.Event()
"""Never set: waiting for it is a person's pause between two sales, or a look that comes again."""


def run() -> list[Row]:
    """Drain and live latency; the peer's in the same run."""
    sales, rounds = sized(10_000, 300), sized(3, 1)
    rates, took, waited = [], [], []
    for place in range(rounds):
        with _shop(workplace() / f"drain-{place}") as shop:
            rates.append(shop.drain(sales))
            live, commit = shop.live(sized(200, 10))
            took += live
            waited += commit
            if place == 0:
                shop.write_sales(workplace() / "sales.ndjson")
    peer, why = _peer(workplace() / "sales.ndjson", rounds)
    return [
        Row(
            5,
            f"{sales:,} sales from the till's journal, acked (PouchDB's defaults)",
            median(rates),
            "sales/s",
            peer.get("plain"),
            why,
            gate=3.0,
            goal=4.5,
            high=True,
        ),
        Row(
            5,
            "the same (PouchDB tuned: batches of 500, 4 at a time)",
            median(rates),
            "sales/s",
            peer.get("tuned"),
            why,
            goal=3.2,
            high=True,
        ),
        Row(
            6,
            "one sale live: commit to ack, p50",
            percentile(took, 50),
            "ms",
            peer.get("p50_ms"),
            why,
            gate=1.0,
            goal=0.6,
        ),
        Row(
            6,
            "one sale live: commit to ack, p99",
            percentile(took, 99),
            "ms",
            peer.get("p99_ms"),
            why,
            goal=0.8,
        ),
        Row(
            0,
            "the window's commit while sync sends each sale, p99",
            percentile(waited, 99),
            "ms",
        ),
    ]


class _Shop:
    """A hub process, a till, its sync process."""

    def __init__(self, folder: Path, url: str, database: Database) -> None:
        self._data = folder / "till"
        books = database.connect(write=True)
        now = dt.datetime.now(dt.UTC)
        with books.transaction():
            devices.issue_code(books, "1", "1", CODE, now, replaces=False)

        def approve(_words: str) -> None:
            with books.transaction():
                for device in devices.every(books):
                    devices.approve(books, device.device, now)

        enrol(self._data, url, CODE, say=approve)
        books.close()
        self._keys = Keys.load(self._data)
        self.ledger = Ledger.open(self._data, self._keys)
        self.seller = Seller(self.ledger, Random(7), PRODUCTS)
        self.seller.open_shift()
        self.link = LinkClient(self._data)
        self.in_use = False
        """True once the till's copy of the hub's data is the one in use."""
        self.sync = SyncSupervisor(self._data)

    def drain(self, sales: int) -> float:
        """Sales a second, from the first push on its way to the last ack kept."""
        from_seq = self.ledger.head().seq
        for _ in range(0, sales, 100):
            self.seller.sell_many(min(100, sales), LINES)
        self.ledger.checkpoint_when_idle()
        self.sync.ensure()
        self._until(lambda: self.link.status.state in ("DRAIN", "PULL", "LIVE"))
        began = time.perf_counter()
        if self.link.status.state == "DRAIN":  # a small backlog may be gone before one can look
            from_seq = self.link.status.acked[1]
        self._until_acked()
        return (self.ledger.head().seq - from_seq) / (time.perf_counter() - began)

    def live(self, sales: int) -> tuple[list[float], list[float]]:
        """Milliseconds from a durable sale to its ack at the window, and of each commit."""
        self._until(lambda: self.link.status.state == "LIVE" and self.in_use)
        took, commits = [], []
        for _ in range(sales):
            before = time.perf_counter()
            self.seller.sell(LINES)
            began = time.perf_counter()
            self.link.nudge()
            self._until_acked()
            took.append((time.perf_counter() - began) * 1e3)
            commits.append((began - before) * 1e3)
            PAUSE.wait(0.02)
        return took, commits

    def write_sales(self, path: Path) -> None:
        """The sales' very bodies, one a line."""
        with JournalReader(self._data, self._keys.db_key) as journal, path.open("wb") as file:
            at = (1, 0)
            while entries := journal.entries(at):
                at = (entries[-1].epoch, entries[-1].seq)
                for entry in entries:
                    if isinstance(decode_fact(entry.body), Sale):
                        file.write(entry.body + b"\n")

    def _until_acked(self) -> None:
        seq = self.ledger.head().seq
        self._until(lambda: self.link.status.acked[1] >= seq)

    def _until(self, done: Callable[[], bool]) -> None:
        deadline = time.perf_counter() + PATIENCE_S
        while not done():
            self._listen()
            for said in self.link.poll():
                if said.get("op") == "release":  # as a window does: the replica is taken in use
                    self.link.released()
                self.in_use = self.in_use or said.get("op") == "swapped"
            if time.perf_counter() > deadline:
                raise TimeoutError(self.link.status)

    def _listen(self) -> None:
        """Until sync says something, as the window's notifier does; or for a moment."""
        if self.link.connected:
            select.select([self.link.fileno()], [], [], LOOK_S)
        else:
            PAUSE.wait(LOOK_S)

    def close(self) -> None:
        self.sync.stop()
        self.link.close()
        self.ledger.close()


@contextmanager
def _shop(folder: Path) -> Iterator[_Shop]:
    folder.mkdir()
    database = make_hub(new_database(folder), PRODUCTS)
    command = [sys.executable, "-m", "pos_app", "hub", "serve"]
    hub = subprocess.Popen(
        [*command, "--database", database.url, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        url = (hub.stdout.readline() if hub.stdout else "").split()[-1]
        shop = _Shop(folder, url, database)
        try:
            yield shop
        finally:
            shop.close()
    finally:
        hub.terminate()
        hub.wait(timeout=20)
        if hub.stdout is not None:
            hub.stdout.close()


def _peer(sales: Path, rounds: int) -> tuple[dict[str, Any], str]:
    """PouchDB's figures in this run, or none and why."""
    node = shutil.which("node")
    modules = Path(os.environ.get(PEER, "build/bench/node/node_modules")).resolve()
    if node is None:
        return {}, "PouchDB: there is no Node here"
    if not (modules / "express-pouchdb").is_dir():
        return {}, f"PouchDB: not installed, set {PEER}"
    if quick():
        return {}, "PouchDB: left out of a quick run"
    done = subprocess.run(
        [node, str(Path(__file__).with_name("pouchdb.js")), str(sales), str(rounds), f"{sales}.d"],
        capture_output=True,
        text=True,
        env={**os.environ, "NODE_PATH": str(modules)},
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        return {}, f"PouchDB failed: {done.stderr.strip().splitlines()[-1:]}"
    return json.loads(done.stdout), "PouchDB, not durable, same sales"
