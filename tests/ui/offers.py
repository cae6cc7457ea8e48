"""The demo's promotions in a till's replica, goods by weight, labels: for tests and pictures."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from pos_app.store.replica import ReplicaWriter
from sync.hub.promotion_file import read_file
from sync.protocol import PriceRow, ProductRow, StoreRow, row_of
from tests.till.shop import feed
from tests.ui.shop import DEMO

CHEESE = "12345"
LABEL = "2112345012506"
"""1.250 kg of it."""


def with_offers(data: Path, *patterns: str) -> Path:
    """The shop with what is cheaper, a cheese by weight, and labels of its own."""
    key = Keys.load(data).db_key
    rules = read_file(DEMO / "promotions.toml", "EUR")
    catalogue = Catalogue.open(data, key)
    store = msgspec.json.decode(dict(catalogue.rows("store"))["1"], type=StoreRow)
    catalogue.close()
    cheese = ProductRow(
        CHEESE,
        "Mountain Cheese, Wheel",
        unit="kg",
        tax_code="reduced",
        department="Dairy & chilled",
    )
    with ReplicaWriter.open(data, key) as writer:
        pos = writer.cursors()["global"][1]
        writer.apply(
            feed(
                "global",
                pos,
                ("promotion", [msgspec.structs.replace(row_of(each), version=1) for each in rules]),
                ("product", [cheese]),
                ("price", [PriceRow(CHEESE, "retail", "EUR", (("", "", 2_399, 0),))]),
            )
        )
        pos = writer.cursors()["store:1"][1]
        labels = patterns or ("21IIIIIWWWWWC",)
        row = msgspec.structs.replace(store, label_patterns=labels)
        writer.apply(feed("store:1", pos, ("store", [row])))
    return data
