"""A transfer as in the picture, for the tests and shots of the receiving screen."""

from __future__ import annotations

from typing import Any

from sync.protocol import DeliveryBox, DeliveryLine, DeliveryRow, DeliveryWait, StoreNameRow
from tests.till.delivering import Hub
from tests.ui.shop import Hand, demo_goods


def chosen() -> list[tuple[str, str]]:
    """(SKU, barcode) of some pieces of the demo's shop."""
    found = [(row.sku, row.barcodes[0]) for row in demo_goods().products if row.barcodes]
    return found[:8]


def transfer(**changes: Any) -> DeliveryRow:
    goods = chosen()
    quantities = (4_000, 12_000, 3_000, 6_000, 12_000)
    lines = tuple(
        DeliveryLine(sku, qty=qty) for (sku, _code), qty in zip(goods, quantities, strict=False)
    )
    told: dict[str, Any] = {
        "delivery": "t-1",
        "kind": "transfer",
        "name": "T-2-1-318",
        "state": "sent",
        "version": 1,
        "target": "1",
        "source": "2",
        "source_name": "Kamppi",
        "lines": lines,
        "boxes": (
            DeliveryBox("T-2-1-318/1", ((goods[3][0], 6_000),)),
            DeliveryBox("T-2-1-318/2", ((goods[4][0], 12_000),)),
        ),
        "waits": (DeliveryWait(goods[0][0], 1_000, "W-10502"),),
        "sent": "2026-11-24T17:20:00.000Z",
        "sent_by": "mira",
    }
    return DeliveryRow(**{**told, **changes})


def told(hand: Hand, *rows: DeliveryRow) -> Hub:
    hub = Hub(hand.till)
    hub.tell(
        StoreNameRow("1", "Kallio"), StoreNameRow("2", "Kamppi"), kind="store_name", stream="global"
    )
    hub.tell(*(rows or (transfer(),)))
    hand.window.stock_moved()
    hand.settle()
    return hub
