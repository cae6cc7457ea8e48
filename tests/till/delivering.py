"""Deliveries for the tests of a till: rows as the hub tells them."""

from __future__ import annotations

from typing import Any

from pos_app.store.replica import ReplicaWriter
from sync.protocol import DeliveryBox, DeliveryLine, DeliveryRow, DeliveryWait, StoreNameRow
from tests.till.shop import COFFEE, SCARF, WINE, feed

SENT_AT = "2026-11-24T17:20:00.000Z"


def transfer(**changes: Any) -> DeliveryRow:
    """Twelve scarves and four coffees from Kamppi, the scarves in a box; one is for a customer."""
    told: dict[str, Any] = {
        "delivery": "t-1",
        "kind": "transfer",
        "name": "T-2-1-318",
        "state": "sent",
        "version": 1,
        "target": "1",
        "source": "2",
        "source_name": "Kamppi",
        "lines": (DeliveryLine(SCARF, qty=12_000), DeliveryLine(COFFEE, qty=4_000)),
        "boxes": (DeliveryBox("T-2-1-318/1", ((SCARF, 12_000),)),),
        "waits": (DeliveryWait(COFFEE, 1_000, "W-10502"),),
        "sent": SENT_AT,
        "sent_by": "noora",
    }
    return DeliveryRow(**{**told, **changes})


def supply(**changes: Any) -> DeliveryRow:
    """Six bottles a supplier announced."""
    told: dict[str, Any] = {
        "kind": "supply",
        "delivery": "d-1",
        "name": "LS-4711",
        "state": "expected",
        "source": "",
        "source_name": "Vinum Ltd",
        "lines": (DeliveryLine(WINE, qty=6_000),),
        "boxes": (),
        "waits": (),
        "sent": "",
        "due": "2026-11-25",
    }
    return transfer(**{**told, **changes})


class Hub:
    """What comes down to a till that is open."""

    def __init__(self, till: Any) -> None:
        self.till = till
        self.places = {"store:1": 5, "global": 2}

    def tell(self, *rows: Any, kind: str = "delivery", stream: str = "store:1") -> None:
        data, key = self.till.data, self.till.keys.db_key
        place = self.till.catalogue.cursors()[stream][1]
        with ReplicaWriter.open(data, key) as writer:
            writer.apply(feed(stream, place, (kind, list(rows))))
        self.till.hear({"op": "changed"})

    def knows_kamppi(self) -> None:
        self.tell(
            StoreNameRow("1", "Kallio"),
            StoreNameRow("2", "Kamppi"),
            kind="store_name",
            stream="global",
        )
