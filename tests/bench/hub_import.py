"""A whole product file into the hub by the command a person types; then the same file again."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from sqlcipher3 import dbapi2 as driver

from pos_app.domain.store import Store
from sync.hub.answers import RandomIds
from sync.hub.database import Database
from sync.hub.setting_up import set_up
from sync.hub.store import Shop
from tests.bench import goods
from tests.bench.measure import Row, workplace
from tests.hub.journals import RULES

GATE_S = 60


def run() -> list[Row]:
    """Names, codes, prices and stock of every product; the floor only reads and writes them."""
    folder = workplace() / "import"
    folder.mkdir()
    file = folder / "products.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("barcode", "name", "price", "stock"))
        for code, name in goods.products():
            minor = goods.price_of(code)
            writer.writerow((code, name, f"{minor // 100}.{minor % 100:02}", minor % 40))
    database = Database(f"sqlite:///{folder / 'hub.sqlite'}")
    store = Store("1", "Bench", "EUR", "Europe/Vienna")
    set_up(database, Shop(store, RULES), "Mira", "258041", RandomIds())
    floor = _floor(file, folder / "floor.sqlite")
    first, done = _import(file, database)
    second, again = _import(file, database)
    assert done["added"] == done["prices"] == done["stock"] > 0.99 * goods.count()
    assert (again["added"], again["changed"], again["prices"], again["stock"]) == (0, 0, 0, 0)
    beside = "csv module and executemany of the same rows, the same driver, durable"
    count = f"{goods.count():,}"
    return [
        Row(0, f"hub: import of {count} products", first, "s", floor, beside, gate=GATE_S, on="measured"),
        Row(0, "hub: the same file again, nothing changed", second, "s", floor, beside, gate=GATE_S, on="measured"),
    ]  # fmt: skip


def _import(file: Path, database: Database) -> tuple[float, dict[str, int]]:
    command = [sys.executable, "-m", "pos_app", "hub", "import-catalogue", str(file)]
    began = perf_counter()
    done = subprocess.run(
        [*command, "--database", database.url, "--json"], capture_output=True, check=True, text=True
    )
    return perf_counter() - began, json.loads(done.stdout)


def _floor(file: Path, path: Path) -> float:
    began = perf_counter()
    raw = driver.connect(str(path), isolation_level=None)
    raw.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=16384;"
        "CREATE TABLE product(sku TEXT PRIMARY KEY, name TEXT, codes TEXT) WITHOUT ROWID;"
        "CREATE TABLE price(sku TEXT PRIMARY KEY, amount INTEGER) WITHOUT ROWID;"
        "CREATE TABLE stock(sku TEXT PRIMARY KEY, on_hand INTEGER) WITHOUT ROWID;"
    )
    with file.open(encoding="utf-8", newline="") as opened:
        rows = csv.reader(opened)
        next(rows)
        batch: list[list[str]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == 5_000:
                _write(raw, batch)
                batch = []
        _write(raw, batch)
    raw.close()
    return perf_counter() - began


def _write(raw: driver.Connection, batch: list[list[str]]) -> None:
    raw.execute("BEGIN IMMEDIATE")
    insert = "INSERT INTO {} VALUES (?, ?{}) ON CONFLICT DO NOTHING"
    raw.executemany(insert.format("product", ", ?"), [(row[0], row[1], row[0]) for row in batch])
    amounts = [(row[0], int(row[2].replace(".", ""))) for row in batch]
    raw.executemany(insert.format("price", ""), amounts)
    raw.executemany(insert.format("stock", ""), [(row[0], int(row[3]) * 1_000) for row in batch])
    raw.execute("COMMIT")
