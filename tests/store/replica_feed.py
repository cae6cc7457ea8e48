"""A hub's answers, made by hand: what the tests of the replica feed it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sync.protocol.messages import FeedRow, PriceRow, ProductRow, PullReply, StockRow

KEY = bytes(range(32))
HUB_TIME = "2026-11-25T13:00:00.000Z"


def reply(
    start: int,
    *rows: tuple[str, Iterable[object]],
    stream: str = "global",
    feed: str = "f1",
    hub_time: str = HUB_TIME,
) -> PullReply:
    feed_rows = [
        FeedRow(pos, kind, msgspec.Raw(msgspec.json.encode(list(entities))))
        for pos, (kind, entities) in enumerate(rows, start + 1)
    ]
    return PullReply(stream, feed, start, start + len(rows), False, hub_time, feed_rows)


def product(sku: str, name: str, *barcodes: str, **more: object) -> ProductRow:
    return msgspec.convert(
        [
            sku,
            name,
            more.get("variant", ""),
            more.get("style", ""),
            more.get("department", ""),
            "piece",
            "standard",
            0,
            "",
            more.get("active", True),
            list(barcodes),
        ],
        ProductRow,
    )


def price(sku: str, amount: int, price_list: str = "retail") -> PriceRow:
    return PriceRow(sku, price_list, "EUR", (("", "", amount, 0),))


def stock(sku: str, on_hand: int, store: str = "1") -> StockRow:
    return StockRow(sku, store, on_hand, HUB_TIME)
