"""Row 7: a scanned code becomes an article with its price."""

from __future__ import annotations

import random

from pos_app.domain import barcode
from pos_app.store.catalogue import CURRENT, READER_CACHE_KIB, Catalogue
from pos_app.store.schema import connect
from tests.bench import goods
from tests.bench.measure import KEY, Row, percentile, sized, timed_ms

_RAW = (
    "SELECT product.id, product.sku, name, tax_code, prices FROM barcode"
    " JOIN product ON product.id = product_id JOIN price ON price.sku = product.sku WHERE code = ?"
)


def run() -> list[Row]:
    """The reader beside one joined statement in the same encrypted file, in turns."""
    data = goods.till_data()
    catalogue = Catalogue.open(data, KEY)
    raw = connect(data / CURRENT, KEY, write=False)
    raw.execute(f"PRAGMA cache_size=-{READER_CACHE_KIB}")
    rnd = random.Random(7)
    scans = [code for code, _ in rnd.choices(goods.products(), k=sized(20_000, 300))]
    keys = [barcode.read(code).keys for code in scans]
    ours, floor, missing = [], [], []
    for known in keys:
        ours.append(timed_ms(lambda known=known: catalogue.by_code(known)))
        floor.append(timed_ms(lambda known=known: raw.execute(_RAW, known[:1]).fetchone()))
        missing.append(timed_ms(lambda known=known: catalogue.by_code((known[0] + "x",))))
    assert all(catalogue.by_code(known) is not None for known in keys[:50])
    raw.close()
    catalogue.close()
    beside = "one joined statement, same file and key"
    return [
        Row(
            7,
            "barcode -> article p99",
            percentile(ours, 99),
            "ms",
            percentile(floor, 99),
            beside,
            gate=1.0,
            on="measured",
        ),
        Row(
            7,
            "barcode -> article p50",
            percentile(ours, 50),
            "ms",
            percentile(floor, 50),
            beside,
            goal=5.0,
        ),
        Row(7, "barcode nobody has p99", percentile(missing, 99), "ms", gate=1.0, on="measured"),
    ]
