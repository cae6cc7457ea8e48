"""Orders as shops tell them, for the tests: one of everything, each field to be said otherwise."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from sync.hub import accounts, atp, schema
from sync.hub.answers import stamp
from sync.hub.channels.canonical import (
    ChannelCustomer,
    ChannelFulfilment,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
)
from sync.hub.database import Connection, adding, numbering
from sync.hub.orders import kept
from sync.hub.orders.taking import NOTHING, Context, Taken, take
from sync.hub.stock import move_stock
from sync.protocol import OrderRow
from tests.hub.tills import HandClock

SHOP = "web"
_ADD_PRODUCT = adding(schema.product, ignore=True)
_ADD_MOVE = numbering(schema.stock_move)


def line(sku: str = "A1", qty: int = 1_000, gross: int = 1_000, **said: Any) -> ChannelLine:
    own = said.pop("external_line_id", f"L-{sku}")
    title = said.pop("title", f"Article {sku}")
    return ChannelLine(own, sku, title, qty, list_unit=gross, gross=gross, **said)


def order(*lines: ChannelLine, **said: Any) -> ChannelOrder:
    """W-1 of the shop, paid online, to be fetched in store 1."""
    lines = lines or (line(),)
    total = sum(each.gross for each in lines)
    external = said.pop("external_id", "1")
    parts: dict[str, Any] = {
        "channel": SHOP,
        "external_id": external,
        "external_name": f"W-{external}",
        "external_version": "2026-11-25T09:00:00.000Z",
        "placed_at": "2026-11-25T08:59:00.000Z",
        "state": "open",
        "currency": "EUR",
        "lines": lines,
        "payment": ChannelPayment("paid", paid=total, due=0, method="Visa •1180"),
        "total": total,
        "customer": ChannelCustomer("ada@example.org", "+43 1", "Ada L.", "c-7"),
        "fulfilment": ChannelFulfilment("pickup", "1"),
    }
    return ChannelOrder(**(parts | said))


def unpaid(told: ChannelOrder) -> ChannelOrder:
    """The same, to be paid when it is fetched."""
    return replace(told, payment=ChannelPayment("pending", 0, told.total, "store"))


def later(told: ChannelOrder, minutes: int = 1, **said: Any) -> ChannelOrder:
    """A newer version of it."""
    version = f"2026-11-25T09:{minutes:02}:00.000Z"
    return replace(told, external_version=version, **said)


def took(
    books: Connection, told: ChannelOrder, clock: HandClock, context: Context = NOTHING
) -> Taken:
    with books.transaction():
        return take(books, told, clock.now(), context)


def stocked(books: Connection, clock: HandClock, store: str = "1", **qty: int) -> None:
    """So many pieces of these products, which the catalogue knows."""
    with books.transaction():
        for sku in qty:
            texts = (sku, f"Article {sku}", "", "", "Grocery", "piece", "reduced")
            books.run(_ADD_PRODUCT, (*texts, 0, "", True, "[]"))
        goods = {sku: pieces * 1_000 for sku, pieces in qty.items()}
        at = stamp(clock.now())
        move_stock(books, store, goods, at)
        books.many(_ADD_MOVE, [(store, sku, moved, "begin", at) for sku, moved in goods.items()])


def free(books: Connection, clock: HandClock, sku: str = "A1", store: str = "1") -> int:
    return accounts.available(books, "stock", atp.account(store, sku), clock.now())


def on_hand(books: Connection, sku: str = "A1", store: str = "1") -> int:
    rows = books.text("SELECT on_hand FROM stock WHERE store_id = ? AND sku = ?", (store, sku))
    return int(rows[0][0]) if rows else 0


def rows(books: Connection, order_id: str) -> list[OrderRow]:
    return [part.row for part in kept.parts_of(books, order_id)]


def kinds(books: Connection) -> list[str]:
    return [row[0] for row in books.text("SELECT kind FROM exception ORDER BY no")]
