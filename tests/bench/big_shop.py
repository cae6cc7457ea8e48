"""A till of a real hub with the whole catalogue on it and a backlog to send, for the window."""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

import msgspec

from pos_app.domain.promotion import Goods, Kind, Promotion
from pos_app.settings import Settings
from pos_app.store.catalogue import NEXT, Catalogue
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.replica import ReplicaWriter
from pos_app.store.schema import connect
from sync.engine.bootstrap import enrol
from sync.hub import devices, promotions
from sync.hub.answers import stamp
from sync.hub.database import Database
from sync.simulation.shop import Seller, make_hub
from tests.bench import goods
from tests.bench.measure import sized, workplace

CODE = "BENC-HBEN-CHBE"
PRODUCTS = 500
LINES = 5
PROMOTIONS = 50
PATIENCE_S = 900
STREAM = "bench"


@dataclass(frozen=True, slots=True)
class BigShop:
    """The till's directory; its hub runs until this process ends."""

    data: Path
    key: bytes


@cache
def big_shop() -> BigShop:
    """One a run: hub started, till enrolled, catalogue in use, shift open, backlog waiting."""
    folder = workplace() / "shop"
    folder.mkdir()
    database = make_hub(folder / "hub.sqlite", PRODUCTS)
    url = _serve(database)
    data = folder / "till"
    _promote(database)
    _enrol(data, url, database)
    key = Keys.load(data).db_key
    _fill(data, key)
    _sync_once(data)
    catalogue = Catalogue.open(data, key)
    held = catalogue.counts().get("products", 0)
    catalogue.close()
    if held < goods.count():
        raise RuntimeError(f"the till holds {held} products of {goods.count()}")
    _sell(data, sized(100_000, 300))
    # What the supervisor in the window would start at once is started when it is wanted.
    replace(Settings.load(data), hub_url="").save(data)
    return BigShop(data, key)


def _promote(database: Database) -> None:
    """As many promotions as a busy season has, over every other article that is scanned here."""
    codes, now = goods.scanned()[::2], stamp(dt.datetime.now(dt.UTC))
    connection = database.connect(write=True)
    try:
        with connection.transaction():
            for number in range(PROMOTIONS):
                part = Goods(frozenset(codes[number::PROMOTIONS]))
                promotions.put(connection, _promotion(number, part), now)
    finally:
        connection.close()


def _promotion(number: int, part: Goods) -> Promotion:
    name, label = f"p{number}", f"Offer {number}"
    if number % 2:
        return Promotion(name, 1, label, Kind.N_FOR_M, goods=(part,), buy=3, pay=2, value=10_000)
    return Promotion(name, 1, label, Kind.PERCENT, goods=(part,), value=1_000)


HUB_NICE = 15


def _serve(database: Database) -> str:
    command = [sys.executable, "-m", "pos_app", "hub", "serve", "--port", "0"]
    hub = subprocess.Popen(
        [*command, "--database", database.url], stdout=subprocess.PIPE, text=True
    )
    atexit.register(_end, hub)
    # A hub is another machine: here it gets the processor time that the till's processes leave.
    os.setpriority(os.PRIO_PROCESS, hub.pid, HUB_NICE)
    return (hub.stdout.readline() if hub.stdout else "").split()[-1]


def _end(hub: subprocess.Popen[str]) -> None:
    hub.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        hub.wait(timeout=10)
    if hub.stdout is not None:
        hub.stdout.close()


def _enrol(data: Path, url: str, database: Database) -> None:
    books = database.connect(write=True)
    now = dt.datetime.now(dt.UTC)
    with books.transaction():
        devices.issue_code(books, "1", "1", CODE, now, replaces=False)

    def approve(_words: str) -> None:
        with books.transaction():
            for device in devices.every(books):
                devices.approve(books, device.device, now)

    enrol(data, url, CODE, say=approve)
    books.close()


def _fill(data: Path, key: bytes) -> None:
    """The catalogue by a stream of its own into a file beside; sync finds and finishes it."""
    with ReplicaWriter.create_beside(data, key) as writer:
        for reply in goods.replies():
            writer.apply(msgspec.structs.replace(reply, stream=STREAM))
    connection = connect(data / NEXT, key, write=True)
    connection.execute("DELETE FROM cursor WHERE stream = ?", (STREAM,))
    connection.close()


def _sync_once(data: Path) -> None:
    command = [sys.executable, "-m", "pos_app", "till", "sync", "--once"]
    subprocess.run([*command, "--data", str(data), "--timeout", str(PATIENCE_S)], check=True)


def _sell(data: Path, sales: int) -> None:
    ledger = Ledger.open(data, Keys.load(data))
    seller = Seller(ledger, Random(7), PRODUCTS)
    seller.open_shift()
    for start in range(0, sales, 500):
        seller.sell_many(min(500, sales - start), LINES)
    ledger.checkpoint_when_idle()
    ledger.close()
