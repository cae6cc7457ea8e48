"""A large catalogue to measure with: real product names from a file, or as many made up.

The file (`--data` or HOLDFAST_BENCH_DATA) is CSV with `barcode,name`; without one the same number
of products is made, the same ones each time.
"""

from __future__ import annotations

import csv
import lzma
import os
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from pos_app.domain.barcode import check_digit
from pos_app.store.replica import ReplicaWriter, swap
from sync.protocol.messages import FeedRow, PriceRow, ProductRow, PullReply
from tests.bench.measure import KEY, sized, workplace

DATA = "HOLDFAST_BENCH_DATA"
FULL, SMALL = 818_775, 4_000
BATCH = 500
"""Products a feed row."""
ROWS_A_REPLY = 10
HUB_TIME = "2026-11-25T13:00:00.000Z"

_BASES = (
    "milk coffee tea bread butter cheese yoghurt cream rice pasta spaghetti flour sugar salt oil"
    " vinegar tomato potato onion garlic carrot apple banana orange lemon grape pear peach melon"
    " chicken beef pork turkey salmon tuna sausage ham tofu soup sauce ketchup mustard honey jam"
    " chocolate cookies crackers crisps popcorn nuts almonds raisins cereal muesli juice cola water"
    " beer wine shampoo soap toothpaste lotion tissues detergent sponge candle battery shirt"
    " trousers jacket sock boot tent rope lamp stove bottle backpack crème brûlée purée gâteau"
)
_ADJECTIVES = (
    "organic fresh classic premium light whole skimmed dark white roasted ground instant sliced"
    " frozen smoked spicy sweet salted vegan mini large original natural"
)
_SIZES = "100g 200g 250g 500g 750g 1kg 2kg 100ml 330ml 500ml 750ml 1l 2l 6x330ml s m l xl"
_SYLLABLES = (
    "ba be bo bu da de di do fa fe fi ka ke ki ko la le li lo ma me mi mo na ne no pa pe po ra re"
    " ri ro sa se si so ta te ti to va ve vi vo za zo"
)


def source() -> str:
    """Where the catalogue comes from, in words."""
    path = os.environ.get(DATA)
    return f"{Path(path).name}, {count():,} products" if path else f"{count():,} made-up products"


def count() -> int:
    """How many products this run measures with."""
    return len(products())


@cache
def products() -> list[tuple[str, str]]:
    """(barcode, name) of each product."""
    wanted = sized(FULL, SMALL)
    path = os.environ.get(DATA)
    rows = _read(Path(path)) if path else _made()
    return [row for _, row in zip(range(wanted), rows, strict=False)]


def _read(path: Path) -> Iterator[tuple[str, str]]:
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["barcode"], row["name"]


def _made() -> Iterator[tuple[str, str]]:
    rnd = random.Random(3)
    bases, adjectives, sizes = _BASES.split(), _ADJECTIVES.split(), _SIZES.split()
    syllables = _SYLLABLES.split()
    brands = sorted(
        {"".join(rnd.choices(syllables, k=rnd.choice((2, 3, 3, 4)))).title() for _ in range(6000)}
    )
    number = 0
    while True:
        number += 1
        rank = min(int(rnd.paretovariate(0.7)) - 1, len(brands) - 1)
        words = [brands[rank] if number % 4 else rnd.choice(brands)]
        if rnd.random() < 0.7:
            words.append(rnd.choice(adjectives))
        words.append(bases[int(len(bases) * rnd.random() ** 1.5)])
        words.append(rnd.choice(sizes))
        payload = f"{400_000_000_000 + number * 7919 % 99_999_999_999:012}"
        yield f"{payload}{check_digit(payload)}", " ".join(words)


@cache
def scanned() -> list[str]:
    """Codes of the articles that are scanned at a window, the same ones each time."""
    chosen = random.Random(9).sample(products(), sized(2_000, 200))
    return [code for code, _ in chosen if code.isdigit() and len(code) in (8, 13)]


def price_of(barcode: str) -> int:
    """A price in minor units, always the same for a barcode."""
    return 49 + int(barcode[-5:], 36) % 4950


def replies() -> Iterator[PullReply]:
    """The hub's answers that bring the catalogue: products and prices in rows of 500."""
    encode = msgspec.json.encode
    pos, rows = 0, []
    goods = products()
    for start in range(0, len(goods), BATCH):
        batch = goods[start : start + BATCH]
        named = [ProductRow(code, name, barcodes=(code,)) for code, name in batch]
        priced = [
            PriceRow(code, "retail", "EUR", (("", "", price_of(code), 0),)) for code, _ in batch
        ]
        for kind, entities in (("product", named), ("price", priced)):
            rows.append(FeedRow(pos + len(rows) + 1, kind, msgspec.Raw(encode(entities))))
        if len(rows) >= 2 * ROWS_A_REPLY or start + BATCH >= len(goods):
            end = pos + len(rows)
            yield PullReply("global", "bench", pos, end, end < 2 * len(goods), HUB_TIME, rows)
            pos, rows = end, []


@cache
def till_data() -> Path:
    """A till's directory whose replica holds the whole catalogue, built once a run."""
    data = workplace() / "till"
    data.mkdir()
    build(data)
    return data


def build(data: Path) -> None:
    """Brings the catalogue into DATA as sync does: beside, sorted, swapped."""
    with ReplicaWriter.create_beside(data, KEY) as writer:
        for reply in replies():
            writer.apply(reply)
        writer.finish()
    swap(data, KEY)
