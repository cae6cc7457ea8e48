"""Row 13: a sale becomes the bytes that are kept, hashed into the chain."""

from __future__ import annotations

import hashlib
from statistics import median
from time import perf_counter

import msgspec

from pos_app.till import checkout, shift, sign_in
from sync.protocol import Sale, encode_fact, entry_hash
from tests.bench.measure import Row, sized, workplace
from tests.till.shop import PINS, make_shop, open_shop

LINES = 5


def run() -> list[Row]:
    """Our own encoder and chain hash beside the bare library and SHA-256, in turns."""
    sale = _sale()
    rounds, times = sized(200, 3), sized(200, 20)
    encoder, previous = msgspec.json.Encoder(), bytes(32)
    ours, floor, stdlib = [], [], []
    for _ in range(rounds):
        began = perf_counter()
        for _ in range(times):
            entry_hash(previous, encode_fact(sale))
        between = perf_counter()
        for _ in range(times):
            hashlib.sha256(previous + encoder.encode(sale)).digest()
        ended = perf_counter()
        ours.append((between - began) / times * 1e6)
        floor.append((ended - between) / times * 1e6)
    body = encode_fact(sale)
    plain = msgspec.json.decode(body)
    for _ in range(rounds):
        began = perf_counter()
        _json_and_hash(plain)
        stdlib.append((perf_counter() - began) * 1e6)
    return [
        Row(
            13,
            f"encode and hash a sale of {LINES} lines, {len(body):,} bytes",
            median(ours),
            "µs",
            median(floor),
            "the bare encoder and SHA-256",
            gate=5.0,
            goal=2.0,
        ),
        Row(0, "the same with the standard library's JSON", median(stdlib), "µs"),
    ]


def _json_and_hash(plain: object) -> bytes:
    import json

    return hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode()).digest()


def _sale() -> Sale:
    till = open_shop(make_shop(workplace() / "encode"))
    sign_in.sign_in(till, "ana", PINS["ana"])
    shift.open_shift(till, 10_000, {})
    basket = checkout.start(till)
    for nth in range(LINES):
        basket, _ = checkout.add(till, basket, f"BULK-{nth:04}")
    sale = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash", None)).sale
    till.close()
    return sale
