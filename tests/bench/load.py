"""Row 12: the whole catalogue onto a till, searchable, while the till goes on looking things up."""

from __future__ import annotations

import random
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, perf_counter

import msgspec

from pos_app.domain import barcode
from pos_app.store import replica_schema, search
from pos_app.store.catalogue import Catalogue
from pos_app.store.replica import BUILDER_CACHE_KIB, ReplicaWriter
from pos_app.store.schema import connect
from sync.protocol.messages import PullReply
from tests.bench import goods
from tests.bench.measure import KEY, Row, own_peak_mb, percentile, timed_ms, workplace


def run() -> list[Row]:
    """The feed applied beside a copy in use, against the driver filling the same tables."""
    data = goods.till_data()
    target = workplace() / "load"
    target.mkdir(exist_ok=True)
    answers = workplace() / "feed.jsonl"
    with answers.open("wb") as file:
        file.writelines(msgspec.json.encode(reply) + b"\n" for reply in goods.replies())
    context = get_context("spawn")
    results = context.SimpleQueue()
    loading = context.Process(target=_load, args=(target, answers, results))
    catalogue = Catalogue.open(data, KEY)
    keys = [
        barcode.read(code).keys for code, _ in random.Random(2).choices(goods.products(), k=500)
    ]
    loading.start()
    scans = []
    while loading.is_alive():
        until = monotonic() + 0.02
        scans.append(timed_ms(lambda: catalogue.by_code(keys[len(scans) % len(keys)])))
        loading.join(max(0.0, until - monotonic()))
    took, peak_mb = results.get()
    catalogue.close()
    floor = _raw(workplace() / "raw.sqlite")
    return [
        Row(
            12,
            f"{goods.count():,} products from feed to searchable",
            took,
            "s",
            floor,
            "the driver filling the same keyed tables and index",
            gate=5.0,
            goal=2.5,
        ),
        Row(12, "lookups meanwhile p99", percentile(scans, 99), "ms"),
        Row(12, "memory of the loading process, at its most", peak_mb, "MB"),
    ]


def _load(data: Path, answers: Path, results: object) -> None:
    decode = msgspec.json.Decoder(PullReply).decode
    began = perf_counter()
    with answers.open("rb") as file, ReplicaWriter.create_beside(data, KEY) as writer:
        for answer in file:
            writer.apply(decode(answer))
        writer.finish()
    took = perf_counter() - began
    results.put((took, own_peak_mb()))  # type: ignore[attr-defined]


def _raw(path: Path) -> float:
    """Seconds of the driver alone: rows in order, sorted keys, the same full-text tables."""
    products = goods.products()
    codes = sorted(
        (barcode.read(code).value, number) for number, (code, _) in enumerate(products, 1)
    )
    priced = sorted((code, goods.price_of(code)) for code, _ in products)
    texts = [(number, search.fold(name)) for number, (_, name) in enumerate(products, 1)]
    connection = connect(path, KEY, write=True, wal_autocheckpoint=16_384)
    connection.execute(f"PRAGMA cache_size=-{BUILDER_CACHE_KIB}")
    for statement in replica_schema.create_statements():
        connection.execute(statement)
    began = perf_counter()
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO product VALUES(?, ?, ?, '', '', '', 'piece', 'standard', 0, '', 1, ?)",
        ((number, code, name, code) for number, (code, name) in enumerate(products, 1)),
    )
    connection.execute(replica_schema.index_statements()[0])
    connection.executemany("INSERT INTO barcode VALUES(?, ?)", codes)
    connection.executemany(
        "INSERT INTO price VALUES(?, 'retail', 'EUR', '[[\"\",\"\",' || ? || ',0]]')", priced
    )
    for name in ("words", "parts"):
        connection.executemany(f"INSERT INTO {name}(rowid, text) VALUES(?, ?)", texts)
        search.optimize(connection, name)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    took = perf_counter() - began
    connection.close()
    path.unlink()
    return took
